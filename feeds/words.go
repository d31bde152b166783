package feeds

import (
	"html"
	"strings"
	"unicode"
)

// Words returns the text of sanitised, well-formed HTML with its white space
// collapsed: a block ends a word, an inline element does not. It serves
// comparison and counting; it is not a sanitiser.
func Words(markup string) string {
	if !strings.ContainsAny(markup, "<&") {
		return strings.Join(strings.Fields(markup), " ")
	}
	var b strings.Builder
	b.Grow(len(markup))
	for s := markup; s != ""; {
		open := strings.IndexByte(s, '<')
		if open < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:open])
		end := strings.IndexByte(s[open:], '>')
		if end < 0 {
			b.WriteString(s[open:])
			break
		}
		if !inline(s[open+1 : open+end]) {
			b.WriteByte(' ')
		}
		s = s[open+end+1:]
	}
	return strings.Join(strings.FieldsFunc(html.UnescapeString(b.String()), unicode.IsSpace), " ")
}

// inline reports whether a tag (without its brackets) stands inside a word.
func inline(tag string) bool {
	tag = strings.TrimPrefix(tag, "/")
	if i := strings.IndexAny(tag, " /\t\n"); i >= 0 {
		tag = tag[:i]
	}
	switch strings.ToLower(tag) {
	case "a", "b", "i", "u", "s", "em", "strong", "span", "font", "small", "big", "sub", "sup",
		"mark", "del", "ins", "abbr", "cite", "q", "code", "time", "wbr", "tt", "strike":
		return true
	}
	return false
}
