package explain_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"loa/feeds"
	"loa/feeds/explain"
	"loa/feeds/journal"
	"loa/feeds/library"
)

// book is a journal in memory that the library has read.
type book struct {
	entries []journal.Entry
	lib     *library.Library
}

func (b *book) Revisions(_ context.Context, id string) ([]journal.Entry, error) {
	var out []journal.Entry
	for _, e := range b.entries {
		if e.Record.ID == id {
			out = append(out, e)
		}
	}
	if id == "damaged" {
		return out, journal.ErrDamaged
	}
	return out, nil
}

var at = time.Date(2026, 11, 20, 8, 0, 0, 0, feeds.Zone)

func newBook(t *testing.T, records ...feeds.Record) *book {
	t.Helper()
	l, err := library.Open(filepath.Join(t.TempDir(), "library.db"), library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	b := &book{lib: l}
	for i, r := range records {
		r.Format = feeds.RecordFormat
		raw, err := journal.Encode(&r)
		if err != nil {
			t.Fatal(err)
		}
		b.entries = append(b.entries, journal.Entry{Position: uint64(i + 1), Record: r, Bytes: raw, Digest: journal.Digest(raw)})
	}
	if err := l.Apply(t.Context(), b.entries); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *book) ask(t *testing.T, q explain.Question) explain.Answer {
	t.Helper()
	if q.Items == 0 {
		q.Items = 2
	}
	a, err := explain.Explain(t.Context(), b, b.lib, q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func record(id, title string, minute int, keys ...string) feeds.Record {
	return feeds.Record{
		ID: id, Revision: 1, Kind: feeds.Published, Keys: keys, Channels: []feeds.Door{feeds.DoorEvent}, FirstSeen: at, Changed: at,
		Article:    feeds.Article{Unit: "09064", Title: title, Published: feeds.Date{Time: at.Add(time.Duration(minute) * time.Minute), Precision: feeds.Minute}},
		Version:    feeds.Version{Authority: feeds.AuthorityEvent, Time: at, Arrived: at},
		Provenance: feeds.Provenance{Door: feeds.DoorEvent, EventID: "7", ReceivedAt: at.Add(time.Hour)},
	}
}

func TestHistoryAndPlaces(t *testing.T) {
	one := record("a", "Họp thôn", 1, "url://example.vn/1")
	two := one
	two.Revision, two.Kind, two.Article.Title, two.Article.ContentHTML = 2, feeds.Updated, "Họp thôn Đông", "<p>Mới</p>"
	two.Version.Time = at.Add(time.Minute)
	three := two
	three.Kind, three.Channels, three.Keys = feeds.Alias, []feeds.Door{feeds.DoorEvent, feeds.DoorPoll}, []string{"guid:lien-chau:x", "url://example.vn/1"}
	three.Provenance = feeds.Provenance{Door: feeds.DoorPoll, Source: "lien-chau", ReceivedAt: at.Add(2 * time.Hour)}
	b := newBook(t, one, two, three, record("b", "B", 2, "k:b"), record("c", "C", 3, "k:c"))

	a := b.ask(t, explain.Question{Text: "?", Keys: []string{"k:none", "guid:lien-chau:x"}, Items: 3})
	if !a.Known || a.Query != "?" || len(a.Articles) != 1 {
		t.Fatalf("%+v", a)
	}
	x := a.Articles[0]
	if x.ID != "a" || x.Revision != 2 || x.Title != "Họp thôn Đông" || len(x.Keys) != 2 || x.Hidden != "" {
		t.Errorf("%+v", x)
	}
	if want := []explain.Place{{Path: "all", Rank: 3, Of: 3, Shown: true}, {Path: "units/09064", Rank: 3, Of: 3, Shown: true}}; !slices.Equal(x.Feeds, want) {
		t.Errorf("places %+v", x.Feeds)
	}
	if len(x.Records) != 3 || fmt.Sprint(x.Records[1].Changes) != "[{title Họp thôn Họp thôn Đông} {content  }]" ||
		fmt.Sprint(x.Records[2].Changes) != "[{keys  guid:lien-chau:x} {channels event event, poll}]" || x.Records[2].Source != "lien-chau" {
		t.Errorf("%+v", x.Records)
	}
	if len(x.Channels) != 2 || x.Channels[0].Door != feeds.DoorEvent || *x.Channels[0].Delay != 59*60 || x.Channels[1].Source != "lien-chau" || *x.Channels[1].Delay != 119*60 {
		t.Errorf("%+v", x.Channels)
	}
	// Below those that are shown.
	if x := b.ask(t, explain.Question{ID: "a", Items: 2}).Articles[0]; x.Hidden != "below the newest 2 of each feed" || x.Feeds[0].Shown {
		t.Errorf("%+v", x)
	}
	if a := b.ask(t, explain.Question{ID: "khong", Keys: []string{"k:none"}, Document: "1-QD-UBND"}); a.Known || len(a.Articles) != 0 || a.Document != nil {
		t.Errorf("%+v", a)
	}
}

func TestWithdrawnAndJoined(t *testing.T) {
	w := record("w", "Nhầm", 1, "k:w")
	gone := w
	gone.Revision, gone.Kind = 2, feeds.Withdrawn
	gone.Withdrawal = &feeds.Withdrawal{Time: at.Add(time.Hour), Reason: "đăng nhầm"}
	first, second := record("x", "Một", 1, "k:x"), record("y", "Một", 1, "k:y")
	joins := second
	joins.Kind, joins.Keys = feeds.Alias, []string{"k:x", "k:y"}
	b := newBook(t, w, gone, first, second, joins)
	x := b.ask(t, explain.Question{ID: "w"}).Articles[0]
	if x.Hidden != "withdrawn: đăng nhầm" || len(x.Feeds) != 0 || x.Records[1].Reason != "đăng nhầm" || x.Withdrawn == nil {
		t.Errorf("%+v", x)
	}
	a := b.ask(t, explain.Question{ID: "y", Keys: []string{"k:x", "k:y"}})
	if len(a.Articles) != 1 {
		t.Fatalf("%d articles", len(a.Articles))
	}
	if x := a.Articles[0]; x.ID != "x" || x.AskedAs != "y" || !slices.Equal(x.Joined, []string{"y"}) || len(x.Records) != 3 || x.Feeds[0].Of != 1 {
		t.Errorf("%+v", x)
	}
}

func TestDocument(t *testing.T) {
	cites, publishes := record("c", "Theo nghị quyết", 1, "k:c"), record("p", "Nghị quyết", 2, "k:p")
	cites.Article.Citations = []feeds.Citation{{Type: "NQ", Number: "19", Symbol: "NQ/TW", Document: "19-NQ-TW"}}
	publishes.Article.Citations = []feeds.Citation{{Type: "NQ", Number: "19", Symbol: "NQ/TW", Document: "19-NQ-TW", Publishes: true}}
	d := newBook(t, cites, publishes).ask(t, explain.Question{Document: "19-NQ-TW"}).Document
	if d == nil || len(d.Publishes) != 1 || d.Publishes[0].ID != "p" || len(d.Cites) != 1 || d.Cites[0].ID != "c" {
		t.Errorf("%+v", d)
	}
}

func TestDamageIsSaid(t *testing.T) {
	b := newBook(t, record("damaged", "Hỏng", 1, "k"))
	if x := b.ask(t, explain.Question{ID: "damaged"}).Articles[0]; x.Damage == "" || x.Title != "Hỏng" {
		t.Errorf("%+v", x)
	}
}

// A date that says only its day tells no delay.
func TestDayHasNoDelay(t *testing.T) {
	r := record("d", "Ngày", 0, "k")
	r.Article.Published.Precision = feeds.Day
	if x := newBook(t, r).ask(t, explain.Question{ID: "d"}).Articles[0]; x.Channels[0].Delay != nil || x.Precision != "day" {
		t.Errorf("%+v", x)
	}
}

func TestErrorsOfTheLibrary(t *testing.T) {
	b := newBook(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := explain.Explain(ctx, b, b.lib, explain.Question{ID: "a"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := b.lib.Joined(t.Context(), "a"); !errors.Is(err, library.ErrNotFound) {
		t.Error(err)
	}
	if _, err := b.lib.Places(t.Context(), "a"); !errors.Is(err, library.ErrNotFound) {
		t.Error(err)
	}
}

// A correction is one where its publisher says so, and an alias says nothing.
func TestCorrection(t *testing.T) {
	one := record("a", "Lịch tiêm phòng", 1, "k:a")
	two := one
	two.Revision, two.Kind, two.Reason = 2, feeds.Updated, "sai ngày tiêm"
	three := two
	three.Kind, three.Keys = feeds.Alias, []string{"k:a", "k:b"}
	four := two
	four.Revision, four.Reason, four.Article.Summary = 3, "", "Thêm địa điểm"
	five := four
	five.Revision, five.Article.Title = 4, "Đính chính: Lịch tiêm phòng"
	var got []bool
	for _, r := range newBook(t, one, two, three, four, five).ask(t, explain.Question{ID: "a"}).Articles[0].Records {
		got = append(got, r.Correction)
	}
	if want := []bool{false, true, false, false, true}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
