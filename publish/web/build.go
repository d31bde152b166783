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

// Build renders a feed from the library and the options alone, without any
// cache, and returns the document's bytes with the feed's version that they are
// of. The bytes are those that a [Server] of the same options serves.
func Build(ctx context.Context, lib Library, o Options, sel feeds.Selector, format feeds.Format) ([]byte, uint64, error) {
	o = o.withDefaults()
	f, err := readFeed(ctx, lib, o.Items, sel)
	if err != nil {
		return nil, 0, err
	}
	b, err := renderFeed(&o, sel, &f, format)
	return b, f.Version, err
}

// readFeed reads a feed that may be empty. The feed of everything and that of a
// unit are there before their first article, since whoever follows a unit may
// come first, and a reader that gets 404 gives up. Categories are made by the
// articles that name them: one without is a wrong address.
func readFeed(ctx context.Context, lib Library, n int, sel feeds.Selector) (library.Feed, error) {
	f, err := lib.Feed(ctx, sel.Path(), n)
	if errors.Is(err, library.ErrNotFound) {
		if sel.Category != "" {
			return f, ErrNotFound
		}
		return library.Feed{}, nil
	}
	return f, err
}

func renderFeed(o *Options, sel feeds.Selector, f *library.Feed, format feeds.Format) ([]byte, error) {
	title, subtitle := titles(o, sel, f.Label)
	return render.Render(&render.Feed{
		Authority: o.Authority, BaseURL: o.BaseURL, Selector: sel, Title: title, Subtitle: subtitle,
		Hubs: o.Hubs, Generator: o.Generator, Records: f.Records, UnitName: o.UnitName,
	}, format)
}

// titles are a feed's title and subtitle; label is its category's name.
func titles(o *Options, sel feeds.Selector, label string) (title, subtitle string) {
	label = cmp.Or(label, sel.Category)
	unit := ""
	if sel.Unit != "" {
		if o.UnitName != nil {
			unit = o.UnitName(sel.Unit, o.Now())
		}
		unit = cmp.Or(unit, "Đơn vị "+sel.Unit)
	}
	switch {
	case sel.Kind == "units" && sel.Category != "":
		return unit + ": " + label, "Tin bài của chuyên mục " + label + ", " + unit
	case sel.Kind == "units":
		return unit, "Tin bài của " + unit
	case sel.Kind == "categories":
		return label, "Tin bài của chuyên mục " + label + ", từ mọi đơn vị"
	}
	return "Tất cả tin bài", "Tin bài mới từ các cổng thông tin điện tử"
}

// modified is the instant of the feed's newest change, whole seconds. It is the
// newest of its articles' and of the record that made the version: when an
// article is withdrawn, the ones that stay are all older, and a client that has
// nothing but the date must see that something happened.
func modified(ctx context.Context, lib Library, f *library.Feed) (time.Time, error) {
	newest := time.Time{}
	for i := range f.Records {
		if c := f.Records[i].Changed; c.After(newest) {
			newest = c
		}
	}
	if f.Version > 0 {
		errFirst := errors.New("first entry read")
		err := lib.Entries(ctx, f.Version-1, func(e journal.Entry) error {
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
	return newest.UTC().Truncate(time.Second), nil
}

// build makes the document of an address.
func (s *Server) build(ctx context.Context, a address) (*Document, error) {
	if a.isArticle() {
		return s.buildArticle(ctx, a)
	}
	f, err := readFeed(ctx, s.lib, s.o.Items, a.selector)
	if err != nil {
		return nil, err
	}
	changed, err := modified(ctx, s.lib, &f)
	if err != nil {
		return nil, err
	}
	var b []byte
	if a.isPage() {
		b, err = s.buildPage(ctx, a, &f)
	} else {
		b, err = renderFeed(&s.o, a.selector, &f, a.format)
	}
	if err != nil {
		return nil, err
	}
	return newDocument(b, f.Version, changed, 200)
}

func (s *Server) buildPage(ctx context.Context, a address, f *library.Feed) ([]byte, error) {
	listed, err := s.lib.Feeds(ctx)
	if err != nil {
		return nil, err
	}
	title, subtitle := titles(&s.o, a.selector, f.Label)
	view := site.Feed{Selector: a.selector, Title: title, Subtitle: subtitle, Records: f.Records}
	var units, categories []site.Listed
	for _, l := range listed {
		sel, err := feeds.ParseSelector(l.Path)
		if err != nil {
			continue // a feed without an address, such as of a category whose name is too long
		}
		t, _ := titles(&s.o, sel, l.Label)
		switch {
		case sel.Kind == "categories":
			categories = append(categories, site.Listed{Selector: sel, Title: t})
		case sel.Kind == "units" && sel.Category == "":
			units = append(units, site.Listed{Selector: sel, Title: t})
		case sel.Unit == a.selector.Unit && a.selector.Category == "":
			view.Related = append(view.Related, site.Listed{Selector: sel, Title: cmp.Or(l.Label, sel.Category)})
		}
	}
	if a.kind == kindHome {
		return s.site.Home(site.Home{Feed: view, Units: units, Categories: categories})
	}
	if a.selector.Unit != "" && a.selector.Category != "" {
		for _, up := range []feeds.Selector{{Kind: "units", Unit: a.selector.Unit}, {Kind: "categories", Category: a.selector.Category}} {
			t, _ := titles(&s.o, up, f.Label)
			view.Related = append(view.Related, site.Listed{Selector: up, Title: t})
		}
	}
	return s.site.Feed(view)
}

// movedError says that an article is found under another id.
type movedError struct{ to address }

func (e *movedError) Error() string { return "web: article was joined to " + e.to.id }

// buildArticle makes an article's page or item. Its version is the position of
// the whole library before the article was read: with the next record of any
// article it is made anew, which is cheap, and never too late.
func (s *Server) buildArticle(ctx context.Context, a address) (*Document, error) {
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
		to := a
		to.id = r.ID
		return nil, &movedError{to}
	}
	var b []byte
	if a.isPage() {
		b, err = s.site.Article(r)
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
