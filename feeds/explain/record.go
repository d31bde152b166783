package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"loa/feeds"
	"loa/feeds/journal"
)

// Record is one entry of the journal.
type Record struct {
	Position uint64     `json:"position"`
	ID       string     `json:"id"`
	Revision int        `json:"revision"`
	Kind     feeds.Kind `json:"kind"`
	// Changed is the instant of the revision, Received when loa had it.
	Changed  time.Time  `json:"changed"`
	Received time.Time  `json:"received"`
	Door     feeds.Door `json:"door"`
	// Source is the polled source's id or the event's source.
	Source    string `json:"source,omitempty"`
	SourceURL string `json:"source_url,omitempty"`
	EventID   string `json:"event,omitempty"`
	Reason    string `json:"reason,omitempty"`
	// Correction says that the revision corrects the one before, by its publisher's
	// word; see [feeds.Record.Correction].
	Correction bool `json:"correction,omitempty"`
	// Delay is in seconds from the publisher's time to the reception; see [Channel].
	Delay *float64 `json:"delay_seconds,omitempty"`
	// Changes are against the record before of the same id.
	Changes []Change `json:"changes"`
}

// Change is a field that is another than before. Before and After are given for
// what fits into a line.
type Change struct {
	Field  string `json:"field"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// steps are the entries of one id, oldest first.
func steps(entries []journal.Entry) []Record {
	var out []Record
	for i, e := range entries {
		r := &e.Record
		s := Record{
			Position: e.Position, ID: r.ID, Revision: r.Revision, Kind: r.Kind, Changed: r.Changed.In(feeds.Zone),
			Received: r.Provenance.ReceivedAt.In(feeds.Zone), Door: r.Provenance.Door, Source: r.Provenance.Source,
			SourceURL: r.Provenance.SourceURL, EventID: r.Provenance.EventID, Reason: r.Reason, Delay: delay(r), Changes: []Change{},
		}
		if r.Kind != feeds.Alias {
			_, s.Correction = r.Correction()
		}
		if r.Kind == feeds.Withdrawn && r.Withdrawal != nil {
			s.Reason = r.Withdrawal.Reason
		}
		if i > 0 {
			s.Changes = append(s.Changes, Changes(&entries[i-1].Record, r)...)
		}
		out = append(out, s)
	}
	return out
}

// delay is nil where the publisher gave no time of day.
func delay(r *feeds.Record) *float64 {
	p := r.Article.Published
	if !p.Known() || p.Clamped || p.Precision != feeds.Second && p.Precision != feeds.Minute {
		return nil
	}
	d := r.Provenance.ReceivedAt.Sub(p.Time).Seconds()
	return &d
}

// channels are the doors and sources, each at its first record.
func channels(list []Record) []Channel {
	out := []Channel{}
	for _, r := range list {
		source := r.Source
		if r.Door != feeds.DoorPoll {
			source = "" // of events it may differ with each
		}
		if !slices.ContainsFunc(out, func(c Channel) bool { return c.Door == r.Door && c.Source == source }) {
			out = append(out, Channel{r.Door, source, r.Received, r.Delay})
		}
	}
	return out
}

// Changes lists the fields in which b differs from a, in the order of
// [feeds.Article].
func Changes(a, b *feeds.Record) []Change {
	var out []Change
	line := func(field, before, after string) {
		if before != after {
			out = append(out, Change{field, before, after})
		}
	}
	long := func(field string, same bool) {
		if !same {
			out = append(out, Change{Field: field})
		}
	}
	x, y := &a.Article, &b.Article
	line("number", x.Number, y.Number)
	line("url", x.URL, y.URL)
	line("title", x.Title, y.Title)
	long("summary", x.Summary == y.Summary)
	long("content", x.ContentHTML == y.ContentHTML)
	line("category", x.Category, y.Category)
	line("tags", strings.Join(x.Tags, ", "), strings.Join(y.Tags, ", "))
	line("authors", strings.Join(x.Authors, ", "), strings.Join(y.Authors, ", "))
	line("language", x.Language, y.Language)
	line("published", date(x.Published), date(y.Published))
	line("updated", date(x.Updated), date(y.Updated))
	long("attachments", slices.Equal(x.Attachments, y.Attachments))
	long("citations", slices.Equal(x.Citations, y.Citations))
	line("withdrawn", yes(a.IsWithdrawn()), yes(b.IsWithdrawn()))
	line("quiet", yes(a.Quiet), yes(b.Quiet))
	line("keys", "", strings.Join(added(a.Keys, b.Keys), " "))
	line("channels", doors(a.Channels), doors(b.Channels))
	return out
}

func date(d feeds.Date) string {
	if !d.Known() {
		return d.Raw
	}
	return fmt.Sprintf("%s (%s)", d.Time.In(feeds.Zone).Format(time.RFC3339), d.Precision)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func added(before, after []string) []string {
	return slices.DeleteFunc(slices.Clone(after), func(k string) bool { return slices.Contains(before, k) })
}

func doors(list []feeds.Door) string {
	var out []string
	for _, d := range list {
		out = append(out, string(d))
	}
	return strings.Join(out, ", ")
}
