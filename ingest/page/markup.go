package page

import (
	"strings"

	"golang.org/x/net/html"
)

// Tree makes a tree of a page's markup, for whoever reads something else from it
// than an article. text is UTF-8. Within the bounds of [Parse], it has no scripts,
// styles, comments and form inputs; what is beyond them is ErrTooLarge or
// ErrTooComplex.
func Tree(text []byte) (*html.Node, error) {
	if len(text) > 2*MaxBytes {
		return nil, ErrTooLarge
	}
	r := reader{page: &Page{}}
	doc, _, err := r.parse(text)
	return doc, err
}

// TextOf returns the text in n as one line, without what readers do not see.
func TextOf(n *html.Node) string { return textOf(n) }

// Attr returns the value of an attribute, without blanks around it; "" if there is
// none.
func Attr(n *html.Node, key string) string { return strings.TrimSpace(value(n, key)) }
