package clean

import (
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// fast does in one pass what [slow] does in five, for the bodies that nearly all
// articles have: well-formed, of the elements in [model], in ordinary Vietnamese
// text. It knows which nestings the HTML parser keeps as they are, and reports
// false for everything else, so that whatever is odd goes through bluemonday and
// the parser. For what it takes, its result is that of slow, byte for byte; it
// only ever writes the tags and attributes that it names itself.
func fast(s string, base *url.URL) (string, bool) {
	if strings.IndexByte(s, '\r') >= 0 {
		s = normal(s)
	}
	f := fastPass{in: s, base: base, out: make([]byte, 0, len(s)+len(s)/16)}
	if !f.run() {
		return "", false
	}
	return strings.Trim(string(f.out), " \t\n\f"), true
}

// The classes of elements, by what may stand in them.
type class uint8

const (
	odd      class = iota // not known here
	flow                  // text, inline elements and blocks
	phrasing              // text and inline elements: a paragraph, a heading
	inline                // the same, and it stands in a line itself
	list                  // items
	item                  // as flow, in a list alone
	table                 // groups of rows
	group                 // rows
	row                   // cells
	cell                  // as flow, in a row alone
	void                  // nothing; stands in a line
	rule                  // nothing; a block
	nothing               // dropped by the policy, with its content kept
)

// model gives the class of an element's name. Left out are elements that the
// parser closes, moves or reads in ways of their own (dd, pre, caption), and all
// that the policy does not have.
func model(name string) (elem string, c class) {
	switch name {
	case "p":
		return "p", phrasing
	case "br":
		return "br", void
	case "b":
		return "b", inline
	case "strong":
		return "strong", inline
	case "i":
		return "i", inline
	case "em":
		return "em", inline
	case "u":
		return "u", inline
	case "a":
		return "a", inline
	case "img":
		return "img", void
	case "span", "font":
		return "span", nothing
	case "div":
		return "div", flow
	case "ul":
		return "ul", list
	case "ol":
		return "ol", list
	case "li":
		return "li", item
	case "h1":
		return "h1", phrasing
	case "h2":
		return "h2", phrasing
	case "h3":
		return "h3", phrasing
	case "h4":
		return "h4", phrasing
	case "h5":
		return "h5", phrasing
	case "h6":
		return "h6", phrasing
	case "blockquote":
		return "blockquote", flow
	case "figure":
		return "figure", flow
	case "figcaption":
		return "figcaption", flow
	case "section":
		return "section", flow
	case "article":
		return "article", flow
	case "sub":
		return "sub", inline
	case "sup":
		return "sup", inline
	case "small":
		return "small", inline
	case "table":
		return "table", table
	case "thead":
		return "thead", group
	case "tbody":
		return "tbody", group
	case "tfoot":
		return "tfoot", group
	case "tr":
		return "tr", row
	case "td":
		return "td", cell
	case "th":
		return "th", cell
	case "hr":
		return "hr", rule
	}
	return "", odd
}

// allows reports whether the parser leaves an element of class c in an open one
// of class p.
func (p class) allows(c class) bool {
	switch c {
	case inline, void:
		return p == flow || p == item || p == cell || p == phrasing || p == inline
	case flow, phrasing, list, table, rule:
		return p == flow || p == item || p == cell
	case item:
		return p == list
	case group:
		return p == table
	case row:
		return p == group
	case cell:
		return p == row
	}
	return false
}

// maxOpen bounds the depth that fast follows.
const maxOpen = 64

type openElement struct {
	name  string
	class class
	start int // of its tag in out
}

type fastPass struct {
	in    string
	base  *url.URL
	out   []byte
	stack [maxOpen]openElement
	depth int
	// shown is set when the open paragraph shows something.
	shown bool
}

func (f *fastPass) parent() class {
	if f.depth == 0 {
		return flow
	}
	return f.stack[f.depth-1].class
}

func (f *fastPass) write(s string) { f.out = append(f.out, s...) }

func (f *fastPass) run() bool {
	for s := f.in; s != ""; {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			i = len(s)
		}
		if i > 0 && !f.text(s[:i]) {
			return false
		}
		if s = s[i:]; s == "" {
			break
		}
		n, ok := f.tag(s)
		if !ok {
			return false
		}
		s = s[n:]
	}
	return f.depth == 0
}

// text takes the text up to the next tag.
func (f *fastPass) text(s string) bool {
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	if !isOrdinary(s) {
		return false
	}
	switch f.parent() {
	case list, table, group, row:
		if strings.Trim(s, " \t\n") != "" {
			return false
		}
	default:
		if !f.shown {
			f.shown = strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsSpace(r) })
		}
	}
	f.out = appendEscaped(f.out, s)
	return true
}

// tag takes the tag at the start of s and returns its length.
func (f *fastPass) tag(s string) (int, bool) {
	i, end := 1, false
	if i < len(s) && s[i] == '/' {
		i, end = 2, true
	}
	start := i
	for i < len(s) && (s[i] >= 'a' && s[i] <= 'z' || i > start && s[i] >= '0' && s[i] <= '9') {
		i++
	}
	name, c := model(s[start:i])
	if c == odd || i == len(s) {
		return 0, false
	}
	if end {
		if s[i] != '>' {
			return 0, false
		}
		return i + 1, f.close(name, c)
	}
	var attrs attributes
	n, ok := attrs.scan(s[i:], c == void || c == rule)
	if !ok {
		return 0, false
	}
	return i + n, f.open(name, c, &attrs)
}

func (f *fastPass) close(name string, c class) bool {
	if c == nothing {
		return true
	}
	if name == "br" { // HTML, 13.2.6.4.7: it is read as a start tag
		return f.open(name, c, &attributes{})
	}
	if f.depth == 0 || f.stack[f.depth-1].name != name {
		return false
	}
	f.depth--
	if name == "p" && !f.shown {
		f.out = f.out[:f.stack[f.depth].start]
		return true
	}
	f.write("</")
	f.write(name)
	f.write(">")
	return true
}

func (f *fastPass) open(name string, c class, attrs *attributes) bool {
	if c == nothing {
		return f.parent() != list && f.parent() != table && f.parent() != group && f.parent() != row
	}
	if !f.parent().allows(c) {
		return false
	}
	start := len(f.out)
	switch name {
	case "a":
		href := anchor(attrs.href, f.base)
		if href == "" {
			return false
		}
		f.write(`<a href="`)
		f.out = appendEscaped(f.out, href)
		f.write(`" rel="` + rel + `">`)
	case "img":
		src := picture(attrs.src, attrs.dataSrc, attrs.dataOriginal, f.base)
		if src == "" {
			return false
		}
		f.shown = true
		f.write(`<img src="`)
		f.out = appendEscaped(f.out, src)
		f.write(`" alt="`)
		f.out = appendEscaped(f.out, Text(attrs.alt))
		f.write(`"`)
		f.number("width", attrs.width, 10000)
		f.number("height", attrs.height, 10000)
		f.write("/>")
	case "td", "th":
		f.write("<")
		f.write(name)
		f.number("colspan", attrs.colspan, 1000)
		f.number("rowspan", attrs.rowspan, 1000)
		f.write(">")
	case "br", "hr":
		f.write("<")
		f.write(name)
		f.write("/>")
	default:
		f.write("<")
		f.write(name)
		f.write(">")
	}
	if c == void || c == rule {
		return true
	}
	if c == inline {
		// One in another of the same name is closed by rules of its own.
		for _, o := range f.stack[:f.depth] {
			if o.name == name {
				return false
			}
		}
	}
	if f.depth == maxOpen {
		return false
	}
	if name == "p" {
		f.shown = false
	}
	f.stack[f.depth] = openElement{name, c, start}
	f.depth++
	return true
}

func (f *fastPass) number(key, v string, most int) {
	if v == "" {
		return
	}
	if v = count(v, most); v != "" {
		f.write(" ")
		f.write(key)
		f.write(`="`)
		f.write(v)
		f.write(`"`)
	}
}
