package listing

import (
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"loa/feeds"
	"loa/ingest/clean"
	"loa/ingest/page"
	"loa/ingest/poll/decode"
)

// item takes one item; it reports whether there is anything to take.
func (r *reader) item(n *html.Node, number int) (it decode.Item, ok bool) {
	a := &it.Article
	link, href := r.link(n)
	if href == "" {
		r.fault(FaultNoLink, "item %d (%s) has no link; left out", number, short(page.TextOf(n)))
		return it, false
	}
	a.URL, it.Base = href, href
	if a.Title = r.title(n, link); a.Title == "" {
		r.fault(FaultNoTitle, "item %d (%s) has no title; left out", number, href)
		return it, false
	}
	a.Language = r.page.Feed.Language
	if r.sel.summary != nil {
		for _, e := range r.within("summary", n, r.sel.summary) {
			if a.Summary = text(e); a.Summary != "" {
				break
			}
		}
	}
	if r.sel.date != nil {
		r.date(n, &it, number)
	}
	return it, true
}

// within finds what a selector means in an item, the item itself included, and
// counts it.
func (r *reader) within(name string, item *html.Node, m cascadia.Matcher) []*html.Node {
	found := cascadia.QueryAll(item, m)
	if m.Match(item) {
		found = append([]*html.Node{item}, found...)
	}
	if len(found) > 0 {
		c := r.match(name)
		c.Elements += len(found)
		c.Items++
	}
	return found[:min(len(found), 50)]
}

// link returns the first usable link of an item, as an element and as an address.
func (r *reader) link(item *html.Node) (*html.Node, string) {
	if r.sel.link == nil {
		for _, a := range links(item) {
			if href := r.address(a); href != "" {
				return a, href
			}
		}
		// A link around the item.
		return r.around(item)
	}
	for _, e := range r.within("link", item, r.sel.link) {
		for _, a := range links(e) {
			if href := r.address(a); href != "" {
				return a, href
			}
		}
		if a, href := r.around(e); href != "" {
			return a, href
		}
	}
	return nil, ""
}

// around returns the link that n stands in.
func (r *reader) around(n *html.Node) (*html.Node, string) {
	for n = n.Parent; n != nil; n = n.Parent {
		if n.DataAtom == atom.A {
			return n, r.address(n)
		}
	}
	return nil, ""
}

// links are the links in n, n itself included; the first few.
func links(n *html.Node) (out []*html.Node) {
	if n.DataAtom == atom.A {
		out = append(out, n)
	}
	for d := range n.Descendants() {
		if d.DataAtom == atom.A && d.Type == html.ElementNode {
			if out = append(out, d); len(out) == 50 {
				break
			}
		}
	}
	return out
}

// address is where a link leads, absolute; "" for scripts and places on the page.
func (r *reader) address(a *html.Node) string {
	href := page.Attr(a, "href")
	if strings.HasPrefix(href, "#") {
		return ""
	}
	return clean.Link(href, r.base)
}

// title returns an item's title: the text of its element, else of its link, else
// of another link to the same page. Lists often cut titles; the whole one is then
// in an attribute.
func (r *reader) title(item, link *html.Node) string {
	if r.sel.title != nil {
		for _, e := range r.within("title", item, r.sel.title) {
			own := links(e)
			if len(own) == 0 {
				own = []*html.Node{link}
			}
			if s := whole(e, own[0]); s != "" {
				return s
			}
		}
		return ""
	}
	if s := text(link); s != "" {
		return whole(link, link)
	}
	href := page.Attr(link, "href")
	for _, a := range links(item) {
		if page.Attr(a, "href") == href && text(a) != "" {
			return whole(a, a)
		}
	}
	return whole(link, link)
}

// whole returns the text of an element, or the title attribute of it or of the
// link, if that says more of the same or the text says nothing. Last come the words
// for a picture.
func whole(e, link *html.Node) string {
	s := text(e)
	stem := strings.TrimRight(s, ".… ")
	for _, n := range []*html.Node{e, link} {
		t := clean.Plain(cut(page.Attr(n, "title")))
		if s == "" && t != "" || stem != s && len(t) > len(stem) && strings.HasPrefix(t, stem) {
			return t
		}
	}
	if s != "" {
		return s
	}
	for d := range e.Descendants() {
		if d.DataAtom == atom.Img {
			if alt := clean.Plain(cut(page.Attr(d, "alt"))); alt != "" {
				return alt
			}
		}
	}
	return ""
}

// date reads an item's date: of each element what is for machines, then its text.
func (r *reader) date(item *html.Node, it *decode.Item, number int) {
	elements := r.within("date", item, r.sel.date)
	raw := ""
	for _, e := range elements {
		for _, s := range dates(e) {
			if s == "" {
				continue
			}
			if raw == "" {
				raw = s
			}
			if d := clean.Date(s, clean.DateOptions{Zone: r.Zone, MonthFirst: r.MonthFirst, Now: r.Now}); d.Known() {
				it.PublishedRaw, it.Article.Published = s, d
				return
			}
		}
	}
	switch {
	case raw != "":
		it.PublishedRaw, it.Article.Published = raw, feeds.Date{Raw: raw, Precision: feeds.Unknown}
		r.fault(FaultBadDate, "item %d (%s): the date %q is not understood", number, short(it.Article.Title), short(raw))
	case r.match("date").Items > 0:
		r.fault(FaultNoDate, "item %d (%s) has no date", number, short(it.Article.Title))
	}
}

// dates are the texts of an element that may be its date.
func dates(e *html.Node) []string {
	out := []string{page.Attr(e, "datetime"), page.Attr(e, "content")}
	for d := range e.Descendants() {
		if d.DataAtom == atom.Time {
			out = append(out, page.Attr(d, "datetime"))
			break
		}
	}
	whole := text(e)
	out = append(out, whole)
	// What stands beside a date is often a count of readers.
	for _, mark := range []string{"|", " - ", " – ", "•", "·"} {
		if parts := strings.Split(whole, mark); len(parts) > 1 {
			out = append(out, parts[:min(len(parts), 4)]...)
		}
	}
	for i := range out {
		out[i] = clean.Text(cut(out[i]))
	}
	return out
}

// text is the text of an element, bounded.
func text(e *html.Node) string { return clean.Text(cut(page.TextOf(e))) }

func cut(s string) string {
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}
