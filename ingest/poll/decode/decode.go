// Package decode turns the bytes of a foreign feed into items. It stands in the
// poll door between fetching and the pipeline: what it gets is hostile until it
// is decoded, what it gives is still foreign text, but known to be text, of
// bounded size, with absolute links and dated from what the publisher wrote.
//
// It reads RSS 0.9x, 1.0 and 2.0 with its modules, Atom (RFC 4287) and JSON
// Feed 1.1. The bytes are first made UTF-8 and, for XML, well formed with the
// fewest changes (package-internal type repair); then gofeed reads them; then
// what gofeed's universal model drops is taken from the original one. What was
// repaired or left out is said in [Feed.Faults].
//
// It does not fetch, does not sanitise HTML, does not identify articles, and
// never takes a date that another library has parsed.
package decode

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"loa/feeds"
	"loa/ingest/clean"
	"loa/ingest/clean/legacy"
)

// Errors that say why a document gives no items. All are permanent for the same
// bytes.
var (
	ErrNotFeed    = errors.New("decode: not a feed; it has no rss, rdf, feed or JSON Feed root")
	ErrHTMLPage   = errors.New("decode: an HTML page, not a feed; the source may be under maintenance or have moved")
	ErrTooLarge   = errors.New("decode: document is too large")
	ErrTooComplex = errors.New("decode: document is nested too deep")
	ErrMalformed  = errors.New("decode: document is malformed")
)

// Limits that a zero field of [Options] stands for.
const (
	DefaultMaxItems = 500
	DefaultMaxBytes = 8 << 20
)

// Options say where the bytes came from and how their source writes dates.
type Options struct {
	// URL is where the document was fetched: the base of its relative links.
	URL string
	// ContentType is the value of the header field, with its parameters.
	ContentType string
	// MaxItems bounds the items that are read, from the top. Default 500.
	MaxItems int
	// MaxBytes bounds the document. Default 8 MiB.
	MaxBytes int64
	// Zone is the zone of dates that name none; nil is [feeds.Zone].
	Zone *time.Location
	// MonthFirst reads 10/1/2026 as the first of October.
	MonthFirst bool
	// Now is the moment of reception, which relative dates count from.
	Now time.Time
}

// Kinds of feeds.
const (
	RSS  = "rss"
	Atom = "atom"
	JSON = "json"
)

// Feed is what a document says of itself, and its items in document order.
type Feed struct {
	Kind  string
	Title string
	// URL is the site that the feed belongs to, SelfURL the feed's own address.
	URL       string
	SelfURL   string
	Language  string
	Generator string
	// TTL is the longest pause between polls that the feed asks for by ttl or
	// sy:updatePeriod; 0 if it asks for none.
	TTL time.Duration
	// SkipHours are the hours of the day, UTC, in which it wants no polls.
	SkipHours []int
	// SkipDays are the days of the week, UTC, in which it wants none.
	SkipDays []time.Weekday
	// Hubs are its WebSub hubs.
	Hubs []string
	// NextURL is the next page (RFC 5005 section 3, JSON Feed next_url).
	NextURL string
	Items   []Item
	// Faults lists what was repaired or left out, each code once or more.
	Faults []Fault
	// Truncated is set when the document ended before its root did; Items are
	// those that were whole.
	Truncated bool
}

// Item is one item or entry.
type Item struct {
	// GUID is the publisher's id, byte for byte except for white space around
	// it; unique at most within its source.
	GUID string
	// PermaLink is set when the publisher says that GUID is the article's page.
	PermaLink bool
	// Article has no unit, number or category yet. Its text is plain; its HTML
	// is foreign and must be sanitised, with Base as the base of its links.
	Article feeds.Article
	// Base is what relative references in the HTML resolve against.
	Base string
	// Identifiers are the item's dc:identifier elements (Dublin Core), which some
	// portals fill with the number of the document that the item brings out.
	Identifiers []string `json:",omitempty"`
	// PublishedRaw and UpdatedRaw are the publisher's dates as written.
	PublishedRaw, UpdatedRaw string
}

// Fault is something that was wrong with the document and did not stop it from
// being read.
type Fault struct{ Code, Text string }

// Codes of faults.
const (
	FaultCharset    = "charset"            // not in the encoding that it claims
	FaultControl    = "control-characters" // characters that XML forbids
	FaultJunk       = "junk"               // bytes before the document
	FaultNoRoot     = "no-root"            // the root element is missing
	FaultMarkup     = "markup"             // tags that do not match, taken out or closed
	FaultTruncated  = "truncated"
	FaultEmptyItem  = "empty-item"
	FaultBadItem    = "bad-item" // an item that cannot be read
	FaultManyItems  = "too-many-items"
	FaultComplex    = "too-complex" // a part that is nested or stuffed beyond all use
	FaultNotFeed    = "not-a-feed"
	FaultHTMLPage   = "html-page"
	FaultTooLarge   = "too-large"
	FaultMalformed  = "malformed"
	FaultLegacy     = "legacy-code" // text in a code of before Unicode, converted
	maxFaults       = 50
	maxFaultsOfCode = 10
)

// Decode reads a document. It keeps nothing of body. Time and memory are
// bounded by the size of body and the limits in o; a deadline is the caller's.
func Decode(body []byte, o Options) (*Feed, error) {
	if o.MaxItems <= 0 {
		o.MaxItems = DefaultMaxItems
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if int64(len(body)) > o.MaxBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, o.MaxBytes)
	}
	var faults faults
	text := toUTF8(body, o.ContentType, &faults)
	if int64(len(text)) > 2*o.MaxBytes {
		return nil, fmt.Errorf("%w: more than %d bytes as UTF-8", ErrTooLarge, 2*o.MaxBytes)
	}
	text = legal(text, &faults)
	r := reader{Options: o, base: baseURL(o.URL), faults: &faults}
	var f *Feed
	var err error
	if isObject(text) {
		f, err = r.json(text)
	} else {
		f, err = r.xml(text)
	}
	if err != nil {
		return nil, err
	}
	f.Faults = faults.list
	return f, nil
}

// FaultOf gives an error of Decode the form of a fault, for whoever lists both.
func FaultOf(err error) Fault {
	code := FaultMalformed
	switch {
	case errors.Is(err, ErrHTMLPage):
		code = FaultHTMLPage
	case errors.Is(err, ErrNotFeed):
		code = FaultNotFeed
	case errors.Is(err, ErrTooLarge):
		code = FaultTooLarge
	case errors.Is(err, ErrTooComplex):
		code = FaultComplex
	}
	return Fault{Code: code, Text: err.Error()}
}

// reader has what every step of one Decode needs.
type reader struct {
	Options
	base   *url.URL
	faults *faults
	// code is the legacy code of the document's texts, empty for nearly all.
	code legacy.Code
	// monthAsMinutes is set for feeds of a CMS with that bug.
	monthAsMinutes bool
}

func (r *reader) date(raw string) feeds.Date {
	return clean.Date(raw, clean.DateOptions{
		Zone: r.Zone, MonthFirst: r.MonthFirst, Now: r.Now, MonthAsMinutes: r.monthAsMinutes,
	})
}

func baseURL(raw string) *url.URL {
	u, err := url.Parse(raw)
	if err != nil || !u.IsAbs() || u.Host == "" {
		return nil
	}
	return u
}

// faults collects faults, so many and no more.
type faults struct {
	list []Fault
	of   map[string]int
}

func (f *faults) add(code, format string, args ...any) {
	if f.of == nil {
		f.of = make(map[string]int)
	}
	f.of[code]++
	if f.of[code] <= maxFaultsOfCode && len(f.list) < maxFaults {
		f.list = append(f.list, Fault{Code: code, Text: fmt.Sprintf(format, args...)})
	}
}
