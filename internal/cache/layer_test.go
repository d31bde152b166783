package cache_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"loa/internal/cache"
)

// away is a shared cache that can be away.
type away struct {
	cache.Cache
	gone atomic.Bool
}

var errAway = fmt.Errorf("%w: no route to host", cache.ErrUnavailable)

func (a *away) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if a.gone.Load() {
		return nil, false, errAway
	}
	return a.Cache.Get(ctx, key)
}

func (a *away) Set(ctx context.Context, key string, val []byte, ttl time.Duration) error {
	if a.gone.Load() {
		return errAway
	}
	return a.Cache.Set(ctx, key, val, ttl)
}

func (a *away) Delete(ctx context.Context, keys ...string) error {
	if a.gone.Load() {
		return errAway
	}
	return a.Cache.Delete(ctx, keys...)
}

func (a *away) Lease(ctx context.Context, name, holder string, ttl time.Duration) (bool, error) {
	if a.gone.Load() {
		return false, errAway
	}
	return a.Cache.Lease(ctx, name, holder, ttl)
}

func (a *away) Release(ctx context.Context, name, holder string) error {
	if a.gone.Load() {
		return errAway
	}
	return a.Cache.Release(ctx, name, holder)
}

func (a *away) Reserve(ctx context.Context, name string, gap, max time.Duration) (time.Duration, bool, error) {
	if a.gone.Load() {
		return 0, false, errAway
	}
	return a.Cache.Reserve(ctx, name, gap, max)
}

func (a *away) Allow(ctx context.Context, name string, limit cache.Limit) (bool, time.Duration, error) {
	if a.gone.Load() {
		return false, 0, errAway
	}
	return a.Cache.Allow(ctx, name, limit)
}

func (a *away) Ping(ctx context.Context) error {
	if a.gone.Load() {
		return errAway
	}
	return a.Cache.Ping(ctx)
}

// fleet runs a test with two nodes on one shared cache.
func fleet(t *testing.T, run func(t *testing.T, one, two *cache.Layered, shared *away)) {
	synctest.Test(t, func(t *testing.T) {
		shared := &away{Cache: newMemory(t, cache.Limits{})}
		defer shared.Close()
		fronts := [2]*cache.Memory{newMemory(t, cache.Limits{}), newMemory(t, cache.Limits{})}
		defer fronts[0].Close()
		defer fronts[1].Close()
		run(t, cache.Layer(fronts[0], shared), cache.Layer(fronts[1], shared), shared)
	})
}

func wantLease(t *testing.T, c cache.Cache, holder string, want bool) {
	t.Helper()
	if ok, err := c.Lease(t.Context(), "scrub", holder, time.Hour); err != nil || ok != want {
		t.Errorf("%s: Lease = %v, %v; want %v", holder, ok, err, want)
	}
}

func wantWait(t *testing.T, c cache.Cache, want time.Duration) {
	t.Helper()
	if wait, ok, err := c.Reserve(t.Context(), "xa.example.vn", time.Minute, time.Hour); err != nil || !ok || wait != want {
		t.Errorf("Reserve = %v, %v, %v; want %v", wait, ok, err, want)
	}
}

func TestLayerTellsWhereAValueIsFrom(t *testing.T) {
	fleet(t, func(t *testing.T, one, two *cache.Layered, shared *away) {
		var f1, f2 cache.Flight
		defer f1.Close()
		defer f2.Close()
		wantLoad(t, &f1, one, makes("feed"), "feed", cache.Made)
		synctest.Wait() // for the storing
		wantLoad(t, &f1, one, never, "feed", cache.FromMemory)
		wantLoad(t, &f2, two, never, "feed", cache.FromShared)
		wantLoad(t, &f2, two, never, "feed", cache.FromMemory)
		shared.gone.Store(true)
		wantLoad(t, &f2, two, never, "feed", cache.FromMemory)
		time.Sleep(2 * time.Minute) // what came from behind does not stay long
		wantLoad(t, &f2, two, makes("feed"), "feed", cache.Made)
		synctest.Wait() // for the storing
		wantLoad(t, &f2, two, never, "feed", cache.FromMemory)
		shared.gone.Store(false)
		time.Sleep(2 * time.Hour)
		wantLoad(t, &f1, one, makes("new"), "new", cache.Made)
	})
}

func TestLayerWithoutItsSharedCache(t *testing.T) {
	fleet(t, func(t *testing.T, one, two *cache.Layered, shared *away) {
		ctx := t.Context()
		shared.gone.Store(true)
		if err := one.Set(ctx, "k", []byte("v"), time.Hour); err != nil {
			t.Error(err)
		}
		if val, found, err := one.Get(ctx, "k"); err != nil || !found || string(val) != "v" {
			t.Errorf("%q, %v, %v", val, found, err)
		}
		if _, found, err := one.Get(ctx, "none"); err != nil || found {
			t.Errorf("%v, %v", found, err)
		}
		wantLease(t, one, "a", true)
		wantLease(t, one, "b", false)
		wantLease(t, two, "b", true) // this is the price
		if err := one.Release(ctx, "scrub", "a"); err != nil {
			t.Error(err)
		}
		wantLease(t, one, "b", true)
		wantWait(t, one, 0)
		wantWait(t, one, time.Minute)
		limit := cache.Limit{Rate: 1, Period: time.Minute}
		for _, want := range []bool{true, false} {
			if ok, _, err := one.Allow(ctx, "client", limit); err != nil || ok != want {
				t.Errorf("Allow = %v, %v", ok, err)
			}
		}
		if _, _, err := one.Allow(ctx, "client", cache.Limit{}); !errors.Is(err, cache.ErrLimit) {
			t.Error(err)
		}
		if err := one.Delete(ctx, "k"); !errors.Is(err, cache.ErrUnavailable) {
			t.Errorf("Delete: %v", err)
		}
		if err := one.Ping(ctx); !errors.Is(err, cache.ErrUnavailable) {
			t.Errorf("Ping: %v", err)
		}
		got := gather(t, one)
		for name, want := range map[string]float64{"get": 1, "set": 1, "lease": 2, "release": 1, "reserve": 2, "allow": 3} {
			if n := got["cache_stand_ins_total/"+name]; n != want {
				t.Errorf("%v stand-ins at %s, want %v", n, name, want)
			}
		}
	})
}

func TestLayerLosesAndFindsItsSharedCache(t *testing.T) {
	fleet(t, func(t *testing.T, one, two *cache.Layered, shared *away) {
		wantLease(t, one, "a", true)
		wantLease(t, two, "b", false)
		wantWait(t, one, 0)
		wantWait(t, two, time.Minute)
		wantWait(t, one, 2*time.Minute)

		shared.gone.Store(true)
		wantLease(t, one, "b", false) // this process knows that a has it
		wantLease(t, one, "a", true)
		wantWait(t, one, 3*time.Minute)
		wantWait(t, two, 2*time.Minute)

		shared.gone.Store(false)
		wantLease(t, one, "b", false)
		wantLease(t, two, "c", false)
		if err := one.Release(t.Context(), "scrub", "a"); err != nil {
			t.Error(err)
		}
		wantLease(t, two, "c", true)
		wantLease(t, one, "a", false)
		wantLease(t, one, "b", false) // what back refuses is not noted in front
	})
}
