package poll_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"loa/feeds"
	"loa/ingest"
	"loa/ingest/poll"
	"loa/internal/broker"
	"loa/internal/cache"
	"loa/internal/safehttp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// origin is a portal's feed, and notes how it was asked.
type origin struct {
	*httptest.Server
	mu       sync.Mutex
	answer   func(w http.ResponseWriter, r *http.Request)
	requests []*http.Request
	open     int
	most     int // requests at once
}

func newOrigin(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *origin {
	o := &origin{answer: answer}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		o.requests = append(o.requests, r)
		o.open++
		o.most = max(o.most, o.open)
		answer := o.answer
		o.mu.Unlock()
		answer(w, r)
		o.mu.Lock()
		o.open--
		o.mu.Unlock()
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *origin) set(answer func(w http.ResponseWriter, r *http.Request)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answer = answer
}

func (o *origin) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.requests)
}

func (o *origin) request(i int) *http.Request {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.requests[i]
}

// feedOf is an RSS document with the numbered items, newest first.
func feedOf(numbers ...int) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Xã Liên Châu</title><link>https://example.vn/</link><description>Tin tức</description>`)
	for _, n := range numbers {
		fmt.Fprintf(&b, `<item><title>Thông báo số %d</title><link>https://example.vn/tin/%d</link><guid>https://example.vn/tin/%d</guid><pubDate>Fri, 20 Nov 2026 08:%02d:00 +0700</pubDate><description>Lịch thu gom rác đợt %d</description></item>`, n, n, n, n, n)
	}
	b.WriteString(`</channel></rss>`)
	return b.String()
}

func serve(body, etag, modified string) func(w http.ResponseWriter, r *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		if etag != "" {
			w.Header()["ETag"] = []string{etag}
		}
		if modified != "" {
			w.Header().Set("Last-Modified", modified)
		}
		if etag != "" && r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "application/rss+xml")
		_, _ = w.Write([]byte(body))
	}
}

// taken notes inputs in the place of the pipeline.
type taken struct {
	mu   sync.Mutex
	in   []ingest.Input
	fail error
	seen map[string]bool
}

func (p *taken) Ingest(_ context.Context, in ingest.Input) (ingest.Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return ingest.Outcome{}, p.fail
	}
	p.in = append(p.in, in)
	if p.seen[in.Article.URL] {
		return ingest.Outcome{Result: ingest.Unchanged}, nil
	}
	if p.seen == nil {
		p.seen = map[string]bool{}
	}
	p.seen[in.Article.URL] = true
	return ingest.Outcome{Result: ingest.Created}, nil
}

func (p *taken) urls() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, in := range p.in {
		out = append(out, in.Article.URL[strings.LastIndexByte(in.Article.URL, '/')+1:])
	}
	return strings.Join(out, " ")
}

type world struct {
	ctx    context.Context
	b      *broker.Broker
	budget *cache.Memory
}

func newWorld(t *testing.T) *world { return newWorldFor(t, time.Minute) }

// newWorldFor lasts so long at most; a world of many sources takes more of a busy
// machine.
func newWorldFor(t *testing.T, most time.Duration) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), most)
	t.Cleanup(cancel)
	b, err := broker.Open(ctx, broker.Options{Dir: t.TempDir(), Sync: broker.SyncSecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if err := b.Declare(ctx); err != nil {
		t.Fatal(err)
	}
	m, err := cache.NewMemory(cache.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return &world{ctx, b, m}
}

// door starts a door of the named node and returns it with the function that
// stops it.
func (w *world) door(t *testing.T, node string, p poll.Pipeline, allow string, sources ...poll.Source) (*poll.Door, func()) {
	t.Helper()
	o := safehttp.Options{UserAgent: "loa/test (+mailto:quantri@example.vn)", Timeout: 5 * time.Second}
	if allow != "" {
		o.Allow = []netip.Prefix{netip.MustParsePrefix(allow)}
	}
	client := safehttp.New(o)
	d := poll.New(w.b.JS, p, client, w.budget, poll.Options{
		Stream: broker.StreamPoll, Subject: broker.SubjectPoll, Bucket: broker.BucketSources, Consumer: "poll", Node: node,
	})
	d.SetSources(sources)
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	stop := sync.OnceFunc(func() { cancel(); <-done; client.Close() })
	t.Cleanup(stop)
	return d, stop
}

// until waits for a condition that must come, bounded by the world's context.
func (w *world) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for !ok() {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-w.ctx.Done():
			t.Fatal("never came: " + what)
		}
	}
}

func (w *world) state(t *testing.T, d *poll.Door) poll.State {
	t.Helper()
	st, err := d.Reports(w.ctx)
	if err != nil || len(st) != 1 {
		t.Fatal(err, st)
	}
	return st[0].State
}

func source(o *origin) poll.Source {
	return poll.Source{ID: "lienchau", URL: o.URL + "/rss", Unit: "09064", Category: "Thông báo", Interval: time.Second}
}

func TestPollsEchoesValidatorsAndTakesOldestFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// Not a tag by the book: it must come back as it is all the same.
	const etag, modified = `W/"x y"-gzip;`, "Thu, 01 Jan 1970 00:00:00 GMT"
	o := newOrigin(t, serve(feedOf(3, 2, 1), etag, modified))
	p := &taken{}
	d, _ := w.door(t, "n1", p, "127.0.0.0/8", source(o))
	w.until(t, "second poll", func() bool { return o.count() >= 2 })
	if got := p.urls(); got != "1 2 3" {
		t.Errorf("taken %s", got)
	}
	in := p.in[0]
	if in.Article.Unit != "09064" || in.Article.Category != "Thông báo" || in.Source != "lienchau" || in.Door != feeds.DoorPoll {
		t.Errorf("%+v", in)
	}
	first, second := o.request(0), o.request(1)
	if first.Header.Get("If-None-Match") != "" || first.Header.Get("If-Modified-Since") != "" {
		t.Error("the first request is conditional")
	}
	if !strings.Contains(first.UserAgent(), "mailto:quantri@example.vn") {
		t.Errorf("User-Agent %q names no contact", first.UserAgent())
	}
	if g := second.Header.Get("If-None-Match"); g != etag {
		t.Errorf("If-None-Match %q, want %q", g, etag)
	}
	if g := second.Header.Get("If-Modified-Since"); g != modified {
		t.Errorf("If-Modified-Since %q, want %q", g, modified)
	}
	w.until(t, "the 304 in the state", func() bool { return w.state(t, d).Unchanged > 0 })
	o.set(serve(feedOf(4, 3, 2, 1), `"neu"`, ""))
	w.until(t, "the new item", func() bool { return strings.HasSuffix(p.urls(), "4") })
	w.until(t, "the new validators", func() bool { st := w.state(t, d); return st.ETag == `"neu"` && st.LastModified == "" })
}

// What could not be appended is asked for again, unconditionally: validators
// stand for content that was taken whole.
func TestValidatorsAreSavedLast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := newOrigin(t, serve(feedOf(1), `"a"`, ""))
	p := &taken{fail: fmt.Errorf("the journal is away")}
	_, stop := w.door(t, "n1", p, "127.0.0.0/8", source(o))
	w.until(t, "a poll", func() bool { return o.count() >= 1 })
	stop()
	p.mu.Lock()
	p.fail = nil
	p.mu.Unlock()
	n := o.count()
	w.door(t, "n1", p, "127.0.0.0/8", source(o))
	w.until(t, "the item", func() bool { return p.urls() == "1" })
	if g := o.request(n).Header.Get("If-None-Match"); g != "" {
		t.Errorf("asked with %q for what was never taken", g)
	}
}

func TestFaultsHaveReasons(t *testing.T) {
	for _, c := range []struct {
		name, code string
		answer     func(w http.ResponseWriter, r *http.Request)
	}{
		{"error", "http-500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }},
		{"maintenance page", "html-page", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<!doctype html><html><head><title>Bảo trì</title></head><body>Hệ thống đang bảo trì</body></html>")
		}},
		{"not a feed", "not-a-feed", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "xin chào") }},
		{"304 to an unconditional request", "bad-304", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) }},
		{"too large", "too-large", func(w http.ResponseWriter, _ *http.Request) {
			for range 9 << 10 {
				fmt.Fprint(w, strings.Repeat(" ", 1<<10))
			}
		}},
		{"loop", "redirects", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			o := newOrigin(t, c.answer)
			d, _ := w.door(t, "n1", &taken{}, "127.0.0.0/8", source(o))
			w.until(t, "the fault", func() bool { return w.state(t, d).Code != "" })
			if st := w.state(t, d); st.Code != c.code || st.Error == "" || st.Failures == 0 {
				t.Errorf("%+v, want code %s", st, c.code)
			}
		})
	}
}

func TestPrivateAddressIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := newOrigin(t, serve(feedOf(1), "", ""))
	d, _ := w.door(t, "n1", &taken{}, "", source(o))
	w.until(t, "the fault", func() bool { return w.state(t, d).Code != "" })
	if st := w.state(t, d); st.Code != "forbidden-address" || o.count() != 0 {
		t.Errorf("%+v, %d requests", st, o.count())
	}
}

// An empty feed from a source that had items is a fault, and what it had stays.
func TestEmptyFeedIsAFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := newOrigin(t, serve(feedOf(1), "", ""))
	p := &taken{}
	d, _ := w.door(t, "n1", p, "127.0.0.0/8", source(o))
	w.until(t, "the item", func() bool { return w.state(t, d).Items == 1 })
	o.set(serve(feedOf(), "", ""))
	w.until(t, "the fault", func() bool { return w.state(t, d).Code == "empty" })
	o.set(serve(feedOf(2, 1), "", ""))
	w.until(t, "recovery", func() bool { st := w.state(t, d); return st.Code == "" && st.Items == 2 && st.Failures == 0 })
}

// Two nodes share the sources: each turn is one poll, one connection to a host at
// a time, and when one stops the other goes on.
func TestTwoNodesPollEachTurnOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := newOrigin(t, serve(feedOf(1), `"a"`, ""))
	var sources []poll.Source
	for i := range 3 {
		s := source(o)
		s.ID, s.URL = fmt.Sprint("s", i), fmt.Sprint(o.URL, "/rss", i)
		sources = append(sources, s)
	}
	d1, stop1 := w.door(t, "n1", &taken{}, "127.0.0.0/8", sources...)
	d2, _ := w.door(t, "n2", &taken{}, "127.0.0.0/8", sources...)
	polls := func(d *poll.Door) (n uint64) {
		list, err := d.Reports(w.ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			n += s.State.Polls
		}
		return n
	}
	w.until(t, "some turns", func() bool { return polls(d1) >= 9 })
	stop1()
	n := polls(d2)
	w.until(t, "the other node goes on", func() bool { return polls(d2) >= n+3 })
	// Each request belongs to a counted turn, but for those under way.
	if r, p := o.count(), int(polls(d2)); r > p+3 {
		t.Errorf("%d requests for %d turns", r, p)
	}
	if o.most > 1 {
		t.Errorf("%d requests to one host at once", o.most)
	}
}

// A second due message for one turn, as a crash between two steps leaves it, is
// no second poll.
func TestSecondDueMessageIsNoSecondPoll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := newOrigin(t, serve(feedOf(1), "", ""))
	s := source(o)
	s.Interval = time.Hour
	d, _ := w.door(t, "n1", &taken{}, "127.0.0.0/8", s)
	w.until(t, "the poll", func() bool { return w.state(t, d).Polls == 1 && w.state(t, d).Holder == "" })
	if _, err := w.b.JS.Publish(w.ctx, broker.SubjectPoll+".due."+s.ID, nil); err != nil {
		t.Fatal(err)
	}
	st, err := w.b.JS.Stream(w.ctx, broker.StreamPoll)
	if err != nil {
		t.Fatal(err)
	}
	w.until(t, "the message is answered", func() bool {
		i, err := st.Info(w.ctx)
		return err == nil && i.State.Msgs == 1 // the pending schedule alone
	})
	if o.count() != 1 {
		t.Errorf("%d requests", o.count())
	}
}

// The chain goes on when a source's message dies with its node: a fallback is set
// before the fetch.
func TestChainSurvivesANodeThatNeverAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hang := make(chan struct{})
	o := newOrigin(t, func(http.ResponseWriter, *http.Request) { <-hang })
	defer close(hang)
	_, stop := w.door(t, "n1", &taken{}, "127.0.0.0/8", source(o))
	w.until(t, "the request", func() bool { return o.count() == 1 })
	st, err := w.b.JS.Stream(w.ctx, broker.StreamPoll)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.GetLastMsgForSubject(w.ctx, broker.SubjectPoll+".at.lienchau"); err != nil {
		t.Errorf("no fallback is pending while the poll is under way: %v", err)
	}
	stop()
}

// A source whose life is over is not asked any more; what it brought stays.
func TestFrozenSourceIsNotPolled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := newOrigin(t, serve(feedOf(1), "", ""))
	live, frozen := source(o), source(o)
	frozen.ID, frozen.URL, frozen.To = "yenlac-cu", o.URL+"/cu", "2025-07-01"
	d, _ := w.door(t, "n1", &taken{}, "127.0.0.0/8", live, frozen)
	w.until(t, "turns of the other", func() bool {
		list, err := d.Reports(w.ctx)
		return err == nil && len(list) == 2 && list[0].State.Polls >= 2
	})
	for i := range o.count() {
		if o.request(i).URL.Path == "/cu" {
			t.Error("the frozen source was polled")
		}
	}
}

// A source that stamps midnight GMT on every day means the day.
func TestDayOnlySource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := strings.ReplaceAll(feedOf(1), "Fri, 20 Nov 2026 08:01:00 +0700", "Fri, 20 Nov 2026 00:00:00 GMT")
	o := newOrigin(t, serve(body, "", ""))
	s, p := source(o), &taken{}
	s.Dates = "day"
	w.door(t, "n1", p, "127.0.0.0/8", s)
	w.until(t, "the item", func() bool { return p.urls() != "" })
	if d := p.in[0].Article.Published; d.Precision != feeds.Day || d.Time.Format(time.RFC3339) != "2026-11-20T00:00:00+07:00" {
		t.Errorf("%+v", d)
	}
}
