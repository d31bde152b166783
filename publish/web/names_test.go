package web_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"loa/feeds"
	"loa/feeds/units"
	"loa/publish/web"
)

func TestUnitName(t *testing.T) {
	register, err := units.Load()
	if err != nil {
		t.Fatal(err)
	}
	name := web.UnitName(register)
	for _, c := range []struct{ code, day, want string }{
		{"251", "2020-08-24", "Huyện Yên Lạc"},
		{"251", "2026-03-01", "Huyện Yên Lạc"}, // an article that came after its unit's end
		{"09025", "2025-06-30", "Thị trấn Yên Lạc"},
		{"09025", "2025-07-01", "Xã Yên Lạc"},
		{"09025", "2099-01-01", "Xã Yên Lạc"},
		{"75", "2026-04-29", "Tỉnh Đồng Nai"},
		{"75", "2026-04-30", "Thành phố Đồng Nai"},
		{"00000", "2026-01-01", ""},
		{"", "2026-01-01", ""},
	} {
		at, err := time.ParseInLocation(time.DateOnly, c.day, feeds.Zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := name(c.code, at); got != c.want {
			t.Errorf("%s on %s: %q, want %q", c.code, c.day, got, c.want)
		}
	}
}

// A change that was loaded ahead of its day shows on that day, not before, and
// without a restart.
func TestUnitChangesWhileTheServerRuns(t *testing.T) {
	changes, err := units.ReadChanges("units.yaml", strings.NewReader(`
- date: 2026-04-01
  act: 12/NQ-UBTVQH16
  change: merged
  units: ["09025", "09064"]
  to: {code: "09025", full_name: Phường Yên Lạc}
`))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	o := w.province()
	if o.Units, err = units.Load(changes...); err != nil {
		t.Fatal(err)
	}
	o.Cache = memory(t)
	now := time.Date(2026, time.March, 31, 23, 59, 59, 0, feeds.Zone)
	o.Now = func() time.Time { return now }
	s := serverOf(t, o)
	before := get(s, "/feeds/units/09064.atom")
	if b := before.Body.String(); !strings.Contains(b, "<title>Xã Liên Châu</title>") || strings.Contains(b, "fh:complete") {
		t.Errorf("before its day: %.600s", b)
	}
	now = now.Add(time.Second)
	after := get(s, "/feeds/units/09064.atom", "If-Modified-Since: "+before.Header().Get("Last-Modified"))
	if b := after.Body.String(); after.Code != 200 || !strings.Contains(b, "Đơn vị này không còn từ ngày 01/04/2026") || !strings.Contains(b, `title="Phường Yên Lạc"`) || !strings.Contains(b, "fh:complete") {
		t.Errorf("on its day: %d %.900s", after.Code, b)
	}
	if b := get(s, "/feeds/units/09025.atom").Body.String(); !strings.Contains(b, "<title>Phường Yên Lạc</title>") {
		t.Errorf("the successor: %.600s", b)
	}
	// Where nothing changed the bytes and the tag are the same as the day before.
	one := get(s, "/feeds/all.rss").Header().Get("ETag")
	now = now.Add(24 * time.Hour)
	if r := get(s, "/feeds/all.rss", "If-None-Match: "+one); r.Code != 304 {
		t.Errorf("the next day: %d", r.Code)
	}
}

// Successors may have successors: all on the way stand in the feed, and by a day in
// the past those of that day.
func TestFollowGoesAllTheWay(t *testing.T) {
	changes, err := units.ReadChanges("units.yaml", strings.NewReader(`
- date: 2025-12-01
  act: 1/NQ-UBTVQH16
  change: renamed
  units: "09064"
  to: {code: "09998", full_name: Xã Liên Châu Mới}
- date: 2026-02-01
  act: 2/NQ-UBTVQH16
  change: merged
  units: ["09998", "08716"]
  to: {code: "08716", full_name: Phường Vĩnh Phúc}
`))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	o := w.province()
	if o.Units, err = units.Load(changes...); err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{"09064", "09998", "08716"} {
		r := article("cua-"+code, code, "Tin tức", "Tin của "+code)
		r.Article.Published = feeds.Date{Time: time.Date(2025, time.July, 9, 0, 0, 0, 0, feeds.Zone), Precision: feeds.Day}
		w.put(r)
	}
	s := serverOf(t, o)
	for path, want := range map[string][]string{
		"/feeds/units/251.rss?succession=follow":                  {"09064", "09998", "08716"},
		"/feeds/units/251.rss?as_of=2025-12-31&succession=follow": {"09064", "09998"},
		"/feeds/units/251.rss?as_of=2025-11-30&succession=follow": {"09064"},
		"/feeds/units/09064.rss?succession=follow":                {"09064", "09998", "08716"},
		"/feeds/units/09998.rss?succession=follow":                {"09998", "08716"},
	} {
		r := get(s, path)
		if r.Code != 200 {
			t.Errorf("%s: %d", path, r.Code)
		}
		for _, code := range []string{"09064", "09998", "08716"} {
			if got := strings.Contains(r.Body.String(), "Tin của "+code+"<"); got != slices.Contains(want, code) {
				t.Errorf("%s: %s is in it: %v", path, code, got)
			}
		}
	}
	if r := get(s, "/feeds/units/08716.rss?succession=follow"); r.Code != 301 {
		t.Errorf("the last one: %d", r.Code)
	}
	// What a retired unit's own feed names is what is there today, not on the way.
	if b := get(s, "/feeds/units/09064.json").Body.String(); !strings.Contains(b, `"successors":[{"unit":"08716","name":"Phường Vĩnh Phúc"`) {
		t.Errorf("successors: %.900s", b)
	}
}

// A feed with its successors is new when one of them is.
func TestFollowedFeedIsNewWithItsSuccessors(t *testing.T) {
	w := newWorld(t)
	o := w.province()
	o.Cache = memory(t)
	s := serverOf(t, o)
	const path = "/feeds/units/251.json?succession=follow"
	tag := get(s, path).Header().Get("ETag")
	w.put(article("khac", "25", "Tin tức", "Tỉnh họp báo"))
	if r := get(s, path, "If-None-Match: "+tag); r.Code != 304 {
		t.Errorf("an article of another unit: %d", r.Code)
	}
	w.put(article("moi", "09052", "Tin tức", "Xã mở hội làng"))
	if r := get(s, path, "If-None-Match: "+tag); r.Code != 200 || !strings.Contains(r.Body.String(), "Xã mở hội làng") {
		t.Errorf("an article of a successor: %d", r.Code)
	}
	if n := metric(t, s, "renders_total", "json"); n != 2 {
		t.Errorf("%v renderings", n)
	}
}

// counting is a cache that keeps nothing and counts what it is given.
type counting struct{ sets atomic.Int64 }

func (*counting) Get(context.Context, string) ([]byte, bool, error) { return nil, false, nil }
func (c *counting) Set(context.Context, string, []byte, time.Duration) error {
	c.sets.Add(1)
	return nil
}
func (*counting) Delete(context.Context, ...string) error { return nil }

// Anybody can ask for any day: such documents are not shared, and do not push the
// feeds out.
func TestDaysFillNothing(t *testing.T) {
	w := newWorld(t)
	o := w.province()
	keys := &counting{}
	o.Cache = keys
	s := serverOf(t, o)
	get(s, "/feeds/units/251.rss")
	if keys.sets.Load() != 1 {
		t.Fatalf("%d documents are shared", keys.sets.Load())
	}
	for i := range 50 {
		if r := get(s, fmt.Sprintf("/feeds/units/251.rss?as_of=20%02d-01-01", 10+i)); r.Code != 200 {
			t.Fatal(r.Code)
		}
		get(s, fmt.Sprintf("/feeds/documents/%d-NQ-TW.rss", 1000+i))
	}
	if keys.sets.Load() != 1 {
		t.Errorf("%d documents are shared", keys.sets.Load())
	}
	get(s, "/feeds/units/251.rss")
	if n := metric(t, s, "documents_total", "memory"); n != 1 {
		t.Errorf("the feed is not at hand any more: %v", n)
	}
}

// A retired feed has all its articles and says so; beyond 2,000 it has the newest
// and does not.
func TestRetiredFeedHasEverything(t *testing.T) {
	w := newWorld(t)
	o := w.options()
	register, err := units.Load()
	if err != nil {
		t.Fatal(err)
	}
	o.Units, o.UnitName, o.Items = register, nil, 10
	count := func() (items int, complete bool) {
		b, _, err := web.Build(t.Context(), w.lib, o, parseSelector(t, "units/251"), feeds.Atom)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(b), "<entry>"), strings.Contains(string(b), "<fh:complete>")
	}
	var list []feeds.Record
	for i := range 2001 {
		r := article(fmt.Sprint("bai-", i), "251", "", "Tin huyện")
		r.Article.ContentHTML, r.Article.Summary = "", ""
		list = append(list, r)
	}
	w.put(list[:2000]...)
	if n, complete := count(); n != 2000 || !complete {
		t.Errorf("%d articles, complete: %v", n, complete)
	}
	w.put(list[2000:]...)
	if n, complete := count(); n != 2000 || complete {
		t.Errorf("one more: %d articles, complete: %v", n, complete)
	}
}

// A number that articles were filed under stays reachable as it is.
func TestDocumentAsFiled(t *testing.T) {
	w := newWorld(t)
	r := article("la", "09025", "", "Công văn lạ")
	r.Article.Citations = []feeds.Citation{{Type: "CV", Number: "7", Symbol: "xyz", Document: "7-xyz"}}
	w.put(r)
	s := serverOf(t, w.options())
	for _, path := range []string{"/feeds/documents/7-xyz", "/feeds/documents/7-xyz.rss", "/feeds/documents/7-xyz.json"} {
		if r := get(s, path); r.Code != 200 || !strings.Contains(r.Body.String(), "Công văn lạ") {
			t.Errorf("%s: %d", path, r.Code)
		}
	}
	if r := get(s, "/feeds/documents/8-xyz"); r.Code != 404 {
		t.Errorf("one that is no number: %d", r.Code)
	}
}
