package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/maypok86/otter/v2"

	"loa/feeds"
	"loa/feeds/library"
)

// Deltas (RFC 3229 with the instance-manipulation "feed"): who has a version of a
// feed's document and says A-IM: feed gets only what is new or changed since, as a
// feed of its own, with status 226. They are off unless the operator wants them:
// some readers ask for them and then take 226 for a failure.

// shown is what a document has: by the id of an article, in which form.
type shown map[string]string

// memories keeps what the latest documents had, by their hash. It is of this
// process: a tag that another node gave, or this one long ago, gets the whole feed.
type memories = otter.Cache[string, shown]

// memoryRoom bounds it, in bytes: some thousand versions of documents.
const memoryRoom = 16 << 20

func newMemories() *memories {
	return otter.Must(&otter.Options[string, shown]{
		MaximumWeight: memoryRoom,
		Weigher:       func(_ string, v shown) uint32 { return uint32(len(v)*128 + 256) },
		Executor:      func(f func()) { f() },
	})
}

// hasDelta reports whether there are deltas of the address's document. JSON Feed has
// no rule for merging.
func (a *address) hasDelta() bool {
	return a.kind == kindFeed && a.archive == "" && !a.isSearch() && (a.format == feeds.RSS || a.format == feeds.Atom)
}

func shownIn(f *library.Feed) shown {
	out := make(shown, len(f.Records))
	for i := range f.Records {
		out[f.Records[i].ID] = formOf(f, &f.Records[i])
	}
	return out
}

// formOf changes with everything that the document says of an article.
func formOf(f *library.Feed, r *feeds.Record) string {
	form := fmt.Sprint(r.Revision)
	if near := f.Related[r.ID]; len(near) > 0 {
		var ids []string
		for i := range near {
			ids = append(ids, near[i].ID)
		}
		form += " " + strings.Join(ids, " ")
	}
	return form
}

// since leaves only what a document did not have; false if it is not remembered.
func (s *Server) since(hash string, f *library.Feed) bool {
	had, ok := s.memories.GetIfPresent(hash)
	if !ok {
		return false
	}
	var news []feeds.Record
	for i := range f.Records {
		if form, seen := had[f.Records[i].ID]; !seen || form != formOf(f, &f.Records[i]) {
			news = append(news, f.Records[i])
		}
	}
	f.Records = news
	return true
}

// wantsDelta reads A-IM (RFC 3229 section 10.5.3).
func wantsDelta(h http.Header) bool {
	for _, line := range h["A-Im"] {
		for part := range strings.SplitSeq(line, ",") {
			name, params, _ := strings.Cut(part, ";")
			if strings.EqualFold(strings.TrimSpace(name), "feed") {
				return quality(params) > 0
			}
		}
	}
	return false
}

// delta returns the delta that a request may have instead of the document, nil if
// there is none that is of the same version and smaller.
func (s *Server) delta(ctx context.Context, h http.Header, d *Document) *Document {
	if s.memories == nil || d.of == nil || !d.of.hasDelta() || d.of.since != "" || !wantsDelta(h) {
		return nil
	}
	for _, line := range h["If-None-Match"] {
		for part := range strings.SplitSeq(line, ",") {
			part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
			if len(part) < 34 || part[0] != '"' || !isHash(part[1:33]) {
				continue
			}
			a := *d.of
			if a.since = part[1:33]; a.since == d.hash {
				continue
			}
			if _, known := s.memories.GetIfPresent(a.since); !known {
				continue
			}
			delta, _, err := s.find(ctx, &a)
			if err == nil && delta.Version == d.Version && delta.day == d.day && delta.length() < d.length() {
				return delta
			}
		}
	}
	return nil
}

// serveDelta puts the delta's fields over those of the document that it leads to,
// and returns the variant that is sent; nil if none is acceptable. The tag stays that
// of the document (section 10.4.1): it is what the client has after merging.
func serveDelta(h, request http.Header, delta *Document) *variant {
	w := weigh(request["Accept-Encoding"])
	var v *variant
	for v == nil {
		c, ok := w.next()
		if !ok {
			return nil
		}
		v = delta.variant(c)
	}
	h["Im"] = []string{"feed"}
	h["Cache-Control"] = []string{"no-store, im"} // section 10.8.2: for caches that know of this
	h["Vary"] = []string{"Accept-Encoding, A-IM, If-None-Match"}
	return v
}
