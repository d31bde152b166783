package citation

import (
	"slices"
	"strings"
	"unicode/utf8"
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

// part is one part of a symbol, with what the table knows of it.
type part struct {
	text string
	kind string // the type's letters; empty where it is none
	by   *issuer
	end  int
}

func (p *part) known() bool { return p.kind != "" || p.by != nil }

func newPart(text string) part {
	p := part{text: text, by: issuerOf(text)}
	p.kind, _ = typeOf(text)
	return p
}

// symbol is what follows a number.
type symbol struct {
	year   string
	parts  []part
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
	var p part
	if lead == '/' && s.isYear(k) {
		sym.year = string(s.r[k : k+4])
		var after rune
		if after, k, loose, ok = s.separator(k + 4); !ok {
			return sym, false
		}
		if p, ok = s.part(k); !ok || after == '-' && p.kind == "" { // 15/2006-QĐ-BTC is a slip
			return sym, false
		}
	} else if p, ok = s.part(k); !ok {
		return sym, false
	}
	sym.lead, sym.loose = lead, loose
	sym.parts = make([]part, 1, 3)
	sym.parts[0] = p
	from, to := k, p.end
	for len(sym.parts) < maxParts {
		sep, next, wide, ok := s.separator(p.end)
		if !ok || sep == '/' && len(sym.parts) > 1 { // no symbol has two: another thing begins
			break
		}
		if p, ok = s.part(next); !ok || wide && !sym.goesOn(&p) {
			break
		}
		if len(sym.parts) == 1 {
			sym.second = sep
		}
		sym.loose = sym.loose || wide
		sym.parts = append(sym.parts, p)
		to = p.end
	}
	sym.end = to
	sym.text = string(s.r[from:to])
	if strings.Contains(sym.text, " ") {
		sym.text = strings.ReplaceAll(sym.text, " ", "")
	}
	return sym, true
}

// goesOn reports whether a part behind a separator with blanks on both sides
// belongs to the symbol: after its type ("NĐ – CP"), or where all are written so.
// Elsewhere it is a dash between words.
func (y *symbol) goesOn(p *part) bool {
	if len(y.parts) == 1 {
		return y.parts[0].kind != "" && (p.by != nil || len(p.text) > 1)
	}
	return y.loose
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

// part reads one part of a symbol: letters, then perhaps digits (QH15). A part
// is known to the table, or has capitals with two small letters at most behind
// them.
func (s *scanner) part(i int) (part, bool) {
	j := i
	for isSymbolLetter(s.rune(j)) {
		if j++; j-i > maxPart {
			return part{}, false
		}
	}
	letters := j
	for s.class(j) == digit {
		if j++; j-letters > 3 {
			return part{}, false
		}
	}
	if letters == i || s.class(j) == letter {
		return part{}, false
	}
	var upper, lower int
	ordered := true // no small letter between capitals
	for _, r := range s.r[i:letters] {
		if isUpper(r) {
			ordered = ordered && lower == 0
			upper++
		} else {
			lower++
		}
	}
	p := newPart(string(s.r[i:j]))
	p.end = j
	return p, p.known() || ordered && (upper >= 2 && lower <= 2 || upper == 1 && lower == 0)
}

func isSymbolLetter(r rune) bool {
	return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == 'Đ' || r == 'đ' || r == 'Ư' || r == 'ư'
}

// capital reports whether every part begins with a capital, as symbols do.
func (y *symbol) capital() bool {
	return !slices.ContainsFunc(y.parts, func(p part) bool {
		first, _ := utf8.DecodeRuneInString(p.text)
		return !isUpper(first)
	})
}

// kind decides whether the symbol is a citation's, and of which type. The name
// before it, if any, and "số" make it more credible.
func (y *symbol) kind(name *typeName, so bool) (string, bool) {
	first, letters, by := y.parts[0].text, y.parts[0].kind, y.parts[0].by
	isType := letters != ""
	many := len(y.parts) > 1
	announced := name != nil || so
	if !announced && !y.capital() {
		return "", false
	}
	switch {
	case isType && many:
		// State "/" "-", Party "-" "/". Of the two mixed forms "/" "/" and "-" "-"
		// the issuer must be known, or a name be there.
		if y.lead == y.second && name == nil && y.parts[1].by == nil {
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

// issuer is the letters of the issuer that a symbol names: what follows its
// types (VBHN-NĐ-BTP has two), or its first part where it has none.
func (y *symbol) issuer() string {
	parts := y.parts
	switch {
	case len(parts) > 2 && parts[0].kind == "VBHN" && parts[1].kind != "":
		parts = parts[2:]
	case len(parts) > 1 && parts[0].kind != "":
		parts = parts[1:]
	default:
		parts = parts[:1]
	}
	by := parts[0].text
	for _, p := range parts[1:] {
		by += "-" + p.text
	}
	return strings.TrimRight(by, "0123456789")
}
