package page

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"loa/ingest/clean/legacy"
)

// A page whose text is in a legacy code of Vietnamese is judged once, by all its
// texts that are not in Unicode: often the portal is, and the article was pasted
// from an old document. That stands before anything is made of the texts, for
// cleaning removes what is a letter in these codes.

// readAttrs are attributes that have text for people.
var readAttrs = map[string]bool{"content": true, "title": true, "alt": true}

// eachText calls f for every text of a page that is read. The strings may be set.
func eachText(doc *html.Node, f func(*string)) {
	walk(doc, func(n *html.Node) bool {
		switch n.Type {
		case html.TextNode:
			f(&n.Data)
		case html.ElementNode:
			if n.DataAtom == atom.Script || n.DataAtom == atom.Style || n.DataAtom == atom.Svg || n.DataAtom == atom.Math {
				return false
			}
			for i := range n.Attr {
				if readAttrs[n.Attr[i].Key] {
					f(&n.Attr[i].Val)
				}
			}
		}
		return true
	})
}

// mend converts the texts of a page that is in a legacy code.
func (r *reader) mend(doc *html.Node, s *scripts) {
	var sample legacy.Sample
	eachText(doc, func(text *string) { sample.Add(*text) })
	c := r.judge(&sample)
	if c == "" {
		return
	}
	eachText(doc, func(text *string) { *text = legacy.MendText(*text, c) })
	for i := range s.linked {
		s.linked[i] = legacy.MendText(s.linked[i], c)
	}
}

// mendLines is mend for plain text.
func (r *reader) mendLines(text string) string {
	var sample legacy.Sample
	for line := range strings.Lines(text) {
		sample.Add(line)
	}
	c := r.judge(&sample)
	if c == "" {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(legacy.MendText(line, c))
	}
	return b.String()
}

// judge returns the code that a sample is surely in, and says so.
func (r *reader) judge(s *legacy.Sample) legacy.Code {
	c, sure := s.Code()
	if !sure {
		return ""
	}
	r.fault(FaultLegacy, "text is in the code %s, not in Unicode; converted", c)
	return c
}
