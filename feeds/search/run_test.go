package search_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/feeds/search"
)

// named is a library of the journal of that name.
type named struct {
	search.Library
	name string
}

func (n named) Journal() string { return n.name }

var asked = []string{"thue", "thuế", "cho", `"nop thue"`, "xã -nước", "19-NQ/TW", "nghie*", "09064"}

func answers(t testing.TB, x *search.Index) string {
	t.Helper()
	var out string
	for _, text := range asked {
		out += text + ": " + find(t, x, text) + "\n"
	}
	return out
}

// Whatever the order of the records, the batches and the stops between them, the
// same is found.
func TestAnyOrder(t *testing.T) {
	want := answers(t, index(t, village()...))
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		records := rapid.Permutation(append(village(), village()[2], village()[4])).Draw(rt, "records")
		l := openLibrary(t)
		path := filepath.Join(dir, fmt.Sprint(n))
		x := open(t, path)
		for len(records) > 0 {
			k := rapid.IntRange(1, len(records)).Draw(rt, "batch")
			apply(t, l, records[:k]...)
			records = records[k:]
			if rapid.Bool().Draw(rt, "stop") {
				catchUp(t, x, l)
				_ = x.Close()
				x = open(t, path)
				if x.Position() != 0 {
					rt.Fatal("a position before anything is known of the library")
				}
			}
		}
		catchUp(t, x, l)
		if got := answers(t, x); got != want {
			rt.Fatalf("%s\nwant\n%s", got, want)
		}
		_, _ = x.Close(), l.Close()
	})
}

func TestMadeAnew(t *testing.T) {
	l := openLibrary(t, village()...)
	path := filepath.Join(t.TempDir(), "search.db")
	x := open(t, path)
	catchUp(t, x, l)
	want := answers(t, x)
	reopen := func() {
		_ = x.Close()
		x = open(t, path)
	}
	check := func(name string) {
		t.Helper()
		catchUp(t, x, l)
		if got := answers(t, x); got != want {
			t.Errorf("%s: %s\nwant\n%s", name, got, want)
		}
	}

	_ = x.Close()
	if err := search.Remove(path); err != nil {
		t.Fatal(err)
	}
	x = open(t, path)
	if got := find(t, x, "thue"); got != "" {
		t.Error(got)
	}
	check("lost file")

	_ = x.Close()
	if err := os.WriteFile(path, []byte("Đây không phải là cơ sở dữ liệu, mà là một dòng chữ."), 0o600); err != nil {
		t.Fatal(err)
	}
	x = open(t, path)
	check("not a database")

	_ = x.Close()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "PRAGMA user_version=999"); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	x = open(t, path)
	if got := find(t, x, "thue"); got != "" {
		t.Error("a file of another version is kept", got)
	}
	check("other version")

	// Another journal, as far as this one or not.
	reopen()
	other := openLibrary(t, record("lua", 1, "Lúa chín sớm", "Nông dân gặt lúa."), record("gao", 2, "Gạo mới", "Giá gạo tăng."))
	catchUp(t, x, named{other, "other"})
	if got := find(t, x, "lúa") + "," + find(t, x, "thuế"); got != "lua," {
		t.Errorf("other journal: %q", got)
	}

	// The same journal, but not the records that it had at these positions.
	reopen()
	var records []feeds.Record
	for i := range 3 {
		records = append(records, record(fmt.Sprint("ngo", i), i, "Ngô nếp", "Nương ngô đã chín."))
	}
	third := openLibrary(t, records...)
	catchUp(t, x, named{third, "other"})
	if got := find(t, x, "ngô") + "," + find(t, x, "lúa"); got != "ngo2 ngo1 ngo0," {
		t.Errorf("other course: %q", got)
	}
	check("back")
}

// Damage that a search or a change comes upon is mended.
func TestDamage(t *testing.T) {
	l := openLibrary(t, village()...)
	path := filepath.Join(t.TempDir(), "search.db")
	x := open(t, path)
	catchUp(t, x, l)
	want := answers(t, x)
	_ = x.Close()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "UPDATE words_data SET block = zeroblob(20) WHERE id > 10"); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	x = open(t, path)
	q, err := search.Parse("thuế")
	if err != nil {
		t.Fatal(err)
	}
	run(t, x, l, func(ctx context.Context) {
		if err := x.WaitFor(ctx, l.Position()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := x.Find(ctx, q, 5, 0); err == nil {
			t.Fatal("the damage is not seen")
		}
		for {
			ids, _, err := x.Find(ctx, q, 5, 0)
			if err == nil && len(ids) == 2 {
				break
			}
			runtime.Gosched()
		}
		apply(t, l, record("moi", 90, "Tin mới", "Hết"))
		if err := x.WaitFor(ctx, l.Position()); err != nil {
			t.Fatal(err)
		}
	})
	if got := answers(t, x); got != strings.Replace(want, "09064: ", "09064: moi ", 1) {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// What fails is repeated, and nothing is left out.
func TestLibraryFails(t *testing.T) {
	l := openLibrary(t, village()...)
	x := open(t, filepath.Join(t.TempDir(), "search.db"))
	catchUp(t, x, &failing{Library: l, left: 3})
	if got, want := answers(t, x), answers(t, index(t, village()...)); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

type failing struct {
	search.Library
	left int // how often it still fails
}

func (f *failing) Entries(ctx context.Context, after uint64, each func(journal.Entry) error) error {
	n := 0
	return f.Library.Entries(ctx, after, func(e journal.Entry) error {
		if n++; n == 3 && f.left > 0 {
			f.left--
			return errors.New("disk is gone")
		}
		return each(e)
	})
}

// A crowd at one instant stays together, and what is older or newer beside it.
func TestCrowd(t *testing.T) {
	day := time.Date(2026, 11, 19, 0, 0, 0, 0, feeds.Zone)
	var records []feeds.Record
	for i := range 200 {
		r := record(fmt.Sprintf("tin%03d", i), 0, "Tin trong ngày", "")
		r.Article.Published = feeds.Date{Time: day, Precision: feeds.Day}
		records = append(records, r)
	}
	old := record("truoc", 0, "Tin hôm trước", "")
	old.Article.Published.Time = day.Add(-time.Hour)
	before := record("xua", 0, "Tin ngày xưa", "")
	before.Article.Published.Time = time.Date(1830, 1, 1, 0, 0, 0, 0, time.UTC)
	x := index(t, append(records, record("sau", 0, "Tin hôm sau", ""), old, before)...)
	q, err := search.Parse("tin")
	if err != nil {
		t.Fatal(err)
	}
	ids, more, err := x.Find(t.Context(), q, 500, 0)
	if err != nil || more || len(ids) != 203 {
		t.Fatal(len(ids), more, err)
	}
	if ids[0] != "sau" || ids[201] != "truoc" || ids[202] != "xua" || ids[1] < "tin190" || ids[200] > "tin010" {
		t.Error(ids)
	}
}
