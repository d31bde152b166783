package clean

import (
	"time"

	"loa/feeds"
)

// parse goes once over the tokens and takes from each place the longest thing
// that starts there: a date, a time, a weekday, a relative date. Words that it
// does not know are read over (`Hà Nội`, `Ngày đăng`). Numbers that are left
// over, a second date or a second time make the whole unreadable.
func (p *dateParser) parse() bool {
	if p.unix() {
		return true
	}
	left := 0
	for i := 0; i < p.n; {
		if n, ok := p.date(i); n > 0 {
			if !ok || p.hasDate || p.relative {
				return false
			}
			p.hasDate = true
			if p.inWords {
				left = 0 // `Số 5, ngày 24 tháng 8 năm 2020`
			}
			i += n
			continue
		}
		if n, ok := p.fromNow(i); n > 0 {
			if !ok || p.hasDate || p.relative {
				return false
			}
			p.relative = true
			i += n
			continue
		}
		if n, ok := p.time(i); n > 0 {
			if !ok || p.hasTime {
				return false
			}
			p.hasTime = true
			i += n
			continue
		}
		if n := p.weekday(i); n > 0 {
			i += n
			continue
		}
		if n := p.comment(i); n > 0 {
			i += n
			continue
		}
		if n := p.lateZone(i); n > 0 {
			i += n
			continue
		}
		if p.tokens[i].kind == digits {
			if !p.lateYear(i) {
				left++
			}
		}
		i++
	}
	if left > 0 {
		return false
	}
	if p.relative {
		return p.relativeTime()
	}
	return p.hasDate && p.year != 0
}

func (p *dateParser) at(i int) token {
	if i < 0 || i >= p.n {
		return token{kind: mark}
	}
	return p.tokens[i]
}

// num reports whether token i is a number of least to most digits.
func (p *dateParser) num(i, least, most int) bool {
	t := p.at(i)
	return t.kind == digits && t.digit >= least && t.digit <= most
}

func (p *dateParser) is(i int, c byte) bool {
	t := p.at(i)
	return t.kind == mark && t.value == int(c)
}

func (p *dateParser) isWord(i int, w string) bool {
	t := p.at(i)
	return t.kind == word && t.text == w
}

// words reports whether the words stand at i.
func (p *dateParser) words(i int, ws ...string) bool {
	for j, w := range ws {
		if !p.isWord(i+j, w) {
			return false
		}
	}
	return true
}

// unix reads a whole date that is a count of seconds or milliseconds, bare or in
// .NET's `/Date(…)/`.
func (p *dateParser) unix() bool {
	i := 0
	switch {
	case p.n == 1:
	case p.n == 6 && p.is(0, '/') && p.isWord(1, "date") && p.is(2, '(') && p.is(4, ')') && p.is(5, '/'):
		i = 3
	default:
		return false
	}
	switch v := int64(p.at(i).value); {
	case p.num(i, 10, 10):
		p.instant = time.Unix(v, 0)
	case p.num(i, 13, 13):
		p.instant = time.Unix(v/1000, 0)
	default:
		return false
	}
	p.epoch = true
	return true
}

// date takes the date at i. ok is false if it has the form of one that cannot be.
func (p *dateParser) date(i int) (n int, ok bool) {
	start := i
	switch {
	case p.num(i, 4, 4) && p.numeric(i, 1, 2, 1, 2): // 2020-08-24
		p.year, p.month, p.day = p.at(i).value, p.at(i+2).value, p.at(i+4).value
		i += 5
		if p.isWord(i, "t") && p.at(i).glued && p.num(i+1, 1, 6) { // 2020-08-24T…
			i++
			if p.num(i, 6, 6) {
				return i - start + 1 + p.zone(i+1), p.clock6(i)
			}
		} else if z := p.dateZone(i); z > 0 { // 2020-08-24+07:00
			i += z
		}
		return i - start, p.possible()
	case p.num(i, 8, 8): // 20200824
		v := p.at(i).value
		p.year, p.month, p.day = v/10000, v/100%100, v%100
		i++
		if p.isWord(i, "t") && p.at(i).glued {
			if i++; p.num(i, 6, 6) {
				return i - start + 1 + p.zone(i+1), p.clock6(i)
			}
		}
		return i - start, p.possible()
	case p.num(i, 1, 2) && (p.numeric(i, 1, 2, 4, 4) || p.numeric(i, 1, 2, 2, 2)): // 24/08/2020, 24.8.20
		p.day, p.month = p.at(i).value, p.at(i+2).value
		if p.o.MonthFirst {
			p.day, p.month = p.month, p.day
		}
		p.setYear(i + 4)
		return 5, p.possible()
	case p.num(i, 1, 2): // 24 Aug 2020, 24 tháng 8 năm 2020
		return p.dayFirst(i)
	default: // Aug 24, 2020; Tháng Tám 24, 2020
		return p.monthFirst(i)
	}
}

// numeric reports whether two more numbers of the given digits follow that at i,
// behind the same separator.
func (p *dateParser) numeric(i, least2, most2, least3, most3 int) bool {
	sep := p.at(i + 1)
	if sep.kind != mark || sep.value != '/' && sep.value != '-' && sep.value != '.' {
		return false
	}
	if !p.num(i+2, least2, most2) || !p.is(i+3, byte(sep.value)) || !p.num(i+4, least3, most3) {
		return false
	}
	// With `.` and `-`, what stands apart is not one date: `5 - 28 - 05`.
	if sep.value != '/' && (!p.at(i+2).glued || !p.at(i+4).glued) {
		return p.at(i+4).digit == 4 || p.at(i).digit == 4
	}
	return true
}

func (p *dateParser) setYear(i int) {
	p.year = p.at(i).value
	if p.at(i).digit == 2 {
		p.year = p.fullYear(p.year)
	}
}

func (p *dateParser) possible() bool {
	return p.year >= minYear && p.year <= maxYear && p.month >= 1 && p.month <= 12 &&
		p.day >= 1 && p.day <= daysIn(p.year, p.month)
}

func (p *dateParser) dayFirst(i int) (int, bool) {
	start := i
	day := p.at(i).value
	i++
	if t := p.at(i); t.kind == word && t.glued && (t.text == "st" || t.text == "nd" || t.text == "rd" || t.text == "th") && !p.num(i+1, 1, 2) {
		i++
	}
	if p.isWord(i, "of") || p.is(i, '-') || p.is(i, '/') || p.is(i, '.') || p.is(i, ',') {
		i++
	}
	m, n := p.monthName(i)
	if n == 0 {
		return 0, false
	}
	i += n
	if p.is(i, ',') || p.is(i, '-') || p.is(i, '/') || p.is(i, '.') {
		i++
	}
	if p.isWord(i, "nam") {
		i++
	}
	if !p.num(i, 4, 4) && !(p.num(i, 2, 2) && !p.is(i+1, ':') && !p.isWord(i+1, "gio") && !p.isWord(i+1, "h")) {
		return 0, false
	}
	p.day, p.month, p.inWords = day, m, true
	p.setYear(i)
	return i - start + 1, p.possible()
}

func (p *dateParser) monthFirst(i int) (int, bool) {
	start := i
	m, n := p.monthName(i)
	if n == 0 {
		return 0, false
	}
	i += n
	if p.is(i, '.') || p.is(i, '-') || p.is(i, '/') {
		i++
	}
	if !p.num(i, 1, 2) {
		return 0, false
	}
	day := p.at(i).value
	i++
	if t := p.at(i); t.kind == word && t.glued && (t.text == "st" || t.text == "nd" || t.text == "rd" || t.text == "th") {
		i++
	}
	if p.is(i, ',') || p.is(i, '-') || p.is(i, '/') {
		i++
	}
	if p.isWord(i, "nam") {
		i++
	}
	if p.num(i, 4, 4) {
		p.day, p.month, p.year = day, m, p.at(i).value
		return i - start + 1, p.possible()
	}
	// As in C: `Mon Aug 24 14:30:00 2020`; the year comes later.
	if !p.num(i, 1, 2) || !p.is(i+1, ':') {
		return 0, false
	}
	p.day, p.month, p.year = day, m, 0
	return i - start, day >= 1 && day <= 31
}

// lateYear takes the year that [dateParser.monthFirst] left open.
func (p *dateParser) lateYear(i int) bool {
	if !p.hasDate || p.year != 0 || !p.num(i, 4, 4) {
		return false
	}
	p.year = p.at(i).value
	return true
}

// comment takes what stands in brackets behind a date: the zone once more, or how
// long ago it was.
func (p *dateParser) comment(i int) int {
	if !p.is(i, '(') || !p.hasDate {
		return 0
	}
	if n, _ := p.time(i + 1); n > 0 && !p.hasTime { // `24/08/2020 (14:30)`
		return 0
	}
	for j := i + 1; j < p.n && j < i+10; j++ {
		if p.is(j, ')') {
			if p.hasTime && !p.hasZone {
				p.zone(i + 1)
			}
			return j - i + 1
		}
	}
	return 0
}

// lateZone takes a zone that does not stand behind its time: `14:30, 24/08/2020 GMT+7`.
func (p *dateParser) lateZone(i int) int {
	if p.hasZone || !p.hasDate && !p.hasTime {
		return 0
	}
	if p.isWord(i, "gmt") || p.isWord(i, "utc") || p.isWord(i, "ict") {
		return p.zone(i)
	}
	return 0
}

// clock6 reads hhmmss.
func (p *dateParser) clock6(i int) bool {
	v := p.at(i).value
	p.hour, p.minute, p.second, p.clock = v/10000, v/100%100, v%100, feeds.Second
	p.hasTime = true
	return p.possible() && p.validClock()
}
