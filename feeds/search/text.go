package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"loa/feeds"
	"loa/feeds/citation"
	"loa/feeds/vntext"
)

// maxWord bounds a word, in bytes; what is longer (addresses, garbage) is cut
// alike in texts and in queries.
const maxWord = 64

// Signs of the private use area: no text has them in a word (see part), and the
// tokeniser takes them for letters.
const (
	fieldEnd = "\uE000" // a token between two fields, so that no phrase spans them
	docSign  = "\uE001" // begins the token of a document's key
	docGap   = '\uE002' // stands for what separates a key's parts
)

// term is a word in the two forms that are indexed.
type term struct {
	exact  string // vntext.Key: one spelling, with its marks
	folded string // vntext.KeyNoMarks
}

// span is where a word stands in its text, in bytes.
type span struct{ start, end int }

// part reports whether a rune belongs to a word. Combining marks and invisible
// characters do, so that a decomposed text and a soft hyphen split nothing.
func part(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || unicode.Is(unicode.Cf, r))
}

// nextWord returns the first word of s at or after from; false if there is none.
func nextWord(s string, from int) (span, bool) {
	start := -1
	for i, r := range s[from:] {
		switch {
		case part(r):
			if start < 0 {
				start = from + i
			}
		case start >= 0:
			return span{start, from + i}, true
		}
	}
	return span{start, len(s)}, start >= 0
}

// terms makes terms of words and remembers them: a language has some thousand
// syllables, a library has them a billion times.
type terms struct{ known map[string]term }

// maxKnown bounds the memory; when it is full, it begins anew.
const maxKnown = 1 << 16

func newTerms() *terms { return &terms{known: make(map[string]term, 1024)} }

func (t *terms) of(word string) term {
	if out, ok := t.known[word]; ok {
		return out
	}
	out := makeTerm(word)
	if len(t.known) >= maxKnown {
		clear(t.known)
	}
	t.known[strings.Clone(word)] = out
	return out
}

// makeTerm returns the zero term for what has no letter.
func makeTerm(word string) term {
	if len(word) > maxWord {
		end := maxWord
		for end > 0 && !utf8.RuneStart(word[end]) {
			end--
		}
		word = word[:end]
	}
	return term{plain(vntext.Key(word)), plain(vntext.KeyNoMarks(word))}
}

// plain keeps of a key what the tokeniser keeps together.
func plain(key string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && !part(r) || r >= 0x80 && !part(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, key)
}

// words returns the terms of a text.
func words(t *terms, s string) []term {
	var out []term
	for at, ok := nextWord(s, 0); ok; at, ok = nextWord(s, at.end) {
		if w := t.of(s[at.start:at.end]); w.exact != "" && w.folded != "" {
			out = append(out, w)
		}
	}
	return out
}

// columns are the two texts of an article as they go into the index: tokens with
// blanks between.
type columns struct{ exact, folded []byte }

func (c *columns) add(t *terms, s string) {
	any := false
	for at, ok := nextWord(s, 0); ok; at, ok = nextWord(s, at.end) {
		w := t.of(s[at.start:at.end])
		if w.exact == "" || w.folded == "" {
			continue
		}
		any = true
		c.exact = append(append(c.exact, w.exact...), ' ')
		c.folded = append(append(c.folded, w.folded...), ' ')
	}
	if any {
		c.exact = append(c.exact, fieldEnd+" "...)
		c.folded = append(c.folded, fieldEnd+" "...)
	}
}

// fill makes the columns of an article.
func (c *columns) fill(t *terms, a *feeds.Article) {
	c.exact, c.folded = c.exact[:0], c.folded[:0]
	c.add(t, a.Title)
	c.add(t, a.Summary)
	c.add(t, feeds.Words(a.ContentHTML))
	c.add(t, a.Category)
	for _, s := range a.Tags {
		c.add(t, s)
	}
	for _, s := range a.Authors {
		c.add(t, s)
	}
	c.add(t, a.Unit)
	for _, cite := range a.Citations {
		if d, ok := citation.ParseNumber(cite.Document); ok {
			c.folded = append(append(c.folded, docToken(d)...), ' ')
		}
	}
}

// docToken is a document's key as one token.
func docToken(c citation.Citation) string {
	return docSign + strings.Map(func(r rune) rune {
		if !part(r) {
			return docGap
		}
		return unicode.ToLower(r)
	}, c.Key())
}
