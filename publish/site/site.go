// Package site makes the pages that people read: the front page, the page of a
// feed, the page of an article. It stands beside feeds/render: the same feeds
// and articles, for a browser instead of a feed reader. Browsers have stopped
// styling feeds (XSLT is on its way out), so each feed has a page of its own, and
// every page names its feeds in <head> (HTML Standard, link type "alternate").
//
// Pages need no JavaScript and load nothing from elsewhere but the pictures of an
// article. They aim at WCAG 2.1 AA: contrast in light and dark, a skip link,
// headings in order, the language marked wherever it changes.
//
// Like rendering, it is pure: no clock, no map order. It does not read the
// library, does not speak HTTP (package web does both), and does not sanitise:
// article HTML was sanitised where it entered (package ingest/clean).
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
const Version = "1"

//go:embed templates/*.html
var templates embed.FS

//go:embed site.css
var styles string

// Options say where the site is.
type Options struct {
	// BaseURL is where loa is reached, without slash at its end.
	BaseURL string
	// UnitName gives a unit's name by its GSO code, "" when it is not known. It
	// must be pure. It may be nil.
	UnitName func(code string, at time.Time) string
}

// Site makes pages. It is safe for concurrent use.
type Site struct {
	base     string
	prefix   string // path of base: links inside the site work under any host name
	unitName func(string, time.Time) string
	pages    map[string]*template.Template
}

// New returns the site. A base URL that cannot be parsed gives links that begin
// at the root; checking it is the configuration's business.
func New(o Options) *Site {
	s := &Site{base: strings.TrimSuffix(o.BaseURL, "/"), unitName: o.UnitName, pages: map[string]*template.Template{}}
	if u, err := url.Parse(s.base); err == nil {
		s.prefix = u.EscapedPath()
	}
	for _, name := range []string{"home", "feed", "article", "gone"} {
		// The files are part of the program, so this cannot fail in one that was tested.
		s.pages[name] = template.Must(template.ParseFS(templates, "templates/layout.html", "templates/"+name+".html"))
	}
	return s
}

// SecurityPolicy is the Content-Security-Policy of every page: no script, no
// frame, no form; the one style sheet by its hash; pictures and sound of
// articles from anywhere on the web.
func SecurityPolicy() string {
	h := sha256.Sum256([]byte(styles))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(h[:]) +
		"'; img-src http: https:; media-src http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// Listed is a feed in a list of feeds.
type Listed struct {
	Selector feeds.Selector
	Title    string
}

// Home is what the front page shows.
type Home struct {
	// Feed is the feed of everything, with its newest articles.
	Feed Feed
	// Units and Categories are the other feeds, in the order to show.
	Units, Categories []Listed
}

// Feed is what the page of a feed shows.
type Feed struct {
	Selector        feeds.Selector
	Title, Subtitle string
	// Related are feeds to go on to: a unit's categories, a category's unit.
	Related []Listed
	// Records are the newest articles, newest first.
	Records []feeds.Record
}

// Home makes the front page.
func (s *Site) Home(h Home) ([]byte, error) {
	return s.execute("home", struct {
		frame
		feedView
		Units, Categories []link
	}{s.frame("Tin bài từ các cổng thông tin điện tử", s.alternates(h.Feed.Selector, h.Feed.Title)),
		s.feed(&h.Feed), s.links(h.Units), s.links(h.Categories)})
}

// Feed makes the page of a feed.
func (s *Site) Feed(f Feed) ([]byte, error) {
	return s.execute("feed", struct {
		frame
		feedView
	}{s.frame(f.Title, s.alternates(f.Selector, f.Title)), s.feed(&f)})
}

// Article makes the page of an article; of a withdrawn one, the page that says
// when and why it was taken back, without its words.
func (s *Site) Article(r *feeds.Record) ([]byte, error) {
	unit := feeds.Selector{Kind: "units", Unit: r.Article.Unit}
	alternates := s.alternates(unit, s.unit(r.Article.Unit, r.FirstSeen))
	if r.IsWithdrawn() {
		f := s.frame("Bài viết đã được rút", alternates)
		return s.execute("gone", struct {
			frame
			goneView
		}{f, s.gone(r)})
	}
	f := s.frame(r.Article.Title, alternates)
	f.Canonical = webURL(r.Article.URL)
	return s.execute("article", struct {
		frame
		articleView
	}{f, s.article(r)})
}

// frame is what the layout of every page needs.
type frame struct {
	PageTitle  string
	CSS        template.CSS
	HomeHref   string
	Canonical  string
	Alternates []format
}

func (s *Site) frame(title string, alternates []format) frame {
	// The style sheet is this package's own file.
	return frame{PageTitle: title, CSS: template.CSS(styles), HomeHref: s.prefix + "/", Alternates: alternates} //nolint:gosec // see above
}

func (s *Site) execute(page string, view any) ([]byte, error) {
	var b bytes.Buffer
	if err := s.pages[page].ExecuteTemplate(&b, "layout.html", view); err != nil {
		return nil, fmt.Errorf("make page %s: %w", page, err)
	}
	return b.Bytes(), nil
}
