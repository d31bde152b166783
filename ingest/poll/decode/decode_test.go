package decode_test

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
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"loa/ingest/poll/decode"
)

var update = flag.Bool("update", false, "write the golden files anew")

var now = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)

func options() decode.Options {
	return decode.Options{URL: "https://hoabinh.example.vn/rss/tin-tuc.rss", ContentType: "text/xml", Now: now}
}

// Each fixture is named for its rule and has what it decodes to beside it.
func TestFixtures(t *testing.T) {
	special := map[string]func(*decode.Options){
		"windows_1258_in_header_alone": func(o *decode.Options) { o.ContentType = `text/xml; charset="windows-1258"` },
		"month_first":                  func(o *decode.Options) { o.MonthFirst = true },
		"too_many_items":               func(o *decode.Options) { o.MaxItems = 3 },
		"html_without_doctype":         func(o *decode.Options) { o.ContentType = "text/html" },
	}
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	more, _ := filepath.Glob("testdata/*.json.in")
	for _, file := range append(files, more...) {
		rule := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(file), ".xml"), ".json.in")
		t.Run(rule, func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			o := options()
			if f := special[rule]; f != nil {
				f(&o)
			}
			given := bytes.Clone(body)
			f, err := decode.Decode(body, o)
			if !bytes.Equal(body, given) {
				t.Error("the input was changed")
			}
			var v any = f
			if err != nil {
				v = decode.FaultOf(err)
			}
			var got bytes.Buffer
			enc := json.NewEncoder(&got)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			if err := enc.Encode(v); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", rule+".golden")
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

func TestErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		o    func(*decode.Options)
		want error
	}{
		"page with status 200":   {"\n<!doctype HTML>\n<title>Bảo trì</title>", nil, decode.ErrHTMLPage},
		"page without html":      {"<body>Bảo trì", nil, decode.ErrHTMLPage},
		"page after a comment":   {"<!-- <rss> --><html>", nil, decode.ErrHTMLPage},
		"nothing":                {"", nil, decode.ErrNotFeed},
		"white space":            {" \n\t", nil, decode.ErrNotFeed},
		"text":                   {"ok", nil, decode.ErrNotFeed},
		"an unfinished tag":      {"<rs", nil, decode.ErrNotFeed},
		"an opml list":           {`<opml version="2.0"><body><outline/></body></opml>`, nil, decode.ErrNotFeed},
		"array":                  {"[1]", nil, decode.ErrNotFeed},
		"object":                 {"{}", nil, decode.ErrNotFeed},
		"json with a tail":       {`{"version":"https://jsonfeed.org/version/1","items":[]} x`, nil, decode.ErrMalformed},
		"json with wrong items":  {`{"items":{}}`, nil, decode.ErrMalformed},
		"json too deep":          {`{"items":` + strings.Repeat("[", 500), nil, decode.ErrTooComplex},
		"too large":              {"<rss></rss>", func(o *decode.Options) { o.MaxBytes = 10 }, decode.ErrTooLarge},
		"channel with 300 names": {"<rss><channel" + strings.Repeat(` xmlns:a="x"`, 1) + manyNamespaces(300) + "></channel></rss>", nil, decode.ErrTooComplex},
	} {
		t.Run(name, func(t *testing.T) {
			o := decode.Options{}
			if tc.o != nil {
				tc.o(&o)
			}
			f, err := decode.Decode([]byte(tc.body), o)
			if !errors.Is(err, tc.want) {
				t.Errorf("%v, %v; want %v", f, err, tc.want)
			}
		})
	}
}

func manyNamespaces(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(` xmlns:n`)
		b.WriteString(strings.Repeat("x", i+1))
		b.WriteString(`="u"`)
	}
	return b.String()
}

// check states what holds of every feed that Decode returns.
func check(t *testing.T, f *decode.Feed, o decode.Options) {
	t.Helper()
	if o.MaxItems == 0 {
		o.MaxItems = decode.DefaultMaxItems
	}
	if len(f.Items) > o.MaxItems {
		t.Errorf("%d items", len(f.Items))
	}
	raw, err := json.Marshal(f)
	if err != nil || !utf8.Valid(raw) {
		t.Errorf("not UTF-8: %v", err)
	}
	for _, it := range f.Items {
		for _, s := range []string{it.GUID, it.Article.Title, it.Article.Summary, it.Article.URL, it.PublishedRaw} {
			if !utf8.ValidString(s) {
				t.Errorf("not UTF-8: %q", s)
			}
		}
		if u := it.Article.URL; u != "" && !strings.HasPrefix(u, "http://") && !strings.HasPrefix(u, "https://") {
			t.Errorf("link %q", u)
		}
		if it.PermaLink && it.GUID == "" {
			t.Error("permalink without guid")
		}
	}
	if f.Truncated != hasFault(f, decode.FaultTruncated) {
		t.Error("truncated without a fault, or the other way round")
	}
}

func hasFault(f *decode.Feed, code string) bool {
	for _, x := range f.Faults {
		if x.Code == code {
			return true
		}
	}
	return false
}

// A document that is cut anywhere keeps the items before the cut.
func TestCutAnywhere(t *testing.T) {
	body, err := os.ReadFile("testdata/truncated_in_an_item.xml")
	if err != nil {
		t.Fatal(err)
	}
	for i := range body {
		part := body[:i]
		f, err := decode.Decode(part, options())
		if !bytes.Contains(part, []byte("<rss version")) || !bytes.Contains(part[bytes.Index(part, []byte("<rss")):], []byte(">")) {
			continue
		}
		if err != nil {
			t.Fatalf("cut at %d: %v", i, err)
		}
		check(t, f, options())
		if want := bytes.Count(part, []byte("</item>")); len(f.Items) != want || !f.Truncated {
			t.Fatalf("cut at %d: %d items, want %d", i, len(f.Items), want)
		}
	}
}
