package web

import (
	"slices"
	"time"

	"loa/feeds/units"
	"loa/feeds/vntext"
)

// names answers what the register knows of a code at a time. It is empty without
// a register; then only UnitName of the options gives names.
type names struct {
	register *units.Register
	name     func(code string, at time.Time) string
}

// UnitName returns the name of a unit by the register: that of the unit that has
// the code at a time, else of the last one that had it, else of the first that
// will; "" for a code that is nobody's.
func UnitName(r *units.Register) func(code string, at time.Time) string {
	return func(code string, at time.Time) string {
		u, _ := r.Nearest(code, at)
		return u.FullName
	}
}

// ended returns the unit that a code stands for at a time, if that unit is over
// by now: on a day in the past it may have been in force.
func (n *names) ended(code string, at, now time.Time) (units.Unit, bool) {
	if n.register == nil {
		return units.Unit{}, false
	}
	u, ok := n.register.Nearest(code, at)
	return u, ok && !u.To.IsZero() && !now.Before(u.To)
}

// successors are the units in force in place of one that ended, in Vietnamese
// order of their names.
func (n *names) successors(u units.Unit, now time.Time) []units.Unit {
	next := n.register.Follow(u, now)
	vntext.Sort(next, func(u units.Unit) string { return u.Name })
	return next
}

// absent reports whether the register knows the code, but not at that time.
func (n *names) absent(code string, at time.Time) bool {
	if n.register == nil || len(n.register.History(code)) == 0 {
		return false
	}
	_, ok := n.register.At(code, at)
	return !ok
}

// chain returns the code of a unit and those of all units that came after it by
// a time, on every way, each once; what got only a part of one that remained does
// not count.
func (n *names) chain(code string, at time.Time) []string {
	codes := []string{code}
	if n.register == nil {
		return codes
	}
	u, ok := n.register.Nearest(code, at)
	if !ok {
		return codes
	}
	seen := map[string]bool{u.ID(): true}
	for todo := []units.Unit{u}; len(todo) > 0; todo = todo[1:] {
		u := todo[0]
		for _, s := range n.register.Successors(u) {
			if !s.Date.Equal(u.To) || at.Before(s.Date) || seen[s.Unit.ID()] {
				continue
			}
			seen[s.Unit.ID()] = true
			todo = append(todo, s.Unit)
			if !slices.Contains(codes, s.Unit.Code) {
				codes = append(codes, s.Unit.Code)
			}
		}
	}
	return codes
}

// since is the last moment by a time at which a unit of the code began or ended,
// and with that what its documents say; zero if the register does not tell.
func (n *names) since(code string, at time.Time) time.Time {
	var last time.Time
	if n.register == nil {
		return last
	}
	for _, u := range n.register.History(code) {
		for _, t := range []time.Time{u.From, u.To} {
			if !t.After(at) && t.After(last) {
				last = t
			}
		}
	}
	return last
}
