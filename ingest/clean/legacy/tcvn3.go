package legacy

import (
	"unicode"
	"unicode/utf8"
)

// tcvn3 has the letters of TCVN 5712 from A1 to FE in the order of their bytes;
// a blank is no letter. The codes from AF on that only VN1 has are capitals with
// tones; º stays the sign of degrees that texts use it for, and the signs °±²³´
// stay too: only VN2 has tones in their place.
const tcvn3 = "ĂÂÊÔƠƯĐăâêôơưđẰ" + // A1
	"     àảãáạ ằẳẵắẴ" + // B0
	"ẮẦẨẪẤỀặầẩẫấậèỂẻẽ" + // C0
	"éẹềểễếệìỉỄẾỒĩíịò" + // D0
	"Ổỏõóọồổỗốộờởỡớợù" + // E0
	"Ỗủũúụừửữứựỳỷỹýỵ" // F0

// fromTCVN3 maps the characters A1 to FE of windows-1252, which are those of
// Unicode; 0 where TCVN 5712 has no letter.
var fromTCVN3 = func() (t [0x100]rune) {
	c := 0xA1
	for _, r := range tcvn3 {
		if r != ' ' {
			t[c] = r
		}
		c++
	}
	return t
}()

// decodeTCVN3 converts letter by letter. VN3 has no capitals with tones: they
// were written with the code of the small letter in a font of capitals (.VnTimeH),
// "CéNG HßA". So a word in capitals is mended to capitals; see [capitals].
func decodeTCVN3(s string) string {
	out := make([]byte, 0, len(s)+len(s)/4)
	var caps capitals
	for _, r := range s {
		to, kind := r, other
		switch {
		case r >= 'a' && r <= 'z':
			kind = small
		case r >= 'A' && r <= 'Z':
			kind = capital
		case r < 0x100 && fromTCVN3[r] != 0:
			to = fromTCVN3[r]
			switch {
			case unicode.IsUpper(to):
				kind = capital
			case r <= 0xAE: // ă to đ have capitals of their own
				kind = small
			default:
				kind = either
			}
		case unicode.IsLetter(r):
			kind = small
		}
		caps.add(out, kind, r)
		out = utf8.AppendRune(out, to)
	}
	caps.end(out)
	return string(out)
}

// What a letter says of the case of its word.
type kind uint8

const (
	other   kind = iota // no letter
	small               // surely small
	capital             // surely a capital
	either              // a small letter by its code, that may stand for a capital
)

// capitals finds the words of a text that are in capitals, as far as its code
// can say. A word with two capitals and no letter that is surely small is; one
// with fewer ("Hµ", "ë") is if the nearest words before and behind it that do
// say something are. What cannot be known stays small: "Uû ban" is "Uỷ ban".
type capitals struct {
	word     bool
	start    int // of the open word
	small    bool
	capital  int
	either   bool
	last     kind     // what the last word said that said something
	doubtful [][2]int // words since then that may be in capitals
}

// maxDoubtful bounds the words that wait for one that says something; more of
// them are no heading.
const maxDoubtful = 16

func (c *capitals) add(out []byte, k kind, r rune) {
	if k == other {
		c.endWord(out)
		if r == '\n' || r == '.' || r == '!' || r == '?' {
			c.end(out)
		}
		return
	}
	if !c.word {
		c.word, c.start, c.small, c.capital, c.either = true, len(out), false, 0, false
	}
	switch k {
	case small:
		c.small = true
	case capital:
		c.capital++
	case either:
		c.either = true
	}
}

func (c *capitals) endWord(out []byte) {
	if !c.word {
		return
	}
	c.word = false
	switch {
	case c.small:
		c.last, c.doubtful = small, c.doubtful[:0]
	case c.capital >= 2:
		if c.last != small {
			for _, w := range c.doubtful {
				upper(out[w[0]:w[1]])
			}
		}
		c.last, c.doubtful = capital, c.doubtful[:0]
		upper(out[c.start:])
	case c.either && c.last != small && len(c.doubtful) < maxDoubtful:
		c.doubtful = append(c.doubtful, [2]int{c.start, len(out)})
	}
}

// end is for the end of a sentence or a line: the case of what follows is its own.
func (c *capitals) end(out []byte) {
	c.endWord(out)
	if c.last == capital {
		for _, w := range c.doubtful {
			upper(out[w[0]:w[1]])
		}
	}
	c.last, c.doubtful = other, c.doubtful[:0]
}

// upper makes capitals in place: those of Vietnamese letters are as long.
func upper(b []byte) {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if up := unicode.ToUpper(r); utf8.RuneLen(up) == n {
			utf8.EncodeRune(b[i:], up)
		}
		i += n
	}
}
