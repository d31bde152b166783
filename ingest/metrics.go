package ingest

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"loa/feeds"
)

type metrics struct{ inputs *prometheus.CounterVec }

func newMetrics() *metrics {
	return &metrics{inputs: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "ingest_inputs_total",
		Help: "Inputs by door and by what became of them: a result, a refusal's code, or error.",
	}, []string{"door", "outcome"})}
}

func (m *metrics) count(d feeds.Door, r Result, err error) {
	outcome := string(r)
	var refused *Refused
	switch {
	case errors.As(err, &refused):
		outcome = refused.Code
	case err != nil:
		outcome = "error"
	}
	m.inputs.WithLabelValues(string(d), outcome).Inc()
}

// Metrics returns the pipeline's collectors, for whoever serves them.
func (p *Pipeline) Metrics() []prometheus.Collector { return []prometheus.Collector{p.metrics.inputs} }
