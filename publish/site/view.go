package site

import (
	"cmp"
	"html/template"
	"net/url"
	"path"
	"time"

	"loa/feeds"
)

// link is a name that leads somewhere.
type link struct{ Text, Href string }

// format is one format of a feed: its name for people, type and address.
type format struct {
	Name, Title, URL string
	// Type is the whole attribute: html/template writes + in a value as &#43;,
	// which is right but hides the feed from programs that only search the text.
	Type template.HTMLAttr
}

// group is a part of a list of links.
type group struct {
	Title, Href string
	Links       []link
}

// searchView is the form of the search, with what was looked for.
type searchView struct{ Action, Query, Lang string }

// search is the form, nil where there is no search.
func (m *maker) search(there bool, query string) *searchView {
	if !there {
		return nil
	}
	v := &searchView{Action: m.prefix + "/feeds/search", Query: query}
	if m.Chosen {
		v.Lang = string(m.Lang)
	}
	return v
}

// feedView is a feed as its page shows it.
type feedView struct {
	Title, Subtitle string
	IsName          bool // the title is a name
	Formats         []format
	Ended           *endView
	Absent          string
	Related         []link
	// Items are the articles; on the page of a document those that cite it, and
	// Publishing those that bring it out.
	Items      []item
	IsDocument bool
	Publishing []item
	// Over is set when there will be no more of them.
	Over bool
	// Empty is set on the page of a search that looks for nothing.
	Empty bool
}

// endView tells of a unit that is no more.
type endView struct {
	Text       string
	Successors []link
	FollowHref string
}

// item is an article in a list.
type item struct {
	Title, Lang, Summary string
	Href, CopyHref       string // at its publisher; here
	Unit, Category       link
	Date                 date
	// Same are the copies here of articles that tell the same, named by their units.
	Same []link
}

// articleView is an article on its own page. The fields of item stand for it too.
type articleView struct {
	item
	// Content is HTML that ingest/clean has sanitised and balanced before it went
	// into the journal; nothing else writes there. The page's policy forbids
	// scripts, styles and frames once more.
	Content template.HTML
	Revised *date
	Reason  string
	// Correction is set when its publisher says that it corrects what it said.
	Correction bool
	Authors    string
	Tags       string
	Files      []file
	Cited      []file
	Source     string
	JSONHref   string
}

type file struct{ Text, Href, Note string }

// goneView tells of a withdrawn article.
type goneView struct {
	Unit   link
	When   date
	Reason string
}

// date is a date as people read it, and for machines.
type date struct{ Text, ISO string }

func (m *maker) feed(f *Feed) feedView {
	title, subtitle := Titles(m.Lang, f.Subject)
	sel := f.Subject.Selector
	v := feedView{
		Title: title, Subtitle: subtitle, IsName: f.Subject.isName(), Formats: m.alternates(sel, m.Query, title),
		Related: m.links(f.Related), IsDocument: sel.Kind == "documents", Over: f.Retired != nil || !f.Subject.AsOf.IsZero(),
	}
	if sel.Kind == "search" && f.Query == "" {
		v.Empty, v.Formats = true, nil
	}
	if f.Absent {
		v.Absent = Text(m.Lang, "absent", Day(m.Lang, f.Subject.AsOf))
	}
	if r := f.Retired; r != nil {
		v.Ended = &endView{Text: Text(m.Lang, "ended", Day(m.Lang, r.Date)), Successors: m.links(r.Successors)}
		if r.Act != "" {
			v.Ended.Text = Text(m.Lang, "ended by", Day(m.Lang, r.Date), r.Act)
		}
		if len(r.Successors) > 0 {
			v.Ended.FollowHref = m.href("/feeds/"+sel.Path(), "succession=follow")
		}
	}
	for i := range f.Records {
		r := &f.Records[i]
		if r.IsWithdrawn() {
			continue
		}
		it := m.item(r)
		for _, o := range f.Same[r.ID] {
			it.Same = append(it.Same, link{m.unit(o.Article.Unit, o.FirstSeen), m.articleHref(o.ID)})
		}
		if v.IsDocument && publishes(r, sel.Document) {
			v.Publishing = append(v.Publishing, it)
		} else {
			v.Items = append(v.Items, it)
		}
	}
	return v
}

// publishes reports whether the article brings the document out.
func publishes(r *feeds.Record, document string) bool {
	for _, c := range r.Article.Citations {
		if c.Publishes && c.Document == document {
			return true
		}
	}
	return false
}

func (m *maker) item(r *feeds.Record) item {
	a := &r.Article
	it := item{
		Title:    a.Title,
		Summary:  cmp.Or(a.Summary, excerpt(feeds.Words(a.ContentHTML), 300)),
		CopyHref: m.articleHref(r.ID),
		Unit:     link{m.unit(a.Unit, r.FirstSeen), m.feedHref(feeds.Selector{Kind: "units", Unit: a.Unit})},
		Date:     m.published(r),
	}
	it.Href = cmp.Or(webURL(a.URL), it.CopyHref)
	if l := cmp.Or(a.Language, string(Vietnamese)); l != string(m.Lang) {
		it.Lang = l
	}
	if slug := feeds.Slug(a.Category); slug != "" {
		it.Category = link{a.Category, m.feedHref(feeds.Selector{Kind: "units", Unit: a.Unit, Category: slug})}
	}
	return it
}

func (m *maker) article(r *feeds.Record) articleView {
	a := &r.Article
	v := articleView{
		item:     m.item(r),
		Content:  template.HTML(a.ContentHTML), //nolint:gosec // sanitised where it entered, see the field
		Reason:   r.Reason,
		Authors:  joined(a.Authors),
		Tags:     joined(a.Tags),
		Source:   webURL(a.URL),
		JSONHref: m.prefix + "/articles/" + url.PathEscape(r.ID) + ".json",
	}
	v.Summary = a.Summary
	_, v.Correction = r.Correction()
	if r.Revision > 1 {
		d := m.moment(r.Changed)
		v.Revised = &d
	}
	for _, at := range a.Attachments {
		if href := webURL(at.URL); href != "" {
			v.Files = append(v.Files, file{cmp.Or(at.Title, fileName(href)), href, at.Type})
		}
	}
	for _, c := range a.Citations {
		f := file{Text: c.Label()}
		if c.Document != "" {
			f.Href = m.feedHref(feeds.Selector{Kind: "documents", Document: c.Document})
		}
		if t, err := time.ParseInLocation(time.DateOnly, c.Date, feeds.Zone); err == nil {
			f.Note = Day(m.Lang, t)
		} else if c.Term != "" {
			f.Note = Text(m.Lang, "term", c.Term)
		}
		v.Cited = append(v.Cited, f)
	}
	return v
}

func (m *maker) gone(r *feeds.Record) goneView {
	at := r.Withdrawal.Time
	if at.IsZero() {
		at = r.Changed
	}
	return goneView{
		Unit:   link{m.unit(r.Article.Unit, r.FirstSeen), m.feedHref(feeds.Selector{Kind: "units", Unit: r.Article.Unit})},
		When:   m.moment(at),
		Reason: r.Withdrawal.Reason,
	}
}

// unit names a unit, by its code if nothing better is known.
func (m *maker) unit(code string, at time.Time) string {
	if m.unitName != nil {
		if name := m.unitName(code, at); name != "" {
			return name
		}
	}
	return Text(m.Lang, "unit", code)
}

func (m *maker) alternates(sel feeds.Selector, query, title string) []format {
	out := make([]format, 0, len(feeds.Formats))
	if query != "" {
		query = "?" + query
	}
	for _, f := range feeds.Formats {
		name := map[feeds.Format]string{feeds.RSS: "RSS 2.0", feeds.Atom: "Atom 1.0", feeds.JSON: "JSON Feed 1.1"}[f]
		out = append(out, format{
			Name:  name,
			Title: title + " (" + name + ")",
			URL:   m.base + escaped("/feeds/"+sel.Path()+"."+string(f)) + query,
			Type:  template.HTMLAttr(`type="` + f.MediaType() + `"`), //nolint:gosec // a constant of package feeds
		})
	}
	return out
}

func (m *maker) links(listed []Listed) []link {
	out := make([]link, 0, len(listed))
	for _, l := range listed {
		out = append(out, link{l.Title, m.feedHref(l.Selector)})
	}
	return out
}

func (m *maker) feedHref(sel feeds.Selector) string { return m.href("/feeds/"+sel.Path(), "") }
func (m *maker) articleHref(id string) string       { return m.href("/articles/"+id, "") }

// href is the address of another page of the site, in the language that the
// reader chose.
func (m *maker) href(path, query string) string {
	if m.Chosen {
		return m.address(path, query, m.Lang)
	}
	return m.address(path, query, "")
}

func (m *maker) address(path, query string, l Lang) string {
	if l != "" {
		if query != "" {
			query += "&"
		}
		query += "lang=" + string(l)
	}
	if query != "" {
		query = "?" + query
	}
	return m.prefix + escaped(path) + query
}

// escaped percent-encodes a path (RFC 3986 section 3.3).
func escaped(path string) string { return (&url.URL{Path: path}).EscapedPath() }

// published is the date of publication, as precise as its publisher gave it. A
// date that is not known is that of reception, and says so.
func (m *maker) published(r *feeds.Record) date {
	p := r.Article.Published
	if !p.Known() {
		d := m.moment(r.FirstSeen)
		d.Text = Text(m.Lang, "received", d.Text)
		return d
	}
	if p.Precision == feeds.Day {
		t := p.Time.In(feeds.Zone)
		return date{Day(m.Lang, t), t.Format(time.DateOnly)}
	}
	return m.moment(p.Time)
}

func (m *maker) moment(t time.Time) date {
	text := t.In(feeds.Zone).Format("15:04 02/01/2006")
	if m.Lang == English {
		text = Day(m.Lang, t) + t.In(feeds.Zone).Format(", 15:04")
	}
	return date{text, t.UTC().Format(time.RFC3339)}
}

// webURL returns an absolute http(s) address, or "".
func webURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return ""
	}
	return s
}

func fileName(href string) string {
	u, err := url.Parse(href)
	if err != nil {
		return href
	}
	if name := path.Base(u.Path); name != "." && name != "/" {
		return name
	}
	return href
}

// excerpt cuts text at the end of a word, to at most n runes.
func excerpt(s string, n int) string {
	space := 0
	for i, r := range s {
		if n == 0 {
			if space == 0 {
				space = i
			}
			return s[:space] + "…"
		}
		if r == ' ' {
			space = i
		}
		n--
	}
	return s
}
