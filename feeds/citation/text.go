package citation

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

type class uint8

const (
	other class = iota
	blank
	letter
	digit
)

// tableSize covers Latin with all of Vietnamese, Greek, Cyrillic, dashes and
// blanks; runes beyond it are never part of a citation.
const tableSize = 0x2300

// letterTables answer per rune: what a look-alike stands for, its small letter,
// its class, and the tone of a vowel that may carry it in two places.
type letterTables struct {
	plain, small [tableSize]rune
	class        [tableSize]class
	tone         [tableSize]int // 1..5 for toned a, e, y
	base         [tableSize]rune
}

// toned lists each vowel without tone and with the five.
const (
	tonedA = "aàáảãạ"
	tonedE = "eèéẻẽẹ"
	tonedO = "oòóỏõọ"
	tonedU = "uùúủũụ"
	tonedY = "yỳýỷỹỵ"
)

// lookAlikes are letters of other scripts that are typed for Latin ones, and
// signs that are typed for "-" and "/". Their list is by what is meant.
var lookAlikes = map[rune]string{
	'A': "АΑ", 'B': "ВΒ", 'C': "СϹ", 'E': "ЕΕ", 'H': "НΗ", 'I': "ІΙ", 'J': "Ј", 'K': "КΚ", 'M': "МΜ", 'N': "Ν", 'O': "ОΟ",
	'P': "РΡ", 'S': "Ѕ", 'T': "ТΤ", 'U': "", 'V': "Ѵ", 'X': "ХΧ", 'Y': "УΥҮ", 'Z': "Ζ",
	'a': "а", 'c': "с", 'e': "е", 'i': "і", 'j': "ј", 'o': "оο", 'p': "р", 's': "ѕ", 'x': "х", 'y': "у",
	'Đ': "ÐƉ", 'đ': "ðɖ",
	'-': "\u2010\u2011\u2012\u2013\u2014\u2015\u2212",
	'/': "\u2044\u2215",
	' ': "\t\r\v\f\u00a0\u00ad\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u202f\u205f\u2060",
}

var tables = func() *letterTables {
	t := new(letterTables)
	for r := range rune(tableSize) {
		t.plain[r] = r
	}
	for meant, written := range lookAlikes {
		for _, r := range written {
			t.plain[r] = meant
		}
	}
	for r := range rune(tableSize) {
		t.small[r] = r
		if l := unicode.ToLower(r); l < tableSize {
			t.small[r] = l
		}
		switch {
		case r >= '0' && r <= '9':
			t.class[r] = digit
		case unicode.IsLetter(r):
			t.class[r] = letter
		case r == ' ' || r == '\n':
			t.class[r] = blank
		}
	}
	for _, vowels := range []string{tonedA, tonedE, tonedY} {
		for _, v := range []string{vowels, strings.ToUpper(vowels)} {
			rs := []rune(v)
			for i, r := range rs {
				t.tone[r], t.base[r] = i, rs[0]
			}
		}
	}
	return t
}()

// text is a text made ready for matching: NFC, look-alikes folded, every blank a
// space (line ends stay), the tone of a final oa, oe, uy on its first vowel. It
// keeps its letters' case.
type text struct {
	given string
	r     []rune
	// at holds the offset in given, in runes, of each rune of r and of the end;
	// nil when they are the same.
	at []int
}

func newText(s string) *text {
	t := &text{given: s, r: make([]rune, 0, utf8.RuneCountInString(s))}
	for _, c := range s {
		if c < tableSize {
			if isMark(c) {
				t.compose()
				return t
			}
			c = tables.plain[c]
			if tables.class[c] != letter {
				t.settle()
			}
			t.r = append(t.r, c)
			continue
		}
		t.add(c)
	}
	t.settle()
	return t
}

// add appends a composed rune, folded.
func (t *text) add(c rune) {
	switch {
	case c < tableSize:
		c = tables.plain[c]
	case c == '\u3000' || c == '\ufeff':
		c = ' '
	}
	if classOf(c) != letter {
		t.settle()
	}
	t.r = append(t.r, c)
}

// settle is called where a word ends: a tone on the second letter of a final oa,
// oe or uy moves to the first (khoá to khóa). Not after q: the u of "quý" is no
// vowel.
func (t *text) settle() {
	if n := len(t.r); n >= 2 && t.r[n-1] < tableSize && tables.tone[t.r[n-1]] != 0 {
		t.moveTone(n, t.r[n-1])
	}
}

func (t *text) moveTone(n int, v rune) {
	var with string
	b := tables.base[v] | 0x20
	switch t.r[n-2] {
	case 'o':
		with = tonedO
	case 'O':
		with = strings.ToUpper(tonedO)
	case 'u':
		with = tonedU
	case 'U':
		with = strings.ToUpper(tonedU)
	default:
		return
	}
	if o := t.r[n-2] | 0x20; o == 'o' && b == 'y' || o == 'u' && (b != 'y' || t.rune(n-3)|0x20 == 'q') {
		return
	}
	t.r[n-2] = []rune(with)[tables.tone[v]]
	t.r[n-1] = tables.base[v]
}

// maxMarks bounds the combining marks that are composed with their letter.
const maxMarks = 30

// compose fills r from text that has combining marks. A letter and its marks
// are one stretch of the text as given; if they do not become one rune, the
// stretch belongs to the first.
func (t *text) compose() {
	t.r = t.r[:0]
	t.at = make([]int, 0, cap(t.r)+1)
	s, n := t.given, 0
	var one []byte
	for len(s) > 0 {
		c, size := utf8.DecodeRuneInString(s)
		runes, end := 1, size
		for runes <= maxMarks && end < len(s) {
			m, size := utf8.DecodeRuneInString(s[end:])
			if !isMark(m) {
				break
			}
			end += size
			runes++
		}
		if runes == 1 {
			t.at = append(t.at, n)
			t.add(c)
		} else {
			at := n
			one = norm.NFC.AppendString(one[:0], s[:end])
			for _, c := range string(one) {
				t.at = append(t.at, at)
				t.add(c)
				at = n + runes
			}
		}
		n += runes
		s = s[end:]
	}
	t.at = append(t.at, n)
	t.settle()
}

func isMark(r rune) bool { return r >= 0x300 && r <= 0x36F }

func classOf(r rune) class {
	if r < tableSize {
		return tables.class[r]
	}
	return classBeyond(r)
}

func classBeyond(r rune) class {
	if unicode.IsLetter(r) {
		return letter
	}
	return other
}

func small(r rune) rune {
	if r < tableSize {
		return tables.small[r]
	}
	return r
}

func isUpper(r rune) bool { return classOf(r) == letter && small(r) != r }

func (t *text) class(i int) class {
	if uint(i) >= uint(len(t.r)) {
		return other
	}
	return classOf(t.r[i])
}

func (t *text) rune(i int) rune {
	if uint(i) >= uint(len(t.r)) {
		return 0
	}
	return t.r[i]
}

// maxBlanks bounds the blanks between two words of a citation.
const maxBlanks = 4

// gap skips blanks, but no empty line. It returns i where none stand or too many.
func (t *text) gap(i int) int {
	lines := 0
	for j := i; ; j++ {
		switch {
		case t.class(j) != blank:
			return j
		case t.r[j] == '\n':
			lines++
		}
		if lines > 1 || j-i >= maxBlanks {
			return i
		}
	}
}

// offset is the offset in the text as given, in runes.
func (t *text) offset(i int) int {
	if t.at == nil {
		return i
	}
	return t.at[i]
}

// cursor finds bytes by runes in the text as given. It walks from where it
// stood, so that places in order cost one walk.
type cursor struct {
	s          string
	rune, byte int
}

func (c *cursor) to(rune int) int {
	if c.rune < rune {
		from := c.byte
		c.byte = len(c.s)
		for i := range c.s[from:] {
			if c.rune == rune {
				c.byte = from + i
				break
			}
			c.rune++
		}
	}
	for c.rune > rune {
		_, size := utf8.DecodeLastRuneInString(c.s[:c.byte])
		c.byte -= size
		c.rune--
	}
	return c.byte
}
