package feeds

import (
	"errors"
	"slices"
	"strings"
	"unicode"
)

// ErrNoFeed says that a path names no feed.
var ErrNoFeed = errors.New("feeds: no such feed")

// Selector says which articles a feed has. Its path is the feed's address and
// its permanent name.
type Selector struct {
	// Kind is the first part of the path: all, units, categories, documents.
	Kind string
	// Unit is a GSO code, for units.
	Unit string
	// Category is the slug of a category, for categories and a unit's category.
	Category string
	// Document is a document's number as in addresses, such as 19-NQ-TW.
	Document string
}

// ParseSelector reads the path of a feed below /feeds/, without suffix.
func ParseSelector(path string) (Selector, error) {
	parts := strings.Split(path, "/")
	switch {
	case path == "all":
		return Selector{Kind: "all"}, nil
	case parts[0] == "units" && (len(parts) == 2 || len(parts) == 3):
		s := Selector{Kind: "units", Unit: parts[1]}
		if CheckUnit(s.Unit) != nil {
			return Selector{}, ErrNoFeed
		}
		if len(parts) == 3 {
			s.Category = parts[2]
			if !isSlug(s.Category) {
				return Selector{}, ErrNoFeed
			}
		}
		return s, nil
	case parts[0] == "documents" && len(parts) == 2 && isDocument(parts[1]):
		return Selector{Kind: "documents", Document: parts[1]}, nil
	case parts[0] == "categories" && len(parts) == 2 && isSlug(parts[1]):
		return Selector{Kind: "categories", Category: parts[1]}, nil
	}
	return Selector{}, ErrNoFeed
}

func isSlug(s string) bool { return s != "" && len(s) <= maxSlug && Slug(s) == s }

// isDocument reports whether s can be a document's number: letters, digits and
// single hyphens. Which spelling of it is the one of the feed, feeds/citation
// says.
func isDocument(s string) bool {
	if s == "" || len(s) > maxSlug || s[0] < '0' || s[0] > '9' || !strings.Contains(s, "-") || strings.Contains(s, "--") || s[len(s)-1] == '-' {
		return false
	}
	for _, r := range s {
		if r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return true
}

// maxSlug bounds a category's part of an address, in bytes.
const maxSlug = 100

// categorySlug is the slug of a category, cut at a word where it is too long.
func categorySlug(category string) string {
	s := Slug(category)
	if len(s) <= maxSlug {
		return s
	}
	if i := strings.LastIndexByte(s[:maxSlug+1], '-'); i > 0 {
		return s[:i]
	}
	return s[:maxSlug]
}

// Path is the feed's path below /feeds/, without suffix. It is also the name of
// the facet under which the library keeps the feed's articles.
func (s Selector) Path() string {
	switch {
	case s.Kind == "units" && s.Category != "":
		return "units/" + s.Unit + "/" + s.Category
	case s.Kind == "units":
		return "units/" + s.Unit
	case s.Kind == "documents":
		return "documents/" + s.Document
	case s.Kind == "categories":
		return "categories/" + s.Category
	}
	return s.Kind
}

// Facet is one feed that an article stands in, with the label that the article
// gives it.
type Facet struct {
	Path  string
	Label string
}

// Facets returns the feeds that an article stands in.
func Facets(a *Article) []Facet {
	out := []Facet{{Path: "all"}, {Path: Selector{Kind: "units", Unit: a.Unit}.Path()}}
	if slug := categorySlug(a.Category); slug != "" {
		out = append(out,
			Facet{Selector{Kind: "units", Unit: a.Unit, Category: slug}.Path(), a.Category},
			Facet{Selector{Kind: "categories", Category: slug}.Path(), a.Category})
	}
	for _, c := range a.Citations {
		if f := (Facet{Selector{Kind: "documents", Document: c.Document}.Path(), c.Label()}); isDocument(c.Document) && !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// Format is a format of feed documents.
type Format string

// The formats; each is also the suffix of its documents' addresses.
const (
	RSS  Format = "rss"
	Atom Format = "atom"
	JSON Format = "json"
)

// Formats lists them in the order in which pages offer them.
var Formats = [...]Format{RSS, Atom, JSON}

// MediaType is the type that documents of the format are served as.
func (f Format) MediaType() string {
	switch f {
	case RSS:
		return "application/rss+xml"
	case Atom:
		return "application/atom+xml"
	default:
		return "application/feed+json"
	}
}
