package citation

import "strings"

// span is a stretch of the scanner's text, half open.
type span struct{ start, end int }

const (
	maxLinks     = 6 // heads and places that one issuer's name chains
	maxPlace     = 4 // words of a place's name
	maxShoutText = 2 // words of a place's name where all is in capitals
)

// tail reads what stands behind a symbol: a date that touches it, an issuer, or
// an issuer with a date that touches the issuer.
func (s *scanner) tail(f *found) {
	if d, end, ok := s.date(f.end, true); ok {
		f.c.Date, f.end = d, end
		if is, ok := s.issuer(end); ok {
			f.issuerAt, f.issuerTo = is.start, is.end
		}
		return
	}
	is, ok := s.issuer(f.end)
	if !ok {
		return
	}
	f.issuerAt, f.issuerTo = is.start, is.end
	if d, end, ok := s.date(s.termAfter(is.end), false); ok {
		f.c.Date, f.end = d, end
	}
}

// issuer reads an issuer's name behind i, with "của" or without: heads ("Ban
// Thường vụ Tỉnh ủy"), or a unit ("tỉnh Phú Thọ"). "của" is not in the span.
func (s *scanner) issuer(i int) (span, bool) {
	k := s.next(i)
	if end := s.word(i, wordOf); end > 0 {
		k = s.gap(end)
	}
	if k == i {
		return span{}, false
	}
	if end := s.head(k); end > 0 {
		return span{k, s.links(k, end)}, true
	}
	if end, _ := s.unit(k); end > 0 {
		return span{k, end}, true
	}
	return span{}, false
}

// body reads an issuer's name as bare citations need it: one that begins with a
// head, or a unit behind "của" where the type's name is no everyday word ("Dự án
// số 3 của thành phố" is a building site).
func (s *scanner) body(i int, weak bool) (span, bool) {
	is, ok := s.issuer(i)
	return is, ok && (s.head(is.start) > 0 || !weak && s.word(i, wordOf) > 0)
}

// next skips blanks within a line: what stands on the next line is no issuer
// unless "của" leads to it.
func (s *scanner) next(i int) int {
	k := s.gap(i)
	for j := i; j < k; j++ {
		if s.r[j] == '\n' {
			return i
		}
	}
	return k
}

// head returns the end of the head at k, or 0.
func (s *scanner) head(k int) int {
	if _, end, ok := vocab.heads.at(s.text, k); ok {
		return end
	}
	_, end, ok := vocab.fieldHeads.at(s.text, k)
	if !ok {
		return 0
	}
	f := s.next(end)
	if _, end, ok := vocab.fields.at(s.text, f); ok {
		return end
	}
	j := f
	for j-f <= maxPart && (s.class(j) == letter && isUpper(s.r[j]) || s.rune(j) == '&' && j > f) {
		j++
	}
	if j-f < 2 || s.class(j) == letter || j-f > maxPart || s.shouts(k, end) {
		return 0
	}
	return j
}

// links adds to a head what its name goes on with.
func (s *scanner) links(start, end int) int {
	at := start
	for range maxLinks {
		k := s.next(end)
		if k == end {
			break
		}
		if e := s.head(k); e > 0 {
			at, end = k, e
			continue
		}
		if e, _ := s.unit(k); e > 0 {
			at, end = k, e
			continue
		}
		_, local, ok := vocab.localHeads.at(s.text, at)
		if !ok || local != end {
			break
		}
		e, words := s.place(k)
		if words < 2 {
			break
		}
		end = e
		break
	}
	return end
}

// unit reads a unit's word and its name, if one follows.
func (s *scanner) unit(k int) (end int, named bool) {
	_, end, ok := vocab.units.at(s.text, k)
	if !ok {
		return 0, false
	}
	from := end
	if s.rune(end-1) != '.' || s.class(end) == blank {
		if from = s.next(end); from == end {
			return end, false
		}
	}
	if e, words := s.place(from); words > 0 {
		return e, true
	}
	return end, false
}

// place reads a name in capital words and counts them.
func (s *scanner) place(k int) (end, words int) {
	limit := maxPlace
	for words < limit {
		if s.class(k) != letter || !isUpper(s.r[k]) {
			break
		}
		if _, _, ok := vocab.names.at(s.text, k); ok {
			break
		}
		if _, _, ok := shouted.at(s.text, k); ok {
			break
		}
		j := k
		for s.class(j) == letter {
			j++
		}
		if j-k > 1 && s.shouts(k, j) {
			limit = maxShoutText
		}
		end = j
		words++
		if k = s.next(j); k == j {
			break
		}
	}
	return end, words
}

// shouted are words that end a name where capitals do not.
var shouted = newWords("về", "ngày", "của", "đã", "và", "tại", "cho", "ban", "thực", "trong", "là", "được", "theo", "khóa", "số")

// shouts reports whether all of a stretch is in capitals.
func (s *scanner) shouts(from, to int) bool {
	for _, r := range s.r[from:to] {
		if classOf(r) == letter && !isUpper(r) {
			return false
		}
	}
	return true
}

// termAfter skips the term of a committee: "Ban Chấp hành Trung ương (khóa XI)".
func (s *scanner) termAfter(i int) int {
	k := s.gap(i)
	open := s.rune(k) == '('
	if open {
		k++
	}
	end := s.word(k, wordTerm)
	if end == 0 {
		return i
	}
	_, end, ok := s.roman(s.gap(end))
	if !ok {
		return i
	}
	if open {
		if end = s.gap(end); s.rune(end) != ')' {
			return i
		}
		end++
	}
	return end
}

// bare reads numbers without symbol: with "số" and an issuer or a date, or a
// number that was cited in full before.
func (s *scanner) bare(name *typeName, list []oneNumber, k int, so bool) int {
	if name == nil || name.short && !so {
		return 0
	}
	year, end := "", list[0].end
	if s.rune(end) == '/' && s.isYear(end+1) {
		year, end, list = string(s.r[end+1:end+5]), end+5, list[:1]
	}
	f := found{start: name.start, c: Citation{Type: name.letters, Year: year, Form: FormBare}}
	one := list[:1]
	if last := list[len(list)-1].end; len(list) > 1 && s.ends(last) {
		if f.end = last; so && s.authority(&f, name.weak) || s.repeats(name, list, year) && !s.counts(last) {
			return s.citeEach(f, list, name)
		}
	}
	if !s.ends(end) {
		return 0
	}
	f.end = end
	credible := !name.weak || name.upper && end-k > 1
	if so && credible && s.authority(&f, name.weak) || s.repeats(name, one, year) && !s.counts(end) {
		return s.citeEach(f, one, name)
	}
	return 0
}

// authority reads the issuer or the date that makes a number a citation.
func (s *scanner) authority(f *found, weak bool) bool {
	d, end, dated := s.date(f.end, true)
	if dated {
		f.c.Date, f.end = d, end
	}
	is, ok := s.body(f.end, weak)
	if ok {
		f.issuerAt, f.issuerTo, f.end = is.start, is.end, is.end
		if d, end, ok := s.date(s.termAfter(is.end), false); ok && !dated {
			f.c.Date, f.end = d, end
		}
	}
	return ok || dated
}

// repeats reports whether all numbers were cited in full before, of this type.
func (s *scanner) repeats(name *typeName, list []oneNumber, year string) bool {
	if !name.upper || name.short || len(s.cited) == 0 {
		return false
	}
	for _, n := range list {
		if !s.cited[citedNumber{name.letters, n.text, year}] {
			return false
		}
	}
	return true
}

// counts reports whether a noun follows that a number counts.
func (s *scanner) counts(end int) bool { return s.word(end, vocab.counted) > 0 }

// ends reports whether a number is over at i: it is no fraction, range or code.
func (s *scanner) ends(i int) bool {
	switch c := s.rune(i); {
	case s.class(i) == letter || s.class(i) == digit || strings.ContainsRune("/_%°", c):
		return false
	case c == '.' || c == ',' || c == ':' || c == '-':
		return s.class(i+1) != digit && (c != '-' || s.class(i+1) != letter)
	}
	return true
}
