package decode

import (
	"bytes"
	"encoding/xml"
	"html"
	"strconv"
	"strings"
)

// attr is an attribute as it was written, without its quotes.
type attr struct{ name, value []byte }

// tagName reads the name at the beginning of b: ASCII, with at most one prefix.
// It returns 0 when there is none, or when what follows shows that this was no
// tag but a bare '<' in text.
func tagName(b []byte) (name []byte, n int) {
	colon := -1
	for n < len(b) {
		c := b[n]
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_':
		case n > 0 && (c >= '0' && c <= '9' || c == '-' || c == '.'):
		case n > 0 && c == ':' && colon < 0:
			colon = n
		default:
			if n == 0 || colon == n-1 || !isSpace(c) && c != '>' && c != '/' {
				return nil, 0
			}
			return b[:n], n
		}
		n++
	}
	return b[:n], n // the document ends here
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// parseAttrs reads attributes as leniently as browsers do, up to and with the
// '>' of the tag. It returns n = 0 when the document ends before that.
func parseAttrs(b []byte) (attrs []attr, empty bool, n int) {
	for n < len(b) {
		switch c := b[n]; {
		case c == '>':
			return attrs, n > 0 && b[n-1] == '/', n + 1
		case isSpace(c) || c == '/' || c == '=' || c == '"' || c == '\'' || c == '<':
			n++
			continue
		}
		start := n
		for n < len(b) && !isSpace(b[n]) && b[n] != '=' && b[n] != '>' && b[n] != '/' {
			n++
		}
		a := attr{name: b[start:n]}
		at := n
		for at < len(b) && isSpace(b[at]) {
			at++
		}
		if at < len(b) && b[at] == '=' {
			var m int
			if a.value, m = attrValue(b[at+1:]); m < 0 {
				return nil, false, 0
			}
			n = at + 1 + m
		}
		if _, whole := tagName(a.name); whole == len(a.name) && len(attrs) <= maxAttrs && !hasName(attrs, a.name) {
			attrs = append(attrs, a) // one more than allowed shows that there are too many
		}
	}
	return nil, false, 0
}

func hasName(attrs []attr, name []byte) bool {
	for i := range attrs {
		if bytes.Equal(attrs[i].name, name) {
			return true
		}
	}
	return false
}

// attrValue reads a value, quoted or not, and returns the bytes that it took,
// or -1 when the document ends inside of it.
func attrValue(b []byte) ([]byte, int) {
	n := 0
	for n < len(b) && isSpace(b[n]) {
		n++
	}
	if n == len(b) {
		return nil, -1
	}
	if q := b[n]; q == '"' || q == '\'' {
		end := bytes.IndexByte(b[n+1:], q)
		if end < 0 {
			return nil, -1
		}
		return b[n+1 : n+1+end], n + 1 + end + 1
	}
	start := n
	for n < len(b) && !isSpace(b[n]) && b[n] != '>' {
		n++
	}
	value := b[start:n]
	if n < len(b) && b[n] == '>' && bytes.HasSuffix(value, []byte("/")) && len(value) > 1 && !bytes.Contains(value, []byte("//")) {
		value = value[:len(value)-1] // <br clear=all/>
		n--
	}
	return value, n
}

func (r *repair) writeTag(name []byte, attrs []attr, empty bool) {
	r.write([]byte("<"))
	r.write(name)
	for _, a := range attrs {
		r.write([]byte(" "))
		r.write(a.name)
		r.write([]byte(`="`))
		for rest := a.value; len(rest) > 0; {
			i := bytes.IndexAny(rest, `"<&`)
			if i < 0 {
				r.write(rest)
				break
			}
			r.write(rest[:i])
			n := 1
			switch rest[i] {
			case '"':
				r.write([]byte("&quot;"))
			case '<':
				r.write([]byte("&lt;"))
			default:
				n = r.reference(rest[i:])
			}
			rest = rest[i+n:]
		}
		r.write([]byte(`"`))
	}
	if empty {
		r.write([]byte("/"))
	}
	r.write([]byte(">"))
}

// text writes character data: references to characters that XML forbids are
// left out, and the "]]>" that may stand in CDATA alone is escaped.
func (r *repair) text(b []byte) {
	if len(b) == 0 || r.unit == 0 { // between units there is only white space, or nothing of meaning
		return
	}
	r.count(len(b))
	for len(b) > 0 {
		i := bytes.IndexAny(b, "&>")
		if i < 0 {
			r.write(b)
			return
		}
		r.write(b[:i])
		n := 1
		switch {
		case b[i] == '&':
			n = r.reference(b[i:])
		case i >= 2 && b[i-1] == ']' && b[i-2] == ']':
			r.write([]byte("&gt;"))
		default:
			r.write(b[i : i+1])
		}
		b = b[i+n:]
	}
}

// reference writes what begins with '&' and returns its length. An ampersand
// that begins no reference is escaped.
func (r *repair) reference(b []byte) int {
	end := bytes.IndexByte(b[:min(len(b), 40)], ';')
	if end < 2 {
		r.write([]byte("&amp;"))
		return 1
	}
	name := string(b[1:end])
	if digits, ok := strings.CutPrefix(name, "#"); ok {
		base := 10
		if len(digits) > 1 && (digits[0] == 'x' || digits[0] == 'X') {
			digits, base = digits[1:], 16
		}
		v, err := strconv.ParseUint(digits, base, 32)
		switch {
		case err != nil:
			r.write([]byte("&amp;"))
			return 1
		case !legalRune(v):
			r.refs++
		default:
			r.write([]byte("&#" + strconv.FormatUint(v, 10) + ";"))
		}
		return end + 1
	}
	for i := range len(name) {
		if c := name[i] | 0x20; (c < 'a' || c > 'z') && (i == 0 || name[i] < '0' || name[i] > '9') {
			r.write([]byte("&amp;"))
			return 1
		}
	}
	r.write(b[:end+1])
	return end + 1
}

func unescape(b []byte) string { return html.UnescapeString(string(b)) }

func escape(s string) []byte {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s))
	return b.Bytes()
}
