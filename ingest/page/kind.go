package page

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"loa/ingest/charset"
)

type kind int

const (
	otherKind kind = iota
	htmlKind
	textKind
)

// IsPage reports whether the bytes are an HTML page or plain text, and no feed,
// no JSON, no other XML, nothing binary. It says nothing about an article in them.
func IsPage(body []byte, contentType string) bool {
	if len(body) > MaxBytes {
		return false
	}
	text, _ := charset.UTF8(body, contentType, charset.OfHTML(body))
	return kindOf(text, contentType) != otherKind
}

// kindOf goes by the bytes; the header only decides what they leave open.
func kindOf(text []byte, contentType string) kind {
	text = trimmed(text)
	if len(text) == 0 || bytes.IndexByte(text, 0) >= 0 || bytes.HasPrefix(text, []byte("%PDF-")) ||
		bytes.HasPrefix(text, []byte("PK\x03\x04")) {
		return otherKind
	}
	if c := text[0]; c == '{' || c == '[' && (bytes.HasSuffix(bytes.TrimSpace(text), []byte("]"))) {
		return otherKind
	}
	first := firstTag(text)
	switch first {
	case "":
		if text[0] == '<' || control(text) {
			return otherKind
		}
		return textKind
	case "rss", "rdf", "feed", "channel", "opml", "urlset", "sitemapindex":
		return otherKind
	case "html", "head", "body", "title", "meta", "link", "script", "style", "base":
		return htmlKind
	}
	if bytes.HasPrefix(text, []byte("<?xml")) && !bytes.Contains(text[:min(len(text), 2000)], []byte("<html")) {
		return otherKind
	}
	if text[0] != '<' && !strings.Contains(contentType, "html") {
		// A text in which tags turn up: of a page if there are many.
		if bytes.Count(text, []byte("</")) < 3 {
			return textKind
		}
	}
	if htmlNames[first] || strings.Contains(contentType, "html") {
		return htmlKind
	}
	if text[0] != '<' {
		return textKind
	}
	return otherKind
}

// firstTag returns the local name of the first element, past declarations and
// comments, in lower case.
func firstTag(text []byte) string {
	for at := 0; ; {
		i := bytes.IndexByte(text[at:], '<')
		if i < 0 {
			return ""
		}
		at += i + 1
		rest := text[at:]
		if bytes.HasPrefix(rest, []byte("!--")) {
			end := bytes.Index(rest, []byte("-->"))
			if end < 0 {
				return ""
			}
			at += end
			continue
		}
		if d := bytes.ToLower(rest[:min(len(rest), 14)]); bytes.HasPrefix(d, []byte("!doctype html")) {
			return "html"
		}
		n := 0
		for n < len(rest) && n < 40 && (rest[n]|0x20 >= 'a' && rest[n]|0x20 <= 'z' || n > 0 && (rest[n] >= '0' && rest[n] <= '9' || rest[n] == ':' || rest[n] == '-')) {
			n++
		}
		if n == 0 || n == len(rest) || !strings.ContainsRune(" \t\r\n/>", rune(rest[n])) {
			continue
		}
		name := strings.ToLower(string(rest[:n]))
		if i := strings.LastIndexByte(name, ':'); i >= 0 {
			name = name[i+1:]
		}
		return name
	}
}

// control reports whether the text has control characters as binaries do.
func control(text []byte) bool {
	bad := 0
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' && r != '\v' || r == utf8.RuneError {
			bad++
		}
		i += n
	}
	return bad > 8 && bad > len(text)/100
}

var htmlNames = set("div p center h1 h2 h3 h4 table section article main header nav form span a b strong img ul ol font br body iframe noscript")

// set makes a set of words that stand apart by blanks.
func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}
