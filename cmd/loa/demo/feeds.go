package demo

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strconv"
	"time"
)

// document renders the unit's feed in the unit's format.
func (p *Portal) document(u *unit, articles []article, changed time.Time) ([]byte, error) {
	switch u.Format {
	case "rss":
		return encodeXML(p.rss(u, articles, changed))
	case "atom":
		return encodeXML(p.atom(u, articles, changed))
	default:
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", " ")
		if err := e.Encode(p.jsonFeed(u, articles)); err != nil {
			return nil, fmt.Errorf("encode feed: %w", err)
		}
		return b.Bytes(), nil
	}
}

func encodeXML(v any) ([]byte, error) {
	b, err := xml.MarshalIndent(v, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode feed: %w", err)
	}
	return append([]byte(xml.Header), append(b, '\n')...), nil
}

// tag is the permanent id of an article, an RFC 4151 tag.
func tag(a *article) string {
	return "tag:portal.example.vn,2026:" + a.unit.Code + "/" + strconv.Itoa(a.number)
}

// RSS 2.0 with content:encoded and a link to itself.
type rssDocument struct {
	XMLName   xml.Name   `xml:"rss"`
	Version   string     `xml:"version,attr"`
	ContentNS string     `xml:"xmlns:content,attr"`
	AtomNS    string     `xml:"xmlns:atom,attr"`
	Channel   rssChannel `xml:"channel"`
}

type rssChannel struct {
	Title         string    `xml:"title"`
	Link          string    `xml:"link"`
	Self          atomLink  `xml:"atom:link"`
	Description   string    `xml:"description"`
	Language      string    `xml:"language"`
	LastBuildDate string    `xml:"lastBuildDate"`
	TTL           int       `xml:"ttl"` // minutes
	Items         []rssItem `xml:"item"`
}

type rssItem struct {
	Title       string         `xml:"title"`
	Link        string         `xml:"link"`
	GUID        rssGUID        `xml:"guid"`
	Category    string         `xml:"category"`
	PubDate     string         `xml:"pubDate"`
	Description string         `xml:"description"`
	Content     rssCDATA       `xml:"content:encoded"`
	Enclosures  []rssEnclosure `xml:"enclosure"`
}

type rssGUID struct {
	IsPermaLink bool   `xml:"isPermaLink,attr"`
	ID          string `xml:",chardata"`
}

type rssCDATA struct {
	Text string `xml:",cdata"`
}

type rssEnclosure struct {
	URL    string `xml:"url,attr"`
	Length int    `xml:"length,attr"`
	Type   string `xml:"type,attr"`
}

func (p *Portal) rss(u *unit, articles []article, changed time.Time) rssDocument {
	c := rssChannel{
		Title: u.Name, Link: p.base + "/", Description: "Tin mới của " + u.Name, Language: "vi",
		Self:          atomLink{Rel: "self", Href: p.base + u.path(), Type: "application/rss+xml"},
		LastBuildDate: changed.Format(time.RFC1123Z), TTL: 1,
	}
	for i := range articles {
		a := &articles[i]
		item := rssItem{
			Title: a.title, Link: p.link(a), GUID: rssGUID{ID: tag(a)}, Category: a.category,
			PubDate: a.published.Format(time.RFC1123Z), Description: a.summary, Content: rssCDATA{a.html},
		}
		for _, f := range a.files {
			item.Enclosures = append(item.Enclosures, rssEnclosure{URL: p.fileLink(a, f), Length: len(f.Text), Type: f.mediaType()})
		}
		c.Items = append(c.Items, item)
	}
	return rssDocument{
		Version: "2.0", ContentNS: "http://purl.org/rss/1.0/modules/content/", AtomNS: "http://www.w3.org/2005/Atom", Channel: c,
	}
}

// Atom, RFC 4287.
type atomDocument struct {
	XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Language string      `xml:"xml:lang,attr"`
	ID       string      `xml:"id"`
	Title    string      `xml:"title"`
	Updated  string      `xml:"updated"`
	Author   string      `xml:"author>name"`
	Links    []atomLink  `xml:"link"`
	Entries  []atomEntry `xml:"entry"`
}

type atomEntry struct {
	ID        string       `xml:"id"`
	Title     string       `xml:"title"`
	Links     []atomLink   `xml:"link"`
	Category  atomCategory `xml:"category"`
	Published string       `xml:"published"`
	Updated   string       `xml:"updated"`
	Summary   string       `xml:"summary"`
	Content   atomContent  `xml:"content"`
}

type atomLink struct {
	Rel    string `xml:"rel,attr"`
	Href   string `xml:"href,attr"`
	Type   string `xml:"type,attr,omitempty"`
	Title  string `xml:"title,attr,omitempty"`
	Length int    `xml:"length,attr,omitempty"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

type atomContent struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

func (p *Portal) atom(u *unit, articles []article, changed time.Time) atomDocument {
	d := atomDocument{
		Language: "vi", ID: "tag:portal.example.vn,2026:" + u.Code, Title: u.Name, Author: u.Name,
		Updated: changed.Format(time.RFC3339),
		Links: []atomLink{
			{Rel: "self", Href: p.base + u.path(), Type: "application/atom+xml"},
			{Rel: "alternate", Href: p.base + "/", Type: "text/html"},
		},
	}
	for i := range articles {
		a := &articles[i]
		e := atomEntry{
			ID: tag(a), Title: a.title, Category: atomCategory{a.category}, Summary: a.summary,
			Published: a.published.Format(time.RFC3339), Updated: a.published.Format(time.RFC3339),
			Content: atomContent{Type: "html", Text: a.html},
			Links:   []atomLink{{Rel: "alternate", Href: p.link(a), Type: "text/html"}},
		}
		if !a.updated.IsZero() {
			e.Updated = a.updated.Format(time.RFC3339)
		}
		for _, f := range a.files {
			e.Links = append(e.Links, atomLink{Rel: "enclosure", Href: p.fileLink(a, f), Type: f.mediaType(), Title: f.Title, Length: len(f.Text)})
		}
		d.Entries = append(d.Entries, e)
	}
	return d
}

// JSON Feed 1.1.
type jsonDocument struct {
	Version     string     `json:"version"`
	Title       string     `json:"title"`
	HomePageURL string     `json:"home_page_url"`
	FeedURL     string     `json:"feed_url"`
	Language    string     `json:"language"`
	Items       []jsonItem `json:"items"`
}

type jsonItem struct {
	ID          string     `json:"id"`
	URL         string     `json:"url"`
	Title       string     `json:"title"`
	Summary     string     `json:"summary"`
	ContentHTML string     `json:"content_html"`
	Published   string     `json:"date_published"`
	Modified    string     `json:"date_modified,omitempty"`
	Tags        []string   `json:"tags"`
	Attachments []jsonFile `json:"attachments,omitempty"`
}

type jsonFile struct {
	URL      string `json:"url"`
	MimeType string `json:"mime_type"`
	Title    string `json:"title"`
	Size     int    `json:"size_in_bytes"`
}

func (p *Portal) jsonFeed(u *unit, articles []article) jsonDocument {
	d := jsonDocument{
		Version: "https://jsonfeed.org/version/1.1", Title: u.Name, HomePageURL: p.base + "/", FeedURL: p.base + u.path(),
		Language: "vi", Items: []jsonItem{},
	}
	for i := range articles {
		a := &articles[i]
		item := jsonItem{
			ID: tag(a), URL: p.link(a), Title: a.title, Summary: a.summary, ContentHTML: a.html,
			Published: a.published.Format(time.RFC3339), Tags: []string{a.category},
		}
		if !a.updated.IsZero() {
			item.Modified = a.updated.Format(time.RFC3339)
		}
		for _, f := range a.files {
			item.Attachments = append(item.Attachments, jsonFile{URL: p.fileLink(a, f), MimeType: f.mediaType(), Title: f.Title, Size: len(f.Text)})
		}
		d.Items = append(d.Items, item)
	}
	return d
}
