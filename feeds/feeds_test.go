package feeds_test

import (
	"strings"
	"testing"
	"time"

	"loa/feeds"
)

func TestSlug(t *testing.T) {
	for in, want := range map[string]string{
		"Đảng bộ huyện Yên Lạc thực hiện": "dang-bo-huyen-yen-lac-thuc-hien",
		"Văn hóa - Xã hội":                "van-hoa-xa-hoi",
		"  Tin   tức!  ":                  "tin-tuc",
		"HÐ 123":                          "hd-123",
		"ỦY BAN":                          "uy-ban",
		"中文":                              "",
		"e\u0302\u0323":                   "e",
	} {
		if got := feeds.Slug(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestSelectorsRoundTrip(t *testing.T) {
	for _, path := range []string{"all", "units/09064", "units/26", "units/09064/tin-tuc", "categories/van-hoa-xa-hoi"} {
		s, err := feeds.ParseSelector(path)
		if err != nil || s.Path() != path {
			t.Errorf("%s: %+v %v", path, s, err)
		}
	}
	for _, path := range []string{"", "all/", "units", "units/", "units/1", "units/yen-lac", "units/09064/", "units/09064/Tin", "units/09064/a/b", "categories", "categories/a/b", "../all", "categories/" + strings.Repeat("a", 101)} {
		if _, err := feeds.ParseSelector(path); err == nil {
			t.Errorf("%q names a feed", path)
		}
	}
}

// Every facet of every article is a feed that can be asked for.
func TestFacetsAreFeeds(t *testing.T) {
	for _, category := range []string{"", "Tin tức", "!!!", strings.Repeat("rất dài ", 60), strings.Repeat("x", 300)} {
		for _, f := range feeds.Facets(&feeds.Article{Unit: "09064", Category: category}, "25") {
			if _, err := feeds.ParseSelector(f.Path); err != nil {
				t.Errorf("category %.20q: %s: %v", category, f.Path, err)
			}
		}
	}
}

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"<p>Căn <b>cứ</b></p><p>Luật</p>": "Căn cứ Luật",
		"a<b>b</b>c &amp; d<br/>e":        "abc & d e",
		"không có thẻ":                    "không có thẻ",
		"<p>dở":                           "dở",
		"dở <":                            "dở <",
	} {
		if got := feeds.Words(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// A revision is a change of words, attachments or dates; markup, tracking
// parameters and the publisher's number are none.
func TestDigest(t *testing.T) {
	a := feeds.Article{Unit: "09064", Title: "Tin", ContentHTML: "<p>Một <b>hai</b></p>", URL: "https://example.vn/1?utm_source=x",
		Published: feeds.Date{Time: time.Date(2026, 11, 20, 0, 0, 0, 0, feeds.Zone), Precision: feeds.Day}}
	for name, c := range map[string]struct {
		change func(*feeds.Article)
		same   bool
	}{
		"markup":     {func(a *feeds.Article) { a.ContentHTML = "<div>Một  hai</div>" }, true},
		"address":    {func(a *feeds.Article) { a.URL = "https://example.vn/1" }, true},
		"number":     {func(a *feeds.Article) { a.Number = "7" }, true},
		"zone":       {func(a *feeds.Article) { a.Published.Time = a.Published.Time.UTC() }, true},
		"word":       {func(a *feeds.Article) { a.ContentHTML = "<p>Một ba</p>" }, false},
		"title":      {func(a *feeds.Article) { a.Title = "Tin." }, false},
		"day":        {func(a *feeds.Article) { a.Published.Time = a.Published.Time.AddDate(0, 0, 1) }, false},
		"attachment": {func(a *feeds.Article) { a.Attachments = []feeds.Attachment{{URL: "https://example.vn/a.pdf"}} }, false},
		"tag":        {func(a *feeds.Article) { a.Tags = []string{"Nước"} }, false},
	} {
		b := a
		c.change(&b)
		if same := feeds.Digest(&a) == feeds.Digest(&b); same != c.same {
			t.Errorf("%s: same %v, want %v", name, same, c.same)
		}
	}
}
