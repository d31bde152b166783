package decode_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmcdole/gofeed"

	"loa/ingest/poll/decode"
)

// Whatever gofeed reads by itself, Decode reads too, with no fewer items. The
// documents are gofeed's own tests, in the module cache.
func TestReadsWhatGofeedReads(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/mmcdole/gofeed").Output()
	dir := filepath.Join(strings.TrimSpace(string(out)), "testdata")
	if _, statErr := os.Stat(dir); err != nil || statErr != nil {
		t.Fatalf("the module cache has no gofeed sources: %v, %v", err, statErr)
	}
	read, fewer := 0, 0
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".xml" {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		want, err := gofeed.NewParser().Parse(bytes.NewReader(body))
		if err != nil {
			return nil //nolint:nilerr // what gofeed does not read is no example
		}
		o := options()
		f, err := decode.Decode(body, o)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
			return nil
		}
		read++
		check(t, f, o)
		empty := 0
		for _, fault := range f.Faults {
			if fault.Code == decode.FaultEmptyItem {
				empty++
			}
		}
		if len(f.Items)+empty < len(want.Items) && empty < 10 {
			fewer++
			t.Errorf("%s: %d items, gofeed has %d: %v", filepath.Base(path), len(f.Items), len(want.Items), f.Faults)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d documents", read)
}

// Real feeds of newspapers, facts only.
func TestRealFeeds(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", "feeds")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no real feeds beside the repository")
	}
	for file, tc := range map[string]struct {
		items  int
		faults []string
	}{
		"tuoitre-contract.synthetic.xml":                 {1, nil},
		"vnexpress-2017-07-26-tin-moi-nhat.xml":          {25, nil},
		"vnexpress-2017-11-14-tin-moi-nhat.xml":          {24, []string{decode.FaultEmptyItem}},
		"vnexpress-2017-11-14-chrome-preface.broken.xml": {24, []string{decode.FaultEmptyItem, decode.FaultJunk}},
	} {
		body, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Error(err)
			continue
		}
		f, err := decode.Decode(body, options())
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		check(t, f, options())
		if len(f.Items) != tc.items || len(f.Faults) != len(tc.faults) {
			t.Errorf("%s: %d items, faults %v", file, len(f.Items), f.Faults)
		}
		for _, code := range tc.faults {
			if !hasFault(f, code) {
				t.Errorf("%s: no fault %s", file, code)
			}
		}
		for _, it := range f.Items {
			a := it.Article
			if a.Title == "" || a.URL == "" || !a.Published.Known() || a.Title != strings.TrimSpace(a.Title) {
				t.Errorf("%s: %+v", file, it)
			}
			if _, offset := a.Published.Time.Zone(); offset != 7*3600 {
				t.Errorf("%s: %s", file, a.Published.Time)
			}
		}
	}
}
