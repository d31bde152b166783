package ingest_test

import (
	"testing"

	"loa/feeds"
	"loa/ingest"
)

// A poll that says only a part of an article changes nothing of the rest.
func TestExcerptFillsNothingWithLess(t *testing.T) {
	w := open(t)
	whole := polled("s", "Lịch cấp nước", "<p>Nước được bơm từ năm giờ đến chín giờ sáng hằng ngày.</p>", 1)
	whole.Article.Authors = []string{"Tổ cấp nước"}
	whole.Article.Attachments = []feeds.Attachment{{URL: "https://example.vn/lich.pdf"}}
	first := w.take(t, whole)
	if first.Result != ingest.Created {
		t.Fatalf("%+v", first)
	}
	part := func(content string, at int) ingest.Input {
		in := polled("s", "Lịch cấp nước", content, at)
		in.Article.Published = whole.Article.Published
		in.Excerpt = true
		return in
	}
	if out := w.take(t, part("", 2)); out.Result != ingest.Unchanged {
		t.Errorf("no content: %+v", out)
	}
	bare := part("", 3)
	bare.Article.Published = feeds.Date{}
	if out := w.take(t, bare); out.Result != ingest.Unchanged {
		t.Errorf("no date either: %+v", out)
	}
	given := part("<p>Nước được bơm …</p>", 4)
	given.Article.Summary = w.feed(t, "units/09064")[0].Article.Summary
	if out := w.take(t, given); out.Result != ingest.Unchanged {
		t.Errorf("a teaser: %+v", out)
	}
	// What it does say is heard.
	other := part("<p>Nước được bơm …</p>", 5)
	other.Article.Title, other.Article.Summary = "Lịch cấp nước (sửa)", "Đổi giờ bơm."
	if out := w.take(t, other); out.Result != ingest.Revised || out.Revision != 2 {
		t.Errorf("another title: %+v", out)
	}
	a := w.feed(t, "units/09064")[0].Article
	if a.Title != "Lịch cấp nước (sửa)" || a.Summary != "Đổi giờ bơm." || a.ContentHTML != whole.Article.ContentHTML || len(a.Authors) != 1 || len(a.Attachments) != 1 {
		t.Errorf("%+v", a)
	}
	// Of an article that is not known, an excerpt is all there is.
	news := part("<p>Họp vào sáng chủ nhật …</p>", 6)
	news.Article.URL, news.GUID, news.Article.Title = "https://example.vn/hop", "hop", "Họp thôn"
	if out := w.take(t, news); out.Result != ingest.Created {
		t.Errorf("%+v", out)
	}
	// And its text comes as a revision.
	news.Arrived = part("", 7).Arrived
	news.Excerpt, news.Article.ContentHTML = false, "<p>Họp vào sáng chủ nhật tại nhà văn hóa thôn, mỗi hộ một người.</p>"
	if out := w.take(t, news); out.Result != ingest.Revised {
		t.Errorf("%+v", out)
	}
}
