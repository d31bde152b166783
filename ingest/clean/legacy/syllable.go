package legacy

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// vowels has a row for each vowel and a column for each tone: ngang, huyền, hỏi,
// ngã, sắc, nặng.
var vowels = [12][6]rune{
	{'a', 'à', 'ả', 'ã', 'á', 'ạ'}, {'ă', 'ằ', 'ẳ', 'ẵ', 'ắ', 'ặ'}, {'â', 'ầ', 'ẩ', 'ẫ', 'ấ', 'ậ'},
	{'e', 'è', 'ẻ', 'ẽ', 'é', 'ẹ'}, {'ê', 'ề', 'ể', 'ễ', 'ế', 'ệ'}, {'i', 'ì', 'ỉ', 'ĩ', 'í', 'ị'},
	{'o', 'ò', 'ỏ', 'õ', 'ó', 'ọ'}, {'ô', 'ồ', 'ổ', 'ỗ', 'ố', 'ộ'}, {'ơ', 'ờ', 'ở', 'ỡ', 'ớ', 'ợ'},
	{'u', 'ù', 'ủ', 'ũ', 'ú', 'ụ'}, {'ư', 'ừ', 'ử', 'ữ', 'ứ', 'ự'}, {'y', 'ỳ', 'ỷ', 'ỹ', 'ý', 'ỵ'},
}

// toned returns a small vowel with a tone.
func toned(vowel rune, tone int) rune {
	for _, row := range vowels {
		if row[0] == vowel {
			return row[tone]
		}
	}
	return vowel
}

// letter is a small letter of the Vietnamese alphabet without its tone: 1 to 12
// are the rows of vowels, others from consonant on. 0 is none.
type letter uint8

const (
	consonants        = "bcdđghklmnpqrstvx"
	consonant  letter = 13
)

// lettersOf has the letters of ASCII, Latin-1 and Latin Extended-A and -B as far
// as ư, and of the Vietnamese block from U+1EA0; the tone stands above 5 bits.
var lettersOf = func() (t struct {
	low  [0x1B1]uint8
	high [0x60]uint8
}) {
	set := func(r rune, v uint8) {
		for _, r := range []rune{r, unicode.ToUpper(r)} {
			if r < 0x1B1 {
				t.low[r] = v
			} else {
				t.high[r-0x1EA0] = v
			}
		}
	}
	for i, row := range vowels {
		for tone, r := range row {
			set(r, uint8(i+1)|uint8(tone)<<5)
		}
	}
	n := consonant
	for _, r := range consonants {
		set(r, uint8(n))
		n++
	}
	return t
}()

func letterOf(r rune) (l letter, tone uint8) {
	var v uint8
	switch {
	case r < 0x1B1:
		v = lettersOf.low[r]
	case r >= 0x1EA0 && r < 0x1F00:
		v = lettersOf.high[r-0x1EA0]
	}
	return letter(v & 31), v >> 5
}

// maxLetters is the length of the longest syllable, nghiêng.
const maxLetters = 7

// packed is a sequence of letters, five bits each.
type packed uint64

func pack(s string) (p packed) {
	for _, r := range s {
		l, _ := letterOf(r)
		p = p<<5 | packed(l)
	}
	return p
}

// onsets are the beginnings of syllables; true before e, ê, i and y alone. `gi`
// and `qu` take their vowel with them.
var onsets = func() map[packed]uint8 {
	m := map[packed]uint8{}
	for _, s := range strings.Fields("b ch d đ h kh l m n nh p ph r s t th tr v x gi") {
		m[pack(s)] = anyVowel
	}
	for _, s := range strings.Fields("k gh ngh") {
		m[pack(s)] = frontVowel
	}
	for _, s := range strings.Fields("c ng") {
		m[pack(s)] = backVowel
	}
	m[pack("g")] = anyVowel // gì, giếng; and gà
	m[pack("qu")] = anyVowel
	m[0] = anyVowel
	return m
}()

const (
	anyVowel uint8 = iota
	frontVowel
	backVowel
)

// rhymes are the ends of syllables without tones; see [rhyme].
var rhymes = func() map[packed]rhyme {
	const all = `
a ai ao au ay ac ach am an ang anh ap at ăc ăm ăn ăng ăp ăt âu ây âc âm ân âng âp ât
e eo ec em en eng ep et ê êu êch êm ên ênh êp êt
i iu ia ic ich im in inh ip it iêu iêc iêm iên iêng iêp iêt
o oi oc om on ong op ot ooc oong oa oai oao oay oac oach oam oan oang oanh oap oat
oăc oăm oăn oăng oăt oe oeo oen oet
ô ôi ôc ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
u ui uc um un ung up ut ua uôi uôc uôm uôn uông uôt uây uân uâng uât uê uêch uênh uêt uên uơ uơt
uy uya uych uynh uyn uyt uyp uyu uyên uyêt
ư ưi ưu ưc ưm ưn ưng ưt ưa ươi ươu ươc ươm ươn ương ươp ươt
y yêu yêm yên yêng yêt
`
	const afterQu = `
a ai ao au ay ac ach am an ang anh at ăc ăm ăn ăng ăp ăt âu ây ân âng âp ât
e eo en eng et ê êu êch ên ênh êt i ich in inh it y ych yn ynh yt yên yêt ơ ơi ơn ơt ôc âc`
	const afterGi = `êc êm ên êng êp êt êu`
	m := map[packed]rhyme{}
	add := func(list string, f rhyme) {
		for _, s := range strings.Fields(list) {
			end := s[len(s)-1]
			if end == 'c' || end == 'p' || end == 't' || strings.HasSuffix(s, "ch") {
				f |= stopped
			} else {
				f &^= stopped
			}
			m[pack(s)] |= f
		}
	}
	add(all, plainRhyme)
	add(afterQu, quRhyme)
	add(afterGi, giRhyme)
	return m
}()

// rhyme says where one may stand.
type rhyme uint8

const (
	plainRhyme rhyme = 1 << iota
	quRhyme          // after qu
	giRhyme          // after gi alone
	stopped          // it ends with a stop, and has the tones sắc and nặng alone
)

// Syllable reports whether s is a possible syllable of Vietnamese, as it is
// spelled, in any case and any normal form: an onset and a rhyme that go
// together, with one tone that goes with them, on a vowel that can bear it. Where
// the tone of two vowels stands does not matter (hóa, hoá). Not every possible
// syllable is a word.
func Syllable(s string) bool {
	var word [maxLetters]letter
	n, tone, at := 0, uint8(0), -1
	for _, r := range s {
		if r >= 0x300 && r < 0x370 {
			if composed := norm.NFC.String(s); composed != s {
				return Syllable(composed)
			}
			return false
		}
		l, t := letterOf(r)
		if l == 0 || n == maxLetters || t != 0 && tone != 0 {
			return false
		}
		if t != 0 {
			tone, at = t, n
		}
		word[n] = l
		n++
	}
	return syllable(word[:n], tone, at)
}

// syllable looks for an onset and a rhyme. Onsets have three letters at most;
// with gi and qu the division is not plain.
func syllable(word []letter, tone uint8, at int) bool {
	var onset packed
	for i := 0; i <= 3 && i < len(word); i++ {
		if i > 0 {
			onset = onset<<5 | packed(word[i-1])
		}
		before, ok := onsets[onset]
		if !ok {
			continue
		}
		if word[i] >= consonant {
			continue
		}
		var end packed
		for _, l := range word[i:] {
			end = end<<5 | packed(l)
		}
		r := rhymes[end]
		want := plainRhyme
		switch onset {
		case onsetQu:
			want = quRhyme
		case onsetGi:
			want = plainRhyme | giRhyme
		}
		if r&want == 0 || !fits(before, word[i]) {
			continue
		}
		if r&stopped != 0 && tone != 4 && tone != 5 || tone != 0 && !bears(word, i, at) {
			continue
		}
		return true
	}
	return false
}

var onsetQu, onsetGi = pack("qu"), pack("gi")

// fits reports whether the vowel may follow an onset of the class.
func fits(class uint8, vowel letter) bool {
	front := vowel >= 4 && vowel <= 6 || vowel == 12 // e, ê, i, y
	return class == anyVowel || front == (class == frontVowel)
}

// bears reports whether the tone may stand at the letter: on the last vowel
// before a consonant, not on the second of a falling diphthong (ao, iêu), on
// either of a rising one (oa, uy).
func bears(word []letter, rhyme, at int) bool {
	if at < rhyme {
		return false
	}
	last := len(word) - 1
	switch l := word[last]; {
	case l >= consonant:
		return at < last && word[at+1] >= consonant
	case at < last || rhyme == last:
		return true
	default:
		// The last of several vowels. Of those that end in i, o, u or y only uy rises.
		return l != 6 && l != 7 && l != 10 && (l != 12 || word[last-1] == 10 && rhyme == last-1)
	}
}
