package clean

import (
	"strings"

	"golang.org/x/net/html"
)

// attributes are those that the policy knows; the others are skipped.
type attributes struct {
	href, src, dataSrc, dataOriginal, alt, width, height, colspan, rowspan string

	seen uint16
}

// scan reads the attributes and the end of a tag, all of them written as
// name="value", name='value' or name=word, with nothing in the value that is
// read in more than one way, and returns their length. Only a void element may end in a slash.
func (a *attributes) scan(s string, slash bool) (int, bool) {
	for i := 0; i < len(s); {
		if s[i] == '>' {
			return i + 1, true
		}
		if slash && s[i] == '/' && i+1 < len(s) && s[i+1] == '>' {
			return i + 2, true
		}
		if s[i] != ' ' {
			return 0, false
		}
		for i < len(s) && s[i] == ' ' {
			i++
		}
		if i == len(s) {
			return 0, false
		}
		if s[i] == '>' || s[i] == '/' {
			continue
		}
		start := i
		for i < len(s) && (s[i] >= 'a' && s[i] <= 'z' || s[i] == '-') {
			i++
		}
		name := s[start:i]
		if name == "" || i+1 >= len(s) || s[i] != '=' {
			return 0, false
		}
		i++
		n := 0
		if q := s[i]; q == '"' || q == '\'' {
			i++
			if n = strings.IndexByte(s[i:], q); n < 0 || !a.set(name, s[i:i+n]) {
				return 0, false
			}
			i += n + 1
			continue
		}
		for i+n < len(s) && bare(s[i+n]) {
			n++
		}
		if n == 0 || i+n == len(s) || s[i+n] != ' ' && s[i+n] != '>' || !a.set(name, s[i:i+n]) {
			return 0, false // a slash behind a word belongs to it
		}
		i += n
	}
	return 0, false
}

// bare reports whether c may stand in a value without quotes.
func bare(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("%#._-", c) >= 0
}

func (a *attributes) set(name, v string) bool {
	var to *string
	var bit uint16
	switch name {
	case "href":
		to, bit = &a.href, 1
	case "src":
		to, bit = &a.src, 2
	case "data-src":
		to, bit = &a.dataSrc, 4
	case "data-original":
		to, bit = &a.dataOriginal, 8
	case "alt":
		to, bit = &a.alt, 16
	case "width":
		to, bit = &a.width, 32
	case "height":
		to, bit = &a.height, 64
	case "colspan":
		to, bit = &a.colspan, 128
	case "rowspan":
		to, bit = &a.rowspan, 256
	default:
		return strings.IndexByte(v, '<') < 0 && strings.IndexByte(v, '>') < 0
	}
	if a.seen&bit != 0 || !isOrdinary(v) || strings.ContainsAny(v, "<>\n\t") {
		return false
	}
	a.seen |= bit
	// An attribute decodes entities in a way of its own where the semicolon is
	// missing; only what is plain in either way is read here.
	if strings.IndexByte(v, '&') >= 0 {
		for rest := v; ; {
			i := strings.IndexByte(rest, '&')
			if i < 0 {
				break
			}
			if rest = rest[i:]; !plainEntity(rest) {
				return false
			}
			rest = rest[1:]
		}
		v = html.UnescapeString(v)
	}
	*to = v
	return true
}

func plainEntity(s string) bool {
	for _, e := range [...]string{"&amp;", "&quot;", "&#39;", "&#34;", "&lt;", "&gt;"} {
		if strings.HasPrefix(s, e) {
			return true
		}
	}
	return false
}
