package cache

import "time"

// The decisions, for tests that make up the time.
var (
	ReserveAt = reserve
	AllowAt   = allow
)

// Ledger is the bounded table, for a test against a model.
type Ledger = ledger[int]

var NewLedger = newLedger[int]

func (l *ledger[V]) Get(name string, now time.Time) (V, bool) { return l.get(name, now) }
func (l *ledger[V]) Put(name string, val V, end, now time.Time) bool {
	return l.put(name, val, end, now)
}
func (l *ledger[V]) Remove(name string) { l.remove(name) }
func (l *ledger[V]) Size() int          { return l.size() }
