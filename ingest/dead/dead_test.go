package dead_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"loa/ingest/dead"
	"loa/internal/broker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type world struct {
	t       *testing.T
	ctx     context.Context
	b       *broker.Broker
	letters *dead.Letters
	n       uint64
}

func newWorld(t *testing.T) *world {
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
	return &world{t: t, ctx: ctx, b: b, letters: dead.New(b.JS, broker.StreamDead, broker.SubjectDead)}
}

func (w *world) put(code, unit, body string) {
	w.t.Helper()
	w.n++
	err := w.letters.Put(w.ctx, dead.Letter{
		Code: code, Reason: "vì " + code, Stream: broker.StreamEvents, Sequence: w.n, Subject: broker.SubjectEvents + "." + unit,
		Attempts: 1, Stored: time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC), Bytes: []byte(body),
		Header: map[string][]string{"Content-Type": {"application/json"}, "Ce-Id": {"a", "b"}, "loa-dead-code": {"giả"}, "Nats-TTL": {"1s"}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) list(f dead.Filter, limit int) (ids []uint64, more bool) {
	w.t.Helper()
	list, more, err := w.letters.List(w.ctx, f, limit)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, l := range list {
		if l.Bytes != nil {
			w.t.Errorf("letter %d of a list has bytes", l.ID)
		}
		ids = append(ids, l.ID)
	}
	return ids, more
}

func TestGetIsWhatWasPut(t *testing.T) {
	w := newWorld(t)
	w.put("no-title", "09025", "\x00\xff")
	l, err := w.letters.Get(w.ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if l.ID != 1 || l.Code != "no-title" || l.Reason != "vì no-title" || l.Stream != broker.StreamEvents || l.Sequence != 1 || l.Unit() != "09025" ||
		l.Attempts != 1 || !l.Stored.Equal(time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)) || l.Refused.IsZero() || string(l.Bytes) != "\x00\xff" || l.Size != 2 {
		t.Errorf("%+v", l)
	}
	if want := map[string][]string{"Content-Type": {"application/json"}, "Ce-Id": {"a", "b"}}; !reflect.DeepEqual(l.Header, want) {
		t.Errorf("headers %v, want %v", l.Header, want)
	}
	for _, id := range []uint64{0, 2, 1 << 40} {
		if _, err := w.letters.Get(w.ctx, id); !errors.Is(err, dead.ErrNotFound) {
			t.Errorf("letter %d: %v", id, err)
		}
		if err := w.letters.Drop(w.ctx, id); !errors.Is(err, dead.ErrNotFound) {
			t.Errorf("drop %d: %v", id, err)
		}
		if _, err := w.letters.Replay(w.ctx, id); !errors.Is(err, dead.ErrNotFound) {
			t.Errorf("replay %d: %v", id, err)
		}
	}
}

func TestListFiltersAndBounds(t *testing.T) {
	w := newWorld(t)
	if ids, more := w.list(dead.Filter{}, 10); len(ids) != 0 || more {
		t.Errorf("an empty stream lists %v", ids)
	}
	for i := range 9 {
		w.put([]string{"no-title", "not-json", "bad-unit"}[i%3], []string{"09025", "09043"}[i%2], fmt.Sprint(i))
	}
	if err := w.letters.Drop(w.ctx, 5); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name  string
		f     dead.Filter
		limit int
		want  []uint64
		more  bool
	}{
		{"all, newest first", dead.Filter{}, 100, []uint64{9, 8, 7, 6, 4, 3, 2, 1}, false},
		{"exactly as many", dead.Filter{}, 8, []uint64{9, 8, 7, 6, 4, 3, 2, 1}, false},
		{"the newest two", dead.Filter{}, 2, []uint64{9, 8}, true},
		{"of a code", dead.Filter{Code: "no-title"}, 100, []uint64{7, 4, 1}, false},
		{"of a code and a unit", dead.Filter{Code: "no-title", Unit: "09025"}, 100, []uint64{7, 1}, false},
		{"of a unit", dead.Filter{Unit: "09043"}, 1, []uint64{8}, true},
		{"of a code that is none", dead.Filter{Code: "khong-co"}, 100, nil, false},
		{"of a code that is no token", dead.Filter{Code: "a.b >"}, 100, nil, false},
		{"since long ago", dead.Filter{Since: time.Now().Add(-time.Hour)}, 100, []uint64{9, 8, 7, 6, 4, 3, 2, 1}, false},
		{"since tomorrow", dead.Filter{Since: time.Now().Add(24 * time.Hour)}, 100, nil, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if ids, more := w.list(c.f, c.limit); !slices.Equal(ids, c.want) || more != c.more {
				t.Errorf("%v, more %t; want %v, %t", ids, more, c.want, c.more)
			}
		})
	}
	// The last letter of the stream is gone: reading must not wait for it.
	if err := w.letters.Drop(w.ctx, 9); err != nil {
		t.Fatal(err)
	}
	if ids, _ := w.list(dead.Filter{}, 1); !slices.Equal(ids, []uint64{8}) {
		t.Errorf("newest is %v", ids)
	}
	ids, err := w.letters.IDs(w.ctx, dead.Filter{Code: "not-json"})
	if err != nil || !slices.Equal(ids, []uint64{2, 8}) {
		t.Errorf("%v %v", ids, err)
	}
	if _, _, err := w.letters.List(w.ctx, dead.Filter{}, 0); err == nil {
		t.Error("a limit of 0 is taken")
	}
	stop := errors.New("enough")
	if err := w.letters.Each(w.ctx, dead.Filter{}, func(l dead.Letter) error {
		if string(l.Bytes) != "0" {
			t.Errorf("%q", l.Bytes)
		}
		return stop
	}); !errors.Is(err, stop) {
		t.Error(err)
	}
}

func TestReplaySendsAgainThenRemoves(t *testing.T) {
	w := newWorld(t)
	w.put("gave-up", "09025", `{"unit":"09025"}`)
	seq, err := w.letters.Replay(w.ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	s, err := w.b.JS.Stream(w.ctx, broker.StreamEvents)
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.GetMsg(w.ctx, seq)
	if err != nil {
		t.Fatal(err)
	}
	if m.Subject != "loa.events.09025" || string(m.Data) != `{"unit":"09025"}` || !reflect.DeepEqual(m.Header, nats.Header{"Content-Type": {"application/json"}, "Ce-Id": {"a", "b"}}) {
		t.Errorf("%s %q %v", m.Subject, m.Data, m.Header)
	}
	if _, err := w.letters.Get(w.ctx, 1); !errors.Is(err, dead.ErrNotFound) {
		t.Errorf("the letter is there still: %v", err)
	}
	if _, err := w.letters.Replay(w.ctx, 1); !errors.Is(err, dead.ErrNotFound) {
		t.Errorf("replayed twice: %v", err)
	}
}

// A letter is removed only after its message is stored: where nobody stores it,
// it stays.
func TestReplayThatIsNotStoredKeepsTheLetter(t *testing.T) {
	w := newWorld(t)
	for _, subject := range []string{"", "loa.events.>", "nobody.listens.here"} {
		w.n++
		if err := w.letters.Put(w.ctx, dead.Letter{Code: "x", Subject: subject, Sequence: w.n, Stream: "S"}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(w.ctx, 5*time.Second)
		_, err := w.letters.Replay(ctx, w.n)
		cancel()
		if err == nil {
			t.Errorf("subject %q: no error", subject)
		}
		if _, err := w.letters.Get(w.ctx, w.n); err != nil {
			t.Errorf("subject %q: %v", subject, err)
		}
	}
}

func TestJSONGoesBothWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := dead.Letter{
			ID: rapid.Uint64().Draw(t, "id"), Code: rapid.String().Draw(t, "code"), Reason: rapid.String().Draw(t, "reason"),
			Subject: "loa.events." + rapid.StringMatching(`[0-9]{5}`).Draw(t, "unit"), Attempts: 3, Sequence: 7, Stream: "LOA_EVENTS",
			Stored: time.Unix(1e9, 5).UTC(), Refused: time.Unix(2e9, 0).UTC(),
			Header: map[string][]string{"A": {"1", "2"}}, Bytes: rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"),
		}
		l.Size = len(l.Bytes)
		b, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		var back dead.Letter
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(back, l) {
			t.Fatalf("%+v\n%+v", back, l)
		}
	})
	if err := json.Unmarshal([]byte(`{"base64":"!"}`), &dead.Letter{}); err == nil {
		t.Error("bad base64 is taken")
	}
}

func TestBack(t *testing.T) {
	w := newWorld(t)
	always := func() bool { return true }
	read := func(f dead.Filter, stretch uint64, goOn func() bool) (ids []uint64) {
		t.Helper()
		if err := w.letters.Back(w.ctx, f, stretch, goOn, func(l dead.Letter) error {
			if l.Bytes == nil {
				t.Errorf("letter %d has no bytes", l.ID)
			}
			ids = append(ids, l.ID)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return ids
	}
	if ids := read(dead.Filter{}, 3, always); ids != nil {
		t.Errorf("an empty stream has %v", ids)
	}
	for i := range 9 {
		w.put([]string{"no-title", "not-json"}[i%2], []string{"09025", "09043"}[i/5], fmt.Sprint(i))
	}
	for _, id := range []uint64{1, 4, 5, 9} {
		if err := w.letters.Drop(w.ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		stretch uint64
		want    []uint64
	}{
		{1, []uint64{8, 7, 6, 3, 2}}, {2, []uint64{8, 6, 7, 2, 3}}, {3, []uint64{7, 8, 6, 2, 3}}, {8, []uint64{2, 3, 6, 7, 8}},
		{9, []uint64{2, 3, 6, 7, 8}}, {math.MaxUint64, []uint64{2, 3, 6, 7, 8}}, {0, []uint64{8, 7, 6, 3, 2}},
	} {
		if ids := read(dead.Filter{}, c.stretch, always); !slices.Equal(ids, c.want) {
			t.Errorf("in stretches of %d: %v, want %v", c.stretch, ids, c.want)
		}
	}
	if ids := read(dead.Filter{}, 3, func() bool { return false }); !slices.Equal(ids, []uint64{7, 8}) {
		t.Errorf("the newest stretch alone: %v", ids)
	}
	if ids := read(dead.Filter{Code: "not-json", Unit: "09043"}, 2, always); !slices.Equal(ids, []uint64{8, 6}) {
		t.Errorf("of a code and a unit: %v", ids)
	}
	stop := errors.New("enough")
	if err := w.letters.Back(w.ctx, dead.Filter{}, 2, always, func(dead.Letter) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
}
