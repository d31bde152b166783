package rediscache_test

import (
	"runtime"
	"testing"
	"time"

	"loa/internal/cache"
	"loa/internal/cache/cachetest"
	"loa/internal/cache/rediscache"
	"loa/internal/cache/redistest"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t testing.TB, config rediscache.Config) *rediscache.Cache {
	t.Helper()
	c, err := rediscache.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestContractOnMiniredis(t *testing.T) {
	var server *miniredis.Miniredis
	now := time.Date(2026, 11, 2, 7, 30, 0, 0, time.UTC)
	cachetest.Exercise(t, func(t *testing.T) cache.Cache {
		server = miniredis.RunT(t)
		server.SetTime(now)
		// Its interpreter takes half a millisecond a script, and more under the
		// race detector: forty at once must not look like a dead server.
		return open(t, rediscache.Config{URL: "redis://" + server.Addr(), Timeout: time.Minute})
	}, cachetest.Pass(func(_ *testing.T, d time.Duration) {
		now = now.Add(d)
		server.SetTime(now)
		server.FastForward(d)
	}))
}

// tick waits until the server's own clock has gone on by d: that is what it
// ends things by.
func tick(server *redistest.Server) cachetest.Option {
	return cachetest.Pass(func(t *testing.T, d time.Duration) {
		client := redis.NewClient(&redis.Options{Network: "unix", Addr: server.Socket})
		defer client.Close()
		begun := client.Time(t.Context())
		for now := begun; now.Val().Sub(begun.Val()) < d; now = client.Time(t.Context()) {
			if now.Err() != nil {
				t.Fatal(now.Err())
			}
			runtime.Gosched()
		}
	})
}

func TestContractOnRedis(t *testing.T) {
	server := redistest.Start(t)
	cachetest.Exercise(t, func(t *testing.T) cache.Cache {
		server.Restart()
		return open(t, rediscache.Config{URL: server.URL, Timeout: time.Minute})
	}, tick(server))
}

func TestContractOfALayerOnRedis(t *testing.T) {
	server := redistest.Start(t)
	cachetest.Exercise(t, func(t *testing.T) cache.Cache {
		server.Restart()
		front, err := cache.NewMemory(cache.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return cache.Layer(front, open(t, rediscache.Config{URL: server.URL, Timeout: time.Minute}))
	}, tick(server))
}
