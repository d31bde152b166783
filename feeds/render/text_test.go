package render_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"loa/feeds/render"
)

type textCase struct{ in, want string }

func table(t *testing.T, fn func(string) string, cases []textCase) {
	t.Helper()
	for _, c := range cases {
		if got := fn(c.in); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestClean(t *testing.T) {
	table(t, render.Clean, []textCase{
		{"", ""},
		{"Thời tiết\tngày\nmai", "Thời tiết\tngày\nmai"},
		{"a\r\nb\rc\r", "a\nb\nc\n"},
		{"\x00a\x08b\x0bc\x0cd\x0ee\x1ff", "abcdef"},
		{"a\uFFFEb\uFFFFc", "abc"},
		{"a\xffb\xc3", "ab"},
		{"\xed\xa0\x80", ""}, // a surrogate
		{"ký tự thay \uFFFD vẫn ở lại", "ký tự thay \uFFFD vẫn ở lại"},
		{"\u0080a\u0085\u2028\u009f\u00a0\U0010FFFF\u007f", "a\u2028\u00a0\U0010FFFF"},
	})
}

func TestLine(t *testing.T) {
	table(t, render.Line, []textCase{
		{"  Giá  rau\n\thôm nay ", "Giá rau hôm nay"},
		{"\u00a0Điều\u00a05\u00a0", "Điều\u00a05"},
		{" \x01 ", ""},
	})
}

func TestExcerpt(t *testing.T) {
	cut := func(s string) string { return render.Excerpt(s, 12) }
	table(t, cut, []textCase{
		{"", ""},
		{"mười hai chữ", "mười hai chữ"},
		{"mười ba chữ cái", "mười ba chữ…"},
		{"một hai, ba bốn năm", "một hai, ba…"},
		{"mộthaibabốnnămsáu", "mộthaibabốn…"},
		{"một hai ba, bốn", "một hai ba…"},
	})
	rapid.Check(t, func(t *rapid.T) {
		s, n := rapid.String().Draw(t, "words"), rapid.IntRange(1, 40).Draw(t, "limit")
		if got := render.Excerpt(s, n); utf8.RuneCountInString(got) > n || !utf8.ValidString(got) {
			t.Fatalf("%q of %d runes: %q", s, n, got)
		}
	})
}

func TestAddress(t *testing.T) {
	table(t, render.Address, []textCase{
		{"https://tin.example.vn/a?b=1&c=%20#d", "https://tin.example.vn/a?b=1&c=%20#d"},
		{" HTTP://tin.example.vn ", "HTTP://tin.example.vn"},
		{"https://tin.example.vn/tệp đính kèm.pdf?q=\"x\"", "https://tin.example.vn/t%E1%BB%87p%20%C4%91%C3%ADnh%20k%C3%A8m.pdf?q=%22x%22"},
		{"http://[2001:db8::1]:8080/", "http://[2001:db8::1]:8080/"},
		{"http://[2001:db8::1]/?a[0]=[#b#c", "http://[2001:db8::1]/?a%5B0%5D=%5B#b%23c"},
		{"http://tin.example.vn/?giảm=5%&tới=10%2&c=%e1", "http://tin.example.vn/?gi%E1%BA%A3m=5%25&t%E1%BB%9Bi=10%252&c=%e1"},
		{"", ""}, {"/a", ""}, {"//tin.example.vn/a", ""}, {"http:tin.example.vn", ""}, {"https://:80/", ""},
		{"javascript:alert(1)", ""}, {"java\nscript:alert(1)", ""}, {"data:text/html,x", ""}, {"file:///etc/passwd", ""},
		{"http://tin.example.vn/%zz", ""},
	})
}

func TestLanguageTag(t *testing.T) {
	table(t, render.LanguageTag, []textCase{
		{"vi", "vi"}, {"vi-VN", "vi-VN"}, {"zh-Hant-TW", "zh-Hant-TW"}, {"sl-1994", "sl-1994"}, {" en ", "en"},
		{"", ""}, {"tiếng Việt", ""}, {"vi_VN", ""}, {"12", ""}, {"vi-", ""}, {"vietnamese", ""}, {"vi\" x=\"", ""},
	})
}

func TestMediaType(t *testing.T) {
	byName := func(name string) string { return render.MediaType("", "https://tin.example.vn/"+name) }
	table(t, byName, []textCase{
		{"a.PDF", "application/pdf"}, {"a.docx?x=1.png", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"a", "application/octet-stream"}, {"a.xyz", "application/octet-stream"}, {"b.jpeg#c", "image/jpeg"},
	})
	given := func(s string) string { return render.MediaType(s, "https://tin.example.vn/a.pdf") }
	table(t, given, []textCase{
		{"Text/HTML; charset=utf-8", "text/html"}, {"image/svg+xml", "image/svg+xml"},
		{"pdf", "application/pdf"}, {"a/b/c", "application/pdf"}, {"/", "application/pdf"}, {"văn/bản", "application/pdf"},
		{"text/" + strings.Repeat("x", 200), "application/pdf"},
	})
}
