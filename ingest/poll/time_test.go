package poll_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"loa/ingest/poll"
	"loa/internal/cache"
	"loa/internal/safehttp"
)

// web answers in the place of the client; what it was asked stays.
type web struct {
	mu     sync.Mutex
	answer func(req *safehttp.Request) (*safehttp.Response, error)
	asked  []asked
}

type asked struct {
	at     time.Time
	url    string
	header http.Header
}

func (w *web) Do(ctx context.Context, req *safehttp.Request) (*safehttp.Response, error) {
	w.mu.Lock()
	w.asked = append(w.asked, asked{time.Now(), req.URL, req.Header})
	answer := w.answer
	w.mu.Unlock()
	select {
	case <-time.After(50 * time.Millisecond):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	res, err := answer(req)
	if res != nil && res.URL == "" {
		res.URL = req.URL
	}
	if res != nil && res.Header == nil {
		res.Header = http.Header{}
	}
	return res, err
}

func (w *web) set(answer func(req *safehttp.Request) (*safehttp.Response, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = answer
}

// since returns what was asked from the instant on.
func (w *web) since(t time.Time) (out []asked) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.asked {
		if !a.at.Before(t) {
			out = append(out, a)
		}
	}
	return out
}

func always(status int, header http.Header, body string) func(*safehttp.Request) (*safehttp.Response, error) {
	return func(*safehttp.Request) (*safehttp.Response, error) {
		return &safehttp.Response{Status: status, Header: header.Clone(), Body: []byte(body)}, nil
	}
}

// bubble runs a node over the sources in made-up time.
type bubble struct {
	*poll.Rig
	web    *web
	budget atomic.Pointer[cache.Memory]
	taken  *taken
	door   *poll.Door
}

func inBubble(t *testing.T, list []poll.Source, f func(t *testing.T, b *bubble)) {
	synctest.Test(t, func(t *testing.T) {
		mem, err := cache.NewMemory(cache.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		b := &bubble{Rig: poll.NewRig(), web: &web{answer: always(200, nil, feedOf(1))}, taken: &taken{}}
		b.budget.Store(mem)
		ctx, cancel := context.WithCancel(t.Context())
		b.door = b.Door(b.taken, b.web, budgets{b}, poll.Options{Node: "n1", Workers: 8, Lookup: noNames}, list...)
		var wg sync.WaitGroup
		wg.Go(func() { b.Run(ctx) })
		wg.Go(func() { b.Work(ctx, b.door) })
		f(t, b)
		cancel()
		wg.Wait()
		_ = b.budget.Load().Close()
		time.Sleep(time.Minute) // what is left of timers ends
	})
}

// budgets lets a test lose the cache.
type budgets struct{ b *bubble }

func (x budgets) Lease(ctx context.Context, name, holder string, ttl time.Duration) (bool, error) {
	return x.b.budget.Load().Lease(ctx, name, holder, ttl)
}
func (x budgets) Release(ctx context.Context, name, holder string) error {
	return x.b.budget.Load().Release(ctx, name, holder)
}
func (x budgets) Get(ctx context.Context, key string) ([]byte, bool, error) {
	return x.b.budget.Load().Get(ctx, key)
}
func (x budgets) Set(ctx context.Context, key string, val []byte, ttl time.Duration) error {
	return x.b.budget.Load().Set(ctx, key, val, ttl)
}
func (x budgets) Reserve(ctx context.Context, name string, gap, most time.Duration) (time.Duration, bool, error) {
	return x.b.budget.Load().Reserve(ctx, name, gap, most)
}

func noNames(context.Context, string) ([]netip.Addr, error) { return nil, fmt.Errorf("no names here") }

func at(id, url string) poll.Source { return poll.Source{ID: id, URL: url, Unit: "09064"} }

// 429 and 503 close the host for all its sources, as long as it said, and no other
// host; the source that heard it knows it even when the cache has lost it.
func TestRetryAfterIsForTheWholeHost(t *testing.T) {
	list := []poll.Source{at("a", "https://example.vn/a"), at("b", "https://example.vn/b"), at("c", "https://example.org/c")}
	inBubble(t, list, func(t *testing.T, b *bubble) {
		time.Sleep(2 * time.Minute)
		var heard atomic.Pointer[time.Time]
		b.web.set(func(req *safehttp.Request) (*safehttp.Response, error) {
			if now := time.Now(); strings.Contains(req.URL, "example.vn") && heard.CompareAndSwap(nil, &now) {
				return &safehttp.Response{Status: 429, Header: http.Header{"Retry-After": {"36000"}}}, nil
			}
			return &safehttp.Response{Status: 200, Body: []byte(feedOf(1))}, nil
		})
		time.Sleep(5 * time.Hour)
		if heard.Load() == nil {
			t.Fatal("never asked")
		}
		closedAt := *heard.Load()
		other := 0
		for _, q := range b.web.since(closedAt) {
			if strings.Contains(q.url, "example.vn") && q.at.After(closedAt) {
				t.Errorf("%s asked after %s", q.url, q.at.Sub(closedAt))
			}
			if strings.Contains(q.url, "example.org") {
				other++
			}
		}
		if other < 10 {
			t.Errorf("the other host was asked %d times in five hours", other)
		}
		for _, id := range []string{"a", "b"} {
			if st := b.State(id); st.HostClosed.Sub(closedAt).Round(time.Second) != 10*time.Hour || st.Next.Before(st.HostClosed) || st.Polls > 3 {
				t.Errorf("%s: closed until %s, next %s, %d polls", id, st.HostClosed, st.Next, st.Polls)
			}
		}
		if err := b.door.PollNow(t.Context(), "a"); err == nil || !strings.Contains(err.Error(), "asked to be left alone") {
			t.Errorf("poll now: %v", err)
		}
		// The cache is lost: both sources have heard it.
		_ = b.budget.Load().Close()
		mem, err := cache.NewMemory(cache.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		b.budget.Store(mem)
		time.Sleep(time.Until(closedAt.Add(10 * time.Hour)))
		for _, q := range b.web.since(closedAt.Add(time.Second)) {
			if strings.Contains(q.url, "example.vn") {
				t.Errorf("%s asked after the cache was lost", q.url)
			}
		}
		time.Sleep(10 * time.Minute)
		open := b.web.since(closedAt.Add(10 * time.Hour))
		first := map[string]time.Duration{}
		for _, q := range open {
			if _, ok := first[q.url]; !ok && strings.Contains(q.url, "example.vn") {
				first[q.url] = q.at.Sub(closedAt.Add(10 * time.Hour))
			}
		}
		if len(first) != 2 || first[list[0].URL] == first[list[1].URL] {
			t.Errorf("after the pause: %v", first)
		}
	})
}

// Stuck validators come back as they are, through a restart; both follow every 200,
// a body that stayed the same included; a new address has none.
func TestValidatorsInTime(t *testing.T) {
	stuck := []http.Header{
		{"Etag": {`"1"`}, "Last-Modified": {"Thu, 01 Jan 1970 00:00:00 GMT"}},
		{"Etag": {`W/"1"`}, "Last-Modified": {"Tue, 31 Dec 2041 23:59:59 GMT"}},
		{"Etag": {``}, "Last-Modified": {"hôm qua"}},
		{"Etag": {`không "đúng`}},
	}
	list := []poll.Source{at("a", "https://example.vn/a")}
	inBubble(t, list, func(t *testing.T, b *bubble) {
		for i, h := range stuck {
			b.web.set(always(200, h, feedOf(1))) // the same body each time
			time.Sleep(time.Hour)
			now := time.Now()
			time.Sleep(time.Hour)
			q := b.web.since(now)[0].header
			if q.Get("If-None-Match") != h.Get("Etag") || q.Get("If-Modified-Since") != h.Get("Last-Modified") {
				t.Errorf("%d: echoed %q", i, q)
			}
		}
		// 304 keeps them.
		b.web.set(always(304, nil, ""))
		time.Sleep(2 * time.Hour)
		if st := b.State("a"); st.ETag != stuck[3].Get("Etag") || st.Code != "" {
			t.Errorf("after 304: %+v", st)
		}
		// Another node, after a restart, has them too.
		d := b.Door(b.taken, b.web, budgets{b}, poll.Options{Node: "n2", Lookup: noNames}, list...)
		time.Sleep(time.Until(b.State("a").Next))
		now := time.Now()
		if _, err := d.Turn(t.Context(), list[0]); err == nil {
			if q := b.web.since(now); len(q) != 1 || q[0].header.Get("If-None-Match") != stuck[3].Get("Etag") {
				t.Errorf("%+v", q)
			}
		}
		time.Sleep(time.Minute)
		now = time.Now()
		moved := list[0]
		moved.URL = "https://example.vn/b"
		b.door.SetSources([]poll.Source{moved})
		time.Sleep(2 * time.Hour)
		for _, q := range b.web.since(now)[:1] {
			if q.url != moved.URL || q.header.Get("If-None-Match") != "" || q.header.Get("If-Modified-Since") != "" {
				t.Errorf("the new address was asked with %q", q.header)
			}
		}
		if st := b.State("a"); st.Code != "bad-304" {
			t.Errorf("304 to an unconditional request: %+v", st)
		}
	})
}

func TestMovesWithinTheSite(t *testing.T) {
	const old, now308 = "http://example.vn/rss", "https://www.example.vn/feed"
	inBubble(t, []poll.Source{at("a", old)}, func(t *testing.T, b *bubble) {
		b.web.set(func(req *safehttp.Request) (*safehttp.Response, error) {
			res := &safehttp.Response{Status: 200, Body: []byte(feedOf(1)), Header: http.Header{"Etag": {`"x"`}}, URL: now308}
			if req.URL == old {
				res.Hops = []safehttp.Hop{{Status: 308, From: old, To: now308}}
			}
			return res, nil
		})
		start := time.Now()
		time.Sleep(3 * time.Hour)
		q := b.web.since(start)
		for i, a := range q {
			if want := []string{old, now308}[min(1, i/3)]; a.url != want {
				t.Errorf("poll %d asks %s, want %s", i+1, a.url, want)
			}
			// What the new address gave as validators is not for the old one.
			if tag := a.header.Get("If-None-Match"); (i < 3) != (tag == "") {
				t.Errorf("poll %d of %s has If-None-Match %q", i+1, a.url, tag)
			}
		}
		if st := b.State("a"); st.URL != now308 || st.Proposal != nil {
			t.Errorf("%+v", st)
		}
		// It was no good: back to where the operator said.
		b.web.set(func(req *safehttp.Request) (*safehttp.Response, error) {
			if req.URL == now308 {
				return &safehttp.Response{Status: 500}, nil
			}
			return &safehttp.Response{Status: 200, Body: []byte(feedOf(2, 1))}, nil
		})
		time.Sleep(12 * time.Hour)
		if st := b.State("a"); st.URL != "" || st.Code != "" {
			t.Errorf("%+v", st)
		}
	})
}

func TestMoveToAnotherSiteIsProposed(t *testing.T) {
	const old, far = "https://example.vn/rss", "https://example.org/rss"
	inBubble(t, []poll.Source{at("a", old)}, func(t *testing.T, b *bubble) {
		b.web.set(func(*safehttp.Request) (*safehttp.Response, error) {
			return &safehttp.Response{Status: 200, Body: []byte(feedOf(1)), URL: far, Hops: []safehttp.Hop{{Status: 301, From: old, To: far}}}, nil
		})
		start := time.Now()
		time.Sleep(4 * time.Hour)
		for _, a := range b.web.since(start) {
			if a.url != old {
				t.Errorf("asks %s", a.url)
			}
		}
		st := b.State("a")
		if st.URL != "" || st.Proposal == nil || st.Proposal.URL != far || st.Code != "" {
			t.Errorf("%+v", st)
		}
	})
}

func TestGoneEndsAndCanBeTakenUpAgain(t *testing.T) {
	s := at("a", "https://example.vn/rss")
	inBubble(t, []poll.Source{s}, func(t *testing.T, b *bubble) {
		time.Sleep(time.Hour)
		b.web.set(always(410, nil, ""))
		time.Sleep(time.Hour)
		gone := b.State("a")
		if gone.Gone.IsZero() || gone.Code != "http-410" || !strings.Contains(gone.Error, "not polled any more") || !b.Pending("a").IsZero() {
			t.Fatalf("%+v, pending %s", gone, b.Pending("a"))
		}
		now := time.Now()
		time.Sleep(48 * time.Hour)
		if q := b.web.since(now); len(q) != 0 {
			t.Fatalf("asked %d times more", len(q))
		}
		// By command, and it is there again.
		b.web.set(always(200, nil, feedOf(2, 1)))
		if err := b.door.PollNow(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		// Twice is once: it is due already, or under way.
		if err := b.door.PollNow(t.Context(), "a"); err != nil && !errors.Is(err, poll.ErrUnderWay) {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		if q := b.web.since(now); len(q) != 1 {
			t.Errorf("asked %d times", len(q))
		}
		if st := b.State("a"); !st.Gone.IsZero() || st.Code != "" || b.Pending("a").IsZero() {
			t.Errorf("%+v", st)
		}
	})
}

func TestMissingSourceIsLookedForOnItsSite(t *testing.T) {
	s := at("a", "https://example.vn/rss")
	inBubble(t, []poll.Source{s}, func(t *testing.T, b *bubble) {
		time.Sleep(time.Hour)
		b.web.set(func(req *safehttp.Request) (*safehttp.Response, error) {
			switch req.URL {
			case "https://example.vn/":
				return &safehttp.Response{Status: 200, Body: []byte(`<html><head><link rel="alternate" type="application/rss+xml" href="/cu"><link rel="alternate" type="application/rss+xml" href="/tin.rss"></head></html>`)}, nil
			case "https://example.vn/tin.rss":
				return &safehttp.Response{Status: 200, Body: []byte(feedOf(5))}, nil
			}
			return &safehttp.Response{Status: 404}, nil
		})
		now := time.Now()
		time.Sleep(4 * 24 * time.Hour)
		if st := b.State("a"); st.Proposal != nil || st.Missing < 3 {
			t.Errorf("after four days: %+v", st)
		}
		time.Sleep(4 * 24 * time.Hour)
		st := b.State("a")
		if st.Proposal == nil || st.Proposal.URL != "https://example.vn/tin.rss" {
			t.Fatalf("after eight days: %+v", st)
		}
		searches := 0
		for _, q := range b.web.since(now) {
			if q.url == "https://example.vn/" {
				searches++
			}
		}
		if searches < 1 || searches > 4 {
			t.Errorf("%d searches", searches)
		}
		b.web.set(always(200, nil, feedOf(2, 1)))
		time.Sleep(24 * time.Hour)
		if st := b.State("a"); st.Proposal != nil || st.Missing != 0 {
			t.Errorf("found again: %+v", st)
		}
	})
}

// The feed's own hints hold while it answers 304, which repeats none of them.
func TestHintsAreRemembered(t *testing.T) {
	body := strings.Replace(feedOf(1), "<description>Tin tức</description>", "<description>Tin tức</description><ttl>50</ttl>", 1)
	inBubble(t, []poll.Source{at("a", "https://example.vn/rss")}, func(t *testing.T, b *bubble) {
		b.web.set(func(req *safehttp.Request) (*safehttp.Response, error) {
			if req.Header.Get("If-None-Match") != "" {
				return &safehttp.Response{Status: 304}, nil
			}
			return &safehttp.Response{Status: 200, Body: []byte(body), Header: http.Header{"Etag": {`"1"`}}}, nil
		})
		start := time.Now()
		time.Sleep(6 * time.Hour)
		q := b.web.since(start)
		for i := 1; i < len(q); i++ {
			if gap := q[i].at.Sub(q[i-1].at); gap < 50*time.Minute || gap > 56*time.Minute {
				t.Errorf("gap %s", gap)
			}
		}
		if len(q) < 5 {
			t.Errorf("%d polls", len(q))
		}
	})
}

// One machine behind many names is spared as one.
func TestAddressBudget(t *testing.T) {
	var list []poll.Source
	for i := range 60 {
		list = append(list, at(fmt.Sprint("s", i), fmt.Sprintf("https://xa%d.example.vn/rss", i)))
	}
	synctest.Test(t, func(t *testing.T) {
		mem, err := cache.NewMemory(cache.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		rig, w := poll.NewRig(), &web{answer: always(200, nil, feedOf(1))}
		lookup := func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("203.0.113.9"), netip.MustParseAddr("203.0.113.7")}, nil
		}
		d := rig.Door(&taken{}, w, mem, poll.Options{Node: "n1", Lookup: lookup}, list...)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { rig.Run(ctx) })
		wg.Go(func() { rig.Work(ctx, d) })
		time.Sleep(time.Hour)
		cancel()
		wg.Wait()
		if len(w.asked) < 120 {
			t.Errorf("%d requests", len(w.asked))
		}
		for i := 1; i < len(w.asked); i++ {
			if gap := w.asked[i].at.Sub(w.asked[i-1].at); gap < time.Second {
				t.Fatalf("two requests to one address %s apart", gap)
			}
		}
		_ = mem.Close()
		time.Sleep(time.Minute)
	})
}
