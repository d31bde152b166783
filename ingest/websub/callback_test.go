package websub_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"loa/ingest/poll"
	"loa/ingest/websub"
	"loa/internal/safehttp"
)

func contextOf(t testing.TB) (context.Context, context.CancelFunc) {
	return context.WithCancel(t.Context())
}

// shelf is a store in memory.
type shelf struct {
	mu  sync.Mutex
	st  map[string]websub.State
	rev map[string]uint64
}

func newShelf() *shelf { return &shelf{st: map[string]websub.State{}, rev: map[string]uint64{}} }

func (s *shelf) Get(_ context.Context, id string) (websub.State, uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.st[id]
	st.Leases = append([]websub.Lease(nil), st.Leases...)
	return st, s.rev[id], nil
}

func (s *shelf) Put(_ context.Context, id string, st *websub.State, rev uint64) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rev[id] != rev {
		return 0, websub.ErrTaken
	}
	s.st[id] = *st
	s.rev[id]++
	return s.rev[id], nil
}

func (s *shelf) Delete(_ context.Context, id string, rev uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rev[id] != rev {
		return websub.ErrTaken
	}
	delete(s.st, id)
	delete(s.rev, id)
	return nil
}

func (s *shelf) Watch(ctx context.Context) (<-chan websub.Change, error) {
	out := make(chan websub.Change)
	go func() {
		defer close(out)
		select {
		case out <- websub.Change{}:
		case <-ctx.Done():
		}
		<-ctx.Done()
	}()
	return out, nil
}

// lane is a queue in memory; full refuses.
type lane struct {
	full  bool
	pings chan websub.Ping
}

func (q *lane) Put(_ context.Context, p websub.Ping) error {
	if q.full {
		return websub.ErrFull
	}
	select {
	case q.pings <- p:
	default:
	}
	return nil
}

func (q *lane) Run(ctx context.Context, _ func(context.Context, websub.Ping) error) error {
	<-ctx.Done()
	return ctx.Err()
}

// silent is a client whose requests are accepted and counted.
type silent struct {
	mu    sync.Mutex
	times []time.Time
}

func (c *silent) Do(context.Context, *safehttp.Request) (*safehttp.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.times = append(c.times, time.Now())
	return &safehttp.Response{Status: 202, Header: http.Header{}}, nil
}

const token = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func alone(t testing.TB, store websub.Store, q websub.Queue, c websub.Client, now func() time.Time) *websub.Subscriber {
	s, err := websub.New(store, q, c, (*poll.Door)(nil), websub.Options{Callback: "https://tin.example.vn/websub/", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func granted(secret string) *shelf {
	s := newShelf()
	s.st["lienchau"] = websub.State{Phase: websub.Active, Found: found, Leases: []websub.Lease{
		{Token: token, Secret: secret, Hub: hub, Topic: topic, Own: true, Step: websub.Verified, At: t0, Since: t0, Ends: t0.Add(day)},
	}}
	s.rev["lienchau"] = 1
	return s
}

func TestFullQueueRefuses(t *testing.T) {
	q := &lane{full: true}
	s := alone(t, granted(""), q, nil, func() time.Time { return t0 })
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/websub/lienchau/"+token, strings.NewReader("x")))
	if rec.Code != 503 || rec.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v", rec.Code, rec.Header())
	}
}

func TestCallbackAddresses(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://tin.example.vn/websub/": true, "http://tin.example.vn/": true, "https://tin.example.vn/websub": false,
		"ftp://tin.example.vn/": false, "/websub/": false, "https://a:b@tin.example.vn/": false, "https://tin.example.vn/?x=/": false, "": false,
	} {
		if _, err := websub.New(nil, nil, nil, nil, websub.Options{Callback: address}); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// Whatever comes to the callback, only what is signed gets its content through,
// nothing panics, and nothing is redirected.
func FuzzCallback(f *testing.F) {
	f.Add("POST", "/websub/lienchau/"+token, "", "sha256=00", "text/xml", []byte("<rss/>"))
	f.Add("GET", "/websub/lienchau/"+token, "hub.mode=subscribe&hub.topic=x&hub.challenge=y", "", "", []byte(nil))
	f.Add("GET", "/websub/lienchau/"+token, "hub.mode=denied&hub.topic="+topic+"&hub.reason=%0d%0a", "", "", []byte(nil))
	f.Add("POST", "/websub/lienchau/"+token, "", "sha1=zz", "", []byte{0})
	f.Fuzz(func(t *testing.T, method, path, query, signature, contentType string, body []byte) {
		q := &lane{pings: make(chan websub.Ping, 1)}
		s := alone(t, granted("khoá bí mật"), q, nil, func() time.Time { return t0 })
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(body)))
		r.Method, r.URL.Path, r.URL.RawQuery = method, path, query
		r.Header.Set("X-Hub-Signature", signature)
		r.Header.Set("Content-Type", contentType)
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // nobody waits for the store to settle
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, r.WithContext(ctx))
		if rec.Code >= 300 && rec.Code < 400 {
			t.Errorf("redirects: %d", rec.Code)
		}
		select {
		case p := <-q.pings:
			if p.Topic != "" && !websub.Signed(signature, "khoá bí mật", body) {
				t.Error("unsigned content came through")
			}
		default:
		}
	})
}

func FuzzSigned(f *testing.F) {
	f.Add("sha256=00", []byte("x"))
	f.Fuzz(func(t *testing.T, value string, body []byte) {
		if websub.Signed(value, "", body) {
			t.Error("signed without a secret")
		}
	})
}
