package web

import (
	"strings"

	"loa/feeds"
)

// The addresses of feeds without a suffix have two kinds of readers: people, who
// get the page, and programs, which get the feed.

// wish is how much an Accept field wants something.
type wish struct {
	weight   int // thousandths
	exact    int // how exactly it is named: 0 by */*, up to 4
	position int // of the first range that names it so
}

// offer takes a range that names the thing: the more exact one counts, and of
// equally exact ones that with the greater weight.
func (w *wish) offer(weight, exact, position int) {
	if exact > w.exact || exact == w.exact && weight > w.weight {
		*w = wish{weight, exact, position}
	}
}

// isBefore reports whether w is wanted more than v.
func (w wish) isBefore(v wish) bool {
	if w.weight != v.weight {
		return w.weight > v.weight
	}
	return w.exact > v.exact
}

// How exactly a media range names something (RFC 9110 section 12.5.1).
const (
	byAny   = iota // */*
	byTop          // text/*
	byKind         // a type for anything in XML or JSON
	byAlias        // a type for anything of the kind
	byName
)

// acceptFormat chooses between the page and the documents of a feed by the Accept
// field lines (RFC 9110 section 12.5.1): what has the greatest weight; of equally
// wanted things the one that is named most exactly; of those RSS, which every
// reader can read, before Atom and JSON Feed.
//
// The page is for those who name HTML, and not after a format of feeds: readers
// that look for feeds in pages name both. Everything else gets a feed, whatever it
// says: many readers say */* or nothing, and nobody is helped by 406.
func acceptFormat(lines []string) feeds.Format {
	rss, atom, json, html := wish{exact: -1}, wish{exact: -1}, wish{exact: -1}, wish{exact: -1}
	position := 0
	for _, line := range lines {
		for line != "" {
			var part string
			part, line, _ = strings.Cut(line, ",")
			position++
			name, params, _ := strings.Cut(part, ";")
			name = strings.TrimSpace(name)
			q := quality(params)
			switch {
			case strings.EqualFold(name, "*/*"):
				for _, w := range []*wish{&rss, &atom, &json} {
					w.offer(q, byAny, position)
				}
			case strings.EqualFold(name, "application/*"):
				for _, w := range []*wish{&rss, &atom, &json} {
					w.offer(q, byTop, position)
				}
			case strings.EqualFold(name, "text/*"):
				html.offer(q, byTop, position)
			case strings.EqualFold(name, "text/html"), strings.EqualFold(name, "application/xhtml+xml"):
				html.offer(q, byName, position)
			case strings.EqualFold(name, "application/rss+xml"):
				rss.offer(q, byName, position)
			case strings.EqualFold(name, "application/atom+xml"):
				atom.offer(q, byName, position)
			case strings.EqualFold(name, "application/feed+json"):
				json.offer(q, byName, position)
			case strings.EqualFold(name, "application/json"):
				json.offer(q, byAlias, position)
			case strings.EqualFold(name, "application/xml"), strings.EqualFold(name, "text/xml"):
				rss.offer(q, byKind, position)
				atom.offer(q, byKind, position)
			}
		}
	}
	format, best := feeds.RSS, rss
	if atom.isBefore(best) {
		format, best = feeds.Atom, atom
	}
	if json.isBefore(best) {
		format, best = feeds.JSON, json
	}
	switch {
	case html.weight == 0, html.weight < best.weight:
		return format
	case html.weight == best.weight && best.exact > byKind && best.position < html.position:
		return format
	}
	return page
}
