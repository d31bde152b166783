package page

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"loa/feeds"
	"loa/ingest/clean"
)

// document is an HTML page while it is read. The tree loses its parts on the way.
type document struct {
	*reader
	*metadata
	root  *html.Node // body, or what there is
	rules []*platform
	// content is where the article's text is, known is set when marks say so.
	content *html.Node
	known   bool
	// dublinDate are dates of the head, which are the page's more often than the article's.
	dublinDate []feeds.Date
	// figures stand between title and content.
	figures []*html.Node
}

// html reads an HTML page.
func (r *reader) html(text []byte) error {
	doc, s, err := r.parse(text)
	if err != nil {
		return err
	}
	r.mend(doc, &s)
	m := r.metadata(doc, &s)
	d := &document{reader: r, metadata: m, root: doc}
	if b := find(doc, []mark{{tag: "body"}}); len(b) > 0 {
		d.root = b[0]
	}
	if p := platformOf(doc, m.first("generator"), &s); p != nil {
		r.page.Platform = p.name
		d.rules = append(d.rules, p)
	}
	d.rules = append(d.rules, generic)

	a := &r.page.Article
	a.URL = r.address(m)
	a.Language = m.lang
	d.titles()
	d.topics()
	d.clear()
	if err := d.choose(); err != nil {
		return err
	}
	d.byMarks()
	d.around()
	a.Attachments = d.files()
	d.forms()
	lead := a.Summary
	content, err := d.text()
	if err != nil {
		return err
	}
	if lead != "" && !strings.Contains(feeds.Words(content), feeds.Words(lead)) {
		// What stands between title and text belongs to both.
		content = clean.Paragraphs(lead) + "\n" + content
	}
	return r.finish(content)
}

var (
	titleBreak = regexp.MustCompile(`\s+[-–—|]\s+|\s*\|\s*|\s+(?:::|»|>)\s+`)
	siteStarts = []string{"cong-thong-tin", "cong-ttdt", "trang-thong-tin", "trang-ttdt", "trang-tin-dien-tu", "trang-chu", "ubnd-", "uy-ban-nhan-dan", "website", "bao-dien-tu", "home"}
)

// isSite reports whether a text is the name of a portal.
func (d *document) isSite(s string) bool {
	slug := feeds.Slug(s)
	return slug == "" || slug == feeds.Slug(d.first("og:site_name")) || hasAnyPrefix(slug+"-", siteStarts) && len(strings.Fields(s)) < 14
}

// titles finds the title: an element marked as one, or a heading, that the page's
// own title confirms; then a marked one or a first heading without that; then the
// page's title without the name of its site.
func (d *document) titles() {
	own := d.metadata.title
	cut, site := d.cutTitle(own)
	d.page.Site = clean.Text(d.first("og:site_name", "application-name"))
	if d.page.Site == "" && !menus[feeds.Slug(site)] {
		d.page.Site = site
	}
	if d.page.Site == "" {
		d.page.Site = d.first("dc.publisher", "dcterms.publisher")
	}
	var marked, heads []string
	for _, p := range d.rules {
		for i := range p.title {
			for _, n := range find(d.root, p.title[i:i+1]) {
				if len(marked) < 100 {
					marked = append(marked, textOf(n))
				}
			}
		}
	}
	for _, h := range []mark{{tag: "h1"}, {tag: "h2"}, {tag: "h3"}} {
		for _, n := range find(d.root, []mark{h}) {
			if len(heads) < 100 {
				heads = append(heads, textOf(n))
			}
		}
	}
	for _, confirm := range []string{d.first("og:title"), own, d.news.Headline} {
		slug := feeds.Slug(confirm)
		for _, prefix := range []bool{true, false} {
			for _, s := range append(marked[:len(marked):len(marked)], heads...) {
				c := feeds.Slug(s)
				if len(c) < 4 || utf8.RuneCountInString(s) > 500 || d.isSite(s) || len(strings.Fields(s)) < 2 {
					continue
				}
				if prefix && strings.HasPrefix(slug+"-", c+"-") || !prefix && len(c) > 15 && strings.Contains("-"+slug+"-", "-"+c+"-") {
					d.page.Article.Title = s
					return
				}
			}
		}
	}
	for _, s := range append(marked, d.first("og:title"), d.news.Headline) {
		if s != "" && utf8.RuneCountInString(s) <= 500 && !d.isSite(s) {
			d.page.Article.Title = s
			return
		}
	}
	for _, n := range find(d.root, []mark{{tag: "h1"}}) {
		if s := textOf(n); len(strings.Fields(s)) > 3 && !d.isSite(s) && !upTo(n, []mark{{tag: "header"}, {tag: "footer"}}) {
			d.page.Article.Title = s
			return
		}
	}
	if cut != "" && !d.isSite(cut) {
		d.page.Article.Title = cut
	}
}

// cutTitle takes the site's name from a page's title.
func (d *document) cutTitle(s string) (title, site string) {
	at := titleBreak.FindAllStringIndex(s, 10)
	if len(at) == 0 {
		return s, ""
	}
	start, end := 0, len(s)
	if first := s[:at[0][0]]; d.isSite(first) {
		site, start = first, at[0][1]
	}
	for i := len(at) - 1; i >= 0; i-- {
		if last := s[at[i][1]:end]; at[i][0] > start && d.isSite(last) {
			site, end = last, at[i][0]
			continue
		}
		break
	}
	if site == "" && len(strings.Fields(s[:at[len(at)-1][0]])) >= 3 {
		end = at[len(at)-1][0]
		site = s[at[len(at)-1][1]:]
	}
	return strings.TrimSpace(s[start:max(start, end)]), strings.TrimSpace(site)
}

var (
	breadcrumbs = marks("[itemtype=http://schema.org/BreadcrumbList] [itemtype=https://schema.org/BreadcrumbList] .breadcrumb .breadcrumbs #breadcrumb .breadcrumb-nav .duong-dan .ms-breadcrumb .detail-cate")
	crumbItems  = []mark{{tag: "a"}, {tag: "li"}, {tag: "span"}}
)

// trail returns the section that the page's breadcrumbs name: the last that is
// neither the home page nor the article.
func (d *document) trail() string {
	title := feeds.Slug(d.page.Article.Title)
	for i := range breadcrumbs {
		for _, box := range find(d.root, breadcrumbs[i:i+1]) {
			for j := range crumbItems {
				items := find(box, crumbItems[j:j+1])
				for k := len(items) - 1; k >= 0 && k > len(items)-20; k-- {
					s := textOf(items[k])
					slug := feeds.Slug(s)
					if slug == "" || slug == title || menus[slug] || utf8.RuneCountInString(s) > 80 || d.isSite(s) || len(find(items[k], crumbItems[:1])) > 1 {
						continue
					}
					return strings.Trim(s, " />»›")
				}
			}
		}
	}
	return ""
}

// topics takes section and tags, which stand among the menus.
func (d *document) topics() {
	a := &d.page.Article
	a.Category = clean.Text(d.first("article:section"))
	for _, p := range d.rules {
		if a.Category == "" {
			a.Category = d.marked(p.section)
		}
	}
	if a.Category == "" {
		a.Category = d.trail()
	}
	if a.Category == "" {
		a.Category = d.news.Section
	}
	a.Tags = append(a.Tags, d.meta["article:tag"]...)
	for _, n := range find(d.root, []mark{{tag: "a", attr: "rel", val: "tag"}}) {
		if !hasWord(value(n, "rel"), "category") && len(a.Tags) < 50 {
			a.Tags = append(a.Tags, strings.TrimLeft(textOf(n), "#"))
		}
	}
	for _, s := range d.page.Metadata["subject"] {
		for t := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ';' || r == ',' }) {
			a.Tags = append(a.Tags, strings.TrimSpace(t))
		}
	}
}

// byMarks takes what the page marks: dates, authors, summary.
func (d *document) byMarks() {
	a := &d.page.Article
	for _, p := range d.rules {
		if a.Summary == "" {
			a.Summary = d.marked(p.summary)
		}
		if len(a.Authors) == 0 {
			a.Authors = d.signed(p.author)
		}
	}
	if n := utf8.RuneCountInString(a.Summary); n < 20 || n > 1500 || a.Summary == a.Title {
		a.Summary = ""
	}
	d.published()
}

// marked returns the text of the first element with a mark that is none of a
// list of other articles.
func (d *document) marked(ms []mark) string {
	for i := range ms {
		for _, n := range find(d.root, ms[i:i+1]) {
			if within(d.content, n) { // a mark that is around everything
				continue
			}
			if s := textOf(n); s != "" {
				return s
			}
		}
	}
	return ""
}

func (d *document) signed(ms []mark) []string {
	s := d.marked(ms)
	if label, rest, ok := strings.Cut(s, ":"); ok && labels[feeds.Slug(label)] != noMeaning {
		s = rest
	}
	s = strings.TrimPrefix(strings.TrimSpace(s), "Bởi ")
	if !isAuthor(s) || utf8.RuneCountInString(s) > 80 || onlyDate(s) {
		return nil
	}
	return people(s)
}

// published takes the date of publication from where it is surest: what is for
// machines and of this article, the platform's own place, Dublin Core.
func (d *document) published() {
	raw := []string{d.first("article:published_time", "og:article:published_time"), d.news.Published}
	for _, n := range find(d.root, marks("[itemprop=datePublished]")) {
		raw = append(raw, stamp(n))
	}
	for _, p := range d.rules {
		for i := range p.date {
			for j, n := range find(d.root, p.date[i:i+1]) {
				if j < 3 {
					raw = append(raw, stamp(n))
				}
			}
		}
	}
	if times := find(d.root, marks("time[datetime]")); len(times) == 1 {
		raw = append(raw, stamp(times[0]))
	} else if len(times) > 1 && within(times[0], d.content) {
		raw = append(raw, stamp(times[0]))
	}
	a := &d.page.Article
	for _, s := range raw {
		if a.Published.Known() {
			break
		}
		if len(s) > 200 {
			continue
		}
		if f := d.fields(&line{text: clean.Text(s)}); len(f) > 0 {
			d.found.take(f)
			for _, x := range f {
				if x.is == publishedOn && x.date.Known() && !a.Published.Known() {
					a.Published = x.date
				}
			}
			continue
		}
		if date := d.date(s); date.Known() {
			a.Published = date
		}
	}
	for _, s := range []string{d.first("article:modified_time", "og:updated_time"), d.news.Modified} {
		if date := d.date(s); date.Known() && !a.Updated.Known() && a.Published.Known() && date.Time.After(a.Published.Time) {
			a.Updated = date
		}
	}
	if a.Published.Known() {
		return
	}
	// Behind the dates that stand in the text, of which found knows later.
	for _, term := range []string{"issued", "created", "date", "available"} {
		for _, s := range d.page.Metadata[term] {
			if date := d.date(s); date.Known() {
				d.dublinDate = append(d.dublinDate, date)
			}
		}
	}
}

// stamp returns the date that an element carries: for machines, or as text.
func stamp(n *html.Node) string {
	for _, key := range []string{"datetime", "content", "title"} {
		if v := value(n, key); v != "" && strings.ContainsAny(v, "0123456789") && (n.DataAtom == atom.Time || n.DataAtom == atom.Meta || key != "title") {
			return v
		}
	}
	if t := find(n, marks("time[datetime]")); len(t) > 0 {
		return value(t[0], "datetime")
	}
	return textOf(n)
}
