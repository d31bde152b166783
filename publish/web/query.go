package web

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"loa/feeds"
	"loa/publish/site"
)

// What a query may ask for wrongly.
var (
	errBadDay   = errors.New("web: as_of is not a day")
	errBadQuery = errors.New("web: n, content or unit is not understood")
	errNoQuery  = errors.New("web: nothing to search for")
)

// Bounds of what a query may ask for.
const (
	maxItems = 200
	maxUnits = 60
	maxQuery = 300 // bytes
)

// parameters are those of a query that mean something. All others are ignored,
// as links in mails and messengers come with parameters of all kinds; of one that
// is there twice the first counts, but for unit, which adds up.
type parameters struct {
	values map[string]string
	units  []string
	// given is the part of the query that selects a view, as it was written.
	given []string
}

// selecting are the parameters that have one canonical spelling and order.
var selecting = []string{"content", "n", "q", "unit"}

func readQuery(raw string) parameters {
	p := parameters{values: map[string]string{}}
	for raw != "" {
		var part string
		part, raw, _ = strings.Cut(raw, "&")
		k, v, _ := strings.Cut(part, "=")
		switch k {
		case "lang", "succession", "as_of", "content", "n", "q", "unit":
		default:
			continue
		}
		if slices.Contains(selecting, k) {
			p.given = append(p.given, part)
		}
		_, seen := p.values[k]
		if seen && k != "unit" {
			continue
		}
		v, err := url.QueryUnescape(v)
		if err != nil {
			v = "?"
		}
		p.values[k] = v
		if k == "unit" && len(p.units) <= maxUnits {
			p.units = append(p.units, v)
		}
	}
	return p
}

// apply puts what the query means into the address. It returns a redirect when
// the view has another spelling, or is a feed itself.
func (s *Server) apply(a *address, raw string) error {
	p := readQuery(raw)
	if a.isPage() {
		for _, l := range site.Langs {
			if p.values["lang"] == string(l) {
				a.lang, a.chosen = l, true
			}
		}
	}
	if a.isArticle() || a.archive != "" || a.kind == kindSitemap {
		return nil
	}
	if err := s.applyView(a, &p); err != nil {
		return err
	}
	if !a.isUnit() {
		return nil
	}
	if day, ok := p.values["as_of"]; ok {
		t, err := time.ParseInLocation(time.DateOnly, day, feeds.Zone)
		if err != nil {
			return errBadDay
		}
		a.asOf = t
	}
	if p.values["succession"] != "follow" {
		return nil
	}
	at := a.today()
	if !a.asOf.IsZero() {
		at = a.asOf
	}
	if a.units = s.names.chain(a.selector.Unit, at); len(a.units) < 2 {
		a.units = nil
		return &movedError{to: *a}
	}
	a.follow = true
	return nil
}

// applyView takes the size, the form, the search and the union.
func (s *Server) applyView(a *address, p *parameters) error {
	if v, ok := p.values["q"]; ok && (a.isSearch() || a.kind == kindOPML) && s.o.Search != nil {
		if len(v) > maxQuery {
			return errBadQuery
		}
		a.query, _ = s.o.Search.Parse(v) // nothing to look for is the page without a search
	}
	if a.kind == kindOPML {
		return s.canonical(a, p)
	}
	if a.isSearch() && a.query == "" && !a.isPage() {
		return errNoQuery
	}
	if v, ok := p.values["n"]; ok {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return errBadQuery
		}
		if n = min(n, max(maxItems, s.o.Items)); n != s.o.Items {
			a.n = n
		}
	}
	switch v, ok := p.values["content"]; {
	case !ok || v == "full":
	case v == "summary":
		a.summary = true
	default:
		return errBadQuery
	}
	if len(p.units) > 0 && (a.selector.Kind == "all" || a.selector.Kind == "categories") && a.kind != kindHome {
		if len(p.units) > maxUnits {
			return errBadQuery
		}
		for _, code := range p.units {
			if feeds.CheckUnit(code) != nil {
				return errBadQuery
			}
			a.units = append(a.units, code)
		}
		slices.Sort(a.units)
		if a.units = slices.Compact(a.units); len(a.units) == 1 {
			a.selector.Kind, a.selector.Unit, a.units = "units", a.units[0], nil
			return &movedError{to: *a}
		}
	}
	return s.canonical(a, p)
}

// canonical sends to the one spelling of a view. What says nothing about this
// address is no other spelling.
func (s *Server) canonical(a *address, p *parameters) error {
	var given []string
	for _, part := range p.given {
		k, _, _ := strings.Cut(part, "=")
		switch {
		case k == "q" && !a.isSearch() && a.kind != kindOPML,
			k == "unit" && a.selector.Kind != "all" && a.selector.Kind != "categories" || k == "unit" && a.kind == kindHome,
			k != "q" && a.kind == kindOPML:
			continue
		}
		given = append(given, part)
	}
	if strings.Join(given, "&") != a.view() {
		return &movedError{to: *a}
	}
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
