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
	// Kind is the first part of the path: all, provinces, units, categories,
	// types, documents, search.
	Kind string
	// Unit is a GSO code, for provinces and units.
	Unit string
	// Type is the letters of a type of document, such as NQ or QĐ, for types.
	Type string
	// Category is the slug of a category, for categories and a unit's category.
	Category string
	// Document is a document's number as in addresses, such as 19-NQ-TW.
	Document string
}

// ParseSelector reads the path of a feed below /feeds/, without suffix.
func ParseSelector(path string) (Selector, error) {
	parts := strings.Split(path, "/")
	switch {
	case path == "all", path == "search": // what a search looks for is in the query
		return Selector{Kind: path}, nil
	case parts[0] == "provinces" && len(parts) == 2 && len(parts[1]) == 2 && CheckUnit(parts[1]) == nil:
		return Selector{Kind: "provinces", Unit: parts[1]}, nil
	case parts[0] == "types" && len(parts) == 2 && isType(parts[1]):
		return Selector{Kind: "types", Type: parts[1]}, nil
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

// isType reports whether s can be the letters of a type of document.
func isType(s string) bool {
	for _, r := range s {
		if !unicode.IsLetter(r) {
			return false
		}
	}
	return s != "" && len(s) <= 16
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
	case s.Kind == "units", s.Kind == "provinces":
		return s.Kind + "/" + s.Unit
	case s.Kind == "types":
		return "types/" + s.Type
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

// Facets returns the feeds that an article stands in. The province of its unit
// is what the register says; empty where that does not know the unit.
//
// The feed of a type of document has what brings out such a document or names
// one in its title: nearly everything cites some resolution.
func Facets(a *Article, province string) []Facet {
	out := []Facet{{Path: "all"}, {Path: Selector{Kind: "units", Unit: a.Unit}.Path()}}
	if province != "" {
		out = append(out, Facet{Path: Selector{Kind: "provinces", Unit: province}.Path()})
	}
	if slug := categorySlug(a.Category); slug != "" {
		out = append(out,
			Facet{Selector{Kind: "units", Unit: a.Unit, Category: slug}.Path(), a.Category},
			Facet{Selector{Kind: "categories", Category: slug}.Path(), a.Category})
	}
	for _, c := range a.Citations {
		if f := (Facet{Path: Selector{Kind: "types", Type: c.Type}.Path()}); (c.Publishes || c.InTitle) && isType(c.Type) && !slices.Contains(out, f) {
			out = append(out, f)
		}
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
