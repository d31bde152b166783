// Package web is the public HTTP server of feeds. It stands at the end of the
// flow: what feeds/library has, feeds/render and publish/site make into
// documents, which are kept in internal/cache and served from here.
//
// Specifications: RFC 9110 (HTTP semantics: validators, conditional requests,
// negotiation of codings), RFC 9111 (caching), RFC 5861 (stale-while-revalidate,
// stale-if-error), RFC 8288 (Link), WebSub section 4 (discovery), the Fetch
// standard (CORS).
//
// A document is rendered at most once per version of its feed in a process, by
// whoever needs it first, kept with its compressed variants, and served until the
// version changes. It is compressed by gzip when it is made, by brotli and zstd when
// the first client wants that. When what stands behind it fails, the last good document is
// served, and says so. A strong ETag is the hash of the bytes, so it is the same
// on every node and after a restart.
//
// The address of a feed without suffix is that of its page, for whoever says
// text/html, and of its documents for everyone else; those have addresses with a
// suffix as well, which say nothing about what is accepted.
//
// A query may select a view: n=20 so many articles, content=summary articles
// without their text, unit=09025&unit=09064 the articles of several units, q= what
// a search looks for, succession=follow the feed of a unit with all that
// came after it, as_of=2020-08-24 a unit and its articles as of the end of a day,
// lang=vi or lang=en the language of a page, which Accept-Language chooses else.
// Everything else in a query is ignored. A view has an address, a key and an id of
// its own, with its parameters in one order.
//
// It does not limit clients (publish/limit does), does not terminate TLS, does not
// answer ranges (documents are small), makes deltas (RFC 3229) only where the operator
// wants them, and has no state that it could not lose. It should be
// given to clients when the library has caught up with the journal: a feed that
// the library does not know yet looks like one that never had an article.
package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/feeds/library"
	"loa/feeds/render"
	"loa/feeds/units"
	"loa/internal/cache"
	"loa/publish/site"
)

// Library is what the server reads. All methods are for concurrent use; a
// context that ends may end them. [library.Library] is one.
type Library interface {
	// Version is the position of the newest change in the feed, false if the
	// feed never had an article. It is asked on every request: it must not go to
	// the disk.
	Version(path string) (uint64, bool)
	// Position is the journal's position that everything read is at least of. It
	// must not go to the disk.
	Position() uint64
	// Live returns what a feed's document has: n articles, or more than that when
	// its archives have not yet all others; or library.ErrNotFound.
	Live(ctx context.Context, path string, n int) (library.Feed, error)
	// Archive returns a sealed page of a feed, or library.ErrNotFound.
	Archive(ctx context.Context, path, name string) (library.Archive, error)
	// Taken is the position of the newest withdrawal, with which archives change.
	// It must not go to the disk.
	Taken() uint64
	// Listing calls f for each article that is not withdrawn of a part of all
	// articles, in the order of their first records, and returns how many parts
	// of that size there are.
	Listing(ctx context.Context, part, size int, f func(*feeds.Record) error) (parts int, err error)
	// Before returns the n newest articles of several feeds, each once, that were
	// published before an instant (zero: all), and the greatest of their
	// versions, or library.ErrNotFound.
	Before(ctx context.Context, paths []string, n int, end time.Time) (library.Feed, error)
	// Directory lists the feeds that ever had an article, by path, but those of
	// single documents.
	Directory(ctx context.Context) ([]library.Listed, error)
	// Article returns an article, or the one that it was joined to, or
	// library.ErrNotFound.
	Article(ctx context.Context, id string) (library.State, error)
	// Entries calls f for the journal's entries after the position, in order,
	// until f returns an error, which it returns.
	Entries(ctx context.Context, after uint64, f func(journal.Entry) error) error
}

var _ Library = (*library.Library)(nil)

// Search finds articles by words. All methods are for concurrent use.
type Search interface {
	// Parse puts what a person wrote into its one spelling; an error says that
	// there is nothing to look for.
	Parse(text string) (string, error)
	// Find returns the ids of at most n articles, the best first.
	Find(ctx context.Context, query string, n int) ([]string, error)
	// Position is the journal's position that the index is of. It must not go to
	// the disk.
	Position() uint64
}

// ErrNotFound says that there is no such feed or article.
var ErrNotFound = errors.New("web: no such feed or article")

// Options of a [Server].
type Options struct {
	Library Library
	// Search finds articles by words. Nil: there are no search feeds.
	Search Search
	// Cache keeps documents; in a fleet it is one that the nodes share, with
	// memory before it. Nil: none besides the documents that the server keeps
	// decoded.
	Cache cache.Values
	// Journal names the journal that the library is of, such as by the instant of
	// its creation. Documents in a shared cache carry positions, which mean
	// nothing in another journal.
	Journal string
	// BaseURL is where the server is reached, without slash at its end. When it
	// has a path, the proxy in front takes that path away.
	BaseURL string
	// Authority is the tag authority of ids; see render.Feed.
	Authority string
	// Items in a feed. Default 50.
	Items int
	// Delta is set when who asks for deltas (RFC 3229) gets them.
	Delta bool
	// Hubs are the addresses of WebSub hubs.
	Hubs []string
	// Generator names the program.
	Generator string
	// Units is the register of units: which are no more, and what came after
	// them. Nil: none is known.
	Units *units.Register
	// UnitName gives the name that a unit had at a time by its GSO code, "" when
	// it is not known. It must be pure. Nil: by Units, see [UnitName].
	UnitName func(code string, at time.Time) string
	// Names is the version of what UnitName and Units know: documents show names,
	// and are made anew when it changes. Empty: that of Units.
	Names string
	// Log is nil for none.
	Log *slog.Logger
	// Now is the clock; nil is time.Now. It is for Age and for Last-Modified,
	// which must not lie in the future. Of documents only what is said of units
	// depends on it, and only on the local day.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	o.BaseURL = strings.TrimSuffix(o.BaseURL, "/")
	if o.Items <= 0 {
		o.Items = 50
	}
	if o.Cache == nil {
		o.Cache = nothing{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Units != nil {
		if o.UnitName == nil {
			o.UnitName = UnitName(o.Units)
		}
		o.Names = cmp.Or(o.Names, o.Units.Version())
	}
	return o
}

// How much the server keeps decoded. Feeds and articles have rooms of their own,
// so that a crawler going through the articles does not push out the last good
// document of a feed.
const (
	feedRoom    = 64 << 20
	articleRoom = 16 << 20
)

// Server serves feeds and pages. It is safe for concurrent use.
type Server struct {
	o      Options
	lib    Library
	site   *site.Site
	prefix string // path of BaseURL
	digest string // of everything besides the articles that decides the bytes
	header *headers
	names  names

	feeds, articles *pool
	memories        *memories // nil: no deltas
	flight          cache.Flight
	metrics         *metrics
	complained      atomic.Int64 // when the last failure was logged, Unix seconds
}

// pool keeps decoded documents by the path of their request.
type pool = otter.Cache[string, *Document]

func newPool(bytes uint64) *pool {
	return otter.Must(&otter.Options[string, *Document]{
		MaximumWeight: bytes,
		Weigher:       func(key string, d *Document) uint32 { return uint32(len(key) + d.size() + 1024) },
		Executor:      func(f func()) { f() }, // no goroutine without an owner
	})
}

// New returns the server. Close it after its last request.
func New(o Options) *Server {
	o = o.withDefaults()
	s := &Server{
		o:        o,
		lib:      o.Library,
		site:     site.New(site.Options{BaseURL: o.BaseURL, UnitName: o.UnitName}),
		digest:   digest(&o),
		feeds:    newPool(feedRoom),
		articles: newPool(articleRoom),
		metrics:  newMetrics(),
		names:    names{o.Units, o.UnitName},
	}
	if u, err := url.Parse(o.BaseURL); err == nil {
		s.prefix = u.EscapedPath()
	}
	s.header = newHeaders(&o)
	if o.Delta {
		s.memories = newMemories()
	}
	return s
}

// Close ends the renderings under way and waits for them. Requests afterwards
// get what is kept.
func (s *Server) Close() error { return s.flight.Close() }

// Handler answers the public paths. Paths that are others' (/hub, /events) are
// for the caller to route before it.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serveHTTP) }

// digest is part of the keys of documents: nodes of another configuration or
// version must not find these.
func digest(o *Options) string {
	b, _ := json.Marshal([]any{ // strings and a number: it has no error
		documentLayout, render.Version, site.Version, o.Journal, o.BaseURL, o.Authority,
		o.Items, o.Hubs, o.Generator, o.Names,
	})
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:12])
}

// nothing is a cache that keeps nothing.
type nothing struct{}

func (nothing) Get(context.Context, string) ([]byte, bool, error)        { return nil, false, nil }
func (nothing) Set(context.Context, string, []byte, time.Duration) error { return nil }
func (nothing) Delete(context.Context, ...string) error                  { return nil }
