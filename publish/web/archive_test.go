package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"loa/feeds"
	"loa/publish/web"
)

var (
	prevLink = map[string]*regexp.Regexp{
		"atom": regexp.MustCompile(`<link href="https://tin\.example\.vn([^"]+)" rel="prev-archive"`),
		"rss":  regexp.MustCompile(`<atom:link href="https://tin\.example\.vn([^"]+)" rel="prev-archive"`),
		"json": regexp.MustCompile(`"next_url":"https://tin\.example\.vn([^"]+)"`),
	}
	itemID = regexp.MustCompile(`article/(bai-\d+)`)
)

// walk reads a feed and its archives back to the first, and returns the documents
// by their addresses.
func walk(t *testing.T, s *web.Server, path string) map[string]string {
	t.Helper()
	format := path[strings.LastIndexByte(path, '.')+1:]
	out := map[string]string{}
	for path != "" {
		if _, again := out[path]; again {
			t.Fatalf("%s twice", path)
		}
		r := get(s, path)
		if r.Code != http.StatusOK {
			t.Fatalf("%s: %d", path, r.Code)
		}
		out[path] = r.Body.String()
		m := prevLink[format].FindStringSubmatch(out[path])
		if path = ""; m != nil {
			path = m[1]
		}
	}
	return out
}

// A portal has everything by walking back over plain HTTP, in every format;
// archives are the same bytes for ever, but for what is withdrawn.
func TestWalkingBack(t *testing.T) {
	w := newWorld(t)
	o := w.options()
	o.Items = 6
	s := serverOf(t, o)
	var all []string
	at := time.Date(2026, time.January, 20, 8, 0, 0, 0, feeds.Zone)
	put := func(n int) {
		for range n {
			at = at.Add(5 * time.Hour)
			r := article(fmt.Sprint("bai-", len(all)), "09025", "Tin tức", fmt.Sprintf("Tin số %d", len(all)))
			r.FirstSeen, r.Changed = at, at
			r.Article.Published.Time = at.AddDate(0, 0, -(len(all)*7)%40) // in no order
			all = append(all, r.ID)
			w.put(r)
		}
	}
	put(73)
	sealed := map[string]string{}
	for _, format := range []string{"atom", "rss", "json"} {
		docs := walk(t, s, "/feeds/units/09025."+format)
		if len(docs) < 15 {
			t.Errorf("%s: %d documents", format, len(docs))
		}
		var ids []string
		for path, doc := range docs {
			for _, m := range itemID.FindAllStringSubmatch(doc, -1) {
				if !slices.Contains(ids, m[1]) {
					ids = append(ids, m[1])
				}
			}
			if strings.Contains(path, "/archive/") {
				sealed[path] = doc
			}
		}
		if len(ids) != len(all) {
			t.Errorf("%s: %d articles, want %d", format, len(ids), len(all))
		}
	}
	put(20)
	changed := article("bai-3", "09025", "Tin tức", "Tin số 3")
	changed.Revision, changed.Kind, changed.Article.Title = 2, feeds.Updated, "Tin số 3, đã sửa"
	changed.Changed, changed.Provenance.ReceivedAt = at, at
	w.put(changed)
	fresh := serverOf(t, o)
	for path, doc := range sealed {
		for _, s := range []*web.Server{s, fresh} {
			if got := get(s, path).Body.String(); got != doc {
				t.Errorf("%s changed", path)
			}
		}
	}
	if !strings.Contains(get(s, "/feeds/units/09025.atom").Body.String(), "Tin số 3, đã sửa") {
		t.Error("the document does not tell of the revision")
	}
	gone := changed
	gone.Revision, gone.Kind = 3, feeds.Withdrawn
	gone.Withdrawal = &feeds.Withdrawal{Time: at.Add(time.Hour), Reason: "Sai địa điểm"}
	w.put(gone)
	for path, doc := range sealed {
		got := get(s, path).Body.String()
		if has := strings.Contains(doc, "Tin số 3<") || strings.Contains(doc, `"Tin số 3"`); has == (got == doc) {
			t.Errorf("%s: has the article: %v, changed: %v", path, has, got != doc)
		}
		if strings.Contains(got, "Tin số 3, theo") {
			t.Errorf("%s keeps the text of what was withdrawn", path)
		}
	}
	atom := get(s, "/feeds/units/09025.atom").Body.String()
	if !strings.Contains(atom, `<at:deleted-entry ref="tag:tin.example.vn,2026:article/bai-3"`) {
		t.Error("no tombstone in the document")
	}
	if r := get(s, "/articles/bai-3"); r.Code != http.StatusGone || !strings.Contains(r.Body.String(), "Sai địa điểm") || !strings.Contains(r.Body.String(), "Xã Yên Lạc") {
		t.Errorf("the page: %d %s", r.Code, r.Body)
	}
}
