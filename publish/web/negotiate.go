package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// choose returns the variant that answers a request, nil if none is acceptable.
//
// Accept-Encoding decides (RFC 9110 section 12.5.3): of the codings with the
// highest weight the one that comes out smallest; without the field the identity,
// which every client can read. But of what is acceptable, a variant that the
// client names as one that it has goes before all others, since nothing is as small
// as 304: a client that changes its Accept-Encoding, or that is answered by nodes
// of two versions, does not fetch again what it has. The answer then has the tag of
// that variant, so that a cache knows which one it may go on using.
//
// Of a variant that the client has, the bytes may be missing.
func (d *Document) choose(h http.Header) *variant {
	weights := weigh(h["Accept-Encoding"])
	lines, weak := h["If-None-Match"], true
	if len(lines) == 0 {
		lines, weak = h["If-Match"], false
	}
	if d.Status == http.StatusOK && d.names(lines) {
		for left := weights; ; {
			c, ok := left.next()
			if !ok {
				break
			}
			v := &d.variants[c]
			if !matches(lines, v.tag(), weak) || hasStar(lines) {
				continue
			}
			if weak {
				return v
			}
			if v := d.variant(c); v != nil {
				return v
			}
		}
	}
	for {
		c, ok := weights.next()
		if !ok {
			return nil
		}
		if v := d.variant(c); v != nil {
			return v
		}
	}
}

// names reports whether one of the entity tags may be of this document.
func (d *Document) names(lines []string) bool {
	for _, s := range lines {
		if strings.Contains(s, d.hash) {
			return true
		}
	}
	return false
}

// weights of codings in thousandths, 0 for what is not acceptable.
type weights [codings]int

// next takes out the coding that is wanted most, false if none is acceptable.
func (w *weights) next() (coding, bool) {
	best, high := identity, 0
	for _, c := range preferred {
		if w[c] > high {
			best, high = c, w[c]
		}
	}
	w[best] = 0
	return best, high > 0
}

// weigh reads Accept-Encoding. Of a coding that is there twice the first counts.
func weigh(lines []string) weights {
	var w weights
	if len(lines) == 0 {
		w[identity] = 1000
		return w
	}
	var named [codings]bool
	star := -1
	for _, line := range lines {
		for line != "" {
			var part string
			part, line, _ = strings.Cut(line, ",")
			name, params, _ := strings.Cut(part, ";")
			name = strings.TrimSpace(name)
			if name == "*" {
				star = quality(params)
			} else if c, ok := codingOf(name); ok && !named[c] {
				w[c], named[c] = quality(params), true
			}
		}
	}
	for c := range codings {
		if !named[c] && star > 0 {
			w[c] = star
		}
	}
	if !named[identity] && star != 0 {
		// Acceptable unless it was refused, but only when nothing asked for is there.
		w[identity] = 1
	}
	return w
}

// quality reads ";q=" (section 12.4.2). What is not a weight counts as 1: the
// coding was named, after all.
func quality(params string) int {
	for params != "" {
		var p string
		p, params, _ = strings.Cut(params, ";")
		k, v, ok := strings.Cut(strings.TrimSpace(p), "=")
		if !ok || !strings.EqualFold(strings.TrimSpace(k), "q") {
			continue
		}
		v = strings.TrimSpace(v)
		whole, digits, _ := strings.Cut(v, ".")
		if whole != "0" || len(digits) > 3 {
			return 1000
		}
		q := 0
		for i := range 3 {
			q *= 10
			if i < len(digits) {
				if digits[i] < '0' || digits[i] > '9' {
					return 1000
				}
				q += int(digits[i] - '0')
			}
		}
		return q
	}
	return 1000
}

// evaluate returns the status that the preconditions of a GET or HEAD lead to,
// in the order of RFC 9110 section 13.2.2: 200 to go on, 304, or 412.
func evaluate(h http.Header, etag string, modified time.Time) int {
	if lines := h["If-Match"]; len(lines) > 0 {
		if !matches(lines, etag, false) {
			return http.StatusPreconditionFailed
		}
	} else if lines := h["If-Unmodified-Since"]; len(lines) == 1 {
		if t, err := http.ParseTime(lines[0]); err == nil && modified.After(t) {
			return http.StatusPreconditionFailed
		}
	}
	if lines := h["If-None-Match"]; len(lines) > 0 {
		if matches(lines, etag, true) {
			return http.StatusNotModified
		}
	} else if lines := h["If-Modified-Since"]; len(lines) == 1 {
		if t, err := http.ParseTime(lines[0]); err == nil && !modified.After(t) {
			return http.StatusNotModified
		}
	}
	return http.StatusOK
}

// matches reports whether a list of entity tags has the tag. Weak comparison
// (section 8.8.3.2) overlooks W/: proxies that compress make our tags weak.
// What cannot be read ends the list.
func matches(lines []string, etag string, weak bool) bool {
	for _, s := range lines {
		for {
			s = strings.TrimLeft(s, " \t,")
			if s == "" {
				break
			}
			if s[0] == '*' {
				return true
			}
			isWeak := strings.HasPrefix(s, "W/")
			if isWeak {
				s = s[2:]
			}
			if s == "" || s[0] != '"' {
				break
			}
			end := strings.IndexByte(s[1:], '"')
			if end < 0 {
				break
			}
			if tag := s[:end+2]; tag == etag && (weak || !isWeak) || weak && isProxied(tag, etag) {
				return true
			}
			s = s[end+2:]
		}
	}
	return false
}

// hasStar reports whether the list has the star, which names no variant.
func hasStar(lines []string) bool { return matches(lines, "", false) }

// isProxied reports whether a tag is what a proxy that compresses made of ours:
// Apache appends -gzip or -br inside the quotes, Jetty --gzip. It is then asked for
// what we know under our tag, and would never get 304.
func isProxied(tag, etag string) bool {
	if etag == "" {
		return false
	}
	rest, ok := strings.CutPrefix(tag, etag[:len(etag)-1])
	if !ok {
		return false
	}
	switch rest {
	case `-gzip"`, `-br"`, `-zstd"`, `--gzip"`, `--br"`:
		return true
	}
	return false
}

// httpDate is the form of HTTP-date (section 5.6.7).
func httpDate(t time.Time) string { return t.UTC().Format(http.TimeFormat) }

func seconds(d time.Duration) string { return strconv.FormatInt(int64(max(d, 0)/time.Second), 10) }
