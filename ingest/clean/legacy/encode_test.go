package legacy_test

import (
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// Encoders of the old codes, written from the layout of the codes and not from
// the tables under test: what they write is what a reader of windows-1252 sees.

// rows of vowels with their tones: ngang, huyền, hỏi, ngã, sắc, nặng.
var rows = []string{
	"aàảãáạ", "ăằẳẵắặ", "âầẩẫấậ", "eèẻẽéẹ", "êềểễếệ", "iìỉĩíị", "oòỏõóọ", "ôồổỗốộ", "ơờởỡớợ", "uùủũúụ", "ưừửữứự", "yỳỷỹýỵ",
}

// vietnamese are all letters that differ from ASCII: 67, small.
var vietnamese = func() string {
	var b strings.Builder
	b.WriteString("đ")
	for _, row := range rows {
		for _, r := range row {
			if r >= 0x80 {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}()

// The bytes of TCVN 5712 (VN3), one for each letter of rows.
var tcvn3Bytes = map[rune][6]byte{
	'a': {'a', 0xB5, 0xB6, 0xB7, 0xB8, 0xB9}, 'ă': {0xA8, 0xBB, 0xBC, 0xBD, 0xBE, 0xC6}, 'â': {0xA9, 0xC7, 0xC8, 0xC9, 0xCA, 0xCB},
	'e': {'e', 0xCC, 0xCE, 0xCF, 0xD0, 0xD1}, 'ê': {0xAA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6}, 'i': {'i', 0xD7, 0xD8, 0xDC, 0xDD, 0xDE},
	'o': {'o', 0xDF, 0xE1, 0xE2, 0xE3, 0xE4}, 'ô': {0xAB, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9}, 'ơ': {0xAC, 0xEA, 0xEB, 0xEC, 0xED, 0xEE},
	'u': {'u', 0xEF, 0xF1, 0xF2, 0xF3, 0xF4}, 'ư': {0xAD, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9}, 'y': {'y', 0xFA, 0xFB, 0xFC, 0xFD, 0xFE},
}

var toTCVN3 = func() map[rune]byte {
	m := map[rune]byte{'đ': 0xAE, 'Đ': 0xA7, 'Ă': 0xA1, 'Â': 0xA2, 'Ê': 0xA3, 'Ô': 0xA4, 'Ơ': 0xA5, 'Ư': 0xA6}
	for _, row := range rows {
		letters := []rune(row)
		for tone, r := range letters {
			b := tcvn3Bytes[letters[0]][tone]
			m[r] = b
			if tone > 0 { // no capitals: the small letter's code
				m[unicode.ToUpper(r)] = b
			}
		}
	}
	delete(m, 'a')
	return m
}()

func encodeTCVN3(s string) string {
	return strings.Map(func(r rune) rune {
		if b, ok := toTCVN3[r]; ok && r >= 0x80 {
			return rune(b)
		}
		return r
	}, s)
}

// VNI writes the letter as keys are pressed: vowel, then a mark of shape, tone
// or both.
func encodeVNI(s string) string {
	marks := map[string]string{
		"\u0300": "ø", "\u0309": "û", "\u0303": "õ", "\u0301": "ù", "\u0323": "ï",
		"\u0302": "â", "\u0302\u0300": "à", "\u0302\u0309": "å", "\u0302\u0303": "ã", "\u0302\u0301": "á", "\u0302\u0323": "ä",
		"\u0306": "ê", "\u0306\u0300": "è", "\u0306\u0309": "ú", "\u0306\u0303": "ü", "\u0306\u0301": "é", "\u0306\u0323": "ë",
	}
	whole := map[rune]string{
		'đ': "ñ", 'í': "í", 'ì': "ì", 'ỉ': "æ", 'ĩ': "ó", 'ị': "ò", 'ỵ': "î", 'ơ': "ô", 'ư': "ö",
	}
	var b strings.Builder
	for _, r := range s {
		low := unicode.ToLower(r)
		out, ok := whole[low]
		if !ok {
			d := []rune(norm.NFD.String(string(low)))
			base, rest := string(d[0]), string(d[1:])
			if strings.Contains(rest, "\u031b") {
				base, rest = map[string]string{"o": "ô", "u": "ö"}[base], strings.ReplaceAll(rest, "\u031b", "")
			}
			// NFD puts the dot below before the hat; the code names the hat first.
			if strings.HasPrefix(rest, "\u0323") && len(d) == 3 {
				rest = string(d[2]) + "\u0323"
				if d[2] == 0x31b {
					rest = "\u0323"
				}
			}
			switch mark, known := marks[rest]; {
			case rest == "":
				out = base
			case known:
				out = base + mark
			default:
				out = string(low)
			}
		}
		if r != low {
			out = strings.ToUpper(out)
		}
		b.WriteString(out)
	}
	return b.String()
}

// readAs reads the bytes of s in a single-byte code, as the WHATWG does: bytes
// without a character are controls.
func readAs(m *charmap.Charmap, s string) string {
	var b strings.Builder
	for i := range len(s) {
		r := m.DecodeByte(s[i])
		if r == '\uFFFD' {
			r = rune(s[i])
		}
		b.WriteRune(r)
	}
	return b.String()
}

// encode1258 writes letter and tone, and reads them as windows-1252.
func encode1258(s string) string {
	tones := map[rune]byte{0x300: 0xCC, 0x309: 0xD2, 0x303: 0xDE, 0x301: 0xEC, 0x323: 0xF2}
	var b []byte
	for _, r := range s {
		d := norm.NFD.String(string(r))
		var tone byte
		rest := []rune{}
		for _, m := range d {
			if t, ok := tones[m]; ok {
				tone = t
			} else {
				rest = append(rest, m)
			}
		}
		c, ok := charmap.Windows1258.EncodeRune([]rune(norm.NFC.String(string(rest)))[0])
		if !ok {
			c = '?'
		}
		b = append(b, c)
		if tone != 0 {
			b = append(b, tone)
		}
	}
	return readAs(charmap.Windows1252, string(b))
}
