package units

import (
	"cmp"
	"slices"
	"time"
)

// Succession joins a unit to one that came after it or went before it.
type Succession struct {
	Unit Unit // the other one
	Act  string
	Date time.Time
	// Whole is set when all of the older unit went into the younger one, and not
	// set when only a part did.
	Whole bool
}

// Successors returns the units that came directly after u, the earliest first.
// Among them may be units that got a part of u while it remained. None: u is in
// force, ended without successor, or its successors are not on record.
func (r *Register) Successors(u Unit) []Succession { return r.direct(u, r.next) }

// Predecessors returns the units that went directly before u.
func (r *Register) Predecessors(u Unit) []Succession { return r.direct(u, r.prev) }

func (r *Register) direct(u Unit, edges map[int32][]edge) []Succession {
	i, ok := r.find(u)
	if !ok {
		return nil
	}
	var out []Succession
	for _, e := range edges[i] {
		out = append(out, Succession{Unit: r.units[e.unit], Act: e.act, Date: e.date, Whole: e.whole})
	}
	return out
}

// Follow returns what has become of u at a time: u itself while it is in force,
// else those in force of the units that followed it, and of those that followed
// them, by code. It is empty before u begins, and when u ended without
// successor. Units that got a part of u while it remained do not count.
func (r *Register) Follow(u Unit, t time.Time) []Unit {
	start, ok := r.find(u)
	if !ok || !u.From.IsZero() && t.Before(u.From) {
		return nil
	}
	var out []Unit
	seen := map[int32]bool{start: true}
	for todo := []int32{start}; len(todo) > 0; {
		i := todo[0]
		todo = todo[1:]
		if r.units[i].InForce(t) {
			out = append(out, r.units[i])
			continue
		}
		for _, e := range r.next[i] {
			if e.date.Equal(r.units[i].To) && !seen[e.unit] {
				seen[e.unit] = true
				todo = append(todo, e.unit)
			}
		}
	}
	slices.SortFunc(out, func(a, b Unit) int { return cmp.Or(cmp.Compare(a.Code, b.Code), a.From.Compare(b.From)) })
	return out
}
