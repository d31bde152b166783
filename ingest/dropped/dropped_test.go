package dropped_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"loa/feeds"
	"loa/ingest/dropped"
	"loa/internal/broker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T) (context.Context, *broker.Broker) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	b, err := broker.Open(ctx, broker.Options{Dir: t.TempDir(), Sync: broker.SyncSecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if err := b.Declare(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx, b
}

func lastSequence(ctx context.Context, t *testing.T, b *broker.Broker) uint64 {
	t.Helper()
	s, err := b.JS.Stream(ctx, broker.StreamDropped)
	if err != nil {
		t.Fatal(err)
	}
	return s.CachedInfo().State.LastSeq
}

func drop(source, key, reason string) dropped.Drop {
	return dropped.Drop{Source: source, Key: key, Rule: 1, List: dropped.ListSource, Reason: reason, Unit: "09025", Title: "Rao vặt " + key}
}

func TestADropAtEachPollIsOneEntry(t *testing.T) {
	ctx, b := open(t)
	// Each node remembers for itself; a restarted one remembers nothing.
	for range 3 {
		d := dropped.New(b.JS, broker.StreamDropped, broker.SubjectDropped, nil)
		for range 3 {
			for _, p := range []dropped.Drop{drop("yen-lac", "url:1", "rao vặt"), drop("yen-lac", "url:2", "rao vặt"), drop("tam-hong", "url:1", "rao vặt")} {
				if err := d.Put(ctx, p); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if n := lastSequence(ctx, t, b); n != 3 {
		t.Errorf("%d messages were published, want 3", n)
	}
	// Another reason takes the place of the one before.
	d := dropped.New(b.JS, broker.StreamDropped, broker.SubjectDropped, nil)
	if err := d.Put(ctx, drop("yen-lac", "url:1", "trùng lặp")); err != nil {
		t.Fatal(err)
	}
	list, more, err := d.List(ctx, "yen-lac", 10)
	if err != nil || more || len(list) != 2 || list[0].Key != "url:1" || list[0].Reason != "trùng lặp" || list[1].Key != "url:2" {
		t.Errorf("%+v %t %v", list, more, err)
	}
	if list, more, err := d.List(ctx, "", 1); err != nil || !more || len(list) != 1 || list[0].Reason != "trùng lặp" {
		t.Errorf("%+v %t %v", list, more, err)
	}
	if list, _, err := d.List(ctx, "khong-co", 10); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
}

// An entry outlives what is remembered of it, and is made again when it is gone.
func TestAnEntryThatIsGoneIsMadeAgain(t *testing.T) {
	ctx, b := open(t)
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	d := dropped.New(b.JS, broker.StreamDropped, broker.SubjectDropped, func() time.Time { return now })
	put := func() {
		t.Helper()
		if err := d.Put(ctx, drop("yen-lac", "url:1", "rao vặt")); err != nil {
			t.Fatal(err)
		}
	}
	put()
	s, err := b.JS.Stream(ctx, broker.StreamDropped)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Purge(ctx); err != nil {
		t.Fatal(err)
	}
	put() // still remembered
	if n := lastSequence(ctx, t, b); n != 1 {
		t.Errorf("published at once again: %d", n)
	}
	now = now.Add(24 * time.Hour)
	put()
	if list, _, err := d.List(ctx, "", 10); err != nil || len(list) != 1 {
		t.Errorf("%+v %v", list, err)
	}
}

func TestManyNodesAndOddSources(t *testing.T) {
	ctx, b := open(t)
	var wg sync.WaitGroup
	for range 4 {
		d := dropped.New(b.JS, broker.StreamDropped, broker.SubjectDropped, nil)
		wg.Go(func() {
			for i := range 50 {
				if err := d.Put(ctx, drop([]string{"a.b >*", "", "đ"}[i%3], fmt.Sprint(i), "r")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	d := dropped.New(b.JS, broker.StreamDropped, broker.SubjectDropped, nil)
	list, more, err := d.List(ctx, "", 1000)
	if err != nil || more || len(list) != 50 || lastSequence(ctx, t, b) != 50 {
		t.Errorf("%d entries of %d messages, %t %v", len(list), lastSequence(ctx, t, b), more, err)
	}
}

// What was refused in a flood is kept whole until it is taken after all.
func TestADropIsRemoved(t *testing.T) {
	ctx, b := open(t)
	drops := dropped.New(b.JS, broker.StreamDropped, broker.SubjectDropped, nil)
	for _, key := range []string{"a", "b"} {
		p := dropped.Drop{Source: "yen-lac", Key: key, List: dropped.ListFlood, Title: "Họp thôn", Article: &feeds.Article{Title: "Họp thôn", ContentHTML: "<p>Tối nay</p>"}}
		if err := drops.Put(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	if err := drops.Remove(ctx, "yen-lac", "a"); err != nil {
		t.Fatal(err)
	}
	list, _, err := drops.List(ctx, "yen-lac", 10)
	if err != nil || len(list) != 1 || list[0].Key != "b" || list[0].Article != nil {
		t.Errorf("%+v %v", list, err)
	}
	err = drops.Each(ctx, "yen-lac", func(d dropped.Drop) error {
		if d.Article == nil || d.Article.ContentHTML != "<p>Tối nay</p>" {
			t.Errorf("%+v", d)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := drops.Put(ctx, dropped.Drop{Source: "yen-lac", Key: "a", List: dropped.ListFlood}); err != nil {
		t.Error(err)
	}
	if list, _, err = drops.List(ctx, "yen-lac", 10); err != nil || len(list) != 2 {
		t.Errorf("it is dropped again: %+v %v", list, err)
	}
}
