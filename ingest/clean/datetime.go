package clean

import "loa/feeds"

// time takes a time of day and the zone behind it. ok is false if it has the
// form of one that cannot be.
func (p *dateParser) time(i int) (n int, ok bool) {
	start := i
	if !p.num(i, 1, 2) {
		return 0, false
	}
	p.hour, p.minute, p.second = p.at(i).value, 0, 0
	i++
	switch t := p.at(i); {
	case t.kind == mark && t.value == ':' && p.num(i+1, 2, 2):
		p.minute, p.clock = p.at(i+1).value, feeds.Minute
		i += 2
		if p.is(i, ':') && p.num(i+1, 2, 2) && p.at(i+1).glued && !p.dateAt(i+1) {
			p.second, p.clock = p.at(i+1).value, feeds.Second
			i += 2
			if (p.is(i, '.') || p.is(i, ',')) && p.at(i).glued && p.num(i+1, 1, 9) && p.at(i+1).glued {
				i += 2
			}
		}
	case t.kind == word && (t.text == "h" || t.text == "g" || t.text == "gio"):
		p.clock = feeds.Hour
		i++
		if p.num(i, 1, 2) && !p.dateAt(i) {
			p.minute, p.clock = p.at(i).value, feeds.Minute
			i++
			if p.minuteUnit(i) {
				i++
				if p.num(i, 1, 2) && !p.dateAt(i) && (p.isWord(i+1, "giay") || p.isWord(i+1, "s")) {
					p.second, p.clock = p.at(i).value, feeds.Second
					i += 2
				}
			}
		}
	case t.kind == word && (t.text == "am" || t.text == "pm" || t.text == "sa" || t.text == "ch") && p.hour <= 12:
		p.clock = feeds.Hour
	default:
		return 0, false
	}
	k, good := p.half(i)
	i += k
	i += p.zone(i)
	return i - start, good && p.validClock()
}

// dateAt reports whether a date starts at i, without taking it.
func (p *dateParser) dateAt(i int) bool {
	probe := *p
	n, _ := probe.date(i)
	return n > 0
}

func (p *dateParser) minuteUnit(i int) bool {
	return p.isWord(i, "phut") || p.isWord(i, "ph") || p.isWord(i, "p") || p.is(i, '\'')
}

func (p *dateParser) validClock() bool {
	// RFC 3339, section 5.7: a leap second is written as the sixtieth.
	return p.hour <= 23 && p.minute <= 59 && p.second <= 60 && p.offset > -15*3600 && p.offset < 15*3600
}

// half takes the half of the day: am and pm, SA and CH, or the word for the part
// of the day.
func (p *dateParser) half(i int) (n int, ok bool) {
	t := p.at(i)
	if t.kind != word {
		return 0, true
	}
	n = 1
	switch t.text {
	case "am", "sa":
		if p.hour > 12 {
			return n, false
		}
		p.hour %= 12
	case "pm", "ch":
		if p.hour == 0 {
			return n, false
		}
		if p.hour < 12 {
			p.hour += 12
		}
	case "a", "p": // a.m.
		if !p.is(i+1, '.') || !p.isWord(i+2, "m") {
			return 0, true
		}
		n = 3
		if p.is(i+3, '.') {
			n = 4
		}
		if p.hour == 0 && t.text == "p" || p.hour > 12 {
			return n, false
		}
		p.hour %= 12
		if t.text == "p" {
			p.hour += 12
		}
	case "sang":
		if p.hour > 12 {
			return n, false
		}
	case "trua": // from ten to two
		if p.hour < 10 {
			p.hour += 12
		}
	case "chieu":
		if p.hour < 12 {
			p.hour += 12
		}
	case "toi": // twelve at night is the start or the end of the day: not known
		if p.hour == 12 {
			return n, false
		}
		if p.hour < 12 {
			p.hour += 12
		}
	case "dem":
		if p.hour == 12 {
			return n, false
		}
		if p.hour >= 6 && p.hour < 12 {
			p.hour += 12
		}
	default:
		return 0, true
	}
	return n, true
}

// zone takes a zone: a name, an offset, or a name with an offset (`GMT+7`).
func (p *dateParser) zone(i int) int {
	start := i
	if p.is(i, '(') {
		i++
	}
	if offset, ok := zoneName(p.at(i)); ok {
		p.offset, p.hasZone = offset, true
		i++
		return i - start + p.signed(i)
	}
	n := p.signed(i)
	if n == 0 {
		return 0
	}
	i += n
	offset := p.offset
	if _, ok := zoneName(p.at(i)); ok { // `+0700 GMT+7` says it twice
		i++
		i += p.signed(i)
		p.offset = offset
	}
	return i - start
}

// dateZone takes the zone of an XML Schema date; it moves no day.
func (p *dateParser) dateZone(i int) int {
	probe := *p
	if p.isWord(i, "z") && p.at(i).glued {
		return 1
	}
	if p.at(i).glued && p.at(i+1).glued && p.num(i+1, 2, 2) && p.is(i+2, ':') && p.num(i+3, 2, 2) {
		return probe.signed(i)
	}
	return 0
}

// signed takes +07:00, +0700, +07 or +7.
func (p *dateParser) signed(i int) int {
	sign := 1
	switch {
	case p.is(i, '+'):
	case p.is(i, '-') && p.at(i+1).glued && !p.dateAt(i+1):
		sign = -1
	default:
		return 0
	}
	v := p.at(i + 1).value
	n := 2
	switch {
	case p.num(i+1, 4, 4):
		v = v/100*60 + v%100
	case p.num(i+1, 1, 2):
		v *= 60
		if p.is(i+2, ':') && p.num(i+3, 2, 2) {
			v += p.at(i + 3).value
			n = 4
		}
	default:
		return 0
	}
	p.offset, p.hasZone = sign*v*60, true
	return n
}

// zoneName knows the names of RFC 822 and 2822 and of the neighbourhood. Letters
// of RFC 822's military zones but Z say nothing (RFC 2822, section 4.3).
func zoneName(t token) (offset int, ok bool) {
	if t.kind != word {
		return 0, false
	}
	hours := 0
	switch t.text {
	case "z", "ut", "utc", "gmt", "wet":
	case "ict", "wib":
		hours = 7
	case "sgt", "hkt", "awst":
		hours = 8
	case "jst", "kst":
		hours = 9
	case "aest":
		hours = 10
	case "aedt":
		hours = 11
	case "cet":
		hours = 1
	case "cest", "eet":
		hours = 2
	case "msk", "eest":
		hours = 3
	case "est", "cdt":
		hours = -5
	case "edt":
		hours = -4
	case "cst", "mdt":
		hours = -6
	case "mst", "pdt":
		hours = -7
	case "pst":
		hours = -8
	default:
		return 0, false
	}
	return hours * 3600, true
}
