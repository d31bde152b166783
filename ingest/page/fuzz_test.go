package page_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"pgregory.net/rapid"

	"loa/feeds"
	"loa/ingest/charset"
	"loa/ingest/clean"
	"loa/ingest/page"
)

// letters returns the letters and digits of a text, in order, without white space.
func letters(s string) string {
	return strings.Join(strings.Fields(clean.Text(s)), "")
}

// shown returns what may be read of a page: its text without scripts and the
// like, and the values of attributes.
func shown(body []byte) string {
	text, _ := charset.UTF8(body, "", charset.OfHTML(body))
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(string(text)))
	hidden := false
	for {
		switch z.Next() {
		case html.ErrorToken:
			return letters(b.String() + html.UnescapeString(b.String()))
		case html.TextToken:
			if !hidden {
				b.Write(z.Text())
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			t := z.Token()
			if t.DataAtom == atom.Script || t.DataAtom == atom.Style || t.DataAtom == atom.Textarea {
				hidden = t.Type != html.EndTagToken
			}
		}
	}
}

// check states what holds of every page that Parse returns.
func check(t interface {
	Helper()
	Errorf(string, ...any)
}, p *page.Page, o page.Options) {
	t.Helper()
	a := p.Article
	if a.Title == "" || a.Unit != "" || a.Number != "" {
		t.Errorf("%+v", a)
	}
	base, _ := url.Parse(o.URL)
	if again := clean.HTML(a.ContentHTML, base); again != a.ContentHTML {
		t.Errorf("not clean: %q, %q", a.ContentHTML, again)
	}
	for _, s := range []string{a.Title, a.Summary, a.Category, p.Site} {
		if !utf8.ValidString(s) || s != clean.Text(s) {
			t.Errorf("not clean: %q", s)
		}
	}
	for _, s := range []string{"<script", "<form", "<input", "<style", "<iframe", "<nav"} {
		if strings.Contains(a.ContentHTML, s) {
			t.Errorf("%s in %q", s, a.ContentHTML)
		}
	}
	if u := a.URL; u != "" && !strings.HasPrefix(u, "http://") && !strings.HasPrefix(u, "https://") {
		t.Errorf("link %q", u)
	}
	if len(p.Faults) > 50 {
		t.Errorf("%d faults", len(p.Faults))
	}
}

func FuzzParse(f *testing.F) {
	for _, body := range fixtures(f) {
		f.Add(body, "")
	}
	f.Add([]byte("<p>"+strings.Repeat("<b a=1><font b=2><i>", 200)+strings.Repeat("<p>tin", 200)), "text/html")
	f.Add([]byte("<table><a><form><div id=news-bodyhtml><table><svg><p>"+strings.Repeat("Bà con thôn Đồng Tâm. ", 20)), "text/html")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		if len(body) > 64<<10 {
			return
		}
		o := options()
		o.ContentType = contentType
		is := page.IsPage(body, contentType)
		p, err := page.Parse(body, o)
		if err != nil {
			page.FaultOf(err)
			return
		}
		if !is {
			t.Error("what is no page was read")
		}
		check(t, p, o)
		again, err := page.Parse(body, o)
		if err != nil || fmt.Sprint(again) != fmt.Sprint(p) {
			t.Errorf("reads differ: %+v, %+v", p, again)
		}
	})
}

// Every word of the content stands in the page, for all fixtures.
func TestWordsStandInThePage(t *testing.T) {
	for name, body := range fixtures(t) {
		p, err := page.Parse(body, options())
		if err != nil {
			continue
		}
		check(t, p, options())
		all := shown(body)
		for _, w := range strings.Fields(feeds.Words(p.Article.ContentHTML)) {
			if !strings.Contains(all, w) {
				t.Errorf("%s: %q is in the content and not in the page", name, w)
			}
		}
	}
}

// Portals of all platforms around any text: what is around never gets in, and no
// word of the text is lost.
func TestTextAmidFurniture(t *testing.T) {
	sentence := rapid.SampledFrom([]string{
		"Sáng 12/6, bà con thôn Đồng Tâm ra đồng gặt lúa sớm để tránh cơn bão số 2 đang vào gần bờ.",
		"Theo lịch, 1.024 hộ sẽ được cấp thẻ \"xanh\" trước ngày 30/9/2026; 121,8% so với kế hoạch đầu năm ...",
		"Người dân cần mang theo căn cước, sổ hộ khẩu cũ (nếu có) và hai ảnh 3x4 khi đến làm thủ tục & nộp lệ phí < 20.000 đồng./.",
		"Ngày 5/5/2026, trường mầm non Tân Lập tổ chức liên hoan cuối năm cho các cháu lớp lá với nhiều tiết mục vui nhộn.",
	})
	wrap := rapid.SampledFrom([]string{
		`<div id="news-bodyhtml">%s</div>`, `<div class="ms-rtestate-field">%s</div>`, `<div class="journal-content-article">%s</div>`,
		`<div class="detail-content" data-role="content">%s</div>`, `<div class="entry-content">%s</div>`, `<article>%s</article>`, `<div>%s</div>`, `<table><tr><td>%s</td></tr></table>`,
	})
	around := rapid.SliceOfN(rapid.SampledFrom([]string{
		`<nav><a href="/">NGOAIBAI menu</a></nav>`, `<form><label>NGOAIBAI</label><input><p>NGOAIBAI họ tên</p></form>`, `<script>var NGOAIBAI = 1</script>`,
		`<div class="breadcrumb"><a href="/">NGOAIBAI</a></div>`, `<div class="share-buttons">NGOAIBAI chia sẻ</div>`, `<footer>NGOAIBAI bản quyền</footer>`,
		`<div class="comments"><p>NGOAIBAI Bài viết hay quá, cảm ơn ban biên tập đã đưa tin kịp thời.</p></div>`, `<style>.NGOAIBAI{}</style>`,
		`<div style="display: none">NGOAIBAI</div>`, `<aside><h3>Tin nổi bật</h3><a href="/1">NGOAIBAI</a></aside>`, `<ul class="related"><li><a href="/2">NGOAIBAI</a></li></ul>`,
	}), 0, 5)
	rapid.Check(t, func(t *rapid.T) {
		var text, plain []string
		for range rapid.IntRange(3, 8).Draw(t, "paragraphs") {
			s := sentence.Draw(t, "sentence")
			plain = append(plain, s)
			text = append(text, "<p>"+html.EscapeString(s)+"</p>")
		}
		inside := around.Draw(t, "inside")
		content := strings.Join(text, "\n") + strings.Join(inside, "")
		body := "<html><head><title>Tin của thôn Đồng Tâm trong tuần</title></head><body>" + strings.Join(around.Draw(t, "above"), "") +
			"<h1>Tin của thôn Đồng Tâm trong tuần</h1>" + fmt.Sprintf(wrap.Draw(t, "wrap"), content) + strings.Join(around.Draw(t, "below"), "") + "</body></html>"
		p, err := page.Parse([]byte(body), options())
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		check(t, p, options())
		if got, want := feeds.Words(p.Article.ContentHTML), strings.Join(plain, " "); got != want {
			t.Errorf("%s\n%q, want\n%q", body, got, want)
		}
	})
}

// Markup that unfolds or takes long in a naive reader ends soon: this test would
// not end in time if it did not.
func TestHostile(t *testing.T) {
	para := "<p>" + strings.Repeat("Bà con thôn Đồng Tâm ra đồng gặt lúa. ", 10)
	for name, body := range map[string]string{
		"formatting left open": strings.Repeat(`<b a=1><i b=2><font c=3><u d=4>`, 100) + strings.Repeat(para, 500),
		"attributes that differ": func() string { // each is opened again in each block
			var b strings.Builder
			for i := range 400 {
				fmt.Fprintf(&b, "<b x=%d>", i)
			}
			return b.String() + strings.Repeat(para, 1000)
		}(),
		"many attributes":     "<div " + strings.Repeat("a=b c=d ", 100_000) + ">" + para,
		"many bodies":         strings.Repeat(`<body a=b><html c=d>`, 40_000) + para,
		"anchors in tables":   strings.Repeat("<table><td><a href=1>", 150) + para,
		"a huge picture":      `<img src="data:image/png;base64,` + strings.Repeat("A", 1<<20) + `">` + para + para,
		"a view state":        `<input type=hidden name=__VIEWSTATE value="` + strings.Repeat("/wEP", 1<<18) + `">` + para + para,
		"related boxes":       strings.Repeat(`<div class=related><div class=menu>`, 200) + para,
		"headings":            strings.Repeat("<h1>Bà con thôn Đồng Tâm</h1>", 20_000) + para,
		"one long line":       strings.Repeat("Bà con thôn Đồng Tâm ", 100_000),
		"labels":              strings.Repeat("Ngày đăng: 24/08/2020 | Lượt xem: 12 - ", 20_000),
		"lines of dates":      strings.Repeat("Ngày đăng: 24/08/2020\n", 50_000),
		"lines of furniture":  strings.Repeat("In bài viết Gửi email Chia sẻ\n", 50_000),
		"dashes":              "<title>" + strings.Repeat("a - ", 100_000) + "</title>" + para,
		"unclosed everything": strings.Repeat("<div><p><span><td><li><form>", 60) + para,
	} {
		t.Run(name, func(t *testing.T) {
			p, err := page.Parse([]byte(body), page.Options{ContentType: "text/html"})
			if err == nil {
				check(t, p, page.Options{})
			}
			if p, err := page.Parse([]byte(body), options()); err == nil {
				check(t, p, options())
			}
		})
	}
}
