package citation

import "strings"

// maxNumbers bounds the numbers under one symbol.
const maxNumbers = 32

// oneNumber is 1*5DIGIT [letter].
type oneNumber struct {
	text string
	end  int
}

func (s *scanner) oneNumber(i int) (oneNumber, bool) {
	j := i
	for s.class(j) == digit {
		if j++; j-i > 5 {
			return oneNumber{}, false
		}
	}
	from := i
	for from < j && s.r[from] == '0' {
		from++
	}
	if from == j {
		return oneNumber{}, false
	}
	if c := s.rune(j); c < 0x80 && s.class(j) == letter && s.class(j+1) != letter && s.class(j+1) != digit {
		j++
	}
	if s.class(j) == letter {
		return oneNumber{}, false
	}
	return oneNumber{strings.ToLower(string(s.r[from:j])), j}, true
}

// numbers reads a list of numbers up to the first that has a symbol. Without
// one, sym has no parts.
func (s *scanner) numbers(i int) (list []oneNumber, sym symbol) {
	for len(list) < maxNumbers {
		n, ok := s.oneNumber(i)
		if !ok {
			return list, symbol{}
		}
		list = append(list, n)
		if sym, ok := s.symbolAt(n.end); ok {
			return list, sym
		}
		k := s.gap(n.end)
		switch and := s.word(n.end, wordAnd); {
		case s.rune(k) == ',' || s.rune(k) == ';' || s.rune(k) == '&':
			i = s.gap(k + 1)
		case and > 0:
			i = s.gap(and)
		default:
			return list, symbol{}
		}
		if so := s.word(i, wordNumber); so > 0 {
			i = s.gap(so)
		}
	}
	return list, symbol{}
}

// onlySymbol reads the symbol of the single number at i.
func (s *scanner) onlySymbol(i int) (symbol, bool) {
	n, ok := s.oneNumber(i)
	if !ok {
		return symbol{}, false
	}
	return s.symbolAt(n.end)
}

// numbered reads numbers at k with their symbol and what touches it, or a bare
// number. The citation begins at start. It returns its end, or 0.
func (s *scanner) numbered(start, k int, name *typeName, so bool) int {
	if s.class(k) != digit {
		return 0
	}
	var list []oneNumber
	var sym symbol
	if name == nil && !so {
		// Nothing announces a list: "năm 2016, 19-NQ/TW" has one number.
		n, ok := s.oneNumber(k)
		if !ok {
			return 0
		}
		y, ok := s.symbolAt(n.end)
		if !ok {
			return 0
		}
		list, sym = []oneNumber{n}, y
	} else {
		if name == nil && k < s.barren {
			return 0 // inside a list that was read and has no symbol
		}
		list, sym = s.numbers(k)
	}
	if len(list) == 0 {
		return 0
	}
	if len(sym.parts) == 0 {
		s.barren = list[len(list)-1].end
		return s.bare(name, list, k, so)
	}
	letters, ok := sym.kind(name, so)
	if !ok {
		return s.bare(name, list, k, so)
	}
	if by := sym.parts[0].by; name == nil && by != nil && by.number != "" {
		if law := s.lawBefore(start); law != "" {
			letters = law
		}
	}
	f := found{start: start, end: sym.end, c: Citation{
		Type: letters, Year: sym.year, Symbol: sym.text, Form: FormNumber, Issuer: sym.issuer(),
	}}
	s.tail(&f)
	return s.citeEach(f, list, name)
}

// issued is numbered for a name with its issuer before the number.
func (s *scanner) issued(name *typeName, is span, k int, so bool) int {
	n := len(s.found)
	list, sym := s.numbers(k)
	if len(list) == 0 || len(sym.parts) == 0 {
		return 0
	}
	end := s.numbered(name.start, k, name, so)
	for i := n; i < len(s.found); i++ {
		s.found[i].issuerAt, s.found[i].issuerTo = is.start, is.end
	}
	return end
}

func (s *scanner) citeEach(f found, list []oneNumber, name *typeName) int {
	for _, n := range list {
		f.c.Number = n.text
		s.cite(f, name)
	}
	return f.end
}
