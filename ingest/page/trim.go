package page

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"loa/feeds"
)

// trim returns the lines of the article's text: without what follows it on the
// page, what is there to press, the lines of fields above and below, and the
// byline, all of which it keeps in found. Lines between two paragraphs stay
// whatever they look like.
func (r *reader) trim(lines []line) []line {
	lines = lines[:r.end(lines)]
	lines = withoutForms(lines)
	lines = slices.DeleteFunc(lines, func(l line) bool { return !l.rich && (isFurniture(l.slug) || l.slug == "" && !hasLetters(l.text)) })
	for len(lines) > 0 {
		f := r.fields(&lines[0])
		if f == nil || namesOnly(f) && len(lines) > 1 && lines[1].prose() && !lines[0].short() {
			break
		}
		r.found.take(f)
		lines = lines[1:]
	}
	return r.tail(lines)
}

// end returns the index of the line where the article is over.
func (r *reader) end(lines []line) int {
	text := false // there is something of an article before
	rest := 0
	for _, l := range lines {
		rest += l.runes()
	}
	for i := range lines {
		l := &lines[i]
		rest -= l.runes()
		if l.rich {
			text = true
			continue
		}
		if text && isRelated(l.slug) {
			return i
		}
		if text && rest < 600 && hasAnyPrefix(l.slug, footers) && !l.prose() && !bylineLike(l) {
			return i
		}
		text = text || l.runes() > 40 && r.fields(l) == nil && !isFurniture(l.slug)
	}
	return len(lines)
}

// bylineLike reports whether the name of a portal may sign an article rather than
// stand at the foot of the site.
func bylineLike(l *line) bool {
	return hasAnyPrefix(l.slug, []string{"cong-", "trang-"}) && l.runes() <= 60 && !strings.Contains(l.text, ":")
}

// withoutForms leaves out the labels of forms: starred ones, and those next to
// them or at the end.
func withoutForms(lines []line) []line {
	drop := make([]bool, len(lines))
	label := func(i int) bool { return !lines[i].rich && lines[i].runes() < 40 && formLabels[lines[i].slug] }
	for i := range lines {
		drop[i] = label(i) && strings.Contains(lines[i].text, "*")
	}
	for i := 1; i < len(lines); i++ {
		drop[i] = drop[i] || drop[i-1] && label(i)
	}
	for i := len(lines) - 2; i >= 0; i-- {
		drop[i] = drop[i] || drop[i+1] && label(i)
	}
	out := lines[:0:0]
	for i := range lines {
		if !drop[i] {
			out = append(out, lines[i])
		}
	}
	return out
}

func (l *line) short() bool { return l.runes() <= 80 }

func hasLetters(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// namesOnly reports whether no field has a date or a count: a paragraph may look
// like that (`Nguồn: …`).
func namesOnly(fields []field) bool {
	return !slices.ContainsFunc(fields, func(f field) bool { return f.is != author && f.is != source && f.is != tagged && f.is != inSection })
}

// tail takes fields and the byline from the end.
func (r *reader) tail(lines []line) []line {
	signed := false
	for len(lines) > 1 {
		l := &lines[len(lines)-1]
		if l.rich {
			break
		}
		if f := r.fields(l); f != nil && (l.runes() <= 120 || !namesOnly(f)) && !(namesOnly(f) && l.ends() && l.runes() > 80) {
			r.found.take(f)
			lines = lines[:len(lines)-1]
			continue
		}
		names := byline(l, &lines[len(lines)-2])
		if names == nil || signed {
			break
		}
		signed = true
		r.found.authors = append(names, r.found.authors...)
		lines = lines[:len(lines)-1]
	}
	return lines
}

// byline returns the names that sign an article: an editorial board, an office, a
// person, in brackets or behind `Theo`; nil if the line is none. A line of that
// form under a list is an entry of the list, so that text that ends a sentence
// must stand before all but the clearest.
func byline(l, before *line) []string {
	s := strings.Trim(l.text, " *•·-–")
	n := utf8.RuneCountInString(s)
	if n == 0 || n > 90 || len(strings.Fields(s)) > 14 || strings.Contains(s, ":") {
		return nil
	}
	after := before.ends() || before.rich || l.right
	bracketed := strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") && strings.Count(s, "(") == 1
	if bracketed {
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	s = strings.TrimRight(s, ". ")
	slug := feeds.Slug(s) + "-"
	first, _ := utf8.DecodeRuneInString(s)
	switch {
	case slug == "ban-bien-tap-" || slug == "bbt-" || strings.HasPrefix(slug, "ban-bien-tap-") && n < 60:
		return []string{s}
	case !unicode.IsUpper(first) || !after:
		return nil
	case strings.HasPrefix(slug, "theo-"):
		rest := strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(s, "Theo"), "THEO"))
		if r, _ := utf8.DecodeRuneInString(rest); unicode.IsUpper(r) || strings.Contains(rest, ".") {
			return people(rest)
		}
		return nil
	case l.ends() && !bracketed:
		return nil
	case bracketed && n <= 70, hasAnyPrefix(slug, organs) && n <= 70, strings.HasPrefix(slug, "pv-"), strings.HasPrefix(slug, "ctv-"), strings.HasPrefix(slug, "tin-va-anh-"):
		return people(s)
	}
	names := people(s)
	for _, p := range names {
		if !isName(p) && (len(names) == 1 || strings.Contains(p, " ")) {
			if !l.right || n > 60 {
				return nil
			}
		}
	}
	return names
}
