package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/feeds/library"
	"loa/ingest"
	"loa/internal/broker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a whole path from pipeline to library on an embedded broker.
type bench struct {
	ctx context.Context
	b   *broker.Broker
	j   *journal.Journal
	l   *library.Library
	p   *ingest.Pipeline
}

func open(t testing.TB) *bench {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	b, err := broker.Open(ctx, broker.Options{Dir: t.TempDir(), Sync: broker.SyncSecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if err := b.Declare(ctx); err != nil {
		t.Fatal(err)
	}
	w := &bench{ctx: ctx, b: b, j: journal.New(b.JS, broker.StreamArticles, broker.SubjectArticles, nil)}
	w.l, w.p = w.node(t)
	return w
}

// node adds another library and pipeline on the same journal, as another node has.
func (w *bench) node(t testing.TB) (*library.Library, *ingest.Pipeline) {
	t.Helper()
	l, err := library.Open(filepath.Join(t.TempDir(), "library.db"), library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Prepare(w.ctx, w.j); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx, w.j) }()
	t.Cleanup(func() { cancel(); <-done; _ = l.Close() })
	return l, ingest.New(w.j, l, ingest.Options{})
}

func (w *bench) take(t testing.TB, in ingest.Input) ingest.Outcome {
	t.Helper()
	out, err := w.p.Ingest(w.ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// settle waits until the library has the journal's end.
func (w *bench) settle(t testing.TB, l *library.Library) {
	t.Helper()
	s, err := w.j.State(w.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.WaitFor(w.ctx, s.Last); err != nil {
		t.Fatal(err)
	}
}

func (w *bench) feed(t testing.TB, path string) []feeds.Record {
	t.Helper()
	w.settle(t, w.l)
	f, err := w.l.Feed(w.ctx, path, 100)
	if err != nil {
		t.Fatal(err)
	}
	return f.Records
}

func TestEventAndPollOfOneArticleAreOne(t *testing.T) {
	w := open(t)
	a := w.take(t, event(feeds.Published, "Lịch cấp nước tuần này", time.Time{}, 1))
	b := w.take(t, polled("s", "Lịch cấp nước", "<p>Tóm tắt</p>", 2))
	if a.ID != b.ID || b.Result != ingest.Aliased {
		t.Fatalf("%+v %+v", a, b)
	}
	if again := w.take(t, polled("s", "Lịch cấp nước", "<p>Tóm tắt</p>", 3)); again.Result != ingest.Unchanged && again.Result != ingest.Stale {
		t.Errorf("the same poll again: %+v", again)
	}
	got := w.feed(t, "units/09064")
	if len(got) != 1 || got[0].Article.Title != "Lịch cấp nước tuần này" || len(got[0].Channels) != 2 || got[0].Revision != 1 {
		t.Fatalf("%+v", got)
	}
	// The GUID is known now: a new address is the same article.
	moved := polled("s", "Lịch cấp nước", "<p>Tóm tắt</p>", 4)
	moved.Article.URL = "https://moi.example.vn/bai-12"
	if out := w.take(t, moved); out.ID != a.ID {
		t.Errorf("moved to another host: %+v", out)
	}
}

// A GUID that counts the items of a document must not overwrite articles.
func TestPositionalGUIDsAreNotTrusted(t *testing.T) {
	w := open(t)
	for i := range 3 {
		in := polled("s", fmt.Sprint("Tin số ", i), "<p>Nội dung</p>", i)
		in.GUID = "1"
		in.Article.URL = fmt.Sprint("https://example.vn/tin/", i)
		in.Article.Published.Time = t0.Add(time.Duration(i) * time.Hour)
		w.take(t, in)
	}
	if got := w.feed(t, "all"); len(got) != 3 {
		t.Errorf("%d articles, want 3", len(got))
	}
}

func TestRefusals(t *testing.T) {
	w := open(t)
	for code, change := range map[string]func(*ingest.Input){
		ingest.CodeNoTitle: func(in *ingest.Input) { in.Article.Title = " \u00a0 " },
		ingest.CodeNoName:  func(in *ingest.Input) { in.Article.URL, in.Article.Number = "javascript:alert(1)", "" },
		ingest.CodeBadUnit: func(in *ingest.Input) { in.Article.Unit = "yen-lac" },
		ingest.CodeNoUnit:  func(in *ingest.Input) { in.Article.Unit = "" },
	} {
		in := event(feeds.Published, "Tin", time.Time{}, 1)
		change(&in)
		_, err := w.p.Ingest(w.ctx, in)
		var r *ingest.Refused
		if !errors.As(err, &r) || r.Code != code {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestWithdrawnLeavesTheFeedsAndStaysAway(t *testing.T) {
	w := open(t)
	w.take(t, event(feeds.Published, "Sẽ rút", time.Time{}, 1))
	if got := w.feed(t, "all"); len(got) != 1 {
		t.Fatal(got)
	}
	in := event(feeds.Withdrawn, "", time.Time{}, 2)
	in.Article = feeds.Article{Unit: "09064", Number: "12"} // its number alone
	in.Reason = "Đăng nhầm"
	out := w.take(t, in)
	w.take(t, polled("s", "Sẽ rút", "<p>Sẽ rút</p>", 3))
	if got := w.feed(t, "all"); len(got) != 0 {
		t.Errorf("withdrawn, and still there: %v", got)
	}
	st, err := w.l.Article(w.ctx, out.ID)
	if err != nil || !st.Record.IsWithdrawn() || st.Record.Withdrawal.Reason != "Đăng nhầm" {
		t.Errorf("%+v %v", st.Record, err)
	}
}

// Two nodes learn of one article under different names at the same moment, then
// an event says that the names are one: on every node it is one article.
func TestNamesThatTurnOutToBeOneAreJoined(t *testing.T) {
	w := open(t)
	l2, p2 := w.node(t)
	byNumber := event(feeds.Published, "Một bài", time.Time{}, 1)
	byNumber.Article.URL = ""
	a := w.take(t, byNumber)
	b, err := p2.Ingest(w.ctx, polled("s", "Một bài", "<p>Một bài</p>", 2))
	if err != nil {
		t.Fatal(err)
	}
	if a.ID == b.ID {
		t.Fatal("the test wants two ids")
	}
	both := event(feeds.Updated, "Một bài, đã sửa", t0.Add(time.Hour), 61)
	w.settle(t, w.l)
	w.take(t, both)
	for i, l := range []*library.Library{w.l, l2} {
		w.settle(t, l)
		f, err := l.Feed(w.ctx, "all", 10)
		if err != nil || len(f.Records) != 1 || f.Records[0].Article.Title != "Một bài, đã sửa" {
			t.Fatalf("node %d: %v %+v", i, err, f.Records)
		}
		for _, id := range []string{a.ID, b.ID} {
			if st, err := l.Article(w.ctx, id); err != nil || st.Record.ID != f.Records[0].ID {
				t.Errorf("node %d: %s is %s (%v)", i, id, st.Record.ID, err)
			}
		}
	}
}

// Many events of few articles, repeated and out of order, on two nodes at once:
// each revision once, a whole chain, the newest words.
func TestTwoNodesConverge(t *testing.T) {
	w := open(t)
	l2, p2 := w.node(t)
	const articles, versions = 20, 5
	var wg sync.WaitGroup
	for n, p := range []*ingest.Pipeline{w.p, p2} {
		for a := range articles {
			wg.Go(func() {
				for i := range versions * 2 {
					v := (i*3 + n + a) % versions
					in := event(feeds.Updated, fmt.Sprintf("Bài %d bản %d", a, v), t0.Add(time.Duration(v)*time.Minute), v)
					in.Article.Number = fmt.Sprint(a)
					in.Article.URL = fmt.Sprint("https://example.vn/tin/", a)
					if _, err := p.Ingest(w.ctx, in); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wg.Wait()
	for i, l := range []*library.Library{w.l, l2} {
		w.settle(t, l)
		f, err := l.Feed(w.ctx, "all", 1000)
		if err != nil || len(f.Records) != articles {
			t.Fatalf("node %d: %d articles, %v", i, len(f.Records), err)
		}
		for _, r := range f.Records {
			if want := fmt.Sprintf("Bài %s bản %d", r.Article.Number, versions-1); r.Article.Title != want {
				t.Errorf("node %d: %q, want %q", i, r.Article.Title, want)
			}
		}
	}
	checkChains(t, w)
}

// checkChains goes over the whole journal: each article's records form a chain,
// and each revision is there once.
func checkChains(t testing.TB, w *bench) {
	t.Helper()
	prev := map[string]journal.Entry{}
	_, err := w.j.Read(w.ctx, 0, func(e journal.Entry, damaged error) error {
		if damaged != nil {
			return damaged
		}
		p := prev[e.Record.ID]
		want := p.Record.Revision + 1
		if e.Record.Kind == feeds.Alias {
			want = p.Record.Revision
		}
		if e.Record.Prev != p.Digest || e.Record.Revision != want {
			t.Errorf("position %d: %s revision %d after %d, chain %q after %q", e.Position, e.Record.ID, e.Record.Revision, p.Record.Revision, e.Record.Prev, p.Digest)
		}
		if p.Position > 0 && !e.Record.Changed.Equal(p.Record.Changed) && !e.Record.Changed.After(p.Record.Changed) {
			t.Errorf("position %d: changed went back", e.Position)
		}
		prev[e.Record.ID] = e
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
