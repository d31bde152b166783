package web

import (
	"cmp"
	"context"
	"slices"

	"loa/feeds"
	"loa/feeds/library"
	"loa/feeds/units"
	"loa/feeds/vntext"
	"loa/publish/site"
)

func pageOf(a *address) site.Page {
	return site.Page{Path: a.path(), Query: a.view(), Lang: a.lang, Chosen: a.chosen}
}

// buildPage makes the page of a feed, with the feeds that stand beside it.
func (s *Server) buildPage(ctx context.Context, b *builder, a *address, f *library.Feed) ([]byte, error) {
	listed, err := s.lib.Directory(ctx)
	if err != nil {
		return nil, err
	}
	view := site.Feed{Page: pageOf(a), Subject: b.subject(a, f.Label), Records: f.Records, Same: f.Related}
	if a.isUnit() {
		view.Absent = !a.asOf.IsZero() && b.names.absent(a.selector.Unit, a.asOf)
		if u, ended := b.names.ended(a.selector.Unit, a.at(), a.today()); ended && !a.follow && !view.Absent {
			view.Retired = &site.Retired{Date: u.To, Act: u.EndAct}
			for _, next := range b.names.successors(u, a.today()) {
				view.Retired.Successors = append(view.Retired.Successors, site.Listed{Selector: feeds.Selector{Kind: "units", Unit: next.Code}, Title: next.FullName})
			}
		}
	}
	if a.kind == kindHome {
		h := site.Home{Feed: view}
		h.Provinces, h.Retired = b.unitLists(a, listed)
		h.Categories = categoryList(listed, "")
		h.Types = b.typeList(a, listed)
		h.Search = s.o.Search != nil
		return s.site.Home(h)
	}
	if a.isSearch() {
		view.Searching, view.Query = s.o.Search != nil, a.query
		return s.site.Feed(view)
	}
	for _, code := range a.units {
		sel := a.selector
		if sel.Unit = code; !a.follow {
			sel.Kind = "units"
		}
		view.Related = append(view.Related, b.listed(a, sel, f.Label))
	}
	switch {
	case a.follow:
	case a.selector.Kind == "provinces":
		view.Related = b.unitsOf(a, listed, a.selector.Unit)
	case a.isUnit() && a.selector.Category == "":
		view.Related = categoryList(listed, a.selector.Unit)
	case a.isUnit():
		for _, up := range []feeds.Selector{{Kind: "units", Unit: a.selector.Unit}, {Kind: "categories", Category: a.selector.Category}} {
			view.Related = append(view.Related, b.listed(a, up, f.Label))
		}
	}
	return s.site.Feed(view)
}

// listed is a feed with its title in the language of the page.
func (b *builder) listed(a *address, sel feeds.Selector, label string) site.Listed {
	title, _ := site.Titles(a.lang, site.Subject{Selector: sel, Unit: b.unitName(sel.Unit, a.today()), Label: label})
	return site.Listed{Selector: sel, Title: title}
}

// categoryList are the categories of a unit, or of all if unit is empty, in
// Vietnamese order.
func categoryList(listed []library.Listed, unit string) []site.Listed {
	var out []site.Listed
	for _, l := range listed {
		sel, err := feeds.ParseSelector(l.Path)
		if err == nil && sel.Category != "" && sel.Unit == unit {
			out = append(out, site.Listed{Selector: sel, Title: cmp.Or(l.Label, sel.Category)})
		}
	}
	vntext.Sort(out, func(l site.Listed) string { return l.Title })
	return out
}

// typeList are the types of documents that articles bring out or name.
func (b *builder) typeList(a *address, listed []library.Listed) []site.Listed {
	var out []site.Listed
	for _, l := range listed {
		if sel, err := feeds.ParseSelector(l.Path); err == nil && sel.Kind == "types" {
			out = append(out, b.listed(a, sel, ""))
		}
	}
	vntext.Sort(out, func(l site.Listed) string { return l.Title })
	return out
}

// unitsOf are the units of a province that ever had an article.
func (b *builder) unitsOf(a *address, listed []library.Listed, province string) []site.Listed {
	groups, _ := b.unitLists(a, listed)
	for _, g := range groups {
		if g.Feed.Unit == province {
			return g.Feeds
		}
	}
	return nil
}

// unitLists are the units that ever had an article: those in force by province,
// and those that are no more. Names are in Vietnamese order, without their kinds;
// a province stands before its communes, and units of which the register knows
// nothing stand last.
func (b *builder) unitLists(a *address, listed []library.Listed) ([]site.Group, []site.Listed) {
	type entry struct {
		site.Listed
		unit units.Unit
	}
	var retired []entry
	byProvince := map[string][]entry{}
	for _, l := range listed {
		sel, err := feeds.ParseSelector(l.Path)
		if err != nil || sel.Kind != "units" || sel.Category != "" {
			continue
		}
		e := entry{Listed: b.listed(a, sel, "")}
		known := false
		if b.names.register != nil {
			e.unit, known = b.names.register.Nearest(sel.Unit, a.today())
		}
		switch _, ended := b.names.ended(sel.Unit, a.today(), a.today()); {
		case ended:
			retired = append(retired, e)
		case known:
			p := cmp.Or(e.unit.Province, e.unit.Code)
			byProvince[p] = append(byProvince[p], e)
		default:
			byProvince[""] = append(byProvince[""], e)
		}
	}
	list := func(es []entry) []site.Listed {
		vntext.Sort(es, func(e entry) string { return cmp.Or(e.unit.Name, e.Title) + " " + e.unit.FullName + " " + e.unit.Code })
		slices.SortStableFunc(es, func(x, y entry) int {
			return cmp.Compare(min(1, len(x.unit.Province)), min(1, len(y.unit.Province)))
		})
		out := make([]site.Listed, len(es))
		for i := range es {
			out[i] = es[i].Listed
		}
		return out
	}
	var codes []string
	for p := range byProvince {
		if p != "" {
			codes = append(codes, p)
		}
	}
	province := func(code string) units.Unit {
		u, _ := b.names.register.Nearest(code, a.today())
		return u
	}
	slices.Sort(codes)
	vntext.Sort(codes, func(p string) string { return province(p).Name })
	var groups []site.Group
	for _, p := range codes {
		groups = append(groups, site.Group{Title: cmp.Or(province(p).FullName, p), Feed: feeds.Selector{Kind: "provinces", Unit: p}, Feeds: list(byProvince[p])})
	}
	if rest := byProvince[""]; rest != nil {
		groups = append(groups, site.Group{Feeds: list(rest)})
	}
	return groups, list(retired)
}
