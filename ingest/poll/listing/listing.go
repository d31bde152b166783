// Package listing turns a page with a list of articles into a feed, for portals
// that have none. It stands in the poll door beside package decode: what it gets is
// hostile until it is decoded, what it gives is of the same form, and goes the same
// way after it.
//
// Where the items are, the operator says by CSS selectors ([Selectors]); the page
// is read as the HTML standard has it, with its base element. A page on which they
// match nothing is no empty list: its site has been rebuilt, is under maintenance,
// or was never meant. So that is an error ([ErrNoMatches]), and so is a page of
// which no item can be used.
//
// It does not fetch, does not run scripts, does not guess selectors, does not
// follow the list to its next page, and does not read the articles.
package listing

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"loa/ingest/charset"
	"loa/ingest/clean"
	"loa/ingest/page"
	"loa/ingest/poll/decode"
)

// Errors that say why a page gives no items. All are permanent for the same bytes.
var (
	ErrNotPage    = errors.New("listing: not an HTML page")
	ErrTooLarge   = errors.New("listing: page is too large")
	ErrTooComplex = errors.New("listing: page is nested or stuffed beyond all use")
	ErrNoMatches  = errors.New("listing: the selectors match nothing")
	ErrNoItems    = errors.New("listing: no item can be used")
	ErrSelectors  = errors.New("listing: bad selectors")
)

// Kind is the kind of feed that a page is.
const Kind = "page"

// Codes of faults; those of the errors and those of single items.
const (
	FaultNoMatches = "no-matches"
	FaultNoItems   = "no-items"
	FaultNotPage   = "not-a-page"
	FaultSelectors = "bad-selectors"
	FaultNoLink    = "item-without-link"
	FaultNoTitle   = "item-without-title"
	FaultNoDate    = "item-without-date"
	FaultBadDate   = "bad-date"
	FaultSameLink  = "same-link"
)

// Bounds of a page. The last keeps selectors that look at an element's siblings
// from taking the square of them.
const (
	MaxBytes    = 8 << 20
	MaxItems    = 500
	maxNodes    = 200_000
	maxChildren = 5_000
	maxText     = 8_000 // bytes of a title, a date or a summary that are looked at
)

// Options say where the bytes came from and how their source writes dates.
type Options struct {
	// URL is where the page was fetched: the base of its relative links.
	URL string
	// ContentType is the value of the header field, with its parameters.
	ContentType string
	// Zone is the zone of dates that name none; nil is feeds.Zone.
	Zone *time.Location
	// MonthFirst reads 10/1/2026 as the first of October.
	MonthFirst bool
	// Now is the moment of reception, which relative dates count from.
	Now time.Time
	// Selectors say where the items are.
	Selectors Selectors
}

// Page is what was read, and how the selectors did.
type Page struct {
	Feed *decode.Feed
	// Links is how many links the page has, Matches what each selector found.
	Links   int
	Matches []Match
}

// Match is how a selector did. Elements are all that it found, Items those items
// in which it found any.
type Match struct {
	Name     string `json:"name"`
	Selector string `json:"selector"`
	Elements int    `json:"elements"`
	Items    int    `json:"items"`
}

// Decode reads a page as a feed. It keeps nothing of body. Time and memory are
// bounded by the size of body and the limits above; a deadline is the caller's.
func Decode(body []byte, o Options) (*decode.Feed, error) {
	p, err := Read(body, o)
	if err != nil {
		return nil, err
	}
	return p.Feed, nil
}

// Read is [Decode] with what an operator wants to know of the selectors. Where they
// match nothing, or nothing of use, the page comes along with the error.
func Read(body []byte, o Options) (*Page, error) {
	sel, err := o.Selectors.compile()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSelectors, err)
	}
	if len(body) > MaxBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxBytes)
	}
	if !page.IsPage(body, o.ContentType) {
		return nil, ErrNotPage
	}
	text, wrong := charset.UTF8(body, o.ContentType, charset.OfHTML(body))
	doc, err := page.Tree(text)
	if errors.Is(err, page.ErrTooLarge) {
		return nil, ErrTooLarge
	}
	if err != nil {
		return nil, ErrTooComplex
	}
	r := reader{Options: o, sel: sel, page: &Page{Feed: &decode.Feed{Kind: Kind, URL: o.URL}}, of: map[string]int{}}
	for _, w := range wrong {
		r.fault(decode.FaultCharset, "%s", w)
	}
	if err := r.head(doc); err != nil {
		return nil, err
	}
	if err := r.items(doc); err != nil {
		return r.page, err
	}
	return r.page, nil
}

// FaultOf gives an error of Decode the form of a fault.
func FaultOf(err error) decode.Fault {
	code := FaultNotPage
	switch {
	case errors.Is(err, ErrNoMatches):
		code = FaultNoMatches
	case errors.Is(err, ErrNoItems):
		code = FaultNoItems
	case errors.Is(err, ErrSelectors):
		code = FaultSelectors
	case errors.Is(err, ErrTooLarge):
		code = decode.FaultTooLarge
	case errors.Is(err, ErrTooComplex):
		code = decode.FaultComplex
	}
	return decode.Fault{Code: code, Text: err.Error()}
}

// reader has what every step of one Read needs.
type reader struct {
	Options
	sel  compiled
	base *url.URL
	page *Page
	of   map[string]int // faults of each code
}

// maxFaults bounds the faults of one code.
const maxFaults = 10

func (r *reader) fault(code, format string, args ...any) {
	if r.of[code]++; r.of[code] <= maxFaults {
		r.page.Feed.Faults = append(r.page.Feed.Faults, decode.Fault{Code: code, Text: fmt.Sprintf(format, args...)})
	}
}

// head takes what the page says of itself, and measures it.
func (r *reader) head(doc *html.Node) error {
	f := r.page.Feed
	if u, err := url.Parse(r.URL); err == nil && u.IsAbs() && u.Host != "" {
		r.base = u
	}
	nodes, based := 0, false
	for n := range doc.Descendants() {
		if nodes++; nodes > maxNodes {
			return fmt.Errorf("%w: more than %d nodes", ErrTooComplex, maxNodes)
		}
		children := 0
		for range n.ChildNodes() {
			if children++; children > maxChildren {
				return fmt.Errorf("%w: more than %d nodes side by side", ErrTooComplex, maxChildren)
			}
		}
		if n.Type != html.ElementNode || n.Namespace != "" {
			continue
		}
		switch n.DataAtom {
		case atom.Html:
			if lang := page.Attr(n, "lang"); len(lang) <= 40 {
				f.Language = lang
			}
		case atom.Title:
			if f.Title == "" && n.FirstChild != nil {
				f.Title = short(clean.Text(n.FirstChild.Data[:min(len(n.FirstChild.Data), maxText)]))
			}
		case atom.A:
			if page.Attr(n, "href") != "" {
				r.page.Links++
			}
		case atom.Base:
			// The first base counts (HTML Standard, section "The base element").
			if href := clean.Link(page.Attr(n, "href"), r.base); href != "" && !based {
				if u, err := url.Parse(href); err == nil {
					r.base, based = u, true
				}
			}
		}
	}
	return nil
}

// items finds the items and takes them.
func (r *reader) items(doc *html.Node) error {
	s := &r.Selectors
	r.page.Matches = []Match{{Name: "item", Selector: s.Item}}
	found := cascadia.QueryAll(doc, r.sel.item)
	for _, m := range []struct{ name, selector string }{{"title", s.Title}, {"link", s.Link}, {"date", s.Date}, {"summary", s.Summary}} {
		if m.selector != "" {
			r.page.Matches = append(r.page.Matches, Match{Name: m.name, Selector: m.selector})
		}
	}
	r.page.Matches[0].Elements, r.page.Matches[0].Items = len(found), len(found)
	if len(found) == 0 {
		return fmt.Errorf("%w: the page was read (title %q, %d links), but no element is %q; its site may have been rebuilt or be under maintenance, or a script makes its list: look at the page, and try selectors with `loa sources test`",
			ErrNoMatches, r.page.Feed.Title, r.page.Links, s.Item)
	}
	if len(found) > MaxItems {
		r.fault(decode.FaultManyItems, "items beyond the first %d, left out: %d", MaxItems, len(found)-MaxItems)
		found = found[:MaxItems]
	}
	titles := map[string]string{}
	for i, n := range found {
		it, ok := r.item(n, i+1)
		if !ok {
			continue
		}
		a := &it.Article
		if other, twice := titles[a.URL]; twice {
			// A picture and a headline of one article, or a mark around too much.
			if other != a.Title {
				r.fault(FaultSameLink, "item %d (%s) has the address of one above it (%s); left out", i+1, short(a.Title), short(other))
			}
			continue
		}
		titles[a.URL] = a.Title
		r.page.Feed.Items = append(r.page.Feed.Items, it)
	}
	if r.sel.date != nil {
		if m := r.match("date"); m.Items == 0 {
			r.fault(FaultNoDate, "no item has an element %q; no article has a date", s.Date)
		}
	}
	if len(r.page.Feed.Items) == 0 {
		return fmt.Errorf("%w: %q matched %d elements, of which %d have no link and %d have no title; first: %s",
			ErrNoItems, s.Item, len(found), r.of[FaultNoLink], r.of[FaultNoTitle], r.page.Feed.Faults[len(r.page.Feed.Faults)-1].Text)
	}
	return nil
}

// match is the count of a selector.
func (r *reader) match(name string) *Match {
	for i := range r.page.Matches {
		if r.page.Matches[i].Name == name {
			return &r.page.Matches[i]
		}
	}
	return &Match{}
}

// short cuts a text for a message.
func short(s string) string {
	if words := strings.Fields(s); len(words) > 16 {
		return strings.Join(words[:16], " ") + " …"
	}
	return clean.Text(s[:min(len(s), 400)])
}
