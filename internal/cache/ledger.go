package cache

import (
	"container/heap"
	"sync"
	"time"
)

// ledger is a bounded table of names with a value and an end each. What has
// ended is not there. It keeps a heap by end, so that clearing out costs only
// what has ended, and so that the entry that ends first, which says the
// least, is the one to go when there is no room.
type ledger[V any] struct {
	mu    sync.Mutex
	room  int  // most entries
	firm  bool // refuse new names when full, instead of dropping one
	named map[string]*row[V]
	byEnd rows[V]
}

type row[V any] struct {
	name string
	val  V
	end  time.Time
	at   int // position in the heap
}

func newLedger[V any](room int, firm bool) *ledger[V] {
	return &ledger[V]{room: room, firm: firm, named: make(map[string]*row[V])}
}

// get returns the entry that has not ended. The caller holds mu.
func (l *ledger[V]) get(name string, now time.Time) (val V, found bool) {
	if r := l.named[name]; r != nil && r.end.After(now) {
		return r.val, true
	}
	return val, false
}

// put writes an entry; it returns false when there is no room for a new name
// and the ledger is firm. The caller holds mu.
func (l *ledger[V]) put(name string, val V, end, now time.Time) bool {
	if r := l.named[name]; r != nil {
		r.val, r.end = val, end
		heap.Fix(&l.byEnd, r.at)
		return true
	}
	for len(l.byEnd) > 0 && !l.byEnd[0].end.After(now) {
		l.drop(l.byEnd[0])
	}
	if len(l.byEnd) >= l.room {
		if l.firm {
			return false
		}
		l.drop(l.byEnd[0])
	}
	r := &row[V]{name: name, val: val, end: end}
	l.named[name] = r
	heap.Push(&l.byEnd, r)
	return true
}

// remove forgets an entry. The caller holds mu.
func (l *ledger[V]) remove(name string) {
	if r := l.named[name]; r != nil {
		l.drop(r)
	}
}

func (l *ledger[V]) drop(r *row[V]) {
	heap.Remove(&l.byEnd, r.at)
	delete(l.named, r.name)
}

func (l *ledger[V]) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.byEnd)
}

// rows implements [heap.Interface].
type rows[V any] []*row[V]

func (h rows[V]) Len() int           { return len(h) }
func (h rows[V]) Less(i, j int) bool { return h[i].end.Before(h[j].end) }
func (h rows[V]) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].at, h[j].at = i, j
}

func (h *rows[V]) Push(x any) {
	r := x.(*row[V])
	r.at = len(*h)
	*h = append(*h, r)
}

func (h *rows[V]) Pop() any {
	last := len(*h) - 1
	r := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return r
}
