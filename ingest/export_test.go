package ingest

import (
	"time"

	"loa/feeds"
	"loa/ingest/identify"
)

// Settle is what an article becomes after the inputs in their order, with the
// decision alone and no journal: for the property that order does not matter.
func Settle(now time.Time, inputs []Input) (state *feeds.Record, appended int) {
	for _, in := range inputs {
		c := claim(in, identify.Keys(key(in)), now)
		next, result := decide(state, c)
		if result == Unchanged || result == Stale {
			continue
		}
		state = &next
		appended++
	}
	return state, appended
}

// Next is what one more input would do to an article.
func Next(current *feeds.Record, in Input) Result {
	_, result := decide(current, claim(in, identify.Keys(key(in)), in.Arrived))
	return result
}

// SketchOf is the sketch of an article, as records carry it.
var SketchOf = sketchOf

// Announced is the record that ends an article's quiet.
func Announced(r *feeds.Record, at time.Time) (feeds.Record, bool) { return announced(r, "s", at) }
