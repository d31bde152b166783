package clean

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"loa/feeds/citation"
)

// Summary returns the first sentences of sanitised HTML, as one line of about n
// runes at most: as many whole sentences as fit or, when the first is longer, its
// words that fit and an ellipsis; the citation of a document is whole or not there.
// The official mark of the end, "./.", is a full stop here, and what follows it
// (who signed) is left out.
func Summary(html string, n int) string {
	if n <= 0 {
		return ""
	}
	w := textWriter{line: true, out: make([]byte, 0, min(len(html), 3*n))}
	w.html(html, 2*n+8)
	text := Text(string(w.out))
	text = beforeEndMark(text)
	end, size := 0, 0 // of the last sentence that fits, in bytes and runes
	blank, count := 0, 0
	for i, r := range text {
		if count == n {
			break
		}
		count++
		switch {
		case r == ' ':
			blank = i
		case (r == '.' || r == '!' || r == '?' || r == '…') && ends(text, i, utf8.RuneLen(r)):
			end, size = i+utf8.RuneLen(r), count
			for _, r := range text[end:] { // what closes with the sentence
				if !strings.ContainsRune(closers, r) {
					break
				}
				end += utf8.RuneLen(r)
			}
		}
	}
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	if size*3 >= n {
		return text[:end]
	}
	if blank == 0 { // one endless word
		if i := strings.IndexByte(text, ' '); i >= 0 && i <= 2*n {
			blank = i
		} else {
			return cut(text, n) + "…"
		}
	}
	return strings.TrimRight(text[:outsideCitation(text, blank, n)], " ,;:-–—.(\"“‘'…") + "…"
}

// given returns the summary that a publisher gave: without the official mark of
// the end, and cut, if it must be, as a made one is.
func given(s string) string {
	s = beforeEndMark(Plain(s))
	short := cut(s, maxSummary)
	if len(short) == len(s) {
		return s
	}
	return strings.TrimRight(s[:outsideCitation(s, len(short), maxSummary)], " ")
}

// citationReach is how far around a cut a citation is looked for, in bytes: the
// longest ones name an issuer and a date.
const citationReach = 600

// outsideCitation returns where to cut a text of which about n runes are wanted,
// so that no citation is cut: at, or the start of the citation that stands there.
// Where hardly anything would be left, it is the end of the citation, if that is
// not far. A number without its symbol or its date names another document.
func outsideCitation(text string, at, n int) int {
	from := max(0, at-citationReach)
	for from > 0 && text[from-1] != ' ' { // not before the text: at stands behind a word
		from--
	}
	to := min(len(text), at+citationReach)
	for to < len(text) && text[to] != ' ' {
		to++
	}
	window := text[from:to]
	cutAt := utf8.RuneCountInString(window[:at-from])
	for _, c := range citation.Find(window) {
		if c.Start >= cutAt || c.End <= cutAt {
			continue
		}
		start, end := from+byteOffset(window, c.Start), from+byteOffset(window, c.End)
		switch {
		case 4*utf8.RuneCountInString(text[:start]) >= n:
			return start
		case utf8.RuneCountInString(text[:end]) <= 2*n:
			return end
		}
		break
	}
	return at
}

// byteOffset is where the rune of that number begins.
func byteOffset(s string, runes int) int {
	for i := range s {
		if runes == 0 {
			return i
		}
		runes--
	}
	return len(s)
}

// beforeEndMark returns one line of text up to the mark with which official
// papers end, "./." or "/.", with a full stop in its place. What follows it says
// who signed.
func beforeEndMark(text string) string {
	for i := 0; ; i++ {
		n := strings.Index(text[i:], "/.")
		if n < 0 {
			return text
		}
		if i += n; isEndMark(text[:i], text[i+2:]) {
			after := text[i+2:]
			closing := after[:len(after)-len(strings.TrimLeft(after, closers))]
			text = strings.TrimRight(text[:i], " ./")
			if last, _ := utf8.DecodeLastRuneInString(text); text != "" && !strings.ContainsRune("!?…", last) {
				text += "."
			}
			return text + closing
		}
	}
}

// closers are what closes with a sentence.
const closers = "\"'”’»)]"

// isEndMark tells the mark from what only looks like it, as in a path.
func isEndMark(before, after string) bool {
	next, _ := utf8.DecodeRuneInString(after)
	stop := strings.HasSuffix(strings.TrimRight(before, " "), ".")
	switch {
	case after == "" || next == ' ':
		prev, _ := utf8.DecodeLastRuneInString(before)
		if !stop && strings.ContainsAny(before[strings.LastIndexByte(before, ' ')+1:], "./:") {
			return false // an address that ends with a stroke
		}
		return stop || unicode.IsLetter(prev) || unicode.IsDigit(prev) || strings.ContainsRune("!?…"+closers, prev)
	case strings.ContainsRune(closers, next):
		return stop
	}
	return stop && unicode.IsUpper(next)
}

// ends reports whether the mark at text[i] ends a sentence: a blank and no small
// letter follow, and it is not the full stop of an abbreviation or of a number
// in a list.
func ends(text string, i, n int) bool {
	rest := strings.TrimLeft(text[i+n:], closers)
	if rest == "" {
		return true
	}
	if rest[0] != ' ' {
		return false
	}
	if next, _ := utf8.DecodeRuneInString(rest[1:]); unicode.IsLower(next) {
		return false
	}
	if text[i] != '.' {
		return true
	}
	word := text[strings.LastIndexByte(text[:i], ' ')+1 : i]
	switch word {
	case "TP", "Tp", "TX", "TT", "TS", "ThS", "Ths", "GS", "PGS", "BS", "KS", "CN", "NSƯT", "NSND", "Mr", "Mrs", "Ms", "Dr", "St", "No", "tr":
		return false
	}
	if utf8.RuneCountInString(word) == 1 {
		return false
	}
	return len(word) > 2 || strings.Trim(word, "0123456789") != ""
}
