package web

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"loa/feeds"
	"loa/internal/cache"
)

const (
	// keepFor is how long documents stay in the cache. They are never wrong, as
	// their key has the version; this only frees the room of feeds that nobody
	// asks for.
	keepFor = 24 * time.Hour
	// patience is how long a request waits for a new document when there is an
	// old one that it could have.
	patience = 2 * time.Second
	// pause is how long after a failure nobody tries again to make a document
	// of which there is an old one: a disk that fails or hangs is not asked by
	// every request.
	pause = time.Second
)

// Document returns a feed's document in one format as it is served, from where
// it is quickest to have, or [ErrNotFound].
func (s *Server) Document(ctx context.Context, sel feeds.Selector, format feeds.Format) (*Document, error) {
	asked := address{kind: kindFeed, selector: sel, format: format}
	a, ok := s.parse(asked.path())
	if !ok || a.kind != kindFeed || a.selector != sel {
		return nil, ErrNotFound
	}
	a.day = dayOf(s.o.Now())
	d, _, err := s.find(ctx, &a)
	return d, err
}

// parse is the function of this name, but for the numbers of documents that
// articles have been filed under: those stay as they are, whatever becomes of the
// reading of numbers.
func (s *Server) parse(path string) (address, bool) {
	a, ok := parse(path)
	if a.archive != "" || a.selector.Kind != "documents" && !strings.HasPrefix(path, "/feeds/documents/") || ok && a.path() == path {
		return a, ok
	}
	as := strings.TrimPrefix(path, "/feeds/")
	if !a.isPage() {
		as = strings.TrimSuffix(as, "."+string(a.format))
	}
	if _, filed := s.lib.Version(as); filed {
		if sel, err := feeds.ParseSelector(as); err == nil {
			a.selector, ok = sel, true
		}
	}
	return a, ok
}

// version is the least version that the address's document must have.
func (s *Server) version(a *address) uint64 {
	switch {
	case a.isArticle(), a.kind == kindOPML, a.kind == kindSitemap:
		return s.lib.Position()
	case a.archive != "":
		return s.lib.Taken()
	case a.isSearch():
		if s.o.Search == nil {
			return 1
		}
		return s.o.Search.Position() + 1
	}
	var newest uint64
	for _, path := range a.paths() {
		v, _ := s.lib.Version(path)
		newest = max(newest, v)
	}
	return newest
}

// pool is where the address's document is kept. There are any number of days to
// look at feeds from; they must not push the feeds out.
func (s *Server) pool(a *address) *pool {
	if !a.isFew() {
		return s.articles
	}
	return s.feeds
}

// isShared reports whether nodes share the document: not those that are cheap,
// and not those of which there are any number.
func isShared(a *address, version uint64) bool {
	return a.isFew() && version > 0
}

// isFew reports whether there are only so many documents of the kind: feeds, and
// not what anybody may think up.
func (a *address) isFew() bool {
	return (a.kind == kindFeed || a.kind == kindFeedPage || a.kind == kindHome) && a.archive == "" && a.since == "" && a.n == 0 && a.query == "" && a.asOf.IsZero() &&
		!a.isSearch() && (a.follow || len(a.units) == 0)
}

// isNew reports whether the document is of the version and the address's day.
func (d *Document) isNew(a *address, version uint64) bool {
	switch {
	case a.archive != "":
		return d.Version >= version // nothing that it says depends on the day
	case a.kind == kindSitemap:
		return true // until it is dropped, see sitemapAge
	}
	return d.Version >= version && d.day == a.day
}

// find returns the document of an address: the one at hand if its version is
// still the newest, else one of the newest version from the cache or made now,
// else, if that fails, the last good one.
func (s *Server) find(ctx context.Context, a *address) (*Document, origin, error) {
	key, version := a.key(), s.version(a)
	last, found := s.pool(a).GetIfPresent(key)
	if a.kind == kindSitemap && found && s.o.Now().Sub(last.made) > sitemapAge {
		found = false
	}
	if found && last.isNew(a, version) {
		return last, fromMemory, nil
	}
	wait := ctx
	if found {
		if since := s.o.Now().UnixNano() - last.failed.Load(); 0 <= since && since < int64(pause) {
			return last, fromPast, nil
		}
		var cancel context.CancelFunc
		wait, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	d, from, err := s.renew(wait, a, key, version)
	var moved *movedError
	switch {
	case err == nil:
		return d, from, nil
	case errors.Is(err, ErrNotFound), errors.As(err, &moved), ctx.Err() != nil:
		return nil, from, err
	}
	s.complain(key, err, found)
	if found {
		last.failed.Store(s.o.Now().UnixNano())
		return last, fromPast, nil
	}
	return nil, from, err
}

// renew makes the document or finds it in the cache. All who ask for it at once
// get the same one.
func (s *Server) renew(ctx context.Context, a *address, key string, version uint64) (*Document, origin, error) {
	var shared cache.Values = nothing{}
	if isShared(a, version) {
		shared = s.o.Cache
	}
	name := s.key(a, key, version)
	b, from, err := s.flight.Load(ctx, shared, name, 0, func(ctx context.Context) ([]byte, error) {
		return s.make(ctx, a, key, version)
	})
	if err != nil {
		return nil, fromRenderer, err
	}
	if d, found := s.pool(a).GetIfPresent(key); found && d.isNew(a, version) {
		return d, originOf(from), nil
	}
	d, err := decode(b)
	if err == nil && from != cache.Made && d.Version != version {
		err = fmt.Errorf("%w of this version", errDocument)
	}
	if err != nil { // what a shared cache had there is not ours
		s.complain(key, err, false)
		_ = shared.Delete(ctx, name) // counted by the cache
		b, from, err = s.flight.Load(ctx, nothing{}, name+"/again", 0, func(ctx context.Context) ([]byte, error) {
			return s.make(ctx, a, key, version)
		})
		if err != nil {
			return nil, fromRenderer, err
		}
		if d, err = decode(b); err != nil {
			return nil, fromRenderer, err
		}
	}
	s.keep(a, key, d)
	return d, originOf(from), nil
}

// make renders the document and stores it under the version that it turned out
// to be of, which may be newer than the one asked for.
func (s *Server) make(ctx context.Context, a *address, key string, version uint64) ([]byte, error) {
	if d, found := s.pool(a).GetIfPresent(key); found && d.isNew(a, version) {
		return d.encode() // made between the caller's look and the flight
	}
	d, err := s.build(ctx, a)
	if err != nil {
		return nil, err
	}
	s.metrics.byFormat[a.format].Inc()
	s.metrics.byCoding[gzipped].Inc()
	b, err := d.encode()
	if err != nil {
		return nil, err
	}
	s.keep(a, key, d)
	if isShared(a, d.Version) {
		_ = s.o.Cache.Set(ctx, s.key(a, key, d.Version), b, keepFor) // counted by the cache
	}
	return b, nil
}

// keep holds the document for the next request. Those of feeds that never had an
// article are not held: anybody can ask for a hundred thousand of them.
func (s *Server) keep(a *address, key string, d *Document) {
	s.header.dress(d, a)
	of := *a
	d.of = &of
	d.compressed = &s.metrics.byCoding
	d.made, d.feed, d.day = s.o.Now(), a.selector.Path(), a.day
	if d.Version > 0 {
		s.pool(a).Set(key, d)
	}
}

// key is the document's name in the cache: with the day, since what is said of
// units may change with it.
func (s *Server) key(a *address, key string, version uint64) string {
	return "doc/" + s.digest + key + "@" + strconv.FormatUint(version, 10) + "/" + strconv.FormatInt(a.day, 10)
}

func originOf(o cache.Origin) origin {
	switch o {
	case cache.FromMemory:
		return fromMemory
	case cache.FromShared:
		return fromShared
	}
	return fromRenderer
}

// complain logs a failure, at most one a second: when the disk is gone, every
// request fails.
func (s *Server) complain(path string, err error, stale bool) {
	s.metrics.failures.Inc()
	now := s.o.Now().Unix()
	if before := s.complained.Load(); now == before || !s.complained.CompareAndSwap(before, now) {
		return
	}
	args := []any{"path", path, "err", err, "served_last_good", stale}
	var p *cache.PanicError
	if errors.As(err, &p) {
		args = append(args, "stack", string(p.Stack))
	}
	s.o.Log.Error("document cannot be made", args...)
}
