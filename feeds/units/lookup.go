package units

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"loa/feeds/vntext"
)

// maxQuery bounds what is looked up by name, in bytes; longer ones name nothing.
const maxQuery = 300

// short are the usual abbreviations of kinds, by their keys.
var short = []struct{ form, kind string }{
	{"tp.", ThanhPho}, {"tp ", ThanhPho}, {"tx.", ThiXa}, {"tx ", ThiXa}, {"tt.", ThiTran}, {"tt ", ThiTran},
	{"t.", Tinh}, {"h.", Huyen}, {"q.", Quan}, {"x.", Xa}, {"p.", Phuong}, {"đk.", DacKhu},
}

// nameKey is the key of a full name, abbreviated kinds written out.
func nameKey(s string) string {
	k := vntext.Key(s)
	for _, a := range short {
		if rest, ok := strings.CutPrefix(k, a.form); ok {
			return a.kind + " " + strings.TrimSpace(rest)
		}
	}
	return k
}

// ByFullName returns the units with a full name at a time, by code. Unicode
// form, case, spacing, tone placement and look-alikes do not count, and TP., TX.,
// TT., P. and the like are taken for kinds. Many units share their full name, so
// all are returned; what follows after commas, the full name or the name of the
// district or the province, narrows: `Xã Yên Lạc, tỉnh Phú Thọ`.
func (r *Register) ByFullName(name string, t time.Time) []Unit {
	first, within := parts(name)
	return r.named(nameKey(first), within, t)
}

func parts(name string) (first string, within []string) {
	if len(name) > maxQuery {
		return "", nil
	}
	first, rest, more := strings.Cut(name, ",")
	if more {
		within = strings.Split(rest, ",")
	}
	return first, within
}

func (r *Register) named(key string, within []string, t time.Time) []Unit {
	var out []Unit
	for _, i := range r.names[key] {
		if r.units[i].InForce(t) && r.within(i, within, t) {
			out = append(out, r.units[i])
		}
	}
	return out
}

// within reports whether each of the names is one of a unit that i lies in.
func (r *Register) within(i int32, names []string, t time.Time) bool {
	for _, name := range names {
		key := nameKey(name)
		if key == "" {
			continue
		}
		if !r.isNamed(r.units[i].Province, key, t) && !r.isNamed(r.units[i].District, key, t) {
			return false
		}
	}
	return true
}

func (r *Register) isNamed(code, key string, t time.Time) bool {
	i, ok := r.at(code, t)
	return ok && (r.marked[i] == key || vntext.Key(r.units[i].Name) == key)
}

// ResolveError says why a code or a name stands for no unit or for several. Its
// text lists the candidates, for an operator to choose from.
type ResolveError struct {
	Query      string
	Reason     string
	Candidates []Unit
	lines      []string
}

func (e *ResolveError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "units: %q %s", e.Query, e.Reason)
	for _, l := range e.lines {
		b.WriteString("\n  " + l)
	}
	return b.String()
}

const maxCandidates = 20

// Resolve returns the one unit that a code or a name stands for at a time: what
// operators type. A name may lack its kind and its marks if one unit alone fits
// then. An error is of type [*ResolveError].
func (r *Register) Resolve(s string, t time.Time) (Unit, error) {
	query := strings.TrimSpace(s)
	if len(query) > maxQuery {
		return Unit{}, &ResolveError{Query: query[:40] + "…", Reason: "is too long for a name"}
	}
	if _, ok := levelOf(query); ok || query != "" && strings.Trim(query, "0123456789") == "" {
		return r.byCode(query, t)
	}
	first, within := parts(query)
	key := nameKey(first)
	if key == "" {
		return Unit{}, &ResolveError{Query: query, Reason: "names no unit: write a code or a name, such as 09025 or Xã Yên Lạc, tỉnh Phú Thọ"}
	}
	found := r.named(key, within, t)
	if len(found) == 0 {
		for _, kind := range []string{Tinh, ThanhPho, Huyen, Quan, ThiXa, ThiTran, Xa, Phuong, DacKhu} {
			found = append(found, r.named(kind+" "+key, within, t)...)
		}
		// A name without its kind may stand for a city both before and after.
		slices.SortFunc(found, byID)
		found = slices.CompactFunc(found, func(a, b Unit) bool { return a.ID() == b.ID() })
	}
	if len(found) == 0 {
		found = r.unmarked(key, within, t)
	}
	switch len(found) {
	case 0:
		return Unit{}, r.unknown(query, key, within, t)
	case 1:
		return found[0], nil
	}
	e := &ResolveError{Query: query, Reason: fmt.Sprintf("stands for %d units; use the code, or add the province after a comma:", len(found)), Candidates: found}
	e.list(r, found, t)
	return Unit{}, e
}

func byID(a, b Unit) int { return strings.Compare(a.ID(), b.ID()) }

// unmarked finds units for a name that was typed without marks.
func (r *Register) unmarked(key string, within []string, t time.Time) []Unit {
	if vntext.KeyNoMarks(key) != key {
		return nil
	}
	plainWithin := make([]string, len(within))
	for n, w := range within {
		plainWithin[n] = vntext.KeyNoMarks(w)
	}
	var out []Unit
	for i := range r.units {
		u := &r.units[i]
		if (r.plain[i] == key || r.plainName(int32(i)) == key) && u.InForce(t) && r.plainlyWithin(u, plainWithin, t) {
			out = append(out, *u)
		}
	}
	return out
}

func (r *Register) plainlyWithin(u *Unit, names []string, t time.Time) bool {
	for _, name := range names {
		ok := name == ""
		for _, code := range []string{u.Province, u.District} {
			if i, there := r.at(code, t); there && (r.plain[i] == name || r.plainName(i) == name) {
				ok = true
			}
		}
		if !ok {
			return false
		}
	}
	return true
}

// plainName is the key of the name without kind and marks.
func (r *Register) plainName(i int32) string {
	words := 1 + strings.Count(r.units[i].Kind, " ")
	k := r.plain[i]
	for range words {
		_, k, _ = strings.Cut(k, " ")
	}
	return k
}

func (r *Register) byCode(code string, t time.Time) (Unit, error) {
	if u, ok := r.At(code, t); ok {
		return u, nil
	}
	all := r.History(code)
	if len(all) == 0 {
		return Unit{}, &ResolveError{Query: code, Reason: "is no code of a unit: a province has two digits, a district three, a commune five"}
	}
	e := &ResolveError{Query: code, Reason: "is the code of no unit on " + day(t) + ":", Candidates: all}
	e.list(r, all, t)
	return Unit{}, e
}

// unknown says what a name stood for at other times.
func (r *Register) unknown(query, key string, within []string, t time.Time) error {
	var other []Unit
	for _, i := range r.names[key] {
		u := r.units[i]
		when := u.From
		if when.IsZero() && !u.To.IsZero() {
			when = u.To.AddDate(0, 0, -1)
		}
		if r.within(i, within, when) {
			other = append(other, u)
		}
	}
	if len(other) == 0 {
		e := &ResolveError{Query: query, Reason: "names no unit; look for its code with a part of the name"}
		e.Candidates = r.Search(query, t, 5)
		if len(e.Candidates) > 0 {
			e.Reason = "names no unit; these come near:"
			e.list(r, e.Candidates, t)
		}
		return e
	}
	e := &ResolveError{Query: query, Reason: "names no unit on " + day(t) + ":", Candidates: other}
	e.list(r, other, t)
	return e
}

// list writes a line for each candidate: its place, its time, what it became.
func (e *ResolveError) list(r *Register, candidates []Unit, t time.Time) {
	for n, u := range candidates {
		if n == maxCandidates {
			e.lines = append(e.lines, fmt.Sprintf("and %d more", len(candidates)-n))
			return
		}
		line := u.String()
		for _, code := range []string{u.District, u.Province} {
			if p, ok := r.At(code, t); ok {
				line += ", " + p.FullName
			} else if old := r.History(code); len(old) > 0 {
				line += ", " + old[len(old)-1].FullName
			}
		}
		if !u.From.IsZero() && t.Before(u.From) {
			line += ", from " + day(u.From)
		}
		if !u.To.IsZero() {
			line += ", until " + day(u.To)
			if !t.Before(u.To) {
				line += became(r.Follow(u, t))
			}
		}
		e.lines = append(e.lines, line)
	}
}

func became(now []Unit) string {
	if len(now) == 0 {
		return ""
	}
	names := make([]string, 0, len(now))
	for n, u := range now {
		if n == 6 {
			names = append(names, "…")
			break
		}
		names = append(names, u.String())
	}
	return "; now " + strings.Join(names, ", ")
}
