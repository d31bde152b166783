package clean_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"loa/ingest/clean"
)

// pieces are what the generator strings together: random bytes seldom make the
// nestings in which a parser moves elements about.
var pieces = []string{
	"<p>", "</p>", "<p>", "</p>", "<b>", "</b>", "<i>", "</i>", "<strong>", "</strong>", "<em>", "</em>", "<u>", "</u>", "<br>", "<br/>", "</br>", "<hr>", "<hr/>",
	"<ul>", "</ul>", "<ol>", "</ol>", "<li>", "</li>", "<div>", "</div>", "<blockquote>", "</blockquote>", "<h2>", "</h2>", "<h3>", "</h3>",
	"<table>", "</table>", "<tbody>", "</tbody>", "<thead>", "</thead>", "<tr>", "</tr>", `<td colspan="2">`, "<td>", "</td>", "<th rowspan=3>", "</th>", "<caption>", "</caption>",
	`<a href="/x">`, `<a href="x?a=1&amp;b=2">`, `<a href="javascript:x">`, "<a>", "</a>", `<img src="a.png" alt="b &amp; c">`, `<img src="x:y"/>`, `<img width=130 height=80 src='c.png' >`, `<p align=left class='x'>`, `<p a=b/>`, `<a href=x.html>`, `<img src=a.png/>`, `<td colspan='2'>`, `<p a='<'>`, `<p a="'">`, "<p a=`>", `<img data-src="/b.png" width="10px">`,
	"<span>", "</span>", `<span style="a">`, "<font>", "</font>", "<figure>", "</figure>", "<figcaption>", "</figcaption>", "<section>", "</section>", "<article>", "</article>",
	"<pre>", "</pre>", "<dl>", "<dt>", "<dd>", "</dl>", "<center>", "</center>", "<form>", "</form>", "<sub>", "</sub>", "<sup>", "</sup>", "<small>", "</small>", "<code>", "</code>",
	"<svg>", "</svg>", "<math>", "<style>", "</style>", "<script>", "</script>", "<select>", "</select>", "<iframe>", "</iframe>", "<!-- x -->", "<!--", "-->", "</br>", "<nobr>", "<summary>",
	" ", "\n", "\u00A0", "&nbsp;", "a", "ệ", "e", "\u0301", "&#769;", "\u0338", "&#x338;", "&lt;", "&amp;", "&", "'", `"`, "<", ">", "\r\n", "&#13;", "&#0;", "\u200B", "&#x202E;", "😀", "\u200D", "1 < 2",
}

func TestHTMLProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 40).Draw(rt, "pieces"), "")
		safe(t, s)
		if t.Failed() {
			rt.Fatal("see above")
		}
	})
}

// names are the elements that the tests below put into each other.
var names = []string{
	"p", "b", "i", "strong", "u", "ul", "ol", "li", "div", "blockquote", "h2", "h3", "table", "tbody", "thead", "tr", "td", "th",
	`a href="/x"`, "span", "figure", "figcaption", "section", "article", "sub", "small", "code", "pre", "dl", "dt", "dd", "caption", "center", "font", "address", "q",
}

// TestEveryPair puts each element into each other one, alone and in a cell.
func TestEveryPair(t *testing.T) {
	wrap := func(name, s string) string {
		tag, _, _ := strings.Cut(name, " ")
		return "<" + name + ">" + s + "</" + tag + ">"
	}
	for _, outer := range names {
		for _, inner := range append([]string{"hr", "br"}, names...) {
			s := wrap(outer, wrap(inner, "a"))
			if inner == "hr" || inner == "br" {
				s = wrap(outer, "<"+inner+">")
			}
			safe(t, s)
			safe(t, wrap(outer, "b "+wrap(inner, "a")+"c"))
			safe(t, "<table><tbody><tr><td>"+s+"</td></tr></tbody></table>")
			safe(t, "<ul><li>"+s+"</li></ul>")
		}
	}
}

// TestNestingProperties gives balanced markup in every nesting, most of which the
// fast way must know to keep or to refuse.
func TestNestingProperties(t *testing.T) {
	leaves := []string{"a", "ệ", " ", "\n", "\u00A0", "&amp;", "<br>", "</br>", "<hr>", `<img width=130 height='80' src='c.png' >`, `<img src="a.png"/>`, "e", "\u0301", "&#x338;", "'"}
	// Mostly what belongs in an element, sometimes anything.
	inside := map[string][]string{
		"ul": {"li"}, "ol": {"li"}, "table": {"tbody", "thead"}, "tbody": {"tr"}, "thead": {"tr"}, "tr": {"td", "th"},
		"p": {"b", "i", "strong", "u", "span", "sub", `a href="/x"`}, "h2": {"b", "i"}, "b": {"i", "u"}, "i": {"b", "strong"},
	}
	var tree func(rt *rapid.T, b *strings.Builder, name string, depth int)
	tree = func(rt *rapid.T, b *strings.Builder, name string, depth int) {
		b.WriteString("<" + name + ">")
		tag, _, _ := strings.Cut(name, " ")
		for range rapid.IntRange(0, 3).Draw(rt, "children") {
			from, usual := inside[name]
			if !usual || rapid.IntRange(0, 9).Draw(rt, "odd") == 0 {
				from = names
			}
			switch {
			case depth < 6 && rapid.IntRange(0, 2).Draw(rt, "nest") > 0:
				tree(rt, b, rapid.SampledFrom(from).Draw(rt, "element"), depth+1)
			case !usual || from[0] != "li" && from[0] != "tr":
				b.WriteString(rapid.SampledFrom(leaves).Draw(rt, "leaf"))
			}
		}
		b.WriteString("</" + tag + ">")
	}
	taken := 0
	rapid.Check(t, func(rt *rapid.T) {
		var b strings.Builder
		for range rapid.IntRange(1, 3).Draw(rt, "roots") {
			tree(rt, &b, rapid.SampledFrom(names).Draw(rt, "root"), 0)
		}
		if _, ok := clean.Fast(b.String(), base); ok {
			taken++
		}
		if safe(t, b.String()); t.Failed() {
			rt.Fatal("see above")
		}
	})
	t.Logf("the fast way took %d", taken)
}

// TestFastTakesTheUsual guards the speed: bodies as editors write them must not
// fall to the slow way.
func TestFastTakesTheUsual(t *testing.T) {
	for _, s := range []string{
		body,
		strings.ReplaceAll(body, "<p>", `<p style="text-align: justify;" class="body-text">`),
		strings.ReplaceAll(body, "\n", "\r\n"),
		`<div class="c"><h2>Lịch</h2><ul><li>Sáng</li><li><a href="/x.html" target="_blank">chiều</a></li></ul></div>`,
		`<p><img src="https://example.vn/a.jpg" alt="Cầu &quot;mới&quot;" width="600" height="400" /></p><p>&nbsp;</p>`,
		"\n\n<a href=\"https://example.vn/x.html\"><img width=130 height=100 src=\"https://example.vn/a.jpg\" ></a></br>Chợ họp sớm.\n",
		`<table border="1"><tbody><tr><td colspan="2"><p>1</p></td></tr></tbody></table>`,
	} {
		if _, ok := clean.Fast(s, base); !ok {
			t.Errorf("the slow way for %.80q", s)
		}
		safe(t, s)
	}
}
