package web

import (
	"net/url"
	"strings"
	"time"

	"loa/feeds"
	"loa/feeds/citation"
	"loa/publish/site"
)

// page is the format of a feed's page for people, beside those of its documents.
const page feeds.Format = "html"

// kind is what a path leads to.
type kind int

const (
	kindFeed kind = iota
	kindFeedPage
	kindHome
	kindArticle
	kindArticlePage
)

// address is what a request asks for, in its one spelling.
type address struct {
	kind     kind
	selector feeds.Selector // of feeds, and "all" of the front page
	format   feeds.Format
	id       string // of articles
	// follow is set when the feed of a unit is to have its successors as well;
	// units are then all their codes, the unit's own first.
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
	if number, ok := strings.CutPrefix(rest, "documents/"); ok {
		a.selector, ok = document(number)
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
	}
	return "/feeds/" + a.selector.Path() + "." + string(a.format)
}

// view is the query that selects a view of a feed, in its one spelling: each
// parameter at most once, in a fixed order. It is empty for the feed itself.
func (a *address) view() string {
	var out []string
	if !a.asOf.IsZero() {
		out = append(out, "as_of="+a.asOf.Format(time.DateOnly))
	}
	if a.follow {
		out = append(out, "succession=follow")
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
	if !a.follow {
		return []string{a.selector.Path()}
	}
	out := make([]string, len(a.units))
	for i, code := range a.units {
		sel := a.selector
		sel.Unit = code
		out[i] = sel.Path()
	}
	return out
}

func (a *address) isArticle() bool { return a.kind == kindArticle || a.kind == kindArticlePage }

// isPage reports whether it is a page for people.
func (a *address) isPage() bool { return a.format == page }

// isUnit reports whether it is about one unit.
func (a *address) isUnit() bool { return !a.isArticle() && a.selector.Kind == "units" }

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
