package push_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/feeds/library"
	"loa/ingest"
	"loa/ingest/dead"
	"loa/ingest/events"
	"loa/ingest/push"
	"loa/internal/broker"
	"loa/internal/cache"
)

// path is the whole way from the door to the library, on an embedded broker.
type path struct {
	ctx  context.Context
	b    *broker.Broker
	j    *journal.Journal
	l    *library.Library
	push *push.Handler
}

func openPath(t *testing.T) *path {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	b, err := broker.Open(ctx, broker.Options{Dir: t.TempDir(), Sync: broker.SyncSecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if err := b.Declare(ctx); err != nil {
		t.Fatal(err)
	}
	w := &path{ctx: ctx, b: b, j: journal.New(b.JS, broker.StreamArticles, broker.SubjectArticles, nil)}
	if w.l, err = library.Open(filepath.Join(t.TempDir(), "library.db"), library.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := w.l.Prepare(ctx, w.j); err != nil {
		t.Fatal(err)
	}
	c, err := cache.NewMemory(cache.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	w.push = push.New(b.JS, c, push.Options{Subject: broker.SubjectEvents})
	door := events.New(b.JS, ingest.New(w.j, w.l, ingest.Options{}), dead.New(b.JS, broker.StreamDead, broker.SubjectDead),
		events.Options{Stream: broker.StreamEvents, Consumer: "ingest", Workers: 8})
	run, stop := context.WithCancel(ctx)
	done := make(chan error, 2)
	go func() { done <- w.l.Run(run, w.j) }()
	go func() { done <- door.Run(run) }()
	t.Cleanup(func() { stop(); <-done; <-done; _ = w.l.Close() })
	return w
}

// send posts a request, and demands that it is taken.
func (w *path) send(t *rapid.T, method, target, media, key, body string) {
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	req.Header.Set("Content-Type", media)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res := httptest.NewRecorder()
	w.push.ServeHTTP(res, req)
	if res.Code != http.StatusAccepted && res.Code != http.StatusOK || strings.Contains(res.Body.String(), "problem") {
		t.Fatalf("%s %s: %d %s", method, body, res.Code, res.Body)
	}
}

// settle waits until every event was taken and the library has it.
func (w *path) settle(t *rapid.T) {
	events, err := w.b.JS.Stream(w.ctx, broker.StreamEvents)
	if err != nil {
		t.Fatal(err)
	}
	i, err := events.Info(w.ctx)
	if err != nil {
		t.Fatal(err)
	}
	for {
		c, err := w.b.JS.Consumer(w.ctx, broker.StreamEvents, "ingest")
		if err == nil && c.CachedInfo().AckFloor.Stream >= i.State.LastSeq {
			break
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-w.ctx.Done():
			t.Fatal("events are never taken")
		}
	}
	s, err := w.j.State(w.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.l.WaitFor(w.ctx, s.Last); err != nil {
		t.Fatal(err)
	}
}

// seen is what readers see of the article of that number.
func (w *path) seen(t *rapid.T, unit, number string) string {
	f, err := w.l.Feed(w.ctx, "units/"+unit, 10000)
	if errors.Is(err, library.ErrNotFound) { // nothing was ever published, as when the first draw only withdraws
		return nothing
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range f.Records {
		if r.Article.Number == number {
			return fmt.Sprintln(r.Article.Title, r.Article.ContentHTML, r.Article.Category, r.Article.Updated.Time.UTC())
		}
	}
	return nothing
}

const nothing = "(nothing)"

// Events that come late, again and in any order end in the same articles, by
// whatever way they come through the door (invariant 3 of the architecture).
func TestAnyOrderThroughTheDoorEndsTheSame(t *testing.T) {
	w := openPath(t)
	var round, shown int
	t0 := time.Date(2026, 11, 20, 8, 0, 0, 0, feeds.Zone)
	rapid.Check(t, func(t *rapid.T) {
		round++
		type change struct {
			key  string
			body map[string]any
		}
		var changes []change
		n := rapid.IntRange(1, 5).Draw(t, "changes")
		// Each has an instant of its own: of two changes of one instant the later
		// arrival is the newer, as docs/events.md says.
		when := rapid.Permutation([]int{0, 1, 2, 3, 4}).Draw(t, "when")
		for i := range n {
			at := t0.Add(time.Duration(when[i]) * time.Minute).Format(time.RFC3339)
			body := map[string]any{"unit": "09025", "updated": at}
			switch rapid.IntRange(0, 4).Draw(t, "kind") {
			case 0:
				body = map[string]any{"specversion": "1.0", "id": fmt.Sprint(i), "source": "/cms", "type": "article.withdrawn", "time": at,
					"data": map[string]any{"unit": "09025"}}
			case 1, 2:
				body["action"], body["title"] = "published", rapid.SampledFrom([]string{"Họp thôn", "Họp xóm"}).Draw(t, "title")
			default:
				body["action"], body["title"] = "updated", rapid.SampledFrom([]string{"Họp thôn", "Họp xóm"}).Draw(t, "title")
				body["content_text"] = rapid.SampledFrom([]string{"Tối thứ Sáu.", "Tối thứ Bảy."}).Draw(t, "text")
			}
			changes = append(changes, change{fmt.Sprint("k", round, "-", i), body})
		}
		run := func(number string, list []change) {
			for rest := list; len(rest) > 0; {
				k := rapid.IntRange(1, len(rest)).Draw(t, "together")
				var lines []string
				for _, c := range rest[:k] {
					at := c.body
					if d, ok := at["data"].(map[string]any); ok {
						at = d
					}
					at["number"] = number
					b, err := json.Marshal(c.body)
					if err != nil {
						t.Fatal(err)
					}
					lines = append(lines, string(b))
				}
				key := ""
				if k == 1 && rapid.Bool().Draw(t, "with a key") {
					key = rest[0].key + number
				}
				switch {
				case k > 1:
					w.send(t, http.MethodPost, push.Path, "application/x-ndjson", "", strings.Join(lines, "\n"))
				case rest[0].body["data"] == nil && rapid.Bool().Draw(t, "by number"):
					w.send(t, http.MethodPut, push.Path+"/"+number, "application/json", key, lines[0])
				default:
					key = "" // PUT of the same change may have had it
					w.send(t, http.MethodPost, push.Path, "application/json", key, lines[0])
				}
				rest = rest[k:]
			}
		}
		one, two := fmt.Sprint(round, "a"), fmt.Sprint(round, "b")
		run(one, changes)
		again := slices.Concat(changes, changes[:rapid.IntRange(0, n).Draw(t, "repeats")])
		run(two, rapid.Permutation(again).Draw(t, "order"))
		w.settle(t)
		if a, b := w.seen(t, "09025", one), w.seen(t, "09025", two); a != b {
			t.Fatalf("one order gives %s\nanother %s", a, b)
		} else if a != nothing {
			shown++
		}
	})
	if shown == 0 {
		t.Error("no article was ever seen")
	}
}
