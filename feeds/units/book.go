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
