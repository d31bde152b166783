package page

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"

	"loa/feeds"
	"loa/ingest/clean"
)

// line is a paragraph, or a part of one that ends with a line break: of plain
// text, or of a tree.
type line struct {
	text   string // clean.Text
	slug   string
	joined bool // a single line end stands before it
	linked int  // runes in links
	rich   bool // it has a picture or a table: never furniture, never a byline
	right  bool // it is set to the right, as signatures are
	nodes  []*html.Node
}

func newLine(text string) line {
	l := line{text: clean.Text(text)}
	if len(l.text) <= 1000 {
		l.slug = feeds.Slug(l.text)
	}
	return l
}

func (l *line) runes() int { return utf8.RuneCountInString(l.text) }

// ends reports whether the line ends as a sentence does.
func (l *line) ends() bool {
	s := strings.TrimRight(l.text, "\"'”’») ")
	return strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") || strings.HasSuffix(s, "…") || strings.HasSuffix(s, "./.") || strings.HasSuffix(s, ";")
}

// prose reports whether the line is text of an article beyond doubt.
func (l *line) prose() bool { return l.runes() > 120 && l.ends() || l.runes() > 200 }

// found is what lines say of their article.
type found struct {
	published, updated, bare []feeds.Date
	authors, sources, tags   []string
	section                  string
}

// field is one statement of a line.
type field struct {
	is    meaning
	value string
	date  feeds.Date
}

// maxMeta bounds a line of fields in runes.
const maxMeta = 200

var (
	beforeLabel = regexp.MustCompile(`(?i)\s+((?:số )?lượt (?:xem|đọc|truy cập)|đã (?:xem|đọc)|số lần xem|tác giả|nguồn|cập nhật|ngày (?:đăng|cập nhật)|người đăng|chuyên mục|từ khóa)[^:|]{0,15}:`)
	separator   = regexp.MustCompile(`\s*[|•·]\s*|\s+[-–—]\s+`)
)

// fields reads a line that consists of labelled values and dates, or returns nil.
func (r *reader) fields(l *line) []field {
	if l.rich || l.text == "" || len(l.text) > 4*maxMeta || l.runes() > maxMeta {
		return nil
	}
	text := strings.Trim(l.text, " *•·|-–,;")
	if strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")") || strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		text = strings.TrimSpace(text[1 : len(text)-1])
	}
	if f, ok := r.field(text); ok && !separates(f.value) {
		return []field{f}
	}
	marked := beforeLabel.ReplaceAllStringFunc(text, func(s string) string { return " | " + strings.TrimSpace(s) })
	parts := slices.DeleteFunc(separator.Split(marked, -1), func(s string) bool { return strings.Trim(s, " -–—") == "" })
	var out []field
	for i := 0; i < len(parts); i++ {
		f, ok := r.field(parts[i])
		if i+1 < len(parts) && (!ok || f.date.Precision == feeds.Day) {
			// A date with a dash in it: `Thứ hai - 24/08/2020`, `24/08/2020 - 09:30`.
			if g, both := r.field(parts[i] + " - " + parts[i+1]); both && g.date.Known() {
				f, ok = g, true
				i++
			}
		}
		if !ok {
			if n := len(out); n > 0 && (out[n-1].is == author || out[n-1].is == source) {
				out[n-1].value += " - " + parts[i]
				continue
			}
			if isFurniture(feeds.Slug(parts[i])) {
				continue
			}
			return nil
		}
		out = append(out, f)
	}
	return out
}

// separates reports whether a value may hold another field.
func separates(value string) bool {
	return beforeLabel.MatchString(" "+value) || strings.ContainsAny(value, "|•·") || separator.MatchString(value) && strings.Contains(value, ":")
}

// field reads one labelled value or one date.
func (r *reader) field(s string) (field, bool) {
	s = strings.TrimSpace(s)
	label, value, colon := strings.Cut(s, ":")
	if colon {
		if k := labels[feeds.Slug(label)]; k != noMeaning {
			return r.valued(k, strings.TrimSpace(value))
		}
	}
	if views.MatchString(feeds.Slug(s)) {
		return field{is: counted}, true
	}
	// Without a colon only before a date or a number: `Cập nhật lúc 09:15 …`.
	words := strings.Fields(s)
	for n := min(4, len(words)-1); n > 0; n-- {
		k := labels[feeds.Slug(strings.Join(words[:n], " "))]
		rest := strings.Join(words[n:], " ")
		switch {
		case k == publishedOn || k == updatedOn:
			if d, ok := r.pureDate(strings.TrimLeft(rest, ":- ")); ok {
				return field{is: k, date: d}, true
			}
		case k == counted && strings.Trim(rest, "0123456789., ") == "":
			return field{is: k}, true
		}
	}
	if d, ok := r.pureDate(s); ok {
		return field{is: publishedOn, value: "bare", date: d}, true
	}
	return field{}, false
}

func (r *reader) valued(k meaning, value string) (field, bool) {
	switch k {
	case publishedOn, updatedOn:
		if value == "" {
			return field{is: counted}, true
		}
		d := r.date(value)
		if d.Known() && utf8.RuneCountInString(value) <= 80 || onlyDate(value) {
			return field{is: k, date: d}, true
		}
		return field{}, false
	case counted:
		return field{is: k}, len(value) < 40
	}
	return field{is: k, value: value}, true
}

// pureDate reads a text that is a date and nothing else.
func (r *reader) pureDate(s string) (feeds.Date, bool) {
	if len(s) > 120 || !onlyDate(s) {
		return feeds.Date{}, false
	}
	d := r.date(s)
	return d, d.Known()
}

// onlyDate reports whether s has a number, and no word that is none of a date.
func onlyDate(s string) bool {
	if !strings.ContainsAny(s, "0123456789") {
		return false
	}
	for w := range strings.SplitSeq(feeds.Slug(s), "-") {
		if w = strings.Trim(w, "0123456789"); w != "" && !dateWords[w] && w != "t" && w != "z" {
			return false
		}
	}
	return true
}

// take keeps what fields say.
func (f *found) take(fields []field) {
	for _, x := range fields {
		switch x.is {
		case publishedOn:
			if x.value == "bare" {
				f.bare = append(f.bare, x.date)
			} else {
				f.published = append(f.published, x.date)
			}
		case updatedOn:
			f.updated = append(f.updated, x.date)
		case author:
			if isAuthor(x.value) {
				f.authors = append(f.authors, people(x.value)...)
			}
		case source:
			if isAuthor(x.value) {
				f.sources = append(f.sources, people(x.value)...)
			}
		case inSection:
			if f.section == "" {
				f.section = x.value
			}
		case tagged:
			for t := range strings.SplitSeq(x.value, ",") {
				f.tags = append(f.tags, strings.TrimLeft(strings.TrimSpace(t), "#"))
			}
		}
	}
}
