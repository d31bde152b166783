package render

import (
	"net/url"
	"path"
	"strings"
	"unicode/utf8"
)

// clean removes what XML 1.0 (section 2.2) cannot carry, even as a reference:
// most control characters, U+FFFE, U+FFFF, and bytes that are not UTF-8; and the
// control characters that it can carry and warns of (U+007F to U+009F). Line ends
// become LF, as an XML parser would make them. All three formats pass it,
// so that they say the same. Text from ingest/clean comes out as it is.
func clean(s string) string {
	if legal(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == utf8.RuneError && n == 1:
		case r == '\r':
			if i == len(s) || s[i] != '\n' {
				b.WriteByte('\n')
			}
		case r < ' ' && r != '\t' && r != '\n', r >= 0x7F && r < 0xA0, r == 0xFFFE, r == 0xFFFF:
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func legal(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' && c != '\t' && c != '\n', c == 0x7F:
			return false
		case c == 0xC2 && i+1 < len(s) && s[i+1] < 0xA0:
			return false
		}
	}
	return utf8.ValidString(s) && !strings.Contains(s, "\uFFFE") && !strings.Contains(s, "\uFFFF")
}

// line makes plain text of one line: readers trim titles and names, so formats
// that keep white space as it is would disagree with those that do not.
func line(s string) string {
	s = strings.TrimSpace(clean(s))
	if !strings.ContainsAny(s, "\t\n") && !strings.Contains(s, "  ") {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' }), " ")
}

// excerpt cuts words to at most limit runes at the end of a word.
func excerpt(words string, limit int) string {
	words = strings.TrimSpace(clean(words))
	if utf8.RuneCountInString(words) <= limit {
		return words
	}
	end, n := 0, 0
	for i := range words {
		if n == limit-1 { // the ellipsis is one rune
			end = i
			break
		}
		n++
	}
	if space := strings.LastIndexByte(words[:end+1], ' '); space > 0 {
		end = space
	}
	return strings.TrimRight(words[:end], " ,;:.-") + "…"
}

// textAsHTML writes plain text as HTML. Quotes stay: the text never stands in
// an attribute, and readers that show HTML as text would show references.
func textAsHTML(s string) string {
	if !strings.ContainsAny(s, "&<>") {
		return s
	}
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// address returns an absolute http(s) URL, or "" for anything else. Characters
// that a URI cannot have where they stand are percent-encoded (RFC 3987 section
// 3.1, RFC 3986 appendix A).
func address(s string) string {
	s = escape(strings.TrimSpace(clean(s)))
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return ""
	}
	host := strings.Index(s, "://") + len("://")
	rest := len(s)
	if i := strings.IndexAny(s[host:], "/?#"); i >= 0 {
		rest = host + i
	}
	if !strings.ContainsAny(s[rest:], "[]#%") {
		return s
	}
	return s[:rest] + escapeRest(s[rest:])
}

// escapeRest encodes what may stand in a host alone ([ and ]), in front of a
// fragment alone (#) or before two digits alone (%).
func escapeRest(s string) string {
	var b strings.Builder
	fragment := false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '[':
			b.WriteString("%5B")
		case c == ']':
			b.WriteString("%5D")
		case c == '#' && fragment:
			b.WriteString("%23")
		case c == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])):
			b.WriteString("%25")
		default:
			fragment = fragment || c == '#'
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func escape(s string) string {
	foreign := func(c byte) bool {
		return c <= ' ' || c >= 0x7F || strings.IndexByte("\"<>\\^`{|}", c) >= 0
	}
	n := 0
	for i := range len(s) {
		if foreign(s[i]) {
			n++
		}
	}
	if n == 0 {
		return s
	}
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+2*n)
	for i := range len(s) {
		if c := s[i]; foreign(c) {
			b = append(b, '%', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

// languageTag returns a tag that has the form of RFC 5646, or "".
func languageTag(s string) string {
	s = strings.TrimSpace(s)
	for i, part := range strings.Split(s, "-") {
		if len(part) == 0 || len(part) > 8 {
			return ""
		}
		for j := range len(part) {
			c := part[j] | 0x20
			if (c < 'a' || c > 'z') && (i == 0 || part[j] < '0' || part[j] > '9') {
				return ""
			}
		}
	}
	return s
}

// mediaType returns the type that was given if it has the form of one, else
// what the suffix of the address says. RSS and JSON Feed demand a type, so one
// that is not known is application/octet-stream. The system's own table of
// suffixes is not asked: it differs from node to node.
func mediaType(given, address string) string {
	t, _, _ := strings.Cut(given, ";")
	t = strings.ToLower(strings.TrimSpace(t))
	if major, minor, ok := strings.Cut(t, "/"); ok && token(major) && token(minor) {
		return t
	}
	var ext string
	if u, err := url.Parse(address); err == nil {
		ext = strings.ToLower(path.Ext(u.Path))
	}
	switch ext {
	case ".pdf":
		return "application/pdf"
	case ".doc":
		return "application/msword"
	case ".docx":
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case ".xls":
		return "application/vnd.ms-excel"
	case ".xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case ".ppt":
		return "application/vnd.ms-powerpoint"
	case ".pptx":
		return "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	case ".rtf":
		return "application/rtf"
	case ".zip":
		return "application/zip"
	case ".rar":
		return "application/vnd.rar"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".png":
		return "image/png"
	case ".gif":
		return "image/gif"
	case ".webp":
		return "image/webp"
	case ".mp3":
		return "audio/mpeg"
	case ".mp4":
		return "video/mp4"
	}
	return "application/octet-stream"
}

// token reports whether s can be half of a media type (RFC 6838 section 4.2).
func token(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && strings.IndexByte("!#$&-^_.+", c) < 0 {
			return false
		}
	}
	return s != "" && len(s) <= 127
}
