package render_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mmcdole/gofeed"

	"loa/feeds"
	"loa/feeds/render"
)

var update = flag.Bool("update", false, "write the golden files anew")

// feedInput is the layout of testdata/*.input.json.
type feedInput struct {
	Authority string            `json:"authority"`
	BaseURL   string            `json:"base_url"`
	Selector  string            `json:"selector"`
	Title     string            `json:"title"`
	Subtitle  string            `json:"subtitle"`
	Hubs      []string          `json:"hubs"`
	Generator string            `json:"generator"`
	Units     map[string]string `json:"units"`
	Archive   render.Archive    `json:"archive"`
	Query     string            `json:"query"`
	Publisher string            `json:"publisher"`
	Merged    bool              `json:"merged"`
	Retired   *render.Retired   `json:"retired"`
	Records   []feeds.Record    `json:"records"`
}

func loadFeed(t *testing.T, name string) *render.Feed {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".input.json"))
	if err != nil {
		t.Fatal(err)
	}
	var in feedInput
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		t.Fatalf("decode %s: %v", name, err)
	}
	sel, err := feeds.ParseSelector(in.Selector)
	if err != nil {
		t.Fatal(err)
	}
	return &render.Feed{
		Authority: in.Authority, BaseURL: in.BaseURL, Selector: sel,
		Title: in.Title, Subtitle: in.Subtitle, Hubs: in.Hubs, Generator: in.Generator,
		Records: in.Records, Archive: in.Archive,
		Query: in.Query, Publisher: in.Publisher, Merged: in.Merged, Retired: in.Retired,
		UnitName: func(code string, _ time.Time) string { return in.Units[code] },
	}
}

func cases(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.input.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(filepath.Base(f), ".input.json")
	}
	return files
}

func TestGolden(t *testing.T) {
	for _, name := range cases(t) {
		for _, format := range feeds.Formats {
			t.Run(name+"/"+string(format), func(t *testing.T) {
				got := mustRender(t, loadFeed(t, name), format)
				file := filepath.Join("testdata", name+"."+string(format))
				if *update {
					if err := os.WriteFile(file, got, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(string(want), string(got)); d != "" {
					t.Errorf("%s differs from its golden file; raise render.Version with -update (-want +got):\n%s", file, d)
				}
			})
		}
	}
}

// An independent reader sees the same articles in all three formats.
func TestReadBackByGofeed(t *testing.T) {
	for _, name := range cases(t) {
		t.Run(name, func(t *testing.T) {
			f := loadFeed(t, name)
			var shown []feeds.Record
			for _, r := range f.Records {
				if !r.IsWithdrawn() {
					shown = append(shown, r)
				}
			}
			for _, format := range feeds.Formats {
				feed, err := gofeed.NewParser().Parse(bytes.NewReader(mustRender(t, f, format)))
				if err != nil {
					t.Fatalf("%s: %v", format, err)
				}
				if want := render.Line(f.Title); feed.Title != want {
					t.Errorf("%s: title %q, want %q", format, feed.Title, want)
				}
				if feed.Language != "vi" {
					t.Errorf("%s: language %q", format, feed.Language)
				}
				query := ""
				if f.Query != "" {
					query = "?" + f.Query
				}
				if !strings.HasSuffix(feed.FeedLink, "."+string(format)+query) {
					t.Errorf("%s: feed link %q", format, feed.FeedLink)
				}
				if want := f.BaseURL + "/feeds/" + render.Escape(f.Selector.Path()) + query; feed.Link != want {
					t.Errorf("%s: link %q, want %q", format, feed.Link, want)
				}
				if len(feed.Items) != len(shown) {
					t.Fatalf("%s: %d items, want %d", format, len(feed.Items), len(shown))
				}
				for i, it := range feed.Items {
					r := &shown[i]
					if want := render.ArticleID(f.Authority, r.ID); it.GUID != want {
						t.Errorf("%s: id %q, want %q", format, it.GUID, want)
					}
					if want := render.Line(r.Article.Title); it.Title != want {
						t.Errorf("%s: title %q, want %q", format, it.Title, want)
					}
					if it.PublishedParsed == nil || it.PublishedParsed.Unix() != r.PublishedAt().Unix() {
						t.Errorf("%s: published %v, want %v", format, it.PublishedParsed, r.PublishedAt())
					}
					if format != feeds.RSS && (it.UpdatedParsed == nil || it.UpdatedParsed.Unix() != r.Changed.Unix()) {
						t.Errorf("%s: updated %v, want %v", format, it.UpdatedParsed, r.Changed)
					}
					want := render.Clean(r.Article.ContentHTML)
					if want != "" && strings.TrimSpace(it.Content) != strings.TrimSpace(want) {
						t.Errorf("%s: content %q, want %q", format, it.Content, want)
					}
				}
			}
		})
	}
}
