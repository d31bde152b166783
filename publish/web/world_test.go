package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/feeds/library"
	"loa/feeds/units"
	"loa/internal/cache"
	"loa/publish/web"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

const base = "https://tin.example.vn"

var start = time.Date(2026, time.March, 2, 8, 0, 0, 0, feeds.Zone)

// register is loaded once, and never changes.
var register = sync.OnceValue(func() *units.Register {
	r, err := units.Load()
	if err != nil {
		panic(err)
	}
	return r
})

// world is a library that a test fills.
type world struct {
	t    testing.TB
	lib  *library.Library
	next uint64
}

func newWorld(t testing.TB) *world {
	t.Helper()
	lib, err := library.Open(filepath.Join(t.TempDir(), "library.db"), library.Options{Province: register().Province, Page: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lib.Close() })
	return &world{t: t, lib: lib}
}

// article is a record of an article; its title names it well enough.
func article(id, unit, category, title string) feeds.Record {
	return feeds.Record{
		Format: feeds.RecordFormat, ID: id, Revision: 1, Kind: feeds.Published,
		Article: feeds.Article{
			Unit: unit, URL: "https://portal.example.vn/" + id, Title: title, Category: category, Language: "vi",
			Summary:     "Tóm tắt: " + title + ".",
			ContentHTML: "<p>" + title + ", theo thông báo của ủy ban nhân dân.</p>",
			Published:   feeds.Date{Time: time.Date(2026, time.March, 1, 0, 0, 0, 0, feeds.Zone), Precision: feeds.Day, Raw: "01/03/2026"},
		},
		Keys: []string{"url:" + id}, Channels: []feeds.Door{feeds.DoorPoll},
		Version: feeds.Version{Authority: feeds.AuthorityPoll, Arrived: start},
	}
}

// put appends records to the journal that the library reads, a minute apart.
func (w *world) put(records ...feeds.Record) {
	w.t.Helper()
	var batch []journal.Entry
	for _, r := range records {
		w.next++
		at := start.Add(time.Duration(w.next) * time.Minute)
		if r.FirstSeen.IsZero() {
			r.FirstSeen = at
		}
		if r.Changed.IsZero() {
			r.Changed = at
		}
		b, err := journal.Encode(&r)
		if err != nil {
			w.t.Fatal(err)
		}
		batch = append(batch, journal.Entry{Position: w.next, Record: r, Bytes: b, Digest: journal.Digest(b)})
	}
	if err := w.lib.Apply(context.Background(), batch); err != nil {
		w.t.Fatal(err)
	}
}

// village fills the world with what most tests need.
func (w *world) village() *world {
	gone := article("rut", "09064", "Tin tức", "Lịch cắt điện đã rút")
	gone.Revision, gone.Kind = 2, feeds.Withdrawn
	gone.Withdrawal = &feeds.Withdrawal{Time: start.Add(time.Hour), Reason: "Lịch đã thay đổi"}
	double := article("trung", "09025", "Tin tức", "Họp thôn về nước sạch")
	double.Keys = []string{"url:hop-thon", "url:trung"}
	w.put(
		article("hop-thon", "09025", "Tin tức", "Họp thôn về nước sạch"),
		article("tiem-chung", "09025", "Y tế", "Lịch tiêm chủng tháng ba"),
		article("rut", "09064", "Tin tức", "Lịch cắt điện"),
		double,
		gone,
		article("cho-phien", "09064", "Kinh tế", "Chợ phiên mở lại từ thứ bảy"),
	)
	return w
}

// province fills the world with a district that is no more, its successors, and
// articles that cite documents, and returns the options with the register.
func (w *world) province() web.Options {
	w.t.Helper()
	dated := func(r feeds.Record, day string) feeds.Record {
		t, err := time.ParseInLocation(time.DateOnly, day, feeds.Zone)
		if err != nil {
			w.t.Fatal(err)
		}
		r.Article.Published = feeds.Date{Time: t, Precision: feeds.Day, Raw: t.Format("02/01/2006")}
		r.FirstSeen, r.Changed = t.Add(9*time.Hour), t.Add(9*time.Hour)
		return r
	}
	nq := feeds.Citation{Type: "NQ", Number: "19", Symbol: "NQ/TW", Document: "19-NQ-TW", Date: "2017-10-25", InTitle: true}
	kh := feeds.Citation{Type: "KH", Number: "15", Year: "2026", Symbol: "KH-UBND", Document: "15-2026-KH-UBND", InTitle: true, Publishes: true}
	nd := feeds.Citation{Type: "NĐ", Number: "42", Year: "2022", Symbol: "NĐ-CP", Document: "42-2022-NĐ-CP"}
	plan := article("ke-hoach", "09064", "Tin tức", "Kế hoạch 15/2026/KH-UBND về thực hiện Nghị quyết 19-NQ/TW")
	plan.Article.Citations = []feeds.Citation{kh, nq, nd}
	cited := article("so-ket", "09025", "Tin tức", "Xã sơ kết Kế hoạch 15")
	kh.InTitle, kh.Publishes = false, false
	cited.Article.Citations = []feeds.Citation{kh}
	w.put(
		dated(article("chong-han", "251", "Kinh tế", "Huyện chống hạn cho lúa mùa"), "2020-08-24"),
		dated(article("cho-cu", "09025", "Kinh tế", "Thị trấn sửa chợ"), "2024-05-06"),
		dated(article("ban-giao", "251", "Tin tức", "Huyện bàn giao hồ sơ về các xã"), "2025-06-30"),
		dated(article("phu-tho", "25", "Tin tức", "Tỉnh công bố đường dây nóng"), "2025-07-02"),
		dated(article("ao-ca", "99999", "Tin tức", "Nuôi cá lồng"), "2025-07-03"),
		dated(article("y-te-xa", "09025", "Y tế", "Xã mở trạm y tế mới"), "2026-01-05"),
		plan, cited,
	)
	o := w.options()
	o.Units, o.UnitName, o.Search = register(), nil, finder{w.lib}
	return o
}

func unitName(code string, _ time.Time) string {
	return map[string]string{"09025": "Xã Yên Lạc", "09064": "Xã Liên Châu"}[code]
}

// clock stands after everything that the worlds hold.
func clock() time.Time { return start.Add(24 * time.Hour) }

func (w *world) options() web.Options {
	return web.Options{
		Library: w.lib, BaseURL: base, Authority: "tin.example.vn,2026", Generator: "loa",
		Hubs: []string{base + "/hub"}, UnitName: unitName, Now: clock,
	}
}

func serverOf(t testing.TB, o web.Options) *web.Server {
	t.Helper()
	s := web.New(o)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func memory(t testing.TB) cache.Cache {
	t.Helper()
	m, err := cache.NewMemory(cache.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// browser is what browsers accept.
const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

// get asks the handler; header lines are "Name: value". It accepts what browsers
// do, if they do not say what.
func get(s *web.Server, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for _, line := range header {
		k, v, _ := strings.Cut(line, ": ")
		r.Header.Add(k, v)
	}
	if _, says := r.Header["Accept"]; !says {
		r.Header.Set("Accept", browser)
	}
	rec := httptest.NewRecorder()
	s.Handler().ServeHTTP(rec, r)
	return rec
}

// metric is the sum of a counter's series whose label has the value, of all of
// them if the value is empty.
func metric(t testing.TB, s *web.Server, name, value string) float64 {
	t.Helper()
	reg := prometheus.NewRegistry()
	reg.MustRegister(s.Metrics()...)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			if value == "" || len(m.GetLabel()) > 0 && m.GetLabel()[0].GetValue() == value {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}

func parseSelector(t testing.TB, path string) feeds.Selector {
	t.Helper()
	sel, err := feeds.ParseSelector(path)
	if err != nil {
		t.Fatal(err)
	}
	return sel
}

// finder is a search that goes through all titles.
type finder struct{ lib *library.Library }

func (f finder) Parse(text string) (string, error) {
	if text = strings.Join(strings.Fields(strings.ToLower(text)), " "); text == "" {
		return "", errors.New("nothing to look for")
	}
	return text, nil
}

func (f finder) Find(ctx context.Context, query string, n int) ([]string, error) {
	var out []string
	err := f.lib.Each(ctx, func(st library.State) error {
		if strings.Contains(strings.ToLower(st.Record.Article.Title), query) && len(out) < n {
			out = append(out, st.Record.ID)
		}
		return nil
	})
	return out, err
}

func (f finder) Position() uint64 { return f.lib.Position() }
