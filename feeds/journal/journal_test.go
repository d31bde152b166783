package journal_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/internal/broker"
)

func open(t testing.TB) (context.Context, *broker.Broker, *journal.Journal) {
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
	return ctx, b, journal.New(b.JS, broker.StreamArticles, broker.SubjectArticles, nil)
}

func record(id string, rev int) *feeds.Record {
	return &feeds.Record{
		Format: feeds.RecordFormat, ID: id, Revision: rev, Kind: feeds.Published,
		Article:   feeds.Article{Unit: "09064", Title: "Lịch thu gom rác <tuần> & ngày lễ", ContentHTML: "<p>Thu gom</p>"},
		FirstSeen: time.Date(2026, 11, 20, 8, 0, 0, 0, feeds.Zone),
	}
}

func TestAppendComparesAndRepeats(t *testing.T) {
	ctx, _, j := open(t)
	one, err := j.Append(ctx, record("a", 1), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(ctx, record("a", 2), 0); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("append on an old position: %v", err)
	}
	again, err := j.Append(ctx, record("a", 1), 0)
	if err != nil || again.Position != one.Position {
		t.Errorf("the same append again: %v at %d, want %d", err, again.Position, one.Position)
	}
	two := record("a", 2)
	two.Prev = one.Digest
	if _, err := j.Append(ctx, two, one.Position); err != nil {
		t.Fatal(err)
	}
	revs, err := j.Revisions(ctx, "a")
	if err != nil || len(revs) != 2 || revs[1].Record.Prev != revs[0].Digest {
		t.Fatalf("revisions: %v %v", revs, err)
	}
	if _, err := j.Revisions(ctx, "b"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("revisions of nothing: %v", err)
	}
}

// Many writers race for the same articles; each that is refused reads again.
// Whatever the order, each article's chain must be whole and nothing stored twice.
func TestConcurrentAppendsMakeOneChain(t *testing.T) {
	ctx, _, j := open(t)
	const writers, each = 8, 20
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				for {
					last, err := j.Last(ctx, "x")
					if err != nil && !errors.Is(err, journal.ErrNotFound) {
						t.Error(err)
						return
					}
					r := record("x", last.Record.Revision+1)
					r.Prev = last.Digest
					if _, err = j.Append(ctx, r, last.Position); err == nil {
						break
					}
					if !errors.Is(err, journal.ErrConflict) {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	revs, err := j.Revisions(ctx, "x")
	if err != nil {
		t.Fatal(err)
	}
	prev := ""
	for i, e := range revs {
		if e.Record.Revision != i+1 || e.Record.Prev != prev {
			t.Fatalf("record %d: revision %d, prev %s, want %s", i, e.Record.Revision, e.Record.Prev, prev)
		}
		prev = e.Digest
	}
	// Two writers that decide the same are one record: so at most, and at least one writer's.
	if len(revs) > writers*each || len(revs) < each {
		t.Errorf("%d records", len(revs))
	}
}

func TestReadFollowAndDamage(t *testing.T) {
	ctx, b, j := open(t)
	if end, err := j.Read(ctx, 0, func(journal.Entry, error) error { t.Error("entry in an empty journal"); return nil }); err != nil || end != 0 {
		t.Fatal(end, err)
	}
	for i := range 5 {
		if _, err := j.Append(ctx, record(fmt.Sprint("id", i), 1), 0); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.JS.Publish(ctx, broker.SubjectArticles+".bad", []byte("{")); err != nil {
		t.Fatal(err)
	}
	var got []string
	read := func(e journal.Entry, damaged error) error {
		got = append(got, fmt.Sprint(e.Position, e.Record.ID, errors.Is(damaged, journal.ErrDamaged)))
		return nil
	}
	end, err := j.Read(ctx, 3, read)
	if err != nil || end != 6 {
		t.Fatal(end, err)
	}
	if want := "[3id2false 4id3false 5id4false 6badtrue]"; fmt.Sprint(got) != want {
		t.Errorf("read %v, want %s", got, want)
	}
	stop := errors.New("enough")
	go func() { _, _ = j.Append(ctx, record("new", 1), 0) }()
	err = j.Follow(ctx, 7, func(e journal.Entry, _ error) error {
		if e.Record.ID != "new" {
			t.Error(e.Record.ID)
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Error(err)
	}
	s, err := j.State(ctx)
	if err != nil || s.Last != 7 || s.First != 1 || s.Created.IsZero() {
		t.Error(s, err)
	}
}
