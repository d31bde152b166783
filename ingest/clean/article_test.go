package clean_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"loa/feeds"
	"loa/ingest/clean"
)

// body is an article as portals have it: 2.4 KB of paragraphs.
var body = strings.Repeat("<p>Sáng thứ bảy, người dân trong thôn cùng nhau nạo vét kênh mương, dọn cỏ ven đường và trồng thêm hai hàng cây "+
	"bóng mát trước <strong>nhà văn hóa</strong>. Bà con cho biết công việc này làm đều mỗi quý một lần, ai bận thì góp nước uống &amp; dụng cụ.</p>\n", 7)

func TestArticle(t *testing.T) {
	in := feeds.Article{
		Unit: " 09025 ", Number: " 4711\n", URL: "tin/4711.html",
		Title:       "\n  Lịch c&uacute;p nước\u00A0<b>tuần</b> này ",
		ContentHTML: `<p onclick="x()">Nước yếu từ 8 giờ. Bà con trữ nước.</p><p><a href="so-do.pdf">Sơ đồ</a></p>`,
		Category:    " Thông báo ",
		Tags:        []string{"Nước", "nước ", "", "<i>Điện</i>"},
		Authors:     []string{"Ban Biên tập", " ", "Ban Biên tập"},
		Language:    "VI_vn",
		Published:   feeds.Date{Time: time.Date(2026, 10, 5, 0, 0, 0, 0, feeds.Zone), Precision: feeds.Day, Raw: " 05/10/2026 "},
		Updated:     feeds.Date{Raw: "không rõ"},
		Attachments: []feeds.Attachment{
			{URL: "/tep/lich.PDF", Length: -1, Title: "Lịch\n"}, {URL: "javascript:x"}, {URL: "/tep/lich.PDF"},
			{URL: "/a", Type: "Audio/MPEG; q=1", Length: 12}, {URL: "/b", Type: "mp3"},
		},
	}
	tags := slices.Clone(in.Tags)
	got := clean.Article(in, base)
	want := feeds.Article{
		Unit: "09025", Number: "4711", URL: "https://example.vn/tin/tin/4711.html",
		Title:   "Lịch cúp nước tuần này",
		Summary: "Nước yếu từ 8 giờ. Bà con trữ nước. Sơ đồ",
		ContentHTML: `<p>Nước yếu từ 8 giờ. Bà con trữ nước.</p>` +
			`<p><a href="https://example.vn/tin/tin/so-do.pdf" rel="noopener noreferrer nofollow">Sơ đồ</a></p>`,
		Category: "Thông báo", Tags: []string{"Nước", "Điện"}, Authors: []string{"Ban Biên tập"}, Language: "vi-VN",
		Published: feeds.Date{Time: in.Published.Time, Precision: feeds.Day, Raw: "05/10/2026"},
		Updated:   feeds.Date{Precision: feeds.Unknown, Raw: "không rõ"},
		Attachments: []feeds.Attachment{
			{URL: "https://example.vn/tep/lich.PDF", Type: "application/pdf", Title: "Lịch"},
			{URL: "https://example.vn/a", Type: "audio/mpeg", Length: 12},
			{URL: "https://example.vn/b", Type: "application/octet-stream"},
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !slices.Equal(in.Tags, tags) {
		t.Error("the tags of the argument were changed")
	}
	if d := cmp.Diff(got, clean.Article(got, base)); d != "" {
		t.Errorf("not the same again: %s", d)
	}
}

// A text in TCVN3, as an old database has it; the soft hyphen is the letter ư.
func TestArticleInLegacyCode(t *testing.T) {
	in := feeds.Article{
		Unit: "09025", Number: "4711", URL: "https://example.vn/tin/4711.html", Title: "LÞch cÊp n\u00adíc tuÇn nµy", Category: "§êi sèng",
		ContentHTML: `<p>Th«n §«ng tõ 6 giê ®Õn 8 giê. <a href="/tin/é">§Ò nghÞ</a> bµ con tr÷ n&shy;íc./.</p>`,
	}
	got := clean.Article(in, nil)
	if got.Title != "Lịch cấp nước tuần này" || got.Category != "Đời sống" ||
		got.Summary != "Thôn Đông từ 6 giờ đến 8 giờ. Đề nghị bà con trữ nước." ||
		!strings.Contains(got.ContentHTML, `href="https://example.vn/tin/%C3%A9"`) || !strings.Contains(got.ContentHTML, "trữ nước./.") {
		t.Errorf("%+v", got)
	}
	if d := cmp.Diff(got, clean.Article(got, nil)); d != "" {
		t.Errorf("not the same again: %s", d)
	}
	short := clean.Article(feeds.Article{Unit: "09025", Number: "1", Title: "Nhµ v¨n hãa"}, nil)
	if short.Title != "Nhµ v¨n hãa" {
		t.Errorf("unsure, and became %q", short.Title)
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		in   feeds.Article
		want error
	}{
		{feeds.Article{Title: "a", Number: "1"}, feeds.ErrNoUnit},
		{feeds.Article{Unit: "yenlac", Title: "a", Number: "1"}, feeds.ErrBadUnit},
		{feeds.Article{Unit: "09025", Title: "a"}, feeds.ErrNoName},
		{feeds.Article{Unit: "09025", Title: "a", URL: "javascript:x"}, feeds.ErrNoName},
		{feeds.Article{Unit: "09025", Title: "a", Number: strings.Repeat("1", 1000)}, feeds.ErrNoName},
		{feeds.Article{Unit: "09025", Number: "1"}, feeds.ErrNoTitle},
		{feeds.Article{Unit: "09025", Number: "1", Title: " <p>\u200B</p>"}, feeds.ErrNoTitle},
		{feeds.Article{Unit: "09025", Number: "1", Title: "a"}, nil},
	}
	for _, tt := range tests {
		if err := clean.Check(clean.Article(tt.in, nil)); !errors.Is(err, tt.want) {
			t.Errorf("%+v: %v, want %v", tt.in, err, tt.want)
		}
	}
}

func TestArticleBounds(t *testing.T) {
	long := strings.Repeat("dài quá ", 10000)
	many := make([]string, 500)
	files := make([]feeds.Attachment, 500)
	for i := range many {
		many[i] = strings.Repeat("x", i+1)
		files[i].URL = "/" + many[i]
	}
	a := clean.Article(feeds.Article{
		Unit: "09025", Number: "1", Title: long, Summary: long, Category: long, Tags: many, Authors: many, Attachments: files, Language: long,
		Published: feeds.Date{Raw: long},
	}, base)
	if n := utf8.RuneCountInString(a.Title); n > 1000 || n < 990 || strings.HasSuffix(a.Title, " ") {
		t.Errorf("title has %d runes", n)
	}
	if len(a.Tags) != 50 || len(a.Authors) != 50 || len(a.Attachments) != 50 || a.Language != "vi" || len(a.Category) > 800 || len(a.Published.Raw) > 800 {
		t.Errorf("bounds: %d tags, %d authors, %d attachments, language %.20q", len(a.Tags), len(a.Authors), len(a.Attachments), a.Language)
	}
}

func TestLanguage(t *testing.T) {
	for in, want := range map[string]string{
		"": "vi", "vi": "vi", "VI": "vi", "vi-vn": "vi-VN", "vi_VN": "vi-VN", "en-us": "en-US", "vn": "vi", "Tiếng Việt": "vi",
		"vietnamese": "vi", "zh-hant-tw": "zh-Hant-TW", "hmn": "hmn", "e": "vi", "vi-": "vi", "es-419": "es-419", "x": "vi",
	} {
		a := clean.Article(feeds.Article{Unit: "09025", Number: "1", Language: in}, nil)
		if a.Language != want {
			t.Errorf("%q: got %q, want %q", in, a.Language, want)
		}
	}
}

func BenchmarkArticle(b *testing.B) {
	linked := strings.Replace(body, "<p>Sáng", `<p style="text-align:justify"><img src="/anh/a.jpg" class="c" alt="Kênh"/><a href="/tin/2.html" target="_blank">Sáng</a>`, 3)
	for name, html := range map[string]string{"plain": body, "links": linked, "slow": body + "<p>lẻ"} {
		b.Run(name, func(b *testing.B) {
			a := feeds.Article{Unit: "09025", Number: "4711", URL: "https://example.vn/tin/4711.html", Title: "Cả thôn dọn kênh mương, trồng cây",
				ContentHTML: html, Category: "Tin tức", Tags: []string{"Môi trường"}, Authors: []string{"Ban Biên tập"}, Language: "vi"}
			b.SetBytes(int64(len(html)))
			b.ReportAllocs()
			for b.Loop() {
				clean.Article(a, nil)
			}
		})
	}
}
