package cache

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var _ Cache = (*Layered)(nil)

// frontStay is how long a value that was found behind stays in front. Its own
// end is not known there, so it may live this much longer.
const frontStay = time.Minute

// Layered is a memory cache before a shared one, and in place of it while it
// cannot be asked. It is what a node of a fleet uses.
type Layered struct {
	front, back Cache
	standIns    [ops]prometheus.Counter
	vec         *prometheus.CounterVec
}

// Layer puts front, the memory of this process, before back, which the nodes
// share.
//
// Values must be immutable and their keys versioned: Get looks in front first
// and keeps there what it finds behind; Set writes both; Delete reaches both,
// but not the fronts of other nodes.
//
// Leases, budgets and rate limits are decided behind, where all nodes meet.
// While back cannot be asked, front decides, so each node then keeps them by
// itself: a host is polled once per gap and node, and a lease may be held once
// per node. What back has granted to this process is noted in front, so the
// change-over within one process is smooth: it gives nobody a lease that one
// of its own holders still has, and starts no slot too near to its last one.
//
// Errors of back therefore do not reach the callers, except that of Delete
// (the value may live on behind) and of Ping; they are counted.
func Layer(front, back Cache) *Layered {
	l := &Layered{front: front, back: back, vec: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "cache_stand_ins_total",
		Help: "Calls that memory answered alone because the shared cache could not be asked.",
	}, []string{"op"})}
	for _, op := range []Op{OpGet, OpSet, OpLease, OpRelease, OpReserve, OpAllow} {
		l.standIns[op] = l.vec.WithLabelValues(op.String())
	}
	return l
}

// Get implements [Values].
func (l *Layered) Get(ctx context.Context, key string) ([]byte, bool, error) {
	val, _, found, err := l.getFrom(ctx, key)
	return val, found, err
}

func (l *Layered) getFrom(ctx context.Context, key string) ([]byte, Origin, bool, error) {
	val, found, err := l.front.Get(ctx, key)
	if found || err != nil {
		return val, FromMemory, found, err
	}
	val, found, err = l.back.Get(ctx, key)
	if err != nil {
		return nil, FromShared, false, l.standIn(ctx, OpGet)
	}
	if found {
		_ = l.front.Set(ctx, key, val, frontStay)
	}
	return val, FromShared, found, nil
}

func (l *Layered) peek(key string) ([]byte, bool) {
	if front, ok := l.front.(peeker); ok {
		return front.peek(key)
	}
	return nil, false
}

// standIn is called after an error of back. It returns an error only if front
// should not go on either, because the caller has gone.
func (l *Layered) standIn(ctx context.Context, op Op) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.standIns[op].Inc()
	return nil
}

// Set implements [Values].
func (l *Layered) Set(ctx context.Context, key string, val []byte, ttl time.Duration) error {
	if err := l.front.Set(ctx, key, val, ttl); err != nil {
		return err
	}
	if err := l.back.Set(ctx, key, val, ttl); err != nil {
		return l.standIn(ctx, OpSet)
	}
	return nil
}

// Delete implements [Values].
func (l *Layered) Delete(ctx context.Context, keys ...string) error {
	return errors.Join(l.front.Delete(ctx, keys...), l.back.Delete(ctx, keys...))
}

// Lease implements [Leases]. Front is asked first: what another holder of this
// process has need not be asked for behind.
func (l *Layered) Lease(ctx context.Context, name, holder string, ttl time.Duration) (bool, error) {
	ok, err := l.front.Lease(ctx, name, holder, ttl)
	if !ok || err != nil {
		return false, err
	}
	ok, err = l.back.Lease(ctx, name, holder, ttl)
	if err != nil {
		if err = l.standIn(ctx, OpLease); err == nil {
			return true, nil
		}
	}
	if !ok {
		// Also when the caller has gone; its context must not stop this.
		_ = l.front.Release(context.WithoutCancel(ctx), name, holder)
	}
	return ok, err
}

// Release implements [Leases]. While back cannot be asked, the lease behind
// runs to its end.
func (l *Layered) Release(ctx context.Context, name, holder string) error {
	if err := l.front.Release(ctx, name, holder); err != nil {
		return err
	}
	if err := l.back.Release(ctx, name, holder); err != nil {
		return l.standIn(ctx, OpRelease)
	}
	return nil
}

// Reserve implements [Budgets].
func (l *Layered) Reserve(ctx context.Context, name string, gap, max time.Duration) (time.Duration, bool, error) {
	wait, ok, err := l.back.Reserve(ctx, name, gap, max)
	if err != nil {
		if err := l.standIn(ctx, OpReserve); err != nil {
			return 0, false, err
		}
		return l.front.Reserve(ctx, name, gap, max)
	}
	if front, can := l.front.(interface {
		booked(name string, next time.Time)
	}); can && ok && gap > 0 {
		front.booked(name, time.Now().Add(wait+gap))
	}
	return wait, ok, nil
}

// Allow implements [Budgets].
func (l *Layered) Allow(ctx context.Context, name string, limit Limit) (bool, time.Duration, error) {
	ok, retryAfter, err := l.back.Allow(ctx, name, limit)
	if err == nil || errors.Is(err, ErrLimit) {
		return ok, retryAfter, err
	}
	if err := l.standIn(ctx, OpAllow); err != nil {
		return false, 0, err
	}
	return l.front.Allow(ctx, name, limit)
}

// Ping implements [Cache]: it asks the shared cache.
func (l *Layered) Ping(ctx context.Context) error { return l.back.Ping(ctx) }

// Close implements [Cache]: it closes both.
func (l *Layered) Close() error { return errors.Join(l.back.Close(), l.front.Close()) }

// Metrics are those of both caches and of this one.
func (l *Layered) Metrics() []prometheus.Collector {
	all := []prometheus.Collector{l.vec}
	for _, c := range []Cache{l.front, l.back} {
		if c, ok := c.(interface{ Metrics() []prometheus.Collector }); ok {
			all = append(all, c.Metrics()...)
		}
	}
	return all
}
