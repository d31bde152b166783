package clean

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// rel is the relation of every link: the target learns nothing of the reader
// (opener, referrer), and the link is no recommendation.
const rel = "noopener noreferrer nofollow"

// HTML returns s as a sanitised, balanced fragment in normal form C: only the
// elements and attributes of the package's policy, links to http, https and
// mailto alone and made absolute against base (which may be nil: then relative
// ones are dropped, their words stay), pictures from http and https alone,
// paragraphs without anything in them removed.
//
// HTML(HTML(s, base), base) == HTML(s, base): what it returns has been shown to
// come through unchanged. A text for which that cannot be had, because it is
// nested deeper than 512 or unfolds without measure, comes out as paragraphs of
// its words. The work is linear in s; its size is for the caller to bound.
func HTML(s string, base *url.URL) string {
	if out, ok := fast(s, base); ok {
		return out
	}
	return slow(s, base)
}

// maxPasses is how often a text is sanitised before it is given up: the second
// pass finds nothing to do in nearly all texts, the third in nearly all others.
const maxPasses = 4

func slow(s string, base *url.URL) string {
	out, ok := pass(normal(s), base)
	for range maxPasses {
		if !ok {
			break
		}
		if same, known := fast(out, base); known && same == out {
			return out
		}
		var again string
		if again, ok = pass(out, base); ok && again == out {
			return out
		}
		out = again
	}
	return Paragraphs(wordsOf(s))
}

// pass sanitises s once: bluemonday decides what may stay, then the parser makes
// a tree of it (a token filter leaves tags unbalanced), whose links, texts and
// empty paragraphs are mended.
func pass(s string, base *url.URL) (string, bool) {
	safe := policy.Sanitize(s)
	if !bounded(safe) {
		return "", false
	}
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(safe), body)
	if err != nil {
		return "", false
	}
	root := &html.Node{Type: html.DocumentNode}
	for _, n := range nodes {
		root.AppendChild(n)
	}
	mend(root, base)
	var b bytes.Buffer
	b.Grow(len(safe) + 64)
	if html.Render(&b, root) != nil {
		return "", false
	}
	return strings.Trim(b.String(), " \t\n\f"), true
}

// bounded reports whether the parser's tree of s stays in proportion to s. A
// formatting element that is left open is opened again in every block that
// follows (HTML, 13.2.4.3), so a short text with many of them can unfold to a
// hundred times its size.
func bounded(s string) bool {
	var open [16]int
	unfolded, tags := 0, 0
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		tt := z.Next()
		if tt == html.ErrorToken {
			break
		}
		tags++
		for _, n := range open {
			unfolded += min(n, 3) // not more than three alike are opened again
		}
		if tt != html.StartTagToken && tt != html.EndTagToken {
			continue
		}
		name, _ := z.TagName()
		if k := formatting(name); k >= 0 {
			if tt == html.StartTagToken {
				open[k]++
			} else if open[k] > 0 {
				open[k]--
			}
		}
	}
	return unfolded <= 4096+6*tags
}

func formatting(name []byte) int {
	switch string(name) {
	case "a":
		return 0
	case "b":
		return 1
	case "code":
		return 2
	case "em":
		return 3
	case "i":
		return 4
	case "s":
		return 5
	case "small":
		return 6
	case "strike":
		return 7
	case "strong":
		return 8
	case "tt":
		return 9
	case "u":
		return 10
	}
	return -1
}

// mend puts the children of n in normal form.
func mend(n *html.Node, base *url.URL) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		if c.Type == html.ElementNode {
			mend(c, base)
			next = c.NextSibling
			if !mendElement(c, base) {
				next = unwrap(n, c)
			}
		} else if c.Type != html.TextNode {
			n.RemoveChild(c)
		}
		c = next
	}
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		for next != nil && c.Type == html.TextNode && next.Type == html.TextNode {
			c.Data += next.Data
			n.RemoveChild(next)
			next = c.NextSibling
		}
		if c.Type == html.TextNode {
			// A stroke that follows a tag would join with its bracket.
			if c.Data = strings.TrimLeft(normal(c.Data), "\u0338"); c.Data == "" {
				n.RemoveChild(c)
			}
		}
		c = next
	}
}

// unwrap puts the children of c in its place and returns the sibling after it.
func unwrap(n, c *html.Node) *html.Node {
	next := c.NextSibling
	for k := c.FirstChild; k != nil; k = c.FirstChild {
		c.RemoveChild(k)
		n.InsertBefore(k, c)
	}
	n.RemoveChild(c)
	return next
}

// mendElement puts the attributes of n in normal form and reports whether n
// stays. If not, its children take its place.
func mendElement(n *html.Node, base *url.URL) bool {
	switch {
	case n.Data == "a":
		href := anchor(value(n, "href"), base)
		if href == "" {
			return false
		}
		n.Attr = []html.Attribute{{Key: "href", Val: href}, {Key: "rel", Val: rel}}
	case n.Data == "img":
		src := picture(value(n, "src"), value(n, "data-src"), value(n, "data-original"), base)
		if src == "" {
			return false
		}
		attr := []html.Attribute{{Key: "src", Val: src}, {Key: "alt", Val: Text(value(n, "alt"))}}
		for _, key := range [...]string{"width", "height"} {
			if v := count(value(n, key), 10000); v != "" {
				attr = append(attr, html.Attribute{Key: key, Val: v})
			}
		}
		n.Attr = attr
	case n.Data == "td", n.Data == "th":
		var attr []html.Attribute
		for _, key := range [...]string{"colspan", "rowspan"} {
			if v := count(value(n, key), 1000); v != "" {
				attr = append(attr, html.Attribute{Key: key, Val: v})
			}
		}
		n.Attr = attr
	case n.Data == "p":
		n.Attr = nil
		if !visible(n) {
			n.FirstChild, n.LastChild = nil, nil
			return false
		}
	default:
		n.Attr = nil
		if divs[n.Data] {
			n.Data, n.DataAtom = "div", atom.Div
		}
	}
	return true
}

func value(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

// count returns v if it is a whole number from 1 to most, else "".
func count(v string, most int) string {
	v = strings.TrimSuffix(strings.TrimSpace(v), "px")
	if n, err := strconv.Atoi(v); err == nil && n >= 1 && n <= most {
		return strconv.Itoa(n)
	}
	return ""
}

// anchor returns the address of a link: http, https or mailto; "" for others.
func anchor(href string, base *url.URL) string {
	if s := strings.TrimSpace(href); len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		return mailto(s[7:])
	}
	return Link(href, base)
}

// mailto returns the address of a mail to one mailbox, without the header fields
// (RFC 6068) in which a subject or a blind copy could be put into the reader's
// mouth.
func mailto(to string) string {
	to, _, _ = strings.Cut(to, "?")
	local, host, ok := strings.Cut(to, "@")
	if !ok || local == "" || host == "" || len(to) > 254 {
		return ""
	}
	for i := range len(to) {
		c := to[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("@.-_+", c) >= 0:
		default:
			return ""
		}
	}
	if strings.Contains(host, "@") {
		return ""
	}
	return "mailto:" + to
}

// picture returns the address of a picture. Many portals put a placeholder into
// src and the address into data-src or data-original, for a script to swap.
func picture(src, dataSrc, dataOriginal string, base *url.URL) string {
	for _, s := range [...]string{dataSrc, dataOriginal, src} {
		if s = Link(s, base); s != "" {
			return s
		}
	}
	return ""
}

// visible reports whether n shows anything.
func visible(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			if strings.ContainsFunc(c.Data, func(r rune) bool { return !unicode.IsSpace(r) }) {
				return true
			}
		case c.Data == "img" || visible(c):
			return true
		}
	}
	return false
}
