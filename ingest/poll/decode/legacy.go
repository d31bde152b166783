package decode

import (
	"github.com/mmcdole/gofeed/atom"
	jsonfeed "github.com/mmcdole/gofeed/json"
	"github.com/mmcdole/gofeed/rss"

	"loa/ingest/clean/legacy"
)

// A document in a legacy code of Vietnamese is judged once, by the texts of all
// its items: one title is too short to be sure of. That stands before anything is
// made of the texts, for cleaning removes what is a letter in these codes. Items
// that are in Unicode are not part of it and stay as they are.

// judge decides in what code the texts of a sample are.
func (r *reader) judge(s *legacy.Sample) {
	c, sure := s.Code()
	if !sure {
		return
	}
	r.code = c
	r.faults.add(FaultLegacy, "text is in the code %s, not in Unicode; converted", c)
}

// mend returns a text, which may be HTML, as the document's code has it.
func (r *reader) mend(s string) string { return legacy.MendHTML(s, r.code) }

func rssSample(o *rss.Feed) *legacy.Sample {
	var s legacy.Sample
	for _, it := range o.Items {
		for _, text := range [...]string{it.Content, it.Custom["encoded"], it.Description, it.Title} {
			s.Add(text)
		}
	}
	s.Add(o.Title)
	return &s
}

func atomSample(o *atom.Feed) *legacy.Sample {
	var s legacy.Sample
	for _, e := range o.Entries {
		if e.Content != nil {
			s.Add(e.Content.Value)
		}
		s.Add(e.Summary)
		s.Add(e.Title)
	}
	s.Add(o.Title)
	return &s
}

func jsonSample(items []jsonfeed.Item, h *head) *legacy.Sample {
	var s legacy.Sample
	for i := range items {
		for _, text := range [...]string{items[i].ContentHTML, items[i].ContentText, items[i].Summary, items[i].Title} {
			s.Add(text)
		}
	}
	s.Add(h.Title)
	return &s
}
