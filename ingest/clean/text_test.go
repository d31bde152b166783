package clean_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"loa/ingest/clean"
)

func TestText(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "Chợ phiên họp sớm", "Chợ phiên họp sớm"},
		{"white space", "\n  Chợ\u00A0\u00A0phiên\t\r\nhọp\u3000sớm\u2028 ", "Chợ phiên họp sớm"},
		{"decomposed", "Vie\u0323\u0302t Nam", "Việt Nam"},
		{"mixed", "Việt Nam và Vie\u0302\u0323t Nam", "Việt Nam và Việt Nam"},
		{"as Windows-1258 decodes", "Vi\u00EA\u0323t", "Việt"},
		{"invalid UTF-8", "Chợ \xE1\xBA phiên\xFF", "Chợ \uFFFD phiên\uFFFD"},
		{"controls", "a\x00b\x01c\x0Bd\x7Fe\u0085f\u0090g", "abc de fg"},
		{"noncharacters", "a\uFFFEb\uFFFFc\uFDD0d\U0001FFFEe", "abcde"},
		{"byte order mark", "\uFEFFChợ", "Chợ"},
		{"zero width", "Ch\u200Bợ\u2060 \u200Cphi\u200Dên", "Chợ phiên"},
		{"soft hyphen", "thông\u00ADbáo", "thôngbáo"},
		{"bidirectional", "a\u202Egpj.exe\u202C b\u2066c\u2069\u200E", "agpj.exe bc"},
		{"emoji", "Mùa vàng 👩\u200D🌾 ✔\uFE0F", "Mùa vàng 👩\u200D🌾 ✔\uFE0F"},
		{"joiner outside emoji", "a\u200D👩 👩\u200D", "a👩 👩"},
		{"tags", "a\U000E0041\U000E007Fb", "ab"},
		{"a tower of marks", "a" + strings.Repeat("\u0321", 100), "a" + strings.Repeat("\u0321", 10)},
		{"look-alikes stay", "19-НQ/TW", "19-НQ/TW"},
		{"only white space", " \u00A0\n", ""},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := clean.Text(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			line(t, tt.in, clean.Text(tt.in))
		})
	}
}

// line checks what is promised of one line of text.
func line(t *testing.T, in, out string) {
	t.Helper()
	if !utf8.ValidString(out) || !norm.NFC.IsNormalString(out) {
		t.Errorf("%q: not UTF-8 in normal form: %q", in, out)
	}
	if strings.TrimSpace(out) != out || strings.Contains(out, "  ") {
		t.Errorf("%q: white space in %q", in, out)
	}
	for _, r := range out {
		if unicode.Is(unicode.Cc, r) || unicode.IsSpace(r) && r != ' ' || r&0xFFFE == 0xFFFE || unicode.Is(unicode.Bidi_Control, r) {
			t.Errorf("%q: U+%04X in %q", in, r, out)
		}
	}
	if again := clean.Text(out); again != out {
		t.Errorf("%q: not the same again: %q becomes %q", in, out, again)
	}
}

func TestPlain(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "Ngôi sao", "Ngôi sao"},
		{"entities", "Ng&ocirc;i sao &amp; m&#226;y&nbsp;xanh", "Ngôi sao & mây xanh"},
		{"once", "&amp;lt;b&amp;gt;", "&lt;b&gt;"},
		{"escaped tags are text", "Thẻ &lt;br&gt; là gì", "Thẻ <br> là gì"},
		{"tags", "<b>Tin</b> <a href='x>y'>nóng", "Tin y'>nóng"},
		{"inside a word", "Mư<span class=x>a</span>", "Mưa"},
		{"blocks part words", "Mưa<br/>gió<p>bão</p>", "Mưa gió bão"},
		{"less than", "a < b", "a < b"},
		{"less than a letter", "a <b và c", "a <b và c"},
		{"no element", "<Kính gửi> bà con", "<Kính gửi> bà con"},
		{"a heart", "Yêu <3 quê", "Yêu <3 quê"},
		{"comment", "a<!-- <b> -->b <!-- c", "ab <!-- c"},
		{"section", "<![CDATA[Mưa & <i>gió</i>]]>", "Mưa & gió"},
		{"script", "a<script>x('<p>')</SCRIPT>b", "ab"},
		{"open script", "a<style>x", "a"},
		{"entity of what is forbidden", "a&#0;&#x200B;b&#x202E;", "a\uFFFDb"},
		{"ampersand", "R&D & Q&A", "R&D & Q&A"},
		{"only a picture", "<img src=a>", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := clean.Plain(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzPlain(f *testing.F) {
	for _, s := range []string{"Ng&ocirc;i <b>sao</b>", "a\u0338<b>\u0301", "👩\u200D🌾\u200B\u0344", "<script><![CDATA[<!--&#x202E;", "\u1100\u1161\u11A8\xFF", "<p title='>'>x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line(t, s, clean.Text(s))
		line(t, s, clean.Plain(s))
	})
}
