package clean_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/unicode/norm"

	"loa/ingest/clean"
)

var base, _ = url.Parse("https://example.vn/tin/bai-1.html")

func TestHTML(t *testing.T) {
	const link = ` rel="noopener noreferrer nofollow"`
	tests := []struct{ name, in, want string }{
		{"empty", "", ""},
		{"plain paragraphs", "<p>Chợ họp sớm.</p>\n<p>Mưa <b>to</b>.</p>", "<p>Chợ họp sớm.</p>\n<p>Mưa <b>to</b>.</p>"},
		{"text alone", "Chợ họp < sớm & vui", "Chợ họp &lt; sớm &amp; vui"},
		{"attributes go", `<p class="x" style="color:red" id=y onclick="z()">a</p>`, "<p>a</p>"},
		{"span goes, its words stay", `<p><span style="font-size:14pt">Mư</span>a</p>`, "<p>Mưa</p>"},
		{"entities", "<p>Ng&ocirc;i sao &amp; &quot;m&acirc;y&quot;&nbsp;xanh</p>", "<p>Ngôi sao &amp; &#34;mây&#34;\u00A0xanh</p>"},
		{"normal form", "<p>Vie\u0323\u0302t</p>", "<p>Việt</p>"},
		{"normal form over a tag that goes", "<p>e<span>\u0301</span></p>", "<p>é</p>"},
		{"a mark that would join with the bracket", "<p><b>&#x338;a</b></p>", "<p><b>a</b></p>"},
		{"empty paragraphs", "<p>a</p><p>&nbsp;</p><p><br></p><p> <b>\u00A0</b></p><p>b</p>", "<p>a</p><p>b</p>"},
		{"unbalanced", "<p>a<p>b<b>c", "<p>a</p><p>b<b>c</b></p>"},
		{"stray end tags", "</br>a</div></p>", "<br/>a"},
		{"break", "a<br>b<br/>c<br />d", "a<br/>b<br/>c<br/>d"},
		{"upper case", "<P>a<BR>b</P>", "<p>a<br/>b</p>"},
		{"line ends", "<p>a\r\nb</p>\r\n<p>c</p>", "<p>a\nb</p>\n<p>c</p>"},
		{"blocks that become a div", "<center>a</center><header>b</header>", "<div>a</div><div>b</div>"},
		{"link", `<a href="/van-ban/12.pdf" target="_blank" onclick="x()">a</a>`, `<a href="https://example.vn/van-ban/12.pdf"` + link + `>a</a>`},
		{"link with a query", `<a href="?a=1&amp;b=2">a</a>`, `<a href="https://example.vn/tin/bai-1.html?a=1&amp;b=2"` + link + `>a</a>`},
		{"link with blanks", `<a href="/tệp tin.pdf">a</a>`, `<a href="https://example.vn/t%E1%BB%87p%20tin.pdf"` + link + `>a</a>`},
		{"bad link", `<p><a href="javascript:alert(1)">a</a> <a>b</a></p>`, "<p>a b</p>"},
		{"mail", `<a href="mailto:phong@example.vn?bcc=x@example.org">a</a>`, `<a href="mailto:phong@example.vn"` + link + `>a</a>`},
		{"picture", `<img src="a.jpg" width=130 height="80" alt="Cầu" style="x" onerror="y()">`, `<img src="https://example.vn/tin/a.jpg" alt="Cầu" width="130" height="80"/>`},
		{"lazy picture", `<img src="data:image/gif;base64,R0" data-src="//example.org/a.jpg">`, `<img src="https://example.org/a.jpg" alt=""/>`},
		{"picture that is none", `<p>a<img src="data:image/png;base64,R0"></p>`, "<p>a</p>"},
		{"list", "<ul><li>a</li><li><p>b</p></li></ul>", "<ul><li>a</li><li><p>b</p></li></ul>"},
		{"table", `<table border="1"><tr><td colspan="2" width="3">a</td></tr></table>`, `<table><tbody><tr><td colspan="2">a</td></tr></tbody></table>`},
		{"script", "<p>a</p><script>alert('<p>x</p>')</script><p>b</p>", "<p>a</p><p>b</p>"},
		{"comment", "<p>a<!-- <b>x --></p>", "<p>a</p>"},
		{"a document", "<html><head><title>x</title><style>p{}</style></head><body><p>a</p></body></html>", "<p>a</p>"},
		{"emoji", "<p>👍🏽 👩\u200D🌾</p>", "<p>👍🏽 👩\u200D🌾</p>"},
		{"invisible", "<p>a\u200B\u00AD\uFEFF\u202Eb\x00\x0B</p>", "<p>ab</p>"},
		{"invisible by entity", "<p>a&#x200B;&#x202E;b&#11;&#xFFFE;</p>", "<p>ab</p>"},
		{"too deep", strings.Repeat("<div>", 600) + "a &amp; b<p>c", "<p>a &amp; b</p>\n<p>c</p>"},
		{"too deep, with scripts", strings.Repeat("<div>", 600) + "<script>x</script>a", "<p>a</p>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := clean.HTML(tt.in, base)
			if got = strings.ReplaceAll(got, "\n</p>", "</p>"); got != tt.want {
				t.Errorf("got\n%q, want\n%q", got, tt.want)
			}
			safe(t, tt.in)
		})
	}
	if got := clean.HTML(`<a href="/a">a</a><img src="b.png">`, nil); got != "a" {
		t.Errorf("without a base: %q", got)
	}
}

// hostile is markup that has run scripts somewhere, or would break a page.
var hostile = []string{
	`<script>alert(1)</script>`, `<SCRIPT SRC=//example.org/x.js></SCRIPT>`, `<scr<script>ipt>alert(1)</scr</script>ipt>`,
	`<script/x>alert(1)</script\n>`, `<<script>alert(1)//<</script>`, `<script>alert(1)`, `</script><script>alert(1)</script>`,
	`<img src=x onerror=alert(1)>`, `<img/src="x"/onerror=alert(1)>`, "<img src=x\nonerror\n=\nalert(1)>", `<img src="javascript:alert(1)">`,
	"<img src=`javascript:alert(1)`>", `<img """><script>alert(1)</script>">`, `<img src="a" alt="x" onerror="alert(1)">`, `<img src=x:alert(alt) onerror=eval(src) alt=0>`,
	`<img srcset="javascript:alert(1) 2x" src=a.png>`, `<img src='a.png' alt='"><script>alert(1)</script>'>`, `<img alt="&quot;><script>" src=a>`,
	`<a href="javascript:alert(1)">a</a>`, `<a href="JaVaScRiPt:alert(1)">a</a>`, "<a href=\"java\tscript:alert(1)\">a</a>", "<a href=\"java\nscript:alert(1)\">a</a>",
	`<a href="&#106;avascript:alert(1)">a</a>`, `<a href="&#x6A;&#x61;vascript&colon;alert(1)">a</a>`, `<a href=" javascript:alert(1)">a</a>`, "<a href=\"\x01javascript:alert(1)\">a</a>",
	"<a href=\"\u00A0javascript:alert(1)\">a</a>", "<a href=\"\u200Bjavascript:alert(1)\">a</a>", `<a href="vbscript:x">a</a>`, `<a href="data:text/html,<script>alert(1)</script>">a</a>`,
	`<a href="data:text/html;base64,PHNjcmlwdD4=">a</a>`, `<a href="//javascript:alert(1)">a</a>`, `<a href="http://a@example.org/">a</a>`, `<a href="https:javascript:alert(1)">a</a>`,
	`<a href="javascript&NewLine;:alert(1)">a</a>`, `<a href='x' style='background:url(javascript:alert(1))'>a</a>`, `<a href="feed:javascript:alert(1)">a</a>`, `<a href="blob:https://example.org/x">a</a>`,
	`<a href="mailto:a@example.vn&quot; onclick=&quot;x">a</a>`, `<a href="https://example.vn/&quot;onmouseover=alert(1)">a</a>`, `<a href="https://example.vn/'onmouseover='alert(1)">a</a>`,
	`<a id=x name=y href=/z><a id=x name=attributes href=/q>`, `<form id=document><input name=cookie></form>`, `<form action="javascript:x"><button formaction="javascript:y">b</button></form>`,
	`<svg onload=alert(1)>`, `<svg><script>alert(1)</script></svg>`, `<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>`, `<svg><style><img src=x onerror=alert(1)></style></svg>`,
	`<svg><animate attributeName=href values=javascript:alert(1) /><a id=x><text>y</text></a></svg>`, `<svg><foreignObject><iframe srcdoc="x"></iframe></foreignObject></svg>`,
	`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`, `<math><mi xlink:href="javascript:alert(1)">x</mi></math>`,
	`<math><annotation-xml encoding="text/html"><style><img src=x onerror=alert(1)></style></annotation-xml></math>`,
	`<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>`, `<noscript><p title="</noscript><img src=x onerror=alert(1)>">`,
	`<p title="</p><script>alert(1)</script>">`, `<iframe src="javascript:alert(1)"></iframe>`, `<iframe srcdoc="<script>alert(1)</script>"></iframe>`, `<iframe><p>x</iframe><img src=x onerror=alert(1)>`,
	`<object data="javascript:alert(1)"></object>`, `<embed src="javascript:alert(1)">`, `<applet code=x></applet>`, `<base href="javascript:alert(1)//">`, `<link rel=stylesheet href="//example.org/x.css">`,
	`<meta http-equiv=refresh content="0;url=javascript:alert(1)">`, `<style>@import 'javascript:alert(1)';</style>`, `<style><!--</style><script>alert(1)//--></script>`, `<div style="width:expression(alert(1))">a</div>`,
	`<div style="behavior:url(x.htc)">a</div>`, `<body onload=alert(1)>`, `<input onfocus=alert(1) autofocus>`, `<select><template><img src=x onerror=alert(1)></template></select>`, `<select><style></select><img src=x onerror=alert(1)></style>`,
	`<textarea><script>alert(1)</script></textarea>`, `<textarea><p title="</textarea><img src=x onerror=alert(1)>">`, `<title><p></title><img src=x onerror=alert(1)>`, `<xmp><p title="</xmp><img src=x onerror=alert(1)>">`,
	`<plaintext><script>alert(1)</script>`, `<noembed><img src=x onerror=alert(1)></noembed>`, `<noframes><script>x</script></noframes>`, `<video><source onerror=alert(1)></video>`, `<audio src=x onerror=alert(1)>`,
	`<details open ontoggle=alert(1)>`, `<marquee onstart=alert(1)>x</marquee>`, `<table background="javascript:alert(1)"><td background="javascript:x">`, `<table><a href="javascript:x">a<td>b</table>`,
	`<!--><script>alert(1)</script>-->`, `<!--[if gte IE 4]><script>alert(1)</script><![endif]-->`, `<![CDATA[<script>alert(1)</script>]]>`, `<?xml version="1.0"?><script>x</script>`, `<!DOCTYPE html [<!ENTITY x "<script>">]>&x;`,
	"<img src=x on\x00error=alert(1)>", "<scr\x00ipt>alert(1)</scr\x00ipt>", "<p>\xff\xfe<script>x</script></p>", "+ADw-script+AD4-alert(1)+ADw-/script+AD4-", "¼script¾alert(1)¼/script¾", "＜script＞alert(1)＜/script＞",
	`<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>`, `&lt;img src=x onerror=alert(1)&gt;`, `<b/><i/onclick=x>y`, `<a/href=/x/onclick=y>z`, `<p/onclick="x">y`, `<p"onclick="x">y</p>`, `<p onclick=">">y</p>`, `<p a='">' b="<script>">y</p>`,
	`<a href="/x"><table><tr><td><a href="/y">z</a></td></tr></table></a>`, `<b><p><b><p><b></p></b>x</p>`, `<li><li><ul></li>x`, `<table><p>x<tr>y<td>z`, `<pre>` + "\n\n" + `x</pre>`, `<h1><h2>x</h1></h2>`, `<p><div><p></div></p>`,
	`<a href="https://example.vn">a<!--</a>--><img src=x onerror=y></a>`, `<custom-tag onclick=x>y</custom-tag>`, `<o:p onclick=x>y</o:p>`, `<image src=x onerror=y>`, `<isindex action=javascript:x type=image>`, `<keygen autofocus onfocus=x>`,
	`<ruby><rt>x`, `<frameset><frame src="javascript:x"></frameset>`, `<dd><dt><dd>x`, `<option><p>x`, `<caption>x<col>`, `<font color="red" onclick=x>y</font>`, `<nobr><nobr>x`, `<p>x</p></body></html><script>y</script>`,
}

func TestHostileHTML(t *testing.T) {
	for _, s := range hostile {
		t.Run(s[:min(len(s), 60)], func(t *testing.T) {
			safe(t, s)
			safe(t, "<p>Trước</p>"+s+"<p>Sau</p>")
			safe(t, "<table><tr><td>"+s+"</td></tr></table>")
			safe(t, `<p><a href="/x">`+s+`</a></p>`)
		})
	}
}

// TestUnfolding gives texts that a parser makes many times larger.
func TestUnfolding(t *testing.T) {
	bomb := "<p>" + strings.Repeat("<b><i><u><s><em><tt><code><small><strong><strike>", 3) + strings.Repeat("<p>x", 20000)
	if out := clean.HTML(bomb, base); len(out) > 4*len(bomb) {
		t.Errorf("%d bytes became %d", len(bomb), len(out))
	}
	safe(t, strings.Repeat("<b>", 2000)+"x")
	safe(t, strings.Repeat("<a href=/x>", 500)+"x")
	safe(t, strings.Repeat("<table><tr><td>", 200)+"x")
}

// safe checks everything that is promised of the result of HTML.
func safe(t *testing.T, in string) {
	t.Helper()
	out := clean.HTML(in, base)
	if !utf8.ValidString(out) || !norm.NFC.IsNormalString(out) {
		t.Errorf("%q: not UTF-8 in normal form: %q", in, out)
	}
	for _, r := range out {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7F && r < 0xA0 || r == 0x200B || r == 0x202E || r == 0xFFFE || r == 0xFFFF {
			t.Errorf("%q: U+%04X in %q", in, r, out)
		}
	}
	nodes, err := html.ParseFragment(strings.NewReader(out), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		t.Fatalf("%q: %v in %q", in, err, out)
	}
	var b strings.Builder
	for _, n := range nodes {
		harmless(t, in, n)
		if err := html.Render(&b, n); err != nil {
			t.Fatal(err)
		}
	}
	if b.String() != out {
		t.Errorf("%q: not balanced:\n%q is read as\n%q", in, out, b.String())
	}
	if again := clean.HTML(out, base); again != out {
		t.Errorf("%q: not the same again:\n%q becomes\n%q", in, out, again)
	}
	if quick, ok := clean.Fast(in, base); ok {
		if sure := clean.Slow(in, base); quick != sure {
			t.Errorf("%q: the ways differ:\nfast %q\nslow %q", in, quick, sure)
		}
	}
}

// harmless has lists of its own, apart from those of the package.
func harmless(t *testing.T, in string, n *html.Node) {
	t.Helper()
	switch n.Type {
	case html.TextNode:
	case html.ElementNode:
		const elements = " p br hr wbr div section article aside figure figcaption blockquote pre address h1 h2 h3 h4 h5 h6 ul ol li dl dt dd" +
			" table caption thead tbody tfoot tr td th b strong i em u s strike tt del ins small sub sup mark code kbd samp var cite q abbr dfn a img "
		if n.Namespace != "" || !strings.Contains(elements, " "+n.Data+" ") {
			t.Errorf("%q: element %s", in, n.Data)
		}
		for _, a := range n.Attr {
			switch n.Data + " " + a.Key {
			case "a href", "img src":
				u, err := url.Parse(a.Val)
				mail := n.Data == "a" && err == nil && u.Scheme == "mailto"
				if err != nil || !mail && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil) {
					t.Errorf("%q: address %q", in, a.Val)
				}
			case "a rel":
				if a.Val != "noopener noreferrer nofollow" {
					t.Errorf("%q: rel %q", in, a.Val)
				}
			case "img alt":
			case "img width", "img height", "td colspan", "td rowspan", "th colspan", "th rowspan":
				if strings.Trim(a.Val, "0123456789") != "" {
					t.Errorf("%q: %s %q", in, a.Key, a.Val)
				}
			default:
				t.Errorf("%q: attribute %s of %s", in, a.Key, n.Data)
			}
		}
	default:
		t.Errorf("%q: node of type %d", in, n.Type)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		harmless(t, in, c)
	}
}

func FuzzHTML(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Add(body)
	f.Add(`<ul><li>a <a href="/x?a=1&amp;b">b</a></li></ul><table><tbody><tr><td colspan="2"><img src="a.png" alt="b"/></td></tr></tbody></table>`)
	f.Fuzz(func(t *testing.T, s string) { safe(t, s) })
}

func TestParagraphs(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"Một", "<p>Một</p>"},
		{"Một\nhai\n\nBa", "<p>Một<br/>hai</p>\n<p>Ba</p>"},
		{"Một\r\n\u00A0\r\n \t\r\nHai\r\n", "<p>Một</p>\n<p>Hai</p>"},
		{"\n\n\u00A0\n", ""},
		{`a < b & "c"`, "<p>a &lt; b &amp; &#34;c&#34;</p>"},
		{"<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>"},
	}
	for _, tt := range tests {
		got := clean.Paragraphs(tt.in)
		if got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
		if again := clean.HTML(got, nil); again != got {
			t.Errorf("%q is no normal form: %q", got, again)
		}
	}
}

func FuzzParagraphs(f *testing.F) {
	f.Add("Một\nhai\n\n\u0338Ba <b>")
	f.Fuzz(func(t *testing.T, s string) { safe(t, clean.Paragraphs(s)) })
}
