package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"
	"github.com/nats-io/nats.go"
	"golang.org/x/text/unicode/norm"

	"loa/internal/broker"
)

// realFiles finds files of the collection of real documents beside the repository.
func realFiles(t *testing.T, pattern string) []string {
	t.Helper()
	const dir = "../../../shared"
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		t.Skip("no real documents beside the repository")
	}
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no files (%v)", pattern, err)
	}
	return files
}

// outItem is an item of one of loa's documents, as its reader sees it.
type outItem struct {
	id, link, title, summary, content string
	published, updated                time.Time
	tags, authors                     []string
}

// outputs reads a feed in the three formats, strictly, and again with gofeed,
// which must see the same.
func outputs(t *testing.T, p *process, path string) (rss, atom, jsonf []outItem) {
	t.Helper()
	text := map[string]string{}
	for _, f := range []string{"rss", "atom", "json"} {
		body, status := p.get("/feeds/" + path + "." + f)
		if status != http.StatusOK {
			t.Fatalf("%s.%s: %d %s", path, f, status, body)
		}
		text[f] = body
		if !norm.NFC.IsNormalString(body) {
			t.Errorf("%s is not NFC", f)
		}
	}
	rss, atom, jsonf = readRSS(t, text["rss"]), readAtom(t, text["atom"]), readJSON(t, text["json"])
	for f, own := range map[string][]outItem{"rss": rss, "atom": atom, "json": jsonf} {
		feed, err := gofeed.NewParser().ParseString(text[f])
		if err != nil {
			t.Fatalf("gofeed reads no %s: %v", f, err)
		}
		if len(feed.Items) != len(own) {
			t.Fatalf("gofeed sees %d items in %s, encoding sees %d", len(feed.Items), f, len(own))
		}
		for i, it := range feed.Items {
			if it.GUID != own[i].id || it.Link != own[i].link || it.Title != own[i].title {
				t.Errorf("gofeed, %s item %d: %q %q %q, want %+v", f, i, it.GUID, it.Link, it.Title, own[i])
			}
			if it.PublishedParsed == nil || !it.PublishedParsed.Equal(own[i].published) {
				t.Errorf("gofeed, %s item %d: published %v, want %v", f, i, it.PublishedParsed, own[i].published)
			}
		}
	}
	return rss, atom, jsonf
}

// strictXML refuses what is not well formed to the last byte.
func strictXML(t *testing.T, text string, into any) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	if err := d.Decode(into); err != nil {
		t.Fatal(err)
	}
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if c, ok := tok.(xml.CharData); err != nil || !ok || strings.TrimSpace(string(c)) != "" {
			t.Fatalf("after the document: %v %v", tok, err)
		}
	}
}

func instant(t *testing.T, layout, s string) time.Time {
	t.Helper()
	at, err := time.Parse(layout, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func readRSS(t *testing.T, text string) (out []outItem) {
	t.Helper()
	type rssItem struct {
		Title       string   `xml:"title"`
		Link        string   `xml:"link"`
		PubDate     string   `xml:"pubDate"`
		Description string   `xml:"description"`
		GUID        string   `xml:"guid"`
		Date        string   `xml:"http://purl.org/dc/elements/1.1/ date"`
		Creator     []string `xml:"http://purl.org/dc/elements/1.1/ creator"`
		Encoded     string   `xml:"http://purl.org/rss/1.0/modules/content/ encoded"`
		Category    []struct {
			Domain string `xml:"domain,attr"`
			Text   string `xml:",chardata"`
		} `xml:"category"`
	}
	var r struct {
		XMLName xml.Name  `xml:"rss"`
		Items   []rssItem `xml:"channel>item"`
	}
	strictXML(t, text, &r)
	for _, it := range r.Items {
		o := outItem{
			id: it.GUID, link: it.Link, title: it.Title, summary: it.Description, content: it.Encoded,
			published: instant(t, time.RFC1123Z, it.PubDate), authors: it.Creator,
		}
		for _, c := range it.Category {
			if strings.HasSuffix(c.Domain, ":categories") || strings.HasSuffix(c.Domain, ":tags") {
				o.tags = append(o.tags, c.Text)
			}
		}
		if it.Date != "" { // validators take it for a second pubDate
			t.Errorf("dc:date %s beside pubDate %s", it.Date, it.PubDate)
		}
		out = append(out, o)
	}
	return out
}

func readAtom(t *testing.T, text string) (out []outItem) {
	t.Helper()
	var r struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		Entries []struct {
			ID        string `xml:"http://www.w3.org/2005/Atom id"`
			Title     string `xml:"http://www.w3.org/2005/Atom title"`
			Summary   string `xml:"http://www.w3.org/2005/Atom summary"`
			Content   string `xml:"http://www.w3.org/2005/Atom content"`
			Published string `xml:"http://www.w3.org/2005/Atom published"`
			Updated   string `xml:"http://www.w3.org/2005/Atom updated"`
			Links     []struct {
				Rel  string `xml:"rel,attr"`
				Href string `xml:"href,attr"`
			} `xml:"http://www.w3.org/2005/Atom link"`
			Authors []struct {
				Name string `xml:"http://www.w3.org/2005/Atom name"`
			} `xml:"http://www.w3.org/2005/Atom author"`
			Categories []struct {
				Term   string `xml:"term,attr"`
				Scheme string `xml:"scheme,attr"`
				Label  string `xml:"label,attr"`
			} `xml:"http://www.w3.org/2005/Atom category"`
		} `xml:"http://www.w3.org/2005/Atom entry"`
	}
	strictXML(t, text, &r)
	for _, e := range r.Entries {
		o := outItem{
			id: e.ID, title: e.Title, summary: e.Summary, content: e.Content,
			published: instant(t, time.RFC3339, e.Published), updated: instant(t, time.RFC3339, e.Updated),
		}
		for _, l := range e.Links {
			if l.Rel == "alternate" || l.Rel == "" {
				o.link = l.Href
			}
		}
		for _, a := range e.Authors {
			o.authors = append(o.authors, a.Name)
		}
		for _, c := range e.Categories {
			o.tags = append(o.tags, c.Label)
		}
		out = append(out, o)
	}
	return out
}

func readJSON(t *testing.T, text string) (out []outItem) {
	t.Helper()
	var f jsonFeed
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		t.Fatal(err)
	}
	for _, it := range f.Items {
		o := outItem{id: it.ID, link: it.URL, title: it.Title, summary: it.Summary, content: it.ContentHTML, published: instant(t, time.RFC3339, it.Published), tags: it.Tags}
		for _, a := range it.Authors {
			o.authors = append(o.authors, a.Name)
		}
		out = append(out, o)
	}
	return out
}

var tags = regexp.MustCompile(`(?s)<[^>]*>`)

// words of HTML, without its marks.
func words(s string) []string {
	return strings.Fields(norm.NFC.String(html.UnescapeString(tags.ReplaceAllString(s, " "))))
}

// sameInAll holds that the three formats tell one story.
func sameInAll(t *testing.T, rss, atom, jsonf []outItem) {
	t.Helper()
	if len(rss) != len(atom) || len(rss) != len(jsonf) {
		t.Fatalf("%d items in RSS, %d in Atom, %d in JSON Feed", len(rss), len(atom), len(jsonf))
	}
	seen := map[string]bool{}
	for i, r := range rss {
		if seen[r.id] || r.id == "" {
			t.Errorf("item %d: id %q is there twice", i, r.id)
		}
		seen[r.id] = true
		for name, o := range map[string]outItem{"Atom": atom[i], "JSON Feed": jsonf[i]} {
			if o.id != r.id || o.link != r.link || o.title != r.title || !o.published.Equal(r.published) {
				t.Errorf("item %d, %s: %q %q %q %s; RSS has %q %q %q %s", i, name, o.id, o.link, o.title, o.published, r.id, r.link, r.title, r.published)
			}
			if !slices.Equal(words(o.content), words(r.content)) {
				t.Errorf("item %d, %s: content differs from RSS", i, name)
			}
		}
	}
}

// Feeds of two newspapers as they were on a day, with their defects, polled from
// an origin of our own. What is right is read from the files by other means.
func TestRealFeeds(t *testing.T) {
	for _, file := range realFiles(t, "data/feeds/*.xml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := expected(t, string(raw))
			origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/xml; charset=utf-8")
				_, _ = w.Write(raw)
			}))
			defer origin.Close()
			p := newProcess(t, map[string]any{
				"nats":    map[string]any{"sync": "1s"},
				"sources": []map[string]any{{"id": "bao", "url": origin.URL + "/rss", "unit": "09025", "interval": "1s"}},
			})
			p.start()
			until(t, "items of "+file, func() bool { return len(p.feed("units/09025").Items) >= len(want) })
			rss, atom, jsonf := outputs(t, p, "units/09025")
			sameInAll(t, rss, atom, jsonf)
			if len(rss) != len(want) {
				t.Fatalf("%d items, want %d", len(rss), len(want))
			}
			for i, w := range want {
				got := rss[i]
				if got.title != w.title || got.link != w.link || !got.published.Equal(w.published) {
					t.Errorf("item %d:\ngot  %q %q %s\nwant %q %q %s", i, got.title, got.link, got.published, w.title, w.link, w.published)
				}
				if _, off := got.published.Zone(); off != 7*3600 {
					t.Errorf("item %d is not in Vietnam's time: %s", i, got.published)
				}
				body := strings.Join(words(got.content), " ")
				if body == "" {
					body = strings.Join(words(got.summary), " ")
				}
				if text := strings.Join(words(w.summary), " "); !strings.Contains(body, text) {
					t.Errorf("item %d: words are lost:\ngot  %q\nwant %q", i, body, text)
				}
				if start := words(w.summary); len(start) > 5 && !strings.HasPrefix(strings.Join(words(got.summary), " "), strings.Join(start[:5], " ")) {
					t.Errorf("item %d: summary %q, want %q", i, got.summary, w.summary)
				}
			}
		})
	}
}

// expected is what a feed of a newspaper says: each item that is not empty,
// newest first, and in the document's order where the instants are equal.
func expected(t *testing.T, raw string) (out []outItem) {
	t.Helper()
	begin := strings.Index(raw, "<rss") // before it may stand what a browser showed
	feed, err := gofeed.NewParser().ParseString(raw[begin:])
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range feed.Items {
		if it.Link == "" {
			continue
		}
		at, err := time.Parse(time.RFC1123Z, strings.ReplaceAll(it.Published, "GMT+7", "+0700"))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, outItem{title: norm.NFC.String(strings.Join(strings.Fields(it.Title), " ")), link: it.Link, summary: it.Description, published: at})
	}
	slices.SortStableFunc(out, func(a, b outItem) int { return b.published.Compare(a.published) })
	if items := strings.Count(raw, "<item>"); len(out) < items-1 {
		t.Fatalf("%d of %d items are not empty", len(out), items)
	}
	return out
}

// A whole article of a district's portal, as its CMS would send it: as plain JSON
// with text, and as a CloudEvent in binary mode with HTML.
func TestRealArticle(t *testing.T) {
	b, err := os.ReadFile(realFiles(t, "seed/*.txt")[0])
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Split(string(b), "\n") // line n of the page is line[n-1]
	category, title, byline, date := line[0], line[2], line[22], line[26]
	var body []string
	for n := 5; n <= 19; n++ {
		if s := strings.TrimSpace(line[n-1]); s != "" {
			body = append(body, s)
		}
	}
	if len(body) != 8 || byline != "Ban Biên tập" || date != "Ngày đăng: 24/08/2020" {
		t.Fatalf("the page is not as it was: %d paragraphs, %q, %q", len(body), byline, date)
	}
	var asHTML strings.Builder
	for _, s := range body {
		asHTML.WriteString("<p>" + html.EscapeString(s) + "</p>\n")
	}
	listen := freePort(t)
	p := newProcess(t, map[string]any{"nats": map[string]any{"listen": listen, "sync": "1s"}})
	p.start()
	send := func(number string, h nats.Header, more map[string]any) {
		t.Helper()
		e := map[string]any{"unit": "09025", "number": number, "url": "https://yenlac.example.vn/tin/" + number, "title": title, "category": category, "authors": []string{byline}, "language": "vi"}
		for k, v := range more {
			e[k] = v
		}
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := connect(t, listen).PublishMsg(t.Context(), &nats.Msg{Subject: broker.SubjectEvents + ".09025", Header: h, Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	send("4711", nil, map[string]any{"content_text": strings.Join(body, "\n\n"), "published": strings.TrimPrefix(date, "Ngày đăng: ")})
	until(t, "first article", func() bool { return len(p.feed("units/09025").Items) == 1 })
	send("4712", nats.Header{
		"ce-specversion": {"1.0"}, "ce-id": {"4712"}, "ce-source": {"https://yenlac.example.vn/cms"}, "ce-type": {"article.published"}, "content-type": {"application/json"},
	}, map[string]any{"content_html": asHTML.String(), "published": date})
	until(t, "second article", func() bool { return len(p.feed("units/09025").Items) == 2 })

	rss, atom, jsonf := outputs(t, p, "units/09025")
	sameInAll(t, rss, atom, jsonf)
	day := time.Date(2020, 8, 24, 0, 0, 0, 0, time.FixedZone("", 7*3600))
	first := strings.TrimSuffix(body[0], "./.")
	for i, number := range []string{"4712", "4711"} { // one day: what came last is first
		for format, it := range map[string]outItem{"rss": rss[i], "atom": atom[i], "json": jsonf[i]} {
			if it.title != title || it.link != "https://yenlac.example.vn/tin/"+number || !it.published.Equal(day) {
				t.Errorf("%s %s: %q %q %s", number, format, it.title, it.link, it.published)
			}
			if !slices.Equal(it.authors, []string{"Ban Biên tập"}) || !slices.Contains(it.tags, category) {
				t.Errorf("%s %s: authors %q, tags %q", number, format, it.authors, it.tags)
			}
			if got, want := words(it.content), strings.Fields(strings.Join(body, " ")); !slices.Equal(got, want) {
				t.Errorf("%s %s: the body has %d words, want %d, each as it was", number, format, len(got), len(want))
			}
			if n := strings.Count(it.content, "<p>"); n != 8 {
				t.Errorf("%s %s: %d paragraphs, want 8", number, format, n)
			}
			if got := strings.Join(words(it.summary), " "); got != strings.Join(strings.Fields(first), " ") {
				t.Errorf("%s %s: summary %q, want the first paragraph", number, format, got)
			}
		}
		if !atom[i].updated.Equal(day) {
			t.Errorf("updated %s", atom[i].updated)
		}
	}
	text, _ := p.get("/feeds/units/09025.rss")
	for want, n := range map[string]int{
		"<pubDate>Mon, 24 Aug 2020 00:00:00 +0700</pubDate>": 2, "<dc:creator>Ban Biên tập</dc:creator>": 2,
	} {
		if got := strings.Count(text, want); got != n {
			t.Errorf("%s is there %d times, want %d", want, got, n)
		}
	}
	text, _ = p.get("/feeds/units/09025.atom")
	if n := strings.Count(text, "<published>2020-08-24T00:00:00+07:00</published>"); n != 2 {
		t.Errorf("Atom's published is there %d times", n)
	}
	for i, raw := range []string{date, "24/08/2020"} {
		x := p.feed("units/09025").Items[i].Loa
		if x.Precision != "day" || x.PublishedRaw != raw || x.Unit != "09025" || x.Revision != 1 || fmt.Sprint(x.Channels) != "[event]" {
			t.Errorf("_loa: %+v", x)
		}
	}
	// The page of the chuyên mục by its own name.
	if got := p.feed("units/09025/dua-nq-cua-dang-vao-cs"); len(got.Items) != 2 {
		t.Errorf("%d articles in the category's feed", len(got.Items))
	}
}
