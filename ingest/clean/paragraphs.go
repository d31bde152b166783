package clean

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// wordsOf returns the text of any HTML without building a tree, with line ends
// where blocks end.
func wordsOf(s string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(normal(s)))
	var skip atom.Atom
	for {
		switch tt := z.Next(); tt {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			if skip == 0 {
				b.Write(z.Text())
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			raw, _ := z.TagName()
			name := atom.Lookup(raw)
			switch {
			case tt == html.EndTagToken && name == skip:
				skip = 0
			case tt == html.StartTagToken && (name == atom.Script || name == atom.Style):
				skip = name
			case skip != 0 || inlines[name]:
			case name == atom.Br:
				b.WriteByte('\n')
			default:
				b.WriteString("\n\n")
			}
		}
	}
}

// Paragraphs returns plain text as HTML: paragraphs stand apart by a blank line
// (one with nothing but no-break spaces is blank) and single line ends are kept.
func Paragraphs(text string) string {
	b := make([]byte, 0, len(text)+len(text)/8)
	open := false
	for line := range strings.Lines(normal(text)) {
		// A stroke that follows a tag would join with its bracket.
		line = strings.TrimLeft(Text(line), "\u0338 ")
		switch {
		case line == "":
			if open {
				b = append(b, "</p>"...)
			}
			open = false
			continue
		case open:
			b = append(b, "<br/>"...)
		default:
			if len(b) > 0 {
				b = append(b, '\n')
			}
			b = append(b, "<p>"...)
			open = true
		}
		b = appendEscaped(b, line)
	}
	if open {
		b = append(b, "</p>"...)
	}
	return string(b)
}

// appendEscaped appends s as the renderer of x/net/html writes it.
func appendEscaped(dst []byte, s string) []byte {
	start := 0
	for i := range len(s) {
		var to string
		switch s[i] {
		case '&':
			to = "&amp;"
		case '\'':
			to = "&#39;"
		case '<':
			to = "&lt;"
		case '>':
			to = "&gt;"
		case '"':
			to = "&#34;"
		default:
			continue
		}
		dst = append(append(dst, s[start:i]...), to...)
		start = i + 1
	}
	return append(dst, s[start:]...)
}
