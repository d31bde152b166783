package page

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// boxes are the words in class and id of what stands around an article.
var boxes = set(`share sharing shares social socials addthis addtoany fblike comment comments binhluan disqus related relate relatednews lienquan tinkhac
	tinlienquan breadcrumb breadcrumbs print printer toolbar pagination pager rating ratings vote voting sidebar sidenav menu nav navbar navigation topbar
	topnav footer advert advertisement ads adv popup modal cookie cookies search login newsletter othernews cungchuyenmuc readmore mobile-menu
	skip-link sr-only visually-hidden d-none noprint fontsize relatedonenews`)

var boxPhrases = []string{"tin-lien-quan", "tin-khac", "cung-chuyen-muc", "binh-luan", "other-news", "news-other", "related-", "tin-cung", "bai-viet-khac", "font-size", "relate-container", "skip-"}

// isBox reports whether class, id or role of n say that it is none of the article.
func isBox(n *html.Node) bool {
	switch value(n, "role") {
	case "navigation", "search", "complementary", "contentinfo", "banner", "dialog", "menu", "menubar", "toolbar":
		return true
	}
	names := strings.ToLower(value(n, "class") + " " + value(n, "id") + " " + value(n, "type"))
	if len(names) > 1000 || names == "  " {
		return false
	}
	for whole := range strings.FieldsSeq(names) {
		if boxes[whole] {
			return true
		}
		for w := range strings.FieldsFuncSeq(whole, func(r rune) bool { return r == '-' || r == '_' }) {
			if boxes[w] {
				return true
			}
		}
		whole = strings.ReplaceAll(whole, "_", "-")
		for _, p := range boxPhrases {
			if strings.Contains(whole, p) {
				return true
			}
		}
	}
	return false
}

// isHidden reports whether the page does not show n.
func isHidden(n *html.Node) bool {
	if hasAttr(n, "hidden") || value(n, "aria-hidden") == "true" {
		return true
	}
	style := strings.ToLower(strings.ReplaceAll(value(n, "style"), " ", ""))
	return strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden")
}

// clear takes from the tree what is none of an article: what is not read or not
// shown, menus, boxes. A box that holds most of the page's text is none, whatever
// its class says.
func (d *document) clear() {
	text, linked := size(d.root)
	most := (text - linked) * 4 / 10
	body := d.bodyMarks()
	var gone []*html.Node
	walk(d.root, func(n *html.Node) bool {
		if n.Type != html.ElementNode || n == d.root {
			return true
		}
		switch {
		case unread(n), isHidden(n), n.DataAtom == atom.Label:
			gone = append(gone, n)
			return false
		case n.DataAtom == atom.Nav, n.DataAtom == atom.Footer, n.DataAtom == atom.Aside, n.DataAtom == atom.Dialog, isBox(n):
			if n.DataAtom == atom.A || matchesAny(n, body) {
				return true
			}
			text, linked := size(n)
			if own := text - linked; own > most && own > 200 || len(find(n, body)) > 0 && own > 200 {
				return true
			}
			gone = append(gone, n)
			return false
		case n.DataAtom == atom.Header:
			if !upTo(n.Parent, []mark{{tag: "article"}, {tag: "main"}}) && len(find(n, body)) == 0 && !d.holdsTitle(n) {
				gone = append(gone, n)
				return false
			}
		}
		return true
	})
	for _, n := range gone {
		remove(n)
	}
}

// bodyMarks are the marks of text that are sure enough to save a box.
func (d *document) bodyMarks() []mark {
	ms := marks("[itemprop=articleBody]")
	if len(d.rules) > 1 {
		ms = append(ms, d.rules[0].body...)
	}
	return ms
}

func (d *document) holdsTitle(n *html.Node) bool {
	title := d.page.Article.Title
	if title == "" {
		return false
	}
	for _, h := range []string{"h1", "h2", "h3"} {
		for _, x := range find(n, []mark{{tag: h}}) {
			if textOf(x) == title {
				return true
			}
		}
	}
	return false
}

// forms takes the forms out of the content. One that is around most of it is that
// of ASP.NET, which puts whole pages into one.
func (d *document) forms() {
	text, _ := size(d.content)
	var gone []*html.Node
	walk(d.content, func(n *html.Node) bool {
		if n.DataAtom == atom.Form && n != d.content {
			if t, _ := size(n); t*2 < text {
				gone = append(gone, n)
				return false
			}
		}
		return true
	})
	for _, n := range gone {
		remove(n)
	}
}
