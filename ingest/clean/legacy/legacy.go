// Package legacy recognises and converts text that was written in the codes of
// Vietnamese before Unicode, or read in the wrong one: TCVN3 (TCVN 5712, fonts
// named .VnTime, ABC), VNI (fonts named VNI-Times), windows-1258, and UTF-8 that
// was taken for a single-byte code on its way. Such text still comes from old
// databases and from word processors; it is valid Unicode and shows as nonsense:
// "Céng hßa x· héi" for "Cộng hòa xã hội".
//
// It stands before everything else that touches foreign text: one letter of
// TCVN3 is the soft hyphen, another a no-break space of UTF-8, and cleaning
// removes both. The doors and package clean call it; everything is a pure
// function over tables.
//
// The tables are those of TCVN 5712:1993 (VN3, and the capitals of VN1 above
// A0), VNI-Windows, windows-1252 and windows-1258 (WHATWG Encoding). What decides
// is the spelling of Vietnamese: a text is converted only when many of its words
// become possible syllables by that and were none before. Text that is too short
// to be sure, or in another language, is left alone.
//
// It does not decode bytes (package decode does), does not read fonts from
// markup, does not correct spelling, and does not bound the size of what it is
// given; its work is linear, and what it looks at to decide is bounded.
package legacy

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Code names how a text came to look as it does.
type Code string

// The codes; the empty one is Unicode, or whatever is not known.
const (
	// TCVN3 is TCVN 5712 read as windows-1252: "ViÖt Nam".
	TCVN3 Code = "tcvn3"
	// VNI is VNI-Windows read as windows-1252: "Vieät Nam".
	VNI Code = "vni"
	// Windows1258 is windows-1258 read as windows-1252: "Viêòt Nam".
	Windows1258 Code = "1258-as-1252"
	// UTF8As1252 is UTF-8 read as windows-1252: "Viá»‡t Nam".
	UTF8As1252 Code = "utf8-as-1252"
	// UTF8As1258 is UTF-8 read as windows-1258: "Viá»‡t Nam, nghÄ©a, Ă¡o".
	UTF8As1258 Code = "utf8-as-1258"
)

// codes are those that a text is tried as.
var codes = [...]Code{TCVN3, VNI, Windows1258, UTF8As1252, UTF8As1258}

// Decode returns text as the code would have it, in normal form C. It is total:
// characters that mean nothing in the code stay, and for a code that is not known
// the text is returned as it is. Nothing is asked of the text: call [Detect]
// first.
func Decode(text string, c Code) string {
	if ascii(text) {
		return text
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	switch c {
	case TCVN3:
		return decodeTCVN3(compose(text))
	case VNI:
		return decodeVNI(compose(text))
	case Windows1258:
		return decode1258(text)
	case UTF8As1252:
		return decodeUTF8(text, byte1252)
	case UTF8As1258:
		return decodeUTF8(text, byte1258)
	}
	return text
}

// Mend returns text converted from the code that it is surely in, and that code;
// or text itself and none. Mend of its own result changes nothing.
func Mend(text string) (string, Code) {
	c, sure := Detect(text)
	if !sure {
		return text, ""
	}
	// What was converted must be known as Unicode, or it could be converted again.
	if out := Decode(text, c); isUnicode(out) {
		return out, c
	}
	return text, ""
}

// MendText returns a text of which others like it have shown the code, such as
// one title of a feed. It stays as it is where it has Unicode letters of
// Vietnamese, where converting it would leave fewer possible syllables, and where
// it has some words with marks and all are syllables already, and would not gain.
func MendText(text string, c Code) string {
	if c == "" || ascii(text) || isUnicode(text) {
		return text
	}
	out := Decode(text, c)
	before, after := count(text, true), count(out, true)
	if after.marked < before.marked || after.marked == before.marked && before.marked == before.odd && before.odd >= minPlain {
		return text
	}
	return out
}

// compose returns text in normal form C, at little cost where it has no marks.
func compose(text string) string { return norm.NFC.String(text) }

// ascii reports whether text has nothing beyond ASCII, eight bytes a step.
func ascii(s string) bool {
	for len(s) >= 8 {
		if (s[0]|s[1]|s[2]|s[3]|s[4]|s[5]|s[6]|s[7])&0x80 != 0 {
			return false
		}
		s = s[8:]
	}
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
