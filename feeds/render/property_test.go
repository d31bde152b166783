package render_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loa/feeds"
	"loa/feeds/render"
)

// anyText is text as hostile as it comes: any bytes, or any runes.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		rapid.SampledFrom([]string{"", " ", "]]>", "<b>Lịch họp thôn</b>", "&amp;&#0;&lt;", "\r\n\u2028\x00\uFFFE", "Chợ phiên & hội xuân"}),
	)
}

func anyURL() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"", "https://xa.example.vn/tin/1", "http://xa.example.vn/tệp?a=1&b=<2>", "javascript:1", "data:,x"}),
		anyText(),
	)
}

func anyTime() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.IntRange(0, 9).Draw(t, "kind") == 0 {
			return time.Time{}
		}
		sec := rapid.Int64Range(-1<<31, 1<<36).Draw(t, "seconds")
		zone := rapid.SampledFrom([]*time.Location{time.UTC, feeds.Zone, time.FixedZone("x", -3*3600-30*60)}).Draw(t, "zone")
		return time.Unix(sec, rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).In(zone)
	})
}

func anyRecord() *rapid.Generator[feeds.Record] {
	return rapid.Custom(func(t *rapid.T) feeds.Record {
		text := func(name string) string { return anyText().Draw(t, name) }
		texts := func(name string) []string { return rapid.SliceOfN(anyText(), 0, 3).Draw(t, name) }
		a := feeds.Article{
			Unit: text("unit"), URL: anyURL().Draw(t, "url"), Title: text("title"), Summary: text("summary"),
			ContentHTML: text("html"), Category: text("category"), Tags: texts("tags"), Authors: texts("authors"),
			Language: text("language"),
			Published: feeds.Date{
				Time:      anyTime().Draw(t, "published"),
				Precision: rapid.SampledFrom([]feeds.Precision{"", feeds.Second, feeds.Day, feeds.Unknown}).Draw(t, "precision"),
				Raw:       text("raw"),
			},
		}
		for range rapid.IntRange(0, 3).Draw(t, "attachments") {
			a.Attachments = append(a.Attachments, feeds.Attachment{
				URL: anyURL().Draw(t, "attachment"), Type: text("type"), Title: text("file title"), Length: rapid.Int64().Draw(t, "length"),
			})
		}
		r := feeds.Record{
			ID: text("id"), Revision: rapid.Int().Draw(t, "revision"), Article: a,
			FirstSeen: anyTime().Draw(t, "first seen"), Changed: anyTime().Draw(t, "changed"),
			Provenance: feeds.Provenance{Source: text("source"), SourceURL: anyURL().Draw(t, "source url")},
		}
		if rapid.IntRange(0, 4).Draw(t, "withdrawn") == 0 {
			r.Withdrawal = &feeds.Withdrawal{Time: anyTime().Draw(t, "withdrawn at"), Reason: text("reason")}
		}
		r.Reason = text("correction")
		for range rapid.IntRange(0, 2).Draw(t, "citations") {
			r.Article.Citations = append(r.Article.Citations, feeds.Citation{Type: text("type"), Number: text("number"), Symbol: text("symbol"), Year: text("year"), Document: text("document")})
		}
		return r
	})
}

func anyFeed() *rapid.Generator[*render.Feed] {
	return rapid.Custom(func(t *rapid.T) *render.Feed {
		f := &render.Feed{
			Authority: authority, BaseURL: "https://tin.example.vn",
			Selector: rapid.SampledFrom([]feeds.Selector{
				{Kind: "all"}, {Kind: "units", Unit: "09025"}, {Kind: "categories", Category: "thong-bao"}, {Kind: "documents", Document: "5-QĐ-TTg"},
			}).Draw(t, "selector"),
			Title: anyText().Draw(t, "feed title"), Subtitle: anyText().Draw(t, "subtitle"), Generator: anyText().Draw(t, "generator"),
			Hubs:     rapid.SliceOfN(anyURL(), 0, 2).Draw(t, "hubs"),
			Records:  rapid.SliceOfN(anyRecord(), 0, 3).Draw(t, "records"),
			UnitName: func(code string, _ time.Time) string { return "Xã " + code },
			Query:    rapid.SampledFrom([]string{"", "as_of=2020-08-24", "content=summary&n=20&q=y%E1%BA%BFu&unit=09025"}).Draw(t, "query"),
			Summary:  rapid.Bool().Draw(t, "summary"),
			Merged:   rapid.Bool().Draw(t, "merged"), Publisher: anyText().Draw(t, "publisher"),
		}
		if len(f.Records) > 0 && rapid.Bool().Draw(t, "with related") {
			f.Related = map[string][]feeds.Record{f.Records[0].ID: rapid.SliceOfN(anyRecord(), 1, 2).Draw(t, "related")}
		}
		if rapid.IntRange(0, 3).Draw(t, "archives") == 0 {
			f.Query = "" // archives are those of the feed itself
			f.Archive.Prev = f.Selector.Path() + "/archive/2026-09-1"
			if rapid.Bool().Draw(t, "sealed") {
				f.Archive.Path = f.Selector.Path() + "/archive/2026-09-2"
			}
		}
		if rapid.Bool().Draw(t, "retired") {
			f.Retired = &render.Retired{Date: anyTime().Draw(t, "end"), Act: anyText().Draw(t, "act"), Ended: rapid.Bool().Draw(t, "ended"), Complete: rapid.Bool().Draw(t, "complete")}
			for range rapid.IntRange(0, 2).Draw(t, "successors") {
				f.Retired.Successors = append(f.Retired.Successors, render.Successor{Unit: anyText().Draw(t, "code"), Name: anyText().Draw(t, "name")})
			}
		}
		return f
	})
}

// shown is what a reader must see of an article, whatever the format.
type shown struct{ ID, Title, Published, Updated string }

func seen(t failer, layout, published, updated string) (string, string) {
	t.Helper()
	for _, s := range []*string{&published, &updated} {
		if *s == "" {
			continue
		}
		v, err := time.Parse(layout, *s)
		if err != nil {
			t.Fatalf("date %q: %v", *s, err)
		}
		if v.Format(layout) != *s { // a wrong weekday parses, but is written right
			t.Fatalf("date %q is %s", *s, v.Format(layout))
		}
		*s = v.UTC().Format(time.RFC3339)
	}
	return published, updated
}

func checkFeed(t failer, f *render.Feed) {
	t.Helper()
	rss, atom, js := readRSS(t, f), readAtom(t, f), readJSON(t, f)
	if n, m, k := len(rss.Channel.Items), len(atom.Entries), len(js.Items); n != m || m != k {
		t.Fatalf("%d items in RSS, %d in Atom, %d in JSON Feed", n, m, k)
	}
	if js.Items == nil || js.Title == "" || rss.Channel.Title != js.Title || atom.Title != js.Title {
		t.Fatalf("feed titles %q, %q, %q", rss.Channel.Title, atom.Title, js.Title)
	}
	i := 0
	for _, r := range f.Records {
		if r.IsWithdrawn() {
			continue
		}
		want := shown{ID: render.ArticleID(f.Authority, r.ID), Title: render.Line(r.Article.Title)}
		a, x, j := rss.Channel.Items[i], atom.Entries[i], js.Items[i]
		i++
		want.Published, want.Updated = seen(t, time.RFC3339, x.Published, x.Updated)
		for _, v := range []struct {
			t   time.Time
			got string
		}{{r.PublishedAt(), want.Published}, {r.Changed, want.Updated}} {
			if y := v.t.In(feeds.Zone).Year(); y > 1 && y <= 9999 {
				if s := v.t.UTC().Format(time.RFC3339); v.got != s {
					t.Fatalf("instant %s, want %s", v.got, s)
				}
			}
		}
		published, _ := seen(t, time.RFC1123Z, a.PubDate, "")
		if got := (shown{a.GUID.ID, a.Title, published, want.Updated}); got != want {
			t.Fatalf("RSS shows %+v, want %+v", got, want)
		}
		published, updated := seen(t, time.RFC3339, j.Published, j.Modified)
		if got := (shown{j.ID, j.Title, published, updated}); got != want {
			t.Fatalf("JSON Feed shows %+v, want %+v", got, want)
		}
		if got := (shown{x.ID[0], x.Title, want.Published, want.Updated}); got != want {
			t.Fatalf("Atom shows %+v, want %+v", got, want)
		}
		html := render.Clean(r.Article.ContentHTML)
		if f.Summary {
			html = ""
		}
		if html != j.ContentHTML || html != "" && (a.Content[0] != html || x.Content.Text != html) {
			t.Fatalf("content %q, want %q", j.ContentHTML, html)
		}
		if j.ContentHTML == "" && j.ContentText == "" {
			t.Fatalf("an item without content")
		}
	}
	for _, format := range feeds.Formats {
		b := mustRender(t, f, format)
		if !bytes.Equal(b, mustRender(t, f, format)) {
			t.Fatalf("%s: two renders differ", format)
		}
	}
	readBack(t, f)
}

func TestAnyArticleReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkFeed(t, anyFeed().Draw(t, "feed")) })
}

// The same articles give the same bytes in another zone, on another number of
// processors and from another node's maps.
func TestBytesDependOnTheArticlesAlone(t *testing.T) {
	local, procs := time.Local, runtime.GOMAXPROCS(0)
	t.Cleanup(func() { time.Local = local; runtime.GOMAXPROCS(procs) })
	rapid.Check(t, func(t *rapid.T) {
		f := anyFeed().Draw(t, "feed")
		var want [len(feeds.Formats)][]byte
		for i, format := range feeds.Formats {
			want[i] = mustRender(t, f, format)
		}
		zone := rapid.SampledFrom([]*time.Location{time.UTC, feeds.Zone, time.FixedZone("west", -11*3600-30*60)}).Draw(t, "zone")
		time.Local = zone
		runtime.GOMAXPROCS(rapid.IntRange(1, 4).Draw(t, "processors"))
		again := *f
		again.Records, again.Related = moved(f.Records, zone), nil
		for id, records := range f.Related {
			if again.Related == nil {
				again.Related = map[string][]feeds.Record{"another": nil}
			}
			again.Related[id] = moved(records, zone)
		}
		for i, format := range feeds.Formats {
			if got := mustRender(t, &again, format); !bytes.Equal(got, want[i]) {
				t.Fatalf("%s in zone %s:\n%s\nwant\n%s", format, zone, got, want[i])
			}
		}
	})
}

// moved are the records with their times in another zone.
func moved(records []feeds.Record, zone *time.Location) []feeds.Record {
	in := func(t *time.Time) {
		if !t.IsZero() {
			*t = t.In(zone)
		}
	}
	out := slices.Clone(records)
	for i := range out {
		r := &out[i]
		in(&r.Changed)
		in(&r.FirstSeen)
		in(&r.Article.Published.Time)
		if r.Withdrawal != nil {
			w := *r.Withdrawal
			in(&w.Time)
			r.Withdrawal = &w
		}
	}
	return out
}

func FuzzRender(f *testing.F) {
	f.Add("k3p7", "Lịch cắt nước", "<p>Từ 8 giờ ]]> \x0b</p>", "https://xa.example.vn/tin/1", "cấp nước", int64(1_790_000_000))
	f.Add("", "\xff\x00", "&#0;\r\n\uFFFE", "javascript:alert(1)", "<", int64(-62135596800))
	f.Fuzz(func(t *testing.T, id, title, html, url, word string, sec int64) {
		checkFeed(t, &render.Feed{
			Authority: authority, BaseURL: "https://tin.example.vn", Selector: feeds.Selector{Kind: "all"},
			Title: word, Subtitle: title, Hubs: []string{url}, Generator: word,
			UnitName: func(string, time.Time) string { return word },
			Records: []feeds.Record{{
				ID: id,
				Article: feeds.Article{
					Unit: word, URL: url, Title: title, Summary: word, ContentHTML: html, Category: word, Tags: []string{title},
					Authors: []string{word}, Language: word, Published: feeds.Date{Time: time.Unix(sec, 0), Precision: feeds.Day, Raw: word},
					Attachments: []feeds.Attachment{{URL: url, Type: word, Title: title}, {URL: url, Type: title, Length: sec}},
				},
				Changed:    time.Unix(sec, 1),
				Provenance: feeds.Provenance{Source: word, SourceURL: url},
			}},
		})
	})
}

// The oracles themselves must refuse what is wrong.
func TestOraclesRefuse(t *testing.T) {
	var r rssRead
	if xml.Unmarshal([]byte("<rss><channel><title>\x0b</title></channel></rss>"), &r) == nil {
		t.Error("the XML reader takes a control character")
	}
	var j jsonRead
	if json.Unmarshal([]byte(`{"items": [{"id": 5}]}`), &j) == nil {
		t.Error("the JSON reader takes a number as id")
	}
	var refused refusal
	func() {
		defer func() { _ = recover() }()
		seen(&refused, time.RFC1123Z, "Sun, 24 Aug 2020 00:00:00 +0700", "")
	}()
	if refused == "" {
		t.Error("a wrong weekday passes")
	}
}

type refusal string

func (*refusal) Helper() {}
func (r *refusal) Fatalf(s string, a ...any) {
	*r = refusal(fmt.Sprintf(s, a...))
	panic(*r)
}
