package legacy

import (
	"strings"

	"loa/feeds"
)

// Sample collects texts that come from one place and are judged together: the
// fields of an article, the items of a feed. A single title is too short to be
// sure of. What is Unicode by its letters is no part of it. The zero Sample is
// empty and ready; it is not safe for concurrent use.
type Sample struct {
	parts []string
	odd   int
	size  int
}

// Add takes a text that may hold HTML.
func (s *Sample) Add(text string) {
	if s.size >= maxSample || text == "" || isUnicode(head(text, maxSample)) {
		return
	}
	n := odd(text, maxSample)
	if n == 0 && strings.IndexByte(text, '&') < 0 {
		return
	}
	s.parts = append(s.parts, text)
	s.odd += n + strings.Count(text, "&")
	s.size += len(text)
}

// Code judges what was collected, as [Detect] does.
func (s *Sample) Code() (Code, bool) {
	if s.odd < minOdd {
		return "", false
	}
	var b strings.Builder
	for _, part := range s.parts {
		eachNode(part, func(node string, text bool) bool {
			if text && !isUnicode(node) {
				b.WriteString(unescape(node))
			}
			b.WriteByte('\n')
			return b.Len() < maxSample
		})
	}
	return Detect(b.String())
}

// Article returns an article whose texts are mended, if all of them together are
// surely in a legacy code, and that code. It is to be called before anything is
// cleaned: a soft hyphen is a letter here. Slices of a are not changed.
func Article(a feeds.Article) (feeds.Article, Code) {
	var s Sample
	s.Add(a.ContentHTML)
	s.Add(a.Title)
	s.Add(a.Summary)
	c, sure := s.Code()
	if !sure {
		return a, ""
	}
	return ArticleIn(a, c), c
}

// ArticleIn returns an article with all texts mended that are in the code.
func ArticleIn(a feeds.Article, c Code) feeds.Article {
	a.Title, a.Summary, a.ContentHTML = MendHTML(a.Title, c), MendHTML(a.Summary, c), MendHTML(a.ContentHTML, c)
	a.Category, a.Tags, a.Authors = MendHTML(a.Category, c), mendAll(a.Tags, c), mendAll(a.Authors, c)
	if len(a.Attachments) > 0 {
		files := append([]feeds.Attachment(nil), a.Attachments...)
		for i := range files {
			files[i].Title = MendHTML(files[i].Title, c)
		}
		a.Attachments = files
	}
	return a
}

func mendAll(in []string, c Code) []string {
	if len(in) == 0 {
		return in
	}
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = MendHTML(s, c)
	}
	return out
}
