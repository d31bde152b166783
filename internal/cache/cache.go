// Package cache keeps what is dear to make and free to lose: rendered
// documents, the politeness budgets of hosts, the rate limits of clients, and
// leases that save two nodes from doing the same work.
//
// It stands between the parts that compute (render, poll, web) and the memory
// of one node or the Redis of a fleet. This package holds the port ([Cache]),
// the memory of one process ([Memory]), the two in a row ([Layer]) and single
// flight over any of them ([Flight]); the adapter for Redis is
// internal/cache/rediscache. The suite that both must pass is
// internal/cache/cachetest.
//
// It does not store anything that must outlive a restart, it does not
// invalidate (a key names a version; a new version is a new key), and its
// leases are no locks: they save work, they do not guard correctness, which is
// the journal's compare-and-append to see to.
package cache

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrUnavailable is in the chain of every error that says that a shared
	// cache could not be asked: not reachable, too slow, or known to be so a
	// moment ago. Callers go on without it.
	ErrUnavailable = errors.New("cache: shared cache unavailable")
	// ErrTTL refuses a time to live that is not positive.
	ErrTTL = errors.New("cache: time to live must be positive")
	// ErrLimit refuses a [Limit] that no clock can count.
	ErrLimit = errors.New("cache: rate limit is not valid")
	// ErrFull refuses a lease when more leases are held than are kept. (Budgets
	// and rate limits are never refused: the one that says least is forgotten.)
	ErrFull = errors.New("cache: too many leases")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("cache: closed")
)

// Cache holds what can be lost at any time: nothing in it must outlive a
// restart, and any value, lease, slot or count may be gone before its time.
//
// The methods come in three groups that promise different things; code that
// needs one group should ask for that one. The names of the groups are apart:
// a value, a lease, a budget and a rate limit of one name do not touch.
//
// All methods are safe for concurrent use. None of them retries, and none
// waits longer than about half a second. A call whose context is done already
// does nothing and returns the context's error; one whose context ends
// meanwhile may go on to the end of its half second.
type Cache interface {
	Values
	Leases
	Budgets

	// Ping checks the connection to the shared cache. A cache in memory
	// answers nil.
	Ping(ctx context.Context) error
	// Close ends the cache and everything that it runs. It is called once,
	// after the last use.
	Close() error
}

// Values are byte strings with a time to live. They are not ordered: a Get
// that runs beside a Set sees the old value or the new one, whole.
type Values interface {
	// Get returns the value and whether it is there. The caller must not change
	// the value. An error means that the cache itself could not be asked;
	// callers go on as on a miss.
	Get(ctx context.Context, key string) (val []byte, found bool, err error)
	// Set stores val (not copied; callers do not change it after) for ttl, which
	// must be positive ([ErrTTL]). A cache may decline to keep a value, for
	// instance one that is larger than all its room, and says nothing then.
	Set(ctx context.Context, key string, val []byte, ttl time.Duration) error
	// Delete forgets values. A key that is not there is no error.
	Delete(ctx context.Context, keys ...string) error
}

// Leases are names that one holder at a time may have. While the shared cache
// runs and keeps its memory, no two holders have a lease at once.
type Leases interface {
	// Lease takes the named lease for holder until ttl passes; it returns false
	// if another holder has it. Taking one's own again renews it from now on.
	// ttl must be positive ([ErrTTL]); it is counted in milliseconds.
	Lease(ctx context.Context, name, holder string, ttl time.Duration) (bool, error)
	// Release gives up a lease if holder still has it, and else does nothing.
	Release(ctx context.Context, name, holder string) error
}

// Budgets share out a scarce right among all who ask for it.
type Budgets interface {
	// Reserve books the next slot in a budget of one slot per gap for name (a
	// host, an address), and returns how long the caller must wait until its
	// slot (0 = now). When the wait would exceed max, nothing is booked and ok
	// is false with the wait that would have been needed. Slots are given in the
	// order of asking. A gap of zero or less is no budget: the answer is 0, true.
	// A booked slot cannot be given back.
	Reserve(ctx context.Context, name string, gap, max time.Duration) (wait time.Duration, ok bool, err error)
	// Allow counts one request against a rate limit; it returns whether it is
	// allowed and, if not, after how long to retry. A refused request is not
	// counted. A limit that is not valid is refused with [ErrLimit].
	Allow(ctx context.Context, name string, limit Limit) (ok bool, retryAfter time.Duration, err error)
}
