package decode

import (
	"net/url"
	"strings"
)

// inherit takes xml:base and xml:lang from the attributes into the element and
// counts its namespaces.
func (r *repair) inherit(e *element, attrs []attr) []attr {
	kept := attrs[:0]
	for _, a := range attrs {
		switch name := string(a.name); {
		case name == "xml:base":
			if base := resolveBase(e.base, unescape(a.value)); base != nil {
				e.base = base
			}
			continue
		case name == "xml:lang" && len(a.value) <= 40:
			e.lang = strings.TrimSpace(unescape(a.value))
		case name == "xmlns" || strings.HasPrefix(name, "xmlns:"):
			e.namespaces++
		}
		kept = append(kept, a)
	}
	return kept
}

// resolve makes links absolute that have another base than their item.
func (r *repair) resolve(attrs []attr, base *url.URL) []attr {
	for i, a := range attrs {
		if name := string(a.name); name != "href" && name != "src" || base == nil {
			continue
		}
		if r.resolved > maxResolved {
			return attrs
		}
		ref, err := url.Parse(strings.TrimSpace(unescape(a.value)))
		if err != nil || ref.IsAbs() {
			continue
		}
		abs := escape(base.ResolveReference(ref).String())
		r.resolved += len(abs)
		attrs[i].value = abs
	}
	return attrs
}

// resolveBase applies an xml:base to the one around it (RFC 3986 section 5).
func resolveBase(parent *url.URL, raw string) *url.URL {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || raw == "" || len(raw) > maxBase {
		return nil
	}
	if parent != nil {
		u = parent.ResolveReference(u)
	}
	if !u.IsAbs() || u.Host == "" || len(u.Path) > maxBase {
		return nil
	}
	return u
}
