package websub_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/feeds/library"
	"loa/ingest"
	"loa/ingest/poll"
	"loa/ingest/websub"
	"loa/internal/broker"
	"loa/internal/cache"
	"loa/internal/safehttp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeHub is a hub that does what it is told to, by default the right thing.
type fakeHub struct {
	*httptest.Server
	asked chan url.Values // every request

	mu     sync.Mutex
	answer func(w http.ResponseWriter, r *http.Request, form url.Values)
}

func newHub(t *testing.T) *fakeHub {
	h := &fakeHub{asked: make(chan url.Values, 100)}
	h.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		h.mu.Lock()
		answer := h.answer
		h.mu.Unlock()
		if answer != nil {
			answer(w, r, r.PostForm)
		} else {
			w.WriteHeader(http.StatusAccepted)
		}
		h.asked <- r.PostForm
	}))
	t.Cleanup(h.Close)
	t.Cleanup(h.Client().CloseIdleConnections)
	return h
}

func (h *fakeHub) set(f func(w http.ResponseWriter, r *http.Request, form url.Values)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = f
}

// send makes one request to a callback, following nothing.
func (h *fakeHub) send(t testing.TB, method, address string, header http.Header, body []byte) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	c := *h.Client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// intent is a hub's GET.
func (h *fakeHub) intent(t testing.TB, form url.Values, change url.Values) (int, string) {
	t.Helper()
	q := url.Values{"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"], "hub.challenge": {"thử-thách-17"}, "hub.lease_seconds": form["hub.lease_seconds"]}
	for k, v := range change {
		q[k] = v
	}
	return h.send(t, http.MethodGet, form.Get("hub.callback")+"?"+q.Encode(), nil, nil)
}

// push is a content distribution request.
func (h *fakeHub) push(t testing.TB, form url.Values, method, body string) int {
	t.Helper()
	header := http.Header{"Content-Type": {"application/rss+xml; charset=utf-8"}, "Link": {"<https://khac.example.vn/rss>; rel=self"}}
	if method != "" {
		header.Set("X-Hub-Signature", method+"="+sign(method, form.Get("hub.secret"), body))
	}
	status, _ := h.send(t, http.MethodPost, form.Get("hub.callback"), header, []byte(body))
	return status
}

func sign(method, secret, body string) string {
	m := hmac.New(map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}[method], []byte(secret))
	m.Write([]byte(body))
	return hex.EncodeToString(m.Sum(nil))
}

func (h *fakeHub) next(t testing.TB) url.Values {
	t.Helper()
	select {
	case f := <-h.asked:
		return f
	case <-time.After(30 * time.Second):
		t.Fatal("the hub was not asked")
		return nil
	}
}

// clock is set by hand; it goes on by itself as well.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// world is a broker, a pipeline, a source that names a hub, and a subscriber.
type world struct {
	ctx    context.Context
	b      *broker.Broker
	lib    *library.Library
	j      *journal.Journal
	door   *poll.Door
	sub    *websub.Subscriber
	hub    *fakeHub
	origin *httptest.Server
	public *httptest.Server // the callback
	client *safehttp.Client
	clock  *clock
	source poll.Source
	stop   func()

	mu    sync.Mutex
	items []int
	polls int
	self  string // another topic than its own
}

func document(title string, numbers ...int) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>%s</title><link>https://example.vn/</link><description>Tin tức</description>`, title)
	for _, n := range numbers {
		fmt.Fprintf(&b, `<item><title>Thông báo số %d</title><link>https://example.vn/tin/%d</link><guid>https://example.vn/tin/%d</guid><description>Lịch thu gom rác đợt %d</description></item>`, n, n, n, n)
	}
	b.WriteString(`</channel></rss>`)
	return b.String()
}

func newWorld(t *testing.T, secure bool) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	w := &world{ctx: ctx, hub: newHub(t), clock: &clock{}, items: []int{1}}
	w.origin = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.polls++
		self := w.self
		if self == "" {
			self = "/rss"
		}
		rw.Header().Set("Link", "<"+w.hub.URL+"/hub>; rel=hub, <"+self+">; rel=self")
		rw.Header().Set("Content-Type", "application/rss+xml; charset=utf-8")
		_, _ = io.WriteString(rw, document("Xã Liên Châu", w.items...))
	}))
	t.Cleanup(w.origin.Close)
	handler := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.sub.ServeHTTP(rw, r) })
	if w.public = httptest.NewUnstartedServer(handler); secure {
		w.public.StartTLS()
	} else {
		w.public.Start()
	}
	t.Cleanup(w.public.Close)
	pool := x509.NewCertPool()
	pool.AddCert(w.hub.Certificate())
	w.client = safehttp.New(safehttp.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Roots: pool, Timeout: 10 * time.Second})
	t.Cleanup(w.client.Close)
	var err error
	if w.b, err = broker.Open(ctx, broker.Options{Dir: t.TempDir(), Sync: broker.SyncSecond}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.b.Close)
	if err := w.b.Declare(ctx); err != nil {
		t.Fatal(err)
	}
	w.j = journal.New(w.b.JS, broker.StreamArticles, broker.SubjectArticles, nil)
	if w.lib, err = library.Open(filepath.Join(t.TempDir(), "library.db"), library.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := w.lib.Prepare(ctx, w.j); err != nil {
		t.Fatal(err)
	}
	read, stopRead := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- w.lib.Run(read, w.j) }()
	t.Cleanup(func() { stopRead(); <-done; _ = w.lib.Close() })
	w.source = poll.Source{ID: "lienchau", URL: w.origin.URL + "/rss", Unit: "09064", Interval: 10 * time.Minute}
	w.start(t)
	t.Cleanup(func() { w.stop() })
	return w
}

// start runs the doors, as a node that starts does.
func (w *world) start(t *testing.T) {
	t.Helper()
	mem, err := cache.NewMemory(cache.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	w.door = poll.New(w.b.JS, ingest.New(w.j, w.lib, ingest.Options{}), w.client, mem, poll.Options{
		Stream: broker.StreamPoll, Subject: broker.SubjectPoll, Bucket: broker.BucketSources, Consumer: "poll", Node: "n1",
	})
	w.sub, err = websub.New(websub.NewBucket(w.b.JS, broker.BucketHubs), websub.NewStream(w.b.JS, broker.StreamPings, broker.SubjectPings, "pings", nil),
		w.client, w.door, websub.Options{Callback: w.public.URL + "/websub/", Now: w.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	w.door.SetHub(w.sub)
	w.door.SetSources([]poll.Source{w.source})
	w.sub.SetSources([]poll.Source{w.source})
	ctx, cancel := context.WithCancel(w.ctx)
	var wg sync.WaitGroup
	wg.Go(func() { _ = w.door.Run(ctx) })
	wg.Go(func() { _ = w.sub.Run(ctx) })
	w.stop = sync.OnceFunc(func() { cancel(); wg.Wait(); _ = mem.Close() })
}

func (w *world) until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for !ok() {
		select {
		case <-w.ctx.Done():
			r, _ := w.sub.Report("lienchau")
			t.Fatalf("never: %s (%+v)", what, r)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (w *world) phase(t testing.TB, p websub.Phase) {
	t.Helper()
	w.until(t, string(p), func() bool { r, _ := w.sub.Report("lienchau"); return r.Phase == p })
}

func (w *world) titles(t testing.TB) map[string]feeds.Record {
	t.Helper()
	s, err := w.j.State(w.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.lib.WaitFor(w.ctx, s.Last); err != nil {
		t.Fatal(err)
	}
	f, err := w.lib.Feed(w.ctx, "units/09064", 100)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]feeds.Record{}
	for _, r := range f.Records {
		out[r.Article.Title] = r
	}
	return out
}

func (w *world) article(t testing.TB, title string) {
	t.Helper()
	w.until(t, title, func() bool { _, ok := w.titles(t)[title]; return ok })
}

func (w *world) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.polls
}

func (w *world) publish(n ...int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.items = n
}

// subscribed goes through a right subscription.
func (w *world) subscribed(t testing.TB) url.Values {
	t.Helper()
	form := w.hub.next(t)
	if status, body := w.hub.intent(t, form, nil); status != 200 || body != "thử-thách-17" {
		t.Fatalf("verification: %d %q", status, body)
	}
	w.phase(t, websub.Active)
	return form
}
