// Package websub is the door by which hubs push: the subscriber's side of WebSub
// (W3C Recommendation of 23 January 2018).
//
// Polls tell it what a source says of its hubs ([Subscriber.Seen]). It asks a hub
// for a subscription, answers the hub's verification, renews the lease well before
// its end, and ends it when the source is not polled any more. What hubs push is
// checked, stored in the stream LOA_PINGS, and only then taken into the journal,
// by the same way as what a poll finds. While a hub is alive its source is polled
// more rarely, never not at all: a hub that stays silent about what polls find is
// dead, and the source is polled as before.
//
// A push is believed only if it is signed with a secret that went over TLS and if
// its topic is the address that is polled; any other one says no more than that
// the source should be polled. What happens when is decided by pure functions
// (machine.go) on states in the bucket LOA_HUBS, with compare and swap: any node
// takes any callback, and one node renews.
//
// It does not fetch feeds, is no hub, and never asks a push's own Link header what
// it belongs to.
package websub

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"loa/ingest/poll"
	"loa/ingest/poll/decode"
	"loa/internal/safehttp"
)

// Client makes the requests to hubs; see [safehttp.Client].
type Client interface {
	Do(ctx context.Context, req *safehttp.Request) (*safehttp.Response, error)
}

// Door is that of polled sources; see [poll.Door], which says what the errors mean.
type Door interface {
	// PollNow makes a source due at once.
	PollNow(ctx context.Context, source string) error
	// Push takes a document of the source into the journal.
	Push(ctx context.Context, source, address, contentType string, body []byte, at time.Time) (brought int, err error)
}

var _ Door = (*poll.Door)(nil)

// Options of the door.
type Options struct {
	// Callback is the public address, with a slash at its end, under which hubs
	// reach [Subscriber.ServeHTTP]. Secrets are used only if it is https.
	Callback string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	Log *slog.Logger
}

// Subscriber holds the subscriptions of sources at their hubs.
type Subscriber struct {
	store    Store
	queue    Queue
	client   Client
	door     Door
	o        Options
	path     string
	secure   bool
	metrics  *metrics
	requests chan struct{} // bounds those under way at the callback
	rereads  chan struct{} // bounds those that wait for a store to settle
	stirred  chan struct{}

	mu      sync.Mutex
	sources map[string]poll.Source // nil until they are known
	absent  map[string]time.Time   // since when a source is not configured
	view    map[string]State
	seen    map[string]Found
	missed  map[string]time.Time
	busy    map[string]bool
	pause   map[string]time.Time
}

// New returns the door; Run opens it, and ServeHTTP takes callbacks meanwhile.
func New(store Store, q Queue, c Client, d Door, o Options) (*Subscriber, error) {
	u, err := url.Parse(o.Callback)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || !strings.HasSuffix(u.Path, "/") {
		return nil, fmt.Errorf("websub: callback %q is not an absolute http(s) address that ends with a slash", o.Callback)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Subscriber{
		store: store, queue: q, client: c, door: d, o: o, path: u.Path, secure: u.Scheme == "https",
		requests: make(chan struct{}, maxRequests), rereads: make(chan struct{}, maxRereads), stirred: make(chan struct{}, 1),
		absent: map[string]time.Time{}, view: map[string]State{}, seen: map[string]Found{}, missed: map[string]time.Time{},
		busy: map[string]bool{}, pause: map[string]time.Time{},
	}
	s.metrics = newMetrics(s)
	return s, nil
}

// Path is where ServeHTTP belongs: everything below it.
func (s *Subscriber) Path() string { return s.path }

// SetSources replaces the sources. Subscriptions of those that left are ended.
func (s *Subscriber) SetSources(list []poll.Source) {
	s.mu.Lock()
	s.sources = make(map[string]poll.Source, len(list))
	for _, src := range list {
		s.sources[src.ID] = src
	}
	s.mu.Unlock()
	s.stir()
}

func (s *Subscriber) stir() {
	select {
	case s.stirred <- struct{}{}:
	default:
	}
}

func (s *Subscriber) source(id string) (poll.Source, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	src, ok := s.sources[id]
	return src, ok
}

// Seen tells what a poll found: the answer's header, its address and the document.
// It returns at once.
func (s *Subscriber) Seen(source string, h http.Header, address string, f *decode.Feed) {
	found := Discover(h, address, f)
	s.mu.Lock()
	defer s.mu.Unlock()
	if src, ok := s.sources[source]; ok && found.whole() {
		found.Own = found.Own || sameAddress(found.Topic, src.URL)
	}
	st := s.view[source]
	delete(s.seen, source)
	if !st.news(found) {
		return
	}
	s.seen[source] = found
	s.stir()
}

// Alive reports whether a source's hub can be relied on, so that it need not be
// polled often.
func (s *Subscriber) Alive(source string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.view[source]
	return st.Alive(s.o.Now())
}

// Missed tells that a poll brought articles that were not there at the poll before
// it, at since, and that no hub had pushed.
func (s *Subscriber) Missed(source string, since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := s.view[source]; st.at(Verified) != nil {
		s.missed[source] = since
		s.stir()
	}
}

// Run keeps the subscriptions and takes what hubs pushed, until ctx ends.
func (s *Subscriber) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.queue.Run(ctx, s.take) })
	g.Go(func() error { return s.tend(ctx) })
	return g.Wait()
}

// casTries bounds how often a change is decided again because others were quicker.
const casTries = 10

// update changes a source's state; f returns false to leave it. ok is what f
// returned last.
func (s *Subscriber) update(ctx context.Context, source string, f func(*State) bool) (ok bool, err error) {
	for range casTries {
		st, rev, err := s.store.Get(ctx, source)
		if err != nil {
			return false, err
		}
		before := encode(&st)
		if !f(&st) {
			return false, nil
		}
		if bytes.Equal(before, encode(&st)) {
			return true, nil
		}
		_, err = s.store.Put(ctx, source, &st, rev)
		if errors.Is(err, ErrTaken) {
			continue
		}
		if err != nil {
			return false, err
		}
		s.note(source, st)
		return true, nil
	}
	return false, ErrTaken
}

// note takes a state into this node's view.
func (s *Subscriber) note(source string, st State) {
	s.mu.Lock()
	s.view[source] = st
	s.mu.Unlock()
	s.stir()
}

func encode(st *State) []byte {
	b, err := json.Marshal(st)
	if err != nil { // it holds nothing that cannot be encoded
		panic(err)
	}
	return b
}

// newKey makes a token, and a secret if hub and callback are both on TLS: what can
// be read on its way is no secret (WebSub, sections 5.1 and 8.2).
func (s *Subscriber) newKey(hub string) (k key) {
	k.token = random(tokenBytes)
	if s.secure && strings.HasPrefix(hub, "https://") {
		k.secret = random(secretBytes)
	}
	return k
}

const (
	tokenBytes  = 24
	secretBytes = 48 // 64 characters, of less than 200
)

func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
