package cache

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/prometheus/client_golang/prometheus"
)

var _ Cache = (*Memory)(nil)

// EntryOverhead is what [Memory] counts for each value besides the bytes of
// its key and of itself: an estimate of what the tables around it take.
const EntryOverhead = 128

// Limits bound what a [Memory] takes. Zero means the default.
type Limits struct {
	// Bytes bounds the values: keys, values and [EntryOverhead] each. Default
	// 64 MiB. For a moment after a Set there may be more.
	Bytes int64
	// Names bounds each of the three tables of leases, budgets and rate limits.
	// Default 65536. When the table of leases is full, new leases are refused
	// ([ErrFull]); from the others the name whose wait ends first is dropped.
	Names int
}

// Memory is the cache of one process. It takes the time from [time.Now].
// Values leave it when they end, and when there is no room: then those go that
// are asked for least (otter's W-TinyLFU).
type Memory struct {
	values   *otter.Cache[string, entry]
	bytes    uint64
	leases   *ledger[string]    // holder
	slots    *ledger[time.Time] // the first time that is not booked
	rates    *ledger[time.Time] // theoretical arrival time
	counters *Counters
	evicted  prometheus.Counter
	closed   atomic.Bool
}

type entry struct {
	val []byte
	ttl time.Duration
}

// NewMemory returns an empty cache, to be closed by the caller.
func NewMemory(limits Limits) (*Memory, error) {
	if limits.Bytes < 0 || limits.Names < 0 {
		return nil, fmt.Errorf("cache: negative limits: %d bytes, %d names", limits.Bytes, limits.Names)
	}
	if limits.Bytes == 0 {
		limits.Bytes = 64 << 20
	}
	if limits.Names == 0 {
		limits.Names = 1 << 16
	}
	m := &Memory{
		bytes:    uint64(limits.Bytes),
		leases:   newLedger[string](limits.Names, true),
		slots:    newLedger[time.Time](limits.Names, false),
		rates:    newLedger[time.Time](limits.Names, false),
		counters: NewCounters("memory"),
		evicted: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "cache_memory_evictions_total",
			Help: "Values dropped from memory for want of room.",
		}),
	}
	values, err := otter.New(&otter.Options[string, entry]{
		MaximumWeight: m.bytes,
		Weigher:       func(key string, e entry) uint32 { return uint32(min(weight(key, e.val), math.MaxUint32)) },
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[string, entry]) time.Duration {
			return e.Value.ttl
		}),
		OnAtomicDeletion: func(e otter.DeletionEvent[string, entry]) {
			if e.Cause == otter.CauseOverflow {
				m.evicted.Inc()
			}
		},
	})
	if err != nil {
		return nil, fmt.Errorf("cache: make room in memory: %w", err)
	}
	m.values = values
	return m, nil
}

func weight(key string, val []byte) uint64 {
	return uint64(len(key)) + uint64(len(val)) + EntryOverhead
}

// ready is asked first by every method.
func (m *Memory) ready(ctx context.Context) error {
	if m.closed.Load() {
		return ErrClosed
	}
	return ctx.Err()
}

// Get implements [Values].
func (m *Memory) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if err := m.ready(ctx); err != nil {
		return nil, false, m.counters.failed(OpGet, err)
	}
	e, found := m.values.GetIfPresent(key)
	m.counters.Count(OpGet, hitOrMiss(found))
	return e.val, found, nil
}

// peek is Get for callers that ask again if nothing is there: a miss is not
// counted.
func (m *Memory) peek(key string) ([]byte, bool) {
	e, found := m.values.GetIfPresent(key)
	if found {
		m.counters.Count(OpGet, Hit)
	}
	return e.val, found
}

func (m *Memory) getFrom(ctx context.Context, key string) ([]byte, Origin, bool, error) {
	val, found, err := m.Get(ctx, key)
	return val, FromMemory, found, err
}

// Set implements [Values].
func (m *Memory) Set(ctx context.Context, key string, val []byte, ttl time.Duration) error {
	if err := m.ready(ctx); err != nil {
		return m.counters.failed(OpSet, err)
	}
	if ttl <= 0 {
		return m.counters.failed(OpSet, ErrTTL)
	}
	if weight(key, val) > m.bytes {
		m.values.Invalidate(key) // the old value is not the value any more
		m.counters.Count(OpSet, Refused)
		return nil
	}
	m.values.Set(key, entry{val, ttl})
	m.counters.Count(OpSet, OK)
	return nil
}

// Delete implements [Values].
func (m *Memory) Delete(ctx context.Context, keys ...string) error {
	if err := m.ready(ctx); err != nil {
		return m.counters.failed(OpDelete, err)
	}
	for _, key := range keys {
		m.values.Invalidate(key)
	}
	m.counters.Count(OpDelete, OK)
	return nil
}

// Lease implements [Leases].
func (m *Memory) Lease(ctx context.Context, name, holder string, ttl time.Duration) (bool, error) {
	if err := m.ready(ctx); err != nil {
		return false, m.counters.failed(OpLease, err)
	}
	if ttl <= 0 {
		return false, m.counters.failed(OpLease, ErrTTL)
	}
	m.leases.mu.Lock()
	defer m.leases.mu.Unlock()
	now := time.Now()
	if other, held := m.leases.get(name, now); held && other != holder {
		m.counters.Count(OpLease, Refused)
		return false, nil
	}
	if !m.leases.put(name, holder, now.Add(ceil(ttl, time.Millisecond)), now) {
		return false, m.counters.failed(OpLease, ErrFull)
	}
	m.counters.Count(OpLease, OK)
	return true, nil
}

// Release implements [Leases].
func (m *Memory) Release(ctx context.Context, name, holder string) error {
	if err := m.ready(ctx); err != nil {
		return m.counters.failed(OpRelease, err)
	}
	m.leases.mu.Lock()
	defer m.leases.mu.Unlock()
	if other, held := m.leases.get(name, time.Now()); held && other == holder {
		m.leases.remove(name)
	}
	m.counters.Count(OpRelease, OK)
	return nil
}

// Reserve implements [Budgets].
func (m *Memory) Reserve(ctx context.Context, name string, gap, max time.Duration) (time.Duration, bool, error) {
	if err := m.ready(ctx); err != nil {
		return 0, false, m.counters.failed(OpReserve, err)
	}
	if gap <= 0 {
		m.counters.Count(OpReserve, OK)
		return 0, true, nil
	}
	m.slots.mu.Lock()
	defer m.slots.mu.Unlock()
	now := time.Now()
	next, _ := m.slots.get(name, now)
	slot, wait, ok := reserve(next, now, max)
	if ok {
		end := slot.Add(gap)
		m.slots.put(name, end, end, now)
	}
	m.counters.Count(OpReserve, okOrRefused(ok))
	return wait, ok, nil
}

// booked notes a slot that was given elsewhere: none begins before next.
func (m *Memory) booked(name string, next time.Time) {
	m.slots.mu.Lock()
	defer m.slots.mu.Unlock()
	now := time.Now()
	if known, _ := m.slots.get(name, now); next.After(known) && next.After(now) {
		m.slots.put(name, next, next, now)
	}
}

// Allow implements [Budgets].
func (m *Memory) Allow(ctx context.Context, name string, limit Limit) (bool, time.Duration, error) {
	if err := m.ready(ctx); err != nil {
		return false, 0, m.counters.failed(OpAllow, err)
	}
	interval, ahead, err := limit.Spacing()
	if err != nil {
		return false, 0, m.counters.failed(OpAllow, err)
	}
	m.rates.mu.Lock()
	defer m.rates.mu.Unlock()
	now := time.Now()
	tat, _ := m.rates.get(name, now)
	next, ok, retryAfter := allow(tat, now, interval, ahead)
	if ok {
		m.rates.put(name, next, next, now)
	}
	m.counters.Count(OpAllow, okOrRefused(ok))
	return ok, retryAfter, nil
}

// Ping implements [Cache].
func (m *Memory) Ping(ctx context.Context) error {
	return m.ready(ctx)
}

// Close implements [Cache]: it ends the clearing-out and lets go of the values.
func (m *Memory) Close() error {
	if m.closed.Swap(true) {
		return ErrClosed
	}
	m.values.StopAllGoroutines()
	m.values.InvalidateAll()
	return nil
}

// Metrics are the counters of this cache, for a registry that adds the prefix.
func (m *Memory) Metrics() []prometheus.Collector {
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	return append(m.counters.Metrics(), m.evicted,
		gauge("cache_memory_bytes", "Bytes of keys, values and their overhead in memory.",
			func() float64 { return float64(m.values.WeightedSize()) }),
		gauge("cache_memory_values", "Values in memory, about.",
			func() float64 { return float64(m.values.EstimatedSize()) }),
		gauge("cache_memory_names", "Leases, budgets and rate limits in memory.",
			func() float64 { return float64(m.leases.size() + m.slots.size() + m.rates.size()) }),
	)
}
