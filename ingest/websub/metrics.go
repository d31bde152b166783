package websub

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	pings    *prometheus.CounterVec
	articles prometheus.Counter
	phases   []prometheus.Collector
}

func newMetrics(s *Subscriber) *metrics {
	m := &metrics{
		pings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "websub_pings_total", Help: "Pings of hubs by the status of the answer.",
		}, []string{"status"}),
		articles: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "websub_articles_total", Help: "New or revised articles that pings brought.",
		}),
	}
	for _, p := range []Phase{None, Pending, Active, Renewing, Denied, Dead, Leaving} {
		m.phases = append(m.phases, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "websub_sources", Help: "Sources with a hub by phase.", ConstLabels: prometheus.Labels{"phase": string(p)},
		}, func() float64 { return float64(s.count(p)) }))
	}
	return m
}

func (s *Subscriber) count(p Phase) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.view {
		if st.Phase == p {
			n++
		}
	}
	return n
}

// Metrics returns the door's collectors.
func (s *Subscriber) Metrics() []prometheus.Collector {
	return append([]prometheus.Collector{s.metrics.pings, s.metrics.articles}, s.metrics.phases...)
}
