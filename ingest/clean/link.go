package clean

import (
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// maxLink bounds an address in bytes: servers refuse longer ones.
const maxLink = 2048

// Link returns the absolute http or https address that ref means on the page
// base, or "" if it means none. It mends what portals really write: padding,
// blanks inside, `//host/path`, `http:host/path` and `http:/host/path` without
// their slashes, `www.host/path` without a scheme, backslashes. It refuses other
// schemes, user names in the address, control characters, hosts that are none,
// and more than 2 KB. Link(Link(ref)) == Link(ref). base may be nil.
//
// It says nothing about where the host is: that is decided when it is dialled.
func Link(ref string, base *url.URL) string {
	ref = strings.Trim(ref, " \t\r\n\f\v\u00A0\uFEFF\u200B")
	if ref == "" || len(ref) > maxLink {
		return ""
	}
	for i := range len(ref) {
		if ref[i] < ' ' || ref[i] == 0x7F {
			return ""
		}
	}
	if !utf8.ValidString(ref) {
		return ""
	}
	ref = normal(ref)
	if strings.Contains(ref, `\`) {
		// A browser reads a backslash before the query as a slash.
		end := strings.IndexAny(ref, "?#")
		if end < 0 {
			end = len(ref)
		}
		ref = strings.ReplaceAll(ref[:end], `\`, "/") + ref[end:]
	}
	u, ok := parseLink(ref, base)
	if !ok || u.User != nil || u.Opaque != "" || !asciiHost(u) || !goodHost(u) {
		return ""
	}
	u.RawQuery = escapeHigh(u.RawQuery)
	out := u.String()
	if len(out) > maxLink {
		return ""
	}
	return out
}

func parseLink(ref string, base *url.URL) (*url.URL, bool) {
	scheme, rest := splitScheme(ref)
	switch scheme {
	case "http", "https":
		// All slashes after the scheme count as two, however many there are.
		ref = scheme + "://" + strings.TrimLeft(rest, "/")
	case "":
		switch {
		case strings.HasPrefix(ref, "//"):
			s := "https"
			if base != nil && base.Scheme == "http" {
				s = "http"
			}
			ref = s + "://" + strings.TrimLeft(ref, "/")
		case bareHost(ref):
			ref = "http://" + ref
		}
	default:
		return nil, false
	}
	u, err := url.Parse(escapeLink(ref))
	if err != nil {
		return nil, false
	}
	if u.Scheme == "" {
		if base == nil {
			return nil, false
		}
		u = base.ResolveReference(u)
		u.User = nil // of the base, which is not the publisher's word
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, false
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u, true
}

// splitScheme returns the scheme of ref in lower case and what follows its
// colon. A host with a port (`example.vn:8080/a`) has no scheme.
func splitScheme(ref string) (scheme, rest string) {
	i := strings.IndexByte(ref, ':')
	if i <= 0 || i > 32 || strings.ContainsAny(ref[:i], "/?#.") {
		return "", ref
	}
	return strings.ToLower(ref[:i]), ref[i+1:]
}

// bareHost reports whether ref starts with a host and not with a path: www or a
// name that ends as those of the portals do.
func bareHost(ref string) bool {
	host := ref
	if i := strings.IndexAny(ref, "/?#:"); i >= 0 {
		host = ref[:i]
	}
	host = strings.ToLower(host)
	if strings.HasPrefix(host, "www.") {
		return true
	}
	for _, end := range [...]string{".vn", ".com", ".net", ".org"} {
		if len(host) > len(end) && strings.HasSuffix(host, end) {
			return true
		}
	}
	return false
}

// asciiHost puts the host of u in lower case and, if it is an internationalised
// name (RFC 5891), in its ASCII form.
func asciiHost(u *url.URL) bool {
	u.Host = strings.ToLower(u.Host)
	host := u.Hostname()
	for i := range len(host) {
		if host[i] >= utf8.RuneSelf {
			ascii, err := idna.Lookup.ToASCII(host)
			if err != nil {
				return false
			}
			u.Host = strings.Replace(u.Host, host, ascii, 1)
			return true
		}
	}
	return true
}

// escapeHigh escapes the bytes outside ASCII, which package url leaves in a query.
func escapeHigh(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			var b strings.Builder
			for j := range len(s) {
				if s[j] < utf8.RuneSelf {
					b.WriteByte(s[j])
				} else {
					escapeByte(&b, s[j])
				}
			}
			return b.String()
		}
	}
	return s
}

func escapeByte(b *strings.Builder, c byte) {
	const hex = "0123456789ABCDEF"
	b.WriteByte('%')
	b.WriteByte(hex[c>>4])
	b.WriteByte(hex[c&15])
}

// escapeLink escapes the bytes that have no place in an address but are found
// in many: blanks, quotes, brackets of other kinds, a percent sign that starts
// no escape. Letters outside ASCII are escaped by package url.
func escapeLink(s string) string {
	if !strings.ContainsAny(s, " \"<>%`{}|^\\") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := range len(s) {
		c := s[i]
		switch {
		case strings.IndexByte(" \"<>`{}|^\\", c) >= 0,
			c == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])):
			escapeByte(&b, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// goodHost reports whether the host of u is a name with a dot in it, localhost,
// or an address.
func goodHost(u *url.URL) bool {
	host := u.Hostname()
	if host == "" || len(host) > 253 {
		return false
	}
	if strings.HasPrefix(u.Host, "[") {
		a, err := netip.ParseAddr(host)
		return err == nil && a.Zone() == ""
	}
	for _, r := range host {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '.', r == '_':
		default:
			return false
		}
	}
	return (strings.Contains(host, ".") || host == "localhost") &&
		!strings.HasPrefix(host, ".") && !strings.Contains(host, "..")
}
