package web

import (
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
	n := b.o.Items
	if b.isRetired(a) {
		n = max(n, retiredItems+1)
	}
	var f library.Feed
	var err error
	if a.view() == "" {
		f, err = b.lib.Feed(ctx, a.selector.Path(), n)
	} else {
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

// isRetired reports whether it is a document of the feed itself of a unit that is
// no more.
func (b *builder) isRetired(a *address) bool {
	if !a.isUnit() || a.isPage() || a.view() != "" {
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
	s := site.Subject{Selector: a.selector, Unit: b.unitName(a.selector.Unit, a.at()), Label: label, Follow: a.follow, AsOf: a.asOf}
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
		Generator: b.o.Generator, Records: f.Records, UnitName: b.o.UnitName, Query: a.view(), Merged: a.follow,
	}
	if out.Query == "" { // hubs know the feeds themselves
		out.Hubs = b.o.Hubs
	}
	if a.isUnit() && !a.follow {
		out.Publisher = b.unitName(a.selector.Unit, a.at())
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
	if f.Version > 0 {
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
	for _, code := range append([]string{a.selector.Unit}, a.units...) {
		if t := b.names.since(code, a.today()); t.After(newest) {
			newest = t
		}
	}
	return newest.UTC().Truncate(time.Second), nil
}

// build makes the document of an address.
func (s *Server) build(ctx context.Context, a *address) (*Document, error) {
	if a.isArticle() {
		return s.buildArticle(ctx, a)
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
	var body []byte
	if a.isPage() {
		body, err = s.buildPage(ctx, &b, a, &f)
	} else {
		body, err = b.render(a, &f)
	}
	if err != nil {
		return nil, err
	}
	return newDocument(body, f.Version, changed, 200)
}

// movedError says that something is found at another address.
type movedError struct{ to address }

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
		return nil, &movedError{to}
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
