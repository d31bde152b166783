package sketch

import (
	"unicode"
	"unicode/utf8"

	"loa/feeds/vntext"
)

// word is a word of a text as the sketch sees it.
type word struct {
	hash   uint64 // of its letters, folded
	number bool
	name   bool // written with one capital, or a Roman number
	start  bool // a sentence, a quotation or the like begins with it
	breaks bool // a sentence ended before it
}

// folded is a letter without marks and case. Zero: no letter.
type folded struct {
	small rune
	upper bool
}

// table has the letters of the Latin blocks, of Vietnamese, and the Cyrillic
// ones that are taken for Latin, by vntext. It is never written to.
var table = func() (t [0x1F00]folded) {
	for _, block := range [][2]rune{{'A', 'Z'}, {'a', 'z'}, {0xC0, 0x24F}, {0x400, 0x4FF}, {0x1EA0, 0x1EF9}} {
		for r := block[0]; r <= block[1]; r++ {
			if unicode.IsLetter(r) {
				t[r] = folded{plain(r), unicode.IsUpper(r)}
			}
		}
	}
	return t
}()

// plain folds i and y too: `Mĩ` is `Mỹ` here.
func plain(r rune) rune {
	k, size := utf8.DecodeRuneInString(vntext.KeyNoMarks(string(r)))
	switch {
	case size == 0 || k == utf8.RuneError:
		return unicode.ToLower(r)
	case k == 'y':
		return 'i'
	}
	return k
}

const (
	offset = 0xcbf29ce484222325 // FNV-1a
	prime  = 0x100000001b3
)

// scan calls yield for each word of text. Numbers end where letters begin, lose
// the zeros before them, and the dots between thousands.
func scan(text string, yield func(word)) {
	start, breaks := true, true
	for i := 0; i < len(text); {
		c := text[i]
		if c-'0' < 10 {
			w := word{number: true, start: start, breaks: breaks}
			w.hash, i = number(text, i)
			yield(w)
			start, breaks = false, false
			continue
		}
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		if f := fold(r); f.small != 0 {
			w := word{start: start, breaks: breaks}
			i = letters(text, i, &w)
			yield(w)
			start, breaks = false, false
			continue
		}
		i += size
		switch r {
		case '.', '!', '?', '…', ';', '\n', '-', '–', '—', '•', '*', '|':
			start, breaks = true, true
		case ':', '"', '“', '(', '«', '‘', '[':
			start = true
		}
	}
}

func fold(r rune) folded {
	if int(r) < len(table) && table[r].small != 0 {
		return table[r]
	}
	if r >= 0x250 && unicode.IsLetter(r) {
		return folded{unicode.ToLower(r), unicode.IsUpper(r)}
	}
	return folded{}
}

// letters reads the word that begins at i into w and returns its end.
func letters(text string, i int, w *word) int {
	h := uint64(offset)
	uppers, lowers, first, roman := 0, 0, false, true
	for i < len(text) {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		f := fold(r)
		if f.small == 0 {
			if r < utf8.RuneSelf || !unicode.In(r, unicode.Mn, unicode.Cf) {
				break
			}
			i += size
			continue
		}
		h = (h ^ uint64(f.small)) * prime
		if f.upper {
			first = first || lowers == 0
			uppers++
			roman = roman && (r == 'I' || r == 'V' || r == 'X' || r == 'L')
		} else {
			lowers++
		}
		i += size
	}
	w.hash = mix(h)
	w.name = first && uppers == 1 || uppers > 0 && lowers == 0 && roman
	return i
}

// number reads the number that begins at i and returns its hash and its end.
func number(text string, i int) (uint64, int) {
	h := uint64(offset)
	zero := true
	for i < len(text) {
		c := text[i]
		switch {
		case c == '0' && zero:
		case c-'0' < 10:
			zero = false
			h = (h ^ uint64(c)) * prime
		case c == '.' && !zero && thousand(text[i+1:]):
		default:
			return mix(h), i
		}
		i++
	}
	return mix(h), i
}

// thousand reports whether text begins with three digits and no fourth.
func thousand(text string) bool {
	n := 0
	for n < len(text) && text[n]-'0' < 10 {
		n++
	}
	return n == 3
}
