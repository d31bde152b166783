package cache_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"loa/internal/cache"
	"loa/internal/cache/cachetest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newMemory(t testing.TB, limits cache.Limits) *cache.Memory {
	t.Helper()
	m, err := cache.NewMemory(limits)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMemoryKeepsTheContract(t *testing.T) {
	cachetest.Exercise(t, func(t *testing.T) cache.Cache { return newMemory(t, cache.Limits{}) },
		cachetest.Within(synctest.Test))
}

// The layer keeps the contract, too, and of two caches in memory as well.
func TestLayerKeepsTheContract(t *testing.T) {
	cachetest.Exercise(t, func(t *testing.T) cache.Cache {
		return cache.Layer(newMemory(t, cache.Limits{}), newMemory(t, cache.Limits{}))
	}, cachetest.Within(synctest.Test))
}

func TestMemoryStaysWithinItsBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const room = 1 << 20
		m := newMemory(t, cache.Limits{Bytes: room})
		defer m.Close()
		for i := range 1000 {
			if err := m.Set(t.Context(), fmt.Sprint("feed/", i), make([]byte, 16<<10), time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 20_000 { // what weighs next to nothing is bounded, too
			if err := m.Set(t.Context(), fmt.Sprint(i), nil, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait() // for the clearing-out
		metrics := gather(t, m)
		if b := metrics["cache_memory_bytes"]; b > room || b < room/2 {
			t.Errorf("%v bytes in room for %d", b, room)
		}
		if metrics["cache_memory_evictions_total"] == 0 {
			t.Error("no eviction was counted")
		}
	})
}

func TestMemoryDeclinesWhatIsLargerThanItsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, cache.Limits{Bytes: 1000})
		defer m.Close()
		if err := m.Set(t.Context(), "k", []byte("old"), time.Hour); err != nil {
			t.Fatal(err)
		}
		if err := m.Set(t.Context(), "k", make([]byte, 1000), time.Hour); err != nil {
			t.Fatal(err)
		}
		if val, found, _ := m.Get(t.Context(), "k"); found {
			t.Errorf("the old value is still there: %q", val)
		}
	})
}

func TestMemoryBoundsItsNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		m := newMemory(t, cache.Limits{Names: 3})
		defer m.Close()
		for i := range 3 {
			if ok, err := m.Lease(ctx, fmt.Sprint(i), "h", time.Duration(i+1)*time.Minute); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}
		if ok, err := m.Lease(ctx, "one more", "h", time.Minute); ok || !errors.Is(err, cache.ErrFull) {
			t.Errorf("a lease too many: %v, %v", ok, err)
		}
		if ok, err := m.Lease(ctx, "2", "h", time.Hour); !ok || err != nil {
			t.Errorf("a full table refused a renewal: %v, %v", ok, err)
		}
		time.Sleep(time.Minute)
		if ok, err := m.Lease(ctx, "one more", "h", time.Minute); !ok || err != nil {
			t.Errorf("what has ended still takes room: %v, %v", ok, err)
		}

		// Of clients, the one that is free again first is forgotten.
		for i, period := range []time.Duration{2 * time.Hour, time.Hour, 3 * time.Hour, 4 * time.Hour} {
			if ok, _, err := m.Allow(ctx, fmt.Sprint(i), cache.Limit{Rate: 1, Period: period}); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}
		for i, forgotten := range []bool{false, true} {
			ok, _, err := m.Allow(ctx, fmt.Sprint(i), cache.Limit{Rate: 1, Period: time.Hour})
			if err != nil || ok != forgotten {
				t.Errorf("client %d: %v, %v", i, ok, err)
			}
		}
		if n := gather(t, m)["cache_memory_names"]; n != 6 {
			t.Errorf("%v names", n)
		}
	})
}

func TestMemoryEndsThingsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		m := newMemory(t, cache.Limits{})
		defer m.Close()
		if err := m.Set(ctx, "k", []byte("v"), time.Minute); err != nil {
			t.Fatal(err)
		}
		if ok, err := m.Lease(ctx, "l", "a", time.Minute); !ok || err != nil {
			t.Fatal(ok, err)
		}
		limit := cache.Limit{Rate: 2, Period: 2 * time.Minute, Burst: 2}
		for range 2 {
			if ok, _, err := m.Allow(ctx, "c", limit); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}
		time.Sleep(time.Minute - 1)
		if _, found, _ := m.Get(ctx, "k"); !found {
			t.Error("the value ended too early")
		}
		if ok, _ := m.Lease(ctx, "l", "b", time.Minute); ok {
			t.Error("the lease ended too early")
		}
		if ok, retryAfter, _ := m.Allow(ctx, "c", limit); ok || retryAfter != 1 {
			t.Errorf("the limit: %v, %v", ok, retryAfter)
		}
		time.Sleep(time.Nanosecond)
		if _, found, _ := m.Get(ctx, "k"); found {
			t.Error("the value ended too late")
		}
		if ok, _ := m.Lease(ctx, "l", "b", time.Minute); !ok {
			t.Error("the lease ended too late")
		}
		if ok, _, _ := m.Allow(ctx, "c", limit); !ok {
			t.Error("the limit held too long")
		}
	})
}

func TestMemoryCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		m := newMemory(t, cache.Limits{})
		defer m.Close()
		m.Get(ctx, "k")
		m.Set(ctx, "k", nil, time.Hour)
		m.Set(ctx, "k", nil, 0)
		m.Get(ctx, "k")
		m.Get(ctx, "k")
		m.Lease(ctx, "l", "a", time.Hour)
		m.Lease(ctx, "l", "b", time.Hour)
		got := gather(t, m)
		for name, want := range map[string]float64{"get/hit": 2, "get/miss": 1, "set/ok": 1, "set/error": 1, "lease/ok": 1, "lease/refused": 1} {
			if n := got["cache_requests_total/memory/"+name]; n != want {
				t.Errorf("%s: %v, want %v", name, n, want)
			}
		}
	})
}

func BenchmarkMemoryGet16KB(b *testing.B) {
	m := newMemory(b, cache.Limits{})
	defer m.Close()
	if err := m.Set(b.Context(), "feed/7", make([]byte, 16<<10), time.Hour); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, found, err := m.Get(b.Context(), "feed/7"); !found || err != nil {
				b.Error(found, err)
			}
		}
	})
}

func BenchmarkMemoryReserve(b *testing.B) {
	m := newMemory(b, cache.Limits{})
	defer m.Close()
	for i := 0; b.Loop(); i++ {
		if _, _, err := m.Reserve(b.Context(), strconv.Itoa(i), time.Second, time.Hour); err != nil {
			b.Fatal(err)
		}
	}
}
