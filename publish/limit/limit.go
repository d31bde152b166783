// Package limit stands before the public server and answers 429 with Retry-After
// (RFC 6585 section 4, RFC 9110 section 10.2.3) to clients that ask too often, or
// that ask for the same again and again without a validator.
//
// A client has two budgets. One is for everything: a request with a validator
// (If-None-Match, If-Modified-Since) costs a thirtieth of one without. One is for
// each address that it asks for: ten times a minute without a validator, 600 times
// with one, pages for people 60 times. Who polls politely never notices: fifty
// readers behind one address with 200 feeds each, every five minutes, use a ninth of
// 600/m. Who walks 2000 archives once is slowed to ten a second after the first
// 600, and told so by Retry-After.
//
// What is kept of clients is in memory, of a fixed size and of this node alone. In a
// fleet each node counts for itself, so that a client that reaches all of n nodes
// has n times the budget: what is protected is a node, and a request that costs a
// node less than a microsecond shall not cost a question to another machine.
//
// A made-up validator buys the cheap price. It buys no more than 600 answers a minute
// of one address, and what cheap ones may ask in all is still bounded.
package limit

import (
	"hash/maphash"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Options of a [Limiter].
type Options struct {
	// Requests without validator that a client may make in a period, at any time in
	// it. 0: any number, and nothing is limited.
	Requests int
	Period   time.Duration
	// Proxies say whom a request comes from.
	Proxies Proxies
	// Clients is how many clients are kept in mind, and four times as many addresses
	// that they asked for: 85 bytes for each client. Default 65536.
	Clients int
	// Refuse answers with a status in the form of the public server. Cache-Control
	// and Retry-After are set.
	Refuse func(w http.ResponseWriter, r *http.Request, status int)
	// Name of what is limited, in the metrics: client, reader.
	Name string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// reason is why a request was refused.
type reason int

const (
	passed  reason = iota
	rate           // too many requests in all
	repeats        // too many of one address
	reasons
)

// Limiter keeps the budgets of clients. It is safe for concurrent use.
type Limiter struct {
	o                  Options
	client, address    plan
	clients, addresses *table
	seed               maphash.Seed
	start              time.Time
	refused            *prometheus.CounterVec
	byReason           [reasons]prometheus.Counter
}

// New returns a limiter.
func New(o Options) *Limiter {
	if o.Clients <= 0 {
		o.Clients = 1 << 16
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	l := &Limiter{o: o, address: addressPlan(), seed: maphash.MakeSeed(), start: o.Now()}
	if o.Requests > 0 {
		l.client = clientPlan(o.Requests, o.Period)
		l.clients, l.addresses = newTable(o.Clients), newTable(4*o.Clients)
	}
	l.refused = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: o.Name + "_requests_refused_total", Help: "Requests that were answered 429: rate, too many in all; repeats, too many of one address.",
	}, []string{"reason"})
	l.byReason[rate], l.byReason[repeats] = l.refused.WithLabelValues("rate"), l.refused.WithLabelValues("repeats")
	return l
}

// Metrics are the limiter's metrics, for a registry that adds the prefix.
func (l *Limiter) Metrics() []prometheus.Collector { return []prometheus.Collector{l.refused} }

// Handler lets requests pass while the client that they come from has a budget.
func (l *Limiter) Handler(next http.Handler) http.Handler {
	if l.o.Requests == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if client, counted := l.o.Proxies.Client(r); counted {
			key := client.As16()
			if !l.pass(w, r, l.decide(key[:], r)) {
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// Pass lets a request pass that is known to be of a client with a name, or answers
// it.
func (l *Limiter) Pass(w http.ResponseWriter, r *http.Request, name string) bool {
	return l.o.Requests == 0 || l.pass(w, r, l.decide([]byte(name), r))
}

// verdict on a request.
type verdict struct {
	reason reason
	after  time.Duration
}

func (l *Limiter) pass(w http.ResponseWriter, r *http.Request, v verdict) bool {
	if v.reason == passed {
		return true
	}
	l.byReason[v.reason].Inc()
	h := w.Header()
	h["Retry-After"] = []string{strconv.FormatInt(int64((v.after+time.Second-1)/time.Second), 10)}
	h["Cache-Control"] = []string{"no-store"}
	l.o.Refuse(w, r, http.StatusTooManyRequests)
	return false
}

// decide charges both budgets, or neither.
func (l *Limiter) decide(client []byte, r *http.Request) verdict {
	now := l.o.Now().Sub(l.start) // by the monotonic clock
	c := classify(r)
	var h maphash.Hash
	h.SetSeed(l.seed)
	_, _ = h.Write(client)
	who := h.Sum64()

	s := l.clients.set(who)
	s.mu.Lock()
	defer s.mu.Unlock()
	at, b := s.find(who)
	ok, after, next := l.client.decide(b, c, now)
	if !ok {
		return verdict{rate, after}
	}
	if c != other {
		_, _ = h.WriteString(r.URL.Path)
		_ = h.WriteByte('?')
		_, _ = h.WriteString(r.URL.RawQuery)
		if after := l.charge(h.Sum64(), c, now); after > 0 {
			return verdict{repeats, after}
		}
	}
	s.put(at, who, next)
	return verdict{}
}

// charge the budget of a client for an address.
func (l *Limiter) charge(key uint64, c class, now time.Duration) (after time.Duration) {
	s := l.addresses.set(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	at, b := s.find(key)
	ok, after, next := l.address.decide(b, c, now)
	if ok {
		s.put(at, key, next)
	}
	return after
}

// classify says what a request costs.
func classify(r *http.Request) class {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return other
	}
	if len(r.Header["If-None-Match"]) > 0 || len(r.Header["If-Modified-Since"]) > 0 {
		return conditional
	}
	if machine(r.URL.Path) || strings.HasPrefix(r.URL.Path, "/feeds/") && !browser(r.Header["Accept"]) {
		return polled
	}
	return whole
}

// browser reports whether the field lines name pages, as browsers do. Where there
// are pages, a program that does not gets the document of a feed from the same
// address.
func browser(accept []string) bool {
	for _, line := range accept {
		if strings.Contains(line, "text/html") {
			return true
		}
	}
	return false
}

// machine reports whether programs read what is at the path, and know what a
// validator is.
func machine(path string) bool {
	if path == "/opml" {
		return true
	}
	dot := strings.LastIndexByte(path, '.')
	if dot < 0 {
		return false
	}
	switch path[dot+1:] {
	case "rss", "atom", "json", "xml":
		return true
	}
	return false
}
