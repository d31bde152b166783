package page

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"loa/feeds"
	"loa/ingest/clean"
)

// collect returns the lines of a tree in document order: the text between two
// blocks or line breaks. A table is one line, unless it is there for layout.
func collect(root *html.Node) []line {
	c := collector{blocky: map[*html.Node]bool{}}
	c.survey(root)
	c.block(root, false)
	return c.lines
}

type collector struct {
	lines  []line
	blocky map[*html.Node]bool // holds blocks or line breaks
}

// survey finds the elements that hold blocks or line breaks.
func (c *collector) survey(n *html.Node) bool {
	inside := false
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		if k.Type == html.ElementNode && !unread(k) {
			below := c.survey(k)
			inside = inside || below || isBlock(k) || k.DataAtom == atom.Br
		}
	}
	c.blocky[n] = inside
	return inside
}

func (c *collector) block(n *html.Node, right bool) {
	right = right || isRight(n)
	var run []*html.Node
	joined := false
	flush := func() {
		c.line(run, joined, right)
		run, joined = nil, false
	}
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		switch {
		case k.Type == html.TextNode:
			run = append(run, k)
		case k.Type != html.ElementNode || unread(k):
		case k.DataAtom == atom.Br:
			run = append(run, k)
			flush()
			joined = true
		case k.DataAtom == atom.Table && !isLayout(k), k.DataAtom == atom.Pre, k.DataAtom == atom.Figure:
			flush()
			c.line([]*html.Node{k}, false, right)
			if len(c.lines) > 0 {
				c.lines[len(c.lines)-1].rich = true
			}
		case isBlock(k) || c.blocky[k]:
			flush()
			c.block(k, right)
		default:
			run = append(run, k)
		}
	}
	flush()
}

func (c *collector) line(run []*html.Node, joined, right bool) {
	var b strings.Builder
	rich, linked := false, 0
	for _, n := range run {
		writeText(&b, n)
		walk(n, func(k *html.Node) bool {
			rich = rich || k.DataAtom == atom.Img
			return !rich
		})
		_, in := size(n)
		linked += in
		right = right || n.Type == html.ElementNode && isRight(n)
	}
	l := newLine(b.String())
	if l.text == "" && !rich {
		return
	}
	l.joined, l.right, l.rich, l.nodes, l.linked = joined, right, rich, run, linked
	c.lines = append(c.lines, l)
}

// isLayout reports whether a table arranges a page: a cell has a whole text, a
// heading, several blocks or another table.
func isLayout(table *html.Node) bool {
	layout := false
	walk(table, func(n *html.Node) bool {
		if n.DataAtom != atom.Td || layout {
			return !layout
		}
		blocks := 0
		walk(n, func(k *html.Node) bool {
			switch k.DataAtom {
			case atom.Table, atom.H1, atom.H2, atom.H3:
				layout = true
			case atom.P, atom.Div:
				blocks++
			}
			return !layout
		})
		if !layout {
			text, linked := size(n)
			layout = blocks > 3 || text-linked > 500
		}
		return !layout
	})
	return layout
}

func isRight(n *html.Node) bool {
	if strings.EqualFold(value(n, "align"), "right") || hasWord(value(n, "class"), "text-right") || hasWord(value(n, "class"), "text-end") {
		return true
	}
	style := strings.ToLower(strings.ReplaceAll(value(n, "style"), " ", ""))
	return strings.Contains(style, "text-align:right")
}

// around reads the lines between title and content, and those just below the
// content, for dates and names that no mark gives.
func (d *document) around() {
	title := d.page.Article.Title
	lines := collect(d.root)
	from, start, end := -1, -1, -1
	for i := range lines {
		if len(lines[i].nodes) == 0 {
			continue
		}
		if within(lines[i].nodes[0], d.content) {
			if start < 0 {
				start = i
			}
			end = i
		} else if lines[i].text == title && start < 0 {
			from = i
		}
	}
	if start < 0 {
		return
	}
	if from >= 0 {
		for i := from + 1; i < start; i++ {
			d.found.take(d.fields(&lines[i]))
			if n := lines[i].nodes[0]; n.DataAtom == atom.Figure && lines[i].runes() < 300 {
				d.figures = append(d.figures, n)
			}
		}
	}
	for i := end + 1; i < min(len(lines), end+8); i++ {
		l := &lines[i]
		if isRelated(l.slug) || l.prose() {
			break
		}
		if f := d.fields(l); len(f) > 0 && f[0].value != "bare" {
			d.found.take(f)
		} else if names := byline(l, &line{rich: true}); names != nil && i == end+1 && l.right {
			d.found.authors = append(d.found.authors, names...)
		}
	}
}

// text trims the content and returns it as foreign HTML.
func (d *document) text() (string, error) {
	d.asides()
	all := collect(d.content)
	lines := all
	a := &d.page.Article
	for i := range min(len(lines), 12) {
		if lines[i].prose() && lines[i].text != a.Title {
			break
		}
		if a.Title != "" && feeds.Slug(lines[i].text) == feeds.Slug(a.Title) {
			// What stands above the title is the page's.
			lines = lines[i+1:]
			break
		}
	}
	if a.Title == "" {
		lines = d.head(lines)
	}
	kept := d.trim(lines)
	stays := map[*html.Node]bool{}
	for i := range kept {
		if len(kept[i].nodes) > 0 {
			stays[kept[i].nodes[0]] = true
		}
	}
	for i := range all {
		if len(all[i].nodes) > 0 && !stays[all[i].nodes[0]] {
			for _, n := range all[i].nodes {
				d.prune(n)
			}
		}
	}
	if len(a.Authors) == 0 && len(d.found.authors) == 0 {
		for _, s := range append([]string{}, append(d.news.Authors, d.first("author", "article:author", "dc.creator", "dcterms.creator"))...) {
			if isAuthor(s) && !d.isSite(s) {
				a.Authors = append(a.Authors, people(s)...)
			}
		}
	}
	d.found.bare = append(d.found.bare, d.dublinDate...)
	for n := d.content.LastChild; n != nil && (n.DataAtom == atom.Br || n.Type == html.TextNode && strings.TrimSpace(n.Data) == ""); n = d.content.LastChild {
		d.content.RemoveChild(n)
	}
	var b bytes.Buffer
	for _, n := range d.figures {
		if err := html.Render(&b, n); err != nil {
			return "", ErrTooComplex
		}
	}
	for n := d.content.FirstChild; n != nil; n = n.NextSibling {
		if err := html.Render(&b, n); err != nil {
			return "", ErrTooComplex
		}
	}
	return clean.HTML(b.String(), d.base), nil
}

// prune removes n, and what is empty without it.
func (d *document) prune(n *html.Node) {
	for n != d.content && n.Parent != nil {
		parent := n.Parent
		parent.RemoveChild(n)
		for c := parent.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.ElementNode && c.DataAtom != atom.Br || strings.TrimSpace(c.Data) != "" && c.Type == html.TextNode {
				return
			}
		}
		n = parent
	}
}

// maxAsides bounds the boxes of one article.
const maxAsides = 20

// asides takes out boxes of related articles in the midst of the text. What has
// text below it is only a box if an element of its own is around it.
func (d *document) asides() {
	lines := collect(d.content)
	lastProse := -1
	for i := range lines {
		if lines[i].prose() && lines[i].linked*2 < lines[i].runes() {
			lastProse = i
		}
	}
	found := 0
	for i := range lines[:max(lastProse, 0)] {
		l := &lines[i]
		if found == maxAsides || l.rich || !isRelated(l.slug) || len(l.nodes) == 0 || !within(l.nodes[0], d.content) {
			continue
		}
		found++
		box := l.nodes[0]
		for box.Parent != nil && box.Parent != d.content {
			text, linked := size(box.Parent)
			if text-linked > 200 {
				break
			}
			box = box.Parent
		}
		if text, _ := size(box); text > l.runes()+10 {
			remove(box)
		}
	}
}
