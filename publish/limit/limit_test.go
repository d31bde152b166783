package limit_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"loa/publish/limit"
)

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

var eight = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)

func newLimiter(c *clock, clients int) *limit.Limiter {
	return limit.New(limit.Options{Name: "client", Requests: 600, Period: time.Minute, Clients: clients, Now: c.Now, Refuse: func(w http.ResponseWriter, _ *http.Request, status int) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "refused")
	}})
}

func request(path string, conditional bool) *http.Request {
	r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}, Header: http.Header{}, RemoteAddr: "203.0.113.5:40000"}
	if conditional {
		r.Header["If-None-Match"] = []string{`"1f2e"`}
	}
	return r
}

func feedRequests(n int, conditional bool) []*http.Request {
	out := make([]*http.Request, n)
	for i := range out {
		out[i] = request(fmt.Sprintf("/feeds/units/%05d.atom", i), conditional)
	}
	return out
}

// Fifty readers behind one address, each with 200 feeds that it asks for with a
// validator every five minutes, pass for a whole day: all in the same second, each
// at its own, and while new ones subscribe, whose first requests have no validator.
func TestPoliteReadersNeverNotice(t *testing.T) {
	const readers, feeds, every = 50, 200, 5 * time.Minute
	first, again := feedRequests(feeds, false), feedRequests(feeds, true)
	for name, phase := range map[string]func(i int) time.Duration{
		"all in the same second": func(int) time.Duration { return 0 },
		"each at its own time":   func(i int) time.Duration { return time.Duration(i) * every / readers },
		"in two crowds":          func(i int) time.Duration { return time.Duration(i%2) * 7 * time.Second },
	} {
		c := &clock{eight}
		l := newLimiter(c, 0)
		ask := func(r *http.Request) {
			if why, after := l.Ask("office", r); why != "" {
				t.Fatalf("%s: %s after %v: %s, after %v", name, r.URL.Path, c.now.Sub(eight), why, after)
			}
		}
		for round := range int(24 * time.Hour / every) {
			for i := range readers {
				c.now = eight.Add(time.Duration(round)*every + phase(i))
				switch {
				case round < i: // not there yet
				case round == i:
					for _, r := range first {
						ask(r)
					}
				default:
					for _, r := range again {
						ask(r)
					}
				}
			}
		}
	}
}

// Who polls a document without validators, or with them but too often, is told so,
// and may go on when it has waited. Other documents, and other clients, are not
// affected.
func TestThoseWhoPollTooOften(t *testing.T) {
	c := &clock{eight}
	l := newLimiter(c, 0)
	feed := request("/feeds/all.rss", false)
	for i := range 11 {
		why, after := l.Ask("a", feed)
		if (why == "repeats") != (i == 10) {
			t.Fatalf("request %d: %q", i+1, why)
		}
		if why != "" && after != 6*time.Second {
			t.Errorf("after %v", after)
		}
	}
	for _, r := range []*http.Request{request("/feeds/all.atom", false), request("/feeds/units/09025.rss", false), request("/", false)} {
		if why, _ := l.Ask("a", r); why != "" {
			t.Errorf("%s: %s", r.URL.Path, why)
		}
	}
	if why, _ := l.Ask("b", feed); why != "" {
		t.Errorf("another client: %s", why)
	}
	c.now = c.now.Add(6 * time.Second)
	if why, _ := l.Ask("a", feed); why != "" {
		t.Errorf("after the wait: %s", why)
	}

	loop := request("/feeds/all.json", true)
	passed := 0
	for range 10_000 { // a loop without a pause, for ten seconds
		c.now = c.now.Add(time.Millisecond)
		if why, _ := l.Ask("c", loop); why == "" {
			passed++
		}
	}
	if passed < 600 || passed > 700 {
		t.Errorf("%d of a loop passed, want 600 and what ten seconds win back", passed)
	}
}

// An office opens the same pages in the morning; its people have no validator yet.
// A program at the address of such a page is a program.
func TestPeopleAtTheFrontPage(t *testing.T) {
	c := &clock{eight}
	l := newLimiter(c, 0)
	page := request("/feeds/units/09025", false)
	page.Header["Accept"] = []string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
	for i := range 50 {
		for _, r := range []*http.Request{request("/", false), request("/articles/7eocujrb2hjpaa3b", false), page} {
			if why, _ := l.Ask("office", r); why != "" {
				t.Fatalf("person %d at %s: %s", i+1, r.URL.Path, why)
			}
		}
	}
	for _, accept := range [][]string{nil, {"*/*"}, {"application/atom+xml", "application/rss+xml"}} {
		program := request("/feeds/units/09025", false)
		program.Header["Accept"] = accept
		for i := range 11 {
			if why, _ := l.Ask(fmt.Sprint(accept), program); (why == "repeats") != (i == 10) {
				t.Fatalf("program with %q, request %d: %q", accept, i+1, why)
			}
		}
	}
}

// A portal that reads 2000 archives once is slowed at most, and done in minutes if
// it waits as it is told.
func TestArchiveWalk(t *testing.T) {
	c := &clock{eight}
	l := newLimiter(c, 0)
	waits := 0
	for i := range 2000 {
		r := request(fmt.Sprintf("/feeds/all/archive/2026-11-%d.atom", i+1), false)
		for {
			why, after := l.Ask("portal", r)
			if why == "" {
				break
			}
			if why != "rate" {
				t.Fatalf("archive %d: %s", i, why)
			}
			waits++
			c.now = c.now.Add((after + time.Second - 1).Truncate(time.Second))
		}
	}
	if took := c.now.Sub(eight); took > 150*time.Second {
		t.Errorf("it took %v, with %d waits", took, waits)
	}
}

// With more clients than places nobody is refused for that, and no memory is taken.
func TestMoreClientsThanPlaces(t *testing.T) {
	c := &clock{eight}
	l := newLimiter(c, 512)
	before := l.Bytes()
	r := request("/feeds/all.rss", false)
	for i := range 100_000 {
		c.now = c.now.Add(time.Millisecond)
		if why, _ := l.Ask(fmt.Sprint(i), r); why != "" {
			t.Fatalf("client %d: %s", i, why)
		}
	}
	if l.Bytes() != before || before > 64<<10 {
		t.Errorf("%d bytes, before %d", l.Bytes(), before)
	}
	// One that is busy stays in mind among those who come once.
	refused := 0
	for i := range 5000 {
		c.now = c.now.Add(time.Millisecond)
		_, _ = l.Ask(fmt.Sprint("once", i%50), request("/", true))
		if why, _ := l.Ask("busy", r); why != "" {
			refused++
		}
	}
	if refused < 4900 {
		t.Errorf("refused %d times", refused)
	}
}

func TestHandler(t *testing.T) {
	c := &clock{eight}
	l := newLimiter(c, 0)
	served := 0
	h := l.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		served++
		_, _ = io.WriteString(w, "a feed")
	}))
	ask := func(r *http.Request) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for range 10 {
		if w := ask(request("/feeds/all.rss", false)); w.Code != http.StatusOK {
			t.Fatal(w.Code)
		}
	}
	c.now = c.now.Add(time.Millisecond)
	w := ask(request("/feeds/all.rss", false))
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "6" || w.Header().Get("Cache-Control") != "no-store" || served != 10 {
		t.Errorf("%d %v, served %d", w.Code, w.Header(), served)
	}
	local := request("/feeds/all.rss", false)
	local.RemoteAddr = "127.0.0.1:40000"
	for range 20 {
		if w := ask(local); w.Code != http.StatusOK {
			t.Fatal(w.Code)
		}
	}
	post := request("/api/articles", false)
	post.Method = http.MethodPost
	for range 590 {
		ask(post)
	}
	if w := ask(post); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "1" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(l.Metrics()...)
	families, err := reg.Gather()
	if err != nil || len(families) != 1 || len(families[0].GetMetric()) != 2 {
		t.Fatal(families, err)
	}
	for _, m := range families[0].GetMetric() {
		if m.GetCounter().GetValue() != 1 {
			t.Errorf("%v", m)
		}
	}
	open := limit.New(limit.Options{Name: "client"}).Handler(http.NotFoundHandler())
	for range 2000 {
		w := httptest.NewRecorder()
		open.ServeHTTP(w, request("/feeds/all.rss", false))
		if w.Code != http.StatusNotFound {
			t.Fatal(w.Code)
		}
	}
}

func TestConcurrentClients(t *testing.T) {
	l := limit.New(limit.Options{Name: "client", Requests: 1000, Period: time.Hour, Clients: 64})
	var wg sync.WaitGroup
	var passed [8]int
	for g := range passed {
		wg.Go(func() {
			for i := range 500 {
				if why, _ := l.Ask("one", request(fmt.Sprint("/", g, i), false)); why == "" {
					passed[g]++
				}
			}
		})
	}
	wg.Wait()
	sum := 0
	for _, n := range passed {
		sum += n
	}
	if sum < 1000 || sum > 1000+60 {
		t.Errorf("%d passed of a budget of 1000", sum)
	}
}

// What the limit costs a request that passes: with a proxy in front, many clients,
// and many documents.
func BenchmarkHandler(b *testing.B) {
	l := limit.New(limit.Options{Name: "client", Requests: 1e6, Period: time.Second, Proxies: limit.Proxies{Ranges: ranges("10.0.0.0/8")}})
	h := l.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	requests := feedRequests(4096, true)
	for _, r := range requests {
		r.RemoteAddr = "10.0.0.1:80"
		r.Header["X-Forwarded-For"] = []string{fmt.Sprintf("203.0.%d.%d", rand.IntN(256), rand.IntN(256))}
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		h.ServeHTTP(nil, requests[i&4095])
		i++
	}
}
