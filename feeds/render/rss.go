package render

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"strconv"
	"strings"

	gorilla "github.com/gorilla/feeds"

	"loa/feeds"
)

const (
	nsAtom    = "http://www.w3.org/2005/Atom"
	nsContent = "http://purl.org/rss/1.0/modules/content/"
	nsDC      = "http://purl.org/dc/elements/1.1/"
	nsMedia   = "http://search.yahoo.com/mrss/"
	nsHistory = "http://purl.org/syndication/history/1.0"

	rssDocs = "https://www.rssboard.org/rss-specification"

	// excerptRunes is the length of a description that is cut from the content.
	excerptRunes = 300
)

// rssDocument is the root element. Gorilla's declares one namespace only.
type rssDocument struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Content string     `xml:"xmlns:content,attr"`
	DC      string     `xml:"xmlns:dc,attr"`
	Atom    string     `xml:"xmlns:atom,attr"`
	Media   string     `xml:"xmlns:media,attr,omitempty"`
	History string     `xml:"xmlns:fh,attr,omitempty"`
	Channel rssChannel `xml:"channel"`
}

// FeedXml makes it a feed that gorilla's WriteXML takes.
func (r *rssDocument) FeedXml() any { return r }

// rssChannel adds the links that a channel needs. Its items hide those of the
// embedded channel, and come after all its other children.
type rssChannel struct {
	Title       plain  `xml:"title"`
	Link        string `xml:"link"`
	Description plain  `xml:"description"`
	Generator   *plain `xml:"generator"`
	gorilla.RssFeed
	Links    []rssLink  `xml:"atom:link"`
	Archive  *empty     `xml:"fh:archive"`
	Complete *empty     `xml:"fh:complete"`
	Items    []*rssItem `xml:"item"`
}

// empty is an element without content.
type empty struct{}

type rssLink struct {
	Href string `xml:"href,attr"`
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
}

// rssItem hides the single category, the source without address, and the
// description that stands there even when it is empty; the summary comes before
// the content. Author stays empty: RSS wants an e-mail address there, and
// dc:creator takes names. There is no dc:date beside pubDate: validators take
// the two for one, and JSON Feed says how precise the date is.
type rssItem struct {
	Title plain `xml:"title"`
	gorilla.RssItem
	Description string `xml:"description,omitempty"`
	Content     *gorilla.RssContent
	Categories  []rssCategory `xml:"category"`
	Source      *rssSource    `xml:"source"`
	Creators    []plain       `xml:"dc:creator"`
	Publisher   *plain        `xml:"dc:publisher"`
	Relations   []string      `xml:"dc:relation"`
	Language    string        `xml:"dc:language,omitempty"`
	Media       []rssMedia    `xml:"media:content"`
}

type rssCategory struct {
	Domain string `xml:"domain,attr"`
	plain
}

type rssSource struct {
	URL string `xml:"url,attr"`
	plain
}

// plain is the content of an element that is text and no HTML, as XML. Readers
// that take it for HTML all the same understand the references for & and < that
// the profile recommends (data-types-characterdata), and not &amp; and &lt;.
type plain struct {
	XML string `xml:",innerxml"`
}

// newPlain escapes text that is fit for XML.
func newPlain(s string) plain {
	if !strings.ContainsAny(s, "&<>") {
		return plain{s}
	}
	return plain{strings.NewReplacer("&", "&#x26;", "<", "&#x3C;", ">", "&#x3E;").Replace(s)}
}

// optional leaves an element out that would be empty.
func optional(s string) *plain {
	if s == "" {
		return nil
	}
	p := newPlain(s)
	return &p
}

type rssMedia struct {
	URL    string         `xml:"url,attr"`
	Size   int64          `xml:"fileSize,attr,omitempty"`
	Type   string         `xml:"type,attr"`
	Medium string         `xml:"medium,attr"`
	Title  *rssMediaTitle `xml:"media:title"`
}

type rssMediaTitle struct {
	Type string `xml:"type,attr"`
	plain
}

func writeRSS(d *document) ([]byte, error) {
	doc := &rssDocument{Version: "2.0", Content: nsContent, DC: nsDC, Atom: nsAtom}
	doc.Channel = rssChannel{
		Title:       newPlain(d.title),
		Link:        d.home,
		Description: newPlain(cmp.Or(d.subtitle, d.title)),
		Generator:   optional(d.generator),
		RssFeed: gorilla.RssFeed{
			Language:      language,
			LastBuildDate: rfc822(d.updated),
			Docs:          rssDocs,
		},
		Items: make([]*rssItem, 0, len(d.entries)),
	}
	ch := &doc.Channel
	link := func(rel, href, kind string) {
		if href != "" {
			ch.Links = append(ch.Links, rssLink{href, rel, kind})
		}
	}
	kind := feeds.RSS.MediaType()
	link("self", d.self, kind)
	for _, h := range d.hubs {
		link("hub", h, "")
	}
	link("current", d.archive.current, kind)
	link("prev-archive", d.archive.prev, kind)
	link("next-archive", d.archive.next, kind)
	if d.archive.sealed {
		doc.History, ch.Archive = nsHistory, &empty{}
	}
	if d.complete {
		doc.History, ch.Complete = nsHistory, &empty{}
	}
	for i := range d.entries {
		it := newRSSItem(d, &d.entries[i])
		if it.Media != nil {
			doc.Media = nsMedia
		}
		ch.Items = append(ch.Items, it)
	}
	return encodeXML(doc, d)
}

func newRSSItem(d *document, e *entry) *rssItem {
	it := &rssItem{
		Title: newPlain(e.title),
		RssItem: gorilla.RssItem{
			Link:    e.url,
			Guid:    &gorilla.RssGuid{Id: e.id, IsPermaLink: "false"},
			PubDate: rfc822(e.published),
		},
		// The description is HTML by the specification, the summary is not.
		Description: textAsHTML(e.summary),
		Publisher:   optional(e.unitName),
	}
	for _, name := range e.authors {
		it.Creators = append(it.Creators, newPlain(name))
	}
	if e.html != "" {
		it.Content = &gorilla.RssContent{Content: e.html}
		if e.summary == "" {
			it.Description = textAsHTML(cmp.Or(excerpt(feeds.Words(e.html), excerptRunes), e.text()))
		}
	}
	if e.category != "" {
		it.Categories = append(it.Categories, rssCategory{d.schemes.categories, newPlain(e.category)})
	}
	for _, t := range e.tags {
		it.Categories = append(it.Categories, rssCategory{d.schemes.tags, newPlain(t)})
	}
	for _, c := range e.documents {
		it.Categories = append(it.Categories, rssCategory{d.schemes.documents, newPlain(c.label)})
	}
	if e.unit != "" {
		it.Categories = append(it.Categories, rssCategory{"gso", newPlain(e.unit)})
	}
	if e.corrected {
		it.Categories = append(it.Categories, rssCategory{d.schemes.revisions, newPlain(correctionLabel)})
	}
	for i := range e.related {
		it.Relations = append(it.Relations, e.related[i].url)
	}
	if from := cmp.Or(e.sourceURL, d.feed.unitFeed(e.unit, feeds.RSS)); d.merged && from != "" {
		it.Source = &rssSource{from, newPlain(e.publisher())}
	}
	if e.lang != language {
		it.Language = e.lang
	}
	for i, f := range e.files {
		if i == 0 {
			it.Enclosure = &gorilla.RssEnclosure{Url: f.url, Type: f.kind, Length: strconv.FormatInt(f.length, 10)}
			continue
		}
		m := rssMedia{URL: f.url, Type: f.kind, Size: f.length, Medium: medium(f.kind)}
		if f.title != "" {
			m.Title = &rssMediaTitle{"plain", newPlain(f.title)}
		}
		it.Media = append(it.Media, m)
	}
	return it
}

// medium is the kind of object in the words of Media RSS.
func medium(kind string) string {
	switch major, _, _ := strings.Cut(kind, "/"); major {
	case "image", "audio", "video":
		return major
	}
	return "document"
}

// encodeXML writes with gorilla's writer and ends the last line.
func encodeXML(doc gorilla.XmlFeed, d *document) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(d.size())
	if err := gorilla.WriteXML(doc, &b); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// size estimates the bytes of the document, so that its buffer grows once.
func (d *document) size() int {
	n := 4 << 10
	for i := range d.entries {
		e := &d.entries[i]
		n += 2<<10 + len(e.html) + len(e.html)/4 + len(e.summary) + 2*len(e.title)
	}
	return n
}
