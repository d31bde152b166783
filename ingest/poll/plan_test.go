package poll_test

import (
	"net/http"
	"testing"
	"time"

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
	for _, c := range []struct {
		name     string
		s        poll.Source
		st       poll.State
		a        poll.Answer
		interval time.Duration
		wait     time.Duration
	}{
		{"first, with news", plain, poll.State{}, poll.Answer{Status: 200, OK: true, New: 3}, 5 * time.Minute, 5 * time.Minute},
		{"nothing new", plain, poll.State{Interval: 5 * time.Minute}, poll.Answer{Status: 304, OK: true}, 7*time.Minute + 30*time.Second, 7*time.Minute + 30*time.Second},
		{"ceiling", plain, poll.State{Interval: 19 * time.Minute}, poll.Answer{Status: 304, OK: true}, 20 * time.Minute, 20 * time.Minute},
		{"news halves", plain, poll.State{Interval: 20 * time.Minute}, poll.Answer{Status: 200, OK: true, New: 1}, 10 * time.Minute, 10 * time.Minute},
		{"quick ceiling", quick, poll.State{Interval: 4 * time.Second}, poll.Answer{Status: 304, OK: true}, 4 * time.Second, 4 * time.Second},
		{"ttl lengthens the wait", plain, poll.State{}, poll.Answer{Status: 200, OK: true, New: 1, TTL: 30 * time.Minute}, 5 * time.Minute, 30 * time.Minute},
		{"ttl is bounded", plain, poll.State{}, poll.Answer{Status: 200, OK: true, New: 1, TTL: 240 * time.Hour}, 5 * time.Minute, time.Hour},
		{"ttl does not beat the operator", quick, poll.State{}, poll.Answer{Status: 200, OK: true, New: 1, TTL: time.Hour}, time.Second, time.Second},
		{"max-age", plain, poll.State{}, poll.Answer{Status: 200, OK: true, New: 1, Header: h("Cache-Control", "public, max-age=900")}, 5 * time.Minute, 15 * time.Minute},
		{"one failure", plain, poll.State{Failures: 1}, poll.Answer{Status: 500}, 5 * time.Minute, 10 * time.Minute},
		{"many failures", plain, poll.State{Failures: 40}, poll.Answer{}, 5 * time.Minute, 6 * time.Hour},
		{"retry-after in seconds", plain, poll.State{Failures: 1}, poll.Answer{Status: 429, Header: h("Retry-After", "7200")}, 5 * time.Minute, 2 * time.Hour},
		{"retry-after as a date", plain, poll.State{Failures: 1}, poll.Answer{Status: 503, Header: h("Retry-After", now.Add(3*time.Hour).Format(http.TimeFormat))}, 5 * time.Minute, 3 * time.Hour},
		{"retry-after beyond reason", plain, poll.State{Failures: 1}, poll.Answer{Status: 503, Header: h("Retry-After", "99999999999")}, 5 * time.Minute, 24 * time.Hour},
		{"retry-after shorter than the back-off", plain, poll.State{Failures: 3}, poll.Answer{Status: 503, Header: h("Retry-After", "1")}, 5 * time.Minute, 40 * time.Minute},
		{"learned below a raised floor", poll.Source{Interval: time.Hour}, poll.State{Interval: time.Minute}, poll.Answer{Status: 304, OK: true}, time.Hour, time.Hour},
	} {
		interval, wait := poll.Plan(&c.s, &c.st, c.a, now, 0)
		if interval != c.interval || wait != c.wait {
			t.Errorf("%s: interval %s wait %s, want %s %s", c.name, interval, wait, c.interval, c.wait)
		}
		if _, most := poll.Plan(&c.s, &c.st, c.a, now, 1); most < wait || most > wait+wait/10 {
			t.Errorf("%s: with all jitter the wait is %s", c.name, most)
		}
	}
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
