package render_test

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/mmcdole/gofeed"
	ext "github.com/mmcdole/gofeed/extensions"

	"loa/feeds"
	"loa/feeds/render"
)

// An independent reader sees the same articles in all three formats, and of each
// what its publisher gave.
func TestReadBackByGofeed(t *testing.T) {
	for _, name := range cases(t) {
		t.Run(name, func(t *testing.T) { readBack(t, loadFeed(t, name)) })
	}
}

// read is what a reader has of an article.
type read struct {
	ID, Title, Link, Text          string
	Published, Updated             int64 // seconds since 1970; 0: no time that documents can say
	Authors, Terms, Files, Related []string
}

// readBack reads the documents of a feed by gofeed and compares them with the
// feed.
func readBack(t failer, f *render.Feed) {
	t.Helper()
	want := make([]read, 0, len(f.Records))
	for i := range f.Records {
		if r := &f.Records[i]; !r.IsWithdrawn() {
			want = append(want, expected(f, r))
		}
	}
	query := ""
	if f.Query != "" {
		query = "?" + f.Query
	}
	base := f.BaseURL + "/feeds/"
	path := render.Escape(f.Selector.Path())
	self := cmp.Or(render.Escape(f.Archive.Path), path)
	if f.Archive.Path != "" {
		query = ""
	}
	for _, format := range feeds.Formats {
		b := mustRender(t, f, format)
		feed, err := gofeed.NewParser().Parse(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v\n%s", format, err, b)
		}
		if got, want := feed.Title, cmp.Or(render.Line(f.Title), path); got != want {
			t.Fatalf("%s: title %q, want %q", format, got, want)
		}
		if got, want := feed.FeedLink, base+self+"."+string(format)+query; got != want {
			t.Fatalf("%s: feed link %q, want %q", format, got, want)
		}
		if got, want := feed.Link, base+path+query; got != want {
			t.Fatalf("%s: link %q, want %q", format, got, want)
		}
		if feed.Language != "vi" {
			t.Fatalf("%s: language %q", format, feed.Language)
		}
		if len(feed.Items) != len(want) {
			t.Fatalf("%s: %d items, want %d", format, len(feed.Items), len(want))
		}
		for i, it := range feed.Items {
			compare(t, format, it, &want[i])
		}
	}
}

// expected is what a reader ought to have of an article.
func expected(f *render.Feed, r *feeds.Record) read {
	a := &r.Article
	w := read{
		ID: render.ArticleID(f.Authority, r.ID), Title: render.Line(a.Title),
		Link: cmp.Or(render.Address(a.URL), f.BaseURL+"/articles/"+strings.TrimPrefix(render.ArticleID("x", r.ID), "tag:x:article/")),
		Text: render.Clean(a.ContentHTML), Authors: distinct(a.Authors),
	}
	if f.Summary {
		w.Text = ""
	}
	if y := r.PublishedAt().In(feeds.Zone).Year(); y > 1 && y <= 9999 {
		w.Published = r.PublishedAt().Unix()
	}
	if y := r.Changed.In(feeds.Zone).Year(); y > 1 && y <= 9999 {
		w.Updated = r.Changed.Unix()
	}
	w.Terms = distinct(append([]string{a.Category}, a.Tags...))
	for _, at := range a.Attachments {
		if u := render.Address(at.URL); u != "" {
			w.Files = append(w.Files, u)
		}
	}
	for i := range f.Related[r.ID] {
		if o := &f.Related[r.ID][i]; !o.IsWithdrawn() {
			w.Related = append(w.Related, cmp.Or(render.Address(o.Article.URL), f.BaseURL+"/articles/"+strings.TrimPrefix(render.ArticleID("x", o.ID), "tag:x:article/")))
		}
	}
	return w
}

// distinct are the texts of one line that are there, each once.
func distinct(ss []string) []string {
	var out []string
	for _, s := range ss {
		if l := render.Line(s); l != "" && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

func compare(t failer, format feeds.Format, it *gofeed.Item, w *read) {
	t.Helper()
	for _, f := range []struct{ what, got, want string }{
		{"id", it.GUID, w.ID}, {"title", it.Title, w.Title}, {"link", it.Link, w.Link},
		{"content", strings.TrimSpace(it.Content), strings.TrimSpace(w.Text)},
	} {
		// JSON Feed must have content of some kind.
		if f.got != f.want && (f.what != "content" || f.want != "" || format != feeds.JSON || it.Content == "") {
			t.Fatalf("%s: %s %q, want %q", format, f.what, f.got, f.want)
		}
	}
	if w.Published != 0 && (it.PublishedParsed == nil || it.PublishedParsed.Unix() != w.Published) {
		t.Fatalf("%s: published %v, want %v", format, it.PublishedParsed, w.Published)
	}
	if format != feeds.RSS && w.Updated != 0 && (it.UpdatedParsed == nil || it.UpdatedParsed.Unix() != w.Updated) {
		t.Fatalf("%s: updated %v, want %v", format, it.UpdatedParsed, w.Updated)
	}
	for _, term := range w.Terms {
		if !slices.Contains(it.Categories, term) {
			t.Fatalf("%s: categories %q, want %q among them", format, it.Categories, term)
		}
	}
	var authors, files, related []string // what is related, gofeed knows of RSS alone
	for _, p := range it.Authors {
		authors = append(authors, p.Name)
	}
	for _, e := range it.Enclosures {
		files = append(files, e.URL)
	}
	if format == feeds.RSS {
		files = append(files, named(it.Extensions["media"]["content"])...)
		if it.DublinCoreExt != nil {
			authors = it.DublinCoreExt.Creator
			related = it.DublinCoreExt.Relation
		}
	}
	// gofeed takes names of JSON Feed apart as if they were e-mail addresses.
	addresses := format == feeds.JSON && strings.ContainsAny(strings.Join(w.Authors, ""), "@()")
	if len(w.Authors) > 0 && !addresses && !slices.Equal(authors, w.Authors) {
		t.Fatalf("%s: authors %q, want %q", format, authors, w.Authors)
	}
	if !slices.Equal(files, w.Files) {
		t.Fatalf("%s: files %q, want %q", format, files, w.Files)
	}
	if format == feeds.RSS && !slices.Equal(related, w.Related) {
		t.Fatalf("%s: related %q, want %q", format, related, w.Related)
	}
}

// named are the addresses of elements of an extension.
func named(es []ext.Extension) []string {
	var out []string
	for _, e := range es {
		out = append(out, e.Attrs["url"])
	}
	return out
}
