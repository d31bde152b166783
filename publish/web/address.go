package web

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"loa/feeds"
	"loa/feeds/citation"
	"loa/publish/site"
)

// page is the format of a feed's page for people, beside those of its documents.
const page feeds.Format = "html"

// The formats of lists of feeds and of articles.
const (
	opml    feeds.Format = "opml"
	sitemap feeds.Format = "sitemap"
)

// kind is what a path leads to.
type kind int

const (
	kindFeed kind = iota
	kindFeedPage
	kindHome
	kindArticle
	kindArticlePage
	kindOPML
	kindSitemap
)

// address is what a request asks for, in its one spelling.
type address struct {
	kind     kind
	selector feeds.Selector // of feeds, and "all" of the front page
	format   feeds.Format
	id       string // of articles
	// archive is the name of a feed's archive, such as 2026-11-1; empty: the feed
	// itself.
	archive string
	// part is that of a sitemap, from 1; 0 is their index.
	part int
	// since is the hash of a document, of which a delta leads to this one.
	since string
	// n is how many articles are wanted; 0: as many as the configuration says.
	n int
	// summary is set when articles are wanted without their text.
	summary bool
	// query is what a search looks for, in its one spelling.
	query string
	// follow is set when the feed of a unit is to have its successors as well;
	// units are then all their codes, the unit's own first. Without follow, units
	// are those of a union, in the order of their codes.
	follow bool
	units  []string
	// asOf is the day, its first moment, at which a unit and its articles are
	// looked at; zero: today, without end.
	asOf time.Time
	// lang is the language of a page; chosen is set when the address names it.
	lang   site.Lang
	chosen bool
	// day counts the local days since 1970: which units are in force depends on
	// it.
	day int64
}

// parse reads a request's path. It takes only the one spelling of each address,
// so that nothing is kept twice; a document's number alone may be spelled
// otherwise, and the address then has another path.
func parse(path string) (address, bool) {
	if path == "/" {
		return address{kind: kindHome, selector: feeds.Selector{Kind: "all"}, format: page}, true
	}
	if rest, ok := strings.CutPrefix(path, "/articles/"); ok {
		a := address{kind: kindArticlePage, format: page}
		if id, ok := strings.CutSuffix(rest, ".json"); ok {
			a, rest = address{kind: kindArticle, format: feeds.JSON}, id
		}
		a.id = rest
		return a, isID(rest)
	}
	switch rest, ok := strings.CutPrefix(path, "/sitemap"); {
	case path == "/opml":
		return address{kind: kindOPML, format: opml}, true
	case path == "/sitemap.xml":
		return address{kind: kindSitemap, format: sitemap}, true
	case ok:
		part, ok := sitemapPart(rest)
		return address{kind: kindSitemap, format: sitemap, part: part}, ok
	}
	rest, ok := strings.CutPrefix(path, "/feeds/")
	if !ok {
		return address{}, false
	}
	a := address{kind: kindFeedPage, format: page}
	if dot := strings.LastIndexByte(rest, '.'); dot >= 0 {
		for _, f := range feeds.Formats {
			if rest[dot+1:] == string(f) {
				a, rest = address{kind: kindFeed, format: f}, rest[:dot]
				break
			}
		}
	}
	if i := strings.LastIndex(rest, "/archive/"); i >= 0 && !a.isPage() {
		if a.archive, rest = rest[i+len("/archive/"):], rest[:i]; !isArchive(a.archive) {
			return a, false
		}
	}
	if number, ok := strings.CutPrefix(rest, "documents/"); ok {
		a.selector, ok = document(number)
		return a, ok
	}
	if letters, ok := strings.CutPrefix(rest, "types/"); ok {
		a.selector, ok = documentType(letters)
		return a, ok
	}
	sel, err := feeds.ParseSelector(rest)
	a.selector = sel
	return a, err == nil && sel.Path() == rest
}

// document reads a document's number in any spelling, with slashes too.
func document(number string) (feeds.Selector, bool) {
	c, ok := citation.ParseNumber(number)
	if !ok {
		return feeds.Selector{}, false
	}
	path := feeds.Selector{Kind: "documents", Document: c.Path()}.Path()
	sel, err := feeds.ParseSelector(path)
	return sel, err == nil && sel.Path() == path
}

// documentType reads the letters of a type of document in any spelling.
func documentType(letters string) (feeds.Selector, bool) {
	t, ok := citation.ParseType(letters)
	return feeds.Selector{Kind: "types", Type: t}, ok
}

// isArchive reports whether s can be the name of an archive.
func isArchive(s string) bool {
	month, page, ok := cutAt(s, len("2006-01"))
	if _, err := time.Parse("2006-01", month); !ok || err != nil || len(page) < 2 || page[0] != '-' || page[1] == '0' || len(page) > 10 {
		return false
	}
	return isDigits(page[1:])
}

func sitemapPart(s string) (int, bool) {
	s, ok := strings.CutPrefix(s, "-")
	if !ok {
		return 0, false
	}
	s, ok = strings.CutSuffix(s, ".xml")
	if !ok || len(s) > 6 || !isDigits(s) || s[0] == '0' {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

func cutAt(s string, n int) (head, rest string, ok bool) {
	if len(s) < n {
		return "", "", false
	}
	return s[:n], s[n:], true
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// documentLabel is the number of a document as it is written.
func documentLabel(number string) string {
	c, ok := citation.ParseNumber(number)
	if !ok {
		return number
	}
	return (&feeds.Citation{Type: c.Type, Number: c.Number, Year: c.Year, Symbol: c.Symbol, Document: number}).Label()
}

// isID reports whether s can be the id of an article.
func isID(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// path is the address's path again, not escaped.
func (a *address) path() string {
	switch a.kind {
	case kindHome:
		return "/"
	case kindArticle:
		return "/articles/" + a.id + ".json"
	case kindArticlePage:
		return "/articles/" + a.id
	case kindFeedPage:
		return "/feeds/" + a.selector.Path()
	case kindOPML:
		return "/opml"
	case kindSitemap:
		if a.part == 0 {
			return "/sitemap.xml"
		}
		return "/sitemap-" + strconv.Itoa(a.part) + ".xml"
	}
	return "/feeds/" + a.feedPath() + "." + string(a.format)
}

// feedPath is the path of the feed or its archive below /feeds/.
func (a *address) feedPath() string {
	if a.archive != "" {
		return a.selector.Path() + "/archive/" + a.archive
	}
	return a.selector.Path()
}

// view is the query that selects a view of a feed, in its one spelling: each
// parameter at most once, in a fixed order. It is empty for the feed itself.
func (a *address) view() string {
	var out []string
	if !a.asOf.IsZero() {
		out = append(out, "as_of="+a.asOf.Format(time.DateOnly))
	}
	if a.summary {
		out = append(out, "content=summary")
	}
	if a.n > 0 {
		out = append(out, "n="+strconv.Itoa(a.n))
	}
	if a.query != "" {
		out = append(out, "q="+url.QueryEscape(a.query))
	}
	if a.follow {
		out = append(out, "succession=follow")
	} else {
		for _, code := range a.units {
			out = append(out, "unit="+code)
		}
	}
	return strings.Join(out, "&")
}

// location is the address for a link: escaped, with everything that it means.
func (a *address) location() string {
	query := a.view()
	if a.chosen {
		if query != "" {
			query += "&"
		}
		query += "lang=" + string(a.lang)
	}
	if query != "" {
		query = "?" + query
	}
	return (&url.URL{Path: a.path()}).EscapedPath() + query
}

// key is what the address's document is kept under: for a feed without view the
// path itself, which is what requests for it have in hand.
func (a *address) key() string {
	k := a.path()
	if v := a.view(); v != "" {
		k += "?" + v
	}
	if a.since != "" {
		k += "^" + a.since
	}
	if a.isPage() {
		k += "#" + string(a.lang)
		if a.chosen {
			k += "!"
		}
	}
	return k
}

// paths are those of the feeds whose articles the document has.
func (a *address) paths() []string {
	if len(a.units) == 0 {
		return []string{a.selector.Path()}
	}
	out := make([]string, len(a.units))
	for i, code := range a.units {
		sel := a.selector
		if sel.Unit = code; !a.follow {
			sel.Kind = "units"
		}
		out[i] = sel.Path()
	}
	return out
}

func (a *address) isArticle() bool { return a.kind == kindArticle || a.kind == kindArticlePage }

// isPage reports whether it is a page for people.
func (a *address) isPage() bool { return a.format == page }

// isUnit reports whether it is about one unit or province.
func (a *address) isUnit() bool {
	return !a.isArticle() && (a.selector.Kind == "units" || a.selector.Kind == "provinces")
}

func (a *address) isSearch() bool { return a.selector.Kind == "search" }

// end is the first moment after the articles that the document has; zero: none.
func (a *address) end() time.Time {
	if a.asOf.IsZero() {
		return time.Time{}
	}
	return a.asOf.AddDate(0, 0, 1)
}

// today is the first moment of the address's day.
func (a *address) today() time.Time { return time.Unix(a.day*86400-dayShift, 0).In(feeds.Zone) }

// dayShift is how far local midnight is before that of UTC, in seconds.
const dayShift = 7 * 60 * 60

// dayOf counts the local days since 1970.
func dayOf(t time.Time) int64 {
	s := t.Unix() + dayShift
	d := s / 86400
	if s%86400 < 0 {
		d--
	}
	return d
}
