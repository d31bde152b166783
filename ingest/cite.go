package ingest

import (
	"slices"
	"strings"

	"loa/feeds"
	"loa/feeds/citation"
)

// maxCitations bounds what is kept of one article.
const maxCitations = 100

// cite finds the documents that an article names: those of its metadata, which it
// brings out, then those of its title and of its text. It is
// written into the record, so that a better recogniser does not change what was
// once served.
func cite(a *feeds.Article, documents []string) []feeds.Citation {
	var out []feeds.Citation
	seen := map[string]bool{}
	add := func(c citation.Citation, title, publishes bool) {
		if k := c.Key(); !seen[k] && len(out) < maxCitations {
			seen[k] = true
			out = append(out, feeds.Citation{
				Type: c.Type, Number: c.Number, Year: c.Year, Symbol: c.Symbol, Date: c.Date, Term: c.Term,
				Document: c.Path(), InTitle: title, Publishes: publishes,
			})
		}
	}
	for _, d := range documents {
		if c, ok := citation.ParseNumber(d); ok {
			add(c, true, true)
		}
	}
	title := []rune(a.Title)
	for _, c := range citation.Find(a.Title) {
		add(c, true, c.Path() != "" && publishes(string(title[:c.Start])))
	}
	// Paragraph by paragraph: no citation goes over its end, and most have none.
	for p := range strings.SplitSeq(a.ContentHTML, "</p>") {
		if !mayCite(p) {
			continue
		}
		for _, c := range citation.Find(feeds.Words(p)) {
			add(c, false, false)
		}
	}
	if a.ContentHTML == "" {
		for _, c := range citation.Find(a.Summary) {
			add(c, false, false)
		}
	}
	return out
}

// mayCite is false for text that surely cites nothing: without a digit, only a
// congress could be named ("lần thứ XXII").
func mayCite(text string) bool {
	return strings.ContainsAny(text, "0123456789") || strings.Contains(text, "thứ") || strings.Contains(text, "THỨ") || strings.Contains(text, "Thứ")
}

// about are words that, before a number in a title, say that the article is about
// the document, and does not bring it out.
var about = []string{"triển khai", "thực hiện", "quán triệt", "học tập", "sơ kết", "tổng kết", "theo", "góp ý", "tuyên truyền", "phổ biến",
	"hướng dẫn", "kiểm tra", "giám sát", "thi hành", "sửa đổi", "bổ sung", "bãi bỏ", "thay thế", "tinh thần", "hội nghị", "tập huấn", "kết quả", "đưa"}

// publishes reports whether a document whose number follows these words of a
// title is brought out by the article.
func publishes(before string) bool {
	before = strings.ToLower(before)
	return !slices.ContainsFunc(about, func(w string) bool { return strings.Contains(before, w) })
}
