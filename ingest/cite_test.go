package ingest_test

import (
	"strings"
	"testing"
	"time"

	"loa/feeds"
)

// A document's feed has who brings it out and who cites it.
func TestArticlesStandInTheFeedsOfTheirDocuments(t *testing.T) {
	w := open(t)
	bring := event(feeds.Published, "Nghị quyết số 12/2026/NQ-HĐND về mức thu phí chợ", time.Time{}, 1)
	about := event(feeds.Published, "Hội nghị triển khai Nghị quyết 12/2026/NQ-HĐND", time.Time{}, 2)
	about.Article.Number, about.Article.URL = "13", "https://example.vn/tin/13"
	about.Article.ContentHTML = "<p>Hội nghị cũng nhắc lại Nghị quyết số 18, 19-NQ/TW.</p>"
	w.take(t, bring)
	meta := polled("s", "Công bố văn bản của huyện", "<p>Toàn văn kèm theo.</p>", 3)
	meta.Article.URL, meta.GUID = "https://example.vn/tin/14", "g14"
	meta.Documents = []string{"https://example.vn/tin/14", "12/2026/NQ-HĐND"}
	w.take(t, meta)
	w.take(t, about)
	got := w.feed(t, "documents/12-2026-NQ-HĐND")
	if len(got) != 3 {
		t.Fatalf("%d articles name the document, want 3", len(got))
	}
	for _, r := range got {
		if c := r.Article.Citations[0]; c.Publishes == strings.HasPrefix(r.Article.Title, "Hội nghị") || !c.InTitle {
			t.Errorf("%q: %+v", r.Article.Title, c)
		}
	}
	for _, path := range []string{"documents/18-NQ-TW", "documents/19-NQ-TW"} {
		if got := w.feed(t, path); len(got) != 1 || got[0].Article.Number != "13" {
			t.Errorf("%s: %v", path, got)
		}
	}
	f, err := w.l.Feed(w.ctx, "documents/19-NQ-TW", 1)
	if err != nil || f.Label != "19-NQ/TW" {
		t.Error(f.Label, err)
	}
}
