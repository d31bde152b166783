package fulltext_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"loa/feeds"
	"loa/ingest/clean"
	"loa/ingest/poll/fulltext"
)

const (
	title   = "Liên Châu nạo vét hồ chứa nước trước vụ đông xuân"
	summary = "Từ ngày 25/11, xã Liên Châu nạo vét hồ chứa nước ở ba thôn để kịp vụ đông xuân."
)

var paragraphs = []string{
	"Từ ngày 25/11, xã Liên Châu nạo vét hồ chứa nước ở ba thôn để kịp vụ đông xuân. Công việc kéo dài mười ngày, mỗi thôn cử hai mươi người tham gia.",
	"Các hộ có ruộng gần hồ được đề nghị dọn cỏ bờ mương trước ngày 24/11. Máy xúc làm việc từ bảy giờ sáng đến năm giờ chiều, nghỉ trưa hai tiếng.",
	"Trong thời gian nạo vét, nước tưới được bơm luân phiên: thôn Nhật Tiến vào thứ hai và thứ năm, thôn Thụ Ích vào thứ ba và thứ sáu.",
	"Bà con cần biết thêm chi tiết có thể hỏi trưởng thôn hoặc bộ phận một cửa của xã trong giờ hành chính, từ thứ hai đến thứ sáu hằng tuần.",
}

func body(n int) string { return "<p>" + strings.Join(paragraphs[:n], "</p>\n<p>") + "</p>" }

func TestChoose(t *testing.T) {
	said := feeds.Article{Title: title, Summary: summary, ContentHTML: "<p>" + summary + "</p>"}
	menu := strings.Repeat(`<p><a href="https://example.vn/">Xã Liên Châu nạo vét hồ chứa nước trước vụ đông xuân</a></p>`, 20)
	other := "<p>" + strings.Repeat("Cổng thông tin điện tử đang được bảo trì, mong quý khách quay trở lại sau ít phút nữa. ", 10) + "</p>"
	page := func(s string) fulltext.Candidate { return fulltext.Candidate{By: fulltext.ByPage, HTML: s} }
	readable := func(s string) fulltext.Candidate {
		return fulltext.Candidate{By: fulltext.ByReadability, HTML: s}
	}
	cases := []struct {
		name    string
		said    feeds.Article
		list    []fulltext.Candidate
		by      string
		strange bool
		why     string
	}{
		{"both have it", said, []fulltext.Candidate{page(body(4)), readable(body(4))}, "page", false, "by page, where the feed has"},
		{"one has a little more", said, []fulltext.Candidate{page(body(3)), readable(body(4))}, "page", false, ""},
		{"one has much more", said, []fulltext.Candidate{page(body(1)), readable(body(4))}, "readability", false, ""},
		{"one alone", said, []fulltext.Candidate{readable(body(4))}, "readability", false, ""},
		{"nobody", said, nil, "feed", true, "the page has no article in it"},
		{"an empty text", said, []fulltext.Candidate{page("")}, "feed", true, "page found no text"},
		{"the summary again", said, []fulltext.Candidate{page("<p>" + summary + "</p>")}, "feed", false, "no more than the feed's"},
		{"shorter than the feed", feeds.Article{Title: title, ContentHTML: body(4)}, []fulltext.Candidate{page(body(2)), readable(body(3))}, "feed", false, "no more than the feed's"},
		{"a menu", said, []fulltext.Candidate{page(menu)}, "feed", true, "mostly links"},
		{"another page", said, []fulltext.Candidate{page(other), readable(other)}, "feed", true, "of something else"},
		{"a title alone to compare by", feeds.Article{Title: title}, []fulltext.Candidate{page(body(2))}, "page", false, ""},
		{"a title alone, and another page", feeds.Article{Title: title}, []fulltext.Candidate{page(other)}, "feed", true, "of something else"},
		{"too few words to compare by", feeds.Article{Title: "Thông báo"}, []fulltext.Candidate{page(body(2))}, "page", false, ""},
		{"a title in other letters", feeds.Article{Title: strings.ToUpper(title)}, []fulltext.Candidate{page(body(2))}, "page", false, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := fulltext.Choose(c.said, c.list)
			if got.By != c.by || got.Strange != c.strange || !strings.Contains(got.Why, c.why) || got.Why == "" {
				t.Errorf("%+v", got)
			}
			if got.By == fulltext.ByFeed && got.HTML != c.said.ContentHTML {
				t.Errorf("not the feed's text: %q", got.HTML)
			}
		})
	}
}

const frame = `<!DOCTYPE html><html lang="vi"><head><title>%s - Cổng thông tin xã Liên Châu</title></head><body>
<div id="menu"><ul><li><a href="/">Trang chủ</a></li><li><a href="/gioi-thieu">Giới thiệu</a></li><li><a href="/lien-he">Liên hệ</a></li></ul></div>
<div class="khung">%s</div>
<div class="lien-quan"><h3>Tin liên quan</h3><ul><li><a href="/1">Họp thôn đầu tháng bàn việc làm đường</a></li><li><a href="/2">Lịch tiêm phòng cho đàn gia súc của xã</a></li></ul></div>
<div id="footer">Địa chỉ: xã Liên Châu. <script>var x = 1</script></div></body></html>`

func TestExtract(t *testing.T) {
	said := feeds.Article{Title: title, Summary: summary}
	o := fulltext.Options{URL: "https://example.vn/tin/1", ContentType: "text/html; charset=utf-8", Now: time.Date(2026, 11, 21, 9, 0, 0, 0, feeds.Zone)}
	article := "<h1>" + title + `</h1><div class="ngay">Ngày đăng: 20/11/2026 08:15</div><div class="noi-dung">` + body(4) + `<p onclick="x()"><a href="van-ban.pdf">Kế hoạch</a> <img src="/ho.jpg"></p></div>`
	got, err := fulltext.Extract(fmt.Appendf(nil, frame, title, article), o, said)
	if err != nil || got.By == fulltext.ByFeed {
		t.Fatalf("%v %+v", err, got)
	}
	text := clean.TextOf(got.HTML)
	for _, p := range paragraphs {
		if !strings.Contains(text, p) {
			t.Errorf("not in it: %s\n%s", p, text)
		}
	}
	for _, s := range []string{"Tin liên quan", "Trang chủ", "onclick", "var x"} {
		if strings.Contains(got.HTML, s) {
			t.Errorf("in it: %s\n%s", s, got.HTML)
		}
	}
	if !got.Page.Published.Known() {
		t.Errorf("no date: %+v", got.Page)
	}

	for name, page := range map[string]string{
		"maintenance": fmt.Sprintf(frame, "Bảo trì", "<h1>Hệ thống đang bảo trì</h1><p>"+strings.Repeat("Mong quý vị quay lại sau, kỹ thuật viên của chúng tôi đang khắc phục. ", 8)+"</p>"),
		"empty":       "<html></html>",
		"deep":        strings.Repeat("<div>", 100_000) + body(4),
	} {
		if got, err := fulltext.Extract([]byte(page), o, said); err != nil || got.By != fulltext.ByFeed || !got.Strange || got.HTML != "" || got.Page.Title != "" {
			t.Errorf("%s: %v %+v", name, err, got)
		}
	}
	for name, page := range map[string]string{"file": "%PDF-1.7 ...", "json": `{"a": 1}`, "20 MB": strings.Repeat("<p>a</p>", 20<<20/8), "nothing": ""} {
		if _, err := fulltext.Extract([]byte(page), o, said); !errors.Is(err, fulltext.ErrNotPage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is stuffed is bounded: this test ends.
func TestHostilePages(t *testing.T) {
	said := feeds.Article{Title: title, Summary: summary}
	for name, page := range map[string]string{
		"paragraphs":   strings.Repeat("<p>"+paragraphs[0], 6000),
		"nested":       strings.Repeat("<div><p>"+paragraphs[0], 150),
		"divs":         strings.Repeat("<div>a, b, c, d</div>", 15_000),
		"tables":       strings.Repeat("<table><tr><td>"+paragraphs[0], 120),
		"breaks":       strings.Repeat("<br>", 19_000),
		"links":        strings.Repeat(`<a href="x">a</a> , `, 19_000),
		"attributes":   "<p class=\"" + strings.Repeat("article ", 100_000) + "\">" + body(4),
		"lists":        "<article>" + strings.Repeat("<ul><li>"+paragraphs[1]+"</ul>", 4000),
		"no structure": strings.Repeat(paragraphs[1]+" ", 5000),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := fulltext.Extract([]byte("<html><body>"+page), fulltext.Options{URL: "https://example.vn/1"}, said); err != nil {
				t.Error(err)
			}
		})
	}
}

func FuzzExtract(f *testing.F) {
	f.Add(fmt.Appendf(nil, frame, title, "<article><h1>"+title+"</h1>"+body(4)+"</article>"), "text/html")
	f.Add([]byte("<p>"+strings.Repeat(summary, 9)+"<table><svg><b><a href=1><noscript><img src=x></noscript>"), "")
	f.Fuzz(func(t *testing.T, page []byte, contentType string) {
		said := feeds.Article{Title: title, Summary: summary, ContentHTML: "<p>" + summary + "</p>"}
		got, err := fulltext.Extract(page, fulltext.Options{URL: "https://example.vn/tin/1", ContentType: contentType}, said)
		if err != nil {
			return
		}
		if clean.HTML(got.HTML, nil) != got.HTML {
			t.Errorf("not clean: %q", got.HTML)
		}
		if got.By == fulltext.ByFeed != (got.HTML == said.ContentHTML) || got.Why == "" {
			t.Errorf("%+v", got)
		}
	})
}
