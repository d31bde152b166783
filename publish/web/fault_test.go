package web_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/feeds/library"
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

func (b *broken) Live(ctx context.Context, path string, n int) (library.Feed, error) {
	if err := b.broken(ctx); err != nil {
		return library.Feed{}, err
	}
	return b.Library.Live(ctx, path, n)
}

func (b *broken) Before(ctx context.Context, paths []string, n int, end time.Time) (library.Feed, error) {
	if err := b.broken(ctx); err != nil {
		return library.Feed{}, err
	}
	return b.Library.Before(ctx, paths, n, end)
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
				if age := old.Header().Get("Age"); age != "90" || !strings.Contains(old.Header().Get("Cache-Control"), "max-age=5,") {
					t.Errorf("%s: Age %q, %q", path, age, old.Header().Get("Cache-Control"))
				}
				same := get(s, path, "If-None-Match: "+good.Header().Get("ETag"))
				if same.Code != 304 || same.Header().Get("Age") != "90" {
					t.Errorf("%s: %d Age %q when it is asked for conditionally", path, same.Code, same.Header().Get("Age"))
				}
				lib.how.Store(nil)
				lib.ahead.Store(0)
				if again := get(s, path); again.Code != 200 || again.Header().Get("Age") != "" {
					t.Errorf("%s: %d Age %q after the failure", path, again.Code, again.Header().Get("Age"))
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

// While the library fails, it is not asked by every request.
func TestPauseAfterFailure(t *testing.T) {
	w := newWorld(t).village()
	lib := &broken{Library: w.lib}
	o := w.options()
	now := clock()
	o.Library, o.Now = lib, func() time.Time { return now }
	s := serverOf(t, o)
	get(s, "/feeds/all.rss")
	lib.fail(func(context.Context) error { return errDisk })
	lib.ahead.Store(1)
	before := lib.reads.Load()
	for range 10 {
		if r := get(s, "/feeds/all.rss"); r.Code != 200 || r.Header().Get("Age") == "" {
			t.Fatalf("%d %v", r.Code, r.Header())
		}
	}
	if n := lib.reads.Load() - before; n != 1 {
		t.Errorf("read %d times", n)
	}
	lib.how.Store(nil)
	lib.ahead.Store(0)
	w.put(article("moi", "09025", "Y tế", "Trạm y tế mở cửa chủ nhật"))
	now = now.Add(time.Second)
	if r := get(s, "/feeds/all.rss"); !strings.Contains(r.Body.String(), "Trạm y tế") || r.Header().Get("Age") != "" {
		t.Errorf("%d %v after the failure", r.Code, r.Header())
	}
}

// The last good document is there in every coding, and by the address without
// suffix, also in codings that nobody had asked for before the failure.
func TestLastGoodVariants(t *testing.T) {
	w := newWorld(t)
	news(w)
	lib := &broken{Library: w.lib}
	o := w.options()
	now := clock()
	o.Library, o.Now = lib, func() time.Time { return now }
	s := serverOf(t, o)
	good := get(s, "/feeds/all.rss")
	lib.fail(func(context.Context) error { return errDisk })
	lib.ahead.Store(1)
	now = now.Add(time.Minute)
	for _, path := range []string{"/feeds/all.rss", "/feeds/all"} {
		for _, coding := range []string{"identity", "gzip", "br", "zstd"} {
			r := get(s, path, "Accept: */*", "Accept-Encoding: "+coding)
			if r.Code != 200 || r.Header().Get("Age") != "60" {
				t.Errorf("%s in %s: %d, Age %q", path, coding, r.Code, r.Header().Get("Age"))
				continue
			}
			if got := unpack(t, r.Header().Get("Content-Encoding"), r.Body.Bytes()); string(got) != good.Body.String() {
				t.Errorf("%s in %s: not the last good one", path, coding)
			}
			again := get(s, path, "Accept: */*", "Accept-Encoding: "+coding, "If-None-Match: "+r.Header().Get("ETag"))
			if again.Code != 304 || again.Header().Get("Age") != "60" || again.Header().Get("Cache-Control") != r.Header().Get("Cache-Control") {
				t.Errorf("%s in %s: %d %v", path, coding, again.Code, again.Header())
			}
		}
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
		if r.Code != 200 || r.Header().Get("Age") == "" {
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
func (l still) Taken() uint64                 { return 1 }
func (l still) Live(context.Context, string, int) (library.Feed, error) {
	return l.feed, nil
}
func (l still) Archive(context.Context, string, string) (library.Archive, error) {
	return library.Archive{}, library.ErrNotFound
}
func (l still) Listing(context.Context, int, int, func(*feeds.Record) error) (int, error) {
	return 0, nil
}
func (l still) Before(context.Context, []string, int, time.Time) (library.Feed, error) {
	return l.feed, nil
}
func (l still) Directory(context.Context) ([]library.Listed, error) { return nil, nil }
func (l still) Article(context.Context, string) (library.State, error) {
	return library.State{}, library.ErrNotFound
}
func (l still) Entries(context.Context, uint64, func(journal.Entry) error) error { return nil }
