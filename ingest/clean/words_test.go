package clean_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"loa/feeds"
	"loa/ingest/clean"
)

func TestTextOf(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"<p>Một</p><p>Hai<br/>ba</p>", "Một\n\nHai\nba"},
		{"<p>Một  <b>h</b>ai\n ba</p>", "Một hai ba"},
		{"<h2>Lịch</h2><ul><li>Thứ hai</li><li><p>Thứ ba</p><ul><li>sáng</li></ul></li></ul><p>Hết</p>", "Lịch\n\n- Thứ hai\n- Thứ ba\n- sáng\n\nHết"},
		{"<table><tbody><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></tbody></table>", "1 2\n3"},
		{"<p>a &lt; b &amp; c\u00A0d</p>", "a < b & c d"},
		{`<p>a<img src="https://example.vn/x.png" alt=""/>b</p>`, "a b"},
		{`<p><a href="https://example.vn/?a&gt;b">c</a></p>`, "c"},
		{"a<br/><br/>b", "a\n\nb"},
	}
	for _, tt := range tests {
		if got := clean.TextOf(tt.in); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestSummary(t *testing.T) {
	const two = "<p>Sáng nay, chợ họp sớm hơn mọi ngày. Rau xanh đầy các sạp.</p><p>Giá không đổi.</p>"
	tests := []struct {
		name, in string
		n        int
		want     string
	}{
		{"all of it", two, 300, "Sáng nay, chợ họp sớm hơn mọi ngày. Rau xanh đầy các sạp. Giá không đổi."},
		{"whole sentences", two, 62, "Sáng nay, chợ họp sớm hơn mọi ngày. Rau xanh đầy các sạp."},
		{"the first sentence", two, 50, "Sáng nay, chợ họp sớm hơn mọi ngày."},
		{"inside a sentence", two, 20, "Sáng nay, chợ họp…"},
		{"no punctuation before the ellipsis", two, 11, "Sáng nay…"},
		{"one endless word", "<p>" + strings.Repeat("a", 500) + "</p>", 10, "aaaaaaaaaa…"},
		{"one long word", "<p>aaaaaaaaaaaaaaa bb</p>", 10, "aaaaaaaaaaaaaaa…"},
		{"the end mark", "<p>Nước đã có lại./.</p><p>Ban Biên tập</p>", 300, "Nước đã có lại."},
		{"abbreviations", "<p>Đoàn do TS. An dẫn đầu về TP. Việt Trì làm việc trong hai ngày. Trời đẹp.</p>", 70, "Đoàn do TS. An dẫn đầu về TP. Việt Trì làm việc trong hai ngày."},
		{"numbers", "<p>Thu được 1.024 tạ, đạt 121,8% kế hoạch của cả vụ. Bà con rất vui mừng.</p>", 60, "Thu được 1.024 tạ, đạt 121,8% kế hoạch của cả vụ."},
		{"a quote that ends with the sentence", `<p>Bác nói: "Nước trong lắm." Rồi bác đi tiếp con đường làng.</p>`, 40, `Bác nói: "Nước trong lắm."`},
		{"dots inside", "<p>Điện, nước... đã có lại ở khắp các thôn trong xã.</p>", 30, "Điện, nước... đã có lại ở…"},
		{"question", "<p>Vì sao nước yếu? Bà con hỏi nhau suốt cả tuần qua.</p>", 30, "Vì sao nước yếu?"},
		{"an end mark with a blank", "<p>Nước đã có lại . /.</p><p>Ban Biên tập</p>", 300, "Nước đã có lại."},
		{"an end mark without a stop", "<p>Nước đã có lại/.</p>", 300, "Nước đã có lại."},
		{"an end mark and a name", "<p>Nước đã có lại./.Ban Biên tập</p>", 300, "Nước đã có lại."},
		{"an end mark in a quote", "<p>Bác nói: “Nước đã có lại./.”</p>", 300, "Bác nói: “Nước đã có lại.”"},
		{"an end mark after a question", "<p>Nước có lại chưa?/.</p>", 300, "Nước có lại chưa?"},
		{"a path", "<p>Mở ./.cau-hinh và ../.. trên máy.</p>", 300, "Mở ./.cau-hinh và ../.. trên máy."},
		{"an address", "<p>Xem ở https://example.vn/. Bà con đọc kỹ.</p>", 300, "Xem ở https://example.vn/. Bà con đọc kỹ."},
		{"dates with strokes", "<p>Ngày 5/10/2026. Trời đẹp, 5/6. Gió nhẹ.</p>", 300, "Ngày 5/10/2026. Trời đẹp, 5/6. Gió nhẹ."},
		{"a list of numbers", "<p>Cán bộ xã đã học tập Nghị quyết số 18, 19-NQ/TW và bàn cách làm ở từng thôn trong cả năm nay</p>", 45, "Cán bộ xã đã học tập…"},
		{"a citation that fits", "<p>Cán bộ xã đã học tập Nghị quyết số 18, 19-NQ/TW và bàn cách làm ở từng thôn trong cả năm nay</p>", 52, "Cán bộ xã đã học tập Nghị quyết số 18, 19-NQ/TW và…"},
		{"a citation with its date", "<p>Xã đã niêm yết công khai thủ tục theo Nghị định số 42/2022/NĐ-CP ngày 24 tháng 6 năm 2022 của Chính phủ tại bộ phận một cửa</p>", 70, "Xã đã niêm yết công khai thủ tục theo…"},
		{"a citation at the start", "<p>Nghị định số 42/2022/NĐ-CP ngày 24 tháng 6 năm 2022 của Chính phủ nay đã có bản giải thích ngắn cho bà con</p>", 40, "Nghị định số 42/2022/NĐ-CP ngày 24 tháng 6 năm 2022…"},
		{"no-break spaces", "<p>Sáng\u00A0nay,\u00A0chợ\u202Fhọp&nbsp;sớm hơn mọi ngày trong tuần</p>", 20, "Sáng nay, chợ họp…"},
		{"marks of their own", "<p>Sa\u0301ng nay, chơ\u0323 ho\u0323p sơ\u0301m hơn mo\u0323i nga\u0300y trong tuâ\u0300n</p>", 20, "Sáng nay, chợ họp…"},
		{"nothing", "", 300, ""},
		{"no room", two, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := clean.Summary(tt.in, tt.n); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A summary that came with the article keeps no end mark, and no part of a
// citation where it must be cut.
func TestGivenSummary(t *testing.T) {
	long := strings.Repeat("nước sạch ", 397) + "theo Nghị định số 42/2022/NĐ-CP ngày 24 tháng 6 năm 2022 " + strings.Repeat("nước ", 100)
	for in, want := range map[string]string{
		"Nước đã có lại./.":                "Nước đã có lại.",
		"<p>Nước đã có lại./.</p>":         "Nước đã có lại.",
		"Nước đã có lại./. Ban Biên tập":   "Nước đã có lại.",
		"Nước đã có lại":                   "Nước đã có lại",
		"Nước sạch 24/24. Ai cũng dùng...": "Nước sạch 24/24. Ai cũng dùng...",
		long: strings.Repeat("nước sạch ", 397) + "theo",
	} {
		a := clean.Article(feeds.Article{Unit: "09025", Number: "1", Title: "Tin", Summary: in}, nil)
		if a.Summary != want {
			t.Errorf("got %q, want %q", a.Summary, want)
		}
		if again := clean.Article(a, nil); again.Summary != a.Summary {
			t.Errorf("%q became %q", a.Summary, again.Summary)
		}
	}
	// A letter and its marks stay together.
	a := clean.Article(feeds.Article{Unit: "09025", Number: "1", Title: strings.Repeat("x\u0323\u0301", 1000)}, nil)
	if n := utf8.RuneCountInString(a.Title); n != 999 || !strings.HasSuffix(a.Title, "x\u0323\u0301") {
		t.Errorf("%d runes", n)
	}
}

func FuzzSummary(f *testing.F) {
	f.Add("<p>Sáng nay. Chợ “họp” sớm./.</p>", 20)
	f.Fuzz(func(t *testing.T, s string, n int) {
		if n > 1000 {
			n %= 1000
		}
		html := clean.HTML(s, base)
		line(t, s, clean.Summary(html, n))
		if got := clean.Summary(html, n); utf8.RuneCountInString(got) > max(0, 2*n)+2 {
			t.Errorf("%d runes of at most %d", utf8.RuneCountInString(got), n)
		}
		clean.TextOf(html)
	})
}
