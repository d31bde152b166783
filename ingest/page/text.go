package page

import (
	"slices"
	"strings"
	"unicode/utf8"

	"loa/feeds"
	"loa/ingest/clean"
)

// maxLines bounds a plain text.
const maxLines = 100_000

// text reads a page that is plain text: section, title, paragraphs, byline, date,
// form, related articles, as browsers and readers copy them from a portal.
func (r *reader) text(s string) error {
	lines, err := textLines(r.mendLines(s))
	if err != nil {
		return err
	}
	a := &r.page.Article
	a.URL = r.URL
	lines = r.head(lines)
	lines = r.trim(lines)
	if a.Title == "" && !enough(lines, 60) || !enough(lines, 30) {
		return ErrNoArticle
	}
	return r.finish(paragraphs(lines))
}

// enough reports whether there are so many runes of text.
func enough(lines []line, n int) bool {
	for i := range lines {
		n -= lines[i].runes()
	}
	return n <= 0
}

func textLines(s string) ([]line, error) {
	var lines []line
	gap := true
	for raw := range strings.Lines(strings.NewReplacer("\r\n", "\n", "\r", "\n", "\f", "\n\n", "\u2029", "\n\n").Replace(s)) {
		l := newLine(raw)
		if l.text == "" {
			gap = true
			continue
		}
		if len(lines) == maxLines {
			return nil, ErrTooComplex
		}
		l.joined = !gap
		gap = false
		lines = append(lines, l)
	}
	return lines, nil
}

// head takes section and title and returns the lines below them.
func (r *reader) head(lines []line) []line {
	var heads []line
	var at []int // index of the line behind each
	next, left := 0, 12
	for ; next < len(lines) && left > 0; next++ {
		l := lines[next]
		titled := left < 3
		switch {
		case isFurniture(l.slug) || menus[l.slug] && !titled || l.slug == "" || isRelated(l.slug) && len(heads) == 0 && !sections[l.slug]:
			continue
		case l.runes() > maxTitle:
		default:
			if section, ok := crumbs(l.text); ok {
				r.found.section = section
				continue
			}
			if f := r.fields(&l); f != nil && !(namesOnly(f) && len(heads) > 1) {
				// A date above the title is that of the day on which it is read.
				if len(heads) > 0 || f[0].value != "bare" {
					r.found.take(f)
				}
				continue
			}
		}
		heads = append(heads, l)
		at = append(at, next+1)
		left--
		if !l.brief() {
			left = min(left, 2)
		}
		if l.runes() > maxTitle {
			left = 0
		}
	}
	section, title := headOf(heads)
	if section >= 0 && r.found.section == "" {
		r.found.section = heads[section].text
	}
	if title < 0 {
		if len(heads) == 0 {
			return nil
		}
		return lines[at[0]-1:]
	}
	r.page.Article.Title = heads[title].text
	if r.found.section == r.page.Article.Title && section >= 0 {
		r.found.section = heads[section].text
	}
	// What was read over between the title and the text must not be read twice.
	var below []line
	for i := at[title]; i < len(lines); i++ {
		if i < next && !slices.Contains(at[title+1:], i+1) {
			continue
		}
		below = append(below, lines[i])
	}
	return below
}

// maxTitle is the longest line that can be a title, in runes; longer ones are text.
const maxTitle = 250

// headOf finds section and title among the lines at the top; -1 for none. A
// section is short and stands before something that is not. Titles of portals
// have eight words and more, and may end with a full stop.
func headOf(heads []line) (section, title int) {
	if len(heads) == 0 {
		return -1, -1
	}
	long := -1
	for i := range heads {
		if !heads[i].brief() {
			long = i
			break
		}
	}
	known := sections[heads[0].slug]
	switch {
	case long < 0: // all are short
		if known && len(heads) > 1 {
			return 0, 1
		}
		return -1, 0
	case long == 0:
		if heads[0].runes() > maxTitle {
			return -1, -1
		}
		return -1, 0
	case heads[long].runes() > maxTitle, isLead(&heads[long]) && !sections[heads[long-1].slug], heads[long-1].ends():
		return long - 2, long - 1
	}
	return long - 1, long
}

// brief reports whether a line is too short for most titles.
func (l *line) brief() bool { return len(strings.Fields(l.text)) <= 7 && l.runes() <= 40 }

// openers begin the first sentence of a report, and no title.
var openers = []string{"ngay-", "sang-", "chieu-", "toi-ngay-", "vua-qua-", "thuc-hien-", "nham-", "trong-", "theo-", "de-", "tai-", "sau-", "tu-ngay-", "hien-nay-", "nhung-nam-", "can-cu-", "duoc-su-", "kinh-gui-"}

// isLead reports whether a line that could be a title is the text's beginning.
func isLead(l *line) bool {
	if !l.ends() || strings.HasSuffix(l.text, "?") || strings.HasSuffix(l.text, "!") {
		return false
	}
	return hasAnyPrefix(l.slug, openers) || l.runes() > 160
}

// crumbs reads the trail of a page: `Trang chủ > Tin tức > Văn hóa`.
func crumbs(s string) (section string, ok bool) {
	if len(s) > 400 {
		return "", false
	}
	parts := strings.FieldsFunc(strings.ReplaceAll(s, " / ", " > "), func(r rune) bool { return r == '>' || r == '»' || r == '›' || r == '→' })
	if len(parts) < 2 || !menus[feeds.Slug(parts[0])] {
		return "", false
	}
	last := strings.TrimSpace(parts[len(parts)-1])
	if len(parts) > 2 && (utf8.RuneCountInString(last) > 60 || last == "") {
		last = strings.TrimSpace(parts[len(parts)-2])
	}
	return last, true
}

// longLine is the length of a line, in runes, beyond which it is no part of a
// paragraph that was broken to a width.
const longLine = 120

// paragraphs makes HTML of lines. Lines without a blank one between them are one
// paragraph, unless they are so long that each must be one, or no two paragraphs
// stand apart.
func paragraphs(lines []line) string {
	apart := slices.ContainsFunc(lines[min(len(lines), 1):], func(l line) bool { return !l.joined })
	var b strings.Builder
	for i := range lines {
		switch {
		case i == 0:
		case apart && lines[i].joined && lines[i].runes() <= longLine && lines[i-1].runes() <= longLine:
			b.WriteByte('\n')
		default:
			b.WriteString("\n\n")
		}
		b.WriteString(lines[i].text)
	}
	return clean.Paragraphs(b.String())
}
