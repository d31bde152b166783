package web_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"loa/feeds"
	"loa/internal/cache"
	"loa/publish/web"
)

// Five hundred readers come to a feed that nobody has asked for yet, in all codings
// and by both of its addresses: it is rendered once, and all get the same.
func TestOneRenderingForAll(t *testing.T) {
	for name, shared := range map[string]cache.Values{"with a cache": memory(t), "without": nil} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			news(w)
			o := w.options()
			o.Cache = shared
			s := serverOf(t, o)
			var wg sync.WaitGroup
			var mu sync.Mutex
			bodies := map[string]string{} // by entity tag
			begin := make(chan struct{})
			for i := range 500 {
				wg.Go(func() {
					<-begin
					path := []string{"/feeds/all.atom", "/feeds/all"}[i%2]
					coding := []string{"gzip", "br", "zstd", "identity", "gzip, br"}[i%5]
					r := get(s, path, "Accept: application/atom+xml", "Accept-Encoding: "+coding)
					mu.Lock()
					defer mu.Unlock()
					tag := r.Header().Get("ETag")
					if b, seen := bodies[tag]; r.Code != 200 || seen && b != r.Body.String() {
						t.Errorf("%s in %s: %d, or other bytes", path, coding, r.Code)
					}
					bodies[tag] = r.Body.String()
				})
			}
			close(begin)
			wg.Wait()
			if n := metric(t, s, "renders_total", "atom"); n != 1 || len(bodies) != 4 {
				t.Errorf("%v renderings, %d variants", n, len(bodies))
			}
			if n := metric(t, s, "renders_total", ""); n != 1 {
				t.Errorf("%v renderings of all kinds", n)
			}
			if n := metric(t, s, "variants_total", ""); n != 3 {
				t.Errorf("compressed %v times", n)
			}
			if n := metric(t, s, "documents_total", ""); n != 500 {
				t.Errorf("%v documents are counted", n)
			}
		})
	}
}

// Two nodes and one shared cache: what one has rendered the other serves.
func TestSharedCache(t *testing.T) {
	w := newWorld(t).village()
	o := w.options()
	o.Cache = memory(t)
	one, two := serverOf(t, o), serverOf(t, o)
	paths := []string{"/feeds/all.rss", "/feeds/units/09064.atom", "/feeds/categories/y-te.json", "/feeds/all", "/"}
	for _, path := range paths {
		a, b := get(one, path), get(two, path)
		if a.Code != 200 || b.Code != 200 || a.Body.String() != b.Body.String() || a.Header().Get("ETag") != b.Header().Get("ETag") || a.Header().Get("Link") != b.Header().Get("Link") {
			t.Errorf("%s: %d and %d differ", path, a.Code, b.Code)
		}
	}
	if n := metric(t, two, "renders_total", ""); n != 0 {
		t.Errorf("the second one rendered %v", n)
	}
	if n := metric(t, two, "documents_total", "rendered"); n != 0 {
		t.Errorf("the second one says that it rendered %v", n)
	}

	// A node that shares nothing, or one that was started anew, gives the same.
	alone := serverOf(t, w.options())
	for _, path := range paths {
		for _, coding := range []string{"identity", "gzip", "br", "zstd"} {
			a, b := get(one, path, "Accept-Encoding: "+coding), get(alone, path, "Accept-Encoding: "+coding)
			if a.Body.String() != b.Body.String() || a.Header().Get("ETag") != b.Header().Get("ETag") {
				t.Errorf("%s in %s: other bytes on a node of its own", path, coding)
			}
		}
	}

	// Another journal, another address: other documents.
	o.Journal = "another"
	three := serverOf(t, o)
	get(three, "/feeds/all.rss")
	o.Journal, o.BaseURL = "", "https://tin2.example.vn"
	four := serverOf(t, o)
	if !strings.Contains(get(four, "/feeds/all.rss").Body.String(), "https://tin2.example.vn/feeds/all") {
		t.Error("a document of another address is served")
	}
	if a, b := metric(t, three, "renders_total", ""), metric(t, four, "renders_total", ""); a != 1 || b != 1 {
		t.Errorf("%v and %v renderings", a, b)
	}
}

// liar is a shared cache that has rubbish under every key.
type liar struct {
	rubbish []byte
	deleted atomic.Int64
}

func (l *liar) Get(context.Context, string) ([]byte, bool, error)        { return l.rubbish, true, nil }
func (l *liar) Set(context.Context, string, []byte, time.Duration) error { return nil }
func (l *liar) Delete(context.Context, ...string) error                  { l.deleted.Add(1); return nil }

func TestRubbishInSharedCache(t *testing.T) {
	old, err := web.NewDocument([]byte("cũ"), 1, clock(), 200)
	if err != nil {
		t.Fatal(err)
	}
	older, err := web.Encode(old)
	if err != nil {
		t.Fatal(err)
	}
	for name, rubbish := range map[string][]byte{"noise": []byte("không phải tài liệu"), "empty": {}, "another version": older} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).village()
			o := w.options()
			l := &liar{rubbish: rubbish}
			o.Cache = l
			s := serverOf(t, o)
			if r := get(s, "/feeds/all.rss"); r.Code != 200 || !strings.Contains(r.Body.String(), "Chợ phiên") {
				t.Errorf("%d %s", r.Code, r.Body)
			}
			if l.deleted.Load() != 1 {
				t.Errorf("deleted %d times", l.deleted.Load())
			}
		})
	}
}

// The library may go on between the look at the version and the reading: the
// document is kept under the version that it is of.
func TestVersionOfWhatWasRead(t *testing.T) {
	w := newWorld(t).village()
	shared := memory(t)
	o := w.options()
	o.Cache = shared
	lib := &broken{Library: w.lib}
	o.Library = lib
	var once sync.Once
	lib.fail(func(context.Context) error {
		once.Do(func() { w.put(article("moi", "09025", "Y tế", "Trạm y tế mở cửa chủ nhật")) })
		return nil
	})
	s := serverOf(t, o)
	sel := feeds.Selector{Kind: "all"}
	d, err := s.Document(t.Context(), sel, feeds.RSS)
	if err != nil {
		t.Fatal(err)
	}
	if d.Version != w.next {
		t.Errorf("version %d, want %d", d.Version, w.next)
	}
	// A node that is still at the version before does not find the newer one.
	renders := metric(t, s, "renders_total", "")
	second := serverOf(t, o)
	got, err := second.Document(t.Context(), sel, feeds.RSS)
	if err != nil || got.ETag() != d.ETag() {
		t.Errorf("%v, other bytes", err)
	}
	if n := metric(t, second, "renders_total", ""); renders != 1 || n != 0 {
		t.Errorf("%v and %v renderings", renders, n)
	}
}

// Addresses of feeds that never had an article are free to make up.
func TestUnknownFeedsAreNotKept(t *testing.T) {
	w := newWorld(t).village()
	o := w.options()
	o.Cache = memory(t)
	s := serverOf(t, o)
	for i := range 300 {
		code := string(rune('0'+i/100)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10)) + "7"
		if r := get(s, "/feeds/units/"+code+".rss"); r.Code != 200 {
			t.Fatal(r.Code)
		}
		get(s, "/feeds/categories/khong-co-"+code+".rss")
		get(s, "/articles/khong-co-"+code)
	}
	if n := s.Kept(); n != 0 {
		t.Errorf("%d documents are kept", n)
	}
}

// Whatever order a feed changes in, a reader sees it with its next request.
func TestChangesAreSeen(t *testing.T) {
	w := newWorld(t)
	s := serverOf(t, w.options())
	empty := get(s, "/feeds/all.json")
	if empty.Code != 200 || !strings.Contains(empty.Body.String(), `"items":[]`) {
		t.Fatalf("%d %s", empty.Code, empty.Body)
	}
	w.put(article("a", "09025", "Tin tức", "Tin thứ nhất"))
	first := get(s, "/feeds/all.json", "If-None-Match: "+empty.Header().Get("ETag"))
	if first.Code != 200 || !strings.Contains(first.Body.String(), "Tin thứ nhất") {
		t.Fatalf("%d %s", first.Code, first.Body)
	}
	page := get(s, "/articles/a")
	w.put(article("b", "09025", "Tin tức", "Tin thứ hai"))
	second := get(s, "/feeds/all.json")
	if !strings.Contains(second.Body.String(), "Tin thứ hai") {
		t.Error("the second article is not seen")
	}
	gone := article("b", "09025", "Tin tức", "Tin thứ hai")
	gone.Revision, gone.Kind, gone.Withdrawal = 2, feeds.Withdrawn, &feeds.Withdrawal{Time: start}
	w.put(gone)
	third := get(s, "/feeds/all.json", "If-Modified-Since: "+second.Header().Get("Last-Modified"))
	if third.Code != 200 || strings.Contains(third.Body.String(), "Tin thứ hai") {
		t.Errorf("%d: a reader that has only dates does not see the withdrawal", third.Code)
	}
	if again := get(s, "/articles/a", "If-None-Match: "+page.Header().Get("ETag")); again.Code != 304 {
		t.Errorf("the page of an article changed with another: %d", again.Code)
	}
}

// Last-Modified is never later than Date (RFC 9110 section 8.8.2.1).
func TestClockAhead(t *testing.T) {
	w := newWorld(t)
	r := article("a", "09025", "Tin tức", "Tin từ tương lai")
	r.Changed = clock().Add(time.Hour)
	w.put(r)
	s := serverOf(t, w.options())
	if got, want := get(s, "/feeds/all.rss").Header().Get("Last-Modified"), clock().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// What is served is what Build makes.
func TestBuild(t *testing.T) {
	w := newWorld(t).village()
	o := w.options()
	o.Cache = memory(t)
	s := serverOf(t, o)
	for _, path := range []string{"all", "units/09025", "units/09025/y-te", "categories/tin-tuc", "units/09999"} {
		for _, format := range feeds.Formats {
			sel, err := feeds.ParseSelector(path)
			if err != nil {
				t.Fatal(err)
			}
			b, version, err := web.Build(t.Context(), w.lib, w.options(), sel, format)
			if err != nil {
				t.Fatal(err)
			}
			if r := get(s, "/feeds/"+path+"."+string(format)); r.Body.String() != string(b) {
				t.Errorf("%s.%s: other bytes", path, format)
			}
			d, err := s.Document(t.Context(), sel, format)
			if err != nil || d.Version != version {
				t.Errorf("%s.%s: version %d, want %d (%v)", path, format, d.Version, version, err)
			}
		}
	}
	if _, _, err := web.Build(t.Context(), w.lib, o, feeds.Selector{Kind: "categories", Category: "the-thao"}, feeds.RSS); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if _, err := s.Document(t.Context(), feeds.Selector{Kind: "categories", Category: "the-thao"}, feeds.RSS); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

// Behind a proxy that serves loa below a path, addresses have that path.
func TestBaseURLWithPath(t *testing.T) {
	w := newWorld(t).village()
	o := w.options()
	o.BaseURL = "https://tinh.example.vn/tin/"
	s := serverOf(t, o)
	if got := get(s, "/articles/trung").Header().Get("Location"); got != "/tin/articles/hop-thon" {
		t.Errorf("Location %q", got)
	}
	if got := get(s, "/feeds/all.json").Header().Get("Link"); !strings.Contains(got, `<https://tinh.example.vn/tin/feeds/all.json>; rel="self"`) {
		t.Errorf("Link %q", got)
	}
	if page := get(s, "/").Body.String(); !strings.Contains(page, `href="/tin/feeds/units/09025"`) {
		t.Error("links of pages lack the path")
	}
}
