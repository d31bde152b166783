package units_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loa/feeds/units"
)

var update = flag.Bool("update", false, "write the golden files anew")

// dump writes every unit and succession, a line each.
func dump(r *units.Register) []string {
	var out []string
	for _, us := range r.All() {
		for _, u := range us {
			until := ""
			if !u.To.IsZero() {
				until = " until " + u.To.Format(time.DateOnly)
			}
			line := fmt.Sprintf("%s%s: %s (%s)", u.ID(), until, u.FullName, u.Kind)
			for _, s := range []struct{ word, text string }{
				{"province", u.Province}, {"district", u.District}, {"by", u.Act}, {"ended by", u.EndAct},
			} {
				if s.text != "" {
					line += ", " + s.word + " " + s.text
				}
			}
			out = append(out, line)
			for _, s := range r.Successors(u) {
				share := "part of "
				if s.Whole {
					share = ""
				}
				out = append(out, fmt.Sprintf("%s  %s%s became %s on %s by %s", u.ID(), share, u.ID(), s.Unit.ID(), s.Date.Format(time.DateOnly), s.Act))
			}
		}
	}
	return out
}

// TestChanges has for each file of changes what is gone from the register (-)
// and what is new (+).
func TestChanges(t *testing.T) {
	files, err := filepath.Glob("testdata/changes/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	was := dump(shipped())
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := load(t, string(raw))
			check(t, r)
			is := dump(r)
			var b bytes.Buffer
			old, fresh := set(was), set(is)
			lines := slices.Concat(was, is)
			slices.Sort(lines)
			for _, l := range slices.Compact(lines) {
				switch {
				case !fresh[l]:
					b.WriteString("- " + l + "\n")
				case !old[l]:
					b.WriteString("+ " + l + "\n")
				}
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b.Bytes(), want) {
				t.Errorf("the register changes by\n%swant\n%s", b.Bytes(), want)
			}
		})
	}
}

func set(lines []string) map[string]bool {
	m := map[string]bool{}
	for _, l := range lines {
		m[l] = true
	}
	return m
}

// TestFollowThroughChanges follows units over several changes and a unit that
// gave a part away.
func TestFollowThroughChanges(t *testing.T) {
	r := load(t, `
- {date: 2027-01-01, act: 1/NQ-UBTVQH16, change: merged, units: ["09025", {code: "09064", part: true}], to: {code: "09025", full_name: Phường Yên Lạc}}
- {date: 2028-01-01, act: 2/NQ-UBTVQH16, change: split, units: "09025", to: [{code: "09025", full_name: Phường Đông Yên Lạc}, {code: "09028", full_name: Phường Tây Yên Lạc}]}
- {date: 2029-01-01, act: 3/NQ-UBTVQH16, change: abolished, units: "09028"}
- {date: 2030-01-01, act: 4/NQ-UBTVQH16, change: merged, units: ["09040", "09064"], to: {code: "09064", full_name: Phường Liên Châu}}
`)
	district := at(t, r, "251", before)
	for when, want := range map[string]string{
		"2024-01-01": "251",
		"2026-01-01": "09025 09040 09043 09052 09064",
		"2027-06-01": "09025 09040 09043 09052 09064",
		"2028-06-01": "09025 09028 09040 09043 09052 09064",
		"2029-06-01": "09025 09040 09043 09052 09064",
		"2030-06-01": "09025 09043 09052 09064",
	} {
		if got := codes(r.Follow(district, date(when))); got != want {
			t.Errorf("on %s the district is %s, want %s", when, got, want)
		}
	}
	gave := at(t, r, "09064", now)
	if got := codes(r.Follow(gave, date("2028-06-01"))); got != "09064" {
		t.Errorf("a unit that gave a part away is followed by %s, want itself", got)
	}
	if got := codes(r.Follow(gave, date("2031-06-01"))); got != "09064" {
		t.Errorf("at its end it is followed by %s, want what became of the rest", got)
	}
	if got := r.Follow(at(t, r, "09028", date("2028-06-01")), date("2029-06-01")); len(got) != 0 {
		t.Errorf("an abolished unit is followed by %v", got)
	}
	if got := r.Follow(at(t, r, "09028", date("2028-06-01")), before); len(got) != 0 {
		t.Errorf("before it began, a unit is followed by %v", got)
	}
	if got := r.Follow(units.Unit{Code: "98765"}, now); len(got) != 0 {
		t.Errorf("a unit of no register is followed by %v", got)
	}
}

func TestFaultsNameTheLine(t *testing.T) {
	cases := []struct{ name, file, line, want string }{
		{"not a list", "date: 2027-01-01\n", "1", "not a list"},
		{"not YAML", "- {date: [\n", "", "not YAML"},
		{"second document", "- {date: 2027-01-01, act: a, change: abolished, units: '09040'}\n---\n- 1\n", "", "second document"},
		{"not a mapping", "- 09040\n", "1", "keys and values"},
		{"unknown key", "- date: 2027-01-01\n  when: now\n", "2", `unknown key "when": the keys here are act, change, date, note, to, units`},
		{"key twice", "- date: 2027-01-01\n  date: 2027-01-02\n", "2", "twice"},
		{"date in another form", "- date: 1/1/2027\n", "1", "write year-month-day"},
		{"no such day", "- date: 2027-02-30\n", "1", "write year-month-day"},
		{"date far away", "- date: 9027-02-03\n", "1", "write year-month-day"},
		{"no date", "- act: a\n", "1", "no date"},
		{"no act", "- date: 2027-01-01\n", "1", "no act"},
		{"no change", "- {date: 2027-01-01, act: a}\n", "1", "no change"},
		{"unknown change", "- {date: 2027-01-01, act: a, change: burnt}\n", "1", "write created, merged"},
		{"code too short", "- {date: 2027-01-01, act: a, change: abolished, units: '9040'}\n", "1", "2 (province), 3 (district) or 5 digits"},
		{"alias", "- {date: 2027-01-01, act: &a a, change: abolished, units: *a}\n", "1", "keys and values"},
		{"merged of one", "- {date: 2027-01-01, act: a, change: merged, units: '09040', to: '09043'}\n", "1", "at least two units"},
		{"split into one", "- {date: 2027-01-01, act: a, change: split, units: '09040', to: ['09040']}\n", "1", "at least two to"},
		{"abolished with to", "- {date: 2027-01-01, act: a, change: abolished, units: '09040', to: '09043'}\n", "1", "no to"},
		{"moved nowhere", "- {date: 2027-01-01, act: a, change: moved, units: '09040', to: '09043'}\n", "1", "with a province"},
		{"unit twice", "- {date: 2027-01-01, act: a, change: abolished, units: ['09040', '09040']}\n", "1", "named twice"},
		{"one name for several", "- {date: 2027-01-01, act: a, change: upgraded, units: ['09040', '09043'], to: {full_name: Phường Tề Lỗ}}\n", "1", "write a change for each"},
		{"unknown code", "\n\n- {date: 2027-01-01, act: a, change: abolished, units: '98765'}\n", "3", "unknown code 98765"},
		{"mistaken code", "- {date: 2027-01-01, act: a, change: abolished, units: '06978'}\n", "1", "write 06970"},
		{"before the unit began", "- {date: 2020-01-01, act: a, change: abolished, units: '00004'}\n", "1", "begins on 2025-07-01, not before 2020-01-01"},
		{"on the day it began", "- {date: 2025-07-01, act: a, change: abolished, units: '00004'}\n", "1", "not before 2025-07-01"},
		{"after its end", "- {date: 2027-01-01, act: a, change: abolished, units: '251'}\n", "1", "ended on 2025-07-01 by 203/2025/QH15"},
		{"an end in the middle", "- {date: 2023-04-10, act: a, change: upgraded, units: '09043', to: {full_name: Xã Tam Hồng Cũ}}\n", "1", "has its end on 2025-07-01 already"},
		{"two changes of one unit on one day", "- {date: 2027-01-01, act: a, change: abolished, units: '09040'}\n- {date: 2027-01-01, act: a, change: renamed, units: '09040', to: {full_name: Xã Mới}}\n", "2", "a unit ends once"},
		{"code still in use", "- {date: 2027-01-01, act: a, change: created, to: {code: '09040', full_name: Xã Mới, province: '25'}}\n", "1", "Xã Tề Lỗ has that code until now"},
		{"code taken the same day", "- {date: 2027-01-01, act: a, change: created, to: {code: '97001', full_name: Xã Mới, province: '25'}}\n- {date: 2027-01-01, act: a, change: created, to: {code: '97001', full_name: Xã Khác, province: '25'}}\n", "2", "begins on that day already"},
		{"overlap with later", "- {date: 2020-01-01, act: a, change: created, to: {code: '00008', full_name: Xã Mới, province: '26'}}\n", "", "has that code until now"},
		{"no kind", "- {date: 2027-01-01, act: a, change: renamed, units: '09040', to: {full_name: Tề Lỗ Mới}}\n", "1", "does not begin with the kind of a commune"},
		{"kind of another level", "- {date: 2027-01-01, act: a, change: renamed, units: '09040', to: {full_name: Tỉnh Tề Lỗ}}\n", "1", "(thị trấn, đặc khu, phường, xã)"},
		{"levels mixed", "- {date: 2027-01-01, act: a, change: merged, units: ['09040', '01'], to: {code: '01', full_name: Thành phố Hà Nội}}\n", "1", "only units of one level"},
		{"nothing changes", "- {date: 2027-01-01, act: a, change: upgraded, units: '09040', to: {kind: xã}}\n", "1", "changes nothing"},
		{"new without a name", "- {date: 2027-01-01, act: a, change: split, units: '09040', to: ['09040', '97001']}\n", "1", "add its full_name"},
		{"new without a province", "- {date: 2027-01-01, act: a, change: created, to: {code: '97001', full_name: Xã Mới}}\n", "1", "add province"},
		{"unknown province", "- {date: 2027-01-01, act: a, change: moved, units: '09040', to: {province: '02'}}\n", "1", "the province 02, which is not there"},
		{"province left behind", "- {date: 2027-01-01, act: a, change: abolished, units: '12'}\n", "1", "has the province 12, which is not there on 2027-01-01"},
		{"said twice", "- {date: 2027-01-01, act: a, change: merged, units: ['09040', {code: '09043', part: true}], to: {code: '09040'}}\n- {date: 2027-01-01, act: a, change: merged, units: [{code: '09043', part: true}, '09052'], to: '09040'}\n", "", "is said twice on 2027-01-01"},
		{"invisible", "- {date: 2027-01-01, act: \"a\\u200bb\", change: abolished, units: '09040'}\n", "1", "invisible"},
		{"long", "- {date: 2027-01-01, act: " + strings.Repeat("a", 300) + ", change: abolished, units: '09040'}\n", "1", "shorten"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			changes, err := units.ReadChanges("my.yaml", strings.NewReader(c.file))
			if err == nil {
				_, err = units.Load(changes...)
			}
			var fault *units.ChangeError
			if !errors.As(err, &fault) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want one with %q", err, c.want)
			}
			if fault.File != "my.yaml" || c.line != "" && fmt.Sprint(fault.Line) != c.line {
				t.Errorf("at %s:%d, want line %s", fault.File, fault.Line, c.line)
			}
		})
	}
}

func TestNoChanges(t *testing.T) {
	for _, file := range []string{"", "  \n", "# nothing yet\n", "[]\n", "null\n"} {
		changes, err := units.ReadChanges("my.yaml", strings.NewReader(file))
		if err != nil || len(changes) != 0 {
			t.Errorf("%q: %d changes, %v", file, len(changes), err)
		}
	}
}

func TestBounds(t *testing.T) {
	one := "- {date: 2027-01-01, act: a, change: abolished, units: '09040'}\n"
	for name, file := range map[string]string{
		"bytes":   strings.Repeat("#", 1<<20) + "\n" + one,
		"changes": strings.Repeat(one, 5001),
		"depth":   strings.Repeat("[", 100_000),
	} {
		if _, err := units.ReadChanges("my.yaml", strings.NewReader(file)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestOrderOfChangesDoesNotMatter applies the same changes in any order.
func TestOrderOfChangesDoesNotMatter(t *testing.T) {
	var all []units.Change
	for _, name := range []string{"merged", "split", "renamed", "provinces-merged", "abolished", "older-history"} {
		raw, err := os.ReadFile("testdata/changes/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		cs, err := units.ReadChanges(name, bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, cs...)
	}
	want := ""
	rapid.Check(t, func(t *rapid.T) {
		r, err := units.Load(rapid.Permutation(all).Draw(t, "order")...)
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = r.Version()
		}
		if r.Version() != want {
			t.Fatalf("version %s, in another order %s", r.Version(), want)
		}
	})
}

// TestAnyChangesKeepTheRegisterWhole applies changes at random, one more at a
// time: what is not refused leaves a register in which everything is as it must
// be, and nothing that was before the changes is lost.
func TestAnyChangesKeepTheRegisterWhole(t *testing.T) {
	some := rapid.SampledFrom([]string{"09025", "09040", "09043", "09052", "09064", "97001", "97002"})
	unit := rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf("{code: %q, part: %t}", some.Draw(t, "code"), rapid.IntRange(0, 3).Draw(t, "part") == 0)
	})
	to := rapid.Custom(func(t *rapid.T) string {
		name := rapid.SampledFrom([]string{"", ", full_name: Xã Mới", ", full_name: Phường Mới", ", kind: phường"}).Draw(t, "name")
		home := rapid.SampledFrom([]string{"", ", province: '01'", ", province: '25'"}).Draw(t, "province")
		return fmt.Sprintf("{code: %q%s%s}", some.Draw(t, "code"), name, home)
	})
	district, _ := shipped().Latest("251")
	shapes := []struct {
		kind      string
		units, to int
	}{
		{units.Created, 0, 1}, {units.Merged, 2, 1}, {units.Merged, 3, 1}, {units.Split, 1, 2}, {units.Renamed, 1, 1},
		{units.Moved, 1, 1}, {units.Moved, 2, 1}, {units.Upgraded, 1, 1}, {units.Abolished, 1, 0},
	}
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		var all []units.Change
		for range 6 {
			shape := rapid.SampledFrom(shapes).Draw(t, "shape")
			text := fmt.Sprintf("- {date: 202%d-01-01, act: a, change: %s, units: [%s], to: [%s]}\n",
				rapid.IntRange(7, 9).Draw(t, "year"), shape.kind,
				strings.Join(rapid.SliceOfN(unit, shape.units, shape.units).Draw(t, "units"), ", "),
				strings.Join(rapid.SliceOfN(to, shape.to, shape.to).Draw(t, "to"), ", "))
			one, err := units.ReadChanges("a.yaml", strings.NewReader(text))
			if err != nil {
				continue
			}
			r, err := units.Load(append(slices.Clone(all), one...)...)
			if err != nil {
				continue
			}
			accepted++
			all = append(all, one...)
			check(t, r)
			if got := codes(r.Follow(district, now)); got != "09025 09040 09043 09052 09064" {
				t.Fatalf("before the changes the district was %s", got)
			}
		}
	})
	if accepted < 50 {
		t.Errorf("%d changes accepted: the test shows little", accepted)
	}
}

// FuzzChanges gives hostile files: each is refused with a place and a reason, or
// makes a register in which everything is as it must be.
func FuzzChanges(f *testing.F) {
	files, _ := filepath.Glob("testdata/changes/*.yaml")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte("- {date: 2027-01-01, act: &x a, change: renamed, units: *x, to: {? [a] : b}}\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		changes, err := units.ReadChanges("f.yaml", bytes.NewReader(raw))
		var r *units.Register
		if err == nil {
			r, err = units.Load(changes...)
		}
		if err != nil {
			var fault *units.ChangeError
			if !errors.As(err, &fault) {
				t.Fatalf("error without a place: %v", err)
			}
			return
		}
		if len(changes) > 0 {
			check(t, r)
		}
	})
}
