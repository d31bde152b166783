package clean

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// TextOf returns sanitised HTML (of [HTML] or [Paragraphs]) as plain text that
// can be read: blank lines between paragraphs, list items after "- ", table rows
// on lines of their own.
func TextOf(html string) string {
	w := textWriter{out: make([]byte, 0, len(html))}
	w.html(html, len(html))
	return string(w.out)
}

type textWriter struct {
	out    []byte
	runes  int  // in out
	line   bool // everything in one line
	breaks int  // line ends that are due before the next word
	blank  bool // a blank is due
	item   bool // the mark of an item is due
	lists  int
}

// html stops when it has more than most runes.
func (w *textWriter) html(s string, most int) {
	for s != "" && w.runes <= most {
		open := strings.IndexByte(s, '<')
		if open < 0 {
			open = len(s)
		}
		w.text(s[:open])
		if s = s[open:]; s == "" {
			break
		}
		end := strings.IndexByte(s, '>')
		if end < 0 {
			w.text(s)
			break
		}
		w.tag(s[1:end])
		s = s[end+1:]
	}
}

func (w *textWriter) text(s string) {
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	for s != "" {
		n, space := wordEnd(s)
		if n > 0 {
			switch {
			case len(w.out) == 0:
			case w.line && (w.breaks > 0 || w.blank):
				w.out = append(w.out, ' ')
				w.runes++
			case w.breaks > 0:
				w.out = append(w.out, "\n\n"[:w.breaks]...)
			case w.blank:
				w.out = append(w.out, ' ')
			}
			if w.item && !w.line {
				w.out = append(w.out, "- "...)
			}
			w.breaks, w.blank, w.item = 0, false, false
			w.out = append(w.out, s[:n]...)
			w.runes += utf8.RuneCountInString(s[:n])
		}
		w.blank = w.blank || space > 0
		s = s[n+space:]
	}
}

// wordEnd returns the length of the word at the start of s and that of the white
// space character behind it.
func wordEnd(s string) (word, space int) {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c == ' ' || c >= '\t' && c <= '\r' {
				return i, 1
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if unicode.IsSpace(r) {
			return i, n
		}
		i += n
	}
	return len(s), 0
}

func (w *textWriter) tag(t string) {
	end := strings.HasPrefix(t, "/")
	t = strings.TrimPrefix(t, "/")
	if i := strings.IndexAny(t, " /"); i >= 0 {
		t = t[:i]
	}
	n, open := 2, 0
	switch t {
	case "b", "strong", "i", "em", "u", "s", "strike", "tt", "del", "ins", "small", "sub", "sup", "mark", "code", "kbd",
		"samp", "var", "cite", "q", "abbr", "dfn", "a", "wbr":
		return
	case "img":
		w.blank = true
		return
	case "td", "th":
		w.blank = true
		return
	case "br", "tr", "dt", "dd":
		n = 1
	case "li":
		n, w.item = 1, !end
	case "ul", "ol":
		if end {
			w.lists = max(0, w.lists-1)
		}
		if !end {
			open = 1
		}
	}
	if w.lists > 0 { // a list stays together
		n = 1
	}
	if t == "br" && w.breaks > 0 {
		n = 2
	}
	if !w.item || t == "li" { // the paragraph of an item starts behind its mark
		w.breaks = max(w.breaks, n)
	}
	w.lists += open
}
