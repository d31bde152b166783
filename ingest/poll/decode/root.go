package decode

import (
	"bytes"
	"strings"
)

// root is where a document's root element stands.
type root struct {
	at   int
	kind string
	// bare is set when the document begins with the channel, its root is lost.
	bare bool
	// junk is set when something that is no XML stands before it.
	junk bool
}

// findRoot looks for the root of a feed past declarations, comments of any
// length, a document type, and junk: text that a browser or a server added. An
// HTML page is told from junk by its own root.
func findRoot(b []byte, contentType string) (root, error) {
	first, junk := "", false
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], '<')
		if i < 0 {
			break
		}
		junk = junk || len(bytes.TrimSpace(b[at:at+i])) > 0
		at += i
		n := 1
		switch rest := b[at:]; {
		case bytes.HasPrefix(rest, []byte("<!--")):
			n = after(rest, 4, "-->")
		case bytes.HasPrefix(rest, []byte("<?")):
			n = after(rest, 2, ">")
		case bytes.HasPrefix(rest, []byte("<!")):
			if n = doctype(rest); n > 0 && isHTMLType(rest[:n]) {
				return root{}, ErrHTMLPage
			}
		default:
			name, size := tagName(rest[1:])
			if size == 0 {
				junk = true
				break
			}
			local := localName(name)
			switch {
			case local == "rss" || local == "rdf":
				return root{at: at, kind: RSS, junk: junk}, nil
			case local == "feed":
				return root{at: at, kind: Atom, junk: junk}, nil
			case local == "channel" && first == "":
				return root{at: at, kind: RSS, bare: true, junk: junk}, nil
			case local == "html" || first == "" && (local == "head" || local == "body"):
				return root{}, ErrHTMLPage
			}
			if first == "" {
				first = local
			}
			junk = true
			n = 1 + size
		}
		if n == 0 {
			break
		}
		at += n
	}
	switch first {
	case "div", "p", "script", "meta", "title", "center", "h1", "h2", "table", "link", "style", "img", "br", "b", "a", "span", "font":
		return root{}, ErrHTMLPage
	}
	if strings.Contains(contentType, "html") && first != "" {
		return root{}, ErrHTMLPage
	}
	return root{}, ErrNotFeed
}

func isHTMLType(doctype []byte) bool {
	fields := strings.Fields(strings.ToLower(string(doctype[2:min(len(doctype), 60)])))
	return len(fields) > 1 && fields[0] == "doctype" && strings.TrimRight(fields[1], ">") == "html"
}

func localName(name []byte) string {
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	return strings.ToLower(string(name[:min(len(name), 40)]))
}

// isObject reports whether the text is a JSON object.
func isObject(text []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{"))
}
