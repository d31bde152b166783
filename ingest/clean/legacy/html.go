package legacy

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// MendHTML is [MendText] for HTML, or for text that may hold some: each run of
// text is mended by itself, tags with their attributes, comments, scripts and
// styles are not touched. References to characters beyond ASCII (&reg;, &#173;)
// are read, as far as they stand in text that is mended; others stay as they are.
func MendHTML(s string, c Code) string {
	if c == "" || ascii(s) && strings.IndexByte(s, '&') < 0 {
		return s
	}
	var b strings.Builder
	changed := false
	eachNode(s, func(node string, text bool) bool {
		if text {
			if out := MendText(unescape(node), c); out != node && out != unescape(node) {
				node, changed = out, true
			}
		}
		b.WriteString(node)
		return true
	})
	if !changed {
		return s
	}
	return b.String()
}

// eachNode divides HTML into runs of text and what is none, until f returns
// false. It knows as much of HTML as that takes: a tag begins with a letter,
// a stroke or a mark behind its bracket, and ends at the next bracket.
func eachNode(s string, f func(node string, text bool) bool) {
	for start := 0; s != ""; {
		open := strings.IndexByte(s[start:], '<')
		if open < 0 {
			f(s, true)
			return
		}
		open += start
		n := tagLen(s[open:])
		if n == 0 { // a bracket in text
			start = open + 1
			continue
		}
		if open > 0 && !f(s[:open], true) {
			return
		}
		if !f(s[open:open+n], false) {
			return
		}
		s, start = s[open+n:], 0
	}
}

// tagLen returns the length of the tag at the start of s, of a comment, or of a
// script or style with what is in it; 0 if there is none.
func tagLen(s string) int {
	if len(s) < 2 {
		return 0
	}
	c := s[1] | 0x20
	switch {
	case strings.HasPrefix(s, "<!--"):
		return until(s, 4, "-->")
	case strings.HasPrefix(s, "<![CDATA["):
		return len("<![CDATA[")
	case c < 'a' || c > 'z':
		if s[1] != '/' && s[1] != '!' && s[1] != '?' {
			return 0
		}
	default:
		for _, name := range [...]string{"script", "style"} {
			if len(s) > len(name)+1 && strings.EqualFold(s[1:1+len(name)], name) && strings.IndexByte(" >\t\r\n/", s[1+len(name)]) >= 0 {
				return endOfElement(s, name)
			}
		}
	}
	if n := strings.IndexByte(s, '>'); n >= 0 {
		return n + 1
	}
	return len(s)
}

func until(s string, from int, end string) int {
	if n := strings.Index(s[from:], end); n >= 0 {
		return from + n + len(end)
	}
	return len(s)
}

// endOfElement returns where the end tag begins.
func endOfElement(s, name string) int {
	for i := 1; ; i += 2 {
		n := strings.Index(s[i:], "</")
		if n < 0 {
			return len(s)
		}
		i += n
		if rest := s[i+2:]; len(rest) >= len(name) && strings.EqualFold(rest[:len(name)], name) {
			return i
		}
	}
}

// maxReference is the length of the longest reference to a letter of Latin-1.
const maxReference = 12

// unescape reads the references to characters from U+00A1 on. Those to ASCII
// are markup, or would become some.
func unescape(s string) string {
	i := strings.IndexByte(s, '&')
	if i < 0 {
		return s
	}
	var b strings.Builder
	for i >= 0 {
		b.WriteString(s[:i])
		s = s[i:]
		n := 1
		if end := strings.IndexByte(s[:min(len(s), maxReference)], ';'); end > 1 {
			to := html.UnescapeString(s[:end+1])
			if r, size := utf8.DecodeRuneInString(to); size == len(to) && r > 0xA0 && r != utf8.RuneError {
				b.WriteRune(r)
				n = 0
				s = s[end+1:]
			}
		}
		b.WriteString(s[:n])
		s = s[n:]
		i = strings.IndexByte(s, '&')
	}
	b.WriteString(s)
	return b.String()
}
