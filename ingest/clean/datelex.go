package clean

import (
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"loa/feeds"
)

// maxTokens bounds a date: the longest known form has 25.
const maxTokens = 64

type kind uint8

const (
	digits kind = iota
	word
	mark
)

// token is a part of a date: a number, a word in lower case without its marks
// (`ngày` is `ngay`), or one other character.
type token struct {
	kind  kind
	glued bool // nothing stands between it and the token before
	digit int  // how many digits a number has
	value int  // of a number, or the character of a mark
	text  string
}

// dateParser reads one date. Its fields are what it has found.
type dateParser struct {
	o      DateOptions
	tokens [maxTokens]token
	n      int

	year, month, day     int
	hour, minute, second int
	offset               int // seconds east of UTC
	hasDate, hasTime     bool
	hasZone              bool
	inWords              bool // the date names its parts: ngày, tháng, năm

	relative, epoch bool
	instant         time.Time
	precision       feeds.Precision // of instant
	clock           feeds.Precision // of the time of day
}

// lex splits s, which is [Text], and reports whether it can be a date at all.
func (p *dateParser) lex(s string) bool {
	folded := fold(s)
	glued := false
	for i := 0; i < len(folded); {
		c := folded[i]
		if c == ' ' {
			glued = false
			i++
			continue
		}
		if p.n == maxTokens {
			return false
		}
		t := token{kind: mark, glued: glued, value: int(c)}
		start := i
		switch {
		case c >= '0' && c <= '9':
			t.kind, t.value = digits, 0
			for ; i < len(folded) && folded[i] >= '0' && folded[i] <= '9'; i++ {
				if t.digit++; t.digit <= 14 {
					t.value = t.value*10 + int(folded[i]-'0')
				}
			}
		case isLetter(c):
			t.kind, t.value = word, 0
			for i < len(folded) && isLetter(folded[i]) {
				i++
			}
			t.text = folded[start:i]
		default:
			i++
		}
		p.tokens[p.n] = t
		p.n++
		glued = true
	}
	return p.n > 0
}

// isLetter takes a character that could not be folded as a letter, so that a
// word of another script is one word.
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c == other }

const other = 0x80

// fold puts s in lower-case ASCII: Vietnamese letters without their marks, all
// dashes as a hyphen, what is left as [other].
func fold(s string) string {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		switch {
		case r >= 'A' && r <= 'Z':
			b = append(b, byte(r)+'a'-'A')
		case r < utf8.RuneSelf:
			b = append(b, byte(r))
		case r >= 0x2010 && r <= 0x2015 || r == 0x2212:
			b = append(b, '-')
		case r == '’' || r == '‘' || r == '′':
			b = append(b, '\'')
		case r == 'đ' || r == 'Đ' || r == 'ð' || r == 'Ð':
			b = append(b, 'd')
		case r >= 0x300 && r < 0x370:
		case r == '•' || r == '·' || r == '…' || r == '“' || r == '”':
			b = append(b, '|')
		default:
			c := byte(other)
			var buf [utf8.UTFMax]byte
			n := utf8.EncodeRune(buf[:], r)
			if d := norm.NFD.Properties(buf[:n]).Decomposition(); len(d) > 0 && d[0] < utf8.RuneSelf {
				if c = d[0]; c >= 'A' && c <= 'Z' {
					c += 'a' - 'A'
				}
			}
			b = append(b, c)
		}
	}
	return string(b)
}
