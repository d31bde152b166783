package fulltext

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"loa/feeds"
	"loa/ingest/clean"
)

// Who found a text.
const (
	ByPage        = "page"
	ByReadability = "readability"
	ByFeed        = "feed" // none is better than what the feed says
)

// Candidate is a text that a reader found on a page, as sanitised HTML, with the
// title that it found for it.
type Candidate struct{ By, Title, HTML string }

// Choice is the text that is taken, and why.
type Choice struct {
	By   string
	HTML string
	// Runes is the length of its text.
	Runes int
	// Why is the decision in words.
	Why string
	// Strange is set when the page has nothing to do with the article: it may be
	// an error page, and better another time.
	Strange bool
}

// The measures of a text.
const (
	// mostLinked is the share of a text that may be links: more is a menu.
	mostLinked = 0.5
	// Of what the feed says, a text of the same article has so many of the pairs of
	// neighbouring words, or so many of the words. Vietnamese has few syllables and
	// many combinations, so pairs tell more.
	leastPairs = 0.15
	leastWords = 0.6
	// fewWords are too few to compare by.
	fewWords = 3
	// muchLonger is how much longer readability's text must be to be taken instead
	// of package page's, which leaves out more of what is around an article.
	muchLonger = 1.6
	// headed is how much of the feed's title and summary counts when a text is
	// looked over.
	headed = 4000
)

// Choose decides between the texts of a page and what the feed says of the article.
// A text must be of the same article, must not be mostly links, and must be longer
// than what the feed gives; of two that are, package page's is taken, unless the
// other has much more.
func Choose(said feeds.Article, list []Candidate) Choice {
	own := measure(said.ContentHTML)
	given := max(own.runes, utf8.RuneCountInString(clean.Plain(said.Summary)))
	out := Choice{By: ByFeed, HTML: said.ContentHTML, Runes: own.runes, Strange: true}
	var why []string
	best := 0.0
	head := words(head(said))
	for _, c := range list {
		m := measure(c.HTML)
		pairs, single := overlap(head, words(c.Title+" "+feeds.Words(c.HTML)))
		switch {
		case m.runes == 0:
			why = append(why, c.By+" found no text")
			continue
		case float64(m.linked) > mostLinked*float64(m.runes):
			why = append(why, fmt.Sprintf("%s's %d characters are mostly links", c.By, m.runes))
			continue
		case len(head) >= fewWords && pairs < leastPairs && single < leastWords:
			why = append(why, fmt.Sprintf("%s's %d characters are of something else: %.0f%% of the feed's words are in them", c.By, m.runes, 100*single))
			continue
		case m.runes <= given:
			// The page was the article's and has no more.
			out.Strange = false
			why = append(why, fmt.Sprintf("%s's %d characters are no more than the feed's %d", c.By, m.runes, given))
			continue
		}
		score := float64(m.runes - m.linked)
		if c.By != ByReadability {
			score *= muchLonger
		}
		if score > best {
			best = score
			out.By, out.HTML, out.Runes, out.Strange = c.By, c.HTML, m.runes, false
		}
	}
	switch {
	case out.By != ByFeed:
		out.Why = fmt.Sprintf("%d characters by %s", out.Runes, out.By)
		if given > 0 {
			out.Why += fmt.Sprintf(", where the feed has %d", given)
		}
	case len(why) == 0:
		out.Why = "the page has no article in it"
	default:
		out.Why = strings.Join(why, "; ")
	}
	return out
}

// head is what a feed says of an article: title and summary, or the start of its
// content.
func head(a feeds.Article) string {
	s := clean.Plain(a.Title) + " " + clean.Plain(a.Summary)
	if a.Summary == "" {
		s += " " + clean.Plain(a.ContentHTML)
	}
	if len(s) > headed {
		s = strings.ToValidUTF8(s[:headed], "")
	}
	return s
}

// words are the words of a text in one spelling, in order.
func words(s string) []string {
	return strings.FieldsFunc(feeds.Slug(s), func(r rune) bool { return r == '-' })
}

// overlap returns which share of the pairs of neighbouring words, and of the words,
// is in the text too.
func overlap(head, text []string) (pairs, single float64) {
	in := make(map[string]bool, 2*len(text))
	for i, w := range text {
		in[w] = true
		if i > 0 {
			in[text[i-1]+" "+w] = true
		}
	}
	hits, twos := 0, 0
	for i, w := range head {
		if in[w] {
			hits++
		}
		if i > 0 && in[head[i-1]+" "+w] {
			twos++
		}
	}
	if len(head) > 1 {
		pairs = float64(twos) / float64(len(head)-1)
	}
	if len(head) > 0 {
		single = float64(hits) / float64(len(head))
	}
	return pairs, single
}

// length is the size of a text in runes.
type length struct{ runes, linked int }

// measure counts the runes of sanitised HTML, and those in links.
func measure(html string) (l length) {
	l.runes = utf8.RuneCountInString(feeds.Words(html))
	for rest := html; ; {
		i := strings.Index(rest, "<a ")
		if i < 0 {
			return l
		}
		rest = rest[i:]
		end := strings.Index(rest, "</a>")
		if end < 0 {
			return l
		}
		l.linked += utf8.RuneCountInString(feeds.Words(rest[:end]))
		rest = rest[end:]
	}
}
