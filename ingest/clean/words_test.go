package clean_test

import (
	"strings"
	"testing"
	"unicode/utf8"

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
