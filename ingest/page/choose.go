package page

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"loa/feeds"
)

// Least text, in runes outside of links, of a content.
const (
	leastMarked  = 30
	leastGeneric = 80
	leastDense   = 140
)

// choose finds the element that has the article's text: by the marks of the
// platform, then those of pages in general, then as the densest block. Error
// pages and lists of articles have none.
func (d *document) choose() error {
	for i, p := range d.rules {
		sure := i+1 < len(d.rules)
		least := leastGeneric
		if sure {
			least = leastMarked
		}
		for j := range p.body {
			nodes := find(d.root, p.body[j:j+1])
			n, own := largest(nodes)
			if !sure && len(nodes) > 2 && isEntry(n, nodes, own) {
				continue
			}
			if n == nil || own < least && !(sure && hasFile(n)) || isList(n) {
				continue
			}
			if broad(n) {
				// A mark around much more than the text.
				if dense, own := densest(n); own > leastDense {
					n = dense
				}
			}
			d.content, d.known = n, sure
			break
		}
		if d.content != nil {
			break
		}
	}
	if d.content == nil {
		root := d.root
		if m, own := largest(find(d.root, marks("main [role=main] #main #content"))); m != nil && own > leastDense {
			root = m
		}
		n, own := densest(root)
		if own < leastDense || isList(n) {
			return ErrNoArticle
		}
		d.content = n
	}
	if !d.known && d.isError() {
		return ErrNoArticle
	}
	return nil
}

var errorWords = []string{"bao-tri", "404", "khong-tim-thay", "khong-ton-tai", "not-found", "503", "502", "500", "unavailable", "access-denied", "forbidden",
	"just-a-moment", "dang-nang-cap", "loi-he-thong", "runtime-error", "server-error", "tam-dung-hoat-dong", "tu-choi-truy-cap"}

// isError reports whether a short page calls itself an error or under maintenance.
func (d *document) isError() bool {
	text, linked := size(d.root)
	if text-linked > 700 {
		return false
	}
	slug := feeds.Slug(d.metadata.title + " " + d.page.Article.Title)
	for _, w := range errorWords {
		if strings.Contains("-"+slug+"-", "-"+w+"-") {
			return true
		}
	}
	return false
}

// largest returns the element with most text outside of links, and that text's size.
func largest(nodes []*html.Node) (best *html.Node, most int) {
	most = -1
	for _, n := range nodes[:min(len(nodes), 200)] {
		if text, linked := size(n); text-linked > most {
			best, most = n, text-linked
		}
	}
	return best, most
}

// isEntry reports whether the largest of several elements is one of many alike:
// an entry of a list.
func isEntry(n *html.Node, nodes []*html.Node, own int) bool {
	rest := 0
	for _, k := range nodes[:min(len(nodes), 200)] {
		if !within(k, n) {
			text, linked := size(k)
			rest += text - linked
		}
	}
	return rest > own
}

// broad elements hold more than a text by their nature.
func broad(n *html.Node) bool {
	id := value(n, "id")
	return n.DataAtom == atom.Article && len(find(n, []mark{{tag: "article"}})) > 3 || id == "dnn_ContentPane" || strings.HasPrefix(id, "ctl00_PlaceHolderMain_")
}

func hasFile(n *html.Node) bool {
	ok := false
	walk(n, func(c *html.Node) bool {
		ok = ok || c.DataAtom == atom.A && fileType(value(c, "href")) != "" || c.DataAtom == atom.Img
		return !ok
	})
	return ok
}

// isList reports whether an element is a list of articles: headings that are
// links, and little text for each.
func isList(n *html.Node) bool {
	heads := 0
	walk(n, func(c *html.Node) bool {
		switch c.DataAtom {
		case atom.H2, atom.H3, atom.H4, atom.H5:
			text, linked := size(c)
			if text > 20 && linked*10 > text*8 {
				heads++
			}
			return false
		}
		return true
	})
	text, linked := size(n)
	own := text - linked
	return heads >= 4 && own < 400*heads || own*4 < text && heads >= 2 || text > 200 && own*10 < text
}

// densest returns the block with most text in paragraphs of its own, and the size
// of all its text outside of links. A paragraph counts for the block around it,
// and half for the one around that, since editors wrap paragraphs.
func densest(root *html.Node) (best *html.Node, own int) {
	score := map[*html.Node]int{}
	var order []*html.Node
	add := func(n *html.Node, points int) {
		if n == nil || points == 0 || n.Type != html.ElementNode || !within(n, root) {
			return
		}
		if _, ok := score[n]; !ok {
			order = append(order, n)
		}
		score[n] += points
	}
	for _, l := range collect(root) {
		points := l.runes() - l.linked
		if points < 25 || len(l.nodes) == 0 {
			continue
		}
		box := l.nodes[0].Parent
		for box != nil && box != root && (!isBlock(box) || box.DataAtom == atom.P || box.DataAtom == atom.Li || box.DataAtom == atom.Ul || box.DataAtom == atom.Ol || box.DataAtom == atom.Tr || box.DataAtom == atom.Tbody || box.DataAtom == atom.Blockquote) {
			box = box.Parent
		}
		add(box, points)
		if box != nil && box != root {
			add(box.Parent, points/2)
			if box.Parent != nil && box.Parent != root {
				add(box.Parent.Parent, points/4)
			}
		}
	}
	best = root
	most := 0
	for _, n := range order {
		if score[n] > most {
			best, most = n, score[n]
		}
	}
	text, linked := size(best)
	return best, text - linked
}
