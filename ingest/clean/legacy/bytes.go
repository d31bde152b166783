package legacy

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// byte1252 and byte1258 give the byte that a character was read from, or false.
// Bytes without a character are read as controls of the same number (WHATWG
// Encoding, section 9).
func byte1252(r rune) (byte, bool) { return byteOf(charmap.Windows1252, r) }

func byte1258(r rune) (byte, bool) { return byteOf(charmap.Windows1258, r) }

func byteOf(m *charmap.Charmap, r rune) (byte, bool) {
	switch {
	case r < utf8.RuneSelf:
		return byte(r), true
	case r < 0xA0:
		return byte(r), true
	}
	return m.EncodeRune(r)
}

// decodeUTF8 takes the characters back to the bytes that they were read from,
// and reads as UTF-8 what is a sequence of it. What is none stays.
func decodeUTF8(s string, byteOf func(rune) (byte, bool)) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		var seq [utf8.UTFMax]byte
		r, size := utf8.DecodeRuneInString(s[i:])
		first, ok := byteOf(r)
		if !ok || first < 0xC2 || first > 0xF4 {
			b.WriteString(s[i : i+size])
			i += size
			continue
		}
		seq[0] = first
		n, end := 1, i+size
		for n < len(seq) && !utf8.FullRune(seq[:n]) && end < len(s) {
			next, k := utf8.DecodeRuneInString(s[end:])
			c, ok := byteOf(next)
			if !ok || c < 0x80 || c > 0xBF {
				break
			}
			seq[n] = c
			n++
			end += k
		}
		to, used := utf8.DecodeRune(seq[:n])
		if to == utf8.RuneError || used != n || to < 0xA0 {
			b.WriteString(s[i : i+size])
			i += size
			continue
		}
		b.WriteRune(to)
		i = end
	}
	return compose(b.String())
}

// decode1258 reads as windows-1258 what was read as windows-1252. A character
// that is in neither stays.
func decode1258(s string) string {
	var b strings.Builder
	b.Grow(len(s) + len(s)/8)
	for _, r := range s {
		if c, ok := byte1252(r); ok && r >= 0xA0 {
			r = charmap.Windows1258.DecodeByte(c)
		}
		b.WriteRune(r)
	}
	return compose(b.String())
}
