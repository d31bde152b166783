package websub

import "strings"

// link is one value of a Link header field (RFC 8288, section 3).
type link struct {
	target string   // a URI reference, as written
	rel    []string // the relation types, in small letters
	anchor string   // another context than the document, if anchored
	// anchored tells an empty anchor, which is the document, from none.
	anchored bool
}

// has reports whether the link is of the relation type, in small letters.
func (l *link) has(rel string) bool {
	for _, r := range l.rel {
		if r == rel {
			return true
		}
	}
	return false
}

// maxLinks bounds the links that are read of one document's header.
const maxLinks = 100

// parseLinks reads the values of all Link fields of a header, each of which may
// hold several links (RFC 8288, section 3 and appendix B.2). Parameters come as
// tokens or quoted; of rel and anchor the first counts, and others, such as
// title*, are passed over. A value that is not well formed loses the link that it
// stands in and no other.
func parseLinks(fields []string) (out []link) {
	for _, field := range fields {
		p := linkParser{s: field}
		for len(out) < maxLinks {
			l, ok, more := p.next()
			if !more {
				break
			}
			if ok {
				out = append(out, l)
			}
		}
	}
	return out
}

type linkParser struct {
	s string
	i int
}

func (p *linkParser) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *linkParser) skip(set string) {
	for p.i < len(p.s) && strings.IndexByte(set, p.s[p.i]) >= 0 {
		p.i++
	}
}

// next reads up to the next comma that separates links. ok is false where there
// was no link to be read, more is false at the end.
func (p *linkParser) next() (l link, ok, more bool) {
	p.skip(" \t,")
	if p.i >= len(p.s) {
		return l, false, false
	}
	if p.peek() != '<' {
		p.resume()
		return l, false, true
	}
	end := strings.IndexByte(p.s[p.i:], '>')
	if end < 0 {
		p.i = len(p.s)
		return l, false, true
	}
	l.target = strings.TrimSpace(p.s[p.i+1 : p.i+end])
	p.i += end + 1
	var related bool
	for {
		p.skip(" \t")
		switch p.peek() {
		case ';':
			p.i++
		case ',':
			return l, true, true
		default:
			if p.i >= len(p.s) {
				return l, true, true
			}
			p.resume() // something between a value and the next parameter
			return l, false, true
		}
		p.skip(" \t")
		name := strings.ToLower(p.until("=;, \t\""))
		value := ""
		p.skip(" \t")
		if p.peek() == '=' {
			p.i++
			p.skip(" \t")
			if p.peek() == '"' {
				if value, ok = p.quoted(); !ok {
					return l, false, true
				}
			} else {
				value = p.until(";, \t")
			}
		}
		switch {
		case name == "rel" && !related:
			related = true
			l.rel = strings.Fields(strings.ToLower(value))
		case name == "anchor" && !l.anchored:
			l.anchored, l.anchor = true, value
		}
	}
}

func (p *linkParser) until(set string) string {
	start := p.i
	for p.i < len(p.s) && strings.IndexByte(set, p.s[p.i]) < 0 {
		p.i++
	}
	return p.s[start:p.i]
}

// quoted reads a quoted-string (RFC 9110, section 5.6.4); ok is false if it does
// not end.
func (p *linkParser) quoted() (value string, ok bool) {
	var b strings.Builder
	for p.i++; p.i < len(p.s); p.i++ {
		switch c := p.s[p.i]; c {
		case '"':
			p.i++
			return b.String(), true
		case '\\':
			if p.i++; p.i < len(p.s) {
				b.WriteByte(p.s[p.i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

// resume goes to the next comma that is neither quoted nor in a target.
func (p *linkParser) resume() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ',':
			return
		case '"':
			if _, ok := p.quoted(); !ok {
				return
			}
		case '<':
			if end := strings.IndexByte(p.s[p.i:], '>'); end >= 0 {
				p.i += end
			}
			p.i++
		default:
			p.i++
		}
	}
}
