package ingest

import (
	"cmp"

	"loa/feeds"
	"loa/feeds/sketch"
)

// sketchOf is what near-duplicates of an article are found by: of its title and
// its text, or of its summary where there is no text. It is written into each
// revision with the words that it was made of; it is none of them, and alone no
// reason for a record.
func sketchOf(a *feeds.Article) string {
	return sketch.Of(a.Title, cmp.Or(feeds.Words(a.ContentHTML), a.Summary)).String()
}
