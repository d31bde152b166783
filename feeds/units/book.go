package units

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
)

// book is the register while it is written: units in the order in which they
// became known, and changes applied to them day by day.
type book struct {
	units  []Unit
	from   []origin           // what made each unit
	ended  map[int32]origin   // what ended those that a change ended
	byCode map[string][]int32 // in order of begin
	edges  []link
	wrong  map[string]string
	old    int32 // how many units there were before the day that is written
	named  int32 // and after those that it gives by name
}

type link struct {
	from, to int32
	date     time.Time
	act      string
	whole    bool
}

// maxBook bounds how many units changes may make: each change of a province's
// code makes all its communes anew.
const maxBook = 100_000

// maxFaults bounds how many faults are told at once.
const maxFaults = 20

func newBook() *book {
	return &book{
		units: make([]Unit, 0, 3600), from: make([]origin, 0, 3600), byCode: make(map[string][]int32, 3600),
		ended: map[int32]origin{}, wrong: map[string]string{},
	}
}

func (b *book) add(u Unit, at origin) int32 {
	i := int32(len(b.units))
	b.units = append(b.units, u)
	b.from = append(b.from, at)
	ids := append(b.byCode[u.Code], i)
	slices.SortStableFunc(ids, func(x, y int32) int { return b.units[x].From.Compare(b.units[y].From) })
	b.byCode[u.Code] = ids
	return i
}

// before returns the unit that had the code just before a day.
func (b *book) before(code string, day time.Time) (int32, bool) {
	for _, i := range b.byCode[code] {
		if u := b.units[i]; u.From.Before(day) && (u.To.IsZero() || !u.To.Before(day)) {
			return i, true
		}
	}
	return 0, false
}

// beginning returns the unit with the code that begins on a day.
func (b *book) beginning(code string, day time.Time) (int32, bool) {
	for _, i := range b.byCode[code] {
		if b.units[i].From.Equal(day) {
			return i, true
		}
	}
	return 0, false
}

// changes applies changes day by day. All changes of a day see the units as they
// were before that day, so their order in the files does not matter. Each joins
// units that are older than the day to units that begin on it, which is why
// succession can have no cycle.
func (b *book) changes(all []Change) error {
	days := map[time.Time][]Change{}
	for _, c := range all {
		days[c.date] = append(days[c.date], c)
	}
	for _, day := range slices.SortedFunc(maps.Keys(days), time.Time.Compare) {
		if err := b.day(day, days[day]); err != nil {
			return err
		}
	}
	return b.verify()
}

func (b *book) day(day time.Time, changes []Change) error {
	var faults []error
	b.old = int32(len(b.units))
	sources := make([][]int32, len(changes))
	for n, c := range changes {
		var err error
		if sources[n], err = b.sources(c); err != nil {
			faults = append(faults, err)
		}
	}
	if len(faults) > 0 {
		return joined(faults)
	}
	targets := make([][]int32, len(changes))
	// Units are made first, so that a code alone may name one from any change.
	for _, references := range []bool{false, true} {
		if references {
			b.named = int32(len(b.units))
		}
		for n, c := range changes {
			ids, err := b.targets(c, sources[n], references)
			if err != nil {
				faults = append(faults, err)
			}
			targets[n] = append(targets[n], ids...)
		}
	}
	if len(faults) > 0 {
		return joined(faults)
	}
	first := len(b.edges)
	for n, c := range changes {
		one := len(c.to) == 1
		for i, from := range sources[n] {
			if len(c.units) > 1 && (c.kind == Moved || c.kind == Upgraded) {
				b.edges = append(b.edges, link{from, targets[n][i], day, c.act, true})
				continue
			}
			for _, to := range targets[n] {
				b.edges = append(b.edges, link{from, to, day, c.act, one && !c.units[i].part})
			}
		}
	}
	if err := b.twice(first, changes); err != nil {
		return err
	}
	for n, c := range changes {
		for i, from := range sources[n] {
			if b.units[from].Level() == Province && !c.units[i].part {
				b.follow(from, targets[n], c)
			}
		}
		if len(b.units) > maxBook {
			return c.at.errorf("the changes make more than %d units: check whether provinces change again and again", maxBook)
		}
	}
	return nil
}

// twice refuses to join two units twice on one day.
func (b *book) twice(first int, changes []Change) error {
	seen := map[[2]int32]bool{}
	for _, e := range b.edges[first:] {
		pair := [2]int32{e.from, e.to}
		if seen[pair] {
			from, to := b.units[e.from], b.units[e.to]
			at := changes[0].at
			for _, c := range changes {
				if slices.ContainsFunc(c.units, func(s source) bool { return s.code == from.Code }) {
					at = c.at
				}
			}
			return at.errorf("that %s became %s is said twice on %s: leave one out", from, to, day(e.date))
		}
		seen[pair] = true
	}
	return nil
}

// sources finds the units of a change and ends those that end.
func (b *book) sources(c Change) ([]int32, error) {
	ids := make([]int32, 0, len(c.units))
	for _, s := range c.units {
		i, ok := b.before(s.code, c.date)
		if !ok {
			return nil, b.missing(s.code, c)
		}
		u := &b.units[i]
		ids = append(ids, i)
		if s.part {
			continue
		}
		if !u.To.IsZero() {
			by := cmp.Or(b.ended[i], b.from[i])
			return nil, c.at.errorf("unit %s (%s) has its end on %s already (%s): a unit ends once; put all that became of it on one day into one change, or take the date from the act",
				u.Code, u.FullName, day(u.To), by)
		}
		u.To, u.EndAct = c.date, c.act
		b.ended[i] = c.at
	}
	return ids, nil
}

// missing says why no unit had a code just before a change.
func (b *book) missing(code string, c Change) error {
	ids := b.byCode[code]
	if right, ok := b.wrong[code]; ok {
		return c.at.errorf("unit %s: some lists have this code by mistake; write %s", code, right)
	}
	if len(ids) == 0 {
		return c.at.errorf("unknown code %s: no unit ever had it; look the unit up by name, or add the change that created it", code)
	}
	var last *Unit
	for _, i := range ids {
		if u := &b.units[i]; u.From.Before(c.date) {
			last = u
		}
	}
	if last == nil {
		u := b.units[ids[0]]
		return c.at.errorf("unit %s (%s) begins on %s, not before %s: check the date", code, u.FullName, day(u.From), day(c.date))
	}
	return c.at.errorf("unit %s (%s) ended on %s by %s: name its successor, or check the date", code, last.FullName, day(last.To), last.EndAct)
}

// targets makes the units that begin by a change, or, if references is set, finds
// those that another change or the data make on that day.
func (b *book) targets(c Change, sources []int32, references bool) ([]int32, error) {
	if len(c.units) > 1 && (c.kind == Moved || c.kind == Upgraded) {
		if references {
			return nil, nil
		}
		ids := make([]int32, 0, len(sources))
		for n := range sources {
			i, err := b.target(c, c.to[0], sources[n:n+1])
			if err != nil {
				return nil, err
			}
			ids = append(ids, i)
		}
		return ids, nil
	}
	var ids []int32
	for _, t := range c.to {
		if b.reference(c, t, sources) != references {
			continue
		}
		if references {
			i, ok := b.beginning(t.code, c.date)
			if (!ok || i >= b.named) && c.kind == Renamed {
				made, err := b.target(c, t, sources) // another code, and nothing else
				if err != nil {
					return nil, err
				}
				ids = append(ids, made)
				continue
			}
			if !ok {
				return nil, c.at.errorf("no unit with the code %s begins on %s: add its full_name and province", t.code, day(c.date))
			}
			for _, s := range sources {
				if err := levels(c, b.units[s], b.units[i]); err != nil {
					return nil, err
				}
			}
			ids = append(ids, i)
			continue
		}
		i, err := b.target(c, t, sources)
		if err != nil {
			return nil, err
		}
		ids = append(ids, i)
	}
	return ids, nil
}

// reference reports whether t names a unit that it does not make: by its code
// alone, unless that is a unit of the change that goes on.
func (b *book) reference(c Change, t target, sources []int32) bool {
	if t.code == "" || t != (target{code: t.code}) {
		return false
	}
	if i, ok := b.beginning(t.code, c.date); ok && i < b.old {
		return true
	}
	return !b.among(t.code, sources)
}

func (b *book) among(code string, sources []int32) bool {
	return slices.ContainsFunc(sources, func(i int32) bool { return b.units[i].Code == code })
}

// target makes one unit.
func (b *book) target(c Change, t target, sources []int32) (int32, error) {
	u := Unit{Code: t.code, FullName: t.fullName, Province: t.province, District: t.district, From: c.date, Act: c.act}
	var like *Unit // the unit that it goes on from
	for _, i := range sources {
		if s := &b.units[i]; s.Code == u.Code || c.kind == Renamed || c.kind == Moved || c.kind == Upgraded {
			like = s
		}
	}
	if like != nil {
		u.Code = cmp.Or(u.Code, like.Code)
		u.FullName = cmp.Or(u.FullName, like.FullName)
		if t.kind != "" {
			u.FullName = t.kind + " " + like.Name
		}
	}
	if u.FullName == "" {
		return 0, c.at.errorf("unit %s is new: add its full_name", u.Code)
	}
	l, _ := levelOf(u.Code)
	var ok bool
	if u.Kind, u.Name, ok = splitName(l, u.FullName); !ok {
		return 0, c.at.errorf("%q does not begin with the kind of a %s (%s): write the full name, or check the code %s",
			u.FullName, l, strings.Join(l.kinds(), ", "), u.Code)
	}
	u.FullName = capital(u.Kind) + " " + u.Name
	if err := b.home(c, &u, t, sources); err != nil {
		return 0, err
	}
	if like != nil && len(c.to) == 1 && len(sources) == 1 && u.Code == like.Code && u.FullName == like.FullName && u.Province == like.Province && u.District == like.District {
		return 0, c.at.errorf("%s changes nothing about unit %s (%s): say in to what is new", c.kind, u.Code, u.FullName)
	}
	for _, s := range sources {
		if err := levels(c, b.units[s], u); err != nil {
			return 0, err
		}
	}
	if i, taken := b.beginning(u.Code, c.date); taken {
		return 0, c.at.errorf("unit %s (%s) begins on that day already (%s): give its code alone to mean that one, or another code", u.Code, b.units[i].FullName, b.from[i])
	}
	return b.add(u, c.at), nil
}

// home fills in the province and the district of a unit from those that it comes
// from, where they agree.
func (b *book) home(c Change, u *Unit, t target, sources []int32) error {
	if u.Level() == Province {
		if u.Province != "" || u.District != "" {
			return c.at.errorf("%s is a province itself: leave province and district out", u.FullName)
		}
		return nil
	}
	if u.Province == "" {
		for _, i := range sources {
			if p := b.units[i].Province; u.Province != "" && p != u.Province {
				return c.at.errorf("the units of %s lie in several provinces: add province to to", u.Code)
			} else {
				u.Province = p
			}
		}
	}
	if u.Province == "" {
		return c.at.errorf("unit %s has no province: add province to to", u.Code)
	}
	if u.District != "" || t.province != "" || u.Level() != Commune {
		return nil
	}
	for n, i := range sources {
		d := b.units[i].District
		if n > 0 && d != u.District {
			u.District = ""
			break
		}
		u.District = d
	}
	return nil
}

// levels refuses succession between tiers, but for districts, whose communes
// took over from them.
func levels(c Change, from, to Unit) error {
	if from.Level() == to.Level() || from.Level() == District && to.Level() == Commune {
		return nil
	}
	return c.at.errorf("%s is a %s and %s is a %s: only units of one level follow each other; check the codes", from, from.Level(), to, to.Level())
}

// follow moves the units of a province that ended to the one province that came
// after it, if that has another code.
func (b *book) follow(from int32, to []int32, c Change) {
	p := b.units[from]
	if _, there := b.beginning(p.Code, c.date); there || len(to) != 1 {
		return
	}
	for i := range int32(len(b.units)) {
		u := b.units[i]
		if u.Province != p.Code || !u.From.Before(c.date) || !u.To.IsZero() {
			continue
		}
		b.units[i].To, b.units[i].EndAct = c.date, c.act
		b.ended[i] = c.at
		u.Province, u.From, u.Act = b.units[to[0]].Code, c.date, c.act
		b.edges = append(b.edges, link{i, b.add(u, c.at), c.date, c.act, true})
	}
}

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
			if until := b.covered(u.Province, u.From, u.To); until.IsZero() {
				continue
			} else {
				at := b.from[i]
				for _, p := range b.byCode[u.Province] {
					if b.units[p].To.Equal(until) {
						at = cmp.Or(b.ended[p], at)
					}
				}
				faults = append(faults, at.errorf("unit %s (%s) has the province %s, which is not there on %s: move it to another province on that day, or check the code of the province",
					code, u.FullName, u.Province, day(until)))
			}
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

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(Zone).Format(time.DateOnly)
}

func joined(faults []error) error {
	if len(faults) > maxFaults {
		faults = faults[:maxFaults]
	}
	return errors.Join(faults...)
}

func capital(s string) string {
	for i, r := range s {
		return string(unicode.ToUpper(r)) + s[i+len(string(r)):]
	}
	return s
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

func keyList[V any](m map[string]V) string {
	return strings.Join(slices.Sorted(maps.Keys(m)), ", ")
}
