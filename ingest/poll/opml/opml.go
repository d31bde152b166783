// Package opml reads and writes lists of sources as OPML 2.0, for readers of feeds
// and for the move from one server to another. It stands beside the sources file.
//
// An outline of type rss carries, beside the attributes of the specification
// (text, title, type, xmlUrl), one plain attribute for each key of a source: id,
// unit, category, interval, ceiling, gap, zone, order, dates, status, from, to,
// successors (ids with spaces between them), page (its selectors, as JSON),
// full_text, rules (as JSON). Durations are written as in Go,
// "15m0s". What [Write] writes, [Read] reads back without loss; other programs
// leave attributes alone that they do not know.
//
// It does not fetch what an outline of type include names, and resolves no
// entities but XML's own.
package opml

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"loa/ingest/poll"
)

// MediaType is what a list is served as.
const MediaType = "text/x-opml"

// Limits of a list that is read.
const (
	MaxSources = 100_000
	maxDepth   = 20
)

// ErrNotOPML says that a document is something else.
var ErrNotOPML = errors.New("opml: not an OPML document")

// Write writes the sources as one flat list.
func Write(w io.Writer, title string, now time.Time, list []poll.Source) error {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", "  ")
	root := element("opml", "version", "2.0")
	tokens := []xml.Token{root, element("head")}
	for _, p := range [][2]string{{"title", title}, {"dateCreated", now.UTC().Format(time.RFC1123Z)}} {
		tokens = append(tokens, element(p[0]), xml.CharData(p[1]), element(p[0]).End())
	}
	tokens = append(tokens, element("head").End(), element("body"))
	for i := range list {
		o := element("outline", attributes(&list[i])...)
		tokens = append(tokens, o, o.End())
	}
	tokens = append(tokens, element("body").End(), root.End())
	for _, t := range tokens {
		if err := e.EncodeToken(t); err != nil {
			return fmt.Errorf("encode OPML: %w", err)
		}
	}
	if err := e.Close(); err != nil {
		return fmt.Errorf("encode OPML: %w", err)
	}
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}

// element is a start tag; empty values are left out.
func element(name string, attrs ...string) xml.StartElement {
	e := xml.StartElement{Name: xml.Name{Local: name}}
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			e.Attr = append(e.Attr, xml.Attr{Name: xml.Name{Local: attrs[i]}, Value: attrs[i+1]})
		}
	}
	return e
}

func attributes(s *poll.Source) []string {
	length := func(d time.Duration) string {
		if d == 0 {
			return ""
		}
		return d.String()
	}
	wanted := ""
	if len(s.Rules) > 0 {
		b, _ := json.Marshal(s.Rules) // strings alone
		wanted = string(b)
	}
	kind, selectors, full := "rss", "", ""
	if s.Page != nil {
		kind = ""                    // other readers cannot read it
		b, _ := json.Marshal(s.Page) // strings alone
		selectors = string(b)
	}
	if s.FullText {
		full = "true"
	}
	return []string{
		"type", kind, "text", s.ID, "xmlUrl", s.URL,
		"id", s.ID, "unit", s.Unit, "category", s.Category,
		"interval", length(s.Interval), "ceiling", length(s.Longest), "gap", length(s.Gap),
		"zone", s.Zone, "order", s.Order, "dates", s.Dates,
		"status", string(s.Status), "from", s.From, "to", s.To,
		"successors", strings.Join(s.Successors, " "), "flood", string(s.Flood), "page", selectors, "full_text", full, "rules", wanted,
	}
}

// Read reads a list of any depth. Attribute names are compared without case: some
// programs write xmlurl. name gives an id to an outline without one. What is wrong
// with single outlines is in refused, by their addresses; comments are left out.
func Read(b []byte, name func(url string) string) (list []poll.Source, refused []error, err error) {
	r := reader{name: name}
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimLeft(b, "\ufeff \t\r\n")))
	d.Strict = false
	depth, rooted := 0, false
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) && rooted {
			return r.list, r.refused, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %w", ErrNotOPML, err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if !rooted && !strings.EqualFold(t.Name.Local, "opml") {
				return nil, nil, fmt.Errorf("%w: its root is %.40q", ErrNotOPML, t.Name.Local)
			}
			rooted = true
			if depth++; depth > maxDepth {
				return nil, nil, fmt.Errorf("opml: nested deeper than %d", maxDepth)
			}
			if strings.EqualFold(t.Name.Local, "outline") {
				r.outline(t.Attr)
			}
			if len(r.list) > MaxSources {
				return nil, nil, fmt.Errorf("opml: more than %d sources", MaxSources)
			}
		case xml.EndElement:
			depth--
		}
	}
}

type reader struct {
	name    func(string) string
	list    []poll.Source
	refused []error
}

func (r *reader) outline(attrs []xml.Attr) {
	get := func(name string) string {
		for _, a := range attrs {
			if strings.EqualFold(a.Name.Local, name) {
				return strings.TrimSpace(a.Value)
			}
		}
		return ""
	}
	url := get("xmlUrl")
	if url == "" || strings.EqualFold(get("isComment"), "true") || strings.EqualFold(get("type"), "include") {
		return
	}
	s := poll.Source{
		ID: get("id"), URL: url, Unit: get("unit"), Category: get("category"),
		Zone: get("zone"), Order: get("order"), Dates: get("dates"), Status: poll.Status(get("status")),
		From: get("from"), To: get("to"), Successors: strings.Fields(get("successors")),
		Flood:    poll.Policy(get("flood")),
		FullText: strings.EqualFold(get("full_text"), "true"),
	}
	if len(s.Successors) == 0 {
		s.Successors = nil
	}
	if s.ID == "" {
		s.ID = r.name(url)
	}
	for attr, into := range map[string]*time.Duration{"interval": &s.Interval, "ceiling": &s.Longest, "gap": &s.Gap} {
		v := get(attr)
		if v == "" {
			continue
		}
		d, err := time.ParseDuration(v)
		if err != nil {
			r.refused = append(r.refused, fmt.Errorf("source %q: %s: %q is not a time such as 15m", s.ID, attr, v))
			return
		}
		*into = d
	}
	if v := get("page"); v != "" {
		if err := json.Unmarshal([]byte(v), &s.Page); err != nil {
			r.refused = append(r.refused, fmt.Errorf("source %q: page: not selectors as JSON: %w", s.ID, err))
			return
		}
	}
	if v := get("rules"); v != "" {
		if err := json.Unmarshal([]byte(v), &s.Rules); err != nil {
			r.refused = append(r.refused, fmt.Errorf("source %q: rules: not a JSON list of rules: %w", s.ID, err))
			return
		}
	}
	r.list = append(r.list, s)
}
