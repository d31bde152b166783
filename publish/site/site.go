// Package site makes the pages that people read: the front page, the page of a
// feed, the page of an article. It stands beside feeds/render: the same feeds
// and articles, for a browser instead of a feed reader. Browsers have stopped
// styling feeds (XSLT is on its way out), so each feed has a page of its own, and
// every page names its feeds in <head> (HTML Standard, link type "alternate").
//
// Pages are in Vietnamese or English; all their words stand in text.go. They need
// no JavaScript and load nothing from elsewhere but the pictures of an article.
// They aim at WCAG 2.1 AA: contrast in light and dark, a skip link, headings in
// order, the language marked wherever it changes.
//
// Like rendering, it is pure: no clock, no map order. It does not read the
// library, does not speak HTTP (package web does both, and chooses the language),
// and does not sanitise: article HTML was sanitised where it entered (package
// ingest/clean).
package site

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"loa/feeds"
)

// Version is the version of the pages. It is part of the keys under which they
// are cached: raise it whenever the bytes of any page change.
const Version = "4"

//go:embed templates/*.html
var templates embed.FS

//go:embed site.css
var styles string

// Options say where the site is.
type Options struct {
	// BaseURL is where loa is reached, without slash at its end.
	BaseURL string
	// UnitName gives the name that a unit had at a time by its GSO code, "" when
	// it is not known; it is asked with the time at which loa first saw an
	// article. It must be pure. It may be nil.
	UnitName func(code string, at time.Time) string
}

// Site makes pages. It is safe for concurrent use.
type Site struct {
	base     string
	prefix   string // path of base: links inside the site work under any host name
	unitName func(string, time.Time) string
	pages    map[Lang]map[string]*template.Template
}

// New returns the site. A base URL that cannot be parsed gives links that begin
// at the root; checking it is the configuration's business.
func New(o Options) *Site {
	s := &Site{base: strings.TrimSuffix(o.BaseURL, "/"), unitName: o.UnitName, pages: map[Lang]map[string]*template.Template{}}
	if u, err := url.Parse(s.base); err == nil {
		s.prefix = u.EscapedPath()
	}
	for _, l := range Langs {
		s.pages[l] = map[string]*template.Template{}
		words := template.FuncMap{
			"t":       func(key string, args ...any) string { return Text(l, key, args...) },
			"lang":    func() string { return string(l) },
			"foreign": func() bool { return l != Vietnamese }, // names are Vietnamese
		}
		for _, name := range []string{"home", "feed", "article", "gone"} {
			// The files are part of the program, so this cannot fail in one that was tested.
			s.pages[l][name] = template.Must(template.New(name).Funcs(words).ParseFS(templates, "templates/layout.html", "templates/"+name+".html"))
		}
	}
	return s
}

// SecurityPolicy is the Content-Security-Policy of every page: no script, no
// frame, no form but the search; the one style sheet by its hash; pictures and sound of
// articles from anywhere on the web.
func SecurityPolicy() string {
	h := sha256.Sum256([]byte(styles))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(h[:]) +
		"'; img-src *; media-src *; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}

// Page says which page is made and how it is read.
type Page struct {
	// Path is the page's own, from the root of the site and not escaped; Query
	// what selects a view of it, in its one spelling and without a language.
	Path, Query string
	// Lang is the language; empty is Vietnamese.
	Lang Lang
	// Chosen is set when the address names the language. Links to other pages then
	// name it as well.
	Chosen bool
}

// Listed is a feed in a list of feeds.
type Listed struct {
	Selector feeds.Selector
	Title    string
}

// Group is a part of a list of feeds.
type Group struct {
	Title string // of a province; empty: units whose province is not known
	// Feed is that of the province, empty where Title is.
	Feed  feeds.Selector
	Feeds []Listed
}

// Home is what the front page shows. Lists are shown in the order given.
type Home struct {
	// Feed is the feed of everything, with its newest articles.
	Feed Feed
	// Provinces have the units in force, Retired are those that are no more.
	Provinces []Group
	Retired   []Listed
	// Categories are the feeds of categories, Types those of types of documents.
	Categories, Types []Listed
	// Search is set when articles can be searched.
	Search bool
}

// Feed is what the page of a feed shows.
type Feed struct {
	Page    Page
	Subject Subject
	// Retired tells of a unit that is no more.
	Retired *Retired
	// Absent is set when no unit had the code on the day of Subject.AsOf.
	Absent bool
	// Related are feeds to go on to: a unit's categories, a category's unit.
	Related []Listed
	// Records are the newest articles, newest first.
	Records []feeds.Record
	// Same has by the id of an article those that tell the same and are not shown.
	Same map[string][]feeds.Record
	// Searching is set on the page of the search, whose articles are those that
	// have Query, if it is not empty.
	Searching bool
	Query     string
}

// Retired says what became of a unit.
type Retired struct {
	// Date is the first moment at which it was no more.
	Date time.Time
	// Act is the number of the act that ended it; it may be empty.
	Act string
	// Successors are the units that are there in its place.
	Successors []Listed
}

// Home makes the front page.
func (s *Site) Home(h Home) ([]byte, error) {
	m := s.maker(h.Feed.Page)
	groups := make([]group, 0, len(h.Provinces))
	for _, g := range h.Provinces {
		view := group{Title: g.Title, Links: m.links(g.Feeds)}
		if g.Feed.Kind != "" {
			view.Href = m.feedHref(g.Feed)
		}
		groups = append(groups, view)
	}
	v := m.feed(&h.Feed)
	return s.execute("home", m.Lang, struct {
		frame
		feedView
		Provinces                  []group
		Retired, Categories, Types []link
		Search                     *searchView
		OPMLHref                   string
	}{m.frame(Text(m.Lang, "home title"), v.Formats), v, groups, m.links(h.Retired), m.links(h.Categories), m.links(h.Types), m.search(h.Search, ""), m.prefix + "/opml"})
}

// Feed makes the page of a feed.
func (s *Site) Feed(f Feed) ([]byte, error) {
	m := s.maker(f.Page)
	v := m.feed(&f)
	alternates := v.Formats
	if v.Empty { // every page names feeds
		alternates = m.alternates(feeds.Selector{Kind: "all"}, "", Text(m.Lang, "all title"))
	}
	return s.execute("feed", m.Lang, struct {
		frame
		feedView
		Search *searchView
	}{m.frame(v.Title, alternates), v, m.search(f.Searching, f.Query)})
}

// Article makes the page of an article; of a withdrawn one, the page that says
// when and why it was taken back, without its words.
func (s *Site) Article(p Page, r *feeds.Record) ([]byte, error) {
	m := s.maker(p)
	unit := feeds.Selector{Kind: "units", Unit: r.Article.Unit}
	alternates := m.alternates(unit, "", m.unit(r.Article.Unit, r.FirstSeen))
	if r.IsWithdrawn() {
		f := m.frame(Text(m.Lang, "gone title"), alternates)
		return s.execute("gone", m.Lang, struct {
			frame
			goneView
		}{f, m.gone(r)})
	}
	f := m.frame(r.Article.Title, alternates)
	f.Canonical = webURL(r.Article.URL)
	return s.execute("article", m.Lang, struct {
		frame
		articleView
	}{f, m.article(r)})
}

// maker makes one page.
type maker struct {
	*Site
	Page
}

func (s *Site) maker(p Page) *maker {
	if p.Lang == "" {
		p.Lang = Vietnamese
	}
	return &maker{s, p}
}

// frame is what the layout of every page needs.
type frame struct {
	PageTitle  string
	CSS        template.CSS
	HomeHref   string
	Canonical  string
	Alternates []format
	// Switch leads to the page in the other languages.
	Switch []langLink
}

// langLink leads to the same page in another language.
type langLink struct {
	Text, Href string
	Lang       Lang
}

func (m *maker) frame(title string, alternates []format) frame {
	f := frame{PageTitle: title, CSS: template.CSS(styles), HomeHref: m.href("/", ""), Alternates: alternates} //nolint:gosec // the style sheet is this package's own file
	for _, l := range Langs {
		if l != m.Lang {
			f.Switch = append(f.Switch, langLink{Text(l, "language name"), m.address(m.Path, m.Query, l), l})
		}
	}
	return f
}

func (s *Site) execute(page string, l Lang, view any) ([]byte, error) {
	var b bytes.Buffer
	if err := s.pages[l][page].ExecuteTemplate(&b, "layout.html", view); err != nil {
		return nil, fmt.Errorf("make page %s: %w", page, err)
	}
	return b.Bytes(), nil
}
