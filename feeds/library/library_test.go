package library_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/feeds/library"
	"loa/internal/broker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var t0 = time.Date(2026, 11, 20, 8, 0, 0, 0, feeds.Zone)

// record is a published article; keys are "n:<id>" and those given.
func record(id string, minute int, keys ...string) feeds.Record {
	return feeds.Record{
		Format: feeds.RecordFormat, ID: id, Revision: 1, Kind: feeds.Published,
		Article: feeds.Article{
			Unit: "09064", Title: "Tin " + id, Category: "Thông báo", ContentHTML: "<p>" + strings.Repeat("Nội dung thông báo của xã. ", 5) + "</p>",
			Published: feeds.Date{Time: t0.Add(time.Duration(minute) * time.Minute), Precision: feeds.Minute},
		},
		Keys: append([]string{"n:" + id}, keys...), FirstSeen: t0, Changed: t0, Version: feeds.Version{Authority: 1, Arrived: t0},
		BodyVersion: feeds.Version{Authority: 1, Arrived: t0},
	}
}

// entries places records in a journal.
func entries(t testing.TB, records ...feeds.Record) []journal.Entry {
	t.Helper()
	var out []journal.Entry
	for i, r := range records {
		b, err := journal.Encode(&r)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, journal.Entry{Position: uint64(i + 1), Record: r, Bytes: b, Digest: journal.Digest(b)})
	}
	return out
}

func open(t testing.TB, path string) *library.Library {
	t.Helper()
	l, err := library.Open(path, library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func titles(t testing.TB, l *library.Library, path string, n int) string {
	t.Helper()
	f, err := l.Feed(context.Background(), path, n)
	if err != nil {
		return err.Error()
	}
	var out []string
	for _, r := range f.Records {
		out = append(out, r.Article.Title)
	}
	return strings.Join(out, ", ")
}

func TestFeedsNewestFirst(t *testing.T) {
	ctx := context.Background()
	l := open(t, filepath.Join(t.TempDir(), "l.db"))
	day := record("ngay", 0)
	day.Article.Published = feeds.Date{Time: time.Date(2026, 11, 20, 0, 0, 0, 0, feeds.Zone), Precision: feeds.Day}
	day.FirstSeen = t0.Add(90 * time.Second)
	undated := record("khong-ngay", 0)
	undated.Article.Published = feeds.Date{Raw: "hôm nọ", Precision: feeds.Unknown}
	undated.FirstSeen = t0.Add(30 * time.Second)
	gone := record("rut", 9)
	gone.Withdrawal = &feeds.Withdrawal{Time: t0}
	other := record("khac", 5)
	other.Article.Unit, other.Article.Category = "09025", "Tin tức"
	if err := l.Apply(ctx, entries(t, record("a", 1), day, undated, gone, record("b", 3), other)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"all":                       "Tin khac, Tin b, Tin ngay, Tin a, Tin khong-ngay",
		"units/09064":               "Tin b, Tin ngay, Tin a, Tin khong-ngay",
		"units/09064/thong-bao":     "Tin b, Tin ngay, Tin a, Tin khong-ngay",
		"categories/tin-tuc":        "Tin khac",
		"units/09064/khong-bao-gio": library.ErrNotFound.Error(),
	} {
		if got := titles(t, l, path, 10); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := titles(t, l, "all", 2); got != "Tin khac, Tin b" {
		t.Error(got)
	}
	if v, ok := l.Version("units/09064"); !ok || v != 5 {
		t.Errorf("version %d, want that of the last change, 5", v)
	}
	f, _ := l.Feed(ctx, "categories/tin-tuc", 1)
	if f.Label != "Tin tức" || f.Version != 6 {
		t.Errorf("%+v", f)
	}
}

// An article that moves to another category leaves the old one, and both feeds
// have a new version.
func TestChangeOfCategoryAndWithdrawal(t *testing.T) {
	ctx := context.Background()
	l := open(t, filepath.Join(t.TempDir(), "l.db"))
	moved, gone := record("a", 1), record("a", 1)
	moved.Revision, moved.Article.Category = 2, "Văn hóa"
	gone.Revision, gone.Article.Category, gone.Withdrawal = 3, "Văn hóa", &feeds.Withdrawal{Time: t0.Add(time.Hour)}
	es := entries(t, record("a", 1), moved, gone)
	if err := l.Apply(ctx, es[:2]); err != nil {
		t.Fatal(err)
	}
	if got := titles(t, l, "units/09064/thong-bao", 9) + "|" + titles(t, l, "units/09064/van-hoa", 9) + "|" + titles(t, l, "all", 9); got != "|Tin a|Tin a" {
		t.Error(got)
	}
	if v, _ := l.Version("units/09064/thong-bao"); v != 2 {
		t.Error(v)
	}
	if err := l.Apply(ctx, es); err != nil { // what was applied is skipped
		t.Fatal(err)
	}
	if got := titles(t, l, "units/09064/van-hoa", 9) + titles(t, l, "all", 9); got != "" {
		t.Error(got)
	}
	if l.Position() != 3 {
		t.Error(l.Position())
	}
}

// Articles with a key in common are one, the older, whatever order the keys are
// learned in; what was written under the younger one's name afterwards counts.
func TestJoin(t *testing.T) {
	ctx := context.Background()
	l := open(t, filepath.Join(t.TempDir(), "l.db"))
	a, b, c := record("a", 1, "k1"), record("b", 2, "k2"), record("c", 3, "k1", "k2")
	late := record("b", 2, "k2", "k3")
	late.Revision, late.Article.Title = 2, "Tin b, sửa"
	late.Version.Arrived = t0.Add(time.Hour)
	if err := l.Apply(ctx, entries(t, a, b, c, late)); err != nil {
		t.Fatal(err)
	}
	if got := titles(t, l, "all", 9); got != "Tin b, sửa" {
		t.Error(got)
	}
	for _, id := range []string{"a", "b", "c"} {
		st, err := l.Article(ctx, id)
		if err != nil || st.Record.ID != "a" || len(st.Record.Keys) != 6 {
			t.Errorf("%s: %v %+v", id, err, st.Record)
		}
	}
	sts, err := l.Find(ctx, []string{"k3", "k2", "nothing"})
	if err != nil || len(sts) != 1 || sts[0].Record.ID != "a" || sts[0].Last != 1 {
		t.Errorf("%v %+v", err, sts)
	}
	if n, err := l.Count(ctx); n != 1 || err != nil {
		t.Error(n, err)
	}
}

func TestReopenAndOtherSchema(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "thư mục 100% #1.db")
	l := open(t, path)
	if err := l.Apply(ctx, entries(t, record("a", 1), record("b", 2))); err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	l = open(t, path)
	if v, ok := l.Version("all"); l.Position() != 2 || !ok || v != 2 || titles(t, l, "all", 9) != "Tin b, Tin a" {
		t.Error(l.Position(), v, titles(t, l, "all", 9))
	}
	_ = l.Close()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA user_version = 999"); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	l = open(t, path)
	if l.Position() != 0 {
		t.Errorf("a library of another schema is used: position %d", l.Position())
	}
}

// world is a journal that a library reads.
func world(t testing.TB) (context.Context, *journal.Journal) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	b, err := broker.Open(ctx, broker.Options{Dir: t.TempDir(), Sync: broker.SyncSecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if err := b.Declare(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx, journal.New(b.JS, broker.StreamArticles, broker.SubjectArticles, nil)
}

func TestFillFollowsAndRestoresALostTail(t *testing.T) {
	ctx, j := world(t)
	for i := range 5 {
		r := record(fmt.Sprint(i), i)
		if _, err := j.Append(ctx, &r, 0); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "l.db")
	l := open(t, path)
	if err := l.Fill(ctx, j); err != nil {
		t.Fatal(err)
	}
	if l.Position() != 5 {
		t.Fatal(l.Position())
	}
	// The library goes on to positions 6 and 7, which the journal then loses.
	lost := entries(t, record("0", 0), record("1", 1), record("2", 2), record("3", 3), record("4", 4), record("mat-1", 6), record("mat-2", 7))
	if err := l.Apply(ctx, lost); err != nil {
		t.Fatal(err)
	}
	before := titles(t, l, "all", 99)
	if err := l.Prepare(ctx, j); err != nil {
		t.Fatal(err)
	}
	if err := l.Fill(ctx, j); err != nil {
		t.Fatal(err)
	}
	if after := titles(t, l, "all", 99); after != before {
		t.Errorf("restored %s, had %s", after, before)
	}
	if s, _ := j.State(ctx); s.Last != 7 {
		t.Errorf("journal ends at %d", s.Last)
	}
}

func TestAnotherJournalStartsAnew(t *testing.T) {
	ctx, j1 := world(t)
	_, j2 := world(t)
	r := record("a", 1)
	if _, err := j1.Append(ctx, &r, 0); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "l.db")
	l := open(t, path)
	if err := l.Fill(ctx, j1); err != nil {
		t.Fatal(err)
	}
	if err := l.Fill(ctx, j2); err != nil {
		t.Fatal(err)
	}
	if l.Position() != 0 || titles(t, l, "all", 9) != library.ErrNotFound.Error() {
		t.Error("articles of the other journal are served")
	}
	old := open(t, path+".other-journal")
	if titles(t, old, "all", 9) != "Tin a" {
		t.Error("the old library is not kept")
	}
}

// Two libraries of one journal give the same, in whatever batches they read it.
func TestBatchesDoNotMatter(t *testing.T) {
	ctx := context.Background()
	var rs []feeds.Record
	for i := range 200 {
		r := record(fmt.Sprint("x", i%70), i%13, fmt.Sprint("k", i%31))
		r.Revision = i/70 + 1
		r.Version.Arrived = t0.Add(time.Duration(i) * time.Second)
		rs = append(rs, r)
	}
	es := entries(t, rs...)
	one, many := open(t, filepath.Join(t.TempDir(), "1.db")), open(t, filepath.Join(t.TempDir(), "2.db"))
	if err := one.Apply(ctx, es); err != nil {
		t.Fatal(err)
	}
	for i := range es {
		if err := many.Apply(ctx, es[i:i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := titles(t, one, "all", 999), titles(t, many, "all", 999); a != b {
		t.Errorf("%s\n%s", a, b)
	}
}

func TestDamagedRecordIsLeftOut(t *testing.T) {
	ctx := context.Background()
	l := open(t, filepath.Join(t.TempDir(), "l.db"))
	es := entries(t, record("a", 1), record("b", 2), record("c", 3))
	es[1] = journal.Entry{Position: 2}
	if err := l.Apply(ctx, es); err != nil {
		t.Fatal(err)
	}
	if l.Position() != 3 || titles(t, l, "all", 9) != "Tin c, Tin a" {
		t.Error(l.Position(), titles(t, l, "all", 9))
	}
}

func TestWaitForEnds(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "l.db"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := l.WaitFor(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func BenchmarkApply(b *testing.B) {
	ctx := context.Background()
	l := open(b, filepath.Join(b.TempDir(), "l.db"))
	body := "<p>" + strings.Repeat("Ủy ban nhân dân xã thông báo lịch cấp nước tuần này. ", 32) + "</p>"
	pos := 0
	for b.Loop() {
		var rs []feeds.Record
		for range 500 {
			pos++
			r := record(fmt.Sprint("id", pos), pos, fmt.Sprint("url://example.vn/", pos), fmt.Sprint("num:09064:", pos))
			r.Article.ContentHTML = body
			rs = append(rs, r)
		}
		es := entries(b, rs...)
		for i := range es {
			es[i].Position = uint64(pos - 500 + i + 1)
		}
		if err := l.Apply(ctx, es); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(pos)/b.Elapsed().Seconds(), "articles/s")
}

func BenchmarkFeed(b *testing.B) {
	ctx := context.Background()
	l := open(b, filepath.Join(b.TempDir(), "l.db"))
	var rs []feeds.Record
	for i := range 2000 {
		rs = append(rs, record(fmt.Sprint("id", i), i))
	}
	if err := l.Apply(ctx, entries(b, rs...)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := l.Feed(ctx, "all", 50); err != nil {
			b.Fatal(err)
		}
	}
}

// The directory has all feeds but those of single documents.
func TestDirectory(t *testing.T) {
	ctx := context.Background()
	l := open(t, filepath.Join(t.TempDir(), "l.db"))
	r := record("a", 1)
	r.Article.Citations = []feeds.Citation{{Type: "NQ", Number: "19", Symbol: "NQ/TW", Document: "19-NQ-TW", InTitle: true}}
	if err := l.Apply(ctx, entries(t, r)); err != nil {
		t.Fatal(err)
	}
	paths := func(list []library.Listed, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, f := range list {
			out = append(out, f.Path)
		}
		return strings.Join(out, " ")
	}
	const others = "types/NQ units/09064 units/09064/thong-bao"
	if got := paths(l.Feeds(ctx)); got != "all categories/thong-bao documents/19-NQ-TW "+others {
		t.Error(got)
	}
	if got := paths(l.Directory(ctx)); got != "all categories/thong-bao "+others {
		t.Error(got)
	}
}
