package decode

import "unicode/utf8"

// legal takes out the characters that XML 1.0 (section 2.2, Char) forbids. The
// vertical tab and the form feed become a space: they come from word processors,
// where they stand between words.
func legal(text []byte, f *faults) []byte {
	n := 0
	for i := 0; i < len(text); {
		size, ok := legalAt(text[i:])
		if !ok {
			n++
		}
		i += size
	}
	if n == 0 {
		return text
	}
	f.add(FaultControl, "characters that XML forbids, taken out: %d", n)
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		size, ok := legalAt(text[i:])
		switch {
		case ok:
			out = append(out, text[i:i+size]...)
		case text[i] == '\v' || text[i] == '\f':
			out = append(out, ' ')
		}
		i += size
	}
	return out
}

// legalAt reports the size of the first character of valid UTF-8, and whether
// XML allows it.
func legalAt(b []byte) (size int, ok bool) {
	if c := b[0]; c < 0x80 {
		return 1, c >= ' ' || c == '\t' || c == '\n' || c == '\r'
	}
	// Of valid UTF-8 only U+FFFE and U+FFFF are forbidden: EF BF BE and EF BF BF.
	if len(b) >= 3 && b[0] == 0xEF && b[1] == 0xBF && b[2] >= 0xBE {
		return 3, false
	}
	_, size = utf8.DecodeRune(b)
	return size, true
}

func legalRune(r uint64) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r < 0xD800 || r > 0xDFFF && r < 0xFFFE || r > 0xFFFF && r <= 0x10FFFF
}
