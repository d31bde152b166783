package poll

import (
	"hash/fnv"
	"net/http"
	"time"
)

// Answer is what a poll's plan depends on.
type Answer struct {
	// Status is the HTTP status; 0 when there was no answer.
	Status int
	Header http.Header
	// OK is set when the document was read and taken, or had not changed.
	OK bool
	// New is how many articles it brought.
	New int
	// created is how many of them nobody had brought before.
	created int
	// flooded is set when the document was judged a flood.
	flooded bool
}

// Retry-After on 429 and 503 is an order and is obeyed in full; a month is what a
// slip of the hand, or of the clock, can cost.
const (
	maxRetryAfter = 30 * 24 * time.Hour
	maxBackoff    = 6 * time.Hour
)

// Plan returns the interval that is learned from a poll and how long to wait
// until the next. It is a pure function; spread, from 0 to 1, is the jitter.
//
// The interval follows the source's rhythm ([Learn]). The source's hints lengthen
// the wait, not the interval. Failures in a row double the wait.
func Plan(s *Source, st *State, a Answer, now time.Time, spread float64) (interval, wait time.Duration) {
	interval = st.Interval
	if interval < s.Floor() || interval > s.Ceiling() {
		interval = min(max(interval, s.Floor()), s.Ceiling())
	}
	if !a.OK {
		wait = interval << min(st.Failures, 16)
		if wait <= 0 || wait > maxBackoff {
			wait = max(maxBackoff, interval)
		}
		wait = jitter(wait, spread)
		if until := Closed(a, now); until.After(now.Add(wait)) {
			wait = until.Sub(now) + offset(s, spread)
		}
		return interval, wait
	}
	interval = Learn(s, st, now)
	wait = jitter(st.Hints.lengthen(s, interval), spread)
	if t := now.Add(wait); st.Hints.skips(t.UTC()) {
		// The hours that are left alone end on the hour: not all at once then.
		wait = st.Hints.skip(s, now, t).Sub(now) + offset(s, spread)
	}
	return interval, wait
}

// Closed is until when the answer's host wants to be left alone, all of it (RFC
// 6585, section 4; RFC 9110, section 15.6.4); the zero time if it says nothing.
func Closed(a Answer, now time.Time) time.Time {
	if a.Status != http.StatusTooManyRequests && a.Status != http.StatusServiceUnavailable {
		return time.Time{}
	}
	after, ok := RetryAfter(a.Header, now)
	if !ok || after == 0 {
		return time.Time{}
	}
	return now.Add(after)
}

// jitter adds up to a tenth, so that sources do not move in step.
func jitter(d time.Duration, spread float64) time.Duration {
	return d + time.Duration(float64(d)*spread/10)
}

// offset is a source's place behind an instant that many wait for.
func offset(s *Source, spread float64) time.Duration {
	return time.Duration(float64(min(s.Floor(), defaultInterval)) * spread)
}

// Spread is a number from 0 to 1, the same for the same turn of a source on every
// node: its place among the others.
func Spread(id string, turn uint64) float64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	for range 8 {
		_, _ = h.Write([]byte{byte(turn)})
		turn >>= 8
	}
	// The low bits of FNV are the well mixed ones.
	x := h.Sum64()
	x ^= x >> 32
	x *= 0x9e3779b97f4a7c15
	return float64(x>>11) / (1 << 53)
}
