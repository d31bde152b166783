package search

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"loa/feeds/citation"
)

// Errors of a query. Both are the asking person's to mend.
var (
	// ErrEmpty says that a query has nothing to look for: no word, or only words
	// that are excluded.
	ErrEmpty = errors.New("search: nothing to look for; give at least one word")
	// ErrTooLong says that a query passes the bounds.
	ErrTooLong = errors.New("search: query is too long; give at most 500 bytes and 24 words")
)

// Bounds of a query.
const (
	maxQuery = 500 // bytes
	maxWords = 24
	// minPrefix is the least number of letters before "*": fewer stand in nearly
	// every article, and are looked for as a word.
	minPrefix = 3
)

// Query is a parsed query. The zero Query finds nothing.
type Query struct{ atoms []atom }

// atom is one thing that an article must have, or must not.
type atom struct {
	words  []term // a word, or a phrase if there are more
	prefix bool   // the last word may go on
	not    bool
	// doc is the token of a document's number, path its form in addresses; words
	// are then those of the number and count only where loose is set: letters
	// that no table knows may be no document at all.
	doc, path string
	loose     bool
}

// Parse reads what a person typed.
//
//	query  = { ["-"] item }                   ; all items must match, "-" excludes
//	item   = word ["*"]                       ; "*": any word that begins so
//	       | '"' words '"' ["*"]              ; a phrase; curly quotes too
//	       | [type of document] ["số"] number ; 19-NQ/TW, 42/2022/NĐ-CP
//
// A word with signs inside it (covid-19, 1.200) is the phrase of its parts. All
// other signs are blanks: no text is a mistake. Returns ErrEmpty or ErrTooLong.
func Parse(text string) (Query, error) {
	if len(text) > maxQuery {
		return Query{}, ErrTooLong
	}
	items := split(strings.ToValidUTF8(text, " "))
	t := newTerms()
	var q Query
	n := 0
	for i := 0; i < len(items); i++ {
		a, used, ok := document(t, items[i:])
		if ok {
			i += used - 1
		} else {
			a = newAtom(t, items[i])
		}
		if len(a.words) == 0 || slices.ContainsFunc(q.atoms, func(b atom) bool { return b.spelling() == a.spelling() }) {
			continue
		}
		if n += len(a.words); n > maxWords {
			return Query{}, ErrTooLong
		}
		q.atoms = append(q.atoms, a)
	}
	if !slices.ContainsFunc(q.atoms, func(a atom) bool { return !a.not }) {
		return Query{}, ErrEmpty
	}
	if len(q.String()) > maxQuery { // else it could not be read back
		return Query{}, ErrTooLong
	}
	return q, nil
}

// item is a piece of a query before its words are read.
type item struct {
	text                string
	quoted, not, prefix bool
}

// split cuts a query at blanks outside quotes.
func split(s string) []item {
	var out []item
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		if unicode.IsSpace(r) {
			s = s[size:]
			continue
		}
		var it item
		if r == '-' {
			it.not = true
			s = s[size:]
			if r, size = utf8.DecodeRuneInString(s); s == "" || unicode.IsSpace(r) {
				continue // a dash alone
			}
		}
		end := -1
		if isQuote(r) {
			s = s[size:]
			end = strings.IndexFunc(s, isQuote)
		}
		if end >= 0 {
			it.text, it.quoted = s[:end], true
			_, size = utf8.DecodeRuneInString(s[end:])
			s = s[end+size:]
			if strings.HasPrefix(s, "*") {
				it.prefix, s = true, s[1:]
			}
		} else {
			end = strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || isQuote(r) })
			if end < 0 {
				end = len(s)
			}
			it.text, s = s[:end], s[end:]
			it.prefix = strings.HasSuffix(it.text, "*")
		}
		out = append(out, it)
	}
	return out
}

func isQuote(r rune) bool { return strings.ContainsRune("\"“”„«»", r) }

func newAtom(t *terms, it item) atom {
	a := atom{words: words(t, it.text), not: it.not, prefix: it.prefix}
	if n := len(a.words); n > 0 && utf8.RuneCountInString(a.words[n-1].folded) < minPrefix {
		a.prefix = false
	}
	return a
}

// maxType is how many words may stand before a number: a type of document
// ("thông tư liên tịch") and "số".
const maxType = 6

// document reads a document's number at the head of the items, with what
// announces it, and returns how many items it took.
func document(t *terms, items []item) (atom, int, bool) {
	if items[0].quoted {
		return newDocument(t, items[:1])
	}
	for n := 1; n <= min(len(items), maxType+1); n++ {
		if last := items[n-1]; last.quoted || n > 1 && last.not {
			break
		}
		if !strings.ContainsFunc(items[n-1].text, unicode.IsDigit) {
			continue // words before a number
		}
		if a, used, ok := newDocument(t, items[:n]); ok {
			return a, used, true
		}
		break
	}
	return atom{}, 0, false
}

func newDocument(t *terms, items []item) (atom, int, bool) {
	texts := make([]string, len(items))
	for i, it := range items {
		texts[i] = it.text
	}
	number := strings.Trim(strings.Join(texts, " "), ".,;:()[]")
	if !strings.ContainsAny(number, "-/_.%") { // "16 Huế" is no number
		return atom{}, 0, false
	}
	c, ok := citation.ParseNumber(number)
	if !ok || c.Path() == "" {
		return atom{}, 0, false
	}
	a := atom{words: words(t, c.Path()), not: items[0].not, doc: docToken(c), path: c.Path()}
	if len(a.words) == 0 {
		return atom{}, 0, false
	}
	a.loose = c.Type == "CV" && !strings.ContainsAny(c.Symbol, "-/")
	return a, len(items), true
}

// String is the query's one canonical spelling, which Parse reads back: equal
// queries have the same. Small letters, tones where spelling has them, single
// blanks.
func (q Query) String() string {
	out := make([]string, len(q.atoms))
	for i, a := range q.atoms {
		out[i] = a.spelling()
	}
	return strings.Join(out, " ")
}

func (a atom) spelling() string {
	out := make([]string, len(a.words))
	for i, w := range a.words {
		out[i] = spell(w.exact)
	}
	s := strings.Join(out, " ")
	if a.doc != "" {
		s = a.path
	} else if len(out) > 1 {
		s = `"` + s + `"`
	}
	if a.prefix {
		s += "*"
	}
	if a.not {
		s = "-" + s
	}
	return s
}

// marked reports whether the atom has any diacritics.
func (a atom) marked() bool {
	return a.doc == "" && slices.ContainsFunc(a.words, func(w term) bool { return w.exact != w.folded })
}

// marked reports whether diacritics make a difference to what comes first.
func (q Query) marked() bool {
	return slices.ContainsFunc(q.atoms, func(a atom) bool { return !a.not && a.marked() })
}
