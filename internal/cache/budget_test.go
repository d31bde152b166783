package cache_test

import (
	"errors"
	"testing"
	"time"

	"loa/internal/cache"

	"pgregory.net/rapid"
)

var morning = time.Date(2026, 11, 2, 7, 30, 0, 0, time.UTC)

func TestSpacing(t *testing.T) {
	for _, test := range []struct {
		limit           cache.Limit
		interval, ahead time.Duration
	}{
		{cache.PerSecond(10), 100 * time.Millisecond, time.Second},
		{cache.PerMinute(60), time.Second, time.Minute},
		{cache.PerHour(1), time.Hour, time.Hour},
		{cache.Limit{Rate: 3, Period: time.Second}, 333334 * time.Microsecond, 333334 * time.Microsecond},
		{cache.Limit{Rate: 5_000_000, Period: time.Second, Burst: 2}, time.Microsecond, 2 * time.Microsecond},
	} {
		interval, ahead, err := test.limit.Spacing()
		if err != nil || interval != test.interval || ahead != test.ahead {
			t.Errorf("%v: %v, %v, %v; want %v, %v", test.limit, interval, ahead, err, test.interval, test.ahead)
		}
	}
	if _, _, err := (cache.Limit{Rate: 1, Period: time.Hour, Burst: 1 << 40}).Spacing(); !errors.Is(err, cache.ErrLimit) {
		t.Errorf("a burst without end: %v", err)
	}
}

// However requests come, no span of time sees more of them than the burst and
// what the rate gives in that span; and a refused one that comes again after
// the time it was told is allowed.
func TestAllowKeepsTheRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := cache.Limit{
			Rate:   rapid.IntRange(1, 100).Draw(t, "rate"),
			Period: time.Duration(rapid.IntRange(1, 10_000).Draw(t, "period")) * time.Millisecond,
			Burst:  rapid.IntRange(0, 20).Draw(t, "burst"),
		}
		interval, ahead, err := limit.Spacing()
		if err != nil {
			t.Fatal(err)
		}
		var tat time.Time
		var allowed []time.Time
		now := morning
		for range rapid.IntRange(1, 60).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3_000_000).Draw(t, "pause")) * time.Microsecond)
			next, ok, retryAfter := cache.AllowAt(tat, now, interval, ahead)
			if ok {
				allowed = append(allowed, now)
				tat = next
				continue
			}
			if retryAfter <= 0 {
				t.Fatalf("refused, but to be retried after %v", retryAfter)
			}
			if _, ok, _ := cache.AllowAt(tat, now.Add(retryAfter), interval, ahead); !ok {
				t.Fatalf("refused again after the %v that it was told", retryAfter)
			}
			if _, ok, _ := cache.AllowAt(tat, now.Add(retryAfter-1), interval, ahead); ok {
				t.Fatalf("allowed before the %v that it was told", retryAfter)
			}
		}
		for i := range allowed {
			for j := i; j < len(allowed); j++ {
				span := allowed[j].Sub(allowed[i])
				if most := max(limit.Burst, 1) + int(span/interval); j-i+1 > most {
					t.Fatalf("%d requests in %v, at most %d are right", j-i+1, span, most)
				}
			}
		}
	})
}

// However slots are asked for, two of them are a gap apart, and none is
// further away than was wanted.
func TestReserveKeepsTheGap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gap := time.Duration(rapid.IntRange(1, 5000).Draw(t, "gap")) * time.Millisecond
		var next, last time.Time
		now := morning
		for range rapid.IntRange(1, 60).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "pause")) * time.Millisecond)
			longest := time.Duration(rapid.IntRange(-1, 20_000).Draw(t, "longest")) * time.Millisecond
			slot, wait, ok := cache.ReserveAt(next, now, longest)
			if wait < 0 || !slot.Equal(now.Add(wait)) || ok != (wait <= max(longest, 0)) {
				t.Fatalf("slot %v, wait %v, %v", slot, wait, ok)
			}
			if !ok {
				continue
			}
			if !last.IsZero() && slot.Sub(last) < gap {
				t.Fatalf("slots are %v apart, not %v", slot.Sub(last), gap)
			}
			last, next = slot, slot.Add(gap)
		}
	})
}
