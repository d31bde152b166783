// Package identify says which article an incoming item is. It stands between
// ingest/clean and the append: from a clean item it makes the identity keys, and
// from the first of them the id of an article that was never seen before.
//
// Keys, strongest first: the canonical address of the article's page; its GUID,
// which means something only within the source that gave it; the publisher's own
// number, within the unit. An item that matches any key ever seen is that
// article. Everything here is a pure function; the look-up is the library's.
package identify

import (
	"crypto/sha256"
	"encoding/base32"
	"net/url"
	"path"
	"slices"
	"strings"

	"loa/feeds"
)

// Item is what identity depends on.
type Item struct {
	Unit, Number string
	// URL is absolute. It is left out where it does not tell items apart.
	URL string
	// Source and GUID are of a polled item.
	Source, GUID string
}

// maxKey bounds a key; a longer GUID or address is cut to its digest.
const maxKey = 512

// Keys returns the item's identity keys, strongest first; none if it has no name.
func Keys(it Item) []string {
	var out []string
	if u := CanonicalURL(it.URL); u != "" {
		out = append(out, key("url:", u))
	}
	if it.GUID != "" && it.Source != "" {
		out = append(out, key("guid:"+it.Source+":", it.GUID))
	}
	if it.Number != "" && it.Unit != "" {
		out = append(out, key("num:"+it.Unit+":", it.Number))
	}
	return out
}

func key(prefix, s string) string {
	if len(s) > maxKey {
		s = "#" + digest(s)
	}
	return prefix + s
}

// ID returns the id of an article whose first key is key: 16 characters of
// lower-case base32.
func ID(key string) string { return digest(key)[:16] }

var base = base32.StdEncoding.WithPadding(base32.NoPadding)

func digest(s string) string {
	h := sha256.Sum256([]byte(s))
	return strings.ToLower(base.EncodeToString(h[:20]))
}

// Unnamed returns the key of an item that has neither address, GUID nor number:
// what it says, within its source.
func Unnamed(source string, a *feeds.Article) string {
	return "text:" + source + ":" + digest(a.Title+"\n"+a.Published.Raw+"\n"+feeds.Words(a.ContentHTML))
}

// SameByGUID reports whether an item that matches a known article by its GUID
// alone is that article. Some feeds number their items from one each time: such
// a GUID comes back with another title and another date, and means nothing.
func SameByGUID(known, item *feeds.Article) bool {
	return known.Title == item.Title || known.Title == "" ||
		!known.Published.Known() || !item.Published.Known() || known.Published.Time.Equal(item.Published.Time)
}

// tracking are the query parameters that tell where a reader came from, not what
// is read.
var tracking = []string{"fbclid", "gclid", "gbraid", "wbraid", "msclkid", "zarsrc", "zalo", "igshid", "mc_cid", "mc_eid",
	"vn_source", "vn_medium", "vn_campaign", "vn_term", "vn_zone", "_ga", "_gl", "yclid", "dclid", "jsessionid", "phpsessid", "sid"}

// CanonicalURL is the form of an address in which two addresses of one page are
// equal: scheme, "www.", default port, fragment, tracking parameters, their
// order and trailing slashes do not count. It is a key, not a link; "" for what
// is not an absolute http(s) address.
func CanonicalURL(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return ""
	}
	host := strings.TrimPrefix(strings.TrimRight(strings.ToLower(u.Hostname()), "."), "www.")
	if strings.Trim(host, ".") == "" {
		return ""
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if p := u.Port(); p != "" && p != "80" && p != "443" {
		host += ":" + p
	}
	p := u.EscapedPath()
	if dec, err := url.PathUnescape(p); err == nil {
		p = (&url.URL{Path: dec}).EscapedPath() // one spelling of the escapes
	}
	if i := strings.Index(strings.ToLower(p), ";jsessionid="); i >= 0 {
		p = p[:i]
	}
	if p = path.Clean("/" + p); p == "/" {
		p = ""
	}
	return "//" + host + p + canonicalQuery(u.RawQuery)
}

func canonicalQuery(raw string) string {
	if raw == "" {
		return ""
	}
	var keep []string
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		n, err1 := url.QueryUnescape(name)
		v, err2 := url.QueryUnescape(value)
		if err1 != nil || err2 != nil {
			n, v = name, value
		}
		n, v = strings.TrimSpace(n), strings.TrimSpace(v)
		low := strings.ToLower(n)
		if n == "" || strings.HasPrefix(low, "utm_") || slices.Contains(tracking, low) {
			continue
		}
		keep = append(keep, url.QueryEscape(n)+"="+url.QueryEscape(v))
	}
	if len(keep) == 0 {
		return ""
	}
	slices.Sort(keep)
	return "?" + strings.Join(keep, "&")
}
