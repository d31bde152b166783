package search

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// spell writes a word's key as people write it. Keys carry the tone at the end
// of the vowels (`cuả`); spelling has it on the vowel with a mark of its own
// (`tiếng`, `người`), else on the last one where a consonant follows (`toán`),
// else on the one before the last (`của`, `hòa`, `ngoài`).
func spell(key string) string {
	var out strings.Builder
	letters := []rune(norm.NFD.String(key))
	for i := 0; i < len(letters); {
		if !isVowel(letters[i]) {
			out.WriteRune(letters[i])
			i++
			continue
		}
		end := i
		for end < len(letters) && (isVowel(letters[end]) || isMark(letters[end])) {
			end++
		}
		before := rune(0)
		if i > 0 {
			before = letters[i-1]
		}
		out.WriteString(spellVowels(letters[i:end], before, end < len(letters)))
		i = end
	}
	return norm.NFC.String(out.String())
}

// spellVowels places the tone in a run of vowels, decomposed.
func spellVowels(run []rune, before rune, closed bool) string {
	var vowels []string // each with the marks that make its letter
	tone, marked := rune(0), -1
	for _, r := range run {
		switch {
		case isVowel(r):
			vowels = append(vowels, string(r))
		case isTone(r):
			if tone != 0 {
				return string(run) // two tones: no Vietnamese syllable
			}
			tone = r
		default:
			vowels[len(vowels)-1] += string(r)
			marked = len(vowels) - 1
		}
	}
	if tone == 0 {
		return string(run)
	}
	first := 0
	if len(vowels) > 1 && (before == 'q' && vowels[0] == "u" || before == 'g' && vowels[0] == "i") {
		first = 1 // the vowel is part of the consonant: quả, giá
	}
	at := len(vowels) - 1
	switch {
	case marked >= first:
		at = marked
	case !closed && at > first:
		at--
	}
	vowels[at] += string(tone)
	return strings.Join(vowels, "")
}

func isVowel(r rune) bool { return strings.ContainsRune("aeiouy", r) }

func isMark(r rune) bool { return isTone(r) || r == 0x302 || r == 0x306 || r == 0x31B }

func isTone(r rune) bool {
	return r == 0x300 || r == 0x301 || r == 0x303 || r == 0x309 || r == 0x323
}
