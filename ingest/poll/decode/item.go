package decode

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"
	ext "github.com/mmcdole/gofeed/extensions"
	"github.com/mmcdole/gofeed/rss"

	"loa/feeds"
	"loa/ingest/clean"
)

// Limits of one item; what is beyond them is left out without a word.
const (
	maxTags        = 50
	maxAuthors     = 50
	maxAttachments = 50
)

func (r *reader) rssItem(f *Feed, u *gofeed.Item, o *rss.Item, m itemMeta) {
	it := Item{Base: urlText(m.html)}
	if o.GUID != nil {
		it.GUID = strings.TrimSpace(o.GUID.Value)
		// An attribute that is missing means true (RSS 2.0, <guid>).
		it.PermaLink = !strings.EqualFold(strings.TrimSpace(o.GUID.IsPermalink), "false") && isWeb(it.GUID)
	}
	a := &it.Article
	a.Title = clean.Plain(r.mend(u.Title))
	a.URL = cmp.Or(r.link(u.Link, m.base), r.linkOfExtension(o.Extensions, m.base))
	if a.URL == "" && it.PermaLink {
		a.URL = r.link(it.GUID, m.base)
	}
	a.Summary, a.ContentHTML = summaryAndContent(r.mend(u.Description), r.mend(cmp.Or(u.Content, o.Custom["encoded"])))
	a.Language = cmp.Or(m.lang, f.Language)
	if name := personName(r.mend(o.Author)); name != "" {
		a.Authors = appendNew(a.Authors, name)
	}
	if o.DublinCoreExt != nil {
		for _, s := range slices.Concat(o.DublinCoreExt.Creator, o.DublinCoreExt.Author) {
			a.Authors = r.appendName(a.Authors, s)
		}
		for _, s := range o.DublinCoreExt.Subject {
			a.Tags = appendTag(a.Tags, r.mend(s))
		}
		for _, s := range o.DublinCoreExt.Identifier {
			it.Identifiers = append(it.Identifiers, clean.Plain(r.mend(s)))
		}
	}
	for _, c := range o.Categories {
		a.Tags = appendTag(a.Tags, r.mend(c.Value))
	}
	for _, e := range o.Enclosures {
		r.attach(a, m.base, feeds.Attachment{URL: e.URL, Type: e.Type, Length: length(e.Length)})
	}
	media := o.Extensions["media"]
	r.attachMedia(a, m.base, media["content"])
	for _, g := range media["group"] {
		r.attachMedia(a, m.base, g.Children["content"])
	}
	it.PublishedRaw = strings.TrimSpace(u.Published)
	it.UpdatedRaw = strings.TrimSpace(cmp.Or(first(o.Extensions["atom"]["updated"]), first(o.Extensions["dcterms"]["modified"])))
	r.keep(f, it)
}

// atomEntry takes an entry. Without authors of its own, its source's or the
// feed's are its authors (RFC 4287 section 4.2.1).
func (r *reader) atomEntry(f *Feed, o *atom.Entry, m itemMeta, feedAuthors []string) {
	it := Item{GUID: strings.TrimSpace(o.ID), Base: urlText(m.html)}
	for _, e := range o.Extensions["dc"]["identifier"] {
		it.Identifiers = append(it.Identifiers, clean.Plain(r.mend(e.Value)))
	}
	a := &it.Article
	a.Title = clean.Plain(r.mend(o.Title))
	a.Language = cmp.Or(m.lang, f.Language)
	for _, l := range o.Links {
		switch strings.ToLower(strings.TrimSpace(l.Rel)) {
		case "", "alternate":
			if a.URL == "" {
				a.URL = r.link(l.Href, m.base)
			}
		case "enclosure":
			r.attach(a, m.base, feeds.Attachment{URL: l.Href, Type: l.Type, Length: length(l.Length), Title: l.Title})
		}
	}
	if a.URL == "" && isWeb(it.GUID) {
		// An id need not be an address (RFC 4287 section 4.2.6), but where an
		// entry has no other, it is the only way to its page.
		a.URL = r.link(it.GUID, m.base)
	}
	var content string
	if c := o.Content; c != nil {
		if c.Src != "" {
			r.attach(a, m.base, feeds.Attachment{URL: c.Src, Type: c.Type})
		}
		content = atomContent(c.Type, r.mend(c.Value))
	}
	a.Summary, a.ContentHTML = summaryAndContent(r.mend(o.Summary), content)
	for _, p := range o.Authors {
		a.Authors = r.appendName(a.Authors, p.Name)
	}
	if o.Source != nil && len(a.Authors) == 0 {
		for _, p := range o.Source.Authors {
			a.Authors = r.appendName(a.Authors, p.Name)
		}
	}
	if len(a.Authors) == 0 {
		a.Authors = feedAuthors
	}
	for _, c := range o.Categories {
		a.Tags = appendTag(a.Tags, r.mend(cmp.Or(c.Label, c.Term)))
	}
	it.PublishedRaw = strings.TrimSpace(cmp.Or(o.Published, o.Updated))
	it.UpdatedRaw = strings.TrimSpace(o.Updated)
	r.keep(f, it)
}

// atomContent gives a content element the form of HTML (RFC 4287 section
// 4.1.3.3); what is neither text nor markup has none.
func atomContent(mediaType, value string) string {
	switch kind := strings.ToLower(strings.TrimSpace(mediaType)); {
	case kind == "" || kind == "text" || kind == "text/plain":
		if value == "" {
			return ""
		}
		return clean.Paragraphs(value)
	case kind == "html" || kind == "xhtml" || strings.HasPrefix(kind, "text/html") || strings.HasPrefix(kind, "application/xhtml+xml"):
		return value
	}
	return ""
}

// keep adds an item to the feed if there is anything to know it by.
func (r *reader) keep(f *Feed, it Item) {
	a := &it.Article
	if a.Title == "" && a.URL == "" && it.GUID == "" && (isPlaceholder(a.Summary) && isPlaceholder(clean.Plain(a.ContentHTML))) {
		r.faults.add(FaultEmptyItem, "item without title, link, guid and text left out")
		return
	}
	a.Published, a.Updated = r.date(it.PublishedRaw), r.date(it.UpdatedRaw)
	if it.PublishedRaw == "" {
		a.Published = feeds.Date{}
	}
	if it.UpdatedRaw == "" {
		a.Updated = feeds.Date{}
	}
	f.Items = append(f.Items, it)
}

// isPlaceholder reports whether text is none, or what a CMS writes for none.
func isPlaceholder(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "", "no description", "no title":
		return true
	}
	return false
}

// summaryAndContent divides what a feed says between summary and content: the
// description is both when it is HTML and there is nothing else.
func summaryAndContent(description, content string) (string, string) {
	description, content = strings.TrimSpace(description), strings.TrimSpace(content)
	summary := clean.Plain(description)
	if content == "" && isHTML(description) {
		content = description
	}
	return summary, content
}

// isHTML reports whether text has a tag or an entity in it.
func isHTML(s string) bool {
	for i := range len(s) {
		if s[i] != '<' && s[i] != '&' || i+1 == len(s) {
			continue
		}
		c := s[i+1]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if s[i] == '<' && (letter || c == '/' || c == '!') {
			return true
		}
		if s[i] == '&' && (letter || c == '#') {
			if end := strings.IndexByte(s[i:min(len(s), i+32)], ';'); end > 1 && !strings.ContainsAny(s[i:i+end], " <=") {
				return true
			}
		}
	}
	return false
}

func (r *reader) link(ref string, base *url.URL) string {
	ref = strings.TrimSpace(ref)
	if ref == "" {
		return ""
	}
	return clean.Link(ref, base)
}

func (r *reader) linkOfExtension(e ext.Extensions, base *url.URL) string {
	for _, l := range e["atom"]["link"] {
		if rel := l.Attrs["rel"]; rel == "" || rel == "alternate" {
			return r.link(l.Attrs["href"], base)
		}
	}
	return ""
}

func (r *reader) attachMedia(a *feeds.Article, base *url.URL, contents []ext.Extension) {
	for _, c := range contents {
		r.attach(a, base, feeds.Attachment{
			URL: c.Attrs["url"], Type: c.Attrs["type"], Length: length(c.Attrs["fileSize"]), Title: first(c.Children["title"]),
		})
	}
}

// attach adds an attachment that has an address and is not there yet.
func (r *reader) attach(a *feeds.Article, base *url.URL, f feeds.Attachment) {
	f.URL = r.link(f.URL, base)
	if f.URL == "" || len(a.Attachments) == maxAttachments {
		return
	}
	for _, g := range a.Attachments {
		if g.URL == f.URL {
			return
		}
	}
	f.Type, f.Title = strings.TrimSpace(f.Type), clean.Plain(r.mend(f.Title))
	a.Attachments = append(a.Attachments, f)
}

func length(s string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// personName takes the name out of "address (name)" and "name (address)". A
// mere address is no name, and not ours to spread.
func personName(s string) string {
	s = clean.Plain(s)
	open, shut := strings.IndexByte(s, '('), strings.LastIndexByte(s, ')')
	if !strings.Contains(s, "@") {
		return s
	}
	if open >= 0 && shut > open {
		for _, part := range []string{s[open+1 : shut], s[:open]} {
			if !strings.Contains(part, "@") {
				return strings.TrimSpace(part)
			}
		}
	}
	return ""
}

func (r *reader) appendName(names []string, s string) []string {
	if name := personName(r.mend(s)); name != "" && len(names) < maxAuthors {
		return appendNew(names, name)
	}
	return names
}

func appendTag(tags []string, s string) []string {
	if s = clean.Plain(s); s == "" || len(tags) == maxTags {
		return tags
	}
	return appendNew(tags, s)
}

func appendNew[T comparable](list []T, v T) []T {
	if slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

func isWeb(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

func urlText(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.String()
}
