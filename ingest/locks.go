package ingest

import (
	"slices"
	"sync"
)

// keyLocks makes inputs that share a key wait for each other. The zero value is
// ready.
type keyLocks struct {
	mu   sync.Mutex
	held map[string]*keyLock
}

type keyLock struct {
	mu   sync.Mutex
	uses int // holders and waiters
}

// lock takes the locks of all keys, in one order for all so that none wait in a
// ring, and returns the function that gives them back.
func (l *keyLocks) lock(keys []string) (unlock func()) {
	keys = slices.Compact(slices.Sorted(slices.Values(keys)))
	locks := make([]*keyLock, len(keys))
	for i, k := range keys {
		l.mu.Lock()
		if l.held == nil {
			l.held = map[string]*keyLock{}
		}
		if l.held[k] == nil {
			l.held[k] = &keyLock{}
		}
		locks[i] = l.held[k]
		locks[i].uses++
		l.mu.Unlock()
		locks[i].mu.Lock()
	}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for i, k := range keys {
			locks[i].mu.Unlock()
			if locks[i].uses--; locks[i].uses == 0 {
				delete(l.held, k)
			}
		}
	}
}
