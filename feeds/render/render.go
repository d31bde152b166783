// Package render writes feeds as RSS 2.0, Atom 1.0 and JSON Feed 1.1.
//
// It stands between the library, which chooses the records, and the cache and
// the web, which keep and serve the bytes. It extends the types of
// gorilla/feeds by embedding them and writes XML with its writer; what that
// package cannot say or says wrongly stands in structs of this one, and no
// other package of loa knows it.
//
// Specifications: RSS 2.0 with the RSS Advisory Board's Best Practices Profile,
// RFC 4287 (Atom), JSON Feed 1.1, RFC 5005 (archives), RFC 6721 (tombstones),
// Media RSS, Dublin Core, and RFC 4151 (tag URIs) for all ids.
//
// Rendering is pure: the same feed gives the same bytes on every node and at
// every time. There is no clock, no random id and no order of a map in it, and
// local times are in [feeds.Zone] whatever zone the machine has. It does not
// choose, sort, sanitise or compress: HTML comes clean from ingest/clean and is
// only encoded here.
package render

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"loa/feeds"
)

// Version is the version of the renderer. It is part of the keys under which
// documents are cached: raise it whenever the bytes of any document change.
const Version = "5"

// ErrFormat says that a format is none of [feeds.Formats].
var ErrFormat = errors.New("render: no such format; take rss, atom or json")

// Feed is one feed with everything that its documents show. Rendering reads it
// and changes nothing in it, so one Feed may be rendered by several goroutines.
type Feed struct {
	// Authority is the tag authority and date of all ids (RFC 4151), such as
	// "tin.example.vn,2026". Ids are tag:<Authority>:article/<id> for articles
	// and tag:<Authority>:feed/<path> for feeds: change it and every reader
	// sees every article anew.
	Authority string
	// BaseURL is where loa is reached, without a slash at its end.
	BaseURL string
	// Selector names the feed and its address.
	Selector feeds.Selector
	// Title and Subtitle are plain text.
	Title, Subtitle string
	// Hubs are the addresses of WebSub hubs.
	Hubs []string
	// Generator names the program, such as "loa".
	Generator string
	// Records are the articles in the order to show, each article once, in its
	// last revision. A withdrawn one is a tombstone in Atom (RFC 6721) and an
	// entry of `_loa.withdrawn` in JSON Feed; RSS has no word for it and leaves
	// it out.
	Records []feeds.Record
	// Query is added to the feed's address and id, without question mark, in its
	// one spelling: that of a view of the feed, such as as_of=2020-08-24. Empty:
	// the feed itself.
	Query string
	// Publisher is the name that stands as author of the whole feed; empty: that
	// of the unit whose feed it is, as its newest article has it, or the title.
	Publisher string
	// Merged is set when a unit's feed has articles of other units too. Feeds
	// that are not of a unit always may.
	Merged bool
	// Retired tells of a unit that is no more; nil: it is in force, or the feed is
	// not a unit's.
	Retired *Retired
	// UnitName gives the name that an administrative unit had at a time by its
	// GSO code, "" when it is not known. It is asked with the time at which loa
	// first saw an article: an article keeps the unit that it was published under.
	// It must be pure. It may be nil.
	UnitName func(code string, at time.Time) string
	// Summary is set when articles are without their text: they show their
	// summary, or the first words of the text where they have none.
	Summary bool
	// Related has by the id of an article of Records those that tell the same and
	// are not shown for it, in the order to name them.
	Related map[string][]feeds.Record
	// Archive tells where the feed's archives are; the zero Archive is a feed
	// without any.
	Archive Archive
}

// Retired says what became of a unit, in the documents of its feed.
type Retired struct {
	// Date is the first moment at which it was no more.
	Date time.Time
	// Act is the number of the act that ended it; it may be empty.
	Act string
	// Successors are the units that are there in its place.
	Successors []Successor
	// Ended is set when the feed will have no new articles, which a view of it
	// cannot say: JSON Feed calls it expired.
	Ended bool
	// Complete is set when the document has all articles that the feed ever had
	// (RFC 5005 section 2). It is not said of a feed that has archives.
	Complete bool
}

// Successor is a unit that came after another.
type Successor struct {
	Unit string // GSO code
	Name string
}

// Archive places a document among the archives of its feed (RFC 5005 section
// 4). Paths are below /feeds/ and without suffix, like [feeds.Selector.Path];
// each format links the documents of its own format.
type Archive struct {
	// Path is this document's own path when it is an archive: sealed, never to
	// change. It is empty in the document that readers subscribe to.
	Path string
	// Prev is the archive with older articles, empty when there is none.
	Prev string
	// Next is the archive with newer ones; its name is known when this one is
	// sealed, though it may be open itself for a while.
	Next string
}

// ArticleID is the permanent id of an article: a tag URI (RFC 4151). It is the
// guid in RSS, the id in Atom and the id in JSON Feed.
func ArticleID(authority, id string) string {
	return "tag:" + line(authority) + ":article/" + url.PathEscape(line(id))
}

// FeedID is the permanent id of a feed by its path.
func FeedID(authority, path string) string {
	return "tag:" + line(authority) + ":feed/" + escape(line(path))
}

// Render writes the feed in one format, UTF-8, with a line feed at its end.
// Its only errors are [ErrFormat] and those of the encoders.
func Render(f *Feed, format feeds.Format) ([]byte, error) {
	var write func(*document) ([]byte, error)
	switch format {
	case feeds.RSS:
		write = writeRSS
	case feeds.Atom:
		write = writeAtom
	case feeds.JSON:
		write = writeJSON
	default:
		return nil, fmt.Errorf("%w: %q", ErrFormat, format)
	}
	b, err := write(newDocument(f, format))
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", format, err)
	}
	return b, nil
}

// Item writes one article as an item of JSON Feed, in one line without a line
// feed: the form in which it is pushed and shown alone. Of f it needs
// Authority, BaseURL and UnitName. A withdrawn article keeps its id, address
// and title; its content gives way to the word that it was withdrawn.
func Item(f *Feed, r *feeds.Record) ([]byte, error) {
	e := newEntry(f, r)
	b, err := encodeJSON(newJSONItem(f, &e), 4<<10)
	if err != nil {
		return nil, fmt.Errorf("render item: %w", err)
	}
	return b[:len(b)-1], nil
}
