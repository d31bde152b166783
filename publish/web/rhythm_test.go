package web_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"loa/feeds"
	"loa/publish/web"
)

func TestRhythm(t *testing.T) {
	// arrived makes records that came so long before the newest one.
	arrived := func(ago ...time.Duration) []feeds.Record {
		var out []feeds.Record
		for _, d := range ago {
			out = append(out, feeds.Record{FirstSeen: start.Add(-d)})
		}
		return out
	}
	every := func(n int, gap time.Duration) []feeds.Record {
		var ago []time.Duration
		for i := range n {
			ago = append(ago, time.Duration(i)*gap)
		}
		return arrived(ago...)
	}
	for _, c := range []struct {
		name    string
		records []feeds.Record
		want    time.Duration
	}{
		{"empty", nil, time.Minute},
		{"one article", arrived(0), time.Minute},
		{"all at once, as on the first day", every(50, time.Millisecond), time.Minute},
		{"every second is at once", every(50, time.Second), time.Minute},
		{"every minute", every(50, time.Minute), 5 * time.Second},
		{"every ten minutes", every(50, 10*time.Minute), 30 * time.Second},
		{"every hour", every(50, time.Hour), 3 * time.Minute},
		{"every day", every(50, 24*time.Hour), 5 * time.Minute},
		{"two articles, an hour apart", every(2, time.Hour), 3 * time.Minute},
		{"whole seconds", every(2, 30*time.Minute+11*time.Second), 90 * time.Second},
		// A portal that puts out its news together, each morning.
		{"three at once, an hour apart", arrived(0, time.Second, 2*time.Second, time.Hour, time.Hour+time.Second, 2*time.Hour), 3 * time.Minute},
		{"only the newest ten count", append(every(10, 10*time.Minute), arrived(1000*time.Hour)...), 30 * time.Second},
	} {
		if got := web.Rhythm(c.records); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		rand.Shuffle(len(c.records), func(i, j int) { c.records[i], c.records[j] = c.records[j], c.records[i] })
		if got := web.Rhythm(c.records); got != c.want {
			t.Errorf("%s: %v in another order, want %v", c.name, got, c.want)
		}
	}
}
