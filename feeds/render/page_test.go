package render_test

import (
	"bytes"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/mmcdole/gofeed"

	"loa/feeds"
	"loa/feeds/render"
)

// realPage makes an article of a real portal's page, taken as text: category,
// title, paragraphs, byline and date each on a line, all else is page furniture.
func realPage(t *testing.T) *render.Feed {
	t.Helper()
	files, err := filepath.Glob("../../../shared/seed/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no real page stands beside the repository")
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(b), "\n")
	if len(lines) < 27 {
		t.Fatalf("the page has %d lines", len(lines))
	}
	var body strings.Builder
	for _, p := range lines[4:19] {
		if p != "" {
			body.WriteString("<p>" + html.EscapeString(p) + "</p>\n")
		}
	}
	raw := strings.TrimPrefix(lines[26], "Ngày đăng: ")
	day, err := time.ParseInLocation("02/01/2006", raw, feeds.Zone)
	if err != nil {
		t.Fatal(err)
	}
	seen := day.Add(14*time.Hour + 30*time.Minute)
	return &render.Feed{
		Authority: authority, BaseURL: "https://tin.example.vn",
		Selector: feeds.Selector{Kind: "units", Unit: "251"}, Title: "Huyện Yên Lạc", Generator: "loa",
		UnitName: func(code string, _ time.Time) string { return map[string]string{"251": "Huyện Yên Lạc"}[code] },
		Records: []feeds.Record{{
			ID: "p4g5e6", Revision: 1, Kind: feeds.Published,
			Article: feeds.Article{
				Unit: "251", URL: "https://yenlac.example.vn/tin/1", Title: lines[2], Summary: lines[4], ContentHTML: body.String(),
				Category: lines[0], Tags: []string{"huyện Yên Lạc", "Vĩnh Phúc"}, Authors: []string{lines[22]}, Language: "vi",
				Published: feeds.Date{Time: day, Precision: feeds.Day, Raw: raw},
			},
			Channels: []feeds.Door{feeds.DoorEvent}, FirstSeen: seen, Changed: seen,
		}},
	}
}

// Each field of the page stands where a reader of the format looks for it.
func TestRealPageFieldByField(t *testing.T) {
	f := realPage(t)
	a := &f.Records[0].Article
	equal(t, "runes of the title", utf8.RuneCountInString(a.Title), 128)
	equal(t, "runes of the summary", utf8.RuneCountInString(a.Summary), 276)
	equal(t, "paragraphs", strings.Count(a.ContentHTML, "<p>"), 8)
	rss, atom, js := readRSS(t, f), readAtom(t, f), readJSON(t, f)
	item, entry, jsonItem := rss.Channel.Items[0], atom.Entries[0], js.Items[0]
	id := render.ArticleID(authority, "p4g5e6")

	equal(t, "RSS title", item.Title, a.Title)
	equal(t, "Atom title", entry.Title, a.Title)
	equal(t, "JSON title", jsonItem.Title, a.Title)

	equal(t, "RSS link", item.Link, a.URL)
	equalList(t, "Atom link", links(entry.Links, "alternate"), []string{a.URL})
	equal(t, "JSON url", jsonItem.URL, a.URL)
	equal(t, "RSS guid", item.GUID.ID, id)
	equalList(t, "Atom id", entry.ID, []string{id})
	equal(t, "JSON id", jsonItem.ID, id)

	equal(t, "RSS category", item.Categories[0].Name, a.Category)
	equal(t, "Atom category term", entry.Categories[0].Term, a.Category)
	equal(t, "Atom category label", entry.Categories[0].Label, a.Category)
	equalList(t, "JSON tags", jsonItem.Tags, []string{a.Category, "huyện Yên Lạc", "Vĩnh Phúc"})

	equal(t, "RSS description", item.Description, a.Summary)
	equal(t, "RSS content", item.Content[0], a.ContentHTML)
	equal(t, "Atom summary", *entry.Summary, textRead{"text", a.Summary})
	equal(t, "Atom content", *entry.Content, textRead{"html", a.ContentHTML})
	equal(t, "JSON summary", jsonItem.Summary, a.Summary)
	equal(t, "JSON content", jsonItem.ContentHTML, a.ContentHTML)

	equalList(t, "dc:creator", item.Creators, []string{"Ban Biên tập"})
	equalList(t, "RSS author", item.Author, nil)
	equalList(t, "Atom author", names(entry.Authors), []string{"Ban Biên tập"})
	equal(t, "JSON author", jsonItem.Authors[0].Name, "Ban Biên tập")

	equal(t, "pubDate", item.PubDate, "Mon, 24 Aug 2020 00:00:00 +0700")
	equal(t, "dc:date", item.Date, "")
	equal(t, "Atom published", entry.Published, "2020-08-24T00:00:00+07:00")
	equal(t, "JSON date_published", jsonItem.Published, "2020-08-24T00:00:00+07:00")
	equal(t, "precision", jsonItem.Loa.DatePrecision, "day")
	equal(t, "raw date", jsonItem.Loa.PublishedRaw, "24/08/2020")
	// Updated is the instant of the revision, not that of the page's date.
	equal(t, "Atom updated", entry.Updated, "2020-08-24T14:30:00+07:00")

	last := item.Categories[len(item.Categories)-1]
	equal(t, "RSS unit", last.Domain+" "+last.Name, "gso 251")
	unit := entry.Categories[len(entry.Categories)-1]
	equal(t, "Atom unit", unit.Scheme+" "+unit.Term+" "+unit.Label, "tag:tin.example.vn,2026:units 251 Huyện Yên Lạc")
	equal(t, "JSON unit", jsonItem.Loa.Unit+" "+jsonItem.Loa.UnitName, "251 Huyện Yên Lạc")

	equal(t, "RSS language", rss.Channel.Language, "vi")
	equal(t, "Atom language", atom.Lang, "vi")
	equal(t, "JSON language", js.Language+" "+jsonItem.Language, "vi vi")
	equal(t, "dc:publisher", item.Publisher, "Huyện Yên Lạc")

	midnight := at(t, "2020-08-23T17:00:00Z")
	for _, format := range feeds.Formats {
		feed, err := gofeed.NewParser().Parse(bytes.NewReader(mustRender(t, f, format)))
		if err != nil {
			t.Fatal(err)
		}
		it := feed.Items[0]
		equal(t, string(format)+" by gofeed: title", it.Title, a.Title)
		equal(t, string(format)+" by gofeed: id", it.GUID, id)
		equal(t, string(format)+" by gofeed: instant", it.PublishedParsed.Equal(midnight), true)
		equal(t, string(format)+" by gofeed: author", it.Authors[0].Name, "Ban Biên tập")
	}
}
