package poll

import (
	"net/http"
	"strconv"
	"strings"
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
	// TTL is the feed's own hint; 0 if it gave none.
	TTL time.Duration
}

// maxHint bounds what a source can ask for by hints; Retry-After on 429 and 503
// is an order and is obeyed up to maxRetryAfter.
const (
	maxHint       = time.Hour
	maxRetryAfter = 24 * time.Hour
	maxBackoff    = 6 * time.Hour
)

// Plan returns the interval that is learned from a poll and how long to wait
// until the next. It is a pure function; spread, from 0 to 1, is the jitter.
//
// A poll that brought something halves the interval, one that did not lengthens
// it by half, between the source's floor and ceiling. The source's hints (ttl,
// max-age) lengthen the wait, not the interval. Failures in a row double the wait.
func Plan(s *Source, st *State, a Answer, now time.Time, spread float64) (interval, wait time.Duration) {
	interval = st.Interval
	if interval < s.Floor() || interval > s.Ceiling() {
		interval = s.Floor()
	}
	if !a.OK {
		wait = interval << min(st.Failures, 16)
		if wait <= 0 || wait > maxBackoff {
			wait = max(maxBackoff, interval)
		}
		if a.Status == http.StatusTooManyRequests || a.Status == http.StatusServiceUnavailable {
			if after, ok := RetryAfter(a.Header, now); ok {
				wait = max(wait, min(after, maxRetryAfter))
			}
		}
		return interval, jitter(wait, spread)
	}
	if a.New > 0 {
		interval = max(interval/2, s.Floor())
	} else {
		interval = min(interval+interval/2, s.Ceiling())
	}
	wait = interval
	for _, hint := range []time.Duration{a.TTL, MaxAge(a.Header)} {
		// A source that was given a short floor is polled by it: its operator
		// knows better than a default in a CMS.
		if s.Interval == 0 {
			wait = max(wait, min(hint, maxHint))
		}
	}
	return interval, jitter(wait, spread)
}

// jitter adds up to a tenth, so that sources do not move in step.
func jitter(d time.Duration, spread float64) time.Duration {
	return d + time.Duration(float64(d)*spread/10)
}

// RetryAfter reads the header Retry-After: seconds or a date (RFC 9110, section
// 10.2.3).
func RetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0, false
	}
	if n, err := strconv.Atoi(v); err == nil && n >= 0 {
		return time.Duration(min(n, int(maxRetryAfter/time.Second))) * time.Second, true
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, t.Sub(now)), true
	}
	return 0, false
}

// MaxAge reads max-age of Cache-Control (RFC 9111, section 5.2.2.1).
func MaxAge(h http.Header) time.Duration {
	for _, v := range h.Values("Cache-Control") {
		for d := range strings.SplitSeq(v, ",") {
			name, val, _ := strings.Cut(strings.TrimSpace(d), "=")
			if !strings.EqualFold(name, "max-age") {
				continue
			}
			if n, err := strconv.Atoi(strings.Trim(val, `"`)); err == nil && n > 0 {
				return time.Duration(min(n, int(maxRetryAfter/time.Second))) * time.Second
			}
		}
	}
	return 0
}
