package units

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"loa/feeds/vntext"
)

// Register answers which units there are and were. It never changes after
// [Load] and may be used by any number of goroutines.
type Register struct {
	units   []Unit          // by code, then by begin
	spans   map[string]span // of a code in units
	names   map[string][]int32
	marked  []string // key of the full name
	plain   []string // the same without marks
	next    map[int32][]edge
	prev    map[int32][]edge
	wrong   map[string]string // codes that lists had wrong
	version string
	places  func() []int32 // place of each unit in Vietnamese order
}

type span struct{ lo, hi int32 }

type edge struct {
	unit  int32
	act   string
	date  time.Time
	whole bool
}

// Load makes the register from the data that come with the package and the
// operator's changes, in whatever order they are given. Without error all of it
// is consistent: no two units have one code at one time, and each unit lies in a
// province that is there for as long as the unit is. The errors are of type
// [*ChangeError], joined, and name the file and the line.
func Load(changes ...Change) (*Register, error) {
	b := newBook()
	if err := b.base(); err != nil {
		return nil, fmt.Errorf("read units: %w", err)
	}
	shipped, err := shippedChanges()
	if err != nil {
		return nil, fmt.Errorf("read units: %w", err)
	}
	if err := b.changes(slices.Concat(shipped, changes)); err != nil {
		return nil, err
	}
	return b.register(), nil
}

// register orders what the book has and indexes it.
func (b *book) register() *Register {
	order := make([]int32, len(b.units))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int {
		return cmp.Or(cmp.Compare(b.units[i].Code, b.units[j].Code), b.units[i].From.Compare(b.units[j].From))
	})
	r := &Register{
		units: make([]Unit, len(order)), spans: make(map[string]span, len(order)),
		names: make(map[string][]int32, len(order)), marked: make([]string, len(order)), plain: make([]string, len(order)),
		next: map[int32][]edge{}, prev: map[int32][]edge{}, wrong: b.wrong,
	}
	place := make([]int32, len(order))
	for n, i := range order {
		id := int32(n)
		place[i] = id
		u := b.units[i]
		r.units[n] = u
		s, ok := r.spans[u.Code]
		if !ok {
			s.lo = id
		}
		s.hi = id + 1
		r.spans[u.Code] = s
		r.marked[n] = vntext.Key(u.FullName)
		r.plain[n] = vntext.KeyNoMarks(r.marked[n])
		r.names[r.marked[n]] = append(r.names[r.marked[n]], id)
	}
	for _, e := range b.edges {
		from, to := place[e.from], place[e.to]
		r.next[from] = append(r.next[from], edge{to, e.act, e.date, e.whole})
		r.prev[to] = append(r.prev[to], edge{from, e.act, e.date, e.whole})
	}
	for _, m := range []map[int32][]edge{r.next, r.prev} {
		for _, es := range m {
			slices.SortFunc(es, func(a, b edge) int {
				return cmp.Or(a.date.Compare(b.date), cmp.Compare(a.unit, b.unit))
			})
		}
	}
	r.version = r.digest()
	r.places = sync.OnceValue(r.collate)
	return r
}

// Version is a digest of all units and successions. It is the same wherever the
// same data and changes were loaded; documents that show names are made anew
// when it changes.
func (r *Register) Version() string { return r.version }

func (r *Register) digest() string {
	h := sha256.New()
	var buf []byte
	str := func(s string) {
		buf = append(append(buf, s...), 0)
	}
	for i, u := range r.units {
		buf = buf[:0]
		for _, s := range []string{u.Code, u.FullName, u.Province, u.District, u.Act, u.EndAct} {
			str(s)
		}
		buf = u.From.AppendFormat(buf, time.DateOnly)
		buf = append(u.To.AppendFormat(buf, time.DateOnly), 0)
		for _, e := range r.next[int32(i)] {
			buf = fmt.Appendf(buf, "%s %s %s %t\x00", r.units[e.unit].ID(), e.act, e.date.Format(time.DateOnly), e.whole)
		}
		_, _ = h.Write(buf)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// At returns the unit that had, has or will have the code at a time. Where a
// published list had a wrong code, that code leads to the unit that was meant.
func (r *Register) At(code string, t time.Time) (Unit, bool) {
	i, ok := r.at(code, t)
	if !ok {
		return Unit{}, false
	}
	return r.units[i], true
}

func (r *Register) at(code string, t time.Time) (int32, bool) {
	s := r.span(code)
	for i := s.lo; i < s.hi; i++ {
		if r.units[i].InForce(t) {
			return i, true
		}
	}
	return 0, false
}

// Nearest is the unit that has a code at a time, else the last one that had it,
// else the first that will; false for a code that is nobody's.
func (r *Register) Nearest(code string, t time.Time) (Unit, bool) {
	if u, ok := r.At(code, t); ok {
		return u, true
	}
	all := r.History(code)
	if len(all) == 0 {
		return Unit{}, false
	}
	for _, u := range slices.Backward(all) {
		if !u.To.IsZero() && !t.Before(u.To) {
			return u, true
		}
	}
	return all[0], true
}

// Province returns the code of the province that a unit is in at a time, a
// province's own code, and "" for a code that is nobody's.
func (r *Register) Province(code string, t time.Time) string {
	u, ok := r.Nearest(code, t)
	if !ok {
		return ""
	}
	return cmp.Or(u.Province, u.Code)
}

// Latest returns the unit in force that has the code, or the last one that had
// it. It knows no clock: a change that was loaded ahead of its day counts. What
// shows a name to people asks [Register.At] with the time of showing.
func (r *Register) Latest(code string) (Unit, bool) {
	s := r.span(code)
	if s.lo == s.hi {
		return Unit{}, false
	}
	return r.units[s.hi-1], true
}

func (r *Register) span(code string) span {
	s, ok := r.spans[code]
	if !ok {
		s = r.spans[r.wrong[code]]
	}
	return s
}

// History returns all units that ever had the code, the oldest first.
func (r *Register) History(code string) []Unit {
	s := r.span(code)
	return slices.Clone(r.units[s.lo:s.hi])
}

// find returns the place of a unit of this register.
func (r *Register) find(u Unit) (int32, bool) {
	s := r.spans[u.Code]
	for i := s.lo; i < s.hi; i++ {
		if r.units[i].From.Equal(u.From) {
			return i, true
		}
	}
	return 0, false
}

var errData = errors.New("units: bad data")
