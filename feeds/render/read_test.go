package render_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"testing"
	"time"

	"loa/feeds"
	"loa/feeds/render"
)

// These types read documents by namespace and element, by the strict decoder
// of encoding/xml: they know nothing of the types that wrote them.

type rssRead struct {
	Version string `xml:"version,attr"`
	Channel struct {
		Title string `xml:"title"`
		// The decoder takes the first field that fits, so the one with a namespace stands first.
		Links         []linkRead    `xml:"http://www.w3.org/2005/Atom link"`
		Plain         []string      `xml:"link"`
		Description   string        `xml:"description"`
		Language      string        `xml:"language"`
		LastBuildDate string        `xml:"lastBuildDate"`
		Generator     string        `xml:"generator"`
		Docs          string        `xml:"docs"`
		Archive       *struct{}     `xml:"http://purl.org/syndication/history/1.0 archive"`
		Items         []rssItemRead `xml:"item"`
	} `xml:"channel"`
}

type rssItemRead struct {
	Title       string   `xml:"title"`
	Link        string   `xml:"link"`
	Description string   `xml:"description"`
	Content     []string `xml:"http://purl.org/rss/1.0/modules/content/ encoded"`
	Author      []string `xml:"author"`
	Categories  []struct {
		Domain string `xml:"domain,attr"`
		Name   string `xml:",chardata"`
	} `xml:"category"`
	Enclosures []struct {
		URL    string `xml:"url,attr"`
		Length string `xml:"length,attr"`
		Type   string `xml:"type,attr"`
	} `xml:"enclosure"`
	GUID struct {
		ID        string `xml:",chardata"`
		Permalink string `xml:"isPermaLink,attr"`
	} `xml:"guid"`
	PubDate string `xml:"pubDate"`
	Source  *struct {
		URL  string `xml:"url,attr"`
		Name string `xml:",chardata"`
	} `xml:"source"`
	Creators  []string `xml:"http://purl.org/dc/elements/1.1/ creator"`
	Publisher string   `xml:"http://purl.org/dc/elements/1.1/ publisher"`
	Date      string   `xml:"http://purl.org/dc/elements/1.1/ date"`
	Language  string   `xml:"http://purl.org/dc/elements/1.1/ language"`
	Relations []string `xml:"http://purl.org/dc/elements/1.1/ relation"`
	Media     []struct {
		URL    string `xml:"url,attr"`
		Type   string `xml:"type,attr"`
		Size   int64  `xml:"fileSize,attr"`
		Medium string `xml:"medium,attr"`
		Title  string `xml:"http://search.yahoo.com/mrss/ title"`
	} `xml:"http://search.yahoo.com/mrss/ content"`
}

type linkRead struct {
	Href   string `xml:"href,attr"`
	Rel    string `xml:"rel,attr"`
	Type   string `xml:"type,attr"`
	Length string `xml:"length,attr"`
	Title  string `xml:"title,attr"`
}

type atomRead struct {
	XMLName   xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang      string      `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	ID        []string    `xml:"id"`
	Title     string      `xml:"title"`
	Subtitle  string      `xml:"subtitle"`
	Updated   string      `xml:"updated"`
	Authors   []nameRead  `xml:"author"`
	Generator string      `xml:"generator"`
	Links     []linkRead  `xml:"http://www.w3.org/2005/Atom link"`
	Archive   *struct{}   `xml:"http://purl.org/syndication/history/1.0 archive"`
	Entries   []entryRead `xml:"http://www.w3.org/2005/Atom entry"`
	Deleted   []struct {
		Ref     string      `xml:"ref,attr"`
		When    string      `xml:"when,attr"`
		Comment string      `xml:"http://purl.org/atompub/tombstones/1.0 comment"`
		Source  *sourceRead `xml:"http://www.w3.org/2005/Atom source"`
	} `xml:"http://purl.org/atompub/tombstones/1.0 deleted-entry"`
}

type nameRead struct {
	Name string `xml:"name"`
}

type textRead struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

type sourceRead struct {
	ID      string `xml:"id"`
	Title   string `xml:"title"`
	Updated string `xml:"updated"`
}

type entryRead struct {
	Lang       string     `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	ID         []string   `xml:"id"`
	Title      string     `xml:"title"`
	Updated    string     `xml:"updated"`
	Published  string     `xml:"published"`
	Authors    []nameRead `xml:"author"`
	Links      []linkRead `xml:"link"`
	Categories []struct {
		Term   string `xml:"term,attr"`
		Scheme string `xml:"scheme,attr"`
		Label  string `xml:"label,attr"`
		Text   string `xml:",chardata"`
	} `xml:"category"`
	Summary *textRead   `xml:"summary"`
	Content *textRead   `xml:"content"`
	Source  *sourceRead `xml:"source"`
}

type jsonRead struct {
	Version     string         `json:"version"`
	Title       string         `json:"title"`
	HomePageURL string         `json:"home_page_url"`
	FeedURL     string         `json:"feed_url"`
	NextURL     string         `json:"next_url"`
	Description string         `json:"description"`
	Language    string         `json:"language"`
	Authors     []jsonNameRead `json:"authors"`
	Hubs        []struct {
		Type string `json:"type"`
		URL  string `json:"url"`
	} `json:"hubs"`
	Loa *struct {
		About     string `json:"about"`
		Archive   bool   `json:"archive"`
		Withdrawn []struct {
			ID     string `json:"id"`
			When   string `json:"when"`
			Reason string `json:"reason"`
		} `json:"withdrawn"`
	} `json:"_loa"`
	Items []jsonItemRead `json:"items"`
}

type jsonNameRead struct {
	Name string `json:"name"`
}

type jsonItemRead struct {
	ID          string         `json:"id"`
	URL         string         `json:"url"`
	Title       string         `json:"title"`
	ContentHTML string         `json:"content_html"`
	ContentText string         `json:"content_text"`
	Summary     string         `json:"summary"`
	Published   string         `json:"date_published"`
	Modified    string         `json:"date_modified"`
	Authors     []jsonNameRead `json:"authors"`
	Tags        []string       `json:"tags"`
	Language    string         `json:"language"`
	Attachments []struct {
		URL   string `json:"url"`
		Type  string `json:"mime_type"`
		Title string `json:"title"`
		Size  *int64 `json:"size_in_bytes"`
	} `json:"attachments"`
	Loa struct {
		About         string   `json:"about"`
		Unit          string   `json:"unit"`
		UnitName      string   `json:"unit_name"`
		PublishedRaw  string   `json:"published_raw"`
		DatePrecision string   `json:"date_precision"`
		FirstSeen     string   `json:"first_seen"`
		Revision      int      `json:"revision"`
		Withdrawn     bool     `json:"withdrawn"`
		Channels      []string `json:"channels"`
		Source        *struct {
			ID  string `json:"id"`
			URL string `json:"url"`
		} `json:"source"`
		Correction json.RawMessage     `json:"correction"`
		Related    []map[string]string `json:"related"`
	} `json:"_loa"`
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
}

func mustRender(t failer, f *render.Feed, format feeds.Format) []byte {
	t.Helper()
	b, err := render.Render(f, format)
	if err != nil {
		t.Fatalf("render %s: %v", format, err)
	}
	return b
}

// wellFormed reads every token to the end.
func wellFormed(t failer, b []byte) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(b))
	dec.Strict = true
	for {
		switch _, err := dec.Token(); {
		case err == nil:
		case errors.Is(err, io.EOF):
			return
		default:
			t.Fatalf("not well-formed: %v\n%s", err, b)
		}
	}
}

func readRSS(t failer, f *render.Feed) *rssRead {
	t.Helper()
	var r rssRead
	b := mustRender(t, f, feeds.RSS)
	wellFormed(t, b)
	if err := xml.Unmarshal(b, &r); err != nil {
		t.Fatalf("read RSS: %v\n%s", err, b)
	}
	return &r
}

func readAtom(t failer, f *render.Feed) *atomRead {
	t.Helper()
	var r atomRead
	b := mustRender(t, f, feeds.Atom)
	wellFormed(t, b)
	if err := xml.Unmarshal(b, &r); err != nil {
		t.Fatalf("read Atom: %v\n%s", err, b)
	}
	return &r
}

func readJSON(t failer, f *render.Feed) *jsonRead {
	t.Helper()
	var r jsonRead
	b := mustRender(t, f, feeds.JSON)
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatalf("read JSON Feed: %v\n%s", err, b)
	}
	return &r
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
