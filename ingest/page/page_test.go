package page_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loa/ingest/page"
)

var update = flag.Bool("update", false, "write the golden files anew")

var now = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)

func options() page.Options {
	return page.Options{URL: "https://hoabinh.example.vn/tin/635", Now: now}
}

// fixtures are the pages of testdata, by name.
func fixtures(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, pattern := range []string{"testdata/*.html", "testdata/*.txt"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal("no fixtures", err)
		}
		for _, file := range files {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			out[filepath.Base(file)] = body
		}
	}
	return out
}

// Each fixture is named for its platform or its rule and has what is read beside it.
func TestFixtures(t *testing.T) {
	for name, body := range fixtures(t) {
		t.Run(name, func(t *testing.T) {
			if !page.IsPage(body, "") {
				t.Error("is no page")
			}
			given := bytes.Clone(body)
			p, err := page.Parse(body, options())
			if !bytes.Equal(body, given) {
				t.Error("the input was changed")
			}
			var v any = p
			if err != nil {
				v = page.FaultOf(err)
			}
			var got bytes.Buffer
			enc := json.NewEncoder(&got)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			if err := enc.Encode(v); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", strings.TrimSuffix(strings.TrimSuffix(name, ".html"), ".txt")+".golden")
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestIsPage(t *testing.T) {
	for body, want := range map[string]bool{
		"":                                    false,
		" \n":                                 false,
		"Tin tức":                             true,
		"<p>Tin</p>":                          true,
		"<!doctype html>\n<title>Tin</title>": true,
		"<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"x\"><html></html>": true,
		"<?xml version=\"1.0\"?><rss version=\"2.0\"></rss>":                                                    false,
		"<feed xmlns=\"http://www.w3.org/2005/Atom\"/>":                                                         false,
		"<rdf:RDF xmlns:rdf=\"x\"></rdf:RDF>":                                                                   false,
		"<opml version=\"2.0\"/>":                                                                               false,
		"<kml><Document/></kml>":                                                                                false,
		"{\"items\": []}":                                                                                       false,
		"[1, 2]":                                                                                                false,
		"%PDF-1.7 x":                                                                                            false,
		"PK\x03\x04\x00":                                                                                        false,
		"\xEF\xBB\xBF<html>":                                                                                    true,
		"Giá < 5.000 đồng thì mua":                                                                              true,
		"<!-- <rss> --><body>Tin":                                                                               true,
	} {
		if got := page.IsPage([]byte(body), ""); got != want {
			t.Errorf("%q: %v", body, got)
		}
	}
}

func TestErrors(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want error
	}{
		"nothing":            {"", page.ErrNotPage},
		"feed":               {"<rss><channel/></rss>", page.ErrNotPage},
		"json":               {`{"title":"Tin"}`, page.ErrNotPage},
		"one word":           {"ok", page.ErrNoArticle},
		"empty page":         {"<html><body></body></html>", page.ErrNoArticle},
		"only links":         {"<html><body>" + strings.Repeat(`<p><a href="/1">Khởi công đường liên thôn Đồng Tâm</a></p>`, 50), page.ErrNoArticle},
		"only scripts":       {"<html><script>" + strings.Repeat("var a = 'khởi công đường liên thôn';", 50) + "</script>", page.ErrNoArticle},
		"too large":          {strings.Repeat("x", page.MaxBytes+1), page.ErrTooLarge},
		"nested":             {"<html><body>" + strings.Repeat("<div>", 100_000) + "Tin", page.ErrTooComplex},
		"too many tags":      {"<html><body>" + strings.Repeat("<br>", 1_000_000), page.ErrTooComplex},
		"many bodies":        {"<html>" + strings.Repeat("<body a=b>", 100_000), page.ErrNoArticle},
		"a script left open": {"<html><body><p>Tin</p><script>" + strings.Repeat("x", 1000), page.ErrNoArticle},
	} {
		t.Run(name, func(t *testing.T) {
			if p, err := page.Parse([]byte(c.body), page.Options{}); !errors.Is(err, c.want) {
				t.Errorf("%+v, %v; want %v", p, err, c.want)
			}
		})
	}
}
