package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// choose returns the variant that the Accept-Encoding field lines ask for (RFC
// 9110 section 12.5.3), nil if none is acceptable: of those with the highest
// weight a compressed one. Without the field it is the identity, which every
// client can read.
func (d *Document) choose(lines []string) *variant {
	if len(lines) == 0 {
		return &d.variants[0]
	}
	var best *variant
	high := 0
	for i := range d.variants {
		v := &d.variants[i]
		if w := weight(lines, v.coding); w > high || w == high && w > 0 {
			best, high = v, w
		}
	}
	return best
}

// weight is the weight of a coding in thousandths, 0 if it is not acceptable.
func weight(lines []string, coding string) int {
	identity := coding == ""
	if identity {
		coding = "identity"
	}
	any := -1
	for _, line := range lines {
		for line != "" {
			var part string
			part, line, _ = strings.Cut(line, ",")
			name, params, _ := strings.Cut(part, ";")
			name = strings.TrimSpace(name)
			switch {
			case strings.EqualFold(name, coding), coding == "gzip" && strings.EqualFold(name, "x-gzip"): // section 8.4.1.3
				return quality(params)
			case name == "*":
				any = quality(params)
			}
		}
	}
	switch {
	case identity && any != 0:
		// Acceptable unless it was refused, but only when nothing asked for is there.
		return 1
	case any > 0:
		return any
	}
	return 0
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
			if s[:end+2] == etag && (weak || !isWeak) {
				return true
			}
			s = s[end+2:]
		}
	}
	return false
}

// httpDate is the form of HTTP-date (section 5.6.7).
func httpDate(t time.Time) string { return t.UTC().Format(http.TimeFormat) }

func seconds(d time.Duration) string { return strconv.FormatInt(int64(max(d, 0)/time.Second), 10) }
