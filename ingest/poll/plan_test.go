package poll_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loa/ingest/poll"
)

func TestPlan(t *testing.T) {
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	h := func(kv ...string) http.Header {
		out := http.Header{}
		for i := 0; i < len(kv); i += 2 {
			out.Set(kv[i], kv[i+1])
		}
		return out
	}
	plain := poll.Source{ID: "a"}
	quick := poll.Source{ID: "a", Interval: time.Second}
	var all []int
	for hour := range 24 {
		all = append(all, hour)
	}
	ceiled := poll.Source{ID: "a", Interval: 10 * time.Minute, Longest: 2 * time.Hour}
	const m = time.Minute
	ttl := func(d time.Duration) poll.Hints { return poll.Hints{TTL: d} }
	ok := poll.Answer{Status: 200, OK: true}
	for _, c := range []struct {
		name     string
		s        poll.Source
		st       poll.State
		a        poll.Answer
		interval time.Duration
		wait     time.Duration
	}{
		{"first, with news", plain, poll.State{LastNew: now}, ok, 5 * m, 5 * m},
		{"nothing new", plain, poll.State{Interval: 5 * m}, poll.Answer{Status: 304, OK: true}, 7*m + 30*time.Second, 7*m + 30*time.Second},
		{"default ceiling", plain, poll.State{Interval: 20*m - 1}, ok, 20 * m, 20 * m},
		{"news without a rhythm", plain, poll.State{Interval: 15 * m, LastNew: now}, ok, 10 * m, 10 * m},
		{"quick ceiling", quick, poll.State{Interval: 4 * time.Second}, ok, 4 * time.Second, 4 * time.Second},
		{"own ceiling", ceiled, poll.State{Interval: 2 * time.Hour}, ok, 2 * time.Hour, 2 * time.Hour},
		{"half the way to half the rhythm", plain, poll.State{Interval: 5 * m, Rhythm: 30 * m, LastNew: now}, ok, 10 * m, 10 * m},
		{"a rhythm below the floor", plain, poll.State{Interval: 7 * m, Rhythm: m, LastNew: now}, ok, 6 * m, 6 * m},
		{"a silence lengthens", plain, poll.State{Interval: 5 * m, Rhythm: 10 * m, LastNew: now.Add(-150 * m)}, ok, 10 * m, 10 * m},
		{"ttl lengthens the wait", plain, poll.State{Interval: 5 * m, Rhythm: m, LastNew: now, Hints: ttl(30 * m)}, ok, 5 * m, 30 * m},
		{"ttl is bounded", plain, poll.State{Interval: 5 * m, Rhythm: m, LastNew: now, Hints: ttl(240 * time.Hour)}, ok, 5 * m, time.Hour},
		{"ttl does not beat the operator", quick, poll.State{LastNew: now, Hints: ttl(time.Hour)}, ok, time.Second, 4 * time.Second},
		{"ttl up to the operator's ceiling", ceiled, poll.State{LastNew: now, Hints: ttl(3 * time.Hour)}, ok, 10 * m, 2 * time.Hour},
		{"hints on 304", plain, poll.State{Interval: 5 * m, Rhythm: m, LastNew: now, Hints: ttl(30 * m)}, poll.Answer{Status: 304, OK: true}, 5 * m, 30 * m},
		{"freshness", plain, poll.State{LastNew: now, Hints: poll.Hints{Fresh: 15 * m, TTL: 6 * m}}, ok, 5 * m, 15 * m},
		{"one failure", plain, poll.State{Failures: 1}, poll.Answer{Status: 500}, 5 * m, 10 * m},
		{"many failures", plain, poll.State{Failures: 40}, poll.Answer{}, 5 * m, 6 * time.Hour},
		{"retry-after in seconds", plain, poll.State{Failures: 1}, poll.Answer{Status: 429, Header: h("Retry-After", "7200")}, 5 * m, 2 * time.Hour},
		{"retry-after as a date", plain, poll.State{Failures: 1}, poll.Answer{Status: 503, Header: h("Retry-After", now.Add(3*time.Hour).Format(http.TimeFormat))}, 5 * m, 3 * time.Hour},
		{"retry-after in full", plain, poll.State{Failures: 1}, poll.Answer{Status: 503, Header: h("Retry-After", "172800")}, 5 * m, 48 * time.Hour},
		{"retry-after against the operator", quick, poll.State{Failures: 1}, poll.Answer{Status: 429, Header: h("Retry-After", "3600")}, time.Second, time.Hour},
		{"retry-after beyond reason", plain, poll.State{Failures: 1}, poll.Answer{Status: 503, Header: h("Retry-After", "99999999999999999999")}, 5 * m, 30 * 24 * time.Hour},
		{"retry-after shorter than the back-off", plain, poll.State{Failures: 3}, poll.Answer{Status: 503, Header: h("Retry-After", "1")}, 5 * m, 40 * m},
		{"retry-after of another status", plain, poll.State{Failures: 1}, poll.Answer{Status: 500, Header: h("Retry-After", "7200")}, 5 * m, 10 * m},
		{"learned below a raised floor", poll.Source{Interval: time.Hour}, poll.State{Interval: m}, poll.Answer{Status: 304, OK: true}, time.Hour, time.Hour},
		// It is 08:00 UTC, a Friday.
		{"skipHours", plain, poll.State{LastNew: now, Hints: poll.Hints{SkipHours: []int{8, 9, 23}}}, ok, 5 * m, 2 * time.Hour},
		{"skipHours up to the operator's ceiling", ceiled, poll.State{LastNew: now, Hints: poll.Hints{SkipHours: []int{8, 9, 10, 11}}}, ok, 10 * m, 2 * time.Hour},
		{"skipDays", plain, poll.State{LastNew: now, Hints: poll.Hints{SkipDays: []time.Weekday{time.Friday, time.Saturday}}}, ok, 5 * m, 40 * time.Hour},
		{"every hour is left out", quick, poll.State{LastNew: now, Hints: poll.Hints{SkipHours: all}}, ok, time.Second, 4 * time.Second},
	} {
		interval, wait := poll.Plan(&c.s, &c.st, c.a, now, 0)
		if interval != c.interval || wait != c.wait {
			t.Errorf("%s: interval %s wait %s, want %s %s", c.name, interval, wait, c.interval, c.wait)
		}
		if _, most := poll.Plan(&c.s, &c.st, c.a, now, 1); most < wait || most > wait+max(wait/10, c.s.Floor()) {
			t.Errorf("%s: with all jitter the wait is %s", c.name, most)
		}
	}
}

// What many wait for on the hour does not come on the hour.
func TestNoBurstOnTheHour(t *testing.T) {
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	st := poll.State{LastNew: now, Hints: poll.Hints{SkipHours: []int{8, 9}}}
	perSecond := map[int64]int{}
	for i := range 1000 {
		s := poll.Source{ID: fmt.Sprint("nguon-", i)}
		_, wait := poll.Plan(&s, &st, poll.Answer{Status: 200, OK: true}, now, poll.Spread(s.ID, 7))
		if wait < 2*time.Hour || wait > 2*time.Hour+5*time.Minute {
			t.Fatalf("wait %s", wait)
		}
		perSecond[int64(wait/time.Second)]++
	}
	for sec, n := range perSecond {
		if n > 20 { // 1000 over 300 seconds
			t.Errorf("%d of 1000 sources in second %d", n, sec)
		}
	}
	if poll.Spread("a", 1) != poll.Spread("a", 1) || poll.Spread("a", 1) == poll.Spread("a", 2) || poll.Spread("a", 1) == poll.Spread("b", 1) {
		t.Error("spread is not a function of source and turn")
	}
}

func TestFreshness(t *testing.T) {
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		header http.Header
		want   time.Duration
		said   bool
	}{
		{"nothing", http.Header{}, 0, false},
		{"max-age", http.Header{"Cache-Control": {"public, max-age=900"}}, 15 * time.Minute, true},
		{"quoted", http.Header{"Cache-Control": {`Max-Age="60"`}}, time.Minute, true},
		{"less its age", http.Header{"Cache-Control": {"max-age=900"}, "Age": {"300"}}, 10 * time.Minute, true},
		{"older than fresh", http.Header{"Cache-Control": {"max-age=900"}, "Age": {"3000"}}, 0, true},
		{"expires by its own clock", http.Header{"Expires": {"Fri, 20 Nov 2026 11:00:00 GMT"}, "Date": {"Fri, 20 Nov 2026 10:00:00 GMT"}}, time.Hour, true},
		{"expires by ours", http.Header{"Expires": {"Fri, 20 Nov 2026 09:00:00 GMT"}}, time.Hour, true},
		{"expired long ago", http.Header{"Expires": {"Thu, 19 Nov 1981 08:52:00 GMT"}}, 0, true},
		{"expires 0", http.Header{"Expires": {"0"}}, 0, true},
		{"max-age before expires", http.Header{"Cache-Control": {"max-age=60"}, "Expires": {"Fri, 20 Nov 2026 20:00:00 GMT"}}, time.Minute, true},
		{"no-store", http.Header{"Cache-Control": {"max-age=900", "no-store"}}, 0, true},
		{"without sense", http.Header{"Cache-Control": {"max-age=soon, max-age=-5, ="}}, 0, false},
	} {
		if got, said := poll.Freshness(c.header, now); got != c.want || said != c.said {
			t.Errorf("%s: %s %v, want %s %v", c.name, got, said, c.want, c.said)
		}
	}
}

func FuzzHeaderHints(f *testing.F) {
	f.Add("max-age=1", "5", "Thu, 01 Jan 1970 00:00:00 GMT", "120")
	f.Add(`max-age="9999999999999999999999"`, "-1", "0", "Fri, 31 Dec 9999 23:59:59 GMT")
	f.Fuzz(func(t *testing.T, control, age, expires, retry string) {
		h := http.Header{"Cache-Control": {control}, "Age": {age}, "Expires": {expires}, "Retry-After": {retry}}
		now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
		fresh, _ := poll.Freshness(h, now)
		after, _ := poll.RetryAfter(h, now)
		for _, d := range []time.Duration{fresh, after} {
			if d < 0 || d > 30*24*time.Hour {
				t.Errorf("%s", d)
			}
		}
	})
}

func TestRhythm(t *testing.T) {
	at := func(minutes ...int) (out []time.Time) {
		for _, m := range minutes {
			out = append(out, time.Date(2026, 11, 20, 8, m, 0, 0, time.UTC))
		}
		return out
	}
	for _, c := range []struct {
		name  string
		times []time.Time
		want  time.Duration
	}{
		{"none", nil, 0},
		{"too few", at(0, 10, 20), 0},
		{"even, in any order", at(30, 0, 20, 10), 10 * time.Minute},
		{"a batch is one time", at(0, 0, 0, 0, 30, 30, 60, 90), 30 * time.Minute},
		{"one long silence is no rhythm", at(0, 10, 20, 30, 1000), 10 * time.Minute},
	} {
		if got := poll.Rhythm(c.times); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Whatever comes, the interval stays between floor and ceiling, and a source that
// publishes evenly is soon asked at half its gap.
func TestLearnConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := poll.Source{ID: "a", Interval: time.Duration(rapid.IntRange(1, 600).Draw(t, "floor")) * time.Second}
		s.Longest = s.Interval + time.Duration(rapid.IntRange(0, 7200).Draw(t, "more"))*time.Second
		rhythm := time.Duration(rapid.IntRange(1, 100000).Draw(t, "rhythm")) * time.Second
		now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
		st := poll.State{Interval: time.Duration(rapid.IntRange(0, 1000).Draw(t, "start")) * time.Second, Rhythm: rhythm, LastNew: now}
		for range 20 {
			st.Interval = poll.Learn(&s, &st, now)
			if st.Interval < s.Floor() || st.Interval > s.Ceiling() {
				t.Fatalf("%s outside %s to %s", st.Interval, s.Floor(), s.Ceiling())
			}
		}
		want := min(max(rhythm/2, s.Floor()), s.Ceiling())
		if d := st.Interval - want; d < -time.Second || d > time.Second {
			t.Fatalf("%s, want %s", st.Interval, want)
		}
	})
}

func TestValidateSource(t *testing.T) {
	good := poll.Source{ID: "lienchau-tin-tuc", URL: "https://example.vn/rss", Unit: "09064"}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*poll.Source){
		"id":       func(s *poll.Source) { s.ID = "Tin tức" },
		"scheme":   func(s *poll.Source) { s.URL = "file:///etc/passwd" },
		"user":     func(s *poll.Source) { s.URL = "https://a:b@example.vn/" },
		"unit":     func(s *poll.Source) { s.Unit = "yen-lac" },
		"no unit":  func(s *poll.Source) { s.Unit = "" },
		"interval": func(s *poll.Source) { s.Interval = time.Millisecond },
		"zone":     func(s *poll.Source) { s.Zone = "Hanoi" },
		"order":    func(s *poll.Source) { s.Order = "ymd" },
		"ceiling":  func(s *poll.Source) { s.Longest = time.Minute },
		"gap":      func(s *poll.Source) { s.Gap = time.Hour },
	} {
		s := good
		change(&s)
		if s.Validate() == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestStatusAt(t *testing.T) {
	now := time.Date(2025, 7, 1, 0, 0, 0, 0, time.FixedZone("", 7*3600))
	for _, c := range []struct {
		name string
		s    poll.Source
		want poll.Status
	}{
		{"default", poll.Source{}, poll.Active},
		{"said so", poll.Source{Status: poll.Gone}, poll.Gone},
		{"its last day was yesterday", poll.Source{To: "2025-07-01"}, poll.Frozen},
		{"its last day is today", poll.Source{To: "2025-07-02"}, poll.Active},
		{"not yet", poll.Source{From: "2025-07-02"}, poll.Frozen},
		{"from today", poll.Source{From: "2025-07-01"}, poll.Active},
		{"moved before its end", poll.Source{Status: poll.Moved, To: "2030-01-01"}, poll.Moved},
	} {
		if got := c.s.StatusAt(now); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
