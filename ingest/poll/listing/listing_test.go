package listing_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"loa/feeds"
	"loa/ingest/poll/decode"
	"loa/ingest/poll/listing"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, feeds.Zone)

func options(s listing.Selectors) listing.Options {
	return listing.Options{URL: "https://lienchau.example.vn/tin-tuc/", ContentType: "text/html", Now: now, Selectors: s}
}

// lines puts a feed and its faults in words.
func lines(f *decode.Feed) string {
	var b strings.Builder
	for _, it := range f.Items {
		date := "-"
		if d := it.Article.Published; d.Known() {
			date = d.Time.In(feeds.Zone).Format("2006-01-02T15:04") + "/" + string(d.Precision)
		} else if d.Raw != "" {
			date = "?" + d.Raw
		}
		fmt.Fprintf(&b, "%s | %s | %s | %s\n", it.Article.Title, it.Article.URL, date, it.Article.Summary)
	}
	for _, x := range f.Faults {
		fmt.Fprintf(&b, "%s: %s\n", x.Code, x.Text)
	}
	return b.String()
}

func TestDecode(t *testing.T) {
	cases := []struct {
		name string
		page string
		sel  listing.Selectors
		want string
	}{
		{
			"everything is marked",
			`<ul class="list"><li><h3><a href="ho-chua.html">Nạo vét hồ chứa</a></h3><span class="date">20/11/2026 08:15</span><p>Từ ngày 25/11</p></li>
			<li><h3><a href="/tin/cho-phien">Chợ phiên</a></h3><span class="date">Ngày đăng: 19/11/2026</span><p>Họp sớm  một giờ</p></li></ul>`,
			listing.Selectors{Item: ".list li", Title: "h3 a", Link: "h3 a", Date: ".date", Summary: "p"},
			`Nạo vét hồ chứa | https://lienchau.example.vn/tin-tuc/ho-chua.html | 2026-11-20T08:15/minute | Từ ngày 25/11
Chợ phiên | https://lienchau.example.vn/tin/cho-phien | 2026-11-19T00:00/day | Họp sớm một giờ
`,
		},
		{
			"title and link are the first usable link",
			`<div class="news"><a href="#">Lên đầu</a><a href="javascript:chiaSe()">Chia sẻ</a><a href="tin/1">Thu gom rác</a> <a href="tin/1">Xem tiếp</a></div>`,
			listing.Selectors{Item: ".news"},
			"Thu gom rác | https://lienchau.example.vn/tin-tuc/tin/1 | - | \n",
		},
		{
			"a picture before the headline",
			`<div class="news"><a href="tin/1"><img src="a.jpg" alt="Ảnh"></a><a href="tin/1">Thu gom rác</a></div><div class="news"><a href="tin/2"><img alt="Sửa đường thôn"></a></div>`,
			listing.Selectors{Item: ".news"},
			"Thu gom rác | https://lienchau.example.vn/tin-tuc/tin/1 | - | \nSửa đường thôn | https://lienchau.example.vn/tin-tuc/tin/2 | - | \n",
		},
		{
			"titles that the list cuts are whole in an attribute",
			`<p class="t"><a href="a" title="Kế hoạch tiêm phòng cho đàn gia súc vụ đông">Kế hoạch tiêm phòng cho...</a></p><p class="t"><a href="b" title="Bấm để đọc">Họp thôn</a></p><p class="t"><a href="c" title="Lịch cắt điện"></a></p>`,
			listing.Selectors{Item: ".t", Title: "a"},
			"Kế hoạch tiêm phòng cho đàn gia súc vụ đông | https://lienchau.example.vn/tin-tuc/a | - | \nHọp thôn | https://lienchau.example.vn/tin-tuc/b | - | \nLịch cắt điện | https://lienchau.example.vn/tin-tuc/c | - | \n",
		},
		{
			"the item is the link, or stands in it",
			`<nav><a class="i" href="/1"><b>Một tin</b><time datetime="2026-11-20T08:00:00+07:00">hôm qua</time></a></nav><a href="/2"><span class="i"><b>Hai tin</b><time>3 giờ trước</time></span></a>`,
			listing.Selectors{Item: ".i", Title: "b", Date: "time"},
			"Một tin | https://lienchau.example.vn/1 | 2026-11-20T08:00/second | \nHai tin | https://lienchau.example.vn/2 | 2026-11-21T06:00/hour | \n",
		},
		{
			"the base element, and dates beside counts and in attributes",
			`<base href="/xa/"><base href="/khac/"><table><tr class="r"><td><a href="bai?id=7&amp;l=1">Bảy</a></td><td class="d">20/11/2026 - 12 lượt xem</td></tr><tr class="r"><td><a href="//yenlac.example.vn/8">Tám</a></td><td class="d" content="2026-11-18">hôm nào đó</td></tr></table>`,
			listing.Selectors{Item: "tr.r", Date: ".d"},
			"Bảy | https://lienchau.example.vn/xa/bai?id=7&l=1 | 2026-11-20T00:00/day | \nTám | https://yenlac.example.vn/8 | 2026-11-18T00:00/day | \n",
		},
		{
			"what is wrong with items is said",
			`<li><a href="/1">Một</a><i>ngày kia</i></li><li>Không liên kết</li><li><a href="/3"></a></li><li><a href="/4">Bốn</a></li><li><a href="/1">Một nữa</a><i>20/11/2026</i></li>`,
			listing.Selectors{Item: "li", Date: "i"},
			`Một | https://lienchau.example.vn/1 | ?ngày kia | 
Bốn | https://lienchau.example.vn/4 | - | 
bad-date: item 1 (Một): the date "ngày kia" is not understood
item-without-link: item 2 (Không liên kết) has no link; left out
item-without-title: item 3 (https://lienchau.example.vn/3) has no title; left out
item-without-date: item 4 (Bốn) has no date
same-link: item 5 (Một nữa) has the address of one above it (Một); left out
`,
		},
		{
			"a date selector that is wrong is one fault",
			`<li><a href="/1">Một</a></li><li><a href="/2">Hai</a></li>`,
			listing.Selectors{Item: "li", Date: ".ngay"},
			"Một | https://lienchau.example.vn/1 | - | \nHai | https://lienchau.example.vn/2 | - | \nitem-without-date: no item has an element \".ngay\"; no article has a date\n",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f, err := listing.Decode([]byte("<!DOCTYPE html><html lang=vi><head><title>Tin tức | Xã Liên Châu</title></head><body>"+c.page), options(c.sel))
			if err != nil {
				t.Fatal(err)
			}
			if got := lines(f); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			if f.Kind != "page" || f.Title != "Tin tức | Xã Liên Châu" || f.Language != "vi" {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestPagesInOtherCharsets(t *testing.T) {
	page, err := charmap.Windows1258.NewEncoder().Bytes([]byte("<meta charset=windows-1258><li><a href=/1>Thông báo cu\u0309a xa\u0303</a></li>"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := listing.Decode(page, options(listing.Selectors{Item: "li"}))
	if err != nil || len(f.Items) != 1 || f.Items[0].Article.Title != "Thông báo của xã" {
		t.Errorf("%v %+v", err, f)
	}
}

// Nothing is never "no news".
func TestFaults(t *testing.T) {
	li := listing.Selectors{Item: "li"}
	cases := []struct {
		name, page string
		sel        listing.Selectors
		err        error
		code, text string
	}{
		{"no match", `<title>Đang bảo trì</title><p>Cổng đang <a href="/">bảo trì</a>`, li, listing.ErrNoMatches, "no-matches", `the page was read (title "Đang bảo trì", 1 links), but no element is "li"`},
		{"no links", `<li>Một</li><li><a href="#">Hai</a></li>`, li, listing.ErrNoItems, "no-items", `"li" matched 2 elements, of which 2 have no link and 0 have no title`},
		{"no titles", `<li><a href="/1">Một</a></li>`, listing.Selectors{Item: "li", Title: "h3"}, listing.ErrNoItems, "no-items", "0 have no link and 1 have no title"},
		{"a feed", `<?xml version="1.0"?><rss version="2.0"><channel></channel></rss>`, li, listing.ErrNotPage, "not-a-page", ""},
		{"a file", "%PDF-1.7\n", li, listing.ErrNotPage, "not-a-page", ""},
		{"nothing", "", li, listing.ErrNotPage, "not-a-page", ""},
		{"no selector", `<li>`, listing.Selectors{}, listing.ErrSelectors, "bad-selectors", "item: is missing"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f, err := listing.Decode([]byte(c.page), options(c.sel))
			if f != nil || !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.text) {
				t.Fatalf("%v %v", f, err)
			}
			if fault := listing.FaultOf(err); fault.Code != c.code {
				t.Errorf("%+v", fault)
			}
		})
	}
}

func TestSelectorsAreValidated(t *testing.T) {
	cases := map[listing.Selectors]string{
		{Item: ".list > li:not(.ad)", Title: "h3 a, h4 a", Date: "td:nth-child(2)"}: "",
		{}:                                     "item: is missing",
		{Item: "li", Date: "..x"}:              `date: "..x" is not a CSS selector`,
		{Item: "li[", Title: "h3"}:             `item: "li[" is not a CSS selector`,
		{Item: "li", Summary: "p::first-line"}: `summary: "p::first-line" is not a CSS selector`,
		{Item: "li", Link: strings.Repeat("a", 501)}: "link: is longer than 500 bytes",
	}
	for s, want := range cases {
		err := s.Validate()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", s, err, want)
		}
	}
}

func TestReadCountsWhatSelectorsMatch(t *testing.T) {
	p, err := listing.Read([]byte(`<li><a href="/1">Một</a><p>a<p>b</li><li><a href="/2">Hai</a></li>`), options(listing.Selectors{Item: "li", Title: "a", Summary: "p", Date: "b"}))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(p.Links, p.Matches), "2 [{item li 2 2} {title a 2 2} {date b 0 0} {summary p 2 1}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Hostile pages cost what their size allows.
func TestHostilePages(t *testing.T) {
	li := listing.Selectors{Item: "li, .a ~ .a, div:nth-last-child(3n) div", Date: "i", Summary: "div div div"}
	items := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "<ul><li><a href=/%d>Tin số %d</a><i>x</i></li></ul>", i, i)
		}
		return b.String()
	}
	cases := []struct {
		name, page string
		err        error
	}{
		{"deep", strings.Repeat("<div>", 100_000), listing.ErrTooComplex},
		{"20 MB", "<li><a href=/1>" + strings.Repeat("a", 20<<20), listing.ErrTooLarge},
		{"long title", "<li><a href=/1>" + strings.Repeat("a ", 3<<20), nil},
		{"siblings", strings.Repeat("<b class=a></b>", 100_000), listing.ErrTooComplex},
		{"tags", strings.Repeat("<p>", 300_000), listing.ErrTooComplex},
		{"open formatting", strings.Repeat("<b><i><u><p>", 20_000), listing.ErrTooComplex},
		{"items", items(5000), nil},
		{"items in items", strings.Repeat("<ul><li><a href=/1>a</a>", 200) + strings.Repeat("<i>20/11/2026</i>", 4000), nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f, err := listing.Decode([]byte(c.page), options(li))
			if !errors.Is(err, c.err) {
				t.Fatalf("%v, want %v", err, c.err)
			}
			if err == nil && (len(f.Items) == 0 || len(f.Items) > listing.MaxItems || len(f.Faults) > 60) {
				t.Errorf("%d items, %d faults", len(f.Items), len(f.Faults))
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`<base href="/x/"><ul class=list><li><h3><a href=1 title="Một tin">Một…</a></h3><time datetime=2026-11-20>x</time><p>y</ul>`), "text/html")
	f.Add([]byte("<li><a href=//a:b@c/>x<li><a href=\"http:\\\\d\">\xff\x00<svg><a href=1>y</svg>"), "text/html; charset=windows-1258")
	f.Add([]byte("<table><li><a href=1><table><a href=2>x<base href=javascript:1>"), "")
	sel := listing.Selectors{Item: "li, tr", Link: "a", Date: "time, .date", Summary: "p"}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		o := options(sel)
		o.ContentType = contentType
		got, err := listing.Decode(body, o)
		if err != nil {
			if got != nil || listing.FaultOf(err).Code == "" {
				t.Errorf("%v %v", got, err)
			}
			return
		}
		seen := map[string]bool{}
		for _, it := range got.Items {
			a := it.Article
			if a.Title == "" || a.URL == "" || seen[a.URL] || !strings.HasPrefix(a.URL, "http") || a.ContentHTML != "" {
				t.Errorf("%+v", it)
			}
			if !utf8.ValidString(a.Title + a.Summary + it.PublishedRaw) {
				t.Errorf("not UTF-8: %+v", it)
			}
			seen[a.URL] = true
		}
		if len(got.Items) == 0 {
			t.Error("no items and no error")
		}
		again, err := listing.Decode(body, o)
		if err != nil || lines(again) != lines(got) {
			t.Error("other items the second time")
		}
	})
}
