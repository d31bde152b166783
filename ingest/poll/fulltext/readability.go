package fulltext

import (
	"net/url"
	"strings"

	readability "codeberg.org/readeck/go-readability/v2"
	"golang.org/x/net/html"

	"loa/ingest/page"
)

// Bounds of a page for readability, which goes over its tree many times. Pages of
// portals have a tenth of that.
const (
	maxReadable = 1 << 20 // bytes
	maxElements = 20_000
	maxDepth    = 200
)

// readable is the text that readability finds, as foreign HTML, with its title; both
// are empty if it finds none. A fault of that library is one of this page alone.
func readable(text []byte, base *url.URL) (title, out string) {
	if len(text) > maxReadable {
		return "", ""
	}
	doc, err := page.Tree(text)
	if err != nil || !small(doc) {
		return "", ""
	}
	defer func() {
		if recover() != nil {
			title, out = "", ""
		}
	}()
	if base == nil {
		base = &url.URL{}
	}
	p := readability.NewParser()
	p.MaxElemsToParse = maxElements
	p.DisableJSONLD = true
	a, err := p.ParseAndMutate(doc, base)
	if err != nil || a.Node == nil {
		return "", ""
	}
	var b strings.Builder
	if html.Render(&b, a.Node) != nil {
		return "", ""
	}
	return a.Title(), b.String()
}

// small reports whether a tree is within bounds.
func small(doc *html.Node) bool {
	n, depth := 0, 0
	var within func(*html.Node) bool
	within = func(e *html.Node) bool {
		depth++
		defer func() { depth-- }()
		if n++; n > 3*maxElements || depth > maxDepth {
			return false
		}
		for c := e.FirstChild; c != nil; c = c.NextSibling {
			if !within(c) {
				return false
			}
		}
		return true
	}
	return within(doc)
}
