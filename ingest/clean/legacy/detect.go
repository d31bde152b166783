package legacy

import (
	"strings"
	"unicode/utf8"
)

// What makes a judgement sure. The numbers are low for texts in a legacy code,
// where nearly every word becomes a syllable, and out of reach for other
// languages, where hardly any word with marks does.
const (
	minGain     = 5    // words with marks that become syllables and were none
	minDistinct = 4    // different ones
	minMarked   = 0.75 // share of syllables in words with marks
	minScore    = 0.6  // share of syllables in all words
	minPlain    = 3    // words with marks, all of them syllables, that are Vietnamese as they are
	minOdd      = 6    // characters beyond ASCII, to look at a text at all
)

// maxSample bounds what is looked at of a text, in bytes.
const maxSample = 16 << 10

// Detect returns the code that text was written in, and whether that is sure.
// Text that has letters of Unicode's Vietnamese block, or combining tones, is
// Unicode; to find that takes a glance at its beginning. Other text is decoded
// by each code, as far as its first 16 KiB, and that code is the one which makes
// the most syllables, if they are many, if nearly all words with marks are, and
// if neither the text as it stands nor another code comes near. A code that is
// not sure is the best guess, or none.
func Detect(text string) (Code, bool) {
	if ascii(text) || isUnicode(text) {
		return "", false
	}
	text = head(text, maxSample)
	if odd(text, minOdd) < minOdd {
		return "", false
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	raw := count(text, true)
	// Even if every word with marks became a syllable, it would not be enough.
	if most := raw.syllables - raw.marked + raw.odd; float64(most) < minScore*float64(raw.words) {
		return "", false
	}
	var best, second counts
	var code Code
	var decoded string
	for _, c := range codes {
		out := Decode(text, c)
		if out == text || out == decoded {
			continue
		}
		switch n := count(out, true); {
		case n.marked > best.marked:
			// The two readings of UTF-8 agree in all but a few letters.
			if !utf8Family(code) || !utf8Family(c) {
				second = best
			}
			best, code, decoded = n, c, out
		case n.marked > second.marked && (!utf8Family(code) || !utf8Family(c)):
			second = n
		}
	}
	gain := best.marked - raw.marked
	if gain <= 0 {
		return "", false
	}
	sure := gain >= minGain && best.marked >= 2*raw.marked && best.marked >= 2*second.marked &&
		float64(best.marked) >= minMarked*float64(best.odd) &&
		float64(best.syllables) >= minScore*float64(best.words) &&
		distinct(decoded, minDistinct) && isUnicode(decoded)
	return code, sure
}

func utf8Family(c Code) bool { return c == UTF8As1252 || c == UTF8As1258 }

// enough is how many letters settle that a text is Unicode, without reading on.
const enough = 8

// isUnicode reports whether text has been written in Unicode: it has letters
// that no legacy code has when it is read as a single-byte one, or combining
// tones, and they are not a few amid many others, as where a page adds its own
// "Xem tiếp" to an old text.
func isUnicode(s string) bool {
	own, latin := 0, 0
	for i := 0; i+1 < len(s); i++ {
		c := s[i]
		if c < 0xC0 {
			continue
		}
		next := s[i+1]
		switch c {
		case 0xE1: // U+1EA0 to U+1EFF
			if next == 0xBB || next == 0xBA && i+2 < len(s) && s[i+2] >= 0xA0 {
				own++
			}
		case 0xC2, 0xC3: // Latin-1
			latin++
		case 0xC4: // ă Đ đ Ĩ ĩ; Ă is a byte of UTF-8 in windows-1258
			if next == 0x83 || next == 0x90 || next == 0x91 || next == 0xA8 || next == 0xA9 {
				own++
			}
		case 0xC5: // Ũ ũ
			if next == 0xA8 || next == 0xA9 {
				own++
			}
		case 0xC6: // Ơ ơ Ư ư
			if next == 0xA0 || next == 0xA1 || next == 0xAF || next == 0xB0 {
				own++
			}
		case 0xCC: // combining
			switch next {
			case 0x80, 0x81, 0x82, 0x83, 0x86, 0x89, 0x9B, 0xA3:
				own++
			}
		}
		if own >= enough && 4*own >= latin {
			return true
		}
	}
	return own > 0 && 4*own >= latin
}

// odd counts the characters beyond ASCII, up to most.
func odd(s string, most int) (n int) {
	for i := 0; i < len(s) && n < most; i++ {
		if s[i] >= 0xC0 {
			n++
		}
	}
	return n
}

// distinct reports whether text has n different syllables with marks.
func distinct(text string, n int) bool {
	seen := map[string]bool{}
	eachWord(text, false, func(word string, marks bool) {
		if marks && len(seen) < n && Syllable(word) {
			seen[word] = true
		}
	})
	return len(seen) >= n
}

// head returns the first bytes of s, whole characters.
func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
