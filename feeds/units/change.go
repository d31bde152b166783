package units

import (
	"fmt"
	"slices"
	"time"
)

// Kinds of a [Change].
const (
	Created   = "created"   // units begin that nothing went before
	Merged    = "merged"    // several units, or parts of them, become one
	Split     = "split"     // one unit becomes several
	Renamed   = "renamed"   // a unit gets another name or code
	Moved     = "moved"     // units come to another province
	Upgraded  = "upgraded"  // units become of another kind, such as xã to phường
	Abolished = "abolished" // units end without successors
)

// Change is what an act did to units on one day. The zero value is not valid:
// changes come from [ReadChanges].
type Change struct {
	date  time.Time
	act   string
	kind  string
	units []source
	to    []target
	at    origin
}

type source struct {
	code string
	part bool // only a part goes over, and the unit remains
}

// target is a unit that begins; what is empty is as it was.
type target struct {
	code, fullName, kind, province, district string
}

// origin is a place in a file.
type origin struct {
	file string
	line int
}

func (o origin) String() string {
	if o.line == 0 {
		return o.file
	}
	return fmt.Sprintf("%s:%d", o.file, o.line)
}

// ChangeError is a fault in a file of changes, with what to do about it.
type ChangeError struct {
	File string
	Line int
	Text string
}

func (e *ChangeError) Error() string {
	return "units: " + origin{e.File, e.Line}.String() + ": " + e.Text
}

func (o origin) errorf(format string, args ...any) error {
	return &ChangeError{File: o.file, Line: o.line, Text: fmt.Sprintf(format, args...)}
}

// check holds a change against the rules of its kind: those that need no
// register.
func (c *Change) check() error {
	switch {
	case c.date.IsZero():
		return c.at.errorf("no date: add the day on which it comes into force, such as date: 2027-01-01")
	case c.act == "":
		return c.at.errorf("no act: add the number of the act, such as act: 12/NQ-UBTVQH16")
	case c.kind == "":
		return c.at.errorf("no change: add one of created, merged, split, renamed, moved, upgraded, abolished")
	}
	whole := 0
	for i, s := range c.units {
		if !s.part {
			whole++
		}
		if slices.ContainsFunc(c.units[:i], func(o source) bool { return o.code == s.code }) {
			return c.at.errorf("unit %s is named twice in units: leave one out", s.code)
		}
	}
	for i, t := range c.to {
		if t.code != "" && slices.ContainsFunc(c.to[:i], func(o target) bool { return o.code == t.code }) {
			return c.at.errorf("unit %s is named twice in to: leave one out", t.code)
		}
		if t.code == "" && (c.kind == Created || c.kind == Merged || c.kind == Split) {
			return c.at.errorf("%s: each unit in to needs its code", c.kind)
		}
	}
	parts := len(c.units) - whole
	var want string
	switch c.kind {
	case Created:
		want = must(len(c.units) == 0 && len(c.to) > 0 && !slices.ContainsFunc(c.to, func(t target) bool { return t.fullName == "" }),
			"takes no units and at least one to with a full_name")
	case Abolished:
		want = must(len(c.units) > 0 && len(c.to) == 0 && parts == 0, "takes units and no to, and no parts")
	case Merged:
		want = must(len(c.units) > 1 && len(c.to) == 1, "takes at least two units and one to; name the unit that takes in the other among them")
	case Split:
		want = must(len(c.units) == 1 && parts == 0 && len(c.to) > 1, "takes one unit and at least two to; if the unit remains, name it in to as well")
	case Renamed:
		want = must(len(c.units) == 1 && parts == 0 && len(c.to) == 1, "takes one unit and one to")
	case Moved:
		want = must(len(c.units) > 0 && parts == 0 && len(c.to) == 1 && c.to[0].province != "", "takes units and one to with a province")
	case Upgraded:
		want = must(len(c.units) > 0 && parts == 0 && len(c.to) == 1 && (c.to[0].kind != "" || c.to[0].fullName != ""), "takes units and one to with a kind or a full_name")
	}
	if want != "" {
		return c.at.errorf("%s %s", c.kind, want)
	}
	if len(c.units) > 1 && (c.kind == Moved || c.kind == Upgraded) && (c.to[0].code != "" || c.to[0].fullName != "") {
		return c.at.errorf("%s of several units cannot give them one code or full_name: write a change for each", c.kind)
	}
	return nil
}

func must(ok bool, rule string) string {
	if ok {
		return ""
	}
	return rule
}
