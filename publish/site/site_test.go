package site_test

import (
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"loa/feeds"
	"loa/publish/site"
)

var update = flag.Bool("update", false, "write the golden files anew")

func at(hour, minute int) time.Time {
	return time.Date(2020, time.August, 24, hour, minute, 0, 0, feeds.Zone)
}

// drought is an ordinary article; its portal gives days only.
func drought() feeds.Record {
	return feeds.Record{
		ID: "k3v7", Revision: 1, Kind: feeds.Published,
		Article: feeds.Article{
			Unit: "09025", URL: "https://xa.example.vn/tin/chong-han?id=12&loai=3", Title: "Xã chống hạn cho 40 ha lúa mùa",
			Summary:     "Ba trạm bơm chạy suốt đêm để giữ nước cho cánh đồng Đông.",
			ContentHTML: "<p>Ba trạm bơm chạy suốt đêm.</p><h2>Lịch bơm</h2><ul><li>Thôn Đông: 18 giờ</li></ul>",
			Category:    "Kinh tế", Language: "vi", Authors: []string{"Ban Biên tập"}, Tags: []string{"chống hạn", "lúa mùa"},
			Published:   feeds.Date{Time: at(0, 0), Precision: feeds.Day, Raw: "24/08/2020"},
			Attachments: []feeds.Attachment{{URL: "https://xa.example.vn/lich-bom.pdf", Type: "application/pdf", Title: "Lịch bơm"}, {URL: "https://xa.example.vn/tep/ban-do.png"}},
		},
		FirstSeen: at(9, 5), Changed: at(9, 5),
	}
}

// library is a correction of an article without body, category and known date.
func library() feeds.Record {
	return feeds.Record{
		ID: "m2q8", Revision: 2, Kind: feeds.Updated, Reason: "sửa giờ mở cửa",
		Article: feeds.Article{
			Unit: "09999", URL: "https://thuvien.example.vn/mo-cua", Title: "Commune library opens on Sundays", Language: "en",
			ContentHTML: "<p>" + strings.Repeat("The reading room is open from eight to five. ", 20) + "</p>",
			Published:   feeds.Date{Raw: "chủ nhật tới", Precision: feeds.Unknown},
		},
		FirstSeen: at(7, 30), Changed: at(14, 0),
	}
}

func withdrawn() feeds.Record {
	r := drought()
	r.Kind, r.Revision = feeds.Withdrawn, 2
	r.Withdrawal = &feeds.Withdrawal{Time: at(16, 45), Reason: "Lịch bơm đã thay đổi"}
	return r
}

// hostile is an article whose every text wants out of its place.
func hostile() feeds.Record {
	const evil = `</title></style><script>alert(1)</script>"'><img src=x onerror=alert(2)> {{.}} &lt;`
	r := drought()
	a := &r.Article
	a.Title, a.Summary, a.Category, a.Authors, a.Tags = evil, evil, evil, []string{evil}, []string{evil}
	a.URL, a.Language, a.Unit = "javascript:alert(3)", `vi" onclick="alert(4)`, "09025"
	a.Attachments = []feeds.Attachment{{URL: "data:text/html,<script>alert(5)</script>", Title: evil}, {URL: `https://xa.example.vn/"><script>`, Title: evil, Type: evil}}
	r.Revision, r.Reason = 2, evil
	return r
}

// citing is an article that names documents; it may bring one of them out.
func citing(publishes bool) feeds.Record {
	r := drought()
	r.ID, r.Article.Title = "c1t3", "Sơ kết một năm thực hiện Nghị định 42/2022/NĐ-CP"
	if publishes {
		r.ID, r.Article.Title = "p0b1", "Nghị định 42/2022/NĐ-CP"
	}
	r.Article.Citations = []feeds.Citation{
		{Type: "NĐ", Number: "42", Year: "2022", Symbol: "NĐ-CP", Document: "42-2022-NĐ-CP", Date: "2022-06-24", InTitle: true, Publishes: publishes},
		{Type: "NQ", Number: "19", Symbol: "NQ/TW", Document: "19-NQ-TW"},
		{Type: "NQ", Number: "4", Term: "XII"},
	}
	return r
}

func unitName(code string, _ time.Time) string {
	return map[string]string{"09025": "Xã Yên Lạc", "<09>": "<b>"}[code]
}

func newSite() *site.Site {
	return site.New(site.Options{BaseURL: "https://tin.example.vn/loa", UnitName: unitName})
}

func unit(code, category string) feeds.Selector {
	return feeds.Selector{Kind: "units", Unit: code, Category: category}
}

var all = feeds.Selector{Kind: "all"}

// pages are all pages that the tests look at, by the name of their golden file.
func pages(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for suffix, p := range map[string]site.Page{"": {}, ".en": {Lang: site.English, Chosen: true}} {
		for name, page := range pagesAs(t, p) {
			out[name+suffix] = page
		}
	}
	return out
}

func pagesAs(t *testing.T, p site.Page) map[string]string {
	t.Helper()
	s := newSite()
	out := map[string]string{}
	page := func(path, query string) site.Page {
		p.Path, p.Query = path, query
		return p
	}
	add := func(name string, b []byte, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = string(b)
	}
	records := []feeds.Record{library(), drought(), withdrawn()}
	b, err := s.Home(site.Home{
		Feed: site.Feed{Page: page("/", ""), Subject: site.Subject{Selector: all}, Records: records},
		Provinces: []site.Group{
			{Title: "Tỉnh Phú Thọ", Feed: feeds.Selector{Kind: "provinces", Unit: "25"}, Feeds: []site.Listed{{Selector: unit("25", ""), Title: "Tỉnh Phú Thọ"}, {Selector: unit("09025", ""), Title: "Xã Yên Lạc"}}},
			{Feeds: []site.Listed{{Selector: unit("99999", ""), Title: "Đơn vị 99999"}}},
		},
		Retired:    []site.Listed{{Selector: unit("251", ""), Title: "Huyện Yên Lạc"}},
		Categories: []site.Listed{{Selector: feeds.Selector{Kind: "categories", Category: "kinh-te"}, Title: "Kinh tế"}},
		Types:      []site.Listed{{Selector: feeds.Selector{Kind: "types", Type: "NQ"}, Title: "Văn bản loại Nghị quyết (NQ)"}},
		Search:     true,
	})
	add("home", b, err)
	looked := site.Feed{Page: page("/feeds/search", ""), Subject: site.Subject{Selector: feeds.Selector{Kind: "search"}}, Searching: true}
	b, err = s.Feed(looked)
	add("search", b, err)
	looked.Page, looked.Query, looked.Subject.Label, looked.Records = page("/feeds/search", "q=h%E1%BA%A1n"), "hạn", "hạn", []feeds.Record{drought()}
	looked.Same = map[string][]feeds.Record{drought().ID: {library()}}
	b, err = s.Feed(looked)
	add("search-found", b, err)
	b, err = s.Feed(site.Feed{Page: page("/feeds/all", "unit=09025&unit=09999"), Subject: site.Subject{Selector: all, Union: []string{"Xã Yên Lạc", "09999"}},
		Related: []site.Listed{{Selector: unit("09025", ""), Title: "Xã Yên Lạc"}}, Records: records})
	add("feed-union", b, err)
	b, err = s.Feed(site.Feed{Page: page("/feeds/units/09025", ""), Subject: site.Subject{Selector: unit("09025", ""), Unit: "Xã Yên Lạc"},
		Related: []site.Listed{{Selector: unit("09025", "kinh-te"), Title: "Kinh tế"}}, Records: records})
	add("feed", b, err)
	b, err = s.Feed(site.Feed{Page: page("/feeds/units/09999", ""), Subject: site.Subject{Selector: unit("09999", "")}})
	add("feed-without-articles", b, err)
	retired := &site.Retired{Date: time.Date(2025, time.July, 1, 0, 0, 0, 0, feeds.Zone), Act: "203/2025/QH15",
		Successors: []site.Listed{{Selector: unit("09025", ""), Title: "Xã Yên Lạc"}, {Selector: unit("09064", ""), Title: "Xã Liên Châu"}}}
	district := site.Subject{Selector: unit("251", ""), Unit: "Huyện Yên Lạc"}
	b, err = s.Feed(site.Feed{Page: page("/feeds/units/251", ""), Subject: district, Retired: retired, Records: []feeds.Record{drought()}})
	add("feed-retired", b, err)
	district.Follow = true
	b, err = s.Feed(site.Feed{Page: page("/feeds/units/251", "succession=follow"), Subject: district, Records: []feeds.Record{drought()}})
	add("feed-followed", b, err)
	district.Follow, district.AsOf = false, time.Date(1990, time.January, 1, 0, 0, 0, 0, feeds.Zone)
	b, err = s.Feed(site.Feed{Page: page("/feeds/units/251", "as_of=1990-01-01"), Subject: district, Absent: true})
	add("feed-as-of-a-day", b, err)
	decree := feeds.Selector{Kind: "documents", Document: "42-2022-NĐ-CP"}
	b, err = s.Feed(site.Feed{Page: page("/feeds/documents/42-2022-NĐ-CP", ""), Subject: site.Subject{Selector: decree, Label: "42/2022/NĐ-CP"}, Records: []feeds.Record{citing(false), citing(true)}})
	add("feed-document", b, err)
	for name, r := range map[string]feeds.Record{"article": drought(), "article-corrected": library(), "article-withdrawn": withdrawn(), "article-hostile": hostile(), "article-citing": citing(true)} {
		b, err = s.Article(page("/articles/"+r.ID, ""), &r)
		add(name, b, err)
	}
	evil := hostile()
	b, err = s.Feed(site.Feed{Page: page("/feeds/units/09025", ""), Subject: site.Subject{Selector: unit("09025", ""), Unit: evil.Article.Title},
		Retired: &site.Retired{Act: evil.Article.Title, Successors: []site.Listed{{Selector: all, Title: evil.Article.Title}}},
		Related: []site.Listed{{Selector: all, Title: evil.Article.Title}}, Records: []feeds.Record{evil}})
	add("feed-hostile", b, err)
	return out
}

func TestGolden(t *testing.T) {
	style := regexp.MustCompile(`(?s)<style>.*?</style>`)
	for name, got := range pages(t) {
		got = style.ReplaceAllString(got, "<style>site.css</style>")
		file := filepath.Join("testdata", name+".html")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s differs; raise site.Version with -update (-want +got):\n%s", file, d)
		}
	}
}

// What must hold for every page, however hostile its articles are.
func TestEveryPage(t *testing.T) {
	for name, page := range pages(t) {
		want := "vi"
		if strings.HasSuffix(name, ".en") {
			want = "en"
		}
		root, err := html.Parse(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		level, h1, alternates := 0, 0, map[string]string{}
		for n := range root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
					t.Errorf("%s: <%s %s>", name, n.Data, a.Key)
				}
				if u := strings.ToLower(a.Val); (a.Key == "href" || a.Key == "src") && (strings.Contains(u, "javascript:") || strings.HasPrefix(u, "data:")) {
					t.Errorf("%s: %s=%q", name, a.Key, a.Val)
				}
				if a.Key == "id" && ids[a.Val] {
					t.Errorf("%s: id %q twice", name, a.Val)
				} else if a.Key == "id" {
					ids[a.Val] = true
				}
			}
			switch n.DataAtom {
			case atom.Script, atom.Iframe, atom.Img:
				t.Errorf("%s: <%s>", name, n.Data)
			case atom.Form:
				if attr(n, "action") != "/loa/feeds/search" || attr(n, "method") != "get" {
					t.Errorf("%s: <form> %v", name, n.Attr)
				}
			case atom.Html:
				if attr(n, "lang") != want {
					t.Errorf("%s: language %q", name, attr(n, "lang"))
				}
			case atom.H1, atom.H2, atom.H3, atom.H4:
				now := int(n.Data[1] - '0')
				if now > level+1 {
					t.Errorf("%s: <%s> after h%d", name, n.Data, level)
				}
				if level = now; level == 1 {
					h1++
				}
			case atom.Link:
				if attr(n, "rel") == "alternate" {
					alternates[attr(n, "type")] = attr(n, "href")
					if attr(n, "title") == "" {
						t.Errorf("%s: feed without a title", name)
					}
				}
			case atom.A:
				if strings.TrimSpace(text(n)) == "" || attr(n, "href") == "" {
					t.Errorf("%s: link %q without text or address", name, attr(n, "href"))
				}
			}
		}
		if h1 != 1 {
			t.Errorf("%s: %d h1", name, h1)
		}
		for _, f := range feeds.Formats {
			if href := alternates[f.MediaType()]; !strings.HasPrefix(href, "https://tin.example.vn/loa/feeds/") || !strings.HasSuffix(strings.Split(href, "?")[0], "."+string(f)) {
				t.Errorf("%s: %s at %q", name, f, href)
			}
		}
		if !strings.Contains(page, `<a class="skip" href="#main">`) || !ids["main"] {
			t.Errorf("%s: no skip link", name)
		}
	}
}

func TestHomeExplainsTheExtension(t *testing.T) {
	if !strings.Contains(pages(t)["home"], `<h2 id="json-feed">`) {
		t.Error("the documents' `about` leads nowhere")
	}
}

// The policy lets the page's own style sheet through and nothing else.
func TestSecurityPolicy(t *testing.T) {
	page := pages(t)["home"]
	_, rest, _ := strings.Cut(page, "<style>")
	css, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(css))
	if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(site.SecurityPolicy(), want) {
		t.Errorf("%s does not allow the page's style %s", site.SecurityPolicy(), want)
	}
	if strings.Contains(site.SecurityPolicy(), "unsafe") || strings.Contains(site.SecurityPolicy(), "script-src") {
		t.Errorf("%s", site.SecurityPolicy())
	}
}

// WCAG 2.1 success criterion 1.4.3: 4.5 to 1, in both colour schemes.
func TestContrast(t *testing.T) {
	css, err := os.ReadFile("site.css")
	if err != nil {
		t.Fatal(err)
	}
	schemes := regexp.MustCompile(`:root \{([^}]*)\}`).FindAllStringSubmatch(string(css), -1)
	if len(schemes) != 2 {
		t.Fatalf("%d colour schemes", len(schemes))
	}
	for i, s := range schemes {
		colour := map[string]float64{}
		for _, m := range regexp.MustCompile(`--(\w+): #([0-9a-f]+)`).FindAllStringSubmatch(s[1], -1) {
			colour[m[1]] = luminance(t, m[2])
		}
		for _, front := range []string{"text", "quiet", "link", "seen"} {
			for _, back := range []string{"ground", "raised"} {
				light, dark := max(colour[front], colour[back]), min(colour[front], colour[back])
				if ratio := (light + 0.05) / (dark + 0.05); ratio < 4.5 {
					t.Errorf("scheme %d: %s on %s has %.2f", i, front, back, ratio)
				}
			}
		}
	}
}

// luminance is the relative luminance of WCAG 2.1.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}
