package discover

import (
	"bytes"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Candidate is an address that may be a feed.
type Candidate struct {
	URL   string
	Title string
	// Type is the media type that was said of it, From where it was named: "link"
	// or "a" (elements), "header" or "guess".
	Type, From string
}

// maxCandidates bounds what is taken from one page.
const maxCandidates = 20

// Links lists the feeds that a page names, without asking for them: elements in
// their order, then the header field Link.
func Links(page []byte, address string, h http.Header) []Candidate {
	base, err := url.Parse(address)
	if err != nil {
		return nil
	}
	c := collector{base: base}
	c.page(page)
	c.base = base // RFC 8288, section 3.1: the field's base is the address itself
	for _, v := range h.Values("Link") {
		c.field(v)
	}
	return c.out
}

// Guesses are the addresses where many systems have their feed, at the root of the
// host.
func Guesses(address string) []Candidate {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil
	}
	c := collector{base: u}
	for _, p := range []string{"/rss", "/feed", "/rss.xml", "/atom.xml"} {
		c.add(p, "", "", "guess")
	}
	return c.out
}

type collector struct {
	base    *url.URL
	rebased bool
	out     []Candidate
}

func (c *collector) add(ref, title, kind, from string) {
	if len(c.out) >= maxCandidates || strings.TrimSpace(ref) == "" {
		return
	}
	u, err := c.base.Parse(strings.TrimSpace(ref))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return
	}
	u.Fragment, u.RawFragment = "", ""
	if slices.ContainsFunc(c.out, func(o Candidate) bool { return o.URL == u.String() }) {
		return
	}
	title = strings.Join(strings.Fields(strings.ToValidUTF8(title, "")), " ")
	c.out = append(c.out, Candidate{u.String(), title, kind, from})
}

// page reads the start tags. The tokenizer needs memory for one token alone, and
// the page is bounded.
func (c *collector) page(b []byte) {
	z := html.NewTokenizer(bytes.NewReader(b))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.StartTagToken, html.SelfClosingTagToken:
		default:
			continue
		}
		name, has := z.TagName()
		tag := atom.Lookup(name)
		if !has || tag != atom.Link && tag != atom.A && tag != atom.Base {
			continue
		}
		attrs := map[string]string{}
		for more := true; more; {
			var k, v []byte
			k, v, more = z.TagAttr()
			if _, twice := attrs[string(k)]; !twice && len(attrs) < 32 {
				attrs[string(k)] = string(v)
			}
		}
		if tag == atom.Base {
			// The first base counts (HTML Standard, section "The base element").
			if u, err := c.base.Parse(strings.TrimSpace(attrs["href"])); err == nil && attrs["href"] != "" && !c.rebased {
				c.base, c.rebased = u, true
			}
			continue
		}
		if isAlternate(attrs["rel"]) && isFeedType(attrs["type"]) {
			c.add(attrs["href"], attrs["title"], mediaType(attrs["type"]), tag.String())
		}
	}
}

// isAlternate reads rel: words without case. An alternate style sheet is no feed.
func isAlternate(rel string) bool {
	words := strings.Fields(strings.ToLower(rel))
	return (slices.Contains(words, "alternate") || slices.Contains(words, "feed")) && !slices.Contains(words, "stylesheet")
}

func mediaType(v string) string {
	t, _, err := mime.ParseMediaType(v)
	if err != nil {
		t, _, _ = strings.Cut(v, ";")
	}
	return strings.ToLower(strings.TrimSpace(t))
}

func isFeedType(v string) bool {
	switch mediaType(v) {
	case "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml",
		"application/xml", "text/xml", "application/json", "application/rss":
		return true
	}
	return false
}

// field reads one value of the header field Link (RFC 8288, section 3): links with
// a foreign anchor are of another page.
func (c *collector) field(v string) {
	for len(v) > 0 {
		start := strings.IndexByte(v, '<')
		if start < 0 {
			return
		}
		end := strings.IndexByte(v[start:], '>')
		if end < 0 {
			return
		}
		target := v[start+1 : start+end]
		var params map[string]string
		params, v = parameters(v[start+end+1:])
		if anchor, ok := params["anchor"]; ok {
			if u, err := c.base.Parse(anchor); err != nil || u.String() != c.base.String() {
				continue
			}
		}
		if isAlternate(params["rel"]) && isFeedType(params["type"]) {
			c.add(target, params["title"], mediaType(params["type"]), "header")
		}
	}
}

// parameters reads ;name=value pairs up to the comma that ends the link, and
// returns the rest. Of a name that is there twice the first counts.
func parameters(v string) (params map[string]string, rest string) {
	params = map[string]string{}
	for {
		v = strings.TrimLeft(v, " \t")
		if v == "" || v[0] == ',' {
			return params, strings.TrimPrefix(v, ",")
		}
		if v[0] != ';' {
			v = v[1:]
			continue
		}
		v = strings.TrimLeft(v[1:], " \t")
		n := strings.IndexAny(v, "=;, \t")
		if n < 0 {
			n = len(v)
		}
		name := strings.ToLower(v[:n])
		v = strings.TrimLeft(v[n:], " \t")
		val := ""
		if strings.HasPrefix(v, "=") {
			val, v = parameter(strings.TrimLeft(v[1:], " \t"))
		}
		if _, twice := params[name]; name != "" && !twice && len(params) < 16 {
			params[name] = val
		}
	}
}

// parameter reads a token or a quoted string.
func parameter(v string) (val, rest string) {
	if !strings.HasPrefix(v, `"`) {
		n := strings.IndexAny(v, ";, \t")
		if n < 0 {
			n = len(v)
		}
		return v[:n], v[n:]
	}
	var b strings.Builder
	for i := 1; i < len(v); i++ {
		switch {
		case v[i] == '\\' && i+1 < len(v):
			i++
			b.WriteByte(v[i])
		case v[i] == '"':
			return b.String(), v[i+1:]
		default:
			b.WriteByte(v[i])
		}
	}
	return b.String(), ""
}
