package rediscache_test

import (
	"testing"
	"time"

	"loa/internal/cache/rediscache"
)

func TestBreaker(t *testing.T) {
	b := rediscache.NewBreaker()
	now := time.Date(2026, 11, 2, 7, 30, 0, 0, time.UTC)
	wantClosed := func(want bool) {
		t.Helper()
		if b.Closed() != want {
			t.Errorf("closed: %v, want %v", b.Closed(), want)
		}
	}
	// wantHold lets a probe be due after d and not before, and once only.
	wantHold := func(d time.Duration) {
		t.Helper()
		if b.Due(now.Add(d - 1)) {
			t.Errorf("a probe before %v", d)
		}
		now = now.Add(d)
		if !b.Due(now) {
			t.Errorf("no probe after %v", d)
		}
		if b.Due(now) {
			t.Error("a second probe beside the first")
		}
	}
	wantClosed(true)
	if b.Due(now) {
		t.Error("a probe of a server that is well")
	}
	b.Fail(now)
	wantClosed(false)
	b.Fail(now.Add(500 * time.Millisecond)) // was under way
	for _, hold := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second, 5 * time.Second} {
		wantHold(hold)
		b.Probed(now, false)
		wantClosed(false)
	}
	wantHold(5 * time.Second)
	b.Probed(now, true)
	wantClosed(true)

	now = now.Add(4 * time.Second) // ill again soon
	b.Fail(now)
	wantHold(5 * time.Second)
	b.Probed(now, true)

	now = now.Add(time.Minute) // a new illness
	b.Fail(now)
	wantHold(time.Second)
	b.Probed(now, true)
	now = now.Add(time.Second)
	b.Fail(now)
	wantHold(2 * time.Second)
}
