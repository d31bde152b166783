package render_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"loa/feeds"
	"loa/feeds/render"
)

// A view's address is written once in its canonical spelling: what is encoded
// for a URL stays so, and only XML's own characters are escaped.
func TestAddressOfAView(t *testing.T) {
	const query = "content=summary&n=20&q=y%E1%BA%BFu&unit=09025&unit=09064"
	const feed = "https://tin.example.vn/feeds/all"
	f := fullFeed(t)
	f.Query = query
	rss, atom, js := readRSS(t, f), readAtom(t, f), readJSON(t, f)
	equalList(t, "RSS self", links(rss.Channel.Links, "self"), []string{feed + ".rss?" + query})
	equal(t, "RSS link", rss.Channel.Plain[0], feed+"?"+query)
	equalList(t, "Atom self", links(atom.Links, "self"), []string{feed + ".atom?" + query})
	equalList(t, "Atom alternate", links(atom.Links, "alternate"), []string{feed + "?" + query})
	equalList(t, "Atom id", atom.ID, []string{"tag:" + authority + ":feed/all?" + query})
	equal(t, "JSON feed_url", js.FeedURL, feed+".json?"+query)
	equal(t, "JSON home_page_url", js.HomePageURL, feed+"?"+query)
	for _, format := range []feeds.Format{feeds.RSS, feeds.Atom} {
		if b := mustRender(t, f, format); !bytes.Contains(b, []byte("content=summary&amp;n=20&amp;q=y%E1%BA%BFu&amp;unit=09025")) {
			t.Errorf("%s has no address escaped once:\n%s", format, b)
		}
	}
}

// The documents of an archive link by addresses, not by paths.
func TestAddressesOfAnArchive(t *testing.T) {
	for path, escaped := range map[string]string{
		"units/09025": "units/09025", "documents/5-QĐ-TTg": "documents/5-Q%C4%90-TTg", "types/QĐ": "types/Q%C4%90",
	} {
		sel, err := feeds.ParseSelector(path)
		if err != nil {
			t.Fatal(err)
		}
		f := fullFeed(t)
		f.Selector = sel
		f.Archive = render.Archive{Path: path + "/archive/2026-11-2", Prev: path + "/archive/2026-11-1", Next: path + "/archive/2026-12-1"}
		base := "https://tin.example.vn/feeds/" + escaped
		for format, got := range map[string][]linkRead{"rss": readRSS(t, f).Channel.Links, "atom": readAtom(t, f).Links} {
			equalList(t, format+" self", links(got, "self"), []string{base + "/archive/2026-11-2." + format})
			equalList(t, format+" current", links(got, "current"), []string{base + "." + format})
			equalList(t, format+" prev-archive", links(got, "prev-archive"), []string{base + "/archive/2026-11-1." + format})
			equalList(t, format+" next-archive", links(got, "next-archive"), []string{base + "/archive/2026-12-1." + format})
			equalList(t, format+" hub", links(got, "hub"), nil)
		}
		if readRSS(t, f).Channel.Archive == nil || readAtom(t, f).Archive == nil {
			t.Errorf("%s: no fh:archive", path)
		}
		js := readJSON(t, f)
		equal(t, "feed_url", js.FeedURL, base+"/archive/2026-11-2.json")
		equal(t, "next_url", js.NextURL, base+"/archive/2026-11-1.json")
		equal(t, "home_page_url", js.HomePageURL, base)
		equal(t, "_loa.archive", js.Loa != nil && js.Loa.Archive, true)
	}
}

// Without their text, articles have a summary and keep their attachments.
func TestSummaryAlone(t *testing.T) {
	for name, tt := range map[string]struct{ summary, html, want string }{
		"its own": {"Thư viện mở cửa các buổi chiều.", "<p>Toàn văn.</p>", "Thư viện mở cửa các buổi chiều."},
		"of its words": {
			"", "<p>Bà con lưu ý:</p><p>" + strings.Repeat("nước cắt ", 60) + "</p>",
			"Bà con lưu ý: " + strings.TrimSpace(strings.Repeat("nước cắt ", 31)) + " nước…",
		},
		"none": {"", "", ""},
	} {
		f := fullFeed(t)
		f.Summary = true
		a := &f.Records[0].Article
		a.Summary, a.ContentHTML = tt.summary, tt.html
		rss, atom, js := readRSS(t, f).Channel.Items[0], readAtom(t, f).Entries[0], readJSON(t, f).Items[0]
		if utf8.RuneCountInString(rss.Description) > 300 {
			t.Errorf("%s: %d runes", name, utf8.RuneCountInString(rss.Description))
		}
		equal(t, name+": RSS", rss.Description, tt.want)
		if tt.want == "" {
			equal(t, name+": Atom summary", *atom.Summary, textRead{"text", a.Title})
			equal(t, name+": content_text", js.ContentText, a.Title)
		} else {
			equal(t, name+": Atom", *atom.Summary, textRead{"text", tt.want})
			equal(t, name+": content_text", js.ContentText, tt.want)
		}
		equal(t, name+": content:encoded", len(rss.Content), 0)
		equal(t, name+": Atom content", atom.Content, nil)
		equal(t, name+": content_html", js.ContentHTML, "")
		equal(t, name+": enclosures", len(rss.Enclosures)+len(rss.Media), 3)
		equal(t, name+": Atom enclosures", len(links(atom.Links, "enclosure")), 3)
		equal(t, name+": attachments", len(js.Attachments), 3)
	}
}

// What is shown once names the others.
func TestRelated(t *testing.T) {
	f := fullFeed(t)
	other, own, gone := f.Records[0], f.Records[0], f.Records[0]
	other.ID, other.Article.URL, other.Article.Title = "w2", "https://lienchau.example.vn/tin/8?a=1&b=2", "Thư viện mở lại"
	own.ID, own.Article.URL = "w3", "javascript:1"
	gone.ID, gone.Withdrawal = "w4", &feeds.Withdrawal{Time: at(t, "2026-05-01T00:00:00Z")}
	f.Related = map[string][]feeds.Record{f.Records[0].ID: {other, gone, own}, "another": {other}}
	want := []string{"https://lienchau.example.vn/tin/8?a=1&b=2", "https://tin.example.vn/articles/w3"}
	equalList(t, "RSS", readRSS(t, f).Channel.Items[0].Relations, want)
	equalList(t, "Atom", links(readAtom(t, f).Entries[0].Links, "related"), want)
	for _, l := range readAtom(t, f).Entries[0].Links {
		if l.Rel == "related" {
			equal(t, "title", l.Title, "Xã Tam Hồng")
		}
	}
	js := readJSON(t, f).Items[0].Loa.Related
	b, err := json.Marshal(js[0])
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "JSON", string(b), `{"id":"tag:tin.example.vn,2026:article/w2","title":"Thư viện mở lại","unit":"09043","unit_name":"Xã Tam Hồng","url":"https://lienchau.example.vn/tin/8?a=1\u0026b=2"}`)
	equal(t, "JSON", js[1]["url"], want[1])
	equal(t, "JSON", len(js), 2)
	f.Records[0].Withdrawal = gone.Withdrawal
	b, err = render.Item(f, &f.Records[0])
	if err != nil || bytes.Contains(b, []byte("related")) {
		t.Errorf("a withdrawn item: %s, %v", b, err)
	}
}

func TestCorrection(t *testing.T) {
	type word struct{ rss, atom, json string }
	read := func(r feeds.Record) word {
		f := fullFeed(t)
		f.Records[0] = r
		var w word
		for _, c := range readRSS(t, f).Channel.Items[0].Categories {
			if c.Domain == "tag:"+authority+":revisions" {
				w.rss = c.Name
			}
		}
		for _, c := range readAtom(t, f).Entries[0].Categories {
			if c.Scheme == "tag:"+authority+":revisions" {
				w.atom = c.Term + " " + c.Label
			}
		}
		w.json = string(readJSON(t, f).Items[0].Loa.Correction)
		return w
	}
	r := fullFeed(t).Records[0]
	equal(t, "none", read(r), word{})
	r.Revision, r.Reason = 2, " sai  giờ\x00 mở cửa"
	equal(t, "with a reason", read(r), word{"Đính chính", "correction Đính chính", `{"reason":"sai giờ mở cửa"}`})
	r.Reason, r.Article.Title = "", "Đính chính giờ mở cửa"
	equal(t, "by its title", read(r), word{"Đính chính", "correction Đính chính", `{}`})
}
