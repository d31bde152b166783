package page

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"loa/feeds"
	"loa/ingest/clean"
)

// files returns the files that the article carries: those that its text links,
// and those in a block beside it that says so.
func (d *document) files() []feeds.Attachment {
	var out []feeds.Attachment
	tried := 0
	walk(d.root, func(n *html.Node) bool {
		if n.DataAtom != atom.A || len(out) >= maxFiles || tried >= 10*maxFiles {
			return true
		}
		tried++
		href := value(n, "href")
		kind := fileType(href)
		if kind == "" || !within(n, d.content) && !isAttached(n) {
			return true
		}
		if link := clean.Link(href, d.base); link != "" {
			out = append(out, feeds.Attachment{URL: link, Type: kind, Title: textOf(n)})
		}
		return true
	})
	return out
}

// isAttached reports whether the blocks around n are about attached files.
func isAttached(n *html.Node) bool {
	for i := 0; n != nil && i < 5; i, n = i+1, n.Parent {
		if names := value(n, "class") + value(n, "id"); strings.Contains(strings.ToLower(names), "attach") {
			return true
		}
		s, all := startOf(n, 1000)
		if !all {
			return false
		}
		if strings.Contains(feeds.Slug(clean.Text(s)), "dinh-kem") {
			return true
		}
	}
	return false
}

// startOf returns the text of n if it has at most so many bytes.
func startOf(n *html.Node, most int) (text string, all bool) {
	var b strings.Builder
	walk(n, func(k *html.Node) bool {
		if k.Type == html.TextNode && b.Len() <= most {
			b.WriteString(k.Data)
			b.WriteByte(' ')
		}
		return b.Len() <= most
	})
	return b.String(), b.Len() <= most
}

// maxFiles bounds the attachments of an article.
const maxFiles = 50

// fileTypes are the endings of files that are attachments.
var fileTypes = map[string]string{
	"pdf":  "application/pdf",
	"doc":  "application/msword",
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"xls":  "application/vnd.ms-excel",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"zip":  "application/zip",
	"rar":  "application/vnd.rar",
}

// fileType returns the media type of the file that a link is for, or "".
func fileType(href string) string {
	href, _, _ = strings.Cut(href, "#")
	href, _, _ = strings.Cut(href, "?")
	if i := strings.LastIndexByte(href, '.'); i > 0 && len(href)-i < 6 {
		return fileTypes[strings.ToLower(strings.TrimSpace(href[i+1:]))]
	}
	return ""
}
