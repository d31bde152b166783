package rediscache_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"loa/internal/cache"
	"loa/internal/cache/rediscache"
	"loa/internal/cache/redistest"

	"github.com/alicebob/miniredis/v2"
)

// everything calls all methods.
func everything(ctx context.Context, c cache.Cache) map[string]error {
	errs := make(map[string]error)
	_, _, errs["Get"] = c.Get(ctx, "k")
	errs["Set"] = c.Set(ctx, "k", []byte("v"), time.Hour)
	errs["Delete"] = c.Delete(ctx, "k")
	_, errs["Lease"] = c.Lease(ctx, "k", "h", time.Hour)
	errs["Release"] = c.Release(ctx, "k", "h")
	_, _, errs["Reserve"] = c.Reserve(ctx, "k", time.Millisecond, time.Hour)
	_, _, errs["Allow"] = c.Allow(ctx, "k", cache.PerSecond(1000))
	errs["Ping"] = c.Ping(ctx)
	return errs
}

func wantUnavailable(t *testing.T, c cache.Cache) {
	t.Helper()
	for op, err := range everything(t.Context(), c) {
		if !errors.Is(err, cache.ErrUnavailable) {
			t.Errorf("%s: %v", op, err)
		}
	}
}

func wantWell(t *testing.T, c cache.Cache) {
	t.Helper()
	for op, err := range everything(t.Context(), c) {
		if err != nil {
			t.Errorf("%s: %v", op, err)
		}
	}
}

// wantRecovery asks until every method works; the test's own timeout ends it
// if that never happens.
func wantRecovery(t *testing.T, c cache.Cache) {
	t.Helper()
	for well := false; !well; runtime.Gosched() {
		well = true
		for _, err := range everything(t.Context(), c) {
			well = well && err == nil
		}
	}
}

// silence is a server that takes connections and never answers. It counts them.
func silence(t *testing.T) (url string, taken *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	taken = new(atomic.Int64)
	var serving sync.WaitGroup
	serving.Go(func() {
		var open []net.Conn
		defer func() {
			for _, conn := range open {
				conn.Close()
			}
		}()
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			taken.Add(1)
			open = append(open, conn)
		}
	})
	t.Cleanup(func() {
		listener.Close()
		serving.Wait()
	})
	return "redis://" + listener.Addr().String(), taken
}

func TestRefusedConnections(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	c := open(t, rediscache.Config{URL: "redis://" + listener.Addr().String()})
	defer c.Close()
	wantUnavailable(t, c)
	if c.Closed() {
		t.Error("a server that refuses connections is still asked")
	}
}

func TestServerThatNeverAnswers(t *testing.T) {
	url, taken := silence(t)
	c := open(t, rediscache.Config{URL: url, Timeout: 20 * time.Millisecond})
	defer c.Close()
	c.Hold(time.Hour)
	if _, _, err := c.Get(t.Context(), "k"); !errors.Is(err, cache.ErrUnavailable) {
		t.Errorf("Get: %v", err)
	}
	for range 100 {
		wantUnavailable(t, c)
	}
	if n := taken.Load(); n > 1 {
		t.Errorf("%d connections, of which only the first call's is right", n)
	}
}

// Callers that are in a hurry must not hide a server that hangs, and their
// leaving at once must not make a good one look bad.
func TestCallersThatLeave(t *testing.T) {
	url, _ := silence(t)
	for _, test := range []struct {
		name            string
		patience, limit time.Duration
		closed          bool
	}{
		{"at once", time.Millisecond, time.Minute, true},
		{"after a while", 40 * time.Millisecond, 100 * time.Millisecond, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := open(t, rediscache.Config{URL: url, Timeout: test.limit})
			defer c.Close()
			ctx, cancel := context.WithTimeout(t.Context(), test.patience)
			defer cancel()
			if _, _, err := c.Get(ctx, "k"); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, cache.ErrUnavailable) {
				t.Errorf("Get: %v", err)
			}
			if c.Closed() != test.closed {
				t.Errorf("closed: %v", c.Closed())
			}
		})
	}
}

func TestServerThatDiesAndComesBack(t *testing.T) {
	server := redistest.Start(t)
	c := open(t, rediscache.Config{URL: server.URL})
	defer c.Close()
	c.Hold(time.Nanosecond)
	wantRecovery(t, c)
	server.Stop()
	wantUnavailable(t, c)
	server.Restart() // the scripts are gone, too
	wantRecovery(t, c)
}

func TestServerThatFreezesAndThaws(t *testing.T) {
	server := redistest.Start(t)
	c := open(t, rediscache.Config{URL: server.URL, Timeout: 100 * time.Millisecond})
	defer c.Close()
	c.Hold(time.Nanosecond)
	wantRecovery(t, c)
	server.Pause()
	wantUnavailable(t, c)
	server.Resume()
	wantRecovery(t, c)
}

func TestServerThatForgets(t *testing.T) {
	server := redistest.Start(t)
	c := open(t, rediscache.Config{URL: server.URL, Timeout: time.Minute})
	defer c.Close()
	ctx := t.Context()
	if err := c.Set(ctx, "k", []byte("v"), time.Hour); err != nil {
		t.Fatal(err)
	}
	if ok, err := c.Lease(ctx, "l", "a", time.Hour); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if err := c.Client().FlushAll(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.Client().ScriptFlush(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	if _, found, err := c.Get(ctx, "k"); found || err != nil {
		t.Errorf("Get: %v, %v", found, err)
	}
	if ok, err := c.Lease(ctx, "l", "b", time.Hour); !ok || err != nil {
		t.Errorf("Lease: %v, %v", ok, err)
	}
	wantWell(t, c)
}

// What another program wrote under our keys ends no call in a panic, and no
// budget for good.
func TestServerWithForeignValues(t *testing.T) {
	server := redistest.Start(t)
	c := open(t, rediscache.Config{URL: server.URL, Timeout: time.Minute})
	defer c.Close()
	ctx := t.Context()
	for _, junk := range []string{"", "junk", "nan", "-1", "0x10", "12 monkeys"} {
		for _, key := range []string{"loa:slot:k", "loa:rate:k"} {
			if err := c.Client().Set(ctx, key, junk, 0).Err(); err != nil {
				t.Fatal(err)
			}
		}
		if wait, ok, err := c.Reserve(ctx, "k", time.Hour, 0); wait != 0 || !ok || err != nil {
			t.Errorf("Reserve after %q: %v, %v, %v", junk, wait, ok, err)
		}
		if ok, _, err := c.Allow(ctx, "k", cache.PerSecond(1)); !ok || err != nil {
			t.Errorf("Allow after %q: %v, %v", junk, ok, err)
		}
	}
	for _, key := range []string{"loa:v:list", "loa:slot:list", "loa:rate:list", "loa:lease:list"} {
		if err := c.Client().RPush(ctx, key, "x").Err(); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := c.Get(ctx, "list"); !errors.Is(err, cache.ErrUnavailable) {
		t.Errorf("Get of a list: %v", err)
	}
	if _, _, err := c.Reserve(ctx, "list", time.Hour, 0); !errors.Is(err, cache.ErrUnavailable) {
		t.Errorf("Reserve of a list: %v", err)
	}
	if !c.Closed() {
		t.Error("one wrong key shut out all the others")
	}
}

func TestServerThatComplains(t *testing.T) {
	for _, test := range []struct {
		answer string
		closed bool
	}{
		{"OOM command not allowed when used memory > 'maxmemory'.", true},
		{"READONLY You can't write against a read only replica.", true},
		{"LOADING Redis is loading the dataset in memory", false},
		{"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", false},
		{"NOAUTH Authentication required.", false},
	} {
		t.Run(test.answer, func(t *testing.T) {
			server := miniredis.RunT(t)
			c := open(t, rediscache.Config{URL: "redis://" + server.Addr(), Timeout: time.Minute})
			defer c.Close()
			wantWell(t, c)
			server.SetError(test.answer)
			wantUnavailable(t, c)
			if c.Closed() != test.closed {
				t.Errorf("closed: %v", c.Closed())
			}
		})
	}
}

// Two nodes share one server: they never both have the lease, and the slots
// of a host are given to one of them each.
func TestTwoNodes(t *testing.T) {
	server := redistest.Start(t)
	const each, gap = 100, time.Hour
	var inside atomic.Int64
	var mu sync.Mutex
	slots := make(map[int64]bool)
	var all sync.WaitGroup
	for node := range 2 {
		c := open(t, rediscache.Config{URL: server.URL, Timeout: time.Minute})
		defer c.Close()
		holder := fmt.Sprint("node-", node)
		all.Go(func() {
			for range each {
				ok, err := c.Lease(t.Context(), "scrub", holder, time.Hour)
				if err != nil {
					t.Error(err)
				}
				if ok {
					if n := inside.Add(1); n != 1 {
						t.Errorf("%d holders", n)
					}
					inside.Add(-1)
					if err := c.Release(t.Context(), "scrub", holder); err != nil {
						t.Error(err)
					}
				}
				wait, ok, err := c.Reserve(t.Context(), "xa.example.vn", gap, 1000*gap)
				if err != nil || !ok {
					t.Error(ok, err)
				}
				mu.Lock()
				slots[int64((wait+gap-1)/gap)] = true
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(slots) != 2*each {
		t.Errorf("%d slots for %d", len(slots), 2*each)
	}
}

// The layer is what a node uses: it goes on through all of it without an error.
func TestLayerThroughAFailure(t *testing.T) {
	server := redistest.Start(t)
	back := open(t, rediscache.Config{URL: server.URL, Timeout: 100 * time.Millisecond})
	back.Hold(time.Nanosecond)
	front, err := cache.NewMemory(cache.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	c := cache.Layer(front, back)
	defer c.Close()
	var f cache.Flight
	defer f.Close()
	ctx := t.Context()
	wantRecovery(t, back)

	version := 0
	work := func(state string) {
		t.Helper()
		version++
		key := fmt.Sprint("feed/7@", version)
		val, from, err := f.Load(ctx, c, key, time.Hour, func(context.Context) ([]byte, error) { return []byte(key), nil })
		if err != nil || string(val) != key || from != cache.Made {
			t.Errorf("%s: Load = %q, %v, %v", state, val, from, err)
		}
		if ok, err := c.Lease(ctx, "scrub", "a", time.Hour); !ok || err != nil {
			t.Errorf("%s: the lease is lost: %v, %v", state, ok, err)
		}
		if ok, err := c.Lease(ctx, "scrub", "b", time.Hour); ok || err != nil {
			t.Errorf("%s: a second holder: %v, %v", state, ok, err)
		}
		if _, _, err := c.Reserve(ctx, "xa.example.vn", time.Minute, time.Hour); err != nil {
			t.Errorf("%s: Reserve: %v", state, err)
		}
		if ok, _, err := c.Allow(ctx, "client", cache.PerMinute(100)); !ok || err != nil {
			t.Errorf("%s: Allow: %v, %v", state, ok, err)
		}
	}
	work("well")
	server.Pause()
	work("frozen")
	work("frozen")
	server.Stop()
	work("dead")
	work("dead")
	server.Restart()
	wantRecovery(t, back)
	work("back")
}

func BenchmarkRedisGet16KB(b *testing.B) {
	server := redistest.Start(b)
	c := open(b, rediscache.Config{URL: server.URL, Timeout: time.Minute})
	defer c.Close()
	if err := c.Set(b.Context(), "feed/7", make([]byte, 16<<10), time.Hour); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, found, err := c.Get(b.Context(), "feed/7"); !found || err != nil {
				b.Error(found, err)
			}
		}
	})
}

func BenchmarkRedisReserve(b *testing.B) {
	server := redistest.Start(b)
	c := open(b, rediscache.Config{URL: server.URL, Timeout: time.Minute})
	defer c.Close()
	for b.Loop() {
		if _, _, err := c.Reserve(b.Context(), "xa.example.vn", time.Microsecond, time.Hour); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDeadRedis(b *testing.B) {
	server := redistest.Start(b)
	server.Stop()
	c := open(b, rediscache.Config{URL: server.URL})
	defer c.Close()
	for b.Loop() {
		if _, _, err := c.Get(b.Context(), "k"); err == nil {
			b.Fatal("a dead server answered")
		}
	}
}
