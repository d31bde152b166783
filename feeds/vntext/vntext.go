// Package vntext compares and orders Vietnamese text: keys under which two
// spellings of one name are equal, and the order of the Vietnamese alphabet.
//
// Its place is below everything that looks names up or lists them: units,
// citations, search, pages. It obeys Unicode (NFC, UAX #15; collation of CLDR
// for vi, UTS #10) and the habits of Vietnamese spelling that Unicode says
// nothing about: where a tone mark stands (`hóa` and `hoá` are one word), and
// letters of other alphabets that only look right (`НÐ` in place of `HĐ`).
//
// A key is for comparison and never for show. The package does not correct
// spelling, does not find the encoding of bytes, and does not bound the length
// of what it is given: callers do.
package vntext

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Key returns the form under which spellings of one text are equal. It folds
//
//   - Unicode forms (composed, decomposed, mixed);
//   - case;
//   - tone placement: within a run of vowels it does not matter which letter
//     carries the tone, `ủy` = `uỷ`, `Hòa` = `Hoà`;
//   - look-alikes: Cyrillic letters, Eth and the African D for đ, curly
//     apostrophes, the many dashes;
//   - spacing: runs of white space (no-break spaces too) are one space, none at
//     the ends and none beside a dash; invisible characters are dropped.
//
// It does not fold i and y (`Mĩ`, `Mỹ`), and keeps all other differences: `thuế`
// is not `thuê`. The result is NFC, and its own key. Bytes that are not UTF-8
// become U+FFFD.
func Key(s string) string {
	if k, ok := quick(s, false); ok {
		return k
	}
	return fold(s, false)
}

// KeyNoMarks is [Key] without any marks, and with d for đ: what people type who
// do not type marks. It is ASCII for Vietnamese text.
func KeyNoMarks(s string) string {
	if k, ok := quick(s, true); ok {
		return k
	}
	return fold(s, true)
}

// fold makes any key; quick does the same for most.
func fold(s string, bare bool) string {
	f := folder{bare: bare}
	f.out.Grow(len(s))
	for _, r := range norm.NFD.String(strings.ToValidUTF8(s, "\uFFFD")) {
		f.add(r)
	}
	f.flush()
	return norm.NFC.String(f.out.String())
}

// folder writes one key, rune by rune of a decomposed text.
type folder struct {
	out   strings.Builder
	bare  bool
	vowel bool   // the last letter was a vowel: a run of them is open
	tones []rune // tones of the open run; they are written at its end
	space bool   // white space since the last letter
	dash  bool   // the last thing written was a dash
}

func (f *folder) add(r rune) {
	switch {
	case unicode.IsSpace(r):
		f.flush()
		f.space = true
		return
	case unicode.In(r, unicode.Cf, unicode.Cc):
		return
	case unicode.Is(unicode.Mn, r):
		f.mark(r)
		return
	}
	r = lookAlike(unicode.ToLower(r))
	if f.bare && r == 'đ' {
		r = 'd'
	}
	v := vowel(r)
	if !v || f.space {
		f.flush()
	}
	if f.space && f.out.Len() > 0 && r != '-' && !f.dash {
		f.out.WriteByte(' ')
	}
	f.space, f.dash, f.vowel = false, r == '-', v
	f.out.WriteRune(r)
}

func (f *folder) mark(r rune) {
	switch {
	case f.bare:
	case f.space:
		// A mark without a letter: keep it, but not across the space.
		f.add(' ')
		if f.out.Len() > 0 && !f.dash {
			f.out.WriteByte(' ')
		}
		f.space, f.dash = false, false
		f.out.WriteRune(r)
	case f.vowel && tone(r):
		f.tones = append(f.tones, r)
	default:
		f.dash = false
		f.out.WriteRune(r)
	}
}

func (f *folder) flush() {
	for _, t := range f.tones {
		f.out.WriteRune(t)
	}
	f.tones, f.vowel = f.tones[:0], false
}

func vowel(r rune) bool {
	switch r {
	case 'a', 'e', 'i', 'o', 'u', 'y':
		return true
	}
	return false
}

// tone reports the five tone marks: huyền, sắc, ngã, hỏi, nặng. Breve, circumflex
// and horn make letters of their own and stay where they are.
func tone(r rune) bool {
	switch r {
	case 0x300, 0x301, 0x303, 0x309, 0x323:
		return true
	}
	return false
}

// lookAlike maps a small letter of another alphabet, or a sign, to the one that
// it is taken for. Cyrillic capitals look Latin more often than small letters
// do (В, Н), so the map is that of the capitals.
func lookAlike(r rune) rune {
	switch r {
	case 'ð', 'ɖ':
		return 'đ'
	case '‐', '‑', '‒', '–', '—', '―', '−', '﹣', '－':
		return '-'
	case '’', '‘', 'ʼ', '′', '´', '`', '＇':
		return '\''
	}
	if r < 0x400 || r > 0x4FF {
		return r
	}
	switch r {
	case 'а':
		return 'a'
	case 'в':
		return 'b'
	case 'с':
		return 'c'
	case 'ԁ':
		return 'd'
	case 'е':
		return 'e'
	case 'н', 'һ':
		return 'h'
	case 'і':
		return 'i'
	case 'ј':
		return 'j'
	case 'к':
		return 'k'
	case 'м':
		return 'm'
	case 'о':
		return 'o'
	case 'р':
		return 'p'
	case 'ѕ':
		return 's'
	case 'т':
		return 't'
	case 'у', 'ү':
		return 'y'
	case 'х':
		return 'x'
	}
	return r
}
