package page

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"loa/ingest/clean"
)

// Bounds of metadata.
const (
	maxNames  = 60
	maxValues = 20
	maxValue  = 4000
)

// metadata is what a page says of itself in its head, and what programs add to
// the body for search engines.
type metadata struct {
	meta      map[string][]string // name or property in lower case
	canonical string
	title     string
	lang      string
	news      news
}

// news is an article of schema.org in JSON-LD.
type news struct {
	Headline  string
	Published string
	Modified  string
	Section   string
	Authors   []string
}

func (m *metadata) first(names ...string) string {
	for _, n := range names {
		for _, v := range m.meta[n] {
			if v != "" {
				return v
			}
		}
	}
	return ""
}

// metadata reads the page's metadata and sets the base of its links.
func (r *reader) metadata(doc *html.Node, s *scripts) *metadata {
	m := &metadata{meta: map[string][]string{}}
	based := false
	walk(doc, func(n *html.Node) bool {
		if n.Type != html.ElementNode {
			return true
		}
		switch n.DataAtom {
		case atom.Svg, atom.Math:
			return false
		case atom.Html:
			m.lang = value(n, "lang")
			if m.lang == "" {
				m.lang = value(n, "xml:lang")
			}
		case atom.Base:
			if href := clean.Link(value(n, "href"), r.base); href != "" && !based {
				based = true
				r.base = baseURL(href)
			}
		case atom.Title:
			if m.title == "" && n.FirstChild != nil {
				m.title = clean.Text(n.FirstChild.Data)
			}
		case atom.Link:
			if hasWord(strings.ToLower(value(n, "rel")), "canonical") && m.canonical == "" {
				m.canonical = value(n, "href")
			}
		case atom.Meta:
			name := value(n, "name")
			if name == "" {
				name = value(n, "property")
			}
			m.add(strings.ToLower(strings.TrimSpace(name)), value(n, "content"))
		}
		return true
	})
	for _, name := range slices.Sorted(maps.Keys(m.meta)) {
		values := m.meta[name]
		if term, ok := dublinCore(name); ok {
			r.page.Metadata[term] = append(r.page.Metadata[term], values...)
		}
	}
	for _, text := range s.linked {
		m.news.read(text)
	}
	return m
}

func (m *metadata) add(name, content string) {
	content = clean.Plain(content[:min(len(content), maxValue)])
	if name == "" || content == "" || len(name) > 100 || m.meta[name] == nil && len(m.meta) >= maxNames || len(m.meta[name]) >= maxValues {
		return
	}
	m.meta[name] = append(m.meta[name], content)
}

// dublinCore returns the element or term that the name of a meta element means:
// `DC.title`, `dc:Title`, `DCTERMS.issued`, `DC.Date.created` (which is the term
// of its refinement).
func dublinCore(name string) (string, bool) {
	for _, prefix := range [...]string{"dcterms.", "dcterms:", "dc.", "dc:"} {
		term, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		if i := strings.LastIndexAny(term, ".:"); i >= 0 && strings.HasPrefix(term, "date") {
			term = term[i+1:]
		} else if i := strings.IndexAny(term, ".:"); i > 0 {
			term = term[:i]
		}
		return term, term != ""
	}
	return "", false
}

// read takes the first news article of a JSON-LD text. One that is malformed says
// nothing.
func (a *news) read(text string) {
	var v any
	if json.Unmarshal([]byte(clean.Plain(text)), &v) != nil && json.Unmarshal([]byte(text), &v) != nil {
		return
	}
	a.find(v, 8)
}

func (a *news) find(v any, depth int) {
	if depth == 0 || a.Headline != "" {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, x := range v[:min(len(v), 100)] {
			a.find(x, depth-1)
		}
	case map[string]any:
		for _, t := range texts(v["@type"]) {
			switch t {
			case "NewsArticle", "Article", "BlogPosting", "ReportageNewsArticle", "Report":
				a.Headline, a.Published, a.Modified = one(v["headline"]), one(v["datePublished"]), one(v["dateModified"])
				a.Section, a.Authors = one(v["articleSection"]), texts(v["author"])
				return
			}
		}
		a.find(v["@graph"], depth-1)
		a.find(v["mainEntity"], depth-1)
	}
}

// texts returns a value, its name, or those of a list.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		if s := clean.Plain(v[:min(len(v), maxValue)]); s != "" {
			return []string{s}
		}
	case map[string]any:
		if s, ok := v["name"].(string); ok {
			return texts(s)
		}
	case []any:
		var out []string
		for _, x := range v[:min(len(v), maxValues)] {
			if _, list := x.([]any); !list {
				out = append(out, texts(x)...)
			}
		}
		return out
	}
	return nil
}

func one(v any) string {
	if s := texts(v); len(s) > 0 {
		return s[0]
	}
	return ""
}

// address returns the page's own: the canonical one, unless it is that of the
// home page, which many programs write into all their pages.
func (r *reader) address(m *metadata) string {
	for _, ref := range []string{m.canonical, m.first("og:url")} {
		link := clean.Link(ref, r.base)
		u, err := url.Parse(link)
		if link != "" && err == nil && (strings.Trim(u.Path, "/") != "" || u.RawQuery != "") {
			return link
		}
	}
	return r.URL
}
