package ingest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"loa/feeds"
	"loa/ingest"
	"loa/ingest/rules"
)

func quietly(in ingest.Input) ingest.Input {
	in.Quiet = true
	return in
}

// Quiet is decided when an article is first seen; a poll never changes it, an
// event of its publisher ends it.
func TestQuiet(t *testing.T) {
	none := time.Time{}
	for _, c := range []struct {
		name     string
		in       []ingest.Input
		quiet    bool
		appended int
	}{
		{"new", []ingest.Input{quietly(polled("s", "Một", "", 1))}, true, 1},
		{"polled again after the release", []ingest.Input{quietly(polled("s", "Một", "", 1)), polled("s", "Một", "", 2)}, true, 1},
		{"its words change after the release", []ingest.Input{quietly(polled("s", "Một", "", 1)), polled("s", "Hai", "", 2)}, true, 2},
		{"another source shows it", []ingest.Input{quietly(polled("b", "Một", "", 1)), polled("a", "Một", "", 2)}, true, 2},
		{"known before", []ingest.Input{polled("s", "Một", "", 1), quietly(polled("s", "Một", "", 2))}, false, 1},
		{"known before, and revised while held", []ingest.Input{polled("s", "Một", "", 1), quietly(polled("s", "Hai", "", 2))}, false, 2},
		{"an event of it", []ingest.Input{quietly(polled("s", "Một", "<p>Một</p>", 1)), event(feeds.Published, "Một", none, 2)}, false, 2},
		{"an event before it", []ingest.Input{event(feeds.Published, "Một", none, 1), quietly(polled("s", "Một", "", 2))}, false, 2},
		{"an event cannot be quiet", []ingest.Input{quietly(event(feeds.Published, "Một", none, 1))}, false, 1},
		{"withdrawn, then polled while held", []ingest.Input{event(feeds.Withdrawn, "", none, 1), quietly(polled("s", "Một", "", 2))}, false, 2},
	} {
		got, appended := ingest.Settle(t0, c.in)
		if got.Quiet != c.quiet || appended != c.appended {
			t.Errorf("%s: quiet %v, %d appended, want %v and %d", c.name, got.Quiet, appended, c.quiet, c.appended)
		}
	}
}

// The end of the quiet is an alias record: no word of the article changes.
func TestAnnounced(t *testing.T) {
	r, _ := ingest.Settle(t0, []ingest.Input{quietly(polled("s", "Một", "", 1))})
	next, ok := ingest.Announced(r, t0.Add(time.Hour))
	if !ok || next.Quiet || next.Kind != feeds.Alias || next.Revision != 1 || !next.Changed.Equal(r.Changed) || !next.Provenance.ReceivedAt.Equal(t0.Add(time.Hour)) {
		t.Errorf("%v %+v", ok, next)
	}
	for _, r := range []*feeds.Record{nil, &next} {
		if _, ok := ingest.Announced(r, t0); ok {
			t.Error("announced what was no secret")
		}
	}
}

func TestAnnounceAndRefuse(t *testing.T) {
	w := open(t)
	out := w.take(t, quietly(polled("s", "Một", "<p>Một</p>", 1)))
	w.settle(t, w.l)
	for i, want := range []bool{true, false} {
		if did, err := w.p.Announce(w.ctx, out.ID, "s", t0); err != nil || did != want {
			t.Errorf("time %d: %v %v", i+1, did, err)
		}
	}
	if again := w.take(t, quietly(polled("s", "Một", "<p>Một</p>", 3))); again.Result != ingest.Unchanged {
		t.Errorf("%+v", again)
	}
	w.settle(t, w.l)
	if st, err := w.l.Article(w.ctx, out.ID); err != nil || st.Record.Quiet {
		t.Errorf("%+v %v", st.Record, err)
	}
	checkChains(t, w)

	known := polled("s", "Một, đã sửa", "<p>Một</p>", 4)
	known.Refuse = true
	if out := w.take(t, known); out.Result != ingest.Revised {
		t.Errorf("what is known goes on: %+v", out)
	}
	fresh := polled("s", "Hai", "<p>Hai</p>", 5)
	fresh.GUID, fresh.Article.URL, fresh.Refuse = "g13", "https://www.example.vn/tin/13?utm_source=zalo", true
	_, err := w.p.Ingest(w.ctx, fresh)
	var refused *ingest.Refused
	var flooded *ingest.Flooded
	if !errors.As(err, &refused) || refused.Code != ingest.CodeFlood || !errors.As(err, &flooded) || flooded.Key != "url://example.vn/tin/13" || flooded.Article.Title != "Hai" {
		t.Errorf("%v %+v", err, flooded)
	}
}

// A probe finds what an ingestion would, and stores nothing.
func TestProbe(t *testing.T) {
	w := open(t)
	out := w.take(t, polled("s", "Một", "<p>Một</p>", 1))
	w.settle(t, w.l)
	keep, err := rules.Compile([]rules.Rule{{Action: rules.Block, Field: rules.Text, Contains: "quảng cáo"}})
	if err != nil {
		t.Fatal(err)
	}
	fresh := polled("s", " Hai\u00a0", "<p>Hai</p>", 2)
	fresh.GUID, fresh.Article.URL = "g13", "https://example.vn/tin/13"
	unnamed := polled("s", "", "<p>Không có tên</p>", 2)
	unnamed.GUID, unnamed.Article.URL = "", ""
	ad := fresh
	ad.Article.ContentHTML, ad.Rules = "<p>Quảng <b>cáo</b></p>", keep
	moved := polled("s", "Một", "", 2)
	moved.Article.URL = "https://moi.example.vn/1"
	for _, c := range []struct {
		name  string
		in    ingest.Input
		key   string
		known bool
		title string
	}{
		{"known", polled("s", "Một", "<p>Khác</p>", 2), "url://example.vn/tin/12", true, "Một"},
		{"known by its GUID", moved, "url://moi.example.vn/1", true, "Một"},
		{"new", fresh, "url://example.vn/tin/13", false, "Hai"},
		{"blocked", ad, "", false, "Hai"},
	} {
		got, err := w.p.Probe(w.ctx, c.in)
		if err != nil || got.Key != c.key || got.Known != c.known || got.Title != c.title {
			t.Errorf("%s: %+v %v", c.name, got, err)
		}
	}
	first, err := w.p.Probe(w.ctx, unnamed)
	if err != nil || first.Known || first.Key == "" || first.Title != "Không có tên" {
		t.Errorf("%+v %v", first, err)
	}
	w.take(t, unnamed)
	w.settle(t, w.l)
	if got, err := w.p.Probe(w.ctx, unnamed); err != nil || !got.Known || got.Key != first.Key {
		t.Errorf("%+v %v", got, err)
	}
	if st, err := w.l.Count(w.ctx); err != nil || st != 2 {
		t.Errorf("%d articles, %v, want %s and the unnamed one", st, err, out.ID)
	}
}

// What left its source's window and comes back is known by its keys: no news, and
// no revision.
func TestExpiredItemsDoNotComeBackAsNew(t *testing.T) {
	w := open(t)
	first := w.take(t, polled("s", "Một", "<p>Một</p>", 1))
	for i := range 30 {
		in := polled("s", "Tin khác", "<p>Tin khác</p>", 2+i)
		in.GUID, in.Article.URL = "", "https://example.vn/khac/"+string(rune('a'+i%26))+string(rune('a'+i/26))
		w.take(t, in)
	}
	if again := w.take(t, polled("s", "Một", "<p>Một</p>", 90000)); again.ID != first.ID || again.Result != ingest.Unchanged {
		t.Errorf("%+v", again)
	}
	// Its markup, blanks and tracking parameters are no other words.
	in := polled("s", "Một ", "<p class=x>Một</p>", 90001)
	in.Article.URL = "http://www.example.vn/tin/12?utm_source=zalo"
	if again := w.take(t, in); again.ID != first.ID || again.Result == ingest.Revised || again.Result == ingest.Created {
		t.Errorf("%+v", again)
	}
}

// What the look-up before a document is taken adds to each item that is known.
func BenchmarkKnownItem(b *testing.B) {
	w := open(b)
	in := polled("s", "Lịch cấp nước tuần này", "<p>"+strings.Repeat("Bà con trữ nước từ tối hôm trước. ", 60)+"</p>", 1)
	w.take(b, in)
	w.settle(b, w.l)
	b.Run("probe", func(b *testing.B) {
		for b.Loop() {
			if _, err := w.p.Probe(w.ctx, in); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ingest", func(b *testing.B) {
		for b.Loop() {
			if _, err := w.p.Ingest(w.ctx, in); err != nil {
				b.Fatal(err)
			}
		}
	})
}
