package citation

import (
	"net/url"
	"strings"
)

// ParseNumber reads a document's number as a person or an address writes it:
// "19-NQ/TW", "19-NQ-TW", "42/2022/NĐ-CP", "42-2022-nd-cp", also percent-encoded,
// in any case, with D for Đ where only one is possible, and with a type's name
// and "số" before it. The result has Type, Number, Year, Symbol and Issuer of
// form number, the symbol's parts in the table's letters; its [Citation.Key]
// equals the key of what [Find] finds. Where the number does not tell the type
// (59/2020/QH14) it is the issuer's usual one. Blanks count as separators.
func ParseNumber(given string) (Citation, bool) {
	if len(given) > 1024 {
		return Citation{}, false
	}
	if u, err := url.PathUnescape(given); err == nil {
		given = u
	}
	s := &scanner{text: newText(strings.TrimSpace(given))}
	i, name := s.beforeNumber()
	n, ok := s.oneNumber(i)
	if !ok {
		return Citation{}, false
	}
	year, parts, slash, ok := s.splitNumber(n.end)
	if !ok {
		return Citation{}, false
	}
	capitals, recognised := true, false
	for _, text := range parts {
		p := newPart(text)
		capitals = capitals && text == strings.ToUpper(text)
		recognised = recognised || p.known()
	}
	if !recognised && !capitals {
		return Citation{}, false
	}
	letters := canonical(parts)
	by := issuerOf(parts[0])
	switch {
	case letters != "":
	case name != "":
		letters = name
	case by != nil && by.number != "" && len(parts) == 1:
		letters = by.number
	default:
		if letters, ok = typeOf(parts[0]); !ok || len(parts) > 1 {
			letters = "CV"
		}
	}
	c := Citation{Type: letters, Number: n.text, Year: year, Form: FormNumber, Symbol: parts[0]}
	if len(parts) > 1 {
		sep := "-"
		org := issuerOf(parts[1])
		if slash == afterType || slash == none && year == "" && vocab.letters[strings.ToUpper(parts[0])] != nil && org != nil && org.party {
			sep = "/"
		}
		c.Symbol += sep + strings.Join(parts[1:], "-")
	}
	var y symbol
	for _, text := range parts {
		y.parts = append(y.parts, newPart(text))
	}
	c.Issuer = y.issuer()
	return c, true
}

// Where a number as given has its "/" behind the year, if any.
const (
	none = iota
	beforeType
	afterType
)

// beforeNumber skips a type's name and "số", and returns the name's type.
func (s *scanner) beforeNumber() (int, string) {
	i, name := 0, ""
	if d, end, ok := vocab.names.at(s.text, 0); ok {
		i, name = end, d.letters
	}
	i, _ = s.number(i)
	return i, name
}

// splitNumber reads the year and the parts behind a number, whatever separates
// them, to the end of the text.
func (s *scanner) splitNumber(i int) (year string, parts []string, slash int, ok bool) {
	for i < len(s.r) {
		from, hasSlash := i, false
		for i < len(s.r) && (s.class(i) == blank || strings.ContainsRune("-/_.", s.r[i])) {
			hasSlash = hasSlash || s.r[i] == '/'
			i++
		}
		if i == from || i-from > maxBlanks || len(parts) == maxParts {
			return "", nil, 0, false
		}
		if len(parts) == 0 && year == "" && s.isYear(i) {
			year = string(s.r[i : i+4])
			i += 4
			continue
		}
		if hasSlash {
			switch len(parts) {
			case 0:
				slash = beforeType
			case 1:
				if slash == none {
					slash = afterType
				}
			}
		}
		j := i
		for isSymbolLetter(s.rune(j)) {
			j++
		}
		letters := j
		for s.class(j) == digit {
			j++
		}
		if letters == i || letters-i > maxPart || j-letters > 3 || s.class(j) == letter {
			return "", nil, 0, false
		}
		parts = append(parts, string(s.r[i:j]))
		i = j
	}
	return year, parts, slash, len(parts) > 0
}
