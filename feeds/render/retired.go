package render

import (
	"slices"
	"strings"
	"time"

	"loa/feeds"
)

// retired is what documents say of a unit that is no more.
type retired struct {
	date       time.Time
	act        string
	successors []successor
	ended      bool
}

// successor is a unit in place of another, with its feed in the document's format.
type successor struct{ unit, name, feed string }

// retire takes over what became of the feed's unit and says it in the subtitle,
// for readers that show nothing else. Where links have a place of their own, in
// Atom and JSON Feed, the words have names alone.
func (d *document) retire(base, suffix string) {
	in := d.feed.Retired
	if in == nil {
		return
	}
	r := &retired{date: instant(in.Date), act: line(in.Act), ended: in.Ended}
	for _, s := range in.Successors {
		code := line(s.Unit)
		path := feeds.Selector{Kind: "units", Unit: code}.Path()
		out := successor{unit: code, name: line(s.Name), feed: base + escape(path) + suffix}
		if out.name == "" {
			out.name = "Đơn vị " + code
		}
		r.successors = append(r.successors, out)
	}
	d.retired = r
	if d.subtitle != "" && !strings.ContainsAny(d.subtitle[len(d.subtitle)-1:], ".!?") {
		d.subtitle += "."
	}
	words := []string{d.subtitle, r.vietnamese(suffix == "."+string(feeds.RSS)), r.english()}
	d.subtitle = strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), " ")
}

func (r *retired) vietnamese(addresses bool) string {
	var b strings.Builder
	b.WriteString("Đơn vị này không còn")
	if !r.date.IsZero() {
		b.WriteString(" từ ngày " + r.date.Format("02/01/2006"))
	}
	if r.act != "" {
		b.WriteString(" theo văn bản số " + r.act)
	}
	if len(r.successors) > 0 {
		b.WriteString("; nay là ")
		for i, s := range r.successors {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(s.name)
			if addresses {
				b.WriteString(" (" + s.feed + ")")
			}
		}
	}
	b.WriteString(".")
	return b.String()
}

func (r *retired) english() string {
	s := "This unit is no more"
	if !r.date.IsZero() {
		s += " since " + r.date.Format("2 January 2006")
	}
	if r.act != "" {
		s += " (act " + r.act + ")"
	}
	return s + "."
}
