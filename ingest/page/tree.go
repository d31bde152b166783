package page

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"loa/ingest/clean"
)

// mark says how an element is known: by its name, id, class or attribute. An id
// may end with `*` for any ending. All parts that are set must hold.
type mark struct{ tag, id, class, attr, val string }

// marks reads marks in the notation of CSS, for as much of it as is used here:
// `tag#id.class[attr=val]`, apart by blanks, in the order of preference.
func marks(s string) []mark {
	var out []mark
	for word := range strings.FieldsSeq(s) {
		var m mark
		if before, inside, ok := strings.Cut(word, "["); ok {
			word = before
			m.attr, m.val, _ = strings.Cut(strings.TrimSuffix(inside, "]"), "=")
		}
		word, m.class, _ = strings.Cut(word, ".")
		m.tag, m.id, _ = strings.Cut(word, "#")
		out = append(out, m)
	}
	return out
}

func (m *mark) matches(n *html.Node) bool {
	if n.Type != html.ElementNode || m.tag != "" && n.Data != m.tag {
		return false
	}
	if m.id != "" {
		id := value(n, "id")
		if start, ok := strings.CutSuffix(m.id, "*"); ok {
			if !strings.HasPrefix(id, start) {
				return false
			}
		} else if id != m.id {
			return false
		}
	}
	if m.class != "" && !hasWord(value(n, "class"), m.class) {
		return false
	}
	return m.attr == "" || hasAttr(n, m.attr) && (m.val == "" || hasWord(value(n, m.attr), m.val))
}

func matchesAny(n *html.Node, ms []mark) bool {
	for i := range ms {
		if ms[i].matches(n) {
			return true
		}
	}
	return false
}

func hasWord(list, word string) bool {
	if !strings.Contains(list, word) {
		return false
	}
	for w := range strings.FieldsSeq(list) {
		if w == word {
			return true
		}
	}
	return false
}

func value(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

// walk calls visit for n and what is in it, in document order; if visit returns
// false, not for what is in that node. The parser bounds the depth.
func walk(n *html.Node, visit func(*html.Node) bool) {
	if !visit(n) {
		return
	}
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		walk(c, visit)
		c = next
	}
}

// find returns the elements of the first mark that any element has.
func find(root *html.Node, ms []mark) []*html.Node {
	best, out := len(ms), []*html.Node(nil)
	walk(root, func(n *html.Node) bool {
		for i := range ms[:min(best+1, len(ms))] {
			if ms[i].matches(n) {
				if i < best {
					best, out = i, nil
				}
				out = append(out, n)
				break
			}
		}
		return true
	})
	return out
}

// unread elements have no text of an article.
func unread(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Textarea, atom.Select, atom.Button, atom.Svg, atom.Math, atom.Iframe, atom.Object, atom.Head, atom.Noscript:
		return true
	}
	return false
}

// textOf returns the text in n as one line.
func textOf(n *html.Node) string {
	var b strings.Builder
	writeText(&b, n)
	return clean.Text(b.String())
}

func writeText(b *strings.Builder, n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		b.WriteString(n.Data)
		return
	case n.Type == html.ElementNode && unread(n):
		return
	}
	apart := n.Type == html.ElementNode && (isBlock(n) || n.DataAtom == atom.Br || n.DataAtom == atom.Td || n.DataAtom == atom.Th || n.DataAtom == atom.Li)
	if apart {
		b.WriteByte(' ')
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		writeText(b, c)
	}
	if apart {
		b.WriteByte(' ')
	}
}

// size returns how many runes of text n has, and how many of them are in links.
func size(n *html.Node) (text, linked int) {
	var count func(n *html.Node, inLink bool)
	count = func(n *html.Node, inLink bool) {
		switch {
		case n.Type == html.TextNode:
			c := utf8.RuneCountInString(strings.TrimSpace(n.Data))
			text += c
			if inLink {
				linked += c
			}
			return
		case n.Type == html.ElementNode && unread(n):
			return
		case n.DataAtom == atom.A && fileType(value(n, "href")) == "":
			inLink = true
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			count(c, inLink)
		}
	}
	count(n, false)
	return text, linked
}

func isBlock(n *html.Node) bool {
	switch n.DataAtom {
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Main, atom.Aside, atom.Header, atom.Footer, atom.Nav, atom.H1, atom.H2, atom.H3,
		atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Li, atom.Dl, atom.Dt, atom.Dd, atom.Table, atom.Tbody, atom.Thead, atom.Tfoot, atom.Tr,
		atom.Td, atom.Th, atom.Caption, atom.Blockquote, atom.Pre, atom.Figure, atom.Figcaption, atom.Form, atom.Fieldset, atom.Center, atom.Hr,
		atom.Address, atom.Body, atom.Html, atom.Details, atom.Summary:
		return true
	}
	return false
}

func remove(n *html.Node) {
	if n.Parent != nil {
		n.Parent.RemoveChild(n)
	}
}

func within(n, root *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == root {
			return true
		}
	}
	return false
}

// upTo reports whether n stands in an element that the marks name.
func upTo(n *html.Node, ms []mark) bool {
	for ; n != nil; n = n.Parent {
		if matchesAny(n, ms) {
			return true
		}
	}
	return false
}
