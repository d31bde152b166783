package legacy

import (
	"unicode"
	"unicode/utf8"
)

// Score returns the share of the words of text that are possible syllables of
// Vietnamese, from 0 to 1; 0 if it has no words. Words are runs of letters.
func Score(text string) float64 {
	c := count(text, false)
	if c.words == 0 {
		return 0
	}
	return float64(c.syllables) / float64(c.words)
}

// counts are of the words of a text.
type counts struct {
	words, syllables int
	// odd and marked are those of them with letters beyond ASCII.
	odd, marked int
}

// count counts the words of a text; see [eachWord] for glued.
func count(text string, glued bool) (c counts) {
	eachWord(text, glued, func(word string, marks bool) {
		// An abbreviation has no vowel, and says nothing: HĐND, QĐ.
		if !voiced(word) {
			return
		}
		c.words++
		ok := Syllable(word)
		if ok {
			c.syllables++
		}
		if marks {
			c.odd++
			if ok {
				c.marked++
			}
		}
	})
	return c
}

func voiced(word string) bool {
	for _, r := range word {
		if l, _ := letterOf(r); l < consonant {
			return true
		}
	}
	return false
}

// eachWord calls f with each run of letters and combining marks, and whether it
// has any beyond ASCII. With glued the signs that letters of legacy codes show
// as belong to the word that they touch ("nh©n"), so that its pieces are no
// words; quotes and dashes only between such letters ("Há»“").
func eachWord(text string, glued bool, f func(word string, marks bool)) {
	start, end, marks := -1, 0, false
	for i := 0; i < len(text); {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(text[i:])
		}
		switch k := classOf(r); {
		case k == inWord, k == sign && glued:
			if start < 0 {
				start, marks = i, false
			}
			end, marks = i+n, marks || r >= 0x80
		case k == quote && glued && start >= 0:
		case start >= 0:
			f(text[start:end], marks)
			start = -1
		}
		i += n
	}
	if start >= 0 {
		f(text[start:end], marks)
	}
}

// class is what a character is to a word.
type class uint8

const (
	between class = iota
	inWord        // a letter or a mark
	sign          // a sign that a legacy code has a letter for
	quote         // a sign that stands beside words, too
)

func classOf(r rune) class {
	switch {
	case r < utf8.RuneSelf:
		if r|0x20 >= 'a' && r|0x20 <= 'z' {
			return inWord
		}
		return between
	case r == 0xAB || r == 0xBB || r >= 0x2013 && r <= 0x2026 && r != 0x2020 && r != 0x2021:
		return quote
	case r == 0xA0:
		return between
	case r >= 0xC0 && r < 0x2C0 && r != 0xD7 && r != 0xF7, r >= 0x1EA0 && r < 0x1F00:
		return inWord
	case unicode.IsLetter(r) || unicode.Is(unicode.Mn, r):
		return inWord
	case r < 0xC0 || r == 0xD7 || r == 0xF7 || r == 0x2020 || r == 0x2021 || r == 0x20AC || r == 0x20AB ||
		r == 0x2030 || r == 0x2039 || r == 0x203A || r == 0x2122 || r == 0x2C6 || r == 0x2DC:
		return sign
	}
	return between
}
