package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"loa/feeds/units"
)

// register loads the units with the operator's changes, and says how many those
// are.
func (c *Config) register() (*units.Register, int, error) {
	var changes []units.Change
	if c.Units.Changes != "" {
		file := c.path(c.Units.Changes)
		f, err := os.Open(file) //nolint:gosec // the operator's own file
		if err != nil {
			return nil, 0, fmt.Errorf("%w: units.changes: %w; make the file or leave the key empty", errUsage, err)
		}
		defer f.Close()
		if changes, err = units.ReadChanges(file, f); err != nil {
			return nil, 0, fmt.Errorf("%w: %w", errUsage, err)
		}
	}
	r, err := units.Load(changes...)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", errUsage, err)
	}
	return r, len(changes), nil
}

// unitLine is a unit in the output for programs.
type unitLine struct {
	Code     string `json:"code"`
	Name     string `json:"name"`
	FullName string `json:"full_name"`
	Kind     string `json:"kind"`
	Province string `json:"province"`
	District string `json:"district"`
	// From is the first day, To the first day on which it was no more; empty: not
	// known, and in force.
	From    string `json:"from"`
	To      string `json:"to"`
	InForce bool   `json:"in_force"`
	Act     string `json:"act"`
	EndAct  string `json:"end_act"`

	Predecessors []successionLine `json:"predecessors"`
	Successors   []successionLine `json:"successors"`
	// Now are the units in force that came of it.
	Now []unitName `json:"now"`
}

type successionLine struct {
	unitName
	Date  string `json:"date"`
	Act   string `json:"act"`
	Whole bool   `json:"whole"`
}

type unitName struct {
	Code     string `json:"code"`
	FullName string `json:"full_name"`
}

func (a *app) unitsCommand() *cobra.Command {
	var asOf string
	c := &cobra.Command{
		Use: "units CODE|NAME", Short: "Show an administrative unit, what went before it and what came after", Args: cobra.ExactArgs(1),
		Long: `Show an administrative unit by its code or name: its time, the acts, what went
before it and what came after. A code shows all units that ever had it, a name the
one that has it; with --as-of the one of that day. A name may go without its kind
and without marks where that is clear, and "Xã Yên Lạc, tỉnh Phú Thọ" narrows it.
Exit code 1 if it stands for none or for several; those are listed.`,
		RunE: func(_ *cobra.Command, args []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			at := time.Now()
			if asOf != "" {
				if at, err = time.ParseInLocation(time.DateOnly, asOf, units.Zone); err != nil {
					return fmt.Errorf("%w: --as-of %q is not a day such as 2020-08-24", errUsage, asOf)
				}
			}
			r, _, err := cfg.register()
			if err != nil {
				return err
			}
			found, err := findUnits(r, strings.TrimSpace(args[0]), at, asOf != "")
			if err != nil {
				var e *units.ResolveError
				if a.json && errors.As(err, &e) {
					for _, u := range e.Candidates {
						if err := a.printUnit(r, u, at); err != nil {
							return err
						}
					}
				}
				return err
			}
			for _, u := range found {
				if err := a.printUnit(r, u, at); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.Flags().StringVar(&asOf, "as-of", "", "the unit that was there on a `DAY`, such as 2020-08-24")
	return c
}

// findUnits are the units that s stands for: on a day if one is given, else of a
// code all that had it, and of a name the one that has it or, if none does, the
// one that had it.
func findUnits(r *units.Register, s string, at time.Time, dated bool) ([]units.Unit, error) {
	if all := r.History(s); len(all) > 0 && !dated {
		return all, nil
	}
	u, err := r.Resolve(s, at)
	if err == nil {
		return []units.Unit{u}, nil
	}
	var e *units.ResolveError
	if dated || !errors.As(err, &e) {
		return nil, err
	}
	var former []units.Unit
	for _, c := range e.Candidates {
		if c.To.IsZero() || at.Before(c.To) {
			return nil, err
		}
		if was, e := r.Resolve(s, c.To.Add(-time.Second)); e == nil && was.ID() == c.ID() {
			former = append(former, c)
		}
	}
	if len(former) == 1 {
		return former, nil
	}
	return nil, err
}

func (a *app) printUnit(r *units.Register, u units.Unit, now time.Time) error {
	line := unitLine{
		Code: u.Code, Name: u.Name, FullName: u.FullName, Kind: u.Kind, Province: u.Province, District: u.District,
		From: dayText(u.From), To: dayText(u.To), InForce: u.InForce(now), Act: u.Act, EndAct: u.EndAct,
		Predecessors: successionLines(r.Predecessors(u)), Successors: successionLines(r.Successors(u)), Now: []unitName{},
	}
	for _, n := range r.Follow(u, now) {
		line.Now = append(line.Now, unitName{n.Code, n.FullName})
	}
	if a.json {
		return a.printJSON(line)
	}
	within := ""
	for _, code := range []string{u.District, u.Province} {
		if p, ok := withinUnit(r, code, u); ok {
			within += ", " + p.FullName
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s%s\n", u.Code, u.FullName, within)
	switch {
	case line.InForce && line.From == "":
		fmt.Fprintf(&b, "  in force%s\n", byAct(u.Act))
	case line.InForce:
		fmt.Fprintf(&b, "  in force since %s%s\n", line.From, byAct(u.Act))
	case line.From != "":
		fmt.Fprintf(&b, "  from %s%s\n", line.From, byAct(u.Act))
	}
	if !u.To.IsZero() {
		fmt.Fprintf(&b, "  no more from %s%s\n", line.To, byAct(u.EndAct))
	}
	for _, p := range line.Predecessors {
		fmt.Fprintf(&b, "  before: %s\n", p.text())
	}
	for _, s := range line.Successors {
		fmt.Fprintf(&b, "  after:  %s\n", s.text())
	}
	after := func(n unitName) bool {
		return slices.ContainsFunc(line.Successors, func(s successionLine) bool { return s.unitName == n })
	}
	if !line.InForce && slices.ContainsFunc(line.Now, func(n unitName) bool { return !after(n) }) {
		for _, n := range line.Now {
			fmt.Fprintf(&b, "  now:    %s %s\n", n.Code, n.FullName)
		}
	}
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}

// withinUnit is the unit of a code while u was there.
func withinUnit(r *units.Register, code string, u units.Unit) (units.Unit, bool) {
	if code == "" {
		return units.Unit{}, false
	}
	at := u.From
	if !u.To.IsZero() {
		at = u.To.Add(-time.Second)
	}
	if at.IsZero() {
		return r.Latest(code)
	}
	return r.At(code, at)
}

func successionLines(list []units.Succession) []successionLine {
	out := make([]successionLine, 0, len(list))
	for _, s := range list {
		out = append(out, successionLine{unitName{s.Unit.Code, s.Unit.FullName}, dayText(s.Date), s.Act, s.Whole})
	}
	return out
}

func (s *successionLine) text() string {
	part := ""
	if !s.Whole {
		part = " (a part)"
	}
	return s.Code + " " + s.FullName + part + ", " + s.Date + byAct(s.Act)
}

func dayText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(units.Zone).Format(time.DateOnly)
}

func byAct(act string) string {
	if act == "" {
		return ""
	}
	return ", by " + act
}
