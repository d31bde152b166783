package clean

import "github.com/microcosm-cc/bluemonday"

// policy is the one allow-list of elements and attributes, compiled once and
// never changed. It follows bluemonday's policy for user content, with less: no
// class, style, id or name (which would let a text restyle a page or shadow its
// variables), no forms, frames, plug-ins, drawings or formulas, no media players.
//
// Addresses are not judged here but in [anchor] and [picture], which hold for
// the fast path too; an attribute that comes through here is only a candidate.
var policy = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	plain := []string{
		"p", "br", "hr", "wbr", "div", "section", "article", "aside", "figure", "figcaption", "blockquote", "pre",
		"address", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd",
		"table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th",
		"b", "strong", "i", "em", "u", "s", "strike", "tt", "del", "ins", "small", "sub", "sup", "mark", "code",
		"kbd", "samp", "var", "cite", "q", "abbr", "dfn",
		// Blocks that become a div, so that their words stay apart.
		"center", "header", "footer", "main", "nav", "form", "fieldset", "legend", "details", "summary",
	}
	p.AllowElements(plain...)
	p.AllowNoAttrs().OnElements(plain...)
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src", "data-src", "data-original", "alt", "width", "height").OnElements("img")
	p.AllowAttrs("colspan", "rowspan").OnElements("td", "th")
	p.SkipElementsContent("svg", "math", "template", "textarea", "select", "button", "audio", "video", "canvas",
		"applet", "xmp", "plaintext", "noscript", "datalist", "map", "dialog")
	// These have no content to skip: skipping would run to the end of the text.
	p.AllowElementsContent("frame", "frameset")
	return p
}()

// divs are the elements of the policy that become a div.
var divs = map[string]bool{
	"center": true, "header": true, "footer": true, "main": true, "nav": true, "form": true, "fieldset": true,
	"legend": true, "details": true, "summary": true,
}
