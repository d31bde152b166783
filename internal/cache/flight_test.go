package cache_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"loa/internal/cache"
)

// bubble runs a test in a synctest bubble with an empty memory.
func bubble(t *testing.T, run func(t *testing.T, m *cache.Memory)) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, cache.Limits{})
		defer m.Close()
		run(t, m)
	})
}

func makes(val string) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) { return []byte(val), nil }
}

func never(context.Context) ([]byte, error) { panic("made what was there") }

func wantLoad(t *testing.T, f *cache.Flight, c cache.Values, fn func(context.Context) ([]byte, error), want string, wantFrom cache.Origin) {
	t.Helper()
	val, from, err := f.Load(t.Context(), c, "feed/7", time.Hour, fn)
	if err != nil || string(val) != want || from != wantFrom {
		t.Errorf("Load = %q, %v, %v; want %q, %v", val, from, err, want, wantFrom)
	}
}

func TestLoadMakesOnceForAll(t *testing.T) {
	bubble(t, func(t *testing.T, m *cache.Memory) {
		var f cache.Flight
		defer f.Close()
		var calls atomic.Int64
		ready := make(chan struct{})
		var all sync.WaitGroup
		for range 500 {
			all.Go(func() {
				wantLoad(t, &f, m, func(context.Context) ([]byte, error) {
					calls.Add(1)
					<-ready
					return []byte("feed"), nil
				}, "feed", cache.Made)
			})
		}
		synctest.Wait() // all are waiting
		close(ready)
		all.Wait()
		if n := calls.Load(); n != 1 {
			t.Errorf("made %d times", n)
		}
		synctest.Wait() // for the storing
		wantLoad(t, &f, m, never, "feed", cache.FromMemory)
		time.Sleep(time.Hour)
		wantLoad(t, &f, m, makes("new feed"), "new feed", cache.Made)
	})
}

func TestLoadKeysDoNotWaitForEachOther(t *testing.T) {
	bubble(t, func(t *testing.T, m *cache.Memory) {
		var f cache.Flight
		defer f.Close()
		// One making needs another's value.
		val, _, err := f.Load(t.Context(), m, "gzip", time.Hour, func(ctx context.Context) ([]byte, error) {
			val, _, err := f.Load(ctx, m, "plain", time.Hour, makes("a"))
			return append([]byte("gz:"), val...), err
		})
		if err != nil || string(val) != "gz:a" {
			t.Errorf("%q, %v", val, err)
		}
	})
}

func TestLoadOutlivesItsFirstCaller(t *testing.T) {
	bubble(t, func(t *testing.T, m *cache.Memory) {
		var f cache.Flight
		defer f.Close()
		ready := make(chan struct{})
		type trace struct{}
		first, leave := context.WithCancel(context.WithValue(t.Context(), trace{}, "7"))
		gone := make(chan error)
		go func() {
			_, _, err := f.Load(first, m, "feed/7", time.Hour, func(ctx context.Context) ([]byte, error) {
				if ctx.Value(trace{}) != "7" {
					t.Error("the values of the context are lost")
				}
				select {
				case <-ready:
					return []byte("feed"), nil
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			})
			gone <- err
		}()
		synctest.Wait()
		second := make(chan struct{})
		go func() {
			defer close(second)
			wantLoad(t, &f, m, never, "feed", cache.Made)
		}()
		synctest.Wait()
		leave()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("the caller that left: %v", err)
		}
		close(ready)
		<-second
	})
}

func TestLoadEndsInTime(t *testing.T) {
	bubble(t, func(t *testing.T, m *cache.Memory) {
		f := cache.Flight{Timeout: time.Minute}
		_, _, err := f.Load(t.Context(), m, "obeys", time.Hour, func(ctx context.Context) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		if !errors.Is(err, cache.ErrFlightTimeout) && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("at the timeout: %v", err)
		}

		// One that does not obey its context holds nobody up, and is not made
		// a second time beside itself.
		stuck := make(chan struct{})
		for range 2 {
			_, _, err = f.Load(t.Context(), m, "stuck", time.Hour, func(context.Context) ([]byte, error) {
				<-stuck
				return []byte("late"), nil
			})
			if !errors.Is(err, cache.ErrFlightTimeout) {
				t.Errorf("at the timeout: %v", err)
			}
		}
		close(stuck)
		synctest.Wait()
		if val, _, err := f.Load(t.Context(), m, "stuck", time.Hour, makes("again")); err != nil || string(val) != "again" {
			t.Errorf("after the timeout: %q, %v", val, err)
		}
		f.Close()
	})
}

func TestLoadTurnsPanicsIntoErrors(t *testing.T) {
	var nowhere *int
	for _, test := range []struct {
		name string
		fn   func(context.Context) ([]byte, error)
		want func(error) bool
	}{
		{"error", func(context.Context) ([]byte, error) { return nil, io.ErrUnexpectedEOF }, func(err error) bool {
			return errors.Is(err, io.ErrUnexpectedEOF)
		}},
		{"panic", func(context.Context) ([]byte, error) { panic("no title") }, func(err error) bool {
			broken, ok := errors.AsType[*cache.PanicError](err)
			return ok && broken.Value == "no title" && strings.Contains(string(broken.Stack), "flight_test.go")
		}},
		{"panic with an error", func(context.Context) ([]byte, error) { panic(io.ErrUnexpectedEOF) }, func(err error) bool {
			return errors.Is(err, io.ErrUnexpectedEOF)
		}},
		{"nil dereference", func(context.Context) ([]byte, error) { return make([]byte, *nowhere), nil }, func(err error) bool {
			_, ok := errors.AsType[runtime.Error](err)
			return ok
		}},
		{"end of goroutine", func(context.Context) ([]byte, error) { runtime.Goexit(); return nil, nil }, func(err error) bool {
			return err != nil
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, m *cache.Memory) {
				var f cache.Flight
				defer f.Close()
				ready := make(chan struct{})
				var all sync.WaitGroup
				for range 20 {
					all.Go(func() {
						val, _, err := f.Load(t.Context(), m, "feed/7", time.Hour, func(ctx context.Context) ([]byte, error) {
							<-ready
							return test.fn(ctx)
						})
						if val != nil || !test.want(err) {
							t.Errorf("%q, %v", val, err)
						}
					})
				}
				synctest.Wait()
				close(ready)
				all.Wait()
				synctest.Wait()
				wantLoad(t, &f, m, makes("feed"), "feed", cache.Made) // an error is not kept
			})
		})
	}
}

func TestLoadWithoutStoring(t *testing.T) {
	bubble(t, func(t *testing.T, m *cache.Memory) {
		var f cache.Flight
		defer f.Close()
		for _, want := range []string{"a", "b"} {
			val, from, err := f.Load(t.Context(), m, "k", 0, makes(want))
			if err != nil || string(val) != want || from != cache.Made {
				t.Errorf("%q, %v, %v", val, from, err)
			}
			synctest.Wait()
		}
	})
}

func TestClosedFlight(t *testing.T) {
	bubble(t, func(t *testing.T, m *cache.Memory) {
		var f cache.Flight
		answer := make(chan error, 1)
		go func() {
			_, _, err := f.Load(t.Context(), m, "k", time.Hour, func(ctx context.Context) ([]byte, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			})
			answer <- err
		}()
		synctest.Wait()
		f.Close()
		if err := <-answer; err == nil {
			t.Error("a making that was ended had a result")
		}
		if _, _, err := f.Load(t.Context(), m, "k", time.Hour, never); !errors.Is(err, cache.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		done, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := f.Load(done, m, "k", time.Hour, never); !errors.Is(err, context.Canceled) {
			t.Errorf("with a done context: %v", err)
		}
	})
}
