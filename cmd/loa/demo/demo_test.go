package demo_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mmcdole/gofeed"
	"go.uber.org/goleak"

	"loa/cmd/loa/demo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var opened = time.Date(2026, 11, 24, 9, 30, 0, 0, time.FixedZone("+07", 7*60*60))

func portal(seed uint64) *demo.Portal {
	return demo.New(demo.Options{Now: func() time.Time { return opened }, Seed: seed})
}

func get(t *testing.T, p *demo.Portal, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTexts(t *testing.T) {
	titles := portal(1).Written()
	if len(titles) < 40 {
		t.Errorf("%d written articles, want 40 or more", len(titles))
	}
	slices.Sort(titles)
	if n := len(slices.Compact(slices.Clone(titles))); n != len(titles) {
		t.Errorf("%d titles, but only %d differ", len(titles), n)
	}
}

func TestTextsAreChecked(t *testing.T) {
	good, err := os.ReadFile("articles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.ParseTexts(good); err != nil {
		t.Fatal(err)
	}
	cases := []struct{ name, from, to, want string }{
		{"a blank that does not exist", "<strong>{{.Ngay 3}}", "<strong>{{.Nagy 3}}", "fill text"},
		{"a blank that is not closed", "<strong>{{.Ngay 3}}", "<strong>{{.Ngay 3", "parse text"},
		{"a unit that is not listed", `unit: "09064"`, `unit: "99999"`, "not listed"},
		{"a key that does not exist", "summary:", "abstract:", "abstract"},
		{"a correction of nothing", "từ 7 giờ 30 đến 11 giờ\n", "từ nửa đêm\n", "does not say"},
		{"no category", "category: Y tế", `category: ""`, "no category"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(string(good), c.from) {
				t.Fatalf("articles.yaml has no %q", c.from)
			}
			err := demo.ParseTexts([]byte(strings.Replace(string(good), c.from, c.to, 1)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that says %q", err, c.want)
			}
		})
	}
}

// TestFeeds reads each feed strictly, and by a reader that is not ours.
func TestFeeds(t *testing.T) {
	p := portal(1)
	sources := p.Sources("")
	if len(sources) != 3 {
		t.Fatalf("%d sources, want 3", len(sources))
	}
	for _, s := range sources {
		t.Run(s.ID, func(t *testing.T) {
			u, err := url.Parse(s.URL)
			if err != nil {
				t.Fatal(err)
			}
			doc := body(t, get(t, p, u.Path))
			if strings.HasSuffix(u.Path, ".json") {
				if !json.Valid([]byte(doc)) {
					t.Error("not valid JSON")
				}
			} else {
				strictXML(t, doc)
			}
			f, err := gofeed.NewParser().ParseString(doc)
			if err != nil {
				t.Fatal(err)
			}
			if f.Title == "" || f.Language != "vi" || len(f.Items) != 8 {
				t.Errorf("title %q, language %q, %d items; want a title, vi, 8", f.Title, f.Language, len(f.Items))
			}
			for i, item := range f.Items {
				if item.Title == "" || item.GUID == "" || item.Description == "" || len(item.Categories) != 1 {
					t.Errorf("item %d: title %q, guid %q, summary %q, categories %q", i, item.Title, item.GUID, item.Description, item.Categories)
				}
				if !strings.Contains(item.Content, "<p>") {
					t.Errorf("item %d has no body: %q", i, item.Content)
				}
				if item.PublishedParsed == nil || item.PublishedParsed.After(opened) || opened.Sub(*item.PublishedParsed) > 8*24*time.Hour {
					t.Errorf("item %d is of %v, not of the last days", i, item.PublishedParsed)
				}
				if i > 0 && item.PublishedParsed.After(*f.Items[i-1].PublishedParsed) {
					t.Errorf("item %d is newer than the one before it", i)
				}
				link, err := url.Parse(item.Link)
				if err != nil || link.Host != "portal.example.vn" {
					t.Fatalf("item %d: link %q: %v", i, item.Link, err)
				}
				r := get(t, p, link.Path)
				if b := body(t, r); r.StatusCode != http.StatusOK || !strings.Contains(b, item.Title) {
					t.Errorf("%s: status %d, or the title is not on the page", link.Path, r.StatusCode)
				}
				for _, e := range item.Enclosures {
					link, err := url.Parse(e.URL)
					if err != nil {
						t.Fatal(err)
					}
					r := get(t, p, link.Path)
					b := body(t, r)
					if r.StatusCode != http.StatusOK || fmt.Sprint(len(b)) != e.Length || !strings.HasPrefix(r.Header.Get("Content-Type"), e.Type) {
						t.Errorf("%s: status %d, %d bytes of %s; the feed says %s of %s", link.Path, r.StatusCode, len(b), r.Header.Get("Content-Type"), e.Length, e.Type)
					}
				}
			}
		})
	}
}

func strictXML(t *testing.T, doc string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(doc))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
	}
}

func TestConditionalGet(t *testing.T) {
	p := portal(1)
	for _, s := range p.Sources("") {
		path := strings.TrimPrefix(s.URL, "http://portal.example.vn")
		first := get(t, p, path)
		tag, modified := first.Header.Get("ETag"), first.Header.Get("Last-Modified")
		if !strings.HasPrefix(tag, `"`) || modified == "" {
			t.Fatalf("%s: ETag %q, Last-Modified %q", path, tag, modified)
		}
		cases := []struct {
			header []string
			want   int
		}{
			{[]string{"If-None-Match", tag}, http.StatusNotModified},
			{[]string{"If-None-Match", `"other"`}, http.StatusOK},
			{[]string{"If-Modified-Since", modified}, http.StatusNotModified},
			{[]string{"If-Modified-Since", opened.Add(-time.Hour).UTC().Format(http.TimeFormat)}, http.StatusOK},
			// The tag decides when both are there (RFC 9110, section 13.2.2).
			{[]string{"If-None-Match", `"other"`, "If-Modified-Since", modified}, http.StatusOK},
		}
		for _, c := range cases {
			if got := get(t, p, path, c.header...).StatusCode; got != c.want {
				t.Errorf("%s %q: status %d, want %d", path, c.header, got, c.want)
			}
		}
	}
}

func TestPages(t *testing.T) {
	p := portal(1)
	index := body(t, get(t, p, "/"))
	if n := strings.Count(index, `href="/tin/`); n != 24 {
		t.Errorf("the index links %d articles, want 24", n)
	}
	for _, path := range []string{"/tin/1", "/tin/x", "/tep/1/x.csv", "/rss/99999.xml", "/other"} {
		if got := get(t, p, path).StatusCode; got != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, got)
		}
	}
}

// event has the fields that are required of article events.
type event struct {
	Action, Unit, Number, URL, Title, Reason, Published, Updated string
	HTML                                                         string `json:"content_html"`
}

// collect runs the portal for n turns in a bubble of its own time.
func collect(t *testing.T, seed uint64, turns int) (p *demo.Portal, events []event) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p = demo.New(demo.Options{Seed: seed, Every: time.Second})
		done := make(chan error)
		go func() {
			done <- p.Run(ctx, func(_ context.Context, unit string, b []byte) error {
				var e event
				if err := json.Unmarshal(b, &e); err != nil {
					t.Errorf("event is not JSON: %v", err)
				}
				if e.Unit != unit {
					t.Errorf("event of %s is published for %s", e.Unit, unit)
				}
				events = append(events, e)
				return nil
			})
		}()
		time.Sleep(time.Duration(turns)*time.Second + time.Millisecond)
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
	})
	return p, events
}

func TestRun(t *testing.T) {
	p, events := collect(t, 7, 300)
	count := map[string]int{}
	known := map[string]bool{}
	for i, e := range events {
		count[e.Action]++
		if e.Unit == "" || e.Number == "" || e.URL == "" {
			t.Fatalf("event %d names no article: %+v", i, e)
		}
		switch e.Action {
		case "published":
			if e.Title == "" || e.HTML == "" || e.Published == "" {
				t.Errorf("event %d lacks title, body or date: %+v", i, e)
			}
			if known[e.Number] {
				t.Errorf("number %s is given twice", e.Number)
			}
			known[e.Number] = true
		case "updated":
			if e.Title == "" || e.HTML == "" || e.Reason == "" || e.Updated < e.Published {
				t.Errorf("event %d lacks title, body, reason or date: %+v", i, e)
			}
		case "withdrawn":
			if e.Reason == "" {
				t.Errorf("event %d gives no reason: %+v", i, e)
			}
			path := strings.TrimPrefix(e.URL, "http://portal.example.vn")
			if r := get(t, p, path); r.StatusCode != http.StatusGone {
				t.Errorf("%s is withdrawn, but its page is %d", path, r.StatusCode)
			}
		default:
			t.Errorf("event %d: action %q", i, e.Action)
		}
	}
	for _, action := range []string{"published", "updated", "withdrawn"} {
		if count[action] == 0 {
			t.Errorf("nothing was %s in 300 turns", action)
		}
	}
	if len(events) >= 300 {
		t.Error("every turn was an event; some articles should be seen in a feed alone")
	}
	for i, e := range events[:3] {
		if e.Action != "published" {
			t.Errorf("event %d is %s; the first three are news", i, e.Action)
		}
	}
}

func TestSeedDecides(t *testing.T) {
	_, a := collect(t, 3, 60)
	_, b := collect(t, 3, 60)
	if d := cmp.Diff(a, b); d != "" {
		t.Errorf("the same seed gave other events (-first +second):\n%s", d)
	}
	_, c := collect(t, 4, 60)
	if cmp.Equal(a, c) {
		t.Error("another seed gave the same events")
	}
}

// TestRetry offers an event again until it is taken, and gives up in the end.
func TestRetry(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		name     string
		failures int
		want     error
	}{
		{"taken at the fifth attempt", 4, context.Canceled},
		{"given up", 5, broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var seen []string
				err := portalNow().Run(ctx, func(_ context.Context, _ string, b []byte) error {
					seen = append(seen, string(b))
					if len(seen) > c.failures {
						cancel()
						return nil
					}
					return broken
				})
				if !errors.Is(err, c.want) {
					t.Errorf("Run returned %v, want %v", err, c.want)
				}
				if n := len(slices.Compact(seen)); n != 1 {
					t.Errorf("%d different events were offered, want one", n)
				}
			})
		})
	}
}

func portalNow() *demo.Portal { return demo.New(demo.Options{}) }

// TestServeWhileRunning is for the race detector.
func TestServeWhileRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p := demo.New(demo.Options{Every: time.Millisecond})
		done := make(chan error)
		go func() { done <- p.Run(ctx, func(context.Context, string, []byte) error { return nil }) }()
		for range 100 {
			for _, s := range p.Sources("") {
				get(t, p, strings.TrimPrefix(s.URL, "http://portal.example.vn"))
			}
			get(t, p, "/")
			time.Sleep(time.Millisecond)
		}
		cancel()
		<-done
	})
}
