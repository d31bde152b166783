package clean

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxMarks is how many combining marks may follow each other: two are enough
// for every Vietnamese letter, and a tower of them only breaks pages.
const maxMarks = 10

// Text returns s as one line of plain text in normal form C: white space
// (no-break spaces and line ends too) is collapsed to single blanks, invalid
// UTF-8 becomes U+FFFD, and what XML 1.0 (section 2.2) forbids or nobody can see
// is removed; see [strip]. Text(Text(s)) == Text(s).
//
// Normal form matters here: real feeds carry composed and decomposed letters in
// one string, and neither keys nor comparisons survive that.
func Text(s string) string {
	if isPlainLine(s) {
		return s
	}
	return strings.Join(strings.Fields(normal(s)), " ")
}

// isPlainLine reports whether s is already what [Text] would make of it, for
// nearly all strings in one pass without allocation.
func isPlainLine(s string) bool {
	blank := true // a blank here would be a leading or a doubled one
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c < ' ' || c == 0x7F || c == ' ' && blank {
				return false
			}
			blank = c == ' '
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == '\u00A0' || !ordinary(r) {
			return false
		}
		blank = false
		i += n
	}
	return !blank || s == ""
}

// ordinary reports whether a rune outside ASCII is visible, allowed
// everywhere, and composed already: it neither changes in normal form C nor
// takes part in changing its neighbours. The ranges are those of Latin and
// Vietnamese letters and of common punctuation.
func ordinary(r rune) bool {
	switch {
	case r >= 0x1E00 && r <= 0x1EFF: // Vietnamese letters with two marks
		return true
	case r >= 0xA0 && r < 0x300:
		return r != 0xAD
	case r >= 0x2010 && r <= 0x2027, r >= 0x2030 && r <= 0x203A: // dashes, quotes, bullets, ellipsis
		return true
	}
	return false
}

// isOrdinary reports whether the whole of s is ordinary text with the white
// space of HTML, so that neither [strip] nor normalisation would change it.
func isOrdinary(s string) bool {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c < ' ' && c != '\n' && c != '\t' || c == 0x7F {
				return false
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if !ordinary(r) {
			return false
		}
		i += n
	}
	return true
}

// normal returns s in normal form C without what [strip] removes; its line ends
// are single line feeds, other white space is kept.
func normal(s string) string {
	if isOrdinary(s) {
		return s
	}
	// Normalising first makes the count of marks final, normalising again joins
	// what stood apart because of something that was removed.
	return norm.NFC.String(strip(norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD"))))
}

// strip removes from valid UTF-8 what has no place in text:
//   - controls, surrogates and noncharacters: XML 1.0 forbids most of them, and
//     discourages the others;
//   - bidirectional controls, which make text look like another one;
//   - zero-width characters, soft hyphens, byte order marks and tag characters,
//     which make equal words unequal. The joiner stays between emoji, where it
//     makes one picture of several; Vietnamese has no use for the non-joiner;
//   - marks beyond [maxMarks] in a row.
//
// Line ends become line feeds.
func strip(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	marks, prev := 0, rune(-1)
	for i, r := range s {
		switch {
		case r == '\t' || r == '\n':
		case r == '\r':
			if strings.HasPrefix(s[i+1:], "\n") {
				continue
			}
			r = '\n'
		case r == 0x0B, r == 0x0C, r == 0x85, r == 0x2028, r == 0x2029:
			r = '\n'
		case r < ' ', r >= 0x7F && r < 0xA0, invisible(r):
			continue
		case r == 0x200D:
			next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
			if !emoji(prev) || !emoji(next) {
				continue
			}
		}
		if r >= 0x300 && unicode.Is(unicode.M, r) {
			if marks++; marks > maxMarks {
				continue
			}
		} else {
			marks = 0
		}
		b.WriteRune(r)
		prev = r
	}
	return b.String()
}

func invisible(r rune) bool {
	switch {
	case r < 0xA0:
		return false
	case r == 0xAD, r == 0x034F, r == 0x061C, r == 0x115F, r == 0x1160, r == 0x17B4, r == 0x17B5,
		r >= 0x180B && r <= 0x180F, r == 0x3164, r == 0xFEFF, r == 0xFFA0:
		return true
	case r >= 0x200B && r <= 0x200F && r != 0x200D, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x206F:
		return true
	case r >= 0xFDD0 && r <= 0xFDEF, r >= 0xFFF0 && r <= 0xFFFC, r&0xFFFE == 0xFFFE, r >= 0xE0000 && r <= 0xE0FFF:
		return true
	}
	return false
}

func emoji(r rune) bool {
	return r >= 0x1F000 && r < 0x20000 || r >= 0x2190 && r <= 0x2BFF || r == 0xFE0F
}

// cut returns at most n runes of s, whole words where it can, without blanks at
// its end. It never parts a letter and its combining marks.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	end := 0
	for i := range s {
		if n == 0 {
			end = i
			break
		}
		n--
	}
	if end == 0 {
		return s
	}
	if i := strings.LastIndexByte(s[:end], ' '); s[end] != ' ' && i > end/2 {
		end = i
	}
	for end > 0 { // not between a letter and a mark that has no letter of its own with it
		if r, _ := utf8.DecodeRuneInString(s[end:]); !unicode.Is(unicode.M, r) {
			break
		}
		_, n := utf8.DecodeLastRuneInString(s[:end])
		end -= n
	}
	return strings.TrimRightFunc(s[:end], unicode.IsSpace)
}
