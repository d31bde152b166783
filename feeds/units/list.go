package units

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"loa/feeds/vntext"
)

// collate returns the place of each unit among all in Vietnamese order of names.
// It is the dearest index, and only lists need it: it is made when the first one
// is asked for.
func (r *Register) collate() []int32 {
	order := make([]int32, len(r.units))
	for i := range order {
		order[i] = int32(i)
	}
	vntext.Sort(order, func(i int32) string { return r.units[i].Name })
	// Units of one name stand together: provinces first, then by kind and code.
	name := func(i int32) string { return strings.TrimPrefix(r.marked[i], r.units[i].Kind+" ") }
	for lo := 0; lo < len(order); {
		hi := lo + 1
		for hi < len(order) && name(order[hi]) == name(order[lo]) {
			hi++
		}
		slices.SortFunc(order[lo:hi], func(i, j int32) int {
			a, b := &r.units[i], &r.units[j]
			return cmp.Or(cmp.Compare(a.Level(), b.Level()), strings.Compare(a.Kind, b.Kind), cmp.Compare(i, j))
		})
		lo = hi
	}
	places := make([]int32, len(order))
	for n, i := range order {
		places[i] = int32(n)
	}
	return places
}

// Provinces returns the provinces and the cities under the central government at
// a time, in Vietnamese order of their names.
func (r *Register) Provinces(t time.Time) []Unit {
	return r.list(func(u *Unit) bool { return u.Level() == Province && u.InForce(t) })
}

// Communes returns the communes, wards, towns and special zones of a province at
// a time, in Vietnamese order of their names.
func (r *Register) Communes(province string, t time.Time) []Unit {
	return r.list(func(u *Unit) bool { return u.Province == province && u.Level() == Commune && u.InForce(t) })
}

func (r *Register) list(keep func(*Unit) bool) []Unit {
	var ids []int32
	for i := range r.units {
		if keep(&r.units[i]) {
			ids = append(ids, int32(i))
		}
	}
	places := r.places()
	slices.SortFunc(ids, func(i, j int32) int { return cmp.Compare(places[i], places[j]) })
	out := make([]Unit, len(ids))
	for n, i := range ids {
		out[n] = r.units[i]
	}
	return out
}

// Search returns units at a time whose name has q in it, for people who type.
// Marks need not be typed, but units whose name has them as typed come first;
// then names that are q, that begin with it, that have a word that does, and the
// rest, each in Vietnamese order. limit 0 means all.
func (r *Register) Search(q string, t time.Time, limit int) []Unit {
	if len(q) > maxQuery {
		return nil
	}
	marked := nameKey(q)
	plain := vntext.KeyNoMarks(marked)
	if plain == "" {
		return nil
	}
	type hit struct {
		rank int
		unit int32
	}
	var hits []hit
	for i := range r.units {
		u := &r.units[i]
		if !u.InForce(t) {
			continue
		}
		if rank := match(r.marked[i], strings.TrimPrefix(r.marked[i], u.Kind+" "), marked); rank >= 0 {
			hits = append(hits, hit{rank, int32(i)})
		} else if rank := match(r.plain[i], r.plainName(int32(i)), plain); rank >= 0 {
			hits = append(hits, hit{10 + rank, int32(i)})
		}
	}
	places := r.places()
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(places[a.unit], places[b.unit]))
	})
	if limit > 0 && len(hits) > limit {
		hits = hits[:limit]
	}
	out := make([]Unit, len(hits))
	for n, h := range hits {
		out[n] = r.units[h.unit]
	}
	return out
}

// match ranks how q stands in a full name and in its name; -1: not at all.
func match(full, name, q string) int {
	switch {
	case full == q || name == q:
		return 0
	case strings.HasPrefix(name, q) || strings.HasPrefix(full, q):
		return 1
	case strings.Contains(full, " "+q):
		return 2
	case strings.Contains(full, q):
		return 3
	}
	return -1
}
