package cache_test

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// gather returns the metrics of a cache by name and labels, in the form
// name/value/value, after checking that a registry takes them.
func gather(t testing.TB, c interface{ Metrics() []prometheus.Collector }) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	for _, collector := range c.Metrics() {
		if err := registry.Register(collector); err != nil {
			t.Fatal(err)
		}
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]float64)
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, label := range m.GetLabel() {
				name += "/" + label.GetValue()
			}
			all[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return all
}
