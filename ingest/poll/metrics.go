package poll

import (
	"cmp"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	polls  *prometheus.CounterVec
	new    prometheus.Counter
	held   prometheus.Gauge
	floods prometheus.Counter
	quiet  prometheus.Counter
	pages  *prometheus.CounterVec
}

func newMetrics() *metrics {
	return &metrics{
		polls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "poll_polls_total", Help: "Polls by outcome: ok, unchanged, or the code of the fault.",
		}, []string{"outcome"}),
		new: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "poll_articles_total", Help: "New or revised articles that polls brought.",
		}),
		held: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "poll_held", Help: "Sources that are held, as far as this node has polled them: their new articles are no news.",
		}),
		floods: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "poll_floods_total", Help: "Documents that were judged a flood.",
		}),
		pages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "poll_pages_total", Help: "Pages of articles that were asked for, by who found the text: page, readability, feed (no better one), or none (not read).",
		}, []string{"by"}),
		quiet: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "poll_quiet_articles_total", Help: "New articles that were taken quietly.",
		}),
	}
}

func (m *metrics) count(code string, a Answer) {
	outcome := cmp.Or(code, "ok")
	if a.Status == 304 {
		outcome = "unchanged"
	}
	m.polls.WithLabelValues(outcome).Inc()
	m.new.Add(float64(a.New))
}

// Metrics returns the door's collectors.
func (d *Door) Metrics() []prometheus.Collector {
	return []prometheus.Collector{d.metrics.polls, d.metrics.new, d.metrics.held, d.metrics.floods, d.metrics.quiet, d.metrics.pages}
}
