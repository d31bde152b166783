package cache

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// Origin says where a loaded value came from.
type Origin int

// The origins.
const (
	Made       Origin = iota // by this call, or by one that it waited for
	FromMemory               // the memory of this process
	FromShared               // the cache that the nodes share
)

// String is the word for logs and metrics.
func (o Origin) String() string {
	return [...]string{"made", "memory", "shared"}[o]
}

// PanicError is what the callers of [Flight.Load] get when the making of a
// value panicked: one broken document must not end the process.
type PanicError struct {
	Value any    // what was passed to panic
	Stack []byte // of the goroutine that panicked
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("cache: making the value panicked: %v", e.Value)
}

// Unwrap returns the panic's value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// ErrFlightTimeout is the answer when making a value took longer than the
// flight may last.
var ErrFlightTimeout = errors.New("cache: making the value took too long")

// errGone is the answer when the making function ended its goroutine.
var errGone = errors.New("cache: making the value ended without a result")

// Flight makes each value once: of many callers in this process that want the
// same key at the same time, one call of fn serves all (single flight). It
// does not span nodes; two nodes may make the same value, which then is the
// same bytes.
//
// The zero value is ready. It runs one goroutine for each key that is being
// made; how many those may be is for the callers to bound. All methods are safe
// for concurrent use.
type Flight struct {
	// Timeout bounds one call of fn, whatever its callers' contexts say.
	// Default 30 s. It is set before the first Load.
	Timeout time.Duration

	mu     sync.Mutex
	calls  map[string]*call
	closed bool
	wg     sync.WaitGroup
}

// call is one making under way. The fields besides done and cancel are written
// before done is closed, and read after.
type call struct {
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}
	val    []byte
	from   Origin
	err    error
}

// Load returns the value of key from c, or else makes it by fn and stores it
// in c for ttl (zero or less: it is not stored). Concurrent callers for one
// key, through this Flight, make one call of fn and get the same value or the
// same error; the value is shared and must not be changed. The callers for one
// key must mean the same c and the same value.
//
// fn runs with the values of the first caller's context but not with its end:
// it is bounded by [Flight.Timeout] and by [Flight.Close] alone, and it must
// obey its context. A caller whose own context ends returns at once with that
// context's error; the others wait on. A panic in fn becomes a [*PanicError]
// for all. Errors are not stored: the next Load tries again.
//
// Errors of the cache are no errors of Load: a Get that fails is a miss, and a
// Set that fails costs the next caller a making. fn must not Load its own key.
func (f *Flight) Load(ctx context.Context, c Values, key string, ttl time.Duration, fn func(context.Context) ([]byte, error)) (val []byte, from Origin, err error) {
	if err := ctx.Err(); err != nil {
		return nil, Made, err
	}
	if near, ok := c.(peeker); ok {
		if val, found := near.peek(key); found {
			return val, FromMemory, nil
		}
	}
	one, err := f.join(ctx, c, key, ttl, fn)
	if err != nil {
		return nil, Made, err
	}
	select {
	case <-one.done:
	case <-ctx.Done():
		return nil, Made, ctx.Err()
	case <-one.ctx.Done():
		// The making is over its time, or has just ended: its end cancels, too.
		select {
		case <-one.done:
		default:
			return nil, Made, fmt.Errorf("%w (%q)", ErrFlightTimeout, key)
		}
	}
	return one.val, one.from, one.err
}

// join returns the making of key that is under way, or starts it.
func (f *Flight) join(ctx context.Context, c Values, key string, ttl time.Duration, fn func(context.Context) ([]byte, error)) (*call, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, ErrClosed
	}
	if one := f.calls[key]; one != nil {
		return one, nil
	}
	timeout := f.Timeout
	if timeout <= 0 {
		timeout = 30 * time.Second
	}
	one := &call{done: make(chan struct{})}
	one.ctx, one.cancel = context.WithTimeout(context.WithoutCancel(ctx), timeout)
	if f.calls == nil {
		f.calls = make(map[string]*call)
	}
	f.calls[key] = one
	f.wg.Go(func() {
		// Leaving the table comes last: who comes between the result and its
		// storing gets the result, and does not make it again.
		defer func() {
			f.mu.Lock()
			delete(f.calls, key)
			f.mu.Unlock()
			one.cancel()
		}()
		if one.make(c, key, fn); one.err == nil && one.from == Made && ttl > 0 {
			_ = c.Set(one.ctx, key, one.val, ttl) // counted by the cache
		}
	})
	return one, nil
}

// make fills in the result and wakes those who wait.
func (one *call) make(c Values, key string, fn func(context.Context) ([]byte, error)) {
	one.err = errGone // stands if fn ends the goroutine (runtime.Goexit)
	defer close(one.done)
	defer func() {
		if v := recover(); v != nil {
			one.val, one.err = nil, &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	if val, from, found, err := getFrom(one.ctx, c, key); err == nil && found {
		one.val, one.from, one.err = val, from, nil
		return
	}
	one.val, one.err = fn(one.ctx)
}

// Close ends the makings under way and waits for them. Load afterwards
// returns [ErrClosed].
func (f *Flight) Close() error {
	f.mu.Lock()
	f.closed = true
	for _, one := range f.calls {
		one.cancel()
	}
	f.mu.Unlock()
	f.wg.Wait()
	return nil
}

// peeker is a cache with a part in memory that may be looked at in passing.
type peeker interface {
	peek(key string) ([]byte, bool)
}

// getFrom is Get that also tells where from. A cache that does not say is
// taken for a shared one.
func getFrom(ctx context.Context, c Values, key string) ([]byte, Origin, bool, error) {
	if c, ok := c.(interface {
		getFrom(ctx context.Context, key string) ([]byte, Origin, bool, error)
	}); ok {
		return c.getFrom(ctx, key)
	}
	val, found, err := c.Get(ctx, key)
	return val, FromShared, found, err
}
