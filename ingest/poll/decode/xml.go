package decode

import (
	"bytes"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"
	ext "github.com/mmcdole/gofeed/extensions"
	"github.com/mmcdole/gofeed/rss"

	"loa/ingest/clean"
)

// xml reads RSS and Atom.
func (r *reader) xml(text []byte) (*Feed, error) {
	root, err := findRoot(text, r.ContentType)
	if err != nil {
		return nil, err
	}
	if root.junk {
		r.faults.add(FaultJunk, "bytes before the document: %d", root.at)
	}
	if root.bare {
		r.faults.add(FaultNoRoot, "the document begins with its channel")
	}
	fix := repair{in: text, kind: root.kind, noRoot: root.bare, maxItems: r.MaxItems, faults: r.faults, feedBase: r.base}
	if err := fix.run(root.at); err != nil {
		return nil, err
	}
	if len(fix.out) == 0 {
		return nil, fmt.Errorf("%w: it ends inside of that", ErrNotFeed)
	}
	r.report(&fix)
	if root.kind == Atom {
		return r.atomFeed(&fix)
	}
	return r.rssFeed(&fix)
}

func (r *reader) report(fix *repair) {
	if fix.truncated {
		r.faults.add(FaultTruncated, "it ends before its root does; items that are whole: %d", fix.kept)
	}
	if fix.skipped > 0 {
		r.faults.add(FaultManyItems, "items beyond the first %d, left out: %d", r.MaxItems, fix.skipped)
	}
	if fix.markup > 0 {
		r.faults.add(FaultMarkup, "tags that do not match: %d", fix.markup)
	}
	if fix.head > maxHead {
		r.faults.add(FaultComplex, "elements of the head beyond the first %d, left out: %d", maxHead, fix.head-maxHead)
	}
	if fix.refs > 0 {
		r.faults.add(FaultControl, "references to characters that XML forbids, taken out: %d", fix.refs)
	}
}

// rssFeed has gofeed read RSS, and takes what its universal model has and what
// it drops. Its parsers are called by themselves: the one that detects the
// format looks for a root in the first 4 KB alone, and the format is known.
func (r *reader) rssFeed(fix *repair) (*Feed, error) {
	o, err := (&rss.Parser{}).Parse(bytes.NewReader(fix.out))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	fix.in, fix.out = nil, nil
	// The scan would parse the HTML of every item to find a picture.
	universal, err := (&gofeed.DefaultRSSTranslator{DisableContentImageScan: true}).Translate(o)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	r.judge(rssSample(o))
	f := r.newFeed(fix, universal.Title, universal.Language, universal.Generator)
	f.URL = r.link(universal.Link, fix.feedBase)
	f.TTL = max(minutes(o.TTL), period(o.Extensions["sy"]))
	f.SkipHours, f.SkipDays = hours(o.SkipHours), days(o.SkipDays)
	for _, l := range o.Extensions["atom"]["link"] {
		r.feedLink(f, l.Attrs["rel"], l.Attrs["href"], fix.feedBase)
	}
	metas := fix.metas(len(o.Items))
	for i, item := range o.Items {
		r.rssItem(f, universal.Items[i], item, metas[i])
	}
	return f, nil
}

// atomFeed has gofeed read Atom. The universal model would only lose some of it.
func (r *reader) atomFeed(fix *repair) (*Feed, error) {
	o, err := (&atom.Parser{}).Parse(bytes.NewReader(fix.out))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	fix.in, fix.out = nil, nil
	generator := ""
	if g := o.Generator; g != nil {
		generator = strings.TrimSpace(g.Value + " " + g.Version)
	}
	r.judge(atomSample(o))
	f := r.newFeed(fix, o.Title, o.Language, generator)
	f.TTL = period(o.Extensions["sy"])
	for _, l := range o.Links {
		r.feedLink(f, l.Rel, l.Href, fix.feedBase)
	}
	var authors []string
	for _, p := range o.Authors {
		authors = r.appendName(authors, p.Name)
	}
	metas := fix.metas(len(o.Entries))
	for i, entry := range o.Entries {
		r.atomEntry(f, entry, metas[i], authors)
	}
	return f, nil
}

func (r *reader) newFeed(fix *repair, title, language, generator string) *Feed {
	f := &Feed{
		Kind:      fix.kind,
		Title:     clean.Plain(r.mend(title)),
		Language:  strings.TrimSpace(language),
		Generator: clean.Plain(generator),
		Truncated: fix.truncated,
	}
	r.monthAsMinutes = isNukeViet(f.Generator)
	return f
}

// feedLink takes a link element of a feed (RFC 4287 section 4.2.7; also in RSS,
// as atom:link).
func (r *reader) feedLink(f *Feed, rel, href string, base *url.URL) {
	to := r.link(href, base)
	if to == "" {
		return
	}
	switch strings.ToLower(strings.TrimSpace(rel)) {
	case "", "alternate":
		if f.URL == "" {
			f.URL = to
		}
	case "self":
		f.SelfURL = to
	case "hub":
		f.Hubs = appendNew(f.Hubs, to)
	case "next":
		f.NextURL = to
	}
}

// isNukeViet recognises the CMS that writes the month into the minutes of its
// dates.
func isNukeViet(generator string) bool {
	return strings.Contains(strings.ToLower(generator), "nukeviet")
}

const maxTTL = 30 * 24 * time.Hour

func minutes(ttl string) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(ttl))
	if err != nil || n <= 0 {
		return 0
	}
	return min(time.Duration(min(n, 1<<20))*time.Minute, maxTTL)
}

// period is what the syndication module asks for.
func period(sy map[string][]ext.Extension) time.Duration {
	of := map[string]time.Duration{
		"hourly": time.Hour, "daily": 24 * time.Hour, "weekly": 7 * 24 * time.Hour,
		"monthly": maxTTL, "yearly": maxTTL,
	}
	p, ok := of[strings.ToLower(first(sy["updatePeriod"]))]
	if !ok {
		return 0
	}
	if n, err := strconv.Atoi(first(sy["updateFrequency"])); err == nil && n > 1 {
		p /= time.Duration(n)
	}
	return p
}

func first(e []ext.Extension) string {
	if len(e) == 0 {
		return ""
	}
	return strings.TrimSpace(e[0].Value)
}

func hours(raw []string) []int {
	var out []int
	for _, s := range raw {
		if h, err := strconv.Atoi(strings.TrimSpace(s)); err == nil && h >= 0 && h <= 24 {
			out = appendNew(out, h%24) // RSS 0.9x counted from 1
		}
	}
	return out
}

// days reads the English names that RSS has for the days of the week.
func days(raw []string) []time.Weekday {
	var out []time.Weekday
	for _, s := range raw {
		for d := time.Sunday; d <= time.Saturday; d++ {
			if strings.EqualFold(strings.TrimSpace(s), d.String()) {
				out = appendNew(out, d)
			}
		}
	}
	return out
}
