package cachetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"loa/internal/cache"
)

func values(s *subject) {
	s.ok(s.c.Ping(s.ctx))
	s.wantNone("feed/7")
	s.ok(s.c.Set(s.ctx, "feed/7", []byte("họp dân thôn Đoài"), long))
	s.wantValue("feed/7", "họp dân thôn Đoài")
	s.ok(s.c.Set(s.ctx, "feed/7", []byte("lịch cấp nước"), long))
	s.wantValue("feed/7", "lịch cấp nước")
	s.ok(s.c.Set(s.ctx, "feed/8", nil, long))
	s.wantValue("feed/8", "")
	s.ok(s.c.Set(s.ctx, "feed/9", []byte("x"), long))
	s.ok(s.c.Delete(s.ctx, "feed/7", "feed/9", "feed/none"))
	s.wantNone("feed/7")
	s.wantNone("feed/9")
	s.wantValue("feed/8", "")
	s.ok(s.c.Delete(s.ctx))

	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB
	s.ok(s.c.Set(s.ctx, "large", large, long))
	if got, found, err := s.c.Get(s.ctx, "large"); err != nil || !found || !bytes.Equal(got, large) {
		s.Errorf("large value: %d bytes, %v, %v", len(got), found, err)
	}
}

func valuesEnd(s *subject) {
	s.ok(s.c.Set(s.ctx, "soon", []byte("a"), short))
	s.ok(s.c.Set(s.ctx, "sooner", []byte("b"), time.Nanosecond))
	s.ok(s.c.Set(s.ctx, "prolonged", []byte("c"), short))
	s.ok(s.c.Set(s.ctx, "prolonged", []byte("c"), long))
	s.ok(s.c.Set(s.ctx, "shortened", []byte("d"), long))
	s.ok(s.c.Set(s.ctx, "shortened", []byte("d"), short))
	s.pass(2 * short)
	s.wantNone("soon")
	s.wantNone("sooner")
	s.wantValue("prolonged", "c")
	s.wantNone("shortened")
}

func valuesSideBySide(s *subject) {
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			val := bytes.Repeat([]byte{byte('a' + i)}, 1000)
			for range 50 {
				if err := s.c.Set(s.ctx, "k", val, long); err != nil {
					s.Error(err)
				}
				got, found, err := s.c.Get(s.ctx, "k")
				if err != nil || !found || len(got) != 1000 || bytes.Count(got, got[:1]) != 1000 {
					s.Errorf("a value of two writers: %q, %v, %v", got, found, err)
				}
			}
		})
	}
	all.Wait()
}

func keysOfAnyBytes(s *subject) {
	keys := []string{"", " ", "a b", "a\r\nb", "\x00\xff", "{tag}x", "*", "thông-báo/đợt 2", string(bytes.Repeat([]byte("k"), 5000))}
	for i, key := range keys {
		s.ok(s.c.Set(s.ctx, key, fmt.Append(nil, i), long))
		s.wantLease(key, "h", long, true)
	}
	for i, key := range keys {
		s.wantValue(key, fmt.Sprint(i))
		s.wantLease(key, "other", long, false)
	}
	s.ok(s.c.Delete(s.ctx, keys...))
	for _, key := range keys {
		s.wantNone(key)
	}
}

func leases(s *subject) {
	s.wantLease("l", "node-1", long, true)
	s.wantLease("l", "node-2", long, false)
	s.wantLease("l", "node-1", long, true)
	s.ok(s.c.Release(s.ctx, "l", "node-2")) // not its own
	s.wantLease("l", "node-2", long, false)
	s.ok(s.c.Release(s.ctx, "l", "node-1"))
	s.ok(s.c.Release(s.ctx, "l", "node-1"))
	s.wantLease("l", "node-2", long, true)
	s.ok(s.c.Release(s.ctx, "l", "node-1"))
	s.wantLease("l", "node-1", long, false)
	s.wantLease("other", "node-1", long, true)
	s.wantLease("l", "", long, false)
}

func leasesEnd(s *subject) {
	s.wantLease("l", "node-1", short, true)
	s.wantLease("renewed", "node-1", short, true)
	s.wantLease("renewed", "node-1", long, true)
	s.wantLease("shortened", "node-1", long, true)
	s.wantLease("shortened", "node-1", short, true)
	s.pass(2 * short)
	s.wantLease("l", "node-2", long, true)
	s.ok(s.c.Release(s.ctx, "l", "node-1")) // it was node-1's once
	s.wantLease("l", "node-1", long, false)
	s.wantLease("renewed", "node-2", long, false)
	s.wantLease("shortened", "node-2", long, true)
}

func oneHolder(s *subject) {
	var inside, times atomic.Int64
	var all sync.WaitGroup
	for i := range 8 {
		holder := fmt.Sprintf("node-%d", i)
		all.Go(func() {
			for range 60 {
				ok, err := s.c.Lease(s.ctx, "l", holder, long)
				if err != nil {
					s.Error(err)
				}
				if !ok {
					continue
				}
				if n := inside.Add(1); n != 1 {
					s.Errorf("%d holders of one lease", n)
				}
				times.Add(1)
				inside.Add(-1)
				if err := s.c.Release(s.ctx, "l", holder); err != nil {
					s.Error(err)
				}
			}
		})
	}
	all.Wait()
	if times.Load() == 0 {
		s.Error("nobody ever had the lease")
	}
}

func slots(s *subject) {
	const most = 100 * long
	s.wantSlot("host", long, most, -1, 0, true)
	s.wantSlot("host", long, most, 0, long, true)
	s.wantSlot("host", long, most, long, 2*long, true)
	s.wantSlot("host", long, 0, 2*long, 3*long, false)
	s.wantSlot("host", long, -long, 2*long, 3*long, false)
	s.wantSlot("host", long, 2*long, 2*long, 3*long, false)
	// What was refused has booked nothing.
	s.wantSlot("host", long, 3*long, 2*long, 3*long, true)
	s.wantSlot("host", 5*long, most, 3*long, 4*long, true)
	s.wantSlot("host", long, most, 8*long, 9*long, true)
	s.wantSlot("another host", long, 0, -1, 0, true)
	s.wantSlot("no wait at all", long, -long, -1, 0, true)
	for range 3 {
		s.wantSlot("no gap", 0, 0, -1, 0, true)
		s.wantSlot("no gap", -long, most, -1, 0, true)
	}
	s.wantSlot("no gap", long, 0, -1, 0, true)
}

func slotsComeBack(s *subject) {
	s.wantSlot("host", short, long, -1, 0, true)
	s.wantSlot("host", short, long, -1, short, true)
	s.pass(3 * short)
	s.wantSlot("host", long, 0, -1, 0, true) // nothing is saved up
	s.wantSlot("host", long, 0, 0, long, false)
}

func slotsSideBySide(s *subject) {
	const n = 40
	var mu sync.Mutex
	seen := make(map[int]bool)
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			wait, ok, err := s.c.Reserve(s.ctx, "host", long, n*long)
			if err != nil || !ok {
				s.Errorf("Reserve = %v, %v, %v", wait, ok, err)
				return
			}
			// The k-th slot is k gaps after the first, and so is the wait, less
			// the time that has passed meanwhile.
			k := int((wait + long - 1) / long)
			mu.Lock()
			defer mu.Unlock()
			if seen[k] {
				s.Errorf("slot %d was given twice", k)
			}
			seen[k] = true
		})
	}
	all.Wait()
	for k := range n {
		if !seen[k] {
			s.Errorf("slot %d was given to nobody", k)
		}
	}
}

func rateLimits(s *subject) {
	limit := cache.Limit{Rate: 10, Period: 10 * long, Burst: 3}
	for range 3 {
		s.wantAllowed("client", limit, true, 0)
	}
	for range 3 { // what is refused is not counted
		s.wantAllowed("client", limit, false, long)
	}
	s.wantAllowed("another client", limit, true, 0)
	one := cache.Limit{Rate: 1, Period: long}
	s.wantAllowed("no burst", one, true, 0)
	s.wantAllowed("no burst", one, false, long)
}

func rateLimitsComeBack(s *subject) {
	limit := cache.Limit{Rate: 1, Period: short, Burst: 2}
	s.wantAllowed("client", limit, true, 0)
	s.wantAllowed("client", limit, true, 0)
	s.pass(2 * short)
	s.wantAllowed("client", limit, true, 0)
	s.wantAllowed("client", limit, true, 0)
}

func rateLimitsSideBySide(s *subject) {
	var allowed atomic.Int64
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			ok, _, err := s.c.Allow(s.ctx, "client", cache.Limit{Rate: 1, Period: long, Burst: 7})
			if err != nil {
				s.Error(err)
			}
			if ok {
				allowed.Add(1)
			}
		})
	}
	all.Wait()
	if n := allowed.Load(); n != 7 {
		s.Errorf("%d of a burst of 7 were allowed", n)
	}
}

func wrongArguments(s *subject) {
	for _, ttl := range []time.Duration{0, -1, -long} {
		if err := s.c.Set(s.ctx, "k", nil, ttl); !errors.Is(err, cache.ErrTTL) {
			s.Errorf("Set for %v: %v", ttl, err)
		}
		if ok, err := s.c.Lease(s.ctx, "k", "h", ttl); ok || !errors.Is(err, cache.ErrTTL) {
			s.Errorf("Lease for %v: %v, %v", ttl, ok, err)
		}
	}
	for _, limit := range []cache.Limit{{}, {Rate: 1}, {Period: long}, {Rate: -1, Period: long}, {Rate: 1, Period: 1 << 62, Burst: 3}} {
		if ok, _, err := s.c.Allow(s.ctx, "k", limit); ok || !errors.Is(err, cache.ErrLimit) {
			s.Errorf("Allow %v: %v, %v", limit, ok, err)
		}
	}
	s.wantNone("k")
}

func namesAreApart(s *subject) {
	one := cache.Limit{Rate: 1, Period: long}
	s.ok(s.c.Set(s.ctx, "x", []byte("v"), long))
	s.wantLease("x", "h", long, true)
	s.wantSlot("x", long, 0, -1, 0, true)
	s.wantAllowed("x", one, true, 0)
	s.ok(s.c.Delete(s.ctx, "x"))
	s.wantLease("x", "other", long, false)
	s.wantSlot("x", long, 0, 0, long, false)
	s.wantAllowed("x", one, false, long)
	s.ok(s.c.Release(s.ctx, "x", "h"))
	s.wantSlot("x", long, 0, 0, long, false)
}

func doneContext(s *subject) {
	done, cancel := context.WithCancel(s.ctx)
	cancel()
	for op, err := range calls(done, s.c) {
		if !errors.Is(err, context.Canceled) {
			s.Errorf("%s with a done context: %v", op, err)
		}
	}
	// Nothing was stored, taken, booked or counted.
	s.wantNone("k")
	s.wantLease("k", "other", long, true)
	s.wantSlot("k", long, 0, -1, 0, true)
	s.wantAllowed("k", cache.Limit{Rate: 1, Period: long}, true, 0)
}

func closed(s *subject) {
	s.ok(s.c.Close())
	s.closed = true
	for op, err := range calls(s.ctx, s.c) {
		if !errors.Is(err, cache.ErrClosed) {
			s.Errorf("%s after Close: %v", op, err)
		}
	}
}

func calls(ctx context.Context, c cache.Cache) map[string]error {
	errs := make(map[string]error)
	_, _, errs["Get"] = c.Get(ctx, "k")
	errs["Set"] = c.Set(ctx, "k", nil, long)
	errs["Delete"] = c.Delete(ctx, "k")
	_, errs["Lease"] = c.Lease(ctx, "k", "h", long)
	errs["Release"] = c.Release(ctx, "k", "h")
	_, _, errs["Reserve"] = c.Reserve(ctx, "k", long, long)
	_, _, errs["Allow"] = c.Allow(ctx, "k", cache.Limit{Rate: 1, Period: long})
	errs["Ping"] = c.Ping(ctx)
	return errs
}
