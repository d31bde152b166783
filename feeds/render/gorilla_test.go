package render_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"loa/feeds"
	"loa/feeds/render"
)

// The tests of this file are the list of what gorilla/feeds v1.2.0 cannot say
// and of what it says wrongly; each is one entry.

const authority = "tin.example.vn,2026"

// fullFeed is a merged feed with one article in which everything is set.
func fullFeed(t *testing.T) *render.Feed {
	return &render.Feed{
		Authority: authority,
		BaseURL:   "https://tin.example.vn",
		Selector:  feeds.Selector{Kind: "all"},
		Title:     "Tất cả tin",
		Hubs:      []string{"https://tin.example.vn/hub"},
		Generator: "loa",
		UnitName:  func(string, time.Time) string { return "Xã Tam Hồng" },
		Records: []feeds.Record{{
			ID: "q1w2e3", Revision: 1, Kind: feeds.Published,
			Article: feeds.Article{
				Unit: "09043", URL: "https://tamhong.example.vn/tin/5", Title: "Mở lại thư viện xã",
				Summary: "Thư viện mở cửa các buổi chiều.", ContentHTML: "<p>Thư viện mở cửa các buổi chiều, trừ chủ nhật.</p>",
				Category: "Văn hóa", Tags: []string{"thư viện", "sách"}, Authors: []string{"Ban Biên tập", "Tổ thư viện"}, Language: "vi",
				Published: feeds.Date{Time: at(t, "2026-03-02T00:00:00+07:00"), Precision: feeds.Day, Raw: "02/03/2026"},
				Attachments: []feeds.Attachment{
					{URL: "https://tamhong.example.vn/gio-mo-cua.pdf", Type: "application/pdf", Length: 3 << 30, Title: "Giờ mở cửa"},
					{URL: "https://tamhong.example.vn/thu-vien.jpg", Type: "image/jpeg", Length: 1000},
					{URL: "https://tamhong.example.vn/loa-phat-thanh.mp3"},
				},
			},
			Channels:   []feeds.Door{feeds.DoorPoll},
			FirstSeen:  at(t, "2026-03-02T02:00:00Z"),
			Changed:    at(t, "2026-03-02T02:00:00Z"),
			Provenance: feeds.Provenance{Door: feeds.DoorPoll, Source: "tamhong-tin", SourceURL: "https://tamhong.example.vn/rss"},
		}},
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func equalList(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func links(ls []linkRead, rel string) []string {
	var out []string
	for _, l := range ls {
		if l.Rel == rel {
			out = append(out, l.Href)
		}
	}
	return out
}

func names(ns []nameRead) []string {
	var out []string
	for _, n := range ns {
		out = append(out, n.Name)
	}
	return out
}

func TestCannot_SeveralCategories(t *testing.T) {
	f := fullFeed(t)
	var rss, gso, terms []string
	for _, c := range readRSS(t, f).Channel.Items[0].Categories {
		if c.Domain == "gso" {
			gso = append(gso, c.Name)
		} else {
			rss = append(rss, c.Name)
		}
	}
	equalList(t, "RSS categories", rss, []string{"Văn hóa", "thư viện", "sách"})
	equalList(t, "RSS unit", gso, []string{"09043"})
	for _, c := range readAtom(t, f).Entries[0].Categories {
		terms = append(terms, c.Term+" "+c.Scheme+" "+c.Label)
	}
	equalList(t, "Atom categories", terms, []string{
		"Văn hóa tag:tin.example.vn,2026:categories Văn hóa",
		"thư viện tag:tin.example.vn,2026:tags thư viện", "sách tag:tin.example.vn,2026:tags sách",
		"09043 tag:tin.example.vn,2026:units Xã Tam Hồng",
	})
	equalList(t, "JSON tags", readJSON(t, f).Items[0].Tags, []string{"Văn hóa", "thư viện", "sách"})
}

func TestCannot_SeveralAuthors(t *testing.T) {
	f := fullFeed(t)
	want := f.Records[0].Article.Authors
	equalList(t, "RSS", readRSS(t, f).Channel.Items[0].Creators, want)
	equalList(t, "Atom", names(readAtom(t, f).Entries[0].Authors), want)
	var got []string
	for _, a := range readJSON(t, f).Items[0].Authors {
		got = append(got, a.Name)
	}
	equalList(t, "JSON", got, want)
}

func TestCannot_AtomLinkSelfAndHub(t *testing.T) {
	f := fullFeed(t)
	f.Hubs = append(f.Hubs, "https://hub.example.org/")
	rss, atom, js := readRSS(t, f), readAtom(t, f), readJSON(t, f)
	equalList(t, "RSS self", links(rss.Channel.Links, "self"), []string{"https://tin.example.vn/feeds/all.rss"})
	equalList(t, "RSS hubs", links(rss.Channel.Links, "hub"), f.Hubs)
	equalList(t, "RSS link", rss.Channel.Plain[:1], []string{"https://tin.example.vn/feeds/all"})
	equalList(t, "Atom self", links(atom.Links, "self"), []string{"https://tin.example.vn/feeds/all.atom"})
	equalList(t, "Atom hubs", links(atom.Links, "hub"), f.Hubs)
	equalList(t, "Atom alternate", links(atom.Links, "alternate"), []string{"https://tin.example.vn/feeds/all"})
	equal(t, "JSON self", js.FeedURL, "https://tin.example.vn/feeds/all.json")
	equal(t, "JSON home", js.HomePageURL, "https://tin.example.vn/feeds/all")
	for i, h := range js.Hubs {
		equal(t, "JSON hub", h.Type+" "+h.URL, "WebSub "+f.Hubs[i])
	}
	equal(t, "JSON hubs", len(js.Hubs), 2)
}

func TestCannot_DublinCore(t *testing.T) {
	f := fullFeed(t)
	it := readRSS(t, f).Channel.Items[0]
	equalList(t, "dc:creator", it.Creators, []string{"Ban Biên tập", "Tổ thư viện"})
	equal(t, "dc:publisher", it.Publisher, "Xã Tam Hồng")
	equal(t, "dc:date", it.Date, "")
	equal(t, "pubDate", it.PubDate, "Mon, 02 Mar 2026 00:00:00 +0700")
}

func TestCannot_Language(t *testing.T) {
	f := fullFeed(t)
	equal(t, "channel", readRSS(t, f).Channel.Language, "vi")
	equal(t, "item in the language of its feed", readRSS(t, f).Channel.Items[0].Language, "")
	f.Records[0].Article.Language = "en"
	equal(t, "item", readRSS(t, f).Channel.Items[0].Language, "en")
}

func TestCannot_SourceURL(t *testing.T) {
	f := fullFeed(t)
	src := readRSS(t, f).Channel.Items[0].Source
	if src == nil {
		t.Fatal("no source in a merged feed")
	}
	equal(t, "url", src.URL, "https://tamhong.example.vn/rss")
	equal(t, "name", src.Name, "Xã Tam Hồng")
	f.Selector = feeds.Selector{Kind: "units", Unit: "09043"}
	if readRSS(t, f).Channel.Items[0].Source != nil || readAtom(t, f).Entries[0].Source != nil {
		t.Error("a unit's own feed names a source")
	}
	f.Selector = feeds.Selector{Kind: "categories", Category: "van-hoa"}
	f.Records[0].Provenance.SourceURL = ""
	src = readRSS(t, f).Channel.Items[0].Source
	if src == nil {
		t.Fatal("no source of what came by an event")
	}
	equal(t, "url of the unit's feed", src.URL, "https://tin.example.vn/feeds/units/09043.rss")
	f.Records[0].Article.Unit = ""
	if readRSS(t, f).Channel.Items[0].Source != nil {
		t.Error("a source without address")
	}
}

func TestCannot_SeveralEnclosures(t *testing.T) {
	f := fullFeed(t)
	it := readRSS(t, f).Channel.Items[0]
	equal(t, "RSS enclosures", len(it.Enclosures), 1)
	equal(t, "RSS length", it.Enclosures[0].Length, "3221225472")
	equal(t, "RSS type", it.Enclosures[0].Type, "application/pdf")
	equal(t, "media:content", len(it.Media), 2)
	equal(t, "media type", it.Media[0].Type+" "+it.Media[0].Medium, "image/jpeg image")
	equal(t, "media type by suffix", it.Media[1].Type+" "+it.Media[1].Medium, "audio/mpeg audio")
	var hrefs []string
	for _, a := range f.Records[0].Article.Attachments {
		hrefs = append(hrefs, a.URL)
	}
	atom := readAtom(t, f).Entries[0]
	equalList(t, "Atom enclosures", links(atom.Links, "enclosure"), hrefs)
	equal(t, "Atom length", atom.Links[1].Length+" "+atom.Links[1].Title, "3221225472 Giờ mở cửa")
	equal(t, "Atom length not known", atom.Links[3].Length, "")
	var urls []string
	for _, a := range readJSON(t, f).Items[0].Attachments {
		urls = append(urls, a.URL)
	}
	equalList(t, "JSON attachments", urls, hrefs)
}

func TestCannot_Tombstones(t *testing.T) {
	f := fullFeed(t)
	f.Records[0].Kind = feeds.Withdrawn
	f.Records[0].Withdrawal = &feeds.Withdrawal{Time: at(t, "2026-03-05T03:00:00Z"), Reason: "đăng trùng"}
	f.Records[0].Changed = at(t, "2026-03-05T03:00:01Z")
	id := render.ArticleID(authority, "q1w2e3")
	atom := readAtom(t, f)
	if len(atom.Entries) != 0 || len(atom.Deleted) != 1 {
		t.Fatalf("%d entries, %d tombstones", len(atom.Entries), len(atom.Deleted))
	}
	d := atom.Deleted[0]
	equal(t, "ref", d.Ref, id)
	equal(t, "when", d.When, "2026-03-05T10:00:00+07:00")
	equal(t, "comment", d.Comment, "đăng trùng")
	equal(t, "source", d.Source.ID, "tag:tin.example.vn,2026:feed/units/09043")
	equal(t, "updated", atom.Updated, "2026-03-05T10:00:01+07:00")
	equal(t, "RSS items", len(readRSS(t, f).Channel.Items), 0)
	js := readJSON(t, f)
	equal(t, "JSON items", len(js.Items), 0)
	equal(t, "JSON withdrawn", js.Loa.Withdrawn[0].ID, id)
	equal(t, "JSON withdrawn at", js.Loa.Withdrawn[0].When, d.When)
	for _, format := range feeds.Formats {
		if b := mustRender(t, f, format); strings.Contains(string(b), "Thư viện") {
			t.Errorf("%s shows words of a withdrawn article:\n%s", format, b)
		}
	}
}

func TestCannot_ArchiveLinks(t *testing.T) {
	f := fullFeed(t)
	f.Archive = render.Archive{Prev: "all/archive/2026-02"}
	const prev = "https://tin.example.vn/feeds/all/archive/2026-02"
	equalList(t, "RSS", links(readRSS(t, f).Channel.Links, "prev-archive"), []string{prev + ".rss"})
	equalList(t, "Atom", links(readAtom(t, f).Links, "prev-archive"), []string{prev + ".atom"})
	equal(t, "JSON", readJSON(t, f).NextURL, prev+".json")
	if readAtom(t, f).Archive != nil {
		t.Error("the subscription document calls itself an archive")
	}

	f.Archive.Path, f.Archive.Next = "all/archive/2026-03", "all/archive/2026-04"
	rss, atom, js := readRSS(t, f), readAtom(t, f), readJSON(t, f)
	if rss.Channel.Archive == nil || atom.Archive == nil || !js.Loa.Archive {
		t.Error("an archive does not say so")
	}
	const base = "https://tin.example.vn/feeds/all"
	equalList(t, "self", links(atom.Links, "self"), []string{base + "/archive/2026-03.atom"})
	equalList(t, "current", links(atom.Links, "current"), []string{base + ".atom"})
	equalList(t, "next", links(atom.Links, "next-archive"), []string{base + "/archive/2026-04.atom"})
	equalList(t, "RSS self", links(rss.Channel.Links, "self"), []string{base + "/archive/2026-03.rss"})
	equalList(t, "hubs of what never changes", links(atom.Links, "hub"), nil)
	equal(t, "id of all documents of a feed", atom.ID[0], render.FeedID(authority, "all"))
}

func TestCannot_XMLLang(t *testing.T) {
	f := fullFeed(t)
	equal(t, "feed", readAtom(t, f).Lang, "vi")
	f.Records[0].Article.Language = "en"
	equal(t, "entry", readAtom(t, f).Entries[0].Lang, "en")
}

func TestCannot_JSONItemLanguage(t *testing.T) {
	f := fullFeed(t)
	equal(t, "feed", readJSON(t, f).Language, "vi")
	equal(t, "item", readJSON(t, f).Items[0].Language, "vi")
}

func TestWrong_AtomFeedIDIsTheLink(t *testing.T) {
	f := fullFeed(t)
	equalList(t, "id", readAtom(t, f).ID, []string{"tag:tin.example.vn,2026:feed/all"})
	f.BaseURL = "https://loa.example.vn"
	equalList(t, "id after a move", readAtom(t, f).ID, []string{"tag:tin.example.vn,2026:feed/all"})
}

func TestWrong_AtomCategoryIsText(t *testing.T) {
	for _, c := range readAtom(t, fullFeed(t)).Entries[0].Categories {
		if c.Term == "" || c.Text != "" {
			t.Errorf("category %+v", c)
		}
	}
}

func TestWrong_AtomSourceIsText(t *testing.T) {
	e := readAtom(t, fullFeed(t)).Entries[0]
	if e.Source == nil {
		t.Fatal("no source in a merged feed")
	}
	equal(t, "source", *e.Source, sourceRead{"tag:tin.example.vn,2026:feed/units/09043", "Xã Tam Hồng", "2026-03-02T09:00:00+07:00"})
}

func TestWrong_IDFromDateOrRandom(t *testing.T) {
	f := fullFeed(t)
	r := &f.Records[0]
	want := render.ArticleID(authority, r.ID)
	for name, edit := range map[string]func(){
		"no link":     func() { r.Article.URL = "" },
		"other date":  func() { r.Changed = r.Changed.Add(100 * time.Hour) },
		"no dates":    func() { r.Changed, r.FirstSeen, r.Article.Published = time.Time{}, time.Time{}, feeds.Date{} },
		"other title": func() { r.Article.Title = "Thư viện xã" },
	} {
		edit()
		it := readRSS(t, f).Channel.Items[0]
		equal(t, name+": guid", it.GUID.ID, want)
		equal(t, name+": permalink", it.GUID.Permalink, "false")
		equalList(t, name+": Atom id", readAtom(t, f).Entries[0].ID, []string{want})
		equal(t, name+": JSON id", readJSON(t, f).Items[0].ID, want)
	}
	for _, format := range feeds.Formats {
		if a, b := mustRender(t, f, format), mustRender(t, f, format); string(a) != string(b) {
			t.Errorf("%s: two renders differ", format)
		}
	}
}

func TestWrong_RSSAuthorGetsTheName(t *testing.T) {
	b := string(mustRender(t, fullFeed(t), feeds.RSS))
	if strings.Contains(b, "<author") || strings.Contains(b, "<managingEditor") || strings.Contains(b, "<webMaster") {
		t.Errorf("a name where RSS wants an address:\n%s", b)
	}
}

func TestWrong_RSSSourceHasNoURL(t *testing.T) {
	b := mustRender(t, fullFeed(t), feeds.RSS)
	if n := regexp.MustCompile(`<source url="https://tamhong\.example\.vn/rss">Xã Tam Hồng</source>`).FindAll(b, -1); len(n) != 1 {
		t.Errorf("source:\n%s", b)
	}
}

func TestWrong_JSONBannerImage(t *testing.T) {
	if b := mustRender(t, fullFeed(t), feeds.JSON); strings.Contains(string(b), `"banner_"`) {
		t.Errorf("banner_ in:\n%s", b)
	}
}

func TestWrong_JSONAttachmentSize(t *testing.T) {
	f := fullFeed(t)
	as := readJSON(t, f).Items[0].Attachments
	if as[0].Size == nil || *as[0].Size != 3<<30 {
		t.Errorf("size_in_bytes %v, want %d", as[0].Size, 3<<30)
	}
	if as[2].Size != nil {
		t.Errorf("size_in_bytes %v of a file whose size is not known", *as[2].Size)
	}
	equal(t, "mime_type not given", as[2].Type, "audio/mpeg")
	if b := mustRender(t, f, feeds.JSON); strings.Contains(string(b), `"size":`) {
		t.Error("a member named size")
	}
}

func TestWrong_JSONItemsLeftOutWhenEmpty(t *testing.T) {
	f := fullFeed(t)
	f.Records = nil
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(mustRender(t, f, feeds.JSON), &doc); err != nil {
		t.Fatal(err)
	}
	equal(t, "items", string(doc["items"]), "[]")
}

func TestWrong_ControlCharactersPassThrough(t *testing.T) {
	f := fullFeed(t)
	a := &f.Records[0].Article
	a.Title = "Mở\x0b lại\x00 thư\uFFFE viện\xff"
	a.Summary = "Thư\x01 viện"
	a.ContentHTML = "<p>hết]]>\x0b\x1f còn \xc3\x28 \uFFFF</p>"
	rss, atom, js := readRSS(t, f).Channel.Items[0], readAtom(t, f).Entries[0], readJSON(t, f).Items[0]
	for _, got := range []string{rss.Title, atom.Title, js.Title} {
		equal(t, "title", got, "Mở lại thư viện")
	}
	for _, got := range []string{rss.Description, atom.Summary.Text, js.Summary} {
		equal(t, "summary", got, "Thư viện")
	}
	for _, got := range []string{rss.Content[0], atom.Content.Text, js.ContentHTML} {
		equal(t, "content", got, "<p>hết]]> còn ( </p>")
	}
}

// Text that looks like HTML is written so that those who take it for HTML show
// it, as the profile of RSS recommends; a parser reads the same either way.
func TestCannot_TextThatLooksLikeHTML(t *testing.T) {
	const text = `Thông báo <Khẩn> & "hỏa tốc" &amp;`
	const written = `Thông báo &#x3C;Khẩn&#x3E; &#x26; "hỏa tốc" &#x26;amp;`
	f := fullFeed(t)
	f.Title, f.Subtitle, f.Generator = text, text, text
	f.UnitName = func(string, time.Time) string { return text }
	a := &f.Records[0].Article
	a.Title, a.Category, a.Tags, a.Authors = text, text, nil, []string{text}
	a.Attachments[1].Title = text
	b := string(mustRender(t, f, feeds.RSS))
	for _, element := range []string{"title", "description", "generator", "dc:creator", "dc:publisher"} {
		if !strings.Contains(b, "<"+element+">"+written+"</") {
			t.Errorf("%s is written otherwise:\n%s", element, b)
		}
	}
	item := readRSS(t, f).Channel.Items[0]
	equal(t, "title", item.Title, text)
	equal(t, "category", item.Categories[0].Name, text)
	equal(t, "creator", item.Creators[0], text)
	equal(t, "publisher", item.Publisher, text)
	equal(t, "source", item.Source.Name, text)
	equal(t, "file", item.Media[0].Title, text)
}
