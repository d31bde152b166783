package ingest_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loa/feeds"
	"loa/ingest"
)

var t0 = time.Date(2026, 11, 20, 8, 0, 0, 0, feeds.Zone)

func event(action feeds.Kind, title string, updated time.Time, arrived int) ingest.Input {
	in := ingest.Input{
		Door: feeds.DoorEvent, Action: action, Arrived: t0.Add(time.Duration(arrived) * time.Minute),
		Article: feeds.Article{
			Unit: "09064", Number: "12", URL: "https://example.vn/tin/12", Title: title, ContentHTML: "<p>" + title + "</p>",
			Published: feeds.Date{Time: t0.Add(-time.Hour), Precision: feeds.Minute},
		},
	}
	if !updated.IsZero() {
		in.Article.Updated = feeds.Date{Time: updated, Precision: feeds.Second}
	}
	return in
}

func polled(source, title, body string, arrived int) ingest.Input {
	return ingest.Input{
		Door: feeds.DoorPoll, Action: feeds.Published, Arrived: t0.Add(time.Duration(arrived) * time.Minute),
		Source: source, SourceURL: "https://example.vn/rss", GUID: "g12",
		Article: feeds.Article{Unit: "09064", URL: "https://example.vn/tin/12", Title: title, ContentHTML: body,
			Published: feeds.Date{Time: t0.Add(-time.Hour), Precision: feeds.Minute}},
	}
}

func TestDecide(t *testing.T) {
	none := time.Time{}
	for _, c := range []struct {
		name      string
		in        []ingest.Input
		title     string
		revision  int
		appended  int
		withdrawn bool
	}{
		{"published", []ingest.Input{event(feeds.Published, "Một", none, 1)}, "Một", 1, 1, false},
		{"repeated", []ingest.Input{event(feeds.Published, "Một", none, 1), event(feeds.Published, "Một", none, 2)}, "Một", 1, 1, false},
		{"edited and sent as published again", []ingest.Input{event(feeds.Published, "Một", none, 1), event(feeds.Published, "Hai", none, 2)}, "Hai", 2, 2, false},
		{"updated", []ingest.Input{event(feeds.Published, "Một", none, 1), event(feeds.Updated, "Hai", none, 2)}, "Hai", 2, 2, false},
		{"updated first, published late", []ingest.Input{event(feeds.Updated, "Hai", none, 1), event(feeds.Published, "Một", none, 2)}, "Hai", 1, 1, false},
		{"older update late", []ingest.Input{event(feeds.Updated, "Ba", t0.Add(3*time.Minute), 3), event(feeds.Updated, "Hai", t0.Add(2*time.Minute), 4)}, "Ba", 1, 1, false},
		{"withdrawn", []ingest.Input{event(feeds.Published, "Một", none, 1), event(feeds.Withdrawn, "", none, 2)}, "Một", 2, 2, true},
		{"withdrawn twice", []ingest.Input{event(feeds.Published, "Một", none, 1), event(feeds.Withdrawn, "", none, 2), event(feeds.Withdrawn, "", none, 3)}, "Một", 2, 3, true},
		{"withdrawn before published", []ingest.Input{event(feeds.Withdrawn, "", none, 1), event(feeds.Published, "Một", none, 2)}, "Một", 2, 2, true},
		{"withdrawn, then polled", []ingest.Input{event(feeds.Published, "Một", none, 1), event(feeds.Withdrawn, "", none, 2), polled("s", "Một", "", 3)}, "Một", 2, 3, true},
		{"withdrawn, then dated newer", []ingest.Input{event(feeds.Published, "Một", none, 1), event(feeds.Withdrawn, "", none, 2), event(feeds.Updated, "Hai", t0.Add(time.Hour), 61)}, "Hai", 3, 3, false},
		{"withdrawn, then dated older", []ingest.Input{event(feeds.Withdrawn, "", none, 2), event(feeds.Updated, "Hai", t0, 61)}, "Hai", 2, 2, true},
		{"event, then its feed", []ingest.Input{event(feeds.Published, "Một", none, 1), polled("s", "Một khác", "<p>tóm tắt</p>", 2), polled("s", "Một khác", "<p>tóm tắt</p>", 3)}, "Một", 1, 2, false},
		{"feed, then the event", []ingest.Input{polled("s", "Một khác", "<p>tóm tắt</p>", 2), event(feeds.Published, "Một", none, 3)}, "Một", 2, 2, false},
		{"feed changes", []ingest.Input{polled("s", "Một", "", 1), polled("s", "Hai", "", 2)}, "Hai", 2, 2, false},
		{"two feeds do not take turns", []ingest.Input{polled("b", "Một", "", 1), polled("a", "Hai", "", 2), polled("b", "Một", "", 3), polled("a", "Hai", "", 4)}, "Hai", 2, 2, false},
	} {
		got, appended := ingest.Settle(t0, c.in)
		if got.Article.Title != c.title || got.Revision != c.revision || appended != c.appended || got.IsWithdrawn() != c.withdrawn {
			t.Errorf("%s: title %q revision %d appended %d withdrawn %v, want %q %d %d %v",
				c.name, got.Article.Title, got.Revision, appended, got.IsWithdrawn(), c.title, c.revision, c.appended, c.withdrawn)
		}
	}
}

// A bare event must not lose the text that the feed has, in either order.
func TestEventWithoutBodyKeepsTheFeedsText(t *testing.T) {
	bare := event(feeds.Published, "Tên đúng", time.Time{}, 1)
	bare.Article.ContentHTML = ""
	feed := polled("s", "Tên trong feed", "<p>Toàn văn</p>", 2)
	for _, in := range [][]ingest.Input{{bare, feed}, {feed, bare}} {
		got, _ := ingest.Settle(t0, in)
		if got.Article.Title != "Tên đúng" || got.Article.ContentHTML != "<p>Toàn văn</p>" {
			t.Errorf("%q %q", got.Article.Title, got.Article.ContentHTML)
		}
	}
}

// `updated` moves with each revision, and never back.
func TestChangedMovesOnlyForward(t *testing.T) {
	in := []ingest.Input{
		event(feeds.Published, "Một", time.Time{}, 1),
		event(feeds.Updated, "Hai", t0.Add(10*time.Minute), 11),
		event(feeds.Updated, "Ba", t0.Add(10*time.Minute+time.Millisecond), 2), // its publisher's clock went back in arrival
		event(feeds.Withdrawn, "", t0.Add(-time.Hour), 30),
	}
	var last time.Time
	for n := range in {
		got, _ := ingest.Settle(t0, in[:n+1])
		if !got.Changed.After(last) {
			t.Errorf("after input %d changed is %s, before it was %s", n, got.Changed, last)
		}
		last = got.Changed
	}
}

// Order and repetition do not matter: whatever way the same inputs come, readers
// see the same article in the end (invariant 3 of the architecture).
func TestAnyOrderEndsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "inputs")
		held := rapid.Bool().Draw(t, "held") // the sources: all or none, since who sees an article first decides
		var in []ingest.Input
		for i := range n {
			title := rapid.SampledFrom([]string{"Một", "Hai", "Ba"}).Draw(t, "title")
			when := rapid.IntRange(0, 5).Draw(t, "when")
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				// Without dates the order is that of arrival at the broker, and the same
				// words sent again are a repeat that is not written down: so each undated
				// event has words of its own here.
				in = append(in, event(feeds.Published, fmt.Sprint(title, i), time.Time{}, i))
			case 1:
				e := event(feeds.Updated, title, t0.Add(time.Duration(when)*time.Minute), i)
				e.Article.ContentHTML = rapid.SampledFrom([]string{"", "<p>Sáu</p>", "<p>Bảy</p>"}).Draw(t, "body")
				in = append(in, e)
			case 2:
				w := event(feeds.Withdrawn, "", time.Time{}, i)
				w.Time = t0.Add(time.Duration(when) * time.Minute)
				w.Reason = title
				in = append(in, w)
			case 3:
				// One source is polled by one node at a time, so its documents come in
				// order; different sources do not.
				p := polled(fmt.Sprint("s", i), title, "<p>"+title+"</p>", i)
				p.Quiet = held
				in = append(in, p)
			}
		}
		again := slices.Concat(in, in[:rapid.IntRange(0, n).Draw(t, "repeats")])
		shuffled := rapid.Permutation(again).Draw(t, "order")
		a, _ := ingest.Settle(t0, in)
		b, _ := ingest.Settle(t0, shuffled)
		if seen(a) != seen(b) {
			t.Fatalf("one order gives\n%s\nanother\n%s", seen(a), seen(b))
		}
	})
}

// seen is what readers see of an article.
func seen(r *feeds.Record) string {
	s := fmt.Sprint(feeds.Digest(&r.Article), r.Article.ContentHTML, r.IsWithdrawn(), r.Keys, r.Channels, r.Quiet)
	if r.IsWithdrawn() {
		s += r.Withdrawal.Reason
	}
	return s
}
