package web

import (
	"context"
	"errors"
	"fmt"
	"strconv"
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
	a, ok := parse(address{kind: kindFeed, selector: sel, format: format}.path())
	if !ok || a.kind != kindFeed {
		return nil, ErrNotFound
	}
	d, _, err := s.find(ctx, a)
	return d, err
}

// version is the least version that the address's document must have.
func (s *Server) version(a address) uint64 {
	if a.isArticle() {
		return s.lib.Position()
	}
	v, _ := s.lib.Version(a.selector.Path())
	return v
}

func (s *Server) pool(a address) *pool {
	if a.isArticle() {
		return s.articles
	}
	return s.feeds
}

// find returns the document of an address: the one at hand if its version is
// still the newest, else one of the newest version from the cache or made now,
// else, if that fails, the last good one.
func (s *Server) find(ctx context.Context, a address) (*Document, origin, error) {
	path, version := a.path(), s.version(a)
	last, found := s.pool(a).GetIfPresent(path)
	if found && last.Version >= version {
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
	d, from, err := s.renew(wait, a, path, version)
	var moved *movedError
	switch {
	case err == nil:
		return d, from, nil
	case errors.Is(err, ErrNotFound), errors.As(err, &moved), ctx.Err() != nil:
		return nil, from, err
	}
	s.complain(path, err, found)
	if found {
		last.failed.Store(s.o.Now().UnixNano())
		return last, fromPast, nil
	}
	return nil, from, err
}

// renew makes the document or finds it in the cache. All who ask for it at once
// get the same one.
func (s *Server) renew(ctx context.Context, a address, path string, version uint64) (*Document, origin, error) {
	var shared cache.Values = nothing{}
	if !a.isArticle() && version > 0 {
		shared = s.o.Cache
	}
	key := s.key(path, version)
	b, from, err := s.flight.Load(ctx, shared, key, 0, func(ctx context.Context) ([]byte, error) {
		return s.make(ctx, a, path, version)
	})
	if err != nil {
		return nil, fromRenderer, err
	}
	if d, found := s.pool(a).GetIfPresent(path); found && d.Version >= version {
		return d, originOf(from), nil
	}
	d, err := decode(b)
	if err == nil && from != cache.Made && d.Version != version {
		err = fmt.Errorf("%w of this version", errDocument)
	}
	if err != nil { // what a shared cache had there is not ours
		s.complain(path, err, false)
		_ = shared.Delete(ctx, key) // counted by the cache
		b, from, err = s.flight.Load(ctx, nothing{}, key+"/again", 0, func(ctx context.Context) ([]byte, error) {
			return s.make(ctx, a, path, version)
		})
		if err != nil {
			return nil, fromRenderer, err
		}
		if d, err = decode(b); err != nil {
			return nil, fromRenderer, err
		}
	}
	s.keep(a, path, d)
	return d, originOf(from), nil
}

// make renders the document and stores it under the version that it turned out
// to be of, which may be newer than the one asked for.
func (s *Server) make(ctx context.Context, a address, path string, version uint64) ([]byte, error) {
	if d, found := s.pool(a).GetIfPresent(path); found && d.Version >= version {
		return d.encode() // made between the caller's look and the flight
	}
	d, err := s.build(ctx, a)
	if err != nil {
		return nil, err
	}
	s.metrics.byFormat[a.format].Inc()
	b, err := d.encode()
	if err != nil {
		return nil, err
	}
	s.keep(a, path, d)
	if !a.isArticle() && d.Version > 0 {
		_ = s.o.Cache.Set(ctx, s.key(path, d.Version), b, keepFor) // counted by the cache
	}
	return b, nil
}

// keep holds the document for the next request. Those of feeds that never had an
// article are not held: anybody can ask for a hundred thousand of them.
func (s *Server) keep(a address, path string, d *Document) {
	s.header.dress(d, a, path)
	d.made, d.feed = s.o.Now(), a.selector.Path()
	if d.Version > 0 {
		s.pool(a).Set(path, d)
	}
}

func (s *Server) key(path string, version uint64) string {
	return "doc/" + s.digest + path + "@" + strconv.FormatUint(version, 10)
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
