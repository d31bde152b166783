package citation

import (
	"cmp"
	"slices"
	"strings"
)

// phrase is a text to look for, in small letters, with what it means.
type phrase[T any] struct {
	letters []rune
	value   T
}

// phrases finds the longest of its phrases at a place, whatever the case, the
// blanks and the place of the tone.
type phrases[T any] struct {
	first  [tableSize]int // by first letter: index into groups, 0 for none
	groups [][]phrase[T]  // each with the longest phrase first
}

func newPhrases[T any](all map[string]T) *phrases[T] {
	p := &phrases[T]{groups: make([][]phrase[T], 1)}
	for s, v := range all {
		letters := newText(s).r
		at := &p.first[letters[0]]
		if *at == 0 {
			*at = len(p.groups)
			p.groups = append(p.groups, nil)
		}
		p.groups[*at] = append(p.groups[*at], phrase[T]{letters, v})
	}
	for _, g := range p.groups {
		slices.SortFunc(g, func(a, b phrase[T]) int {
			return cmp.Or(cmp.Compare(len(b.letters), len(a.letters)), slices.Compare(a.letters, b.letters))
		})
	}
	return p
}

func newWords(all ...string) *phrases[bool] {
	m := make(map[string]bool, len(all))
	for _, s := range all {
		m[s] = true
	}
	return newPhrases(m)
}

// at finds the longest phrase that stands at i and ends with its word.
func (p *phrases[T]) at(t *text, i int) (value T, end int, ok bool) {
	if i >= len(t.r) || t.r[i] >= tableSize {
		return value, i, false
	}
	for _, ph := range p.groups[p.first[tables.small[t.r[i]]]] {
		if end := t.match(i, ph.letters); end > 0 {
			return ph.value, end, true
		}
	}
	return value, i, false
}

// match returns where the letters end that stand at i, or 0. A digit may follow
// them, a letter may not.
func (t *text) match(i int, letters []rune) int {
	for _, c := range letters {
		if c == ' ' {
			j := t.gap(i)
			if j == i {
				return 0
			}
			i = j
			continue
		}
		if i >= len(t.r) || small(t.r[i]) != c {
			return 0
		}
		i++
	}
	if t.class(i) == letter && t.class(i-1) == letter {
		return 0
	}
	return i
}

// word matches one of a few words behind blanks; it returns where it ends, or 0.
func (t *text) word(i int, words *phrases[bool]) int {
	if _, end, ok := words.at(t, t.gap(i)); ok {
		return end
	}
	return 0
}

// vocabulary is table.go made ready for matching.
type vocabulary struct {
	names   *phrases[*documentType]
	letters map[string]*documentType // in capitals
	issuers map[string]*issuer       // in capitals
	ascii   map[string]string        // letters typed without marks: what is meant

	// begins marks the letters, of both cases, that a type's name or "số" begins
	// with.
	begins [tableSize]bool

	heads, fieldHeads, fields, units, counted *phrases[bool]
	localHeads                                *phrases[bool]
}

var vocab = newVocabulary()

func newVocabulary() *vocabulary {
	v := &vocabulary{
		letters: map[string]*documentType{}, issuers: map[string]*issuer{}, ascii: map[string]string{},
		heads: newWords(issuerHeads...), fieldHeads: newWords(fieldHeads...), fields: newWords(fields...),
		units: newWords(unitWords...), counted: newWords(counted...), localHeads: newWords(localHeads...),
	}
	names := map[string]*documentType{}
	for i := range documentTypes {
		d := &documentTypes[i]
		v.letters[strings.ToUpper(d.letters)] = d
		for _, n := range d.names {
			names[n] = d
		}
	}
	v.names = newPhrases(names)
	for r := range v.begins {
		small := tables.small[r]
		v.begins[r] = v.names.first[small] > 0 || wordNumber.first[small] > 0
	}
	for i := range issuers {
		v.issuers[strings.ToUpper(issuers[i].letters)] = &issuers[i]
	}
	// ND can only be NĐ; HD and DA are types of their own.
	for u, d := range v.letters {
		if a := asciiLetters(u); v.letters[a] == nil {
			v.ascii[a] = d.letters
		}
	}
	for u, d := range v.issuers {
		if a := asciiLetters(u); v.issuers[a] == nil && v.letters[a] == nil && v.ascii[a] == "" {
			v.ascii[a] = d.letters
		}
	}
	return v
}

var unmarked = strings.NewReplacer("Đ", "D", "Ư", "U")

func asciiLetters(s string) string { return unmarked.Replace(s) }

// typeOf returns the type's letters in their own case: "CTr" for CTR, "NĐ" for
// nd. It knows no issuers.
func typeOf(part string) (string, bool) {
	u := strings.ToUpper(part)
	if d := vocab.letters[u]; d != nil {
		return d.letters, true
	}
	if s := vocab.ascii[u]; s != "" && vocab.letters[strings.ToUpper(s)] != nil {
		return s, true
	}
	return "", false
}

// issuerOf finds an issuer by its letters; digits after them are the term of the
// National Assembly (QH15).
func issuerOf(part string) *issuer {
	u := strings.ToUpper(trimDigits(part))
	if u == "TƯ" {
		u = "TW"
	}
	if i := vocab.issuers[u]; i != nil {
		return i
	}
	return vocab.issuers[strings.ToUpper(vocab.ascii[u])]
}

// canonical brings a symbol's parts into the case and marks that the table gives
// them; parts that are not known are put in capitals, as agencies write them. It
// returns the type that the parts name: none for QH14, CP, BTC-TCT.
func canonical(parts []string) string {
	kind, ok := typeOf(parts[0])
	if ok = ok && len(parts) > 1; ok {
		// The Party has no dự án, so its DA is a đề án without the mark.
		if by := issuerOf(parts[1]); kind == "DA" && by != nil && by.party {
			kind = "ĐA"
		}
	} else {
		kind = ""
	}
	for i, p := range parts {
		letters := trimDigits(p)
		switch by := issuerOf(p); {
		case i == 0 && ok:
			parts[i] = kind
		case by != nil:
			parts[i] = by.letters + p[len(letters):]
		default:
			if t, ok := typeOf(p); ok { // VBHN-NĐ-BTP, 63-SL
				parts[i] = t
			} else {
				parts[i] = strings.ToUpper(p)
			}
		}
	}
	return kind
}
