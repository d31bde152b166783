package clean

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Plain returns the text of something that may hold HTML, such as a title:
// tags and comments are removed (with the content of scripts and the like), then
// entities are decoded, once, as in `Ng&ocirc;i sao`, then it is [Text]. Only the
// names of real elements make a tag: `a < b` and `<Kính gửi>` stay as they are.
func Plain(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return Text(s)
	}
	return Text(html.UnescapeString(untag(s)))
}

// untag removes the tags from s. A block or a line break leaves a blank.
func untag(s string) string {
	open := strings.IndexByte(s, '<')
	if open < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	noComment, noSection := false, false // set once no end is left to find, so that the pass stays linear
	for ; open >= 0; open = strings.IndexByte(s, '<') {
		b.WriteString(s[:open])
		s = s[open:]
		switch {
		case strings.HasPrefix(s, "<!--") && !noComment:
			if end := strings.Index(s, "-->"); end >= 0 {
				s = s[end+3:]
				continue
			}
			noComment = true
		case strings.HasPrefix(s, "<![CDATA[") && !noSection:
			if end := strings.Index(s, "]]>"); end >= 0 {
				b.WriteString(untag(s[len("<![CDATA["):end]))
				s = s[end+3:]
				continue
			}
			noSection = true
		}
		name, end := tagAt(s)
		if end < 0 {
			b.WriteByte('<')
			s = s[1:]
			continue
		}
		start := s[1] != '/'
		s = s[end:]
		switch {
		case hidden[name]:
			if !start {
				break
			}
			s = s[endOf(s, name.String()):] // the end tag goes with the next turn
		case !inlines[name]:
			b.WriteByte(' ')
		}
	}
	b.WriteString(s)
	return b.String()
}

// endOf returns where the end tag of the element stands in s: at its end if there
// is none, as in a browser.
func endOf(s, name string) int {
	for i := 0; ; i += 2 {
		next := strings.Index(s[i:], "</")
		if next < 0 {
			return len(s)
		}
		i += next
		if rest := s[i+2:]; len(rest) >= len(name) && strings.EqualFold(rest[:len(name)], name) {
			return i
		}
	}
}

// maxTag bounds a tag in bytes, so that a text full of `<` costs no more than
// its length times this.
const maxTag = 4096

// tagAt returns the element and the length of the tag at the start of s, or -1
// if there is none.
func tagAt(s string) (atom.Atom, int) {
	i := 1
	if i < len(s) && s[i] == '/' {
		i++
	}
	start := i
	for i < len(s) && i-start < 12 && (s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z' || i > start && s[i] >= '0' && s[i] <= '9') {
		i++
	}
	if i == start || i == len(s) || !strings.ContainsRune(" \t\r\n/>", rune(s[i])) {
		return 0, -1
	}
	name := atom.Lookup([]byte(strings.ToLower(s[start:i])))
	if !elements[name] {
		return 0, -1
	}
	end := strings.IndexByte(s[i:min(len(s), i+maxTag)], '>')
	if end < 0 {
		return 0, -1
	}
	return name, i + end + 1
}

// hidden elements have content that is no text.
var hidden = set(atom.Script, atom.Style, atom.Iframe, atom.Object, atom.Svg, atom.Math, atom.Noscript, atom.Template)

// inlines are the elements that stand inside a word.
var inlines = set(atom.A, atom.B, atom.I, atom.U, atom.S, atom.Em, atom.Strong, atom.Span, atom.Font, atom.Small,
	atom.Big, atom.Sub, atom.Sup, atom.Mark, atom.Del, atom.Ins, atom.Abbr, atom.Cite, atom.Q, atom.Code, atom.Time,
	atom.Wbr, atom.Tt, atom.Strike, atom.Kbd, atom.Var, atom.Samp, atom.Dfn, atom.Bdi, atom.Bdo, atom.Label)

// elements are those that may turn up in a title.
var elements = func() map[atom.Atom]bool {
	m := set(atom.P, atom.Br, atom.Div, atom.Hr, atom.Img, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul,
		atom.Ol, atom.Li, atom.Dl, atom.Dt, atom.Dd, atom.Table, atom.Thead, atom.Tbody, atom.Tfoot, atom.Tr, atom.Td,
		atom.Th, atom.Caption, atom.Pre, atom.Blockquote, atom.Center, atom.Section, atom.Article, atom.Header,
		atom.Footer, atom.Figure, atom.Figcaption, atom.Form, atom.Input, atom.Button, atom.Select, atom.Option,
		atom.Textarea, atom.Video, atom.Audio, atom.Source, atom.Embed, atom.Param, atom.Meta, atom.Link, atom.Base,
		atom.Html, atom.Head, atom.Body, atom.Title, atom.Marquee, atom.Frame, atom.Frameset)
	for _, other := range []map[atom.Atom]bool{hidden, inlines} {
		for a := range other {
			m[a] = true
		}
	}
	return m
}()

func set(names ...atom.Atom) map[atom.Atom]bool {
	m := make(map[atom.Atom]bool, len(names))
	for _, a := range names {
		m[a] = true
	}
	return m
}
