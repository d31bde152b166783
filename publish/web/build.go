package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/feeds/library"
	"loa/feeds/render"
	"loa/publish/site"
)

// epoch is the time of an empty feed, as in its documents.
var epoch = time.Date(2025, time.July, 1, 0, 0, 0, 0, feeds.Zone)

// retiredItems is how many articles the documents of a unit that is no more
// have: all of nearly every one, since what comes no more need not be short. A
// document with all of them says that it is complete.
const retiredItems = 2000

// Build renders a feed from the library and the options alone, without any
// cache, and returns the document's bytes with the feed's version that they are
// of. The bytes are those that a [Server] of the same options serves.
func Build(ctx context.Context, lib Library, o Options, sel feeds.Selector, format feeds.Format) ([]byte, uint64, error) {
	o = o.withDefaults()
	b := builder{o: &o, lib: lib, names: names{o.Units, o.UnitName}}
	a := address{kind: kindFeed, selector: sel, format: format, day: dayOf(o.Now())}
	f, err := b.read(ctx, &a)
	if err != nil {
		return nil, 0, err
	}
	body, err := b.render(&a, &f)
	return body, f.Version, err
}

// BuildArchive is [Build] of an archive of a feed.
func BuildArchive(ctx context.Context, lib Library, o Options, sel feeds.Selector, name string, format feeds.Format) ([]byte, uint64, error) {
	o = o.withDefaults()
	b := builder{o: &o, lib: lib, names: names{o.Units, o.UnitName}}
	a := address{kind: kindFeed, selector: sel, archive: name, format: format, day: dayOf(o.Now())}
	f, err := b.read(ctx, &a)
	if err != nil {
		return nil, 0, err
	}
	body, err := b.render(&a, &f)
	return body, f.Version, err
}

// builder makes documents from the library: a function of the address, the
// options and what is read.
type builder struct {
	o     *Options
	lib   Library
	names names
}

// read reads a feed that may be empty. The feed of everything, that of a unit and
// that of a document are there before their first article, since whoever follows
// one may come first, and a reader that gets 404 gives up. Categories are made by
// the articles that name them: one without is a wrong address.
func (b *builder) read(ctx context.Context, a *address) (library.Feed, error) {
	var f library.Feed
	var err error
	n := b.o.Items
	if a.n > 0 {
		n = a.n
	}
	switch {
	case a.isSearch():
		return b.search(ctx, a, n)
	case a.archive != "":
		return b.archive(ctx, a)
	case b.isRetired(a):
		f, err = b.lib.Before(ctx, a.paths(), retiredItems+1, time.Time{})
		if err == nil && len(f.Records) > retiredItems {
			f, err = b.lib.Live(ctx, a.selector.Path(), retiredItems)
		}
	case !a.isPage() && a.isWhole():
		f, err = b.lib.Live(ctx, a.selector.Path(), n)
	default:
		f, err = b.lib.Before(ctx, a.paths(), n, a.end())
	}
	if errors.Is(err, library.ErrNotFound) {
		if a.selector.Category != "" {
			return f, ErrNotFound
		}
		return library.Feed{}, nil
	}
	return f, err
}

// isWhole reports whether it is the feed itself, in whatever form its articles
// are.
func (a *address) isWhole() bool {
	return a.archive == "" && a.n == 0 && len(a.units) == 0 && a.asOf.IsZero() && a.query == ""
}

// archive reads a sealed page. Its version is that of the newest withdrawal.
func (b *builder) archive(ctx context.Context, a *address) (library.Feed, error) {
	taken := b.lib.Taken() // before it is read: never too new
	page, err := b.lib.Archive(ctx, a.selector.Path(), a.archive)
	switch {
	case errors.Is(err, library.ErrNotFound):
		return library.Feed{}, ErrNotFound
	case errors.Is(err, library.ErrOpen): // what it will have, the feed has
		to := *a
		to.archive = ""
		return library.Feed{}, &movedError{to, true}
	}
	return library.Feed{Version: taken, Label: page.Label, Records: page.Records, Prev: page.Prev, Next: page.Next}, err
}

// searchTime bounds a search: a phrase of words that are everywhere and meet
// nowhere has the whole index read.
const searchTime = 5 * time.Second

// search reads what is found, the best first.
func (b *builder) search(ctx context.Context, a *address, n int) (library.Feed, error) {
	if b.o.Search == nil {
		return library.Feed{}, ErrNotFound
	}
	f := library.Feed{Version: b.o.Search.Position() + 1, Label: a.query}
	if a.query == "" {
		return f, nil
	}
	looking, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	ids, err := b.o.Search.Find(looking, a.query, n)
	if err != nil {
		return f, err
	}
	for _, id := range ids {
		st, err := b.lib.Article(ctx, id)
		if errors.Is(err, library.ErrNotFound) || err == nil && st.Record.IsWithdrawn() {
			continue // the index is behind
		}
		if err != nil {
			return f, err
		}
		f.Records = append(f.Records, st.Record)
	}
	return f, nil
}

// isRetired reports whether it is a document of the feed itself of a unit that is
// no more.
func (b *builder) isRetired(a *address) bool {
	if !a.isUnit() || a.isPage() || !a.isWhole() {
		return false
	}
	_, ended := b.names.ended(a.selector.Unit, a.today(), a.today())
	return ended
}

// at is the day at which the address looks at its unit.
func (a *address) at() time.Time {
	if !a.asOf.IsZero() {
		return a.asOf
	}
	return a.today()
}

// unitName is the name of a unit, "" if it is not known.
func (b *builder) unitName(code string, at time.Time) string {
	if code == "" || b.o.UnitName == nil {
		return ""
	}
	return b.o.UnitName(code, at)
}

// subject is what the feed is about.
func (b *builder) subject(a *address, label string) site.Subject {
	s := site.Subject{Selector: a.selector, Unit: b.unitName(a.selector.Unit, a.at()), Label: label, Follow: a.follow, AsOf: a.asOf, Archive: a.archive}
	if a.archive != "" {
		// Sealed: named as on the day that it was, not as of today.
		t, err := time.ParseInLocation("2006-01", a.archive[:len("2006-01")], feeds.Zone)
		if err == nil {
			s.Unit = b.unitName(a.selector.Unit, t)
		}
	}
	if a.isSearch() {
		s.Label = a.query
	}
	if len(a.units) > 0 && !a.follow {
		for _, code := range a.units {
			s.Union = append(s.Union, cmp.Or(b.unitName(code, a.at()), code))
		}
	}
	if s.Label == "" && a.selector.Document != "" {
		s.Label = documentLabel(a.selector.Document)
	}
	return s
}

func (b *builder) render(a *address, f *library.Feed) ([]byte, error) {
	title, subtitle := site.Titles(site.Vietnamese, b.subject(a, f.Label))
	if a.isUnit() && !a.asOf.IsZero() && b.names.absent(a.selector.Unit, a.asOf) {
		subtitle += ". " + site.Text(site.Vietnamese, "absent", site.Day(site.Vietnamese, a.asOf))
	}
	out := render.Feed{
		Authority: b.o.Authority, BaseURL: b.o.BaseURL, Selector: a.selector, Title: title, Subtitle: subtitle,
		Generator: b.o.Generator, Records: f.Records, UnitName: b.o.UnitName, Query: a.view(), Merged: len(a.units) > 0,
		Summary: a.summary, Related: f.Related,
	}
	if out.Query == "" && a.archive == "" { // hubs know the feeds themselves
		out.Hubs = b.o.Hubs
	}
	if (a.view() == "") && f.Prev != "" {
		out.Archive.Prev = a.selector.Path() + "/archive/" + f.Prev
	}
	if a.archive != "" {
		out.Archive.Path = a.feedPath()
		out.Archive.Next = a.selector.Path() + "/archive/" + f.Next
	}
	if a.isUnit() && !a.follow && a.archive == "" { // an archive says nothing that may change
		if a.selector.Kind == "units" {
			out.Publisher = b.unitName(a.selector.Unit, a.at())
		}
		if u, ended := b.names.ended(a.selector.Unit, a.at(), a.today()); ended {
			r := &render.Retired{Date: u.To, Act: u.EndAct}
			for _, next := range b.names.successors(u, a.today()) {
				r.Successors = append(r.Successors, render.Successor{Unit: next.Code, Name: next.FullName})
			}
			if b.isRetired(a) {
				r.Ended, r.Complete = true, len(out.Records) <= retiredItems
				out.Records = out.Records[:min(len(out.Records), retiredItems)]
			}
			out.Retired = r
		}
	}
	return render.Render(&out, a.format)
}

// modified is the instant of the feed's newest change, whole seconds. It is the
// newest of its articles', of the record that made the version, and of the change
// of its unit: when an article is withdrawn, the ones that stay are all older, and
// a client that has nothing but the date must see that something happened.
func (b *builder) modified(ctx context.Context, a *address, f *library.Feed) (time.Time, error) {
	newest := time.Time{}
	for i := range f.Records {
		if c := f.Records[i].Changed; c.After(newest) {
			newest = c
		}
	}
	if f.Version > 0 && a.archive == "" && !a.isSearch() {
		errFirst := errors.New("first entry read")
		err := b.lib.Entries(ctx, f.Version-1, func(e journal.Entry) error {
			if e.Position == f.Version && e.Record.Changed.After(newest) {
				newest = e.Record.Changed
			}
			return errFirst
		})
		if err != nil && !errors.Is(err, errFirst) {
			return newest, err
		}
	}
	if newest.IsZero() {
		newest = epoch
	}
	codes := append([]string{a.selector.Unit}, a.units...)
	if a.archive != "" {
		codes = nil
	}
	for _, code := range codes {
		if t := b.names.since(code, a.today()); t.After(newest) {
			newest = t
		}
	}
	return newest.UTC().Truncate(time.Second), nil
}

// build makes the document of an address.
func (s *Server) build(ctx context.Context, a *address) (*Document, error) {
	switch {
	case a.isArticle():
		return s.buildArticle(ctx, a)
	case a.kind == kindOPML:
		return s.buildOPML(ctx, a)
	case a.kind == kindSitemap:
		return s.buildSitemap(ctx, a)
	}
	b := builder{o: &s.o, lib: s.lib, names: s.names}
	f, err := b.read(ctx, a)
	if err != nil {
		return nil, err
	}
	changed, err := b.modified(ctx, a, &f)
	if err != nil {
		return nil, err
	}
	what := shown(nil)
	if s.memories != nil && a.hasDelta() && !b.isRetired(a) {
		if a.since == "" {
			what = shownIn(&f)
		} else if !s.since(a.since, &f) {
			return nil, ErrNotFound
		}
	}
	var body []byte
	if a.isPage() {
		body, err = s.buildPage(ctx, &b, a, &f)
	} else {
		body, err = b.render(a, &f)
	}
	if err != nil {
		return nil, err
	}
	d, err := newDocument(body, f.Version, changed, 200)
	if err == nil {
		d.fresh = b.freshFor(a, &f)
		if what != nil {
			s.memories.Set(d.hash, what)
		}
	}
	return d, err
}

// movedError says that something is found at another address.
type movedError struct {
	to address
	// forNow is set when it will be here one day.
	forNow bool
}

func (e *movedError) Error() string { return "web: moved to " + e.to.location() }

// buildArticle makes an article's page or item. Its version is the position of
// the whole library before the article was read: with the next record of any
// article it is made anew, which is cheap, and never too late.
func (s *Server) buildArticle(ctx context.Context, a *address) (*Document, error) {
	version := s.lib.Position()
	st, err := s.lib.Article(ctx, a.id)
	if errors.Is(err, library.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	r := &st.Record
	if r.ID != a.id {
		to := *a
		to.id = r.ID
		return nil, &movedError{to: to}
	}
	var b []byte
	if a.isPage() {
		b, err = s.site.Article(pageOf(a), r)
	} else {
		b, err = render.Item(&render.Feed{Authority: s.o.Authority, BaseURL: s.o.BaseURL, UnitName: s.o.UnitName}, r)
	}
	if err != nil {
		return nil, fmt.Errorf("article %s: %w", a.id, err)
	}
	status := 200
	if r.IsWithdrawn() {
		status = 410
	}
	return newDocument(b, version, r.Changed.UTC().Truncate(time.Second), status)
}
