// Package push is the door by which publishers' events come in over HTTP: each
// becomes a message on the stream LOA_EVENTS, where ingest/events takes it up as
// if it had come by NATS.
//
//	POST   /api/articles           one event, or a list of them
//	PUT    /api/articles/{number}  publish or update the article of that number
//	DELETE /api/articles/{number}  withdraw it
//
// An event is decoded and checked before it is stored, so that its publisher
// hears which field is wrong (RFC 9457); 202 means that the broker has it durably,
// not that it is in the journal yet. Publishers are told apart by bearer tokens
// (RFC 6750), each bound to units: no unit can speak for another. CloudEvents come
// in structured, binary and batched mode (CloudEvents HTTP Protocol Binding 1.0).
//
// A repeat does no harm: the journal's idempotence sees to that. Idempotency-Key
// only saves the work and gives the same answer again; when the cache forgets a
// key, nothing is lost.
//
// The package does not speak TLS, does not keep publishers (see [Publishers]) and
// does not write to the journal.
package push

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"loa/ingest"
	"loa/internal/cache"
)

// Path is where the door is.
const Path = "/api/articles"

// Bounds of one request, in bytes and events, and of one publisher, in requests
// at once.
const (
	MaxBatch       = 16 << 20
	MaxBatchEvents = 1000
	maxAtOnce      = 16
)

// EventLog is where events become durable: the part of [jetstream.JetStream] that
// the door needs.
type EventLog interface {
	// PublishMsg returns when the message is durable.
	PublishMsg(ctx context.Context, m *nats.Msg, opts ...jetstream.PublishOpt) (*jetstream.PubAck, error)
	// PublishMsgAsync keeps the order of the calls.
	PublishMsgAsync(m *nats.Msg, opts ...jetstream.PublishOpt) (jetstream.PubAckFuture, error)
}

// Cache keeps answers and counts requests; see the package of that name.
type Cache interface {
	cache.Values
	cache.Budgets
}

// Options of the door.
type Options struct {
	// Subject is what the subjects of events start with.
	Subject string
	// Publishers are who may send. Nil: everyone may, for every unit. That is for
	// the operator's own address.
	Publishers *Publishers
	// Limit of one publisher's requests; the zero value is none.
	Limit cache.Limit
	// Authority is the tag authority (RFC 4151) of the types of problems.
	Authority string
	Log       *slog.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Handler is the door. It is safe for concurrent use.
type Handler struct {
	events EventLog
	cache  Cache
	o      Options

	requests *prometheus.CounterVec

	mu   sync.Mutex
	busy map[string]int // requests under way by publisher
}

var _ http.Handler = (*Handler)(nil)

// New returns the door.
func New(e EventLog, c Cache, o Options) *Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Authority == "" {
		o.Authority = "localhost,2026"
	}
	return &Handler{events: e, cache: c, o: o, busy: map[string]int{}, requests: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "push_requests_total", Help: "Requests of publishers over HTTP, by code; accepted for those that were.",
	}, []string{"code"})}
}

// Metrics are the door's collectors, for a registry.
func (h *Handler) Metrics() []prometheus.Collector { return []prometheus.Collector{h.requests} }

// Knows reports whether the request carries the token of a publisher: such
// requests count against the publisher, wherever they come from.
func (h *Handler) Knows(r *http.Request) bool {
	_, p := h.publisher(r)
	return p == nil
}

// ServeHTTP answers a request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	a, who, p := h.answer(w, r)
	if p != nil {
		h.requests.WithLabelValues(p.Code).Inc()
		log := h.o.Log.Debug
		if p.Status >= http.StatusInternalServerError {
			log = h.o.Log.Warn
		}
		log("push refused", "publisher", who, "code", p.Code, "detail", p.Detail, "err", p.cause)
		if p.Status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", challenge(r))
		}
		h.writeProblem(w, r, p)
		return
	}
	h.requests.WithLabelValues("accepted").Inc()
	w.Header().Set("Content-Type", "application/json")
	if a.Status == http.StatusOK {
		w.Header().Set("Vary", "Accept-Language") // refused events of a list have titles
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(append(a.Body, '\n'))
}

// answer is a success: 202 for one event, 200 for a list.
type answer struct {
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"`
}

// answer goes through the request; what costs least comes first, and nothing of a
// stranger's body is read.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request) (a answer, who string, p *problem) {
	number, p := route(r)
	if p != nil {
		return a, "", p
	}
	pub, p := h.publisher(r)
	if p != nil {
		return a, "", p
	}
	if p := h.limit(r.Context(), pub.Name); p != nil {
		return a, pub.Name, p
	}
	leave, ok := h.enter(pub.Name)
	if !ok {
		p := refuse(http.StatusTooManyRequests, codeRate, "too many requests of this publisher are under way at once; send one after the other, or lists")
		p.retry = time.Second
		return a, pub.Name, p
	}
	defer leave()
	a, p = h.take(w, r, &pub, number)
	return a, pub.Name, p
}

// route finds the article's number in the path; "" is the collection.
func route(r *http.Request) (number string, p *problem) {
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), Path)
	if ok && (rest == "" || rest == "/") {
		if r.Method != http.MethodPost {
			p = refuse(http.StatusMethodNotAllowed, codeMethod, "events are sent by POST; one article is changed by PUT or DELETE at "+Path+"/{number}")
			p.allow = http.MethodPost
		}
		return "", p
	}
	rest, ok = strings.CutPrefix(rest, "/")
	if !ok || strings.Contains(rest, "/") {
		return "", refuse(http.StatusNotFound, codePath, "the door is at "+Path+" and "+Path+"/{number}; a slash in a number is written %2F")
	}
	number, err := url.PathUnescape(rest)
	number = strings.TrimSpace(number)
	if err != nil || number == "" || len(number) > maxNumber {
		return "", refuse(http.StatusNotFound, codePath, "the article's number in the address is empty, too long or badly escaped")
	}
	if r.Method != http.MethodPut && r.Method != http.MethodDelete {
		p = refuse(http.StatusMethodNotAllowed, codeMethod, "an article is published or updated by PUT and withdrawn by DELETE")
		p.allow = http.MethodPut + ", " + http.MethodDelete
	}
	return number, p
}

// maxNumber bounds a publisher's own number in bytes.
const maxNumber = 256

// publisher finds who sends.
func (h *Handler) publisher(r *http.Request) (Publisher, *problem) {
	if h.o.Publishers == nil {
		return Publisher{}, nil
	}
	token, ok := bearer(r)
	if !ok {
		return Publisher{}, refuse(http.StatusUnauthorized, codeUnauthorized, "send the publisher's token as Authorization: Bearer loa_…; an operator makes one with `loa publishers add`")
	}
	pub, ok := h.o.Publishers.ByToken(token)
	if !ok {
		return Publisher{}, refuse(http.StatusUnauthorized, codeUnauthorized, "the token is not known, or was revoked")
	}
	return pub, nil
}

// bearer reads the Authorization field (RFC 6750, section 2.1).
func bearer(r *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer") && strings.TrimSpace(token) != ""
}

// challenge is what WWW-Authenticate says (RFC 6750, section 3).
func challenge(r *http.Request) string {
	if _, sent := bearer(r); sent {
		return `Bearer realm="loa", error="invalid_token"`
	}
	return `Bearer realm="loa"`
}

// limit counts the request. A cache that cannot be asked refuses nobody.
func (h *Handler) limit(ctx context.Context, name string) *problem {
	if h.o.Publishers == nil || h.o.Limit.Rate == 0 {
		return nil
	}
	ok, after, err := h.cache.Allow(ctx, "publisher:"+name, h.o.Limit)
	if err != nil {
		h.o.Log.Debug("rate not counted", "publisher", name, "err", err)
		ok = true
	}
	if ok {
		return nil
	}
	p := refuse(http.StatusTooManyRequests, codeRate, "this publisher sends too often; wait as long as Retry-After says, or send lists")
	p.retry = max(after, time.Second)
	return p
}

// enter bounds what one publisher has under way, and with it what its bodies take
// of the memory.
func (h *Handler) enter(name string) (leave func(), ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.busy[name] >= maxAtOnce {
		return nil, false
	}
	h.busy[name]++
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.busy[name]--; h.busy[name] == 0 {
			delete(h.busy, name)
		}
	}, true
}

// take reads, checks and stores.
func (h *Handler) take(w http.ResponseWriter, r *http.Request, pub *Publisher, number string) (answer, *problem) {
	key, p := idempotencyKey(r)
	if p != nil {
		return answer{}, p
	}
	body, form, p := readBody(w, r, number != "")
	if p != nil {
		return answer{}, p
	}
	var id *identity
	if key != "" {
		id = newIdentity(r, pub.Name, key, body)
		if a, known, p := h.recall(r.Context(), id); known || p != nil {
			return a, p
		}
	}
	var a answer
	switch {
	case number != "":
		e, err := h.ofNumber(r, pub, number, body)
		if err != nil {
			return a, fromRefusal(err)
		}
		a, p = h.one(r.Context(), pub, e, id)
	case form.list:
		a, p = h.list(r.Context(), pub, body, form, id, prefersVietnamese(r.Header.Get("Accept-Language")))
	default:
		a, p = h.one(r.Context(), pub, event{header: form.header, body: body}, id)
	}
	if p == nil && id != nil {
		h.remember(r.Context(), id, a)
	}
	return a, p
}

// storeTime bounds how long the broker may take to store a request's events.
const storeTime = 20 * time.Second

// one stores a single event.
func (h *Handler) one(ctx context.Context, pub *Publisher, e event, id *identity) (answer, *problem) {
	m, err := h.message(pub, e)
	if err != nil {
		return answer{}, fromRefusal(err)
	}
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	ack, err := h.events.PublishMsg(ctx, m, id.options(1)...)
	if err != nil {
		return answer{}, notStored(err)
	}
	b, err := json.Marshal(map[string]uint64{"sequence": ack.Sequence})
	if err != nil {
		return answer{}, notStored(err)
	}
	return answer{http.StatusAccepted, b}, nil
}

// notStored says that the broker did not take an event, which is not the event's
// fault but for its size.
func notStored(err error) *problem {
	if errors.Is(err, nats.ErrMaxPayload) {
		return refuse(http.StatusRequestEntityTooLarge, ingest.CodeTooLarge, "the event is larger than the broker takes in one message")
	}
	p := refuse(http.StatusServiceUnavailable, codeAway, "the event is not stored for certain; send it again, a repeat does no harm")
	p.retry, p.cause = 5*time.Second, err
	return p
}
