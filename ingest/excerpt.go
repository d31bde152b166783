package ingest

import "loa/feeds"

// excerpt fits a claim that says only a part of its article to what is known: what
// it leaves out stays as it is, and its content, which is a teaser or a summary,
// takes no text's place. So an article does not change between its text and its
// summary as its source is read again and again. It is pure.
func excerpt(current *feeds.Record, c feeds.Record) feeds.Record {
	if current == nil {
		return c
	}
	a, known := &c.Article, &current.Article
	if known.ContentHTML != "" {
		if a.Summary == "" {
			a.Summary = known.Summary
		}
		a.ContentHTML, c.BodyVersion = "", feeds.Version{}
	}
	if a.Published == (feeds.Date{}) {
		a.Published = known.Published
	}
	if len(a.Authors) == 0 {
		a.Authors = known.Authors
	}
	if len(a.Attachments) == 0 {
		a.Attachments = known.Attachments
	}
	if a.Category == "" {
		a.Category = known.Category
	}
	return c
}
