package poll_test

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"

	"loa/ingest"
	"loa/ingest/dropped"
	"loa/ingest/poll"
	"loa/ingest/rules"
	"loa/internal/broker"
	"loa/internal/safehttp"
)

// sifting goes by an item's rules as the pipeline does.
type sifting struct{ taken }

func (p *sifting) Ingest(ctx context.Context, in ingest.Input) (ingest.Outcome, error) {
	if v := in.Rules.Evaluate(&in.Article); v.Blocked {
		return ingest.Outcome{}, &ingest.Refused{Code: ingest.CodeBlocked, Err: &ingest.Blocked{List: dropped.ListSource, Verdict: v, Key: "url:" + in.Article.URL, Article: in.Article}}
	}
	return p.taken.Ingest(ctx, in)
}

// failing cannot store the first drops.
type failing struct {
	*dropped.Drops
	mu   sync.Mutex
	left int
}

func (f *failing) Put(ctx context.Context, d dropped.Drop) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left--; f.left >= 0 {
		return errors.New("no responders")
	}
	return f.Drops.Put(ctx, d)
}

func (w *world) sift(t *testing.T, p poll.Pipeline, d poll.Drops, sieve string, s poll.Source) (*poll.Door, func()) {
	t.Helper()
	client := safehttp.New(safehttp.Options{UserAgent: "loa/test", Timeout: 5 * time.Second, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	door := poll.New(w.b.JS, p, client, w.budget, poll.Options{
		Stream: broker.StreamPoll, Subject: broker.SubjectPoll, Bucket: broker.BucketSources, Consumer: "poll", Node: "n1", Drops: d, Sieve: sieve,
	})
	door.SetSources([]poll.Source{s})
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan error, 1)
	go func() { done <- door.Run(ctx) }()
	stop := sync.OnceFunc(func() { cancel(); <-done; client.Close() })
	t.Cleanup(stop)
	return door, stop
}

func TestRulesKeepItemsOutAndEachDropIsStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := newOrigin(t, serve(feedOf(3, 2, 1), `"v1"`, ""))
	s, p := source(o), &sifting{}
	s.Rules = []rules.Rule{{Action: rules.Block, Field: rules.Link, Matches: `/[13]$`, Reason: "không cần"}}
	drops := dropped.New(w.b.JS, broker.StreamDropped, broker.SubjectDropped, nil)
	d, stop := w.sift(t, p, drops, "", s)
	w.until(t, "a second poll", func() bool { return o.count() >= 2 })
	if got := p.urls(); got != "2" {
		t.Errorf("taken %q, want 2", got)
	}
	list, _, err := drops.List(w.ctx, s.ID, 10)
	if err != nil || len(list) != 2 || list[0].Reason != "không cần" || list[0].Rule != 1 || list[0].Source != s.ID || list[0].Unit != s.Unit || list[0].Title == "" {
		t.Errorf("%+v %v", list, err)
	}
	if st := w.state(t, d); st.Dropped != 2 || len(st.Faults) != 0 || st.ETag != `"v1"` {
		t.Errorf("%+v", st)
	}

	// With other rules the same document is read again, without validators.
	stop()
	before := o.count()
	s.Rules = nil
	_, stop = w.sift(t, p, drops, "", s)
	w.until(t, "the items that are wanted now", func() bool { return p.urls() == "2 1 2 3" })
	if h := o.request(before).Header; h.Get("If-None-Match") != "" {
		t.Errorf("asked conditionally: %v", h)
	}
	stop()
	before = o.count()
	_, _ = w.sift(t, p, drops, "rules for all", s)
	w.until(t, "a poll with other rules for all", func() bool { return o.count() > before && p.urls() == "2 1 2 3 1 2 3" })
}

func TestADropThatIsNotStoredIsNotDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := newOrigin(t, serve(feedOf(1), `"v1"`, ""))
	s, p := source(o), &sifting{}
	s.Rules = []rules.Rule{{Action: rules.Keep, Field: rules.Title, Contains: "không bài nào"}}
	drops := &failing{Drops: dropped.New(w.b.JS, broker.StreamDropped, broker.SubjectDropped, nil), left: 1}
	d, _ := w.sift(t, p, drops, "", s)
	w.until(t, "the drop, at a later try", func() bool {
		list, _, err := drops.List(w.ctx, s.ID, 10)
		return err == nil && len(list) == 1 && list[0].Reason == rules.NoKeep
	})
	w.until(t, "validators", func() bool { return w.state(t, d).ETag != "" })
	if h := o.request(1).Header; h.Get("If-None-Match") != "" {
		t.Errorf("asked conditionally before the drop was stored: %v", h)
	}
}
