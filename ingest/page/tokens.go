package page

import (
	"bytes"
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Bounds of a page's markup.
const (
	maxTags     = 200_000
	maxTag      = 16 << 10 // bytes; longer ones lose their attributes (pictures in place, view states)
	maxAttrs    = 64
	maxUnfolded = 300_000 // elements that open formatting adds
	maxScript   = 256 << 10
	maxScripts  = 8
)

// scripts is what is kept of a page's scripts: data for machines, addresses.
type scripts struct {
	linked []string // application/ld+json
	marks  []byte   // addresses and starts of the others, in which platforms show
}

// reduce returns the page's markup without what costs and gives nothing:
// scripts, styles, comments, inputs, a second html or body, huge attributes. If
// formatting elements are left open so that the parser would open them again in
// every block that follows (HTML, 13.2.4.3), all of them are left out.
func (r *reader) reduce(text []byte) ([]byte, scripts, error) {
	out, s, unfolded, err := filter(text, false)
	if err == nil && unfolded > maxUnfolded {
		r.fault(FaultComplex, "emphasis is left open without end; left out")
		out, s, _, err = filter(text, true)
	}
	return out, s, err
}

var formatting = map[atom.Atom]bool{
	atom.B: true, atom.Big: true, atom.Code: true, atom.Em: true, atom.Font: true, atom.I: true, atom.Nobr: true, atom.S: true,
	atom.Small: true, atom.Strike: true, atom.Strong: true, atom.Tt: true, atom.U: true,
}

func filter(text []byte, flat bool) (out []byte, s scripts, unfolded int, err error) {
	out = make([]byte, 0, len(text)/2)
	z := html.NewTokenizer(bytes.NewReader(text))
	tags, open := 0, map[atom.Atom]int{}
	opened, roots := 0, map[atom.Atom]bool{}
	var script atom.Atom
	linked := false
	for {
		tt := z.Next()
		if tt == html.ErrorToken {
			if e := z.Err(); e != io.EOF { //nolint:errorlint // the tokenizer returns it bare
				return nil, s, 0, ErrTooComplex
			}
			return out, s, unfolded, nil
		}
		raw := z.Raw()
		if tt == html.TextToken {
			switch {
			case script == 0:
				out = append(out, raw...)
			case linked && len(raw) <= maxScript && len(s.linked) < maxScripts:
				s.linked = append(s.linked, string(raw))
			case len(s.marks) < maxScript:
				s.marks = append(append(s.marks, raw[:min(len(raw), 2000)]...), '\n')
			}
			continue
		}
		if tt == html.CommentToken || tt == html.DoctypeToken {
			continue
		}
		if tags++; tags > maxTags {
			return nil, s, 0, ErrTooComplex
		}
		size := len(raw)
		before := len(out)
		out = append(out, raw...) // reading name and attributes changes the token in place
		name, more := z.TagName()
		a := atom.Lookup(name)
		start := tt != html.EndTagToken
		if a == atom.Script || a == atom.Style || a == atom.Textarea {
			out = out[:before]
			script, linked = 0, false
			if start { // <script/> too is open until its end tag
				script = a
			}
			for n := 0; more && n < maxAttrs && start; n++ {
				var k, v []byte
				k, v, more = z.TagAttr()
				switch {
				case string(k) == "type" && strings.EqualFold(strings.TrimSpace(string(v)), "application/ld+json"):
					linked = true
				case string(k) == "src" && len(s.marks) < maxScript:
					s.marks = append(append(s.marks, v[:min(len(v), 500)]...), '\n')
				}
			}
			continue
		}
		switch {
		case a == atom.Input, a == atom.Frameset, a == atom.Frame, a == atom.Plaintext, flat && formatting[a]:
			out = out[:before]
			continue
		case a == atom.Html || a == atom.Body || a == atom.Head:
			if start && roots[a] {
				out = out[:before]
				continue
			}
			roots[a] = start || roots[a]
		case formatting[a] && start:
			open[a]++
			opened++
		case formatting[a] && open[a] > 0:
			open[a]--
			opened--
		}
		unfolded += opened
		if start && (size > maxTag || attrs(z, more) > maxAttrs) {
			out = append(append(append(out[:before], '<'), name...), '>')
		}
	}
}

// attrs counts the attributes that are left of a tag.
func attrs(z *html.Tokenizer, more bool) int {
	n := 0
	for more && n <= maxAttrs {
		_, _, more = z.TagAttr()
		n++
	}
	return n
}

// parse makes the tree of a page.
func (r *reader) parse(text []byte) (*html.Node, scripts, error) {
	reduced, s, err := r.reduce(text)
	if err != nil {
		return nil, s, err
	}
	doc, err := html.Parse(bytes.NewReader(reduced))
	if err != nil { // nested deeper than 512
		return nil, s, ErrTooComplex
	}
	return doc, s, nil
}
