package decode

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	jsonfeed "github.com/mmcdole/gofeed/json"

	"loa/feeds"
	"loa/ingest/clean"
	"loa/ingest/clean/legacy"
)

const (
	maxJSONDepth = maxDepth
	maxJSONParts = 20_000 // values in one item, or in one member of the head
)

// head is what the members of a JSON Feed before and after its items say.
type head struct {
	Version  string            `json:"version"`
	Title    string            `json:"title"`
	Home     string            `json:"home_page_url"`
	Feed     string            `json:"feed_url"`
	Next     string            `json:"next_url"`
	Language string            `json:"language"`
	Authors  []jsonfeed.Author `json:"authors"`
	Author   jsonfeed.Author   `json:"author"`
	Hubs     []struct {
		Type string `json:"type"`
		URL  string `json:"url"`
	} `json:"hubs"`
}

// json reads JSON Feed 1.0 and 1.1, item by item, so that their number is
// bounded before they are decoded and one that is no good takes no other along.
// A document that is not JSON to its end is refused whole, as the format asks.
func (r *reader) json(text []byte) (*Feed, error) {
	if depth, _ := measure(text); depth > maxJSONDepth {
		return nil, fmt.Errorf("%w: more than %d values in each other", ErrTooComplex, maxJSONDepth)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var h head
	var items []json.RawMessage
	skipped, hasItems := 0, false
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		if key != "items" {
			if err := r.member(dec, &h, key); err != nil {
				return nil, err
			}
			continue
		}
		hasItems = true
		if items, skipped, err = r.rawItems(dec, items); err != nil {
			return nil, err
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, noEOF(err))
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("%w: something follows the JSON object", ErrMalformed)
	}
	if !strings.Contains(h.Version, "jsonfeed.org/") && !hasItems {
		return nil, ErrNotFeed
	}
	if skipped > 0 {
		r.faults.add(FaultManyItems, "items beyond the first %d, left out: %d", r.MaxItems, skipped)
	}
	decoded := r.jsonItems(items)
	r.judge(jsonSample(decoded, &h))
	f := &Feed{
		Kind: JSON, Title: clean.Plain(r.mend(h.Title)), Language: strings.TrimSpace(h.Language),
		URL: r.link(h.Home, r.base), SelfURL: r.link(h.Feed, r.base), NextURL: r.link(h.Next, r.base),
	}
	for _, hub := range h.Hubs {
		if to := r.link(hub.URL, r.base); to != "" && strings.EqualFold(hub.Type, "WebSub") {
			f.Hubs = appendNew(f.Hubs, to)
		}
	}
	base := r.base
	if base == nil {
		base = baseURL(f.SelfURL)
	}
	for i := range decoded {
		r.jsonItem(f, &h, &decoded[i], base)
	}
	return f, nil
}

// member reads one member of the head. One of the wrong type is as good as none.
func (r *reader) member(dec *json.Decoder, h *head, key json.Token) error {
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, noEOF(err))
	}
	name, _ := key.(string)
	switch name {
	case "version", "title", "home_page_url", "feed_url", "next_url", "language", "authors", "author", "hubs":
	default:
		return nil
	}
	if _, parts := measure(raw); parts > maxJSONParts {
		r.faults.add(FaultComplex, "left out %s: more than %d values", name, maxJSONParts)
		return nil
	}
	one, err := json.Marshal(map[string]json.RawMessage{name: raw})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var v head
	if json.Unmarshal(one, &v) != nil {
		return nil //nolint:nilerr // a member of the wrong type is as if it were not there
	}
	h.Version, h.Title, h.Home = cmp.Or(v.Version, h.Version), cmp.Or(v.Title, h.Title), cmp.Or(v.Home, h.Home)
	h.Feed, h.Next, h.Language = cmp.Or(v.Feed, h.Feed), cmp.Or(v.Next, h.Next), cmp.Or(v.Language, h.Language)
	h.Author = cmp.Or(v.Author, h.Author)
	if len(v.Authors) > 0 {
		h.Authors = v.Authors
	}
	if len(v.Hubs) > 0 {
		h.Hubs = v.Hubs
	}
	return nil
}

// rawItems reads the array of items as far as they are wanted, and counts the
// others.
func (r *reader) rawItems(dec *json.Decoder, items []json.RawMessage) (_ []json.RawMessage, skipped int, _ error) {
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return nil, 0, fmt.Errorf("%w: items is no array", ErrMalformed)
	}
	var spare json.RawMessage
	for dec.More() {
		if err := dec.Decode(&spare); err != nil {
			return nil, 0, fmt.Errorf("%w: %w", ErrMalformed, noEOF(err))
		}
		if len(items) < r.MaxItems {
			items = append(items, bytes.Clone(spare))
		} else {
			skipped++
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrMalformed, noEOF(err))
	}
	return items, skipped, nil
}

// jsonItems decodes the items that can be.
func (r *reader) jsonItems(items []json.RawMessage) []jsonfeed.Item {
	out := make([]jsonfeed.Item, 0, len(items))
	for _, raw := range items {
		if _, parts := measure(raw); parts > maxJSONParts {
			r.faults.add(FaultComplex, "left out an item: more than %d values", maxJSONParts)
			continue
		}
		var o jsonfeed.Item
		if err := json.Unmarshal(raw, &o); err != nil {
			r.faults.add(FaultBadItem, "item that is not of the format left out: %v", err)
			continue
		}
		if strings.TrimSpace(o.ID) == "" {
			// JSON Feed 1.1, items: "discard an item without an id".
			r.faults.add(FaultBadItem, "item without id left out")
			continue
		}
		out = append(out, o)
	}
	return out
}

func (r *reader) jsonItem(f *Feed, h *head, o *jsonfeed.Item, base *url.URL) {
	it := Item{GUID: strings.TrimSpace(o.ID), Base: urlText(base)}
	it.PermaLink = isWeb(it.GUID) && o.URL == ""
	a := &it.Article
	a.Title = clean.Plain(r.mend(o.Title))
	a.URL = cmp.Or(r.link(o.URL, base), r.link(o.ExternalURL, base))
	if a.URL == "" && it.PermaLink {
		a.URL = r.link(it.GUID, base)
	}
	a.Summary, a.ContentHTML = clean.Plain(r.mend(o.Summary)), strings.TrimSpace(r.mend(o.ContentHTML))
	if a.ContentHTML == "" && strings.TrimSpace(o.ContentText) != "" {
		a.ContentHTML = clean.Paragraphs(legacy.MendText(o.ContentText, r.code))
	}
	a.Language = cmp.Or(strings.TrimSpace(o.Language), f.Language)
	for _, p := range jsonAuthors(o, h) {
		a.Authors = r.appendName(a.Authors, p.Name)
	}
	for _, tag := range o.Tags {
		a.Tags = appendTag(a.Tags, r.mend(tag))
	}
	if o.Attachments != nil {
		for _, e := range *o.Attachments {
			r.attach(a, base, feeds.Attachment{URL: e.URL, Type: e.MimeType, Length: max(e.SizeInBytes, 0), Title: e.Title})
		}
	}
	it.PublishedRaw = strings.TrimSpace(cmp.Or(o.DatePublished, o.DateModified))
	it.UpdatedRaw = strings.TrimSpace(o.DateModified)
	r.keep(f, it)
}

// jsonAuthors are an item's authors: its own before the feed's, and the list
// before the single one of version 1.0.
func jsonAuthors(o *jsonfeed.Item, h *head) []jsonfeed.Author {
	var own []jsonfeed.Author
	for _, p := range o.Authors {
		if p != nil {
			own = append(own, *p)
		}
	}
	switch {
	case len(own) > 0:
		return own
	case o.Author != nil:
		return []jsonfeed.Author{*o.Author}
	case len(h.Authors) > 0:
		return h.Authors
	}
	return []jsonfeed.Author{h.Author}
}

// measure returns how deep a JSON text is nested and how many values it may
// have, without decoding it.
func measure(b []byte) (depth, parts int) {
	open, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted:
			if c == '\\' {
				i++
			} else if c == '"' {
				quoted = false
			}
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			parts++
			open++
			depth = max(depth, open)
		case c == '}' || c == ']':
			open--
		case c == ',':
			parts++
		}
	}
	return depth, parts
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
