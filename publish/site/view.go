package site

import (
	"cmp"
	"html/template"
	"net/url"
	"path"
	"strings"
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

// feedView is a feed as its page shows it.
type feedView struct {
	Title, Subtitle string
	Formats         []format
	Related         []link
	Items           []item
}

// item is an article in a list.
type item struct {
	Title, Lang, Summary string
	Href, CopyHref       string // at its publisher; here
	Unit, Category       link
	Date                 date
}

// articleView is an article on its own page. The fields of item stand for it too.
type articleView struct {
	item
	// Content is HTML that ingest/clean has sanitised and balanced before it went
	// into the journal; nothing else writes there. The page's policy forbids
	// scripts, styles and frames once more.
	Content  template.HTML
	Revised  *date
	Reason   string
	Authors  string
	Tags     []string
	Files    []file
	Source   string
	JSONHref string
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

func (s *Site) feed(f *Feed) feedView {
	v := feedView{Title: f.Title, Subtitle: f.Subtitle, Formats: s.alternates(f.Selector, f.Title), Related: s.links(f.Related)}
	for i := range f.Records {
		if !f.Records[i].IsWithdrawn() {
			v.Items = append(v.Items, s.item(&f.Records[i]))
		}
	}
	return v
}

func (s *Site) item(r *feeds.Record) item {
	a := &r.Article
	it := item{
		Title:    a.Title,
		Summary:  cmp.Or(a.Summary, excerpt(feeds.Words(a.ContentHTML), 300)),
		CopyHref: s.articleHref(r.ID),
		Unit:     link{s.unit(a.Unit, r.FirstSeen), s.feedHref(feeds.Selector{Kind: "units", Unit: a.Unit})},
		Date:     published(r),
	}
	it.Href = cmp.Or(webURL(a.URL), it.CopyHref)
	if a.Language != "" && a.Language != "vi" {
		it.Lang = a.Language
	}
	if slug := feeds.Slug(a.Category); slug != "" {
		it.Category = link{a.Category, s.feedHref(feeds.Selector{Kind: "units", Unit: a.Unit, Category: slug})}
	}
	return it
}

func (s *Site) article(r *feeds.Record) articleView {
	a := &r.Article
	v := articleView{
		item:     s.item(r),
		Content:  template.HTML(a.ContentHTML), //nolint:gosec // sanitised where it entered, see the field
		Reason:   r.Reason,
		Authors:  strings.Join(a.Authors, ", "),
		Tags:     a.Tags,
		Source:   webURL(a.URL),
		JSONHref: s.articleHref(r.ID) + ".json",
	}
	v.Summary = a.Summary
	if r.Revision > 1 {
		d := moment(r.Changed)
		v.Revised = &d
	}
	for _, at := range a.Attachments {
		if href := webURL(at.URL); href != "" {
			v.Files = append(v.Files, file{cmp.Or(at.Title, fileName(href)), href, at.Type})
		}
	}
	return v
}

func (s *Site) gone(r *feeds.Record) goneView {
	at := r.Withdrawal.Time
	if at.IsZero() {
		at = r.Changed
	}
	return goneView{
		Unit:   link{s.unit(r.Article.Unit, r.FirstSeen), s.feedHref(feeds.Selector{Kind: "units", Unit: r.Article.Unit})},
		When:   moment(at),
		Reason: r.Withdrawal.Reason,
	}
}

// unit names a unit, by its code if nothing better is known.
func (s *Site) unit(code string, at time.Time) string {
	if s.unitName != nil {
		if name := s.unitName(code, at); name != "" {
			return name
		}
	}
	return "Đơn vị " + code
}

func (s *Site) alternates(sel feeds.Selector, title string) []format {
	out := make([]format, 0, len(feeds.Formats))
	for _, f := range feeds.Formats {
		name := map[feeds.Format]string{feeds.RSS: "RSS 2.0", feeds.Atom: "Atom 1.0", feeds.JSON: "JSON Feed 1.1"}[f]
		out = append(out, format{
			Name:  name,
			Title: title + " (" + name + ")",
			URL:   s.base + "/feeds/" + sel.Path() + "." + string(f),
			Type:  template.HTMLAttr(`type="` + f.MediaType() + `"`), //nolint:gosec // a constant of package feeds
		})
	}
	return out
}

func (s *Site) links(listed []Listed) []link {
	out := make([]link, 0, len(listed))
	for _, l := range listed {
		out = append(out, link{l.Title, s.feedHref(l.Selector)})
	}
	return out
}

func (s *Site) feedHref(sel feeds.Selector) string { return s.prefix + "/feeds/" + sel.Path() }
func (s *Site) articleHref(id string) string       { return s.prefix + "/articles/" + url.PathEscape(id) }

// published is the date of publication, as precise as its publisher gave it. A
// date that is not known is that of reception, and says so.
func published(r *feeds.Record) date {
	p := r.Article.Published
	if !p.Known() {
		d := moment(r.FirstSeen)
		d.Text = "nhận lúc " + d.Text
		return d
	}
	if p.Precision == feeds.Day {
		t := p.Time.In(feeds.Zone)
		return date{t.Format("02/01/2006"), t.Format(time.DateOnly)}
	}
	return moment(p.Time)
}

func moment(t time.Time) date {
	return date{t.In(feeds.Zone).Format("15:04 02/01/2006"), t.UTC().Format(time.RFC3339)}
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
