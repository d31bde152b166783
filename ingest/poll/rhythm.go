package poll

import (
	"slices"
	"time"

	"loa/feeds"
	"loa/ingest/poll/decode"
)

const (
	// maxArrivals bounds the arrivals that are remembered of a source.
	maxArrivals = 8
	// minGaps is how many gaps between two articles make a rhythm.
	minGaps = 3
	// quietPart is the part of a silence that the interval may be: after ten hours
	// without news, an hour more or less is not much.
	quietPart = 10
)

// Learn returns the interval that a source's rhythm asks for: half the usual gap
// between two of its articles, so that one waits a quarter of it on average, but
// more the longer nothing came, since many publish in the morning alone. It moves
// half the way at each poll, within the source's floor and ceiling. Of a source
// without a rhythm yet, the interval grows by half.
func Learn(s *Source, st *State, now time.Time) time.Duration {
	interval := st.Interval
	if interval == 0 {
		interval = s.Floor()
	}
	target := 2 * interval
	switch {
	case st.Rhythm == 0 && st.LastNew.Equal(now):
		target = s.Floor()
	case st.Rhythm > 0:
		target = st.Rhythm / 2
		if !st.LastNew.IsZero() {
			target = max(target, now.Sub(st.LastNew)/quietPart)
		}
	}
	target = min(max(target, s.Floor()), s.Ceiling())
	interval += (target - interval) / 2
	if d := target - interval; d > -time.Second && d < time.Second {
		interval = target
	}
	return min(max(interval, s.Floor()), s.Ceiling())
}

// Rhythm is the median of the gaps between instants, in any order; 0 if there are
// too few. Those of the same second are one: a batch is one time to look.
func Rhythm(times []time.Time) time.Duration {
	times = slices.Clone(times)
	slices.SortFunc(times, time.Time.Compare)
	var gaps []time.Duration
	for i := 1; i < len(times); i++ {
		if g := times[i].Sub(times[i-1]); g >= time.Second {
			gaps = append(gaps, g)
		}
	}
	if len(gaps) < minGaps {
		return 0
	}
	slices.Sort(gaps)
	return gaps[len(gaps)/2]
}

// published are the instants that a document's dates tell. Dates that mean a day,
// or that lie ahead, tell nothing of a rhythm.
func published(f *decode.Feed, now time.Time) []time.Time {
	var out []time.Time
	for _, it := range f.Items {
		d := it.Article.Published
		if d.Known() && !d.Clamped && d.Precision != feeds.Day && d.Precision != feeds.Unknown && !d.Time.After(now) {
			out = append(out, d.Time)
		}
	}
	return out
}

// observe learns the rhythm from a document that changed: from its dates, or else
// from when its news arrived. The old rhythm counts half.
func (st *State) observe(s *Source, f *decode.Feed, brought int, now time.Time) {
	if brought > 0 {
		st.Arrivals = append(st.Arrivals, now)
		st.Arrivals = slices.Clone(st.Arrivals[max(0, len(st.Arrivals)-maxArrivals):])
	}
	var seen time.Duration
	if s.Dates != "day" {
		seen = Rhythm(published(f, now))
	}
	if seen == 0 {
		seen = Rhythm(st.Arrivals)
	}
	switch {
	case seen == 0:
	case st.Rhythm == 0:
		st.Rhythm = seen
	default:
		st.Rhythm += (seen - st.Rhythm) / 2
	}
}
