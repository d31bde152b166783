package render_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"loa/feeds"
	"loa/feeds/render"
)

func TestUnknownFormat(t *testing.T) {
	if _, err := render.Render(fullFeed(t), "opml"); !errors.Is(err, render.ErrFormat) {
		t.Errorf("error %v, want ErrFormat", err)
	}
}

func TestEmptyFeedHasAFixedDate(t *testing.T) {
	f := fullFeed(t)
	f.Records = nil
	equal(t, "Atom", readAtom(t, f).Updated, "2025-07-01T00:00:00+07:00")
	equal(t, "RSS", readRSS(t, f).Channel.LastBuildDate, "Tue, 01 Jul 2025 00:00:00 +0700")
}

func TestUpdatedIsTheNewestChange(t *testing.T) {
	f := fullFeed(t)
	old, late := f.Records[0], f.Records[0]
	old.ID, old.Changed = "old", at(t, "2026-01-01T00:00:00Z")
	late.ID, late.Changed = "late", at(t, "2026-04-30T18:00:00Z")
	f.Records = []feeds.Record{old, late, f.Records[0]}
	equal(t, "Atom", readAtom(t, f).Updated, "2026-05-01T01:00:00+07:00")
	equal(t, "RSS", readRSS(t, f).Channel.LastBuildDate, "Fri, 01 May 2026 01:00:00 +0700")
}

func TestDatesOfAllFormats(t *testing.T) {
	for name, tt := range map[string]struct {
		published feeds.Date
		firstSeen string
		rss, atom string
		precision string
	}{
		"day": {
			feeds.Date{Time: at(t, "2020-08-24T00:00:00+07:00"), Precision: feeds.Day, Raw: "24/08/2020"}, "2020-08-24T03:00:00Z",
			"Mon, 24 Aug 2020 00:00:00 +0700", "2020-08-24T00:00:00+07:00", "day",
		},
		"day kept in UTC": {
			feeds.Date{Time: at(t, "2020-08-23T17:00:00Z"), Precision: feeds.Day}, "2020-08-24T03:00:00Z",
			"Mon, 24 Aug 2020 00:00:00 +0700", "2020-08-24T00:00:00+07:00", "day",
		},
		"fraction of a second": {
			feeds.Date{Time: at(t, "2026-10-02T23:59:59.999Z"), Precision: feeds.Second}, "2026-10-03T00:00:00Z",
			"Sat, 03 Oct 2026 06:59:59 +0700", "2026-10-03T06:59:59+07:00", "second",
		},
		"unknown": {
			feeds.Date{Time: at(t, "2026-10-02T00:00:00Z"), Precision: feeds.Unknown, Raw: "hôm qua"}, "2026-10-03T00:00:00Z",
			"Sat, 03 Oct 2026 07:00:00 +0700", "2026-10-03T07:00:00+07:00", "unknown",
		},
		"not given": {
			feeds.Date{}, "2026-10-03T00:00:00Z",
			"Sat, 03 Oct 2026 07:00:00 +0700", "2026-10-03T07:00:00+07:00", "unknown",
		},
		"year that no format can write": {
			feeds.Date{Time: time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC), Precision: feeds.Second}, "2026-10-03T00:00:00Z",
			"", "", "second",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := fullFeed(t)
			f.Records[0].Article.Published = tt.published
			f.Records[0].FirstSeen = at(t, tt.firstSeen)
			rss := readRSS(t, f).Channel.Items[0]
			equal(t, "pubDate", rss.PubDate, tt.rss)
			equal(t, "Atom published", readAtom(t, f).Entries[0].Published, tt.atom)
			js := readJSON(t, f).Items[0]
			equal(t, "JSON date_published", js.Published, tt.atom)
			equal(t, "precision", js.Loa.DatePrecision, tt.precision)
			equal(t, "raw", js.Loa.PublishedRaw, tt.published.Raw)
		})
	}
}

// Documents are the same whatever zone the machine is in, and whatever zone the
// records' times were decoded into.
func TestBytesDoNotDependOnTheZone(t *testing.T) {
	local := time.Local
	t.Cleanup(func() { time.Local = local })
	type key struct {
		name   string
		format feeds.Format
	}
	want := map[key][]byte{}
	for _, zone := range []*time.Location{time.UTC, feeds.Zone, time.FixedZone("west", -11*3600)} {
		time.Local = zone
		for _, name := range cases(t) {
			f := loadFeed(t, name)
			for i := range f.Records {
				r := &f.Records[i]
				r.Changed, r.FirstSeen = r.Changed.Local(), r.FirstSeen.In(zone)
			}
			for _, format := range feeds.Formats {
				b, k := mustRender(t, f, format), key{name, format}
				if want[k] == nil {
					want[k] = b
				} else if !bytes.Equal(b, want[k]) {
					t.Errorf("%s.%s differs in zone %s", name, format, zone)
				}
			}
		}
	}
}

func TestInputIsNotChanged(t *testing.T) {
	for _, name := range cases(t) {
		f, same := loadFeed(t, name), loadFeed(t, name)
		for _, format := range feeds.Formats {
			mustRender(t, f, format)
		}
		f.UnitName, same.UnitName = nil, nil
		if !reflect.DeepEqual(f, same) {
			t.Errorf("%s: the feed was changed", name)
		}
	}
}

func TestLinkOfAnArticleWithoutAddress(t *testing.T) {
	for _, given := range []string{"", "javascript:alert(1)", "/tin/5", "ftp://tamhong.example.vn/5", "http://", "mailto:x"} {
		f := fullFeed(t)
		f.Records[0].Article.URL = given
		const want = "https://tin.example.vn/articles/q1w2e3"
		equal(t, "RSS", readRSS(t, f).Channel.Items[0].Link, want)
		equalList(t, "Atom", links(readAtom(t, f).Entries[0].Links, "alternate"), []string{want})
		equal(t, "JSON", readJSON(t, f).Items[0].URL, want)
	}
}

func TestForeignSchemesAreNotEmitted(t *testing.T) {
	f := fullFeed(t)
	f.Hubs = []string{"javascript:hub", "file:///hub"}
	r := &f.Records[0]
	r.Provenance.SourceURL = "gopher://tamhong.example.vn/"
	r.Article.Attachments = []feeds.Attachment{{URL: "data:text/plain,x"}, {URL: "file:///etc/hosts"}, {URL: "//tamhong.example.vn/a.pdf"}, {URL: "javascript:1"}}
	for _, format := range feeds.Formats {
		b := string(mustRender(t, f, format))
		for _, s := range []string{"javascript:", "file:", "gopher:", "data:", "a.pdf", `"hub"`, "hubs"} {
			if strings.Contains(b, s) {
				t.Errorf("%s has %q:\n%s", format, s, b)
			}
		}
	}
}

func TestAuthorOfWhatHasNone(t *testing.T) {
	f := fullFeed(t)
	f.Records[0].Article.Authors = nil
	equalList(t, "Atom entry", names(readAtom(t, f).Entries[0].Authors), []string{"Xã Tam Hồng"})
	equal(t, "JSON item", readJSON(t, f).Items[0].Authors[0].Name, "Xã Tam Hồng")
	equalList(t, "dc:creator", readRSS(t, f).Channel.Items[0].Creators, nil)
	equalList(t, "merged feed", names(readAtom(t, f).Authors), []string{"Tất cả tin"})
	f.Selector = feeds.Selector{Kind: "units", Unit: "09043"}
	equalList(t, "unit feed", names(readAtom(t, f).Authors), []string{"Xã Tam Hồng"})
	f.UnitName = nil
	equalList(t, "unit not known", names(readAtom(t, f).Authors), []string{"Tất cả tin"})
	equalList(t, "entry of a unit not known", names(readAtom(t, f).Entries[0].Authors), nil)
}

func TestItemWithoutHTML(t *testing.T) {
	f := fullFeed(t)
	a := &f.Records[0].Article
	a.ContentHTML = ""
	equal(t, "content_text from summary", readJSON(t, f).Items[0].ContentText, a.Summary)
	if readAtom(t, f).Entries[0].Content != nil || readRSS(t, f).Channel.Items[0].Content != nil {
		t.Error("content of an article that has none")
	}
	a.Summary = ""
	equal(t, "content_text from title", readJSON(t, f).Items[0].ContentText, a.Title)
	if b := mustRender(t, f, feeds.RSS); bytes.Contains(b, []byte("<description></description>")) {
		t.Error("an empty description")
	}
}

func TestDescriptionIsHTMLAndSummaryIsNot(t *testing.T) {
	f := fullFeed(t)
	f.Records[0].Article.Summary = `Vé dưới 5 tuổi < 1 m: "miễn" & tặng <kẹo>`
	equal(t, "RSS", readRSS(t, f).Channel.Items[0].Description, `Vé dưới 5 tuổi &lt; 1 m: "miễn" &amp; tặng &lt;kẹo&gt;`)
	equal(t, "Atom", readAtom(t, f).Entries[0].Summary.Text, f.Records[0].Article.Summary)
	equal(t, "Atom type", readAtom(t, f).Entries[0].Summary.Type, "text")
	equal(t, "JSON", readJSON(t, f).Items[0].Summary, f.Records[0].Article.Summary)
}

func TestDescriptionPrecedesContent(t *testing.T) {
	b := mustRender(t, fullFeed(t), feeds.RSS)
	if d, c := bytes.LastIndex(b, []byte("<description>")), bytes.Index(b, []byte("<content:encoded>")); d < 0 || c < d {
		t.Errorf("description at %d, content:encoded at %d", d, c)
	}
	if i, l := bytes.Index(b, []byte("<item>")), bytes.LastIndex(b, []byte("<atom:link")); i < l {
		t.Error("an item stands before a child of the channel")
	}
}

func TestJSONEscapesLineSeparatorsAlone(t *testing.T) {
	f := fullFeed(t)
	f.Records[0].Article.ContentHTML = "<p>một\u2028hai\u2029ba & bốn</p>"
	b := mustRender(t, f, feeds.JSON)
	if !bytes.Contains(b, []byte(`<p>một\u2028hai\u2029ba & bốn</p>`)) {
		t.Errorf("content in:\n%s", b)
	}
	if bytes.IndexByte(b, '\n') != len(b)-1 {
		t.Error("more or less than one line feed, at the end")
	}
}

func TestExtensionOfAnItem(t *testing.T) {
	f := fullFeed(t)
	b, err := render.Item(f, &f.Records[0])
	if err != nil {
		t.Fatal(err)
	}
	var item struct {
		Loa json.RawMessage `json:"_loa"`
	}
	if err := json.Unmarshal(b, &item); err != nil {
		t.Fatal(err)
	}
	equal(t, "_loa", string(item.Loa), `{"about":"https://tin.example.vn/#json-feed","unit":"09043","unit_name":"Xã Tam Hồng",`+
		`"published_raw":"02/03/2026","date_precision":"day","first_seen":"2026-03-02T09:00:00+07:00","revision":1,"withdrawn":false,`+
		`"source":{"id":"tamhong-tin","url":"https://tamhong.example.vn/rss"},"channels":["poll"]}`)
}

// What is pushed is what stands in the feed.
func TestItemIsThatOfTheFeed(t *testing.T) {
	for _, name := range cases(t) {
		f := loadFeed(t, name)
		var doc struct {
			Items []json.RawMessage `json:"items"`
		}
		if err := json.Unmarshal(mustRender(t, f, feeds.JSON), &doc); err != nil {
			t.Fatal(err)
		}
		for i := range f.Records {
			if f.Records[i].IsWithdrawn() {
				continue
			}
			b, err := render.Item(f, &f.Records[i])
			if err != nil {
				t.Fatal(err)
			}
			equal(t, name, string(b), string(doc.Items[0]))
			doc.Items = doc.Items[1:]
		}
	}
}

func TestItemOfAWithdrawnArticle(t *testing.T) {
	f := fullFeed(t)
	f.Records[0].Withdrawal = &feeds.Withdrawal{Time: at(t, "2026-03-05T03:00:00Z"), Reason: "đăng trùng"}
	b, err := render.Item(f, &f.Records[0])
	if err != nil {
		t.Fatal(err)
	}
	var it jsonItemRead
	if err := json.Unmarshal(b, &it); err != nil {
		t.Fatal(err)
	}
	equal(t, "withdrawn", it.Loa.Withdrawn, true)
	equal(t, "id", it.ID, render.ArticleID(authority, "q1w2e3"))
	equal(t, "text", it.ContentText, "Cơ quan đăng tin đã rút bài viết này. Lý do: đăng trùng")
	equal(t, "html", it.ContentHTML, "")
	equal(t, "summary", it.Summary, "")
	equal(t, "attachments", len(it.Attachments), 0)
}

// Content is never without a description before it, not even a picture's.
func TestDescriptionOfAPicture(t *testing.T) {
	f := fullFeed(t)
	a := &f.Records[0].Article
	a.Summary, a.ContentHTML = "", `<p><img src="https://tamhong.example.vn/thu-vien.jpg" alt=""/></p>`
	equal(t, "RSS", readRSS(t, f).Channel.Items[0].Description, a.Title)
}
