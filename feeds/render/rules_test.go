package render_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loa/feeds"
	"loa/feeds/render"
)

// The rules of this file are those of the specifications and of the RSS Advisory
// Board's profile that a validator looks for; each breach is one line.

func TestRulesOfTheFormats(t *testing.T) {
	for _, name := range cases(t) {
		for _, breach := range breaches(t, loadFeed(t, name)) {
			t.Errorf("%s: %s", name, breach)
		}
	}
}

func TestRulesWhateverTheContent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFeed().Draw(t, "feed")
		f.Retired = nil // its successors are of the register, not of an article
		for i := range f.Records {
			f.Records[i].ID, f.Records[i].Article.Unit = fmt.Sprintf("a%d", i), "09025"
		}
		if b := breaches(t, f); len(b) > 0 {
			t.Fatalf("%s", strings.Join(b, "\n"))
		}
	})
}

func breaches(t failer, f *render.Feed) []string {
	t.Helper()
	var l lint
	l.rss(parse(t, mustRender(t, f, feeds.RSS)))
	l.atom(parse(t, mustRender(t, f, feeds.Atom)))
	l.json(t, mustRender(t, f, feeds.JSON))
	return l
}

// node is an element; its name is qualified by the usual prefix.
type node struct {
	name  string
	attrs map[string]string
	text  string
	nodes []*node
}

var prefixes = map[string]string{
	"": "", "http://www.w3.org/2005/Atom": "atom:", "http://purl.org/rss/1.0/modules/content/": "content:",
	"http://purl.org/dc/elements/1.1/": "dc:", "http://search.yahoo.com/mrss/": "media:",
	"http://purl.org/syndication/history/1.0": "fh:", "http://purl.org/atompub/tombstones/1.0": "at:",
}

func parse(t failer, b []byte) *node {
	t.Helper()
	root := &node{}
	open := []*node{root}
	dec := xml.NewDecoder(bytes.NewReader(b))
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return root.nodes[0]
		}
		if err != nil {
			t.Fatalf("read XML: %v", err)
		}
		top := open[len(open)-1]
		switch tok := tok.(type) {
		case xml.StartElement:
			prefix, ok := prefixes[tok.Name.Space]
			if !ok {
				t.Fatalf("namespace %q", tok.Name.Space)
			}
			n := &node{name: prefix + tok.Name.Local, attrs: map[string]string{}}
			for _, a := range tok.Attr {
				n.attrs[a.Name.Local] = a.Value
			}
			top.nodes = append(top.nodes, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.text += string(tok)
		}
	}
}

func (n *node) all(name string) []*node {
	var out []*node
	for _, c := range n.nodes {
		if c.name == name {
			out = append(out, c)
		}
	}
	return out
}

func (n *node) index(name string) int {
	return slices.IndexFunc(n.nodes, func(c *node) bool { return c.name == name })
}

type lint []string

func (l *lint) want(ok bool, format string, args ...any) {
	if !ok {
		*l = append(*l, fmt.Sprintf(format, args...))
	}
}

// once wants each name at most once, and exactly once where it has a !.
func (l *lint) once(n *node, names string) {
	for name := range strings.FieldsSeq(names) {
		name, must := strings.CutSuffix(name, "!")
		got := len(n.all(name))
		l.want(got == 1 || got == 0 && !must, "%s has %d %s", n.name, got, name)
	}
}

var (
	uri     = regexp.MustCompile(`^https?://(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.~_%!$&'()*+,;=:@-]+)(/|\?|#|$)([0-9A-Za-z;/?:@&=+$.\-_!~*'(),]|%[0-9A-Fa-f]{2})*(#([0-9A-Za-z;/?:@&=+$.\-_!~*'(),]|%[0-9A-Fa-f]{2})*)?$`)
	tagURI  = regexp.MustCompile(`^tag:[a-z0-9.-]+,\d{4}(-\d\d(-\d\d)?)?:([0-9A-Za-z;/?:@&=+$.\-_!~*'(),]|%[0-9A-F]{2})*$`)
	mime    = regexp.MustCompile(`^[^\s()<>,;:\\"/\[\]?=]+/[^\s()<>,;:\\"/\[\]?=]+$`)
	digits  = regexp.MustCompile(`^[0-9]+$`)
	control = regexp.MustCompile(`[\x{7F}-\x{9F}]`)
)

func (l *lint) uri(what, s string)  { l.want(uri.MatchString(s), "%s %q is no address", what, s) }
func (l *lint) mime(what, s string) { l.want(mime.MatchString(s), "%s %q is no media type", what, s) }

func (l *lint) date(layout, s string) {
	v, err := time.Parse(layout, s)
	l.want(err == nil && v.Format(layout) == s, "date %q", s)
}

func (l *lint) text(n *node) {
	l.want(!control.MatchString(n.text), "control characters in %s", n.name)
	for _, c := range n.nodes {
		l.text(c)
	}
}

// links wants one self, and at most one alternate of a type.
func (l *lint) links(n *node) {
	var rels []string
	for _, a := range n.all("atom:link") {
		l.uri("link", a.attrs["href"])
		title, ok := a.attrs["title"]
		l.want(!ok || title != "", "a link with an empty title")
		if kind, ok := a.attrs["type"]; ok {
			l.mime("link", kind)
		}
		if rel := a.attrs["rel"]; rel == "self" || rel == "alternate" {
			l.want(!slices.Contains(rels, rel), "%s has several %s", n.name, rel)
			rels = append(rels, rel)
		}
	}
	if n.name != "atom:entry" {
		l.want(slices.Contains(rels, "self"), "%s has no self", n.name)
	}
	if n.name != "channel" {
		l.want(slices.Contains(rels, "alternate"), "%s has no alternate", n.name)
	}
}

func (l *lint) rss(root *node) {
	l.want(root.name == "rss" && root.attrs["version"] == "2.0", "root %s %v", root.name, root.attrs)
	l.once(root, "channel!")
	l.text(root)
	ch := root.nodes[0]
	l.once(ch, "title! link! description! language! lastBuildDate! generator docs! fh:archive fh:complete")
	l.links(ch)
	l.uri("channel", ch.all("link")[0].text)
	l.date(time.RFC1123Z, ch.all("lastBuildDate")[0].text)
	first := ch.index("item")
	var ids []string
	for i, it := range ch.nodes {
		l.want(first < 0 || i < first || it.name == "item", "%s after an item", it.name)
		if it.name != "item" {
			continue
		}
		l.once(it, "title! link! guid! pubDate description content:encoded enclosure source author comments dc:publisher dc:language dc:date")
		l.want(it.index("author") < 0 && it.index("dc:date") < 0, "an author or a dc:date")
		l.want(it.index("content:encoded") < 0 || it.index("description") >= 0 && it.index("description") < it.index("content:encoded"), "content before description")
		guid := it.all("guid")[0]
		l.want(guid.attrs["isPermaLink"] == "false" && tagURI.MatchString(guid.text) && !slices.Contains(ids, guid.text), "guid %q %v", guid.text, guid.attrs)
		ids = append(ids, guid.text)
		for _, c := range it.nodes {
			switch c.name {
			case "link", "dc:relation":
				l.uri(c.name, c.text)
			case "pubDate":
				l.date(time.RFC1123Z, c.text)
			case "source":
				l.uri("source", c.attrs["url"])
			case "category":
				l.want(c.text != "" && c.attrs["domain"] != "", "category %q %v", c.text, c.attrs)
			case "enclosure":
				l.uri("enclosure", c.attrs["url"])
				l.mime("enclosure", c.attrs["type"])
				l.want(digits.MatchString(c.attrs["length"]), "length %q", c.attrs["length"])
			case "media:content":
				l.uri("media", c.attrs["url"])
				l.mime("media", c.attrs["type"])
				l.want(slices.Contains([]string{"image", "audio", "video", "document"}, c.attrs["medium"]), "medium %q", c.attrs["medium"])
			}
		}
	}
}

func (l *lint) atom(root *node) {
	l.want(root.name == "atom:feed", "root %s", root.name)
	l.text(root)
	l.once(root, "atom:id! atom:title! atom:updated! atom:subtitle atom:generator fh:archive fh:complete")
	l.want(len(root.all("atom:author")) > 0, "no author")
	l.links(root)
	first := root.index("atom:entry")
	for i, n := range root.nodes {
		l.want(first < 0 || i < first || n.name == "atom:entry", "%s after an entry", n.name)
		switch n.name {
		case "at:deleted-entry":
			l.want(tagURI.MatchString(n.attrs["ref"]), "tombstone of %q", n.attrs["ref"])
			l.date(time.RFC3339, n.attrs["when"])
		case "atom:entry":
			l.once(n, "atom:id! atom:title! atom:updated! atom:published atom:summary atom:content atom:source atom:rights")
			l.links(n)
			l.want(n.index("atom:content") >= 0 || n.index("atom:summary") >= 0, "an entry without words")
			for _, c := range n.all("atom:category") {
				l.want(c.attrs["term"] != "" && tagURI.MatchString(c.attrs["scheme"]), "category %v", c.attrs)
			}
			for _, a := range n.all("atom:author") {
				l.want(strings.TrimSpace(a.nodes[0].text) != "", "an author without name")
			}
			for _, s := range n.all("atom:source") {
				l.once(s, "atom:id! atom:title! atom:updated!")
				l.links(s)
			}
		}
	}
	l.instants(root)
}

// instants looks at the ids and dates at any depth.
func (l *lint) instants(n *node) {
	for _, c := range n.nodes {
		switch c.name {
		case "atom:id":
			l.want(tagURI.MatchString(c.text), "id %q", c.text)
		case "atom:updated", "atom:published":
			l.date(time.RFC3339, c.text)
		}
		l.instants(c)
	}
}

func (l *lint) json(t failer, b []byte) {
	t.Helper()
	var f jsonRead
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatalf("read JSON Feed: %v", err)
	}
	l.want(f.Version == "https://jsonfeed.org/version/1.1" && f.Title != "" && f.Items != nil, "version, title or items")
	l.uri("home_page_url", f.HomePageURL)
	l.uri("feed_url", f.FeedURL)
	l.want(f.NextURL != f.FeedURL, "next_url is feed_url")
	var ids []string
	for _, it := range f.Items {
		l.want(tagURI.MatchString(it.ID) && !slices.Contains(ids, it.ID), "id %q", it.ID)
		ids = append(ids, it.ID)
		l.uri("url", it.URL)
		l.want(it.ContentHTML != "" || it.ContentText != "", "an item without content")
		l.date(time.RFC3339, it.Modified)
		if it.Published != "" {
			l.date(time.RFC3339, it.Published)
		}
		for _, a := range it.Attachments {
			l.uri("attachment", a.URL)
			l.mime("attachment", a.Type)
			l.want(a.Size == nil || *a.Size > 0, "size_in_bytes %v", a.Size)
		}
		for _, a := range it.Authors {
			l.want(a.Name != "", "an author without name")
		}
		l.want(!slices.Contains(it.Tags, ""), "an empty tag")
	}
}
