package render_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loa/feeds"
	"loa/feeds/render"
)

var update = flag.Bool("update", false, "write the golden files anew")

// feedInput is the layout of testdata/*/input.json; the documents that it gives
// stand beside it.
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
	Summary   bool              `json:"summary"`
	Records   []feeds.Record    `json:"records"`
	// Related has by an article's id those that tell the same.
	Related map[string][]feeds.Record `json:"related"`
}

func loadFeed(t *testing.T, name string) *render.Feed {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name, "input.json"))
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
		Summary: in.Summary, Related: in.Related,
		Query: in.Query, Publisher: in.Publisher, Merged: in.Merged, Retired: in.Retired,
		UnitName: func(code string, _ time.Time) string { return in.Units[code] },
	}
}

func cases(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*/input.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for i, f := range files {
		files[i] = filepath.Base(filepath.Dir(f))
	}
	return files
}

func TestGolden(t *testing.T) {
	for _, name := range cases(t) {
		for _, format := range feeds.Formats {
			t.Run(name+"/"+string(format), func(t *testing.T) {
				got := mustRender(t, loadFeed(t, name), format)
				file := filepath.Join("testdata", name, "feed."+string(format))
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
