package cache

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// Op names a method of [Cache] in metrics.
type Op int

// The methods.
const (
	OpGet Op = iota
	OpSet
	OpDelete
	OpLease
	OpRelease
	OpReserve
	OpAllow
	OpPing
	ops
)

// String is the label in metrics.
func (o Op) String() string {
	return [ops]string{"get", "set", "delete", "lease", "release", "reserve", "allow", "ping"}[o]
}

// Outcome says in metrics how a call ended.
type Outcome int

// The outcomes.
const (
	OK          Outcome = iota // done, allowed, granted
	Hit                        // a Get that found
	Miss                       // a Get that did not find
	Refused                    // not allowed, held by another, too large
	Failed                     // an error, also a wrong argument
	Unavailable                // not even asked: the shared cache was known to be away
	outcomes
)

// String is the label in metrics.
func (o Outcome) String() string {
	return [outcomes]string{"ok", "hit", "miss", "refused", "error", "unavailable"}[o]
}

// Counters count the calls of one cache by method and outcome.
type Counters struct {
	vec  *prometheus.CounterVec
	each [ops][outcomes]prometheus.Counter
}

// NewCounters returns counters for the cache that metrics call by this name.
func NewCounters(cache string) *Counters {
	c := &Counters{vec: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name:        "cache_requests_total",
		Help:        "Calls of a cache, by method and outcome.",
		ConstLabels: prometheus.Labels{"cache": cache},
	}, []string{"op", "outcome"})}
	for op := range ops {
		for outcome := range outcomes {
			c.each[op][outcome] = prometheus.NewCounter(prometheus.CounterOpts{Name: "unused"})
		}
	}
	for op, possible := range map[Op][]Outcome{
		OpGet:     {Hit, Miss},
		OpSet:     {OK, Refused},
		OpDelete:  {OK},
		OpLease:   {OK, Refused},
		OpRelease: {OK},
		OpReserve: {OK, Refused},
		OpAllow:   {OK, Refused},
		OpPing:    {OK},
	} {
		for _, outcome := range append(possible, Failed, Unavailable) {
			c.each[op][outcome] = c.vec.WithLabelValues(op.String(), outcome.String())
		}
	}
	return c
}

// Count adds one call.
func (c *Counters) Count(op Op, outcome Outcome) { c.each[op][outcome].Inc() }

// Metrics are the counters, for a registry.
func (c *Counters) Metrics() []prometheus.Collector { return []prometheus.Collector{c.vec} }

// failed counts a call that ends with err, and returns err.
func (c *Counters) failed(op Op, err error) error {
	if errors.Is(err, ErrClosed) {
		c.Count(op, Unavailable)
	} else {
		c.Count(op, Failed)
	}
	return err
}

func hitOrMiss(found bool) Outcome {
	if found {
		return Hit
	}
	return Miss
}

func okOrRefused(ok bool) Outcome {
	if ok {
		return OK
	}
	return Refused
}
