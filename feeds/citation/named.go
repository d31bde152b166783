package citation

import (
	"strconv"
	"strings"
)

var (
	wordTerm     = newWords("khóa")
	wordCentral  = newWords("trung ương", "tw")
	wordMeeting  = newWords("hội nghị", "hội nghị lần thứ")
	wordOrdinal  = newWords("lần thứ")
	wordCentral2 = newWords("ban chấp hành trung ương", "ban chấp hành trung ương đảng", "bch trung ương", "bch trung ương đảng",
		"bch tw", "bch tw đảng", "bchtw", "bchtw đảng", "trung ương", "trung ương đảng", "tw", "tw đảng")
	wordSession  = newWords("lần")
	wordCongress = newWords("đại hội", "đại hội đại biểu")
	wordYears    = newWords("nhiệm kỳ", "nhiệm kì")
	wordOfParty  = newWords("của đảng", "của đảng cộng sản việt nam")
	ordinals     = newPhrases(map[string]int{
		"nhất": 1, "hai": 2, "ba": 3, "tư": 4, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9, "mười": 10,
		"mười một": 11, "mười hai": 12, "mười ba": 13, "mười bốn": 14, "mười lăm": 15,
	})
)

const maxTerms = 8

// plenum reads "Trung ương 4 (khóa XII)" behind the type's name, or "Hội nghị lần
// thứ tư Ban Chấp hành Trung ương khóa XII". Several numbers or terms are one
// citation each.
func (s *scanner) plenum(name *typeName) int {
	i := name.end
	if end := s.word(i, wordOf); end > 0 {
		i = end
	}
	meeting := s.word(i, wordMeeting)
	if meeting > 0 {
		i = meeting
	}
	var numbers []string
	if end := s.word(i, wordCentral); end > 0 {
		if nth := s.word(end, wordOrdinal); nth > 0 {
			n, e, ok := s.ordinal(s.gap(nth))
			if !ok {
				return 0
			}
			numbers, i = []string{n}, e
		} else if numbers, i = s.ordinalList(s.gap(end)); len(numbers) == 0 {
			return 0
		}
	} else {
		if meeting == 0 {
			return 0
		}
		n, end, ok := s.ordinal(s.gap(i))
		if !ok {
			return 0
		}
		if i = s.word(end, wordCentral2); i == 0 {
			return 0
		}
		numbers = []string{n}
	}
	terms, end := s.terms(s.session(i))
	if len(terms) == 0 {
		return 0
	}
	f := found{start: name.start, end: end, c: Citation{Type: name.letters, Issuer: "TW", Form: FormPlenum}}
	if d, end, ok := s.date(end, true); ok {
		f.c.Date, f.end = d, end
	}
	for _, f.c.Number = range numbers {
		for _, f.c.Term = range terms {
			s.cite(f, name)
		}
	}
	return f.end
}

// ordinalList reads plenum numbers: "4", "7 và 8".
func (s *scanner) ordinalList(i int) (list []string, end int) {
	for len(list) < maxTerms {
		n, ok := s.oneNumber(i)
		if !ok || n.end-i > 2 || s.rune(n.end-1) > '9' {
			return list, end
		}
		list, end = append(list, n.text), n.end
		k := s.gap(end)
		if s.rune(k) == ',' {
			k++
		} else if k = s.word(end, wordAnd); k == 0 {
			return list, end
		}
		i = s.gap(k)
	}
	return list, end
}

// ordinal reads a plenum's number in a figure or a word.
func (s *scanner) ordinal(i int) (string, int, bool) {
	if v, end, ok := ordinals.at(s.text, i); ok {
		return strconv.Itoa(v), end, true
	}
	v, end := s.digits(i, 2)
	return strconv.Itoa(v), end, end > 0 && v > 0
}

// session skips the session of a plenum that met twice: "Trung ương 6 (lần 2)".
func (s *scanner) session(i int) int {
	k := s.gap(i)
	open := s.rune(k) == '('
	if open {
		k++
	}
	if k = s.word(k, wordSession); k == 0 {
		return i
	}
	_, end := s.digits(s.gap(k), 1)
	if end == 0 {
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

// terms reads "(khóa XII)", "khóa XI", "(khóa XI, XII)"; a parenthesis that
// opens must close.
func (s *scanner) terms(i int) (list []string, end int) {
	k := s.gap(i)
	if s.rune(k) == ',' {
		k = s.gap(k + 1)
	}
	open := s.rune(k) == '('
	if open {
		k++
	}
	if k = s.word(k, wordTerm); k == 0 {
		return nil, 0
	}
	for len(list) < maxTerms {
		t, e, ok := s.roman(s.gap(k))
		if !ok {
			break
		}
		list, end = append(list, t), e
		k = s.gap(e)
		if s.rune(k) == ',' {
			k++
		} else if k = s.word(e, wordAnd); k == 0 {
			break
		}
		if again := s.word(k, wordTerm); again > 0 {
			k = again
		}
	}
	if open && len(list) > 0 {
		if end = s.gap(end); s.rune(end) != ')' {
			return nil, 0
		}
		end++
	}
	return list, end
}

// maxCongress bounds the words between "Đại hội" and its ordinal.
const maxCongress = 24

// congress reads "Đại hội đại biểu Đảng bộ huyện lần thứ XXII, nhiệm kỳ
// 2020-2025" behind the type's name, or "Đại hội XIII của Đảng".
func (s *scanner) congress(name *typeName) int {
	i := name.end
	if end := s.word(i, wordOf); end > 0 {
		i = end
	}
	i = s.word(i, wordCongress)
	if i == 0 {
		return 0
	}
	f := found{start: name.start, c: Citation{Type: name.letters, Form: FormCongress}}
	var ok bool
	if f.c.Term, f.end, ok = s.roman(s.gap(i)); !ok {
		from := s.gap(i)
		var to int
		if to, f.c.Term, f.end, ok = s.toOrdinal(i); !ok {
			return 0
		}
		f.issuerAt, f.issuerTo = from, max(from, to)
	}
	if end := s.word(f.end, wordOfParty); end > 0 {
		f.issuerTo = end
		f.issuerAt = s.gap(s.word(f.end, wordOf))
		f.end = end
	}
	if end := s.years(f.end); end > 0 {
		f.end = end
	}
	s.cite(f, name)
	return f.end
}

// toOrdinal goes over the words of the congress to "lần thứ XXII". The words
// end at to.
func (s *scanner) toOrdinal(i int) (to int, term string, end int, ok bool) {
	to = i
	for range maxCongress {
		k := s.gap(i)
		comma := s.rune(k) == ','
		if comma {
			k = s.gap(k + 1)
		}
		if k == i {
			return 0, "", 0, false
		}
		e := s.word(k, wordOrdinal)
		if e == 0 {
			e = s.word(k, wordTerm)
		}
		if e > 0 {
			if term, end, ok = s.roman(s.gap(e)); ok {
				return to, term, end, true
			}
			if v, end, ok := ordinals.at(s.text, s.gap(e)); ok {
				return to, roman(v), end, true
			}
		}
		if s.rune(k) == '-' && s.class(k+1) == blank { // "Liên hiệp các Hội Khoa học - Kỹ thuật"
			k = s.gap(k + 1)
		}
		if comma || s.class(k) != letter {
			return 0, "", 0, false
		}
		for s.class(k) == letter {
			k++
		}
		i, to = k, k
	}
	return 0, "", 0, false
}

// years reads "nhiệm kỳ 2020-2025" with or without comma or parentheses, or
// "(2020-2025)". It returns its end, or 0.
func (s *scanner) years(i int) int {
	k := s.gap(i)
	if s.rune(k) == ',' {
		k = s.gap(k + 1)
	}
	open := s.rune(k) == '('
	if open {
		k++
	}
	e := s.word(k, wordYears)
	switch {
	case e > 0:
		k = s.gap(e)
	case !open:
		return 0
	}
	if !s.isYear(k) {
		return 0
	}
	if k = s.mark(k+4, '-', '/'); k == 0 || !s.isYear(k) {
		return 0
	}
	k += 4
	if open {
		if k = s.gap(k); s.rune(k) != ')' {
			return 0
		}
		k++
	}
	return k
}

// roman reads a whole Roman numeral up to 89 in any case, or a figure, and
// returns it in capitals.
func (s *scanner) roman(i int) (string, int, bool) {
	if s.class(i) == digit {
		v, end := s.digits(i, 2)
		if end == 0 || v == 0 || v >= 90 || s.class(end) == letter || !s.ends(end) {
			return "", i, false
		}
		return roman(v), end, true
	}
	j, v := i, 0
	for last := 0; j-i <= 9; j++ {
		d := romanDigit(small(s.rune(j)))
		if d == 0 {
			break
		}
		if v += d; last < d {
			v -= 2 * last
		}
		last = d
	}
	if j == i || s.class(j) == letter || s.class(j) == digit || v <= 0 || v >= 90 {
		return "", i, false
	}
	written := strings.ToUpper(string(s.r[i:j]))
	return written, j, written == roman(v)
}

func romanDigit(r rune) int {
	switch r {
	case 'i':
		return 1
	case 'v':
		return 5
	case 'x':
		return 10
	case 'l':
		return 50
	}
	return 0
}

func roman(v int) string {
	tens := [...]string{"", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX"}
	ones := [...]string{"", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"}
	return tens[v/10] + ones[v%10]
}
