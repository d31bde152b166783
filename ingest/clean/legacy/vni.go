package legacy

import (
	"unicode"
	"unicode/utf8"
)

// VNI-Windows writes a vowel and, behind it, a character for its marks: the tone
// alone, or the tone with the circumflex of a, e, o and the breve of a. Some
// letters are single characters. Marks have capitals, but it is the vowel that
// tells the case.

// vniTones are the tones of all vowels.
var vniTones = map[rune]int{'ø': 1, 'û': 2, 'õ': 3, 'ù': 4, 'ï': 5}

// vniShapes are the marks with a tone: what the vowel becomes, and the tone.
var vniShapes = map[rune]struct {
	circumflex bool
	tone       int
}{
	'â': {true, 0}, 'à': {true, 1}, 'å': {true, 2}, 'ã': {true, 3}, 'á': {true, 4}, 'ä': {true, 5},
	'ê': {false, 0}, 'è': {false, 1}, 'ú': {false, 2}, 'ü': {false, 3}, 'é': {false, 4}, 'ë': {false, 5},
}

// vniSingle are the letters that are one character.
var vniSingle = map[rune]rune{
	'ñ': 'đ', 'ô': 'ơ', 'ö': 'ư', 'æ': 'ỉ', 'ó': 'ĩ', 'ò': 'ị', 'î': 'ỵ',
	'Ñ': 'Đ', 'Ô': 'Ơ', 'Ö': 'Ư', 'Æ': 'Ỉ', 'Ó': 'Ĩ', 'Ò': 'Ị', 'Î': 'Ỵ',
}

// fromVNI gives the letter of a vowel and its mark, or false if they are none.
func fromVNI(base, mark rune) (rune, bool) {
	low, m := unicode.ToLower(base), unicode.ToLower(mark)
	tone, ok := vniTones[m]
	switch low {
	case 'ô', 'ö':
		low = vniSingle[low]
	case 'a', 'e', 'o':
		if shape, is := vniShapes[m]; is && (shape.circumflex || low == 'a') {
			tone, ok = shape.tone, true
			switch {
			case !shape.circumflex:
				low = 'ă'
			case low == 'a':
				low = 'â'
			case low == 'e':
				low = 'ê'
			case low == 'o':
				low = 'ô'
			}
		}
	case 'u':
	case 'y':
		ok = ok && tone != 5 // ỵ is a character of its own
	default:
		ok = false
	}
	if !ok {
		return 0, false
	}
	r := toned(low, tone)
	if unicode.IsUpper(base) {
		r = unicode.ToUpper(r)
	}
	return r, true
}

// isVNIBase reports whether a mark can follow r.
func isVNIBase(r rune) bool {
	switch r {
	case 'a', 'e', 'o', 'u', 'y', 'A', 'E', 'O', 'U', 'Y', 'ô', 'ö', 'Ô', 'Ö':
		return true
	}
	return false
}

func decodeVNI(s string) string {
	out := make([]byte, 0, len(s)+len(s)/4)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if isVNIBase(r) && i < len(s) && s[i] >= utf8.RuneSelf {
			mark, n := utf8.DecodeRuneInString(s[i:])
			if to, ok := fromVNI(r, mark); ok {
				out = utf8.AppendRune(out, to)
				i += n
				continue
			}
		}
		if to, ok := vniSingle[r]; ok {
			r = to
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out)
}
