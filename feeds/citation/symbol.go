package citation

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxParts = 12 // parts of a symbol: TTLT-BTP-BCA-TANDTC-VKSNDTC-BTC has six
	maxPart  = 20 // letters of a part
)

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
	if s.class(j) == letter && j-i > 2 && s.match(j-2, day) > 0 { // NĐ-CPngày: a blank was lost
		j -= 2
		letters = j
	} else if letters == i || s.class(j) == letter {
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
		// the issuer must be known, or a name be there. Without a name, a flat
		// (12/CT-B) looks like a number whose issuer has few letters.
		if org := y.parts[1]; name == nil && org.by == nil &&
			(y.lead == y.second || len(org.text) < 2 || len(org.text) == 2 && !so && y.year == "" || !so && !capitals(org.text)) {
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
	return trimDigits(by)
}

// day is the word that is found glued to symbols.
var day = []rune("ngày")

// capitals reports whether a part has letters alone, all capitals.
func capitals(part string) bool {
	for _, r := range part {
		if !isUpper(r) {
			return false
		}
	}
	return true
}

func trimDigits(s string) string {
	for s != "" && s[len(s)-1] >= '0' && s[len(s)-1] <= '9' {
		s = s[:len(s)-1]
	}
	return s
}
