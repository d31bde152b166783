package vntext

import "unicode"

// Nearly all text that is looked up is composed Vietnamese without look-alikes.
// For that, and nothing else, quick makes the same key as fold does, in a tenth
// of the time and without normalising: a register of thousands of names is
// loaded at each start.

// letter is what a Vietnamese letter is made of.
type letter struct {
	vowel int8 // its row in vowels; -1: a consonant
	tone  int8 // its column
	small rune // the small letter without tone
	plain rune // and without any mark
}

// vowels has a row for each vowel and a column for each tone.
var vowels = [12][6]rune{
	{'a', 'à', 'ả', 'ã', 'á', 'ạ'}, {'ă', 'ằ', 'ẳ', 'ẵ', 'ắ', 'ặ'}, {'â', 'ầ', 'ẩ', 'ẫ', 'ấ', 'ậ'},
	{'e', 'è', 'ẻ', 'ẽ', 'é', 'ẹ'}, {'ê', 'ề', 'ể', 'ễ', 'ế', 'ệ'}, {'i', 'ì', 'ỉ', 'ĩ', 'í', 'ị'},
	{'o', 'ò', 'ỏ', 'õ', 'ó', 'ọ'}, {'ô', 'ồ', 'ổ', 'ỗ', 'ố', 'ộ'}, {'ơ', 'ờ', 'ở', 'ỡ', 'ớ', 'ợ'},
	{'u', 'ù', 'ủ', 'ũ', 'ú', 'ụ'}, {'ư', 'ừ', 'ử', 'ữ', 'ứ', 'ự'}, {'y', 'ỳ', 'ỷ', 'ỹ', 'ý', 'ỵ'},
}

// letters are those of vowels and đ, small and capital. It is never written to.
var letters = func() map[rune]letter {
	m := map[rune]letter{'đ': {-1, 0, 'đ', 'd'}, 'Đ': {-1, 0, 'đ', 'd'}}
	for v, row := range vowels {
		for t, r := range row {
			l := letter{int8(v), int8(t), row[0], rune("aaaeeiooouuy"[v])}
			m[r] = l
			m[unicode.ToUpper(r)] = l
		}
	}
	return m
}()

// quick returns the key of s, or false if s has anything that needs more care.
func quick(s string, bare bool) (string, bool) {
	var buf [96]rune
	if len(s) > len(buf) {
		return "", false
	}
	out := buf[:0]
	last, tone := -1, int8(0) // the last vowel of the open run in out, and its tone
	row := int8(0)
	space := false
	flush := func() {
		if tone != 0 && !bare {
			out[last] = vowels[row][tone]
		}
		last, tone = -1, 0
	}
	for _, r := range s {
		switch {
		case r == ' ' || r == '\t' || r == '\n' || r == '\u00a0':
			flush()
			space = true
			continue
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		case r < ' ' || r == '`' || r == 0x7F:
			return "", false
		}
		l, ok := letters[r]
		if !ok {
			if r >= 0x80 {
				return "", false
			}
			l = letter{-1, 0, r, r}
		}
		if l.vowel < 0 || space {
			flush()
		}
		if space && len(out) > 0 && r != '-' && out[len(out)-1] != '-' {
			out = append(out, ' ')
		}
		space = false
		if l.vowel >= 0 {
			if l.tone != 0 && tone != 0 {
				return "", false // two tones in one run: no Vietnamese syllable
			}
			last, row, tone = len(out), l.vowel, tone+l.tone
		}
		if bare {
			out = append(out, l.plain)
		} else {
			out = append(out, l.small)
		}
	}
	flush()
	return string(out), true
}
