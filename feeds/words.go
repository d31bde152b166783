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
	w := wordWriter{b: make([]byte, 0, len(markup))}
	for s := markup; s != ""; {
		open := strings.IndexByte(s, '<')
		if open < 0 {
			w.text(s)
			break
		}
		w.text(s[:open])
		end := strings.IndexByte(s[open:], '>')
		if end < 0 {
			w.text(s[open:])
			break
		}
		if !inline(s[open+1 : open+end]) {
			w.gap = true
		}
		s = s[open+end+1:]
	}
	return string(w.b)
}

// wordWriter puts one blank wherever there was white space between words.
type wordWriter struct {
	b   []byte
	gap bool
}

func (w *wordWriter) text(s string) {
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	start := -1 // of the word under way
	for i, r := range s {
		if unicode.IsSpace(r) {
			w.word(s, start, i)
			start, w.gap = -1, true
		} else if start < 0 {
			start = i
		}
	}
	w.word(s, start, len(s))
}

func (w *wordWriter) word(s string, start, end int) {
	if start < 0 {
		return
	}
	if w.gap && len(w.b) > 0 {
		w.b = append(w.b, ' ')
	}
	w.gap = false
	w.b = append(w.b, s[start:end]...)
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
