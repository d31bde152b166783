package citation

import (
	"slices"
	"strings"
)

const (
	maxNumbers = 32 // numbers under one symbol
	maxParts   = 12 // parts of a symbol: TTLT-BTP-BCA-TANDTC-VKSNDTC-BTC has six
	maxPart    = 20 // letters of a part
)

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

// symbol is what follows a number.
type symbol struct {
	year   string
	parts  []string
	text   string // parts and the separators between them
	lead   rune   // the separator before parts: '/' or '-'
	second rune   // the separator after the first part, 0 for none
	loose  bool   // lead has blanks on both sides
	end    int
}

// symbolAt reads a symbol right after a number. It says what stands there, not
// whether it is a citation's.
func (s *scanner) symbolAt(i int) (symbol, bool) {
	var sym symbol
	lead, k, loose, ok := s.separator(i)
	if !ok {
		return sym, false
	}
	if lead == '/' && s.isYear(k) {
		sym.year = string(s.r[k : k+4])
		lead2, k2, loose2, ok := s.separator(k + 4)
		if !ok {
			return sym, false
		}
		if lead2 == '-' { // 15/2006-QĐ-BTC: a slip, where a type follows
			p, _, ok := s.part(k2)
			if !ok {
				return sym, false
			}
			if _, ok := typeOf(p); !ok {
				return sym, false
			}
			lead2 = '/'
		}
		lead, k, loose = lead2, k2, loose2
	}
	sym.lead, sym.loose = lead, loose
	var b strings.Builder
	for len(sym.parts) < maxParts {
		p, end, ok := s.part(k)
		if !ok {
			break
		}
		sym.parts = append(sym.parts, p)
		b.WriteString(p)
		sym.end = end
		sep, next, wide, ok := s.separator(end)
		if !ok || wide && !s.goesOn(&sym, next) {
			break
		}
		if _, _, ok := s.part(next); !ok {
			break
		}
		if len(sym.parts) == 1 {
			sym.second = sep
		}
		if sep == '/' && len(sym.parts) > 1 { // no symbol has two: another thing begins
			break
		}
		sym.loose = sym.loose || wide
		b.WriteRune(sep)
		k = next
	}
	sym.text = b.String()
	return sym, len(sym.parts) > 0
}

// goesOn reports whether a separator with blanks on both sides belongs to the
// symbol: after its type ("NĐ – CP"), or where all are written so. Elsewhere it
// is a dash between words.
func (s *scanner) goesOn(sym *symbol, next int) bool {
	if len(sym.parts) == 1 {
		_, isType := typeOf(sym.parts[0])
		p, _, ok := s.part(next)
		return ok && isType && (issuerOf(p) != nil || len(p) > 1)
	}
	return sym.loose
}

// separator reads "/" or "-" with at most two blanks on either side.
func (s *scanner) separator(i int) (sep rune, end int, wide, ok bool) {
	k := s.narrow(i)
	sep = s.rune(k)
	if sep != '/' && sep != '-' {
		return 0, i, false, false
	}
	end = s.narrow(k + 1)
	return sep, end, k > i && end > k+1, true
}

func (s *scanner) narrow(i int) int {
	for k := i; k <= i+2; k++ {
		if s.class(k) != blank || s.r[k] == '\n' {
			return k
		}
	}
	return i
}

// isYear reports whether a year of four digits stands at i.
func (s *scanner) isYear(i int) bool {
	return (s.rune(i) == '1' && s.rune(i+1) == '9' || s.rune(i) == '2' && s.rune(i+1) == '0') &&
		s.class(i+2) == digit && s.class(i+3) == digit && s.class(i+4) != digit
}

// part reads one part of a symbol: letters, then perhaps digits (QH15).
func (s *scanner) part(i int) (string, int, bool) {
	j := i
	for isSymbolLetter(s.rune(j)) {
		if j++; j-i > maxPart {
			return "", i, false
		}
	}
	letters := j
	for s.class(j) == digit {
		if j++; j-letters > 3 {
			return "", i, false
		}
	}
	if letters == i || s.class(j) == letter {
		return "", i, false
	}
	return string(s.r[i:j]), j, s.shaped(i, letters)
}

// shaped reports whether letters look like a part: known, or capitals with two
// small letters at most behind them. Case is judged again by [symbol.known].
func (s *scanner) shaped(i, end int) bool {
	var upper, lower int
	for _, r := range s.r[i:end] {
		switch {
		case !isUpper(r):
			lower++
		case lower > 0 && upper < 2 && !known(string(s.r[i:end])):
			return false
		default:
			upper++
		}
	}
	return upper >= 2 && lower <= 2 || upper == 1 && lower == 0 || known(string(s.r[i:end]))
}

func known(part string) bool {
	_, ok := typeOf(part)
	return ok || issuerOf(part) != nil
}

func isSymbolLetter(r rune) bool {
	return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == 'Đ' || r == 'đ' || r == 'Ư' || r == 'ư'
}

// capital reports whether every part begins with a capital, as symbols do.
func (y *symbol) capital() bool {
	return !slices.ContainsFunc(y.parts, func(p string) bool { return !isUpper([]rune(p)[0]) })
}

// kind decides whether the symbol is a citation's, and of which type. The name
// before it, if any, and "số" make it more credible.
func (y *symbol) kind(name *typeName, so bool) (string, bool) {
	first := y.parts[0]
	letters, isType := typeOf(first)
	by := issuerOf(first)
	many := len(y.parts) > 1
	announced := name != nil || so
	if !announced && !y.capital() {
		return "", false
	}
	switch {
	case isType && many:
		// State "/" "-", Party "-" "/". Of the two mixed forms "/" "/" and "-" "-"
		// the issuer must be known, or a name be there.
		if y.lead == y.second && name == nil && issuerOf(y.parts[1]) == nil {
			return "", false
		}
		if name != nil && letters == "TC" && name.letters != "TC" { // "TC" was the Ministry of Finance
			letters = name.letters
		}
		return letters, true
	case name == nil:
		if by == nil || y.lead != '/' {
			return "", false
		}
		if by.number != "" && y.year != "" && first != by.letters { // 59/2020/QH14
			return by.number, true
		}
		return "CV", y.year == "" && many // 1234/BTC-TCT
	case isType: // 749/QĐ, 63-SL
		return name.letters, !y.loose
	case by != nil && (y.lead == '/' || !y.loose): // 59/2020/QH14, 05-CP
		return name.letters, so || !name.weak || many
	case y.lead == '/' || many && y.second == '/': // an issuer that is not known
		return name.letters, !y.loose && y.capital() && len(first) > 1 && (so || !name.weak)
	default:
		return name.letters, !y.loose && y.capital() && len(first) > 1 && so && !name.weak
	}
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
		list, sym = s.numbers(k)
	}
	if len(list) == 0 {
		return 0
	}
	if len(sym.parts) == 0 {
		return s.bare(name, list, k, so)
	}
	letters, ok := sym.kind(name, so)
	if !ok {
		return s.bare(name, list, k, so)
	}
	if by := issuerOf(sym.parts[0]); name == nil && by != nil && by.number != "" {
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

// issuer is the letters of the issuer that a symbol names.
func (y *symbol) issuer() string {
	parts := y.parts
	if _, ok := typeOf(parts[0]); ok && len(parts) > 1 {
		parts = parts[1:]
		if _, ok := typeOf(parts[0]); ok && len(parts) > 1 && strings.EqualFold(y.parts[0], "VBHN") {
			parts = parts[1:]
		}
	} else {
		parts = parts[:1]
		return strings.TrimRight(parts[0], "0123456789")
	}
	return strings.TrimRight(strings.Join(parts, "-"), "0123456789")
}
