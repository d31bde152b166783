package web

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"loa/feeds"
	"loa/publish/site"
)

// errBadDay says that as_of is no day.
var errBadDay = errors.New("web: as_of is not a day")

// parameters are those of a query that mean something. All others are ignored,
// as links in mails and messengers come with parameters of all kinds; of one that
// is there twice the first counts.
type parameters struct {
	lang, succession, asOf string
	hasAsOf                bool
}

func readQuery(raw string) parameters {
	var p parameters
	seen := map[string]bool{}
	for raw != "" {
		var part string
		part, raw, _ = strings.Cut(raw, "&")
		k, v, _ := strings.Cut(part, "=")
		if k != "lang" && k != "succession" && k != "as_of" || seen[k] {
			continue
		}
		seen[k] = true
		v, err := url.QueryUnescape(v)
		if err != nil {
			v = "?"
		}
		switch k {
		case "lang":
			p.lang = v
		case "succession":
			p.succession = v
		case "as_of":
			p.asOf, p.hasAsOf = v, true
		}
	}
	return p
}

// apply puts what the query means into the address. It returns a redirect when a
// view is the feed itself.
func (s *Server) apply(a *address, raw string) error {
	p := readQuery(raw)
	if a.isPage() {
		for _, l := range site.Langs {
			if p.lang == string(l) {
				a.lang, a.chosen = l, true
			}
		}
	}
	if !a.isUnit() {
		return nil
	}
	if p.hasAsOf {
		t, err := time.ParseInLocation(time.DateOnly, p.asOf, feeds.Zone)
		if err != nil {
			return errBadDay
		}
		a.asOf = t
	}
	if p.succession != "follow" {
		return nil
	}
	at := a.today()
	if !a.asOf.IsZero() {
		at = a.asOf
	}
	if a.units = s.names.chain(a.selector.Unit, at); len(a.units) < 2 {
		a.units = nil
		return &movedError{*a}
	}
	a.follow = true
	return nil
}

// acceptLanguage chooses the language of a page by the Accept-Language field
// lines (RFC 9110 section 12.5.4, basic filtering of RFC 4647): the one with the
// greater weight, Vietnamese if none has.
func acceptLanguage(lines []string) site.Lang {
	best, high := site.Vietnamese, 0
	for _, l := range site.Langs {
		if w := languageWeight(lines, string(l)); w > high {
			best, high = l, w
		}
	}
	return best
}

// languageWeight is the weight of a language in thousandths, the greatest of its
// ranges; the star stands for those that no range names.
func languageWeight(lines []string, lang string) int {
	named, star := -1, 0
	for _, line := range lines {
		for line != "" {
			var part string
			part, line, _ = strings.Cut(line, ",")
			name, params, _ := strings.Cut(part, ";")
			name = strings.TrimSpace(name)
			primary, _, _ := strings.Cut(name, "-")
			switch {
			case strings.EqualFold(primary, lang):
				named = max(named, quality(params))
			case name == "*":
				star = quality(params)
			}
		}
	}
	if named >= 0 {
		return named
	}
	return star
}
