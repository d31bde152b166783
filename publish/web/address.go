package web

import (
	"strings"

	"loa/feeds"
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

// address is what a path asks for.
type address struct {
	kind     kind
	selector feeds.Selector // of feeds, and "all" of the front page
	format   feeds.Format
	id       string // of articles
}

// parse reads a request's path. It takes only the one spelling of each address,
// so that nothing is kept twice.
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
	sel, err := feeds.ParseSelector(rest)
	a.selector = sel
	return a, err == nil && sel.Path() == rest
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

// path is the address's path again.
func (a address) path() string {
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

func (a address) isArticle() bool { return a.kind == kindArticle || a.kind == kindArticlePage }

// isPage reports whether it is a page for people.
func (a address) isPage() bool { return a.format == page }
