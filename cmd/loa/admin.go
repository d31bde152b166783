package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/pprof"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"loa/feeds"
	"loa/ingest/push"
	"loa/publish/readers"
)

// publicHandler is what the public address has, with the limit on single clients
// before it. Publishers that are known have a limit of their own: one address may be
// that of a portal with a hundred communes. A hub is a client like others. Invited
// readers have a limit each; whoever comes with a token that does not hold, of
// whatever kind, is a client like others too.
func (n *node) publicHandler() http.Handler {
	pages := n.web.Handler()
	open := pages
	if !n.c.Feeds.Public {
		open = readers.Closed(n.web.Refuse)
	}
	limited := n.limiter.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case n.websub != nil && strings.HasPrefix(r.URL.Path, n.websub.Path()):
			n.websub.ServeHTTP(w, r)
		case isPush(r):
			n.push.ServeHTTP(w, r)
		default:
			open.ServeHTTP(w, r)
		}
	}))
	invited := readers.New(readers.Options{
		Readers: n.readers, BaseURL: strings.TrimRight(n.c.BaseURL, "/"),
		Documents: pages, Elsewhere: limited, Limit: n.tokens,
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isPush(r) && n.push.Knows(r) {
			n.push.ServeHTTP(w, r)
			return
		}
		invited.ServeHTTP(w, r)
	})
}

func isPush(r *http.Request) bool {
	return r.URL.Path == push.Path || strings.HasPrefix(r.URL.Path, push.Path+"/")
}

// collectors are of the node as a whole.
func (n *node) collectors() []prometheus.Collector {
	gauge := func(name, help string, f func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f)
	}
	return []prometheus.Collector{
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("library_position", "Position of the journal that the library has read.", func() float64 { return float64(n.store.library.Position()) }),
		gauge("search_position", "Position of the journal that the search index has read.", func() float64 {
			if n.search == nil {
				return 0
			}
			return float64(n.search.Position())
		}),
		gauge("library_damaged_records", "Records of the journal that could not be read.", func() float64 { return float64(n.store.library.Damaged()) }),
		gauge("broker_connected", "1 while the broker is connected.", func() float64 {
			if n.store.broker.NC.Status() == nats.CONNECTED {
				return 1
			}
			return 0
		}),
	}
}

// adminHandler is for the operator: it has no password and belongs on loopback.
func (n *node) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(n.metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", n.readyz)
	mux.HandleFunc("GET /api/sources", n.listSources)
	n.sourceRoutes(mux)
	mux.HandleFunc("GET /api/websub", n.listHubs)
	// The operator's own way to send events, without a token.
	mux.Handle(push.Path, n.operator)
	mux.Handle(push.Path+"/", n.operator)
	mux.HandleFunc("POST /api/verify", n.verify)
	deadRoutes(mux, n.letters())
	dropRoutes(mux, n.drops())
	mux.HandleFunc("GET /api/explain", n.explainHTTP)
	mux.HandleFunc("POST /api/rules/test", jsonOnly(n.testRules))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	return mux
}

// readyz says whether the node can do its work: what it has is served even when
// it cannot.
func (n *node) readyz(w http.ResponseWriter, _ *http.Request) {
	select {
	case <-n.ready:
	default:
		http.Error(w, "the library is still reading the journal", http.StatusServiceUnavailable)
		return
	}
	if s := n.store.broker.NC.Status(); s != nats.CONNECTED {
		http.Error(w, "the broker is "+s.String()+"; feeds are served as they were", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}

func (n *node) listSources(w http.ResponseWriter, r *http.Request) {
	list, err := n.poll.Reports(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(list)
}

// eventUnit finds the unit of an event, plain or in a CloudEvent, for its subject.
func eventUnit(body []byte) (string, error) {
	var e struct {
		Unit json.RawMessage `json:"unit"`
		Data struct {
			Unit json.RawMessage `json:"unit"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return "", fmt.Errorf("not a JSON object: %w", err)
	}
	raw := e.Unit
	if raw == nil {
		raw = e.Data.Unit
	}
	var unit string
	if err := json.Unmarshal(raw, &unit); err != nil {
		unit = string(raw)
	}
	return unit, feeds.CheckUnit(unit)
}
