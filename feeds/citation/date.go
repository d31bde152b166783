package citation

import (
	"fmt"
	"time"
)

var (
	wordDay   = newWords("ngày", "ký ngày", "ban hành ngày")
	wordMonth = newWords("tháng")
	wordYear  = newWords("năm")
)

// date reads a date that touches what ends at i: "ngày 3/4/2018", with a comma
// before it where comma is allowed, or "(3/4/2018)". It returns it as
// YYYY-MM-DD with its end.
func (s *scanner) date(i int, comma bool) (string, int, bool) {
	k := s.gap(i)
	if s.rune(k) == '(' {
		k = s.gap(k + 1)
		if end := s.word(k, wordDay); end > 0 {
			k = s.gap(end)
		}
		d, end, ok := s.day(k)
		if !ok {
			return "", i, false
		}
		if end = s.gap(end); s.rune(end) != ')' {
			return "", i, false
		}
		return d, end + 1, true
	}
	if s.rune(k) == ',' {
		if !comma {
			return "", i, false
		}
		k++
	}
	end := s.word(k, wordDay)
	if end == 0 {
		return "", i, false
	}
	return s.day(s.gap(end))
}

// day reads d/m/yyyy (also with "-" or "."), or d "tháng" m "năm" yyyy.
func (s *scanner) day(i int) (string, int, bool) {
	d, k := s.digits(i, 2)
	if k == 0 {
		return "", 0, false
	}
	var m int
	if end := s.word(k, wordMonth); end > 0 {
		if m, k = s.digits(s.gap(end), 2); k == 0 {
			return "", 0, false
		}
		switch end := s.word(k, wordYear); {
		case end > 0:
			k = s.gap(end)
		default:
			if k = s.mark(k, '/', '-'); k == 0 {
				return "", 0, false
			}
		}
	} else {
		end := s.mark(k, '/', '-', '.')
		if end == 0 {
			return "", 0, false
		}
		if m, k = s.digits(end, 2); k == 0 {
			return "", 0, false
		}
		if k = s.mark(k, '/', '-', '.'); k == 0 {
			return "", 0, false
		}
	}
	y, end := s.digits(k, 4)
	if end != k+4 || y < 1900 || y > 2100 {
		return "", 0, false
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if t.Day() != d || int(t.Month()) != m {
		return "", 0, false
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d), end, true
}

// mark reads one of some signs with a blank on either side, and returns what
// follows, or 0.
func (s *scanner) mark(i int, signs ...rune) int {
	k := s.narrow(i)
	for _, sign := range signs {
		if s.rune(k) == sign {
			return s.narrow(k + 1)
		}
	}
	return 0
}

// digits reads a whole number of at most n digits; its end is 0 where none is.
func (s *scanner) digits(i, n int) (value, end int) {
	for end = i; s.class(end) == digit; end++ {
		if end-i == n {
			return 0, 0
		}
		value = value*10 + int(s.r[end]-'0')
	}
	if end == i {
		return 0, 0
	}
	return value, end
}
