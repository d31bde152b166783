package web

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"loa/feeds"
)

// origin says where a served document came from.
type origin int

const (
	fromMemory   origin = iota // this process
	fromShared                 // the cache that nodes share
	fromRenderer               // rendered for this request, or for one that it waited with
	fromPast                   // the last good one, because of a failure
	origins
)

// metrics counts with counters that are looked up once: requests only add.
type metrics struct {
	renders   *prometheus.CounterVec
	byFormat  map[feeds.Format]prometheus.Counter
	documents *prometheus.CounterVec
	byOrigin  [origins]prometheus.Counter
	responses *prometheus.CounterVec
	byStatus  map[int]prometheus.Counter
	failures  prometheus.Counter
	variants  *prometheus.CounterVec
	byCoding  [codings]prometheus.Counter
}

func newMetrics() *metrics {
	m := &metrics{
		renders: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "renders_total", Help: "Documents that were rendered, by format; html are pages.",
		}, []string{"format"}),
		documents: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "documents_total", Help: "Documents that were served, also as 304, by where they came from.",
		}, []string{"origin"}),
		responses: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "responses_total", Help: "Answers of the public server, by status code.",
		}, []string{"code"}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "document_failures_total", Help: "Documents that could not be made.",
		}),
		variants: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "variants_total", Help: "Documents that were compressed, by content coding.",
		}, []string{"coding"}),
		byFormat: map[feeds.Format]prometheus.Counter{},
		byStatus: map[int]prometheus.Counter{},
	}
	for _, f := range append(feeds.Formats[:], page, opml, sitemap) {
		m.byFormat[f] = m.renders.WithLabelValues(string(f))
	}
	for o, name := range [origins]string{"memory", "shared", "rendered", "stale"} {
		m.byOrigin[o] = m.documents.WithLabelValues(name)
	}
	for _, code := range []int{200, 204, 226, 301, 302, 304, 400, 404, 405, 406, 410, 412, 429, 503} {
		m.byStatus[code] = m.responses.WithLabelValues(strconv.Itoa(code))
	}
	for c := range codings {
		if c != identity {
			m.byCoding[c] = m.variants.WithLabelValues(codingNames[c].name)
		}
	}
	return m
}

// Metrics are the server's metrics, for a registry that adds the prefix.
func (s *Server) Metrics() []prometheus.Collector {
	m := s.metrics
	return []prometheus.Collector{m.renders, m.documents, m.responses, m.failures, m.variants,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "documents_kept_bytes", Help: "Bytes of decoded documents in memory."},
			func() float64 { return float64(s.feeds.WeightedSize() + s.articles.WeightedSize()) })}
}
