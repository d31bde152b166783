package poll

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"loa/ingest/poll/decode"
)

// Hints are what a source asks of those who poll it. They are remembered, because
// an answer without a document (304) repeats none of them.
type Hints struct {
	// TTL is the longer of ttl (minutes, RSS 2.0) and sy:updatePeriod divided by
	// sy:updateFrequency.
	TTL time.Duration `json:"ttl,omitempty"`
	// Fresh is what was left of the answer's freshness lifetime (RFC 9111, section
	// 4.2) when it came.
	Fresh time.Duration `json:"fresh,omitempty"`
	// SkipHours and SkipDays are the hours and days, UTC, in which it wants no poll.
	SkipHours []int          `json:"skip_hours,omitempty"`
	SkipDays  []time.Weekday `json:"skip_days,omitempty"`
}

// The most that hints are obeyed where the operator has set neither interval nor
// ceiling: a day is the longest that skipHours can mean, two days a week-end.
const (
	maxHint = time.Hour
	maxSkip = 72 * time.Hour
)

// hear takes the hints of an answer and of its document; f is nil when it had none.
func (h *Hints) hear(header http.Header, f *decode.Feed, now time.Time) {
	if f != nil {
		h.TTL, h.SkipHours, h.SkipDays = f.TTL, f.SkipHours, f.SkipDays
		h.Fresh = 0
	}
	// RFC 9111, section 4.3.4: a 304 brings the stored fields up to date, and those
	// that it does not name stay.
	if fresh, ok := Freshness(header, now); ok {
		h.Fresh = fresh
	}
}

// lengthen returns the wait that the hints make of one.
func (h *Hints) lengthen(s *Source, wait time.Duration) time.Duration {
	most := maxHint
	if s.Interval != 0 || s.Longest != 0 {
		most = s.Ceiling()
	}
	return max(wait, min(max(h.TTL, h.Fresh), most))
}

// skip moves t out of the hours and days that the source wants left alone, to the
// start of the next hour that it does not name. The operator's ceiling bounds it.
func (h *Hints) skip(s *Source, now, t time.Time) time.Time {
	if len(h.SkipHours) == 0 && len(h.SkipDays) == 0 {
		return t
	}
	most := now.Add(maxSkip)
	if s.Interval != 0 || s.Longest != 0 {
		most = now.Add(s.Ceiling())
	}
	moved := t.UTC()
	for h.skips(moved) {
		moved = moved.Truncate(time.Hour).Add(time.Hour)
		if moved.After(most) {
			// Beyond reason, or every hour of every day.
			return later(t, most)
		}
	}
	return moved
}

func (h *Hints) skips(t time.Time) bool {
	for _, hour := range h.SkipHours {
		if t.Hour() == hour%24 {
			return true
		}
	}
	for _, d := range h.SkipDays {
		if t.Weekday() == d {
			return true
		}
	}
	return false
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// RetryAfter reads the header Retry-After: seconds or a date (RFC 9110, section
// 10.2.3).
func RetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0, false
	}
	if n, ok := seconds(v); ok {
		return n, true
	}
	if t, err := http.ParseTime(v); err == nil {
		return min(max(0, t.Sub(now)), maxRetryAfter), true
	}
	return 0, false
}

// seconds reads delta-seconds (RFC 9111, section 1.2.2), where numbers that are
// too large to represent count as the largest.
func seconds(v string) (time.Duration, bool) {
	if v == "" || strings.Trim(v, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(v)
	if most := int(maxRetryAfter / time.Second); err != nil || n > most {
		n = most
	}
	return time.Duration(n) * time.Second, true
}

// Freshness is how long an answer says that it stays fresh: max-age of
// Cache-Control, else Expires, less the age that it had already (RFC 9111,
// sections 4.2 and 5). It returns false when the answer says nothing of it.
func Freshness(h http.Header, now time.Time) (time.Duration, bool) {
	said, life := false, time.Duration(0)
	for _, v := range h.Values("Cache-Control") {
		for d := range strings.SplitSeq(v, ",") {
			name, val, _ := strings.Cut(strings.TrimSpace(d), "=")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "no-store", "no-cache":
				return 0, true
			case "max-age":
				if n, ok := seconds(strings.Trim(strings.TrimSpace(val), `"`)); ok && !said {
					said, life = true, n
				}
			}
		}
	}
	if expires := h.Get("Expires"); !said && expires != "" {
		said = true // "0" and other bad dates are in the past (section 5.3)
		if t, err := http.ParseTime(expires); err == nil {
			from := now
			if date, err := http.ParseTime(h.Get("Date")); err == nil {
				from = date
			}
			life = t.Sub(from)
		}
	}
	if age, ok := seconds(strings.TrimSpace(h.Get("Age"))); ok {
		life -= age
	}
	return min(max(0, life), maxRetryAfter), said
}
