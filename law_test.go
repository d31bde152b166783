// Package loa_test holds the tree to its law: which package may import which,
// and that every package says what it is for. The linter checks the same rules
// while code is written; this test is what decides.
package loa_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "loa"

// file is one Go file as the law sees it.
type file struct {
	pkg     string // folder from the root, with slashes
	test    bool
	imports []string
}

// rule is one sentence of the law, with its reason.
type rule struct {
	name   string
	in     func(file) bool
	allows func(imported string) bool
	reason string
}

var law = []rule{
	{
		name:   "feeds imports only the standard library",
		in:     func(f file) bool { return f.pkg == "feeds" && !f.test },
		allows: standard,
		reason: "the vocabulary must be usable everywhere and carry no backend",
	},
	{
		name:   "feeds/* imports of loa only feeds, feeds/* and internal/*",
		in:     func(f file) bool { return within(f.pkg, "feeds") },
		allows: ofLoaOnly("feeds", "internal"),
		reason: "the core does not know how articles come in or go out",
	},
	{
		name:   "ingest/* imports of loa only feeds, ingest and internal/*",
		in:     func(f file) bool { return within(f.pkg, "ingest") },
		allows: ofLoaOnly("feeds", "ingest", "internal"),
		reason: "the two sides meet in the journal alone, so that each can run on a node of its own",
	},
	{
		name:   "publish/* imports of loa only feeds, publish and internal/*",
		in:     func(f file) bool { return within(f.pkg, "publish") },
		allows: ofLoaOnly("feeds", "publish", "internal"),
		reason: "the two sides meet in the journal alone, so that each can run on a node of its own",
	},
	{
		name:   "internal/* imports of loa only internal/*",
		in:     func(f file) bool { return within(f.pkg, "internal") },
		allows: ofLoaOnly("internal"),
		reason: "what both sides need must not know either, nor what an article is",
	},
	{
		name:   "only cmd imports cmd",
		in:     func(f file) bool { return !within(f.pkg, "cmd") },
		allows: func(p string) bool { return !within(p, module+"/cmd") },
		reason: "a command wires packages; nothing else may depend on the wiring",
	},
	{
		name:   "only feeds/render imports gorilla/feeds",
		in:     func(f file) bool { return f.pkg != "feeds/render" },
		allows: except("github.com/gorilla/feeds"),
		reason: "its gaps are filled in one place; its types would carry them elsewhere",
	},
	{
		name:   "only ingest/poll/decode imports gofeed, and tests",
		in:     func(f file) bool { return f.pkg != "ingest/poll/decode" && !f.test },
		allows: except("github.com/mmcdole/gofeed"),
		reason: "foreign feeds become articles in one place; in tests it is a second reader of what loa writes",
	},
	{
		name:   "only ingest/poll/listing imports cascadia",
		in:     func(f file) bool { return f.pkg != "ingest/poll/listing" },
		allows: except("github.com/andybalholm/cascadia"),
		reason: "selectors meet foreign pages where these are bounded",
	},
	{
		name:   "only ingest/poll/fulltext imports readability",
		in:     func(f file) bool { return f.pkg != "ingest/poll/fulltext" },
		allows: except("codeberg.org/readeck/go-readability"),
		reason: "what it finds is bounded, compared and sanitised there",
	},
}

// TestImports reads every import in the tree.
func TestImports(t *testing.T) {
	files, _ := tree(t)
	for _, f := range files {
		for _, fault := range check(f) {
			t.Error(fault)
		}
	}
}

// TestLawBites shows each rule something that it must refuse and something that
// it must let pass.
func TestLawBites(t *testing.T) {
	cases := []struct {
		pkg, imported string
		test          bool
		refused       bool
	}{
		{pkg: "feeds", imported: "time"},
		{pkg: "feeds", imported: "golang.org/x/text/unicode/norm", refused: true},
		{pkg: "feeds", imported: "pgregory.net/rapid", test: true},
		{pkg: "feeds", imported: "loa/feeds", test: true},
		{pkg: "feeds", imported: "loa/internal/cache", refused: true},
		{pkg: "feeds/render", imported: "loa/feeds"},
		{pkg: "feeds/render", imported: "github.com/gorilla/feeds"},
		{pkg: "feeds/journal", imported: "loa/internal/broker"},
		{pkg: "feeds/library", imported: "loa/ingest", test: true, refused: true},
		{pkg: "feeds/library", imported: "github.com/gorilla/feeds", refused: true},
		{pkg: "ingest/poll", imported: "loa/ingest/clean"},
		{pkg: "ingest/poll", imported: "loa/publish/web", refused: true},
		{pkg: "ingest/poll", imported: "github.com/mmcdole/gofeed", refused: true},
		{pkg: "ingest/poll/decode", imported: "github.com/mmcdole/gofeed"},
		{pkg: "ingest/poll", imported: "github.com/andybalholm/cascadia", refused: true},
		{pkg: "ingest/poll/listing", imported: "github.com/andybalholm/cascadia"},
		{pkg: "ingest/page", imported: "codeberg.org/readeck/go-readability/v2", refused: true},
		{pkg: "ingest/poll/fulltext", imported: "codeberg.org/readeck/go-readability/v2"},
		{pkg: "publish/web", imported: "loa/feeds/render"},
		{pkg: "publish/web", imported: "loa/ingest", test: true, refused: true},
		{pkg: "publish/web", imported: "github.com/mmcdole/gofeed", test: true},
		{pkg: "internal/cache/rediscache", imported: "loa/internal/cache"},
		{pkg: "internal/cache", imported: "loa/feeds", refused: true},
		{pkg: "publish/site", imported: "loa/cmd/loa/demo", refused: true},
		{pkg: "cmd/loa", imported: "loa/cmd/loa/demo"},
		{pkg: "cmd/loa", imported: "loa/publish/web"},
	}
	for _, c := range cases {
		f := file{pkg: c.pkg, test: c.test, imports: []string{c.imported}}
		if got := len(check(f)) > 0; got != c.refused {
			t.Errorf("%s imports %s (test: %t): refused is %t, want %t", c.pkg, c.imported, c.test, got, c.refused)
		}
	}
}

// TestPackagesSayWhatTheyAreFor wants a doc comment in every package.
func TestPackagesSayWhatTheyAreFor(t *testing.T) {
	_, docs := tree(t)
	for _, pkg := range slices.Sorted(maps.Keys(docs)) {
		doc := docs[pkg]
		if !strings.HasPrefix(doc, "Package "+path.Base(pkg)+" ") && !strings.HasPrefix(doc, "Command ") {
			t.Errorf("%s has no doc comment: say its place in the flow, the specification it obeys, and what it does not do", pkg)
		}
	}
}

// TestTopLevelFolders keeps the tree as its picture in docs shows it.
func TestTopLevelFolders(t *testing.T) {
	files, _ := tree(t)
	for _, f := range files {
		top, _, _ := strings.Cut(f.pkg, "/")
		switch top {
		case ".", "cmd", "feeds", "ingest", "internal", "publish":
		default:
			t.Errorf("%s: Go code stands in cmd, feeds, ingest, internal or publish; the law says nothing of %s", f.pkg, top)
		}
	}
}

func check(f file) []string {
	var faults []string
	for _, r := range law {
		if !r.in(f) {
			continue
		}
		for _, p := range f.imports {
			if !r.allows(p) {
				faults = append(faults, fmt.Sprintf("%s imports %s, but %s: %s", f.pkg, p, r.name, r.reason))
			}
		}
	}
	return faults
}

// within reports whether p is folder or lies in it.
func within(p, folder string) bool { return p == folder || strings.HasPrefix(p, folder+"/") }

// standard reports whether p is of the standard library: the first part of
// every other path has a dot, or is this module.
func standard(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return !strings.Contains(first, ".") && first != module
}

func except(refused string) func(string) bool {
	return func(p string) bool { return !within(p, refused) }
}

func ofLoaOnly(folders ...string) func(string) bool {
	return func(p string) bool {
		return !within(p, module) || slices.ContainsFunc(folders, func(f string) bool { return within(p, module+"/"+f) })
	}
}

// tree parses the package clause, the doc comment and the imports of every Go
// file below the root, for any platform.
func tree(t *testing.T) (files []file, docs map[string]string) {
	t.Helper()
	docs = map[string]string{}
	set := token.NewFileSet()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skip(name, d.Name())
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		parsed, err := parser.ParseFile(set, name, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return fmt.Errorf("parse imports: %w", err)
		}
		f := file{pkg: filepath.ToSlash(filepath.Dir(name)), test: strings.HasSuffix(name, "_test.go")}
		for _, spec := range parsed.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return fmt.Errorf("parse imports: %s: %w", name, err)
			}
			f.imports = append(f.imports, p)
		}
		files = append(files, f)
		if !f.test {
			docs[f.pkg] += doc(parsed)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no Go files found; run the test from the root of the module")
	}
	return files, docs
}

// skip leaves out hidden folders, test data, and modules of their own.
func skip(name, base string) error {
	if name == "." {
		return nil
	}
	if base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return fs.SkipDir
	}
	if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

func doc(f *ast.File) string {
	if f.Doc == nil {
		return ""
	}
	return f.Doc.Text()
}
