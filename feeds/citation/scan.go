package citation

import "strings"

// Find returns the citations in text, in order. It is linear in the length of
// text: it goes over it once, and what it reads ahead from a place is bounded.
// Text may be hostile and of any normal form; it need not be valid UTF-8.
func Find(given string) []Citation {
	s := &scanner{text: newText(given)}
	s.run()
	return s.citations()
}

// found is a citation by places in the scanner's text.
type found struct {
	c                  Citation
	start, end         int
	issuerAt, issuerTo int // the issuer as written; none where both are the same
}

type scanner struct {
	*text
	found []found
	cited map[citedNumber]bool // for aliases

	// barren is where the last list of numbers without symbol ended.
	barren int

	// law is the type of the last law-making name read, and lawAt where it
	// ended: it gives a number of the National Assembly its type.
	law   string
	lawAt int
}

var (
	wordNumber   = newWords("số", "số hiệu")
	wordNumberly = newWords("số", "số hiệu", "cố", "só", "sô", "so") // typed so, after a type's name
	wordOf       = newWords("của", "do")
	wordAnd      = newWords("và")
)

// run goes from word to word and from number to number.
func (s *scanner) run() {
	for i := 0; i < len(s.r); {
		switch classOf(s.r[i]) {
		case letter:
			if c := s.r[i]; c >= tableSize || !vocab.begins[c] && !isUpper(s.rune(i+1)) {
				// no citation begins so
			} else if end := s.atWord(i); end > i {
				i = end
				continue
			}
			for s.class(i) == letter {
				i++
			}
		case digit:
			if s.opens(i) {
				if end := s.numbered(i, i, nil, false); end > i {
					i = end
					continue
				}
			}
			for s.class(i) == digit {
				i++
			}
		default:
			i++
		}
	}
}

// opens reports whether a number may begin at i when nothing announces it: not
// inside another number, an address or a code.
func (s *scanner) opens(i int) bool {
	switch c := s.rune(i - 1); c {
	case '/', '-', '.', '_', '%', '#', '$', '+', '=', '&', '@':
		return false
	case ':', ',':
		return s.class(i-2) != digit
	default:
		return s.class(i-1) != letter
	}
}

// atWord reads a citation that begins with the word at i and returns its end,
// or i.
func (s *scanner) atWord(i int) int {
	d, end, ok := vocab.names.at(s.text, i)
	if !ok {
		d, end, ok = s.abbreviation(i)
	}
	if !ok {
		if end := s.word(i, wordNumber); end > 0 {
			return max(i, s.numbered(i, s.colon(end), nil, true))
		}
		return i
	}
	if d.law || d.letters == "NQ" {
		s.law, s.lawAt = d.letters, end
	}
	name := &typeName{documentType: d, start: i, end: end, upper: isUpper(s.r[i])}
	if e := s.afterName(name); e > i {
		return e
	}
	return i
}

// typeName is the name of a type as it stands in the text.
type typeName struct {
	*documentType
	start, end int
	upper      bool // begins with a capital
	short      bool // the type's letters in place of its name
}

func (s *scanner) afterName(name *typeName) int {
	if name.short {
		k, so := s.number(name.end)
		return s.numbered(name.start, k, name, so)
	}
	k, so := s.number(name.end)
	if e := s.numbered(name.start, k, name, so); e > 0 {
		return e
	}
	if name.letters == "NQ" || name.letters == "KL" {
		if e := s.plenum(name); e > 0 {
			return e
		}
	}
	if name.letters == "NQ" {
		if e := s.congress(name); e > 0 {
			return e
		}
	}
	if is, ok := s.issuer(name.end); ok {
		if k, so := s.number(is.end); k > is.end {
			if e := s.issued(name, is, k, so); e > 0 {
				return e
			}
		}
	}
	if name.law {
		return s.titled(name)
	}
	return 0
}

// number skips to the digits after a type's name: blanks, "số", a colon.
func (s *scanner) number(i int) (k int, so bool) {
	if end := s.word(i, wordNumberly); end > 0 {
		return s.colon(end), true
	}
	return s.gap(i), false
}

func (s *scanner) colon(i int) int {
	if k := s.gap(i); s.rune(k) == ':' || s.rune(k) == '.' {
		i = k + 1
	}
	return s.gap(i)
}

// abbreviation reads a type's letters, in capitals, in the place of its name:
// "NQ số 18-NQ/TW", "TT06/2025/TT-BNV".
func (s *scanner) abbreviation(i int) (*documentType, int, bool) {
	if !isUpper(s.r[i]) {
		return nil, 0, false
	}
	j := i
	for j-i < 5 && s.class(j) == letter {
		j++
	}
	if j-i < 2 || s.class(j) == letter {
		return nil, 0, false
	}
	if k, _ := s.number(j); s.class(k) != digit {
		return nil, 0, false
	}
	word := string(s.r[i:j])
	letters, ok := typeOf(word)
	if !ok || strings.ToUpper(word) != word && word != letters {
		return nil, 0, false
	}
	return vocab.letters[strings.ToUpper(letters)], j, true
}

// maxTitle bounds the words of a law's title between its name and its number.
const maxTitle = 30

// titled reads "Luật Phòng, chống tham nhũng số 36/2018/QH14".
func (s *scanner) titled(name *typeName) int {
	i := name.end
	for range maxTitle {
		k := s.gap(i)
		if s.rune(k) == ',' {
			k = s.gap(k + 1)
		}
		if k == i || s.class(k) != letter {
			return 0
		}
		if end := s.word(k, wordNumber); end > 0 {
			if n := s.colon(end); s.class(n) == digit {
				if sym, ok := s.onlySymbol(n); !ok || sym.year == "" || sym.parts[0].by == nil {
					return 0
				}
				return s.numbered(name.start, n, name, true)
			}
		}
		if isUpper(s.r[k]) {
			if _, _, ok := vocab.names.at(s.text, k); ok {
				return 0
			}
		}
		for s.class(k) == letter {
			k++
		}
		i = k
	}
	return 0
}

// maxReach bounds how far back a law-making name gives its type to a number.
const maxReach = 120

// lawBefore is the type that a number of the National Assembly takes from before
// it: of the citation that it is listed with, or of the last name in the same
// sentence.
func (s *scanner) lawBefore(i int) string {
	from := s.lawAt
	if n := len(s.found); n > 0 && s.found[n-1].end >= from {
		from = s.found[n-1].end
	}
	if s.law == "" || i-from > maxReach || i < from {
		return ""
	}
	for j := from; j < i; j++ {
		if s.r[j] == '\n' || s.r[j] == '.' && s.class(j+1) == blank {
			return ""
		}
	}
	return s.law
}

// cite keeps a citation and remembers its number for aliases.
func (s *scanner) cite(f found, name *typeName) {
	if s.found == nil {
		s.found = make([]found, 0, 16)
	}
	s.found = append(s.found, f)
	if f.c.Form != FormNumber && f.c.Form != FormBare {
		return
	}
	if s.cited == nil {
		s.cited = map[citedNumber]bool{}
	}
	s.cited[citedNumber{f.c.Type, f.c.Number, f.c.Year}] = true
	s.cited[citedNumber{f.c.Type, f.c.Number, ""}] = true
	if name != nil && name.letters != f.c.Type {
		s.cited[citedNumber{name.letters, f.c.Number, f.c.Year}] = true
		s.cited[citedNumber{name.letters, f.c.Number, ""}] = true
	}
}

// citedNumber is what an alias repeats: the type, the number, perhaps the year.
type citedNumber struct{ letters, number, year string }

// citations turns places into offsets and texts as given.
func (s *scanner) citations() []Citation {
	if len(s.found) == 0 {
		return nil
	}
	out := make([]Citation, len(s.found))
	at := cursor{s: s.given}
	for i, f := range s.found {
		c := f.c
		c.Start, c.End = s.offset(f.start), s.offset(f.end)
		from := at.to(c.Start)
		c.Text = s.given[from:at.to(c.End)]
		if f.issuerTo > f.issuerAt {
			from := at.to(s.offset(f.issuerAt))
			c.Issuer = s.given[from:at.to(s.offset(f.issuerTo))]
		}
		out[i] = c
	}
	return out
}
