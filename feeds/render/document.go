package render

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"loa/feeds"
)

// language is the language of every feed; an article of another one says so.
const language = "vi"

// epoch is `updated` where nothing gives an instant: that of an empty feed. It
// is the day from which the present units exist.
var epoch = time.Date(2025, time.July, 1, 0, 0, 0, 0, feeds.Zone)

// document is a feed as all three formats show it: its strings are fit for XML
// 1.0, its addresses are absolute and http(s), its times are in feeds.Zone and
// whole seconds. What two formats must say alike is decided here, once.
type document struct {
	feed            *Feed
	id              string
	title, subtitle string
	author          string
	generator       string
	updated         time.Time
	home, self      string
	hubs            []string
	// merged is set when articles of several units stand in the feed: they
	// then name where they come from.
	merged  bool
	schemes schemes
	entries []entry
	// withdrawn holds the articles that were taken back.
	withdrawn []entry
	archive   archive
	// retired is nil in the feed of what is in force.
	retired  *retired
	complete bool
}

// archive has the addresses of RFC 5005; an empty one is not linked.
type archive struct {
	sealed              bool
	current, prev, next string
}

// entry is one article in a document.
type entry struct {
	record             *feeds.Record
	id, url            string
	title, summary     string
	html               string
	lang               string
	category           string
	tags               []string
	authors            []string
	unit, unitName     string
	published, updated time.Time // published may be zero
	files              []file
	documents          []cited
	related            []related
	sourceURL          string
	// corrected is set when the revision corrects the one before, by its
	// publisher's word; reason may be empty all the same.
	corrected bool
	reason    string
}

// cited is an official document that an article names and that has a feed.
type cited struct{ number, label string }

// related is an article that tells the same and stands in the feed of its unit
// alone.
type related struct{ id, url, unit, unitName, title string }

// publisher names the unit that the article comes from.
func (r *related) publisher() string { return cmp.Or(r.unitName, r.unit) }

// file is an attachment; kind is its media type, never empty.
type file struct {
	url, kind, title string
	length           int64
}

func newDocument(f *Feed, format feeds.Format) *document {
	path := escape(clean(f.Selector.Path()))
	suffix := "." + string(format)
	base := clean(f.BaseURL) + "/feeds/"
	query := ""
	if f.Query != "" {
		query = "?" + escape(clean(f.Query))
	}
	d := &document{
		feed:      f,
		id:        FeedID(f.Authority, path) + query,
		title:     cmp.Or(line(f.Title), path),
		subtitle:  line(f.Subtitle),
		generator: line(f.Generator),
		home:      base + path + query,
		self:      base + path + suffix + query,
		merged:    f.Selector.Kind != "units" || f.Merged,
		schemes:   newSchemes(f),
	}
	d.author = cmp.Or(line(f.Publisher), d.title)
	if !d.merged && f.Publisher == "" {
		d.author = cmp.Or(f.unitName(f.Selector.Unit, newestSeen(f.Records)), d.title)
	}
	d.retire(base, suffix)
	if f.Archive.Path != "" {
		d.archive.sealed = true
		d.archive.current = d.self
		d.self = base + escape(clean(f.Archive.Path)) + suffix
	} else {
		// An archive never changes, so there is nothing to be told about it.
		d.hubs = addresses(f.Hubs)
	}
	if f.Archive.Prev != "" {
		d.archive.prev = base + escape(clean(f.Archive.Prev)) + suffix
	}
	if f.Archive.Next != "" {
		d.archive.next = base + escape(clean(f.Archive.Next)) + suffix
	}
	d.complete = f.Retired != nil && f.Retired.Complete && d.archive == archive{}
	d.entries = make([]entry, 0, len(f.Records))
	for i := range f.Records {
		e := newEntry(f, &f.Records[i])
		if e.updated.After(d.updated) {
			d.updated = e.updated
		}
		if e.record.IsWithdrawn() {
			d.withdrawn = append(d.withdrawn, e)
		} else {
			d.entries = append(d.entries, e)
		}
	}
	if d.retired != nil && d.retired.date.After(d.updated) {
		d.updated = d.retired.date
	}
	if d.updated.IsZero() {
		d.updated = epoch
	}
	return d
}

func newEntry(f *Feed, r *feeds.Record) entry {
	a := &r.Article
	e := entry{
		record:    r,
		id:        ArticleID(f.Authority, r.ID),
		url:       f.page(r),
		title:     line(a.Title),
		summary:   strings.TrimSpace(clean(a.Summary)),
		lang:      languageTag(a.Language),
		category:  line(a.Category),
		authors:   lines(a.Authors),
		unit:      line(a.Unit),
		unitName:  f.unitName(a.Unit, r.FirstSeen),
		published: instant(r.PublishedAt()),
		updated:   instant(r.Changed),
		sourceURL: address(r.Provenance.SourceURL),
	}
	for _, t := range lines(a.Tags) {
		if t != e.category {
			e.tags = append(e.tags, t)
		}
	}
	for _, at := range a.Attachments {
		if u := address(at.URL); u != "" {
			e.files = append(e.files, file{u, mediaType(at.Type, u), line(at.Title), max(at.Length, 0)})
		}
	}
	for _, c := range a.Citations {
		if n := line(c.Document); n != "" {
			e.documents = append(e.documents, cited{n, cmp.Or(line(c.Label()), n)})
		}
	}
	if e.updated.IsZero() {
		e.updated = cmp.Or(e.published, epoch)
	}
	switch {
	case !f.Summary:
		e.html = clean(a.ContentHTML)
	case e.summary == "":
		e.summary = excerpt(feeds.Words(a.ContentHTML), excerptRunes)
	}
	var reason string
	if reason, e.corrected = r.Correction(); e.corrected {
		e.reason = line(reason)
	}
	if !r.IsWithdrawn() {
		e.related = f.related(r.ID)
	}
	return e
}

// related are the articles that tell the same as the one with the id.
func (f *Feed) related(id string) []related {
	var out []related
	records := f.Related[id]
	for i := range records {
		r := &records[i]
		if r.IsWithdrawn() {
			continue
		}
		out = append(out, related{
			id:       ArticleID(f.Authority, r.ID),
			url:      f.page(r),
			unit:     line(r.Article.Unit),
			unitName: f.unitName(r.Article.Unit, r.FirstSeen),
			title:    line(r.Article.Title),
		})
	}
	return out
}

// unitFeed is the address of the feed of the unit, "" for no unit.
func (f *Feed) unitFeed(unit string, format feeds.Format) string {
	if unit == "" {
		return ""
	}
	path := feeds.Selector{Kind: "units", Unit: unit}.Path()
	return clean(f.BaseURL) + "/feeds/" + escape(path) + "." + string(format)
}

// page is the address of the article at its publisher, else that of loa's page.
func (f *Feed) page(r *feeds.Record) string {
	return cmp.Or(address(r.Article.URL), clean(f.BaseURL)+"/articles/"+url.PathEscape(line(r.ID)))
}

// terms are the words that an article is filed under, the category first.
func (e *entry) terms() []string {
	if e.category == "" {
		return e.tags
	}
	return append([]string{e.category}, e.tags...)
}

// text is what stands in place of an article's content that there is none of.
func (e *entry) text() string { return cmp.Or(e.summary, e.title, e.url) }

// credited are the names that stand as authors where a format wants one: those
// of the article, else the unit.
func (e *entry) credited() []string {
	if len(e.authors) == 0 && e.unitName != "" {
		return []string{e.unitName}
	}
	return e.authors
}

// withdrawnAt is the instant of the withdrawal.
func (e *entry) withdrawnAt() time.Time {
	return cmp.Or(instant(e.record.Withdrawal.Time), e.updated)
}

// correctionLabel is what a correction is filed under.
const correctionLabel = "Đính chính"

// schemes name the sets of categories of loa: schemes in Atom, domains in RSS.
type schemes struct{ categories, tags, documents, units, revisions string }

func newSchemes(f *Feed) schemes {
	base := "tag:" + line(f.Authority) + ":"
	return schemes{base + "categories", base + "tags", base + "documents", base + "units", base + "revisions"}
}

// publisher names the unit that the article comes from.
func (e *entry) publisher() string { return cmp.Or(e.unitName, e.unit) }

// newestSeen is when loa first saw the newest article, epoch if there is none.
func newestSeen(records []feeds.Record) time.Time {
	if len(records) == 0 {
		return epoch
	}
	return records[0].FirstSeen
}

func (f *Feed) unitName(code string, at time.Time) string {
	if f.UnitName == nil || code == "" {
		return ""
	}
	return line(f.UnitName(code, at))
}

// instant puts a time into feeds.Zone at whole seconds, the finest that RFC 822
// can say; a time with a year that no format can write is no time.
func instant(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	t = t.In(feeds.Zone).Truncate(time.Second)
	if y := t.Year(); y < 1 || y > 9999 {
		return time.Time{}
	}
	return t
}

// rfc3339 is the date of Atom (RFC 4287 section 3.3), "" for no time.
func rfc3339(t time.Time) string { return format(t, time.RFC3339) }

// rfc822 is the date of RSS: four digits of year, a numeric offset.
func rfc822(t time.Time) string { return format(t, time.RFC1123Z) }

func format(t time.Time, layout string) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(layout)
}

func addresses(ss []string) []string {
	var out []string
	for _, s := range ss {
		if u := address(s); u != "" && !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out
}

func lines(ss []string) []string {
	var out []string
	for _, s := range ss {
		if l := line(s); l != "" && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}
