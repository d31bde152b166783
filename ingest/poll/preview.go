package poll

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/ingest"
	"loa/ingest/clean"
	"loa/ingest/poll/flood"
	"loa/ingest/poll/listing"
	"loa/ingest/rules"
	"loa/internal/safehttp"
)

// Preview is what a poll of a source would bring.
type Preview struct {
	Source Source `json:"source"`
	// URL is the address that answered, Moved where permanent redirects led.
	URL    string `json:"url,omitempty"`
	Moved  string `json:"moved,omitempty"`
	Status int    `json:"status,omitempty"`
	// Code and Error say why there is nothing to take.
	Code  string `json:"code,omitempty"`
	Error string `json:"error,omitempty"`

	Kind  string `json:"kind,omitempty"`
	Title string `json:"title,omitempty"`
	Site  string `json:"site,omitempty"`
	// Validators tells whether it can be asked for changes alone.
	Validators bool   `json:"validators"`
	Hints      Hints  `json:"hints,omitzero"`
	Rhythm     string `json:"rhythm,omitempty"`
	// MonthFirst is set where its dates prove that the month comes first.
	MonthFirst bool     `json:"month_first,omitempty"`
	Faults     []string `json:"faults,omitempty"`
	// Links is how many links a page has, Matches how its selectors did.
	Links   int             `json:"links,omitempty"`
	Matches []listing.Match `json:"matches,omitempty"`
	Items   []Decision      `json:"items"`
	// Flood is why a poll would judge it a flood, and hold the source; Held is set
	// where it is held already.
	Flood string `json:"flood,omitempty"`
	Held  *Hold  `json:"held,omitempty"`
}

// Weigh judges the preview by what is remembered of its source.
func (p *Preview) Weigh(st *State, now time.Time) {
	if p.Held = st.Held; st.Config != p.Source.digest() {
		return
	}
	var batch []flood.Item
	for _, it := range p.Items {
		d := feeds.Date{Precision: it.Precision, Raw: it.PublishedRaw}
		if it.Published != nil {
			d.Time = *it.Published
		}
		batch = append(batch, flood.Item{New: it.Result == string(ingest.Created), Title: it.Title, Published: d})
	}
	p.Flood = flood.Judge(st.history(), batch, now)
}

// Decision is what would become of an item.
type Decision struct {
	// Result is the pipeline's (created, revised, unchanged, ...), or refused, or
	// blocked by a rule.
	Result string `json:"result"`
	// Why is the reason in words.
	Why string `json:"why"`
	// ID is the article's.
	ID           string          `json:"id,omitempty"`
	Title        string          `json:"title"`
	URL          string          `json:"url,omitempty"`
	GUID         string          `json:"guid,omitempty"`
	Unit         string          `json:"unit"`
	Category     string          `json:"category,omitempty"`
	Published    *time.Time      `json:"published,omitempty"`
	Precision    feeds.Precision `json:"date_precision,omitempty"`
	PublishedRaw string          `json:"published_raw,omitempty"`
	// Text tells where the article's text is from, if its page is to be read.
	Text *Text `json:"text,omitempty"`
}

// Look fetches a source once, without conditions, and tells what the pipeline
// would do with each item. It takes no turn and touches no state; give it a
// pipeline over a [Dry] journal, and nothing is stored.
func Look(ctx context.Context, s Source, c Client, p Pipeline, now time.Time) (Preview, error) {
	out := Preview{Source: s, Items: []Decision{}}
	res, err := c.Do(ctx, &safehttp.Request{URL: s.URL, Header: http.Header{"Accept": {s.accept()}}})
	if err != nil {
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		out.Code, out.Error = FetchFault(err)
		return out, nil
	}
	out.Status, out.URL, out.Moved = res.Status, res.URL, PermanentTarget(res.Hops)
	out.Validators = res.Header.Get("ETag") != "" || res.Header.Get("Last-Modified") != ""
	if res.Status != http.StatusOK {
		out.Code, out.Error = fmt.Sprintf("http-%d", res.Status), fmt.Sprintf("the source answers %d %s", res.Status, http.StatusText(res.Status))
		return out, nil
	}
	var order Order
	f, err := readLearning(&s, &order, res, now, out.read)
	if err != nil {
		fault := faultOf(err)
		out.Code, out.Error = fault.Code, fault.Text
		return out, nil
	}
	out.Kind, out.Title, out.Site = f.Kind, clean.Plain(f.Title), f.URL
	out.Hints.hear(res.Header, f, now)
	out.MonthFirst = order.MonthFirst()
	if r := Rhythm(published(f, now)); r > 0 {
		out.Rhythm = r.String()
	}
	for _, fault := range f.Faults {
		out.Faults = append(out.Faults, fault.Code+": "+fault.Text)
	}
	set, err := rules.Compile(s.Rules)
	if err != nil {
		out.Code, out.Error = "bad-rules", err.Error()
		return out, nil //nolint:nilerr // it is in the preview
	}
	pages := 0
	for _, in := range Inputs(s, f, now) {
		in.Rules = set
		var text *Text
		if in.Excerpt {
			if text, err = lookAtPage(ctx, c, &s, &in, pages, now); err != nil {
				return out, err
			}
			pages++
		}
		d, err := decide(ctx, p, in)
		if err != nil {
			return out, err
		}
		d.Text = text
		out.Items = append(out.Items, d)
	}
	return out, nil
}

func decide(ctx context.Context, p Pipeline, in ingest.Input) (Decision, error) {
	shown := clean.Article(in.Article, in.Base)
	d := Decision{
		Title: shown.Title, URL: shown.URL, GUID: in.GUID, Unit: in.Article.Unit, Category: shown.Category,
		Precision: shown.Published.Precision, PublishedRaw: shown.Published.Raw,
	}
	if shown.Published.Known() {
		t := shown.Published.Time.In(feeds.Zone)
		d.Published = &t
	}
	out, err := p.Ingest(ctx, in)
	var blocked *ingest.Blocked
	if errors.As(err, &blocked) {
		d.Result, d.Why = "blocked", blocked.Error()
		return d, nil
	}
	var refused *ingest.Refused
	if errors.As(err, &refused) {
		d.Result, d.Why = "refused", fmt.Sprintf("%s: %s", refused.Code, refused)
		return d, nil
	}
	if err != nil {
		return d, err
	}
	d.Result, d.ID = string(out.Result), out.ID
	switch out.Result {
	case ingest.Created:
		d.Why = "no article has its address, GUID or number"
	case ingest.Revised:
		d.Why = "article " + out.ID + " had other words, dates or attachments"
	case ingest.Aliased:
		d.Why = "article " + out.ID + " gets another address or GUID"
	case ingest.Unchanged:
		d.Why = "article " + out.ID + " says the same"
	case ingest.Stale:
		d.Why = "article " + out.ID + " is newer"
	default:
		d.Why = "the pipeline says " + string(out.Result)
	}
	return d, nil
}

// Reader is the part of a journal that is read.
type Reader interface {
	Last(ctx context.Context, id string) (journal.Entry, error)
}

// Dry is a journal that stores nothing: what is appended is known to the pipeline
// that appended it alone. Without a Reader it is empty.
type Dry struct {
	Reader
	appended atomic.Uint64
}

// dryPosition is behind every position of a real journal.
const dryPosition = 1 << 62

// Append takes the record as appended.
func (d *Dry) Append(_ context.Context, r *feeds.Record, _ uint64) (journal.Entry, error) {
	return journal.Entry{Position: dryPosition + d.appended.Add(1), Record: *r}, nil
}

// Last reads the journal behind.
func (d *Dry) Last(ctx context.Context, id string) (journal.Entry, error) {
	if d.Reader == nil {
		return journal.Entry{}, journal.ErrNotFound
	}
	return d.Reader.Last(ctx, id)
}
