package web_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/feeds/library"
	"loa/internal/cache"
	"loa/publish/web"
)

// broken is a library whose reads can be made to fail. Its versions can be moved.
type broken struct {
	web.Library
	ahead atomic.Uint64 // added to versions
	how   atomic.Pointer[func(context.Context) error]
	reads atomic.Int64
}

func (b *broken) fail(f func(context.Context) error) { b.how.Store(&f) }

func (b *broken) broken(ctx context.Context) error {
	b.reads.Add(1)
	if f := b.how.Load(); f != nil {
		return (*f)(ctx)
	}
	return nil
}

func (b *broken) Version(path string) (uint64, bool) {
	v, ok := b.Library.Version(path)
	return v + b.ahead.Load(), ok
}

func (b *broken) Position() uint64 { return b.Library.Position() + b.ahead.Load() }

func (b *broken) Feed(ctx context.Context, path string, n int) (library.Feed, error) {
	if err := b.broken(ctx); err != nil {
		return library.Feed{}, err
	}
	return b.Library.Feed(ctx, path, n)
}

func (b *broken) Article(ctx context.Context, id string) (library.State, error) {
	if err := b.broken(ctx); err != nil {
		return library.State{}, err
	}
	return b.Library.Article(ctx, id)
}

var errDisk = errors.New("disk input/output error")

// The last good document is served when the one that should follow cannot be
// made, whatever the reason; without one the answer is 503.
func TestLastGood(t *testing.T) {
	for name, how := range map[string]func(context.Context) error{
		"error": func(context.Context) error { return errDisk },
		"panic": func(context.Context) error { panic("row of a strange form") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).village()
			lib := &broken{Library: w.lib}
			o := w.options()
			var log bytes.Buffer
			now := clock()
			o.Library, o.Log, o.Now = lib, slog.New(slog.NewTextHandler(&log, nil)), func() time.Time { return now }
			s := serverOf(t, o)
			for _, path := range []string{"/feeds/all.rss", "/feeds/units/09025", "/articles/tiem-chung"} {
				good := get(s, path)
				if good.Code != 200 {
					t.Fatalf("%s: %d", path, good.Code)
				}
				lib.fail(how)
				lib.ahead.Store(10)
				now = now.Add(90 * time.Second)
				old := get(s, path)
				if old.Code != 200 || old.Body.String() != good.Body.String() {
					t.Errorf("%s: %d, not the last good one", path, old.Code)
				}
				if age, warning := old.Header().Get("Age"), old.Header().Get("Warning"); age != "90" || !strings.HasPrefix(warning, "110 ") {
					t.Errorf("%s: Age %q, Warning %q", path, age, warning)
				}
				same := get(s, path, "If-None-Match: "+good.Header().Get("ETag"))
				if same.Code != 304 || same.Header().Get("Age") != "90" {
					t.Errorf("%s: %d Age %q when it is asked for conditionally", path, same.Code, same.Header().Get("Age"))
				}
				lib.how.Store(nil)
				lib.ahead.Store(0)
				if again := get(s, path); again.Code != 200 || again.Header().Get("Warning") != "" {
					t.Errorf("%s: %d Warning %q after the failure", path, again.Code, again.Header().Get("Warning"))
				}
			}
			if n := metric(t, s, "documents_total", "stale"); n != 6 {
				t.Errorf("%v stale documents are counted", n)
			}
			if !strings.Contains(log.String(), "document cannot be made") {
				t.Errorf("nothing is logged: %s", log.String())
			}

			lib.fail(how)
			cold := get(s, "/feeds/categories/y-te.json")
			if cold.Code != 503 || cold.Header().Get("Retry-After") == "" || cold.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("without a good one: %d %v", cold.Code, cold.Header())
			}
			if strings.Contains(cold.Body.String(), "disk") {
				t.Error("the cause is shown")
			}
		})
	}
}

func TestClosedLibrary(t *testing.T) {
	w := newWorld(t).village()
	s := serverOf(t, w.options())
	good := get(s, "/feeds/all.atom")
	_ = w.lib.Close()
	if r := get(s, "/feeds/all.atom"); r.Body.String() != good.Body.String() {
		t.Errorf("%d", r.Code)
	}
	if r := get(s, "/feeds/all.json"); r.Code != 503 {
		t.Errorf("%d for what was never made", r.Code)
	}
}

// A disk that hangs is a failure, too: who could have the old document does not
// wait for the new one for long.
func TestHangingLibrary(t *testing.T) {
	w := newWorld(t).village()
	good := library.Feed{}
	good, err := w.lib.Feed(t.Context(), "all", 50)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		lib := &broken{Library: still{good}}
		o := w.options()
		o.Library = lib
		s := web.New(o)
		get(s, "/feeds/all.rss")
		lib.ahead.Store(1)
		lib.fail(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		before := time.Now()
		r := get(s, "/feeds/all.rss")
		if r.Code != 200 || r.Header().Get("Warning") == "" {
			t.Errorf("%d %v", r.Code, r.Header())
		}
		if waited := time.Since(before); waited != web.Patience {
			t.Errorf("waited %v", waited)
		}
		_ = s.Close()
	})
}

// still is a library of one feed without a disk.
type still struct{ feed library.Feed }

func (l still) Version(string) (uint64, bool) { return l.feed.Version, true }
func (l still) Position() uint64              { return l.feed.Version }
func (l still) Feed(context.Context, string, int) (library.Feed, error) {
	return l.feed, nil
}
func (l still) Feeds(context.Context) ([]library.Listed, error) { return nil, nil }
func (l still) Article(context.Context, string) (library.State, error) {
	return library.State{}, library.ErrNotFound
}
func (l still) Entries(context.Context, uint64, func(journal.Entry) error) error { return nil }

// Five hundred readers come to a feed that nobody has asked for yet.
func TestOneRenderingForAll(t *testing.T) {
	for name, shared := range map[string]cache.Values{"with a cache": memory(t), "without": nil} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).village()
			o := w.options()
			o.Cache = shared
			s := serverOf(t, o)
			var wg sync.WaitGroup
			var wrong atomic.Int64
			begin := make(chan struct{})
			for range 500 {
				wg.Go(func() {
					<-begin
					if get(s, "/feeds/all.atom", "Accept-Encoding: gzip").Code != 200 {
						wrong.Add(1)
					}
				})
			}
			close(begin)
			wg.Wait()
			if n := metric(t, s, "renders_total", "atom"); n != 1 || wrong.Load() != 0 {
				t.Errorf("%v renderings, %d wrong answers", n, wrong.Load())
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
