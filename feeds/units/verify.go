package units

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// verify holds the whole register to its two rules: one unit has a code at one
// time, and a unit's province is there for as long as the unit.
func (b *book) verify() error {
	var faults []error
	for _, code := range slices.Sorted(maps.Keys(b.byCode)) {
		ids := b.byCode[code]
		for n, i := range ids {
			u := b.units[i]
			if n+1 < len(ids) {
				if next := b.units[ids[n+1]]; u.To.IsZero() || next.From.Before(u.To) {
					at := b.from[ids[n+1]]
					if at.line == 0 { // the fault is that of a change, not of the data
						at = b.from[i]
					}
					faults = append(faults, at.errorf("unit %s (%s) begins on %s, but %s has that code until %s (%s): say first how that one ended, or give another code",
						code, next.FullName, day(next.From), u.FullName, cmp.Or(day(u.To), "now"), b.from[i]))
				}
			}
			if u.Province == "" {
				continue
			}
			until := b.covered(u.Province, u.From, u.To)
			if until.IsZero() {
				continue
			}
			at := b.from[i]
			for _, p := range b.byCode[u.Province] {
				if b.units[p].To.Equal(until) {
					at = cmp.Or(b.ended[p], at)
				}
			}
			faults = append(faults, at.errorf("unit %s (%s) has the province %s, which is not there on %s: move it to another province on that day, or check the code of the province",
				code, u.FullName, u.Province, day(until)))
		}
		if len(faults) >= maxFaults {
			break
		}
	}
	return joined(faults)
}

// covered returns the first day in [from, to) on which no unit has the code, or
// zero. Of a time before the data begin, its end is looked at.
func (b *book) covered(code string, from, to time.Time) time.Time {
	if from.IsZero() {
		if from = to.AddDate(0, 0, -1); to.IsZero() {
			from = day0
		}
	}
	for _, i := range b.byCode[code] {
		u := b.units[i]
		if from.Before(u.From) {
			break
		}
		if u.To.IsZero() || !to.IsZero() && !u.To.Before(to) {
			return time.Time{}
		}
		if u.To.After(from) {
			from = u.To
		}
	}
	return from
}

// day0 stands for today in checks of units without begin and end.
var day0 = time.Date(2025, 7, 1, 0, 0, 0, 0, Zone)
