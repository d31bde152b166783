package library_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/feeds/library"
)

func openWith(t testing.TB, path string, o library.Options) *library.Library {
	t.Helper()
	l, err := library.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// told writes records as "id.revision", withdrawn ones as "-id".
func told(rs []feeds.Record) string {
	var out []string
	for i := range rs {
		if rs[i].IsWithdrawn() {
			out = append(out, "-"+rs[i].ID)
		} else {
			out = append(out, fmt.Sprintf("%s.%d", rs[i].ID, rs[i].Revision))
		}
	}
	return strings.Join(out, " ")
}

func seen(r feeds.Record, day string) feeds.Record {
	at, err := time.ParseInLocation(time.DateOnly, day, feeds.Zone)
	if err != nil {
		panic(err)
	}
	r.FirstSeen, r.Provenance.ReceivedAt = at, at
	return r
}

func revised(r feeds.Record, day, words string) feeds.Record {
	at, err := time.ParseInLocation(time.DateOnly, day, feeds.Zone)
	if err != nil {
		panic(err)
	}
	r.Revision++
	r.Kind, r.Article.Summary, r.Changed, r.Provenance.ReceivedAt = feeds.Updated, words, at, at
	return r
}

// Pages are sealed by size and by month; what they say stays, but for what is
// withdrawn.
func TestArchives(t *testing.T) {
	ctx := t.Context()
	l := openWith(t, filepath.Join(t.TempDir(), "l.db"), library.Options{Page: 2})
	a, b, c, d := seen(record("a", 1), "2026-10-30"), seen(record("b", 2), "2026-10-30"), seen(record("c", 3), "2026-10-31"), seen(record("d", 4), "2026-11-02")
	a2 := revised(a, "2026-11-03", "sửa giờ họp")
	gone := revised(b, "2026-11-04", "")
	gone.Kind, gone.Withdrawal = feeds.Withdrawn, &feeds.Withdrawal{Time: gone.Changed, Reason: "đăng nhầm"}
	alias := a2
	alias.Kind, alias.Article.URL = feeds.Alias, "https://example.vn/a"
	all := entries(t, a, b, c, d, a2, alias)
	if err := l.Apply(ctx, all); err != nil {
		t.Fatal(err)
	}
	page := func(name string) string {
		t.Helper()
		p, err := l.Archive(ctx, "all", name)
		if err != nil {
			return err.Error()
		}
		return p.Next + " > " + told(p.Records) + " < " + p.Prev
	}
	live := func(n int) string {
		t.Helper()
		f, err := l.Live(ctx, "all", n)
		if err != nil {
			t.Fatal(err)
		}
		return told(f.Records) + " < " + f.Prev
	}
	for name, want := range map[string]string{
		"2026-10-1": "2026-10-2 > b.1 a.1 < ", "2026-10-2": "2026-11-1 > c.1 < 2026-10-1", "2026-11-1": library.ErrOpen.Error(), "2026-11-2": library.ErrNotFound.Error(), "2026-10-01": library.ErrNotFound.Error(),
	} {
		if got := page(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := live(2); got != "d.1 a.2 < 2026-10-2" {
		t.Errorf("what no archive has is not in the document: %s", got)
	}
	if got := live(3); got != "d.1 c.1 a.2 < 2026-10-2" {
		t.Errorf("the document is not made full: %s", got)
	}
	if l.Taken() != 1 {
		t.Errorf("taken %d", l.Taken())
	}
	all = entries(t, a, b, c, d, a2, alias, gone)
	if err := l.Apply(ctx, all); err != nil {
		t.Fatal(err)
	}
	if got := page("2026-10-1"); got != "2026-10-2 > -b a.1 < " {
		t.Errorf("an archive keeps what was withdrawn: %s", got)
	}
	if got := page("2026-11-1"); got != "2026-11-2 > d.1 a.2 < 2026-10-2" {
		t.Errorf("full page: %s", got)
	}
	if got := live(2); got != "d.1 c.1 -b < 2026-11-1" {
		t.Errorf("withdrawal not told: %s", got)
	}
	if l.Taken() != 7 {
		t.Errorf("taken %d", l.Taken())
	}
	names, err := l.Archives(ctx, "all")
	if err != nil || strings.Join(names, " ") != "2026-10-1 2026-10-2 2026-11-1" {
		t.Error(names, err)
	}
}

// Whoever reads the document and all archives has every article in its newest
// words, in any history, and sealed pages do not change.
func TestNothingIsMissedByWalking(t *testing.T) {
	dir := t.TempDir()
	file := 0
	rapid.Check(t, func(t *rapid.T) {
		file++
		size := rapid.IntRange(1, 5).Draw(t, "page")
		l, err := library.Open(filepath.Join(dir, fmt.Sprint(file)), library.Options{Page: size})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		last := map[string]feeds.Record{}
		sealed := map[string]string{}
		var batch []journal.Entry
		position := uint64(0)
		day := time.Date(2026, 9, 28, 8, 0, 0, 0, feeds.Zone)
		for range rapid.IntRange(1, 40).Draw(t, "records") {
			day = day.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "hours")) * time.Hour)
			id := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g", "h"}).Draw(t, "article")
			r, known := last[id]
			switch {
			case !known:
				r = record(id, rapid.IntRange(-5000, 5000).Draw(t, "minute"))
				r.FirstSeen, r.Provenance.ReceivedAt = day, day
				r.Quiet = rapid.IntRange(0, 5).Draw(t, "quiet") == 0
			case r.Withdrawal != nil:
				r.Revision++
				r.Kind, r.Withdrawal = feeds.Restored, nil
			case rapid.IntRange(0, 3).Draw(t, "gone") == 0:
				r.Revision++
				r.Kind, r.Withdrawal = feeds.Withdrawn, &feeds.Withdrawal{Time: day}
			default:
				r.Revision++
				r.Kind, r.Article.Summary = feeds.Updated, fmt.Sprint("lần ", r.Revision)
			}
			r.Changed, r.Provenance.ReceivedAt = day, day
			last[id] = r
			b, err := journal.Encode(&r)
			if err != nil {
				t.Fatal(err)
			}
			position++
			batch = append(batch, journal.Entry{Position: position, Record: r, Bytes: b, Digest: journal.Digest(b)})
			if rapid.Bool().Draw(t, "commit") {
				if err := l.Apply(t.Context(), batch); err != nil {
					t.Fatal(err)
				}
				batch = nil
			}
		}
		if err := l.Apply(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		n := rapid.IntRange(1, 6).Draw(t, "n")
		f, err := l.Live(t.Context(), "all", n)
		if err != nil {
			t.Fatal(err)
		}
		if live := strings.Count(told(f.Records), "."); live > max(n, size) {
			t.Errorf("%d articles in a document of %d with pages of %d", live, n, size)
		}
		newest := map[string]string{}
		hear := func(rs []feeds.Record) {
			for i := range rs {
				if _, ok := newest[rs[i].ID]; !ok {
					newest[rs[i].ID] = told(rs[i : i+1])
				}
			}
		}
		hear(f.Records)
		for name := f.Prev; name != ""; {
			p, err := l.Archive(t.Context(), "all", name)
			if err != nil {
				t.Fatal(err)
			}
			if was := sealed[name]; was != "" {
				t.Errorf("page %s twice", name)
			}
			sealed[name] = told(p.Records)
			hear(p.Records)
			name = p.Prev
		}
		for id, r := range last {
			want := told([]feeds.Record{r})
			if got := newest[id]; got != want && !r.Quiet && !(r.IsWithdrawn() && got == "") {
				t.Errorf("%s: the walk tells %q, want %q", id, got, want)
			}
		}
	})
}

// What was taken in quietly is no news, but is kept in archives, and becomes news
// when it is let.
func TestQuiet(t *testing.T) {
	ctx := t.Context()
	l := openWith(t, filepath.Join(t.TempDir(), "l.db"), library.Options{Page: 2})
	q := record("q", 5)
	q.Quiet = true
	loud := q
	loud.Quiet, loud.Kind = false, feeds.Alias
	if err := l.Apply(ctx, entries(t, record("a", 1), q, record("b", 2))); err != nil {
		t.Fatal(err)
	}
	if got := titles(t, l, "all", 9); got != "Tin b, Tin a" {
		t.Error(got)
	}
	if f, err := l.Live(ctx, "all", 9); err != nil || told(f.Records) != "b.1 a.1" {
		t.Error(told(f.Records), err)
	}
	if p, err := l.Archive(ctx, "all", "2026-11-1"); err != nil || told(p.Records) != "q.1 a.1" {
		t.Error(told(p.Records), err)
	}
	if st, err := l.Article(ctx, "q"); err != nil || !st.Record.Quiet {
		t.Error(st, err)
	}
	if err := l.Apply(ctx, entries(t, record("a", 1), q, record("b", 2), loud)); err != nil {
		t.Fatal(err)
	}
	if f, err := l.Live(ctx, "all", 9); err != nil || told(f.Records) != "q.1 b.1 a.1" {
		t.Error(told(f.Records), err)
	}
}

// An article stands in the feed of the province that its unit was in when it
// came; another register makes the library anew.
func TestProvinces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l.db")
	o := library.Options{Register: "1", Province: func(unit string, at time.Time) string {
		if unit == "09064" && at.Before(t0.Add(time.Hour)) {
			return "26"
		}
		return "25"
	}}
	l, err := library.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	late := record("b", 2)
	late.FirstSeen = t0.Add(2 * time.Hour)
	if err := l.Apply(t.Context(), entries(t, record("a", 1), late)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"provinces/26": "Tin a", "provinces/25": "Tin b", "all": "Tin b, Tin a"} {
		if got := titles(t, l, path, 9); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// With another register, and with another size of archives, the library is made
// anew; what the journal lost meanwhile is restored first.
func TestAnotherLayout(t *testing.T) {
	ctx, j := world(t)
	for i := range 3 {
		r := record(fmt.Sprint(i), i)
		if _, err := j.Append(ctx, &r, 0); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "l.db")
	o := library.Options{Register: "1", Province: func(string, time.Time) string { return "26" }}
	l := openWith(t, path, o)
	if err := l.Fill(ctx, j); err != nil {
		t.Fatal(err)
	}
	if err := l.Apply(ctx, entries(t, record("0", 0), record("1", 1), record("2", 2), record("mat", 4))); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	o.Register, o.Province = "2", func(string, time.Time) string { return "25" }
	for range 2 { // the second time with nothing lost
		l = openWith(t, path, o)
		if err := l.Fill(ctx, j); err != nil {
			t.Fatal(err)
		}
		if got := titles(t, l, "provinces/25", 9); got != "Tin mat, Tin 2, Tin 1, Tin 0" {
			t.Error(got)
		}
		if got := titles(t, l, "provinces/26", 9); got != library.ErrNotFound.Error() {
			t.Error(got)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		o.Page = 7
		o.Register = "3"
	}
}
