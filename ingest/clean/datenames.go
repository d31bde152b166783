package clean

// monthName takes the name of a month: English, or `tháng` with a number or its
// word.
func (p *dateParser) monthName(i int) (month, n int) {
	t := p.at(i)
	if t.kind != word {
		return 0, 0
	}
	if t.text == "thang" || t.text == "thg" || t.text == "th" {
		if p.is(i+1, '.') {
			i++
			n++
		}
		if p.num(i+1, 1, 2) {
			return p.at(i + 1).value, n + 2
		}
		if m, k := p.monthWord(i + 1); k > 0 && t.text != "th" {
			return m, n + 1 + k
		}
		return 0, 0
	}
	if len(t.text) < 3 {
		return 0, 0
	}
	for m, name := range englishMonths {
		if t.text == name || t.text == name[:3] || t.text == "sept" && m == 8 {
			return m + 1, 1
		}
	}
	return 0, 0
}

var englishMonths = [...]string{"january", "february", "march", "april", "may", "june", "july", "august",
	"september", "october", "november", "december"}

func (p *dateParser) monthWord(i int) (month, n int) {
	switch p.at(i).text {
	case "gieng", "mot":
		return 1, 1
	case "hai":
		return 2, 1
	case "ba":
		return 3, 1
	case "tu", "bon":
		return 4, 1
	case "nam":
		return 5, 1
	case "sau":
		return 6, 1
	case "bay":
		return 7, 1
	case "tam":
		return 8, 1
	case "chin":
		return 9, 1
	case "chap":
		return 12, 1
	case "muoi":
		switch p.at(i + 1).text {
		case "mot":
			return 11, 2
		case "hai":
			return 12, 2
		}
		return 10, 1
	}
	return 0, 0
}

// weekday takes a weekday, which says nothing that the date does not.
func (p *dateParser) weekday(i int) int {
	t := p.at(i)
	if t.kind != word {
		return 0
	}
	one := p.num(i+1, 1, 1) && p.at(i+1).value >= 2 && p.at(i+1).value <= 7
	switch t.text {
	case "thu":
		if one {
			if n, _ := p.date(i + 1); n > 0 { // `Thu 5 Dec 2024`
				return 1
			}
			return 2
		}
		switch p.at(i + 1).text {
		case "hai", "ba", "tu", "nam", "sau", "bay":
			return 2
		}
		return 1
	case "t":
		if one && p.at(i+1).glued {
			return 2
		}
		if p.is(i+1, '.') && p.num(i+2, 1, 1) && p.at(i+2).value >= 2 && p.at(i+2).value <= 7 { // T.2
			return 3
		}
	}
	return 0
}
