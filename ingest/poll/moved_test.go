package poll_test

import (
	"testing"
	"time"

	"loa/ingest/poll"
	"loa/internal/safehttp"
)

func TestPermanentTarget(t *testing.T) {
	hop := func(status int, to string) safehttp.Hop { return safehttp.Hop{Status: status, To: to} }
	for _, c := range []struct {
		name string
		hops []safehttp.Hop
		want string
	}{
		{"none", nil, ""},
		{"301", []safehttp.Hop{hop(301, "b")}, "b"},
		{"308 after 301", []safehttp.Hop{hop(301, "b"), hop(308, "c")}, "c"},
		{"302", []safehttp.Hop{hop(302, "b")}, ""},
		{"307", []safehttp.Hop{hop(307, "b")}, ""},
		{"303", []safehttp.Hop{hop(303, "b")}, ""},
		{"up to the first that may change", []safehttp.Hop{hop(301, "b"), hop(302, "c"), hop(301, "d")}, "b"},
		{"nothing behind one that may change", []safehttp.Hop{hop(302, "b"), hop(301, "c")}, ""},
	} {
		if got := poll.PermanentTarget(c.hops); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestKin(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want poll.Kinship
	}{
		{"http://example.vn/rss", "https://www.example.vn/feed", poll.Sibling},
		{"http://example.vn:8080/rss", "https://EXAMPLE.vn./rss", poll.Sibling},
		{"https://tin.example.vn/rss", "https://rss.example.vn/", poll.Sibling},
		{"https://example.vn/rss", "https://example.org/rss", poll.Stranger},
		{"https://xa-a.com.vn/rss", "https://xa-b.com.vn/rss", poll.Stranger},
		// Two communes of one province.
		{"https://a.tinh.gov.vn/rss", "https://b.tinh.gov.vn/rss", poll.Stranger},
		{"https://a.tinh.gov.vn/rss", "http://www.a.tinh.gov.vn/moi", poll.Sibling},
		{"http://192.0.2.1/rss", "http://192.0.2.1:81/rss", poll.Sibling},
		{"http://192.0.2.1/rss", "http://192.0.2.2/rss", poll.Stranger},
		{"%", "%", poll.Stranger},
	} {
		if got := poll.Kin(c.a, c.b); got != c.want {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
}

func TestFollow(t *testing.T) {
	const old, near, far = "http://example.vn/rss", "https://www.example.vn/feed", "https://example.org/feed"
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	s := poll.Source{ID: "a", URL: old}
	type step struct {
		status int
		to     string
		taken  bool
	}
	for _, c := range []struct {
		name          string
		steps         []step
		url, proposal string
	}{
		{"twice is not enough", []step{{301, near, true}, {301, near, true}}, "", ""},
		{"three times", []step{{301, near, true}, {308, near, true}, {301, near, true}}, near, ""},
		{"not in a row", []step{{301, near, true}, {301, near, true}, {0, "", true}, {301, near, true}}, "", ""},
		{"to another address each time", []step{{301, near, true}, {301, near + "2", true}, {301, near, true}}, "", ""},
		{"no feed there", []step{{301, near, false}, {301, near, false}, {301, near, false}}, "", ""},
		{"302", []step{{302, near, true}, {302, near, true}, {302, near, true}, {307, near, true}}, "", ""},
		{"another site", []step{{301, far, true}, {301, far, true}, {301, far, true}, {301, far, true}}, "", far},
		{"another site, and then no more", []step{{301, far, true}, {301, far, true}, {301, far, true}, {0, "", true}}, "", ""},
	} {
		var st poll.State
		for _, p := range c.steps {
			var hops []safehttp.Hop
			if p.status != 0 {
				hops = []safehttp.Hop{{Status: p.status, From: old, To: p.to}}
			}
			st.Follow(&s, hops, p.taken, now)
		}
		got := ""
		if st.Proposal != nil {
			if got = st.Proposal.URL; st.Proposal.Why == "" || !st.Proposal.Since.Equal(now) {
				t.Errorf("%s: %+v", c.name, st.Proposal)
			}
		}
		if st.URL != c.url || got != c.proposal {
			t.Errorf("%s: url %q proposal %q", c.name, st.URL, got)
		}
	}
}

func TestStrayAndLost(t *testing.T) {
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	st := poll.State{URL: "https://www.example.vn/feed", Failures: 2}
	st.Stray(500, now)
	if st.URL == "" {
		t.Error("two failures drop the adopted address")
	}
	st.Failures = 3
	st.Stray(500, now)
	if st.URL != "" {
		t.Error("a dead adopted address is kept")
	}
	st = poll.State{URL: "https://www.example.vn/feed", Failures: 1}
	st.Stray(410, now)
	if st.URL != "" || !st.Gone.IsZero() {
		t.Error("410 of an adopted address ends the source")
	}
	st.Stray(410, now)
	if !st.Gone.Equal(now) {
		t.Error("410 does not end the source")
	}
	for _, c := range []struct {
		name string
		st   poll.State
		want bool
	}{
		{"a few", poll.State{Missing: 19, MissingSince: now.Add(-time.Hour)}, false},
		{"many", poll.State{Missing: 20, MissingSince: now.Add(-time.Hour)}, true},
		{"for long", poll.State{Missing: 3, MissingSince: now.Add(-5 * 24 * time.Hour)}, true},
		{"two with a long pause", poll.State{Missing: 2, MissingSince: now.Add(-9 * 24 * time.Hour)}, false},
		{"searched today", poll.State{Missing: 30, Searched: now.Add(-time.Hour)}, false},
		{"searched yesterday", poll.State{Missing: 30, Searched: now.Add(-25 * time.Hour)}, true},
	} {
		if got := c.st.Lost(now); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestHostOf(t *testing.T) {
	for address, want := range map[string]string{
		"http://Example.VN./rss": "example.vn:80", "https://example.vn/": "example.vn:443",
		"https://example.vn:8443/": "example.vn:8443", "http://[2001:db8::1]/": "[2001:db8::1]:80", "rss": "", "%": "",
	} {
		if got := poll.HostOf(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

// The longer a poll is overdue, the sooner it asks for its host again.
func TestPatience(t *testing.T) {
	for _, c := range []struct {
		gap, floor, over time.Duration
		crowd            int
		most             time.Duration
	}{
		{time.Second, 5 * time.Minute, 0, 1, 2 * time.Second},
		{time.Second, 5 * time.Minute, 0, 16, 6 * time.Second},
		{time.Second, 5 * time.Minute, 0, 1 << 40, 20 * time.Second},
		{time.Second, 5 * time.Minute, 5 * time.Minute, 1, 400 * time.Millisecond},
		{time.Second, 5 * time.Minute, time.Hour, 1, 250 * time.Millisecond},
		{time.Minute, 5 * time.Minute, 0, 1, 20 * time.Second},
		{0, time.Second, -time.Hour, 1, 200 * time.Millisecond},
	} {
		for range 100 {
			if got := poll.Patience(c.gap, c.floor, c.over, c.crowd); got < c.most/2 || got > c.most {
				t.Fatalf("%v: %s", c, got)
			}
		}
	}
}
