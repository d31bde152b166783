package rediscache

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	holdFirst = time.Second     // how long nothing is asked after a first failure
	holdMost  = 5 * time.Second // and after many
)

// breaker is a circuit breaker: after one failure nobody waits for the server
// any more until a probe, which no caller waits for, has had an answer. One
// failure is enough, because what a caller loses in the time is little, and
// what it gains is not to wait.
//
// Its decisions take the time as an argument. All methods are safe for
// concurrent use.
type breaker struct {
	first, most time.Duration // holdFirst and holdMost, except in tests

	tripped atomic.Bool // the fast path; changed with mu held

	mu      sync.Mutex
	hold    time.Duration // of this failure, or of the last one
	until   time.Time     // no probe before
	healed  time.Time     // the last time that it closed
	probing bool
}

func newBreaker() *breaker { return &breaker{first: holdFirst, most: holdMost} }

// closed reports whether the server may be asked.
func (b *breaker) closed() bool { return !b.tripped.Load() }

// fail notes that the server did not answer a caller. The calls that were
// under way at the first failure fail too; they change nothing.
func (b *breaker) fail(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tripped.Load() {
		return
	}
	if b.hold > 0 && now.Sub(b.healed) < b.most {
		b.hold = min(2*b.hold, b.most) // it did not stay well
	} else {
		b.hold = b.first
	}
	b.until = now.Add(b.hold)
	b.tripped.Store(true)
}

// due reports whether the one who asks is to probe the server; he must then
// call probed.
func (b *breaker) due(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.tripped.Load() || b.probing || now.Before(b.until) {
		return false
	}
	b.probing = true
	return true
}

// probed notes how a probe went.
func (b *breaker) probed(now time.Time, well bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	if well {
		b.healed = now
		b.tripped.Store(false)
		return
	}
	b.hold = min(2*b.hold, b.most)
	b.until = now.Add(b.hold)
}
