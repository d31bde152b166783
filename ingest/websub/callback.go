package websub

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"loa/ingest/poll"
)

// MaxPing bounds the body of a ping, in bytes: it and its headers fit into one
// message of the broker.
const MaxPing = 7 << 20

const (
	maxRequests  = 16 // at the callback at once; bounds the memory of their bodies
	maxRereads   = 8
	maxChallenge = 2 << 10
	busySeconds  = "30"
)

var (
	sourceForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)
	tokenForm  = regexp.MustCompile(`^[A-Za-z0-9_-]{32}$`)
)

// callbackOf is the address that a lease's hub is given. Nothing but its token
// says that a request is the hub's.
func (s *Subscriber) callbackOf(source, token string) string {
	return strings.TrimSuffix(s.o.Callback, "/") + "/" + source + "/" + token
}

func (s *Subscriber) route(path string) (source, token string, ok bool) {
	rest, ok := strings.CutPrefix(path, s.path)
	if !ok {
		return "", "", false
	}
	source, token, ok = strings.Cut(rest, "/")
	return source, token, ok && sourceForm.MatchString(source) && tokenForm.MatchString(token)
}

// ServeHTTP takes the requests of hubs: GET verifies what was asked for or denies
// it, POST is a ping. It never redirects.
func (s *Subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	source, token, ok := s.route(r.URL.Path)
	if !ok {
		s.answer(w, http.StatusNotFound)
		return
	}
	select {
	case s.requests <- struct{}{}:
		defer func() { <-s.requests }()
	default:
		s.answer(w, http.StatusServiceUnavailable)
		return
	}
	switch r.Method {
	case http.MethodGet:
		s.intent(w, r, source, token)
	case http.MethodPost:
		status := s.ping(w, r, source, token)
		s.metrics.pings.WithLabelValues(strconv.Itoa(status)).Inc()
		s.answer(w, status)
	default:
		h.Set("Allow", "GET, POST")
		s.answer(w, http.StatusMethodNotAllowed)
	}
}

func (s *Subscriber) answer(w http.ResponseWriter, status int) {
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", busySeconds)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	if status >= http.StatusBadRequest {
		_, _ = io.WriteString(w, http.StatusText(status)+"\n")
	}
}

// intent answers a hub's verification or denial (WebSub, sections 5.2 and 5.3).
func (s *Subscriber) intent(w http.ResponseWriter, r *http.Request, source, token string) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		s.answer(w, http.StatusNotFound)
		return
	}
	for _, v := range q {
		if len(v) > 1 { // whichever a hub meant, it is not what was asked for
			s.answer(w, http.StatusNotFound)
			return
		}
	}
	mode, topic, challenge := q.Get("hub.mode"), q.Get("hub.topic"), q.Get("hub.challenge")
	verifies := challenge != "" && len(challenge) <= maxChallenge
	var poll bool
	change := func(st *State) bool {
		poll = false
		now := s.o.Now()
		switch {
		case mode == "subscribe" && verifies:
			poll = st.verified(token, topic, granted(q.Get("hub.lease_seconds")), now, spread(source, token))
			return poll // what came between the last poll and now
		case mode == "unsubscribe" && verifies:
			return st.ended(token, topic)
		case mode == "denied":
			var ok bool
			poll, ok = st.denied(token, topic, q.Get("hub.reason"), now)
			return ok
		}
		return false
	}
	ok, err := s.settled(r.Context(), func() (bool, error) { return s.update(r.Context(), source, change) })
	switch {
	case err != nil:
		s.o.Log.Warn("callback of a hub not answered", "source", source, "err", err)
		s.answer(w, http.StatusServiceUnavailable)
		return
	case !ok:
		s.o.Log.Info("hub's request matches nothing that was asked for", "source", source, "mode", clip(mode))
		s.answer(w, http.StatusNotFound)
		return
	}
	s.o.Log.Info("hub answered", "source", source, "mode", mode, "reason", clip(q.Get("hub.reason")))
	if poll {
		if err := s.queue.Put(r.Context(), Ping{Source: source}); err != nil {
			s.o.Log.Warn("poll not asked for", "source", source, "err", err)
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if mode != "denied" {
		_, _ = io.WriteString(w, challenge) //nolint:gosec // plain text, and never sniffed
	}
}

// granted reads hub.lease_seconds.
func granted(v string) time.Duration {
	if v == "" {
		return noLease
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n <= 0 {
		return 0
	}
	return time.Duration(min(n, int64(maxLease/time.Second))) * time.Second
}

func spread(source, token string) float64 { return poll.Spread(source+" "+token, 0) }

// settled tries again what found nothing: another node may have asked the hub a
// moment ago, and what a cluster stores is not everywhere at once.
func (s *Subscriber) settled(ctx context.Context, try func() (bool, error)) (ok bool, err error) {
	ok, err = try()
	if ok || err != nil {
		return ok, err
	}
	select {
	case s.rereads <- struct{}{}:
		defer func() { <-s.rereads }()
	default: // someone guesses
		return false, nil
	}
	for _, wait := range []time.Duration{100 * time.Millisecond, 400 * time.Millisecond} {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return false, ctx.Err()
		}
		if ok, err = try(); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// ping takes what a hub pushes and returns the status of the answer. It answers
// when the ping is stored, not when it is read.
func (s *Subscriber) ping(w http.ResponseWriter, r *http.Request, source, token string) int {
	ctx := r.Context()
	var l Lease
	found, err := s.settled(ctx, func() (bool, error) {
		st, _, err := s.store.Get(ctx, source)
		if err != nil {
			return false, err
		}
		p := st.lease(token)
		if p == nil {
			return false, nil
		}
		l = *p
		return true, nil
	})
	switch {
	case err != nil:
		s.o.Log.Warn("subscription of a ping not read", "source", source, "err", err)
		return http.StatusServiceUnavailable
	case !found, l.Step != Asked && !s.o.Now().Before(l.Ends):
		return http.StatusGone
	case l.Step == Asked:
		return http.StatusNotFound
	}
	p := Ping{Source: source, OfHub: true}
	status := http.StatusAccepted
	if l.Secret != "" {
		if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
			return http.StatusUnsupportedMediaType
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxPing))
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			// Whether it is signed cannot be known, but that there is news can.
			status = http.StatusRequestEntityTooLarge
		case err != nil:
			return http.StatusBadRequest
		case !signed(r.Header.Get("X-Hub-Signature"), l.Secret, body):
			s.o.Log.Warn("ping with a wrong signature or none", "source", source, "hub", hostOf(l.Hub))
			return http.StatusForbidden
		case l.Own:
			p.Topic, p.Body, p.ContentType = l.Topic, body, r.Header.Get("Content-Type")
			if len(p.ContentType) > 200 {
				p.ContentType = ""
			}
		}
	}
	if err := s.queue.Put(ctx, p); err != nil {
		s.o.Log.Warn("ping not stored; the hub is to send it again", "source", source, "err", err)
		return http.StatusServiceUnavailable
	}
	return status
}
