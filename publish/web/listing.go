package web

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"loa/feeds"
	"loa/feeds/library"
	"loa/feeds/vntext"
	"loa/publish/site"
)

// outline is an element of OPML 2.0: a folder, or a feed.
type outline struct {
	Text        string    `xml:"text,attr"`
	Title       string    `xml:"title,attr,omitempty"`
	Type        string    `xml:"type,attr,omitempty"`
	Version     string    `xml:"version,attr,omitempty"`
	XMLURL      string    `xml:"xmlUrl,attr,omitempty"`
	HTMLURL     string    `xml:"htmlUrl,attr,omitempty"`
	Language    string    `xml:"language,attr,omitempty"`
	Description string    `xml:"description,attr,omitempty"`
	Outlines    []outline `xml:"outline"`
}

type opmlDocument struct {
	XMLName xml.Name `xml:"opml"`
	Version string   `xml:"version,attr"`
	Head    struct {
		Title        string `xml:"title"`
		DateModified string `xml:"dateModified"`
		Docs         string `xml:"docs"`
	} `xml:"head"`
	Body struct {
		Outlines []outline `xml:"outline"`
	} `xml:"body"`
}

// buildOPML makes the list of all feeds: those of provinces with their units and
// the units' categories, those of categories, those of types of documents; or, of
// a search, its own feed and the feeds whose names have its words. Feeds of single
// documents are too many to be listed.
func (s *Server) buildOPML(ctx context.Context, a *address) (*Document, error) {
	version := s.lib.Position()
	listed, err := s.lib.Directory(ctx)
	if err != nil {
		return nil, err
	}
	b := builder{o: &s.o, lib: s.lib, names: s.names}
	a.lang = site.Vietnamese
	var d opmlDocument
	d.Version = "2.0"
	d.Head.Title, d.Head.Docs = site.Text(a.lang, "home title"), "https://opml.org/spec2.opml"
	changed, err := b.modified(ctx, a, &library.Feed{Version: version})
	if err != nil {
		return nil, err
	}
	d.Head.DateModified = changed.In(feeds.Zone).Format(time.RFC1123Z)
	if a.query != "" {
		o := s.outline(&b, a, feeds.Selector{Kind: "search"}, a.query)
		d.Head.Title = o.Text
		d.Body.Outlines = append(d.Body.Outlines, o)
		key := vntext.KeyNoMarks(strings.ReplaceAll(a.query, `"`, ""))
		for _, l := range listed {
			sel, err := feeds.ParseSelector(l.Path)
			if err != nil {
				continue
			}
			if o := s.outline(&b, a, sel, l.Label); strings.Contains(vntext.KeyNoMarks(o.Text), key) {
				d.Body.Outlines = append(d.Body.Outlines, o)
			}
		}
		return d.document(version, changed)
	}
	d.Body.Outlines = append(d.Body.Outlines, s.outline(&b, a, feeds.Selector{Kind: "all"}, ""))
	byUnit := map[string][]outline{}
	var categories, types []outline
	for _, l := range listed {
		sel, err := feeds.ParseSelector(l.Path)
		if err != nil {
			continue
		}
		o := s.outline(&b, a, sel, l.Label)
		switch {
		case sel.Kind == "units" && sel.Category != "":
			byUnit[sel.Unit] = append(byUnit[sel.Unit], o)
		case sel.Kind == "categories":
			categories = append(categories, o)
		case sel.Kind == "types":
			types = append(types, o)
		}
	}
	folder := func(title string, list []outline) {
		if len(list) > 0 {
			d.Body.Outlines = append(d.Body.Outlines, outline{Text: title, Outlines: list})
		}
	}
	byText := func(o outline) string { return o.Text }
	unitFolder := func(l site.Listed) outline {
		o := outline{Text: l.Title, Outlines: []outline{s.outline(&b, a, l.Selector, "")}}
		own := byUnit[l.Selector.Unit]
		vntext.Sort(own, byText)
		o.Outlines = append(o.Outlines, own...)
		return o
	}
	groups, retired := b.unitLists(a, listed)
	for _, g := range groups {
		var list []outline
		if g.Feed.Kind != "" {
			list = append(list, s.outline(&b, a, g.Feed, ""))
		}
		for _, l := range g.Feeds {
			list = append(list, unitFolder(l))
		}
		title := g.Title
		if title == "" {
			title = site.Text(a.lang, "other units")
		}
		folder(title, list)
	}
	var old []outline
	for _, l := range retired {
		old = append(old, unitFolder(l))
	}
	folder(site.Text(a.lang, "retired"), old)
	vntext.Sort(categories, byText)
	vntext.Sort(types, byText)
	folder(site.Text(a.lang, "by category"), categories)
	folder(site.Text(a.lang, "by type"), types)
	return d.document(version, changed)
}

// outline is a feed. Its address is that of the Atom document, which says most.
func (s *Server) outline(b *builder, a *address, sel feeds.Selector, label string) outline {
	f := address{kind: kindFeed, selector: sel, format: feeds.Atom, day: a.day}
	if sel.Kind == "search" {
		f.query = a.query
	}
	title, subtitle := site.Titles(site.Vietnamese, b.subject(&f, label))
	o := outline{Text: title, Title: title, Type: "rss", Version: "ATOM1", XMLURL: s.o.BaseURL + f.location(), Language: "vi", Description: subtitle}
	f.kind, f.format = kindFeedPage, page
	o.HTMLURL = s.o.BaseURL + f.location()
	return o
}

func (d *opmlDocument) document(version uint64, changed time.Time) (*Document, error) {
	b, err := encodeXML(d)
	if err != nil {
		return nil, fmt.Errorf("encode OPML: %w", err)
	}
	return newDocument(b, version, changed, 200)
}

func encodeXML(v any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", " ")
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// sitemapSize is how many articles a sitemap has: the protocol of sitemaps.org
// allows 50,000, but each is read when it is made.
const sitemapSize = 10_000

// sitemapAge is how old a sitemap may be: crawlers come once in a while, and each
// new article changes the last one.
const sitemapAge = 10 * time.Minute

const sitemapSpace = "http://www.sitemaps.org/schemas/sitemap/0.9"

type siteURL struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod,omitempty"`
}

// buildSitemap makes a sitemap of articles' pages, or the index of all of them.
func (s *Server) buildSitemap(ctx context.Context, a *address) (*Document, error) {
	version := s.lib.Position()
	newest := epoch
	var urls []siteURL
	parts, err := s.lib.Listing(ctx, a.part, sitemapSize, func(r *feeds.Record) error {
		p := address{kind: kindArticlePage, id: r.ID}
		urls = append(urls, siteURL{s.o.BaseURL + p.location(), r.Changed.In(feeds.Zone).Format(time.RFC3339)})
		if r.Changed.After(newest) {
			newest = r.Changed
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var v any
	switch {
	case a.part > max(1, parts):
		return nil, ErrNotFound
	case a.part == 0:
		for i := range max(1, parts) {
			p := address{kind: kindSitemap, part: i + 1}
			urls = append(urls, siteURL{Loc: s.o.BaseURL + p.location()})
		}
		v = struct {
			XMLName xml.Name  `xml:"sitemapindex"`
			Space   string    `xml:"xmlns,attr"`
			URLs    []siteURL `xml:"sitemap"`
		}{Space: sitemapSpace, URLs: urls}
	default:
		v = struct {
			XMLName xml.Name  `xml:"urlset"`
			Space   string    `xml:"xmlns,attr"`
			URLs    []siteURL `xml:"url"`
		}{Space: sitemapSpace, URLs: urls}
	}
	b, err := encodeXML(v)
	if err != nil {
		return nil, fmt.Errorf("encode sitemap: %w", err)
	}
	return newDocument(b, version, newest.UTC().Truncate(time.Second), 200)
}
