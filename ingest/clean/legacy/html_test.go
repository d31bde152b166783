package legacy_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"loa/feeds"
	"loa/ingest/clean/legacy"
)

func TestMendHTML(t *testing.T) {
	tests := []struct {
		name string
		code legacy.Code
		in   string
		want string
	}{
		{"text alone", legacy.TCVN3, "N\u00adíc s¹ch", "Nước sạch"},
		{"not in tags", legacy.TCVN3, `<a href="/tin/Céng?x=µ" title="Céng">Céng <b>hßa</b></a>`, `<a href="/tin/Céng?x=µ" title="Céng">Cộng <b>hòa</b></a>`},
		{"references", legacy.TCVN3, `<p>&#174;&shy;êng &amp; &laquo;ng &lt;b&gt; &nbsp;n&#xAD;íc</p>`, "<p>đường &amp; ông &lt;b&gt; &nbsp;nước</p>"},
		{"references of other text stay", legacy.TCVN3, `<p>Ti&#7871;ng &reg;</p>`, "<p>Ti&#7871;ng &reg;</p>"},
		{"its own words stay", legacy.VNI, `<p>Nöôùc saïch</p><a>Xem tiếp và bình luận</a>`, `<p>Nước sạch</p><a>Xem tiếp và bình luận</a>`},
		{"not in comments", legacy.VNI, `<!-- Vieät > --><p>Vieät</p>`, `<!-- Vieät > --><p>Việt</p>`},
		{"not in scripts", legacy.VNI, `<script>"Vieät <b>Vieät"</script>Vieät<style>ñ</style>`, `<script>"Vieät <b>Vieät"</script>Việt<style>ñ</style>`},
		{"a bracket is text", legacy.VNI, `a < b Vieät <`, `a < b Việt <`},
		{"a tag without end", legacy.VNI, `Vieät <a href="ñ`, `Việt <a href="ñ`},
		{"no code", "", "Céng", "Céng"},
		{"nothing to do", legacy.VNI, "<p>Tin &amp; &copy;</p>", "<p>Tin &amp; &copy;</p>"},
		{"fewer syllables stay", legacy.TCVN3, "<p>thông báo có khí</p>", "<p>thông báo có khí</p>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := legacy.MendHTML(tt.in, tt.code); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// An article is judged as a whole, and what is Unicode in it stays.
func TestArticle(t *testing.T) {
	want := feeds.Article{
		Title: "Lịch cấp nước", Summary: "Thôn Đông từ 6 giờ",
		ContentHTML: `<p>Đề nghị bà con <a href="https://example.vn/tin/nước">trữ nước</a>, dùng tiết kiệm &amp; báo tin khi nước yếu.</p>`,
		Category:    "Đời sống", Tags: []string{"Nước", "Điện"}, Authors: []string{"Ban Biên tập"},
		Attachments: []feeds.Attachment{{URL: "https://example.vn/a.pdf", Title: "Sơ đồ"}},
		URL:         "https://example.vn/é",
	}
	encodings := map[legacy.Code]func(string) string{
		legacy.TCVN3: encodeTCVN3,
		legacy.VNI:   encodeVNI,
		legacy.UTF8As1252: func(s string) string {
			return written(s)[legacy.UTF8As1252]
		},
	}
	for code, enc := range encodings {
		in := want
		in.Title, in.Summary, in.Category = enc(want.Title), enc(want.Summary), enc(want.Category)
		in.ContentHTML = strings.ReplaceAll(enc(want.ContentHTML), enc("/nước"), "/nước")
		in.Tags, in.Authors = []string{enc("Nước"), enc("Điện")}, []string{enc("Ban Biên tập")}
		in.Attachments = []feeds.Attachment{{URL: "https://example.vn/a.pdf", Title: enc("Sơ đồ")}}
		given := slices.Clone(in.Tags)
		got, c := legacy.Article(in)
		if c != code {
			t.Errorf("%s is %q", code, c)
		}
		if got.Title != want.Title || got.Summary != want.Summary || got.ContentHTML != want.ContentHTML ||
			got.Category != want.Category || !slices.Equal(got.Tags, want.Tags) || !slices.Equal(got.Authors, want.Authors) ||
			!slices.Equal(got.Attachments, want.Attachments) || got.URL != want.URL {
			t.Errorf("%s: got %+v", code, got)
		}
		if !slices.Equal(in.Tags, given) || in.Attachments[0].Title != enc("Sơ đồ") {
			t.Error("slices of the argument were changed")
		}
		in.Title = want.Title // typed into a form, while the text was pasted
		if got, c := legacy.Article(in); c != code || got.Title != want.Title || got.ContentHTML != want.ContentHTML {
			t.Errorf("%s beside a title in Unicode: %q, %+v", code, c, got)
		}
	}
	if got, c := legacy.Article(want); c != "" || got.ContentHTML != want.ContentHTML {
		t.Errorf("Unicode is %q", c)
	}
	if got, c := legacy.Article(feeds.Article{Title: encodeTCVN3("Lịch cấp nước")}); c != "" || got.Title != encodeTCVN3("Lịch cấp nước") {
		t.Errorf("a title alone is %q", c)
	}
}

// References are as good as the letters.
func TestSampleOfReferences(t *testing.T) {
	var s legacy.Sample
	s.Add("<p>S&cedil;ng nay ng\u00ad&ecirc;i d&copy;n c&iuml;ng nhau d&auml;n k&ordf;nh m\u00ad&not;ng, tr&aring;ng c&copy;y &euml; nh&micro; v&uml;n h&atilde;a</p>")
	if c, sure := s.Code(); c != legacy.TCVN3 || !sure {
		t.Errorf("%q, %v", c, sure)
	}
}

func FuzzMend(f *testing.F) {
	const text = "Cộng hòa xã hội chủ nghĩa Việt Nam, độc lập - tự do - hạnh phúc"
	for _, s := range written(text) {
		f.Add(s)
		f.Add("<p>" + s + " Xem tiếp &reg;</p>")
	}
	f.Add(text)
	f.Add("Á ¿ \u0301 \xff\u00ad Ã©té \U0001F600 ﷺ")
	f.Fuzz(func(t *testing.T, s string) {
		out, c := legacy.Mend(s)
		if c == "" && out != s {
			t.Fatalf("unsure, and changed to %q", out)
		}
		if c != "" && !utf8.ValidString(out) {
			t.Fatalf("%q is not UTF-8", out)
		}
		if again, c := legacy.Mend(out); again != out || c != "" {
			t.Fatalf("%q became %q", out, again)
		}
		for _, c := range []legacy.Code{legacy.TCVN3, legacy.VNI, legacy.Windows1258, legacy.UTF8As1252, legacy.UTF8As1258} {
			if d := legacy.Decode(s, c); !utf8.ValidString(d) {
				t.Fatalf("%s: %q", c, d)
			}
			m := legacy.MendHTML(s, c)
			if utf8.ValidString(s) && !utf8.ValidString(m) || strings.Count(m, "<") != strings.Count(s, "<") || strings.Count(m, ">") != strings.Count(s, ">") {
				t.Fatalf("%s: %q", c, m)
			}
		}
		var sample legacy.Sample
		sample.Add(s)
		sample.Code()
		if v := legacy.Score(s); v < 0 || v > 1 {
			t.Fatal(v)
		}
	})
}

// body is 2.4 KB of what portals publish.
var body = strings.Repeat("<p>Sáng thứ bảy, người dân trong thôn cùng nhau nạo vét kênh mương, dọn cỏ ven đường và trồng thêm hai hàng cây "+
	"bóng mát trước <strong>nhà văn hóa</strong>. Bà con cho biết công việc này làm đều mỗi quý một lần.</p>\n", 10)

func BenchmarkDetect(b *testing.B) {
	ascii := strings.Repeat("The village council met on Saturday to plan the work on the canal. ", 36)
	for name, s := range map[string]string{
		"unicode": body, "ascii": ascii, "french": strings.Repeat(foreign["French"], 3)[:2400], "tcvn3": encodeTCVN3(body), "vni": encodeVNI(body),
		"title": "Lịch cấp nước tuần này",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				legacy.Detect(s)
			}
		})
	}
	b.Run("article", func(b *testing.B) {
		a := feeds.Article{Title: "Cả thôn dọn kênh mương", ContentHTML: body, Summary: "Sáng thứ bảy, người dân trong thôn cùng nhau"}
		b.ReportAllocs()
		for b.Loop() {
			legacy.Article(a)
		}
	})
}
