// Package ingest brings what the doors receive into the journal: clean, identify,
// append. It stands between the doors (ingest/events, ingest/poll) and
// feeds/journal.
//
// Ingesting is idempotent and needs no lock between nodes: an append names the
// position that its writer has seen, and who is refused reads again and decides
// again; what is already known is not appended. The decision itself is pure
// (decide.go), and what an error means for the message that caused it stands in
// one table (fate.go).
//
// It does not fetch, does not acknowledge, and does not render.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/feeds/library"
	"loa/ingest/clean"
	"loa/ingest/identify"
	"loa/ingest/rules"
)

// Input is one thing that a door brought: an article as its publisher sent it.
type Input struct {
	Door   feeds.Door
	Action feeds.Kind // Published, Updated or Withdrawn
	// Article holds foreign strings; the pipeline cleans it.
	Article feeds.Article
	// Base is what relative links are relative to; it may be nil.
	Base *url.URL
	// GUID is a polled item's; empty where it does not tell items apart.
	GUID string
	// SharedURL is set where several items of the source have the same address:
	// it then names no article.
	SharedURL bool
	// Documents are numbers of documents that the article's metadata says it
	// brings out; what is no number is passed over.
	Documents []string
	// Excerpt is set where the article's content is but a part of what its page
	// has, and what it leaves out may be known already: that stays.
	Excerpt bool
	// Reason is why it was withdrawn or corrected.
	Reason string
	// Time is when the event happened, by its publisher; zero if it did not say.
	Time time.Time
	// Arrived is when the broker stored the event or the feed was fetched: the
	// same each time that the input is handled again.
	Arrived time.Time
	// Rules are the source's own; nil lets everything in.
	Rules *rules.Set
	// Quiet takes a polled article that was not known in without making news of it,
	// and Refuse refuses it with [CodeFlood]: the source floods (ingest/poll/flood).
	// What is known goes on as usual.
	Quiet, Refuse bool
	// Source is the polled source's id or the event's source, SourceURL the feed's
	// address, EventID the event's id.
	Source, SourceURL, EventID string
}

// Outcome says what became of an input.
type Outcome struct {
	Result   Result
	ID       string
	Revision int
	// Position is that of the record that was appended; 0 if none was.
	Position uint64
}

// Journal is where records are appended; see [journal.Journal] for the contract.
type Journal interface {
	Append(ctx context.Context, r *feeds.Record, last uint64) (journal.Entry, error)
	Last(ctx context.Context, id string) (journal.Entry, error)
}

// Library finds articles by key in what was read of the journal so far.
type Library interface {
	Find(ctx context.Context, keys []string) ([]library.State, error)
	Position() uint64
	WaitFor(ctx context.Context, position uint64) error
}

// Pipeline takes inputs. It is safe for concurrent use; inputs that share a key
// wait for each other.
type Pipeline struct {
	journal Journal
	library Library
	now     func() time.Time
	log     *slog.Logger
	rules   *rules.Set
	locks   keyLocks
	recent  recent
	metrics *metrics
}

// Options of a pipeline; every field may be left empty.
type Options struct {
	// Now is the clock by which first sight is recorded.
	Now func() time.Time
	Log *slog.Logger
	// Rules are for everything that comes in; nil lets everything in.
	Rules *rules.Set
}

// New returns a pipeline. The library must have read the journal to its end
// before the first input.
func New(j Journal, l Library, o Options) *Pipeline {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Pipeline{journal: j, library: l, now: o.Now, log: o.Log, rules: o.Rules, recent: newRecent(), metrics: newMetrics()}
}

// conflictTries bounds how often one input decides again because others were
// quicker; then it is delivered again later.
const conflictTries = 10

// Ingest cleans, identifies and appends. When it returns nil, what the input
// said is durable in the journal. A *Refused error is permanent; any other one
// leaves open whether the input was taken, and the same input may be given again.
func (p *Pipeline) Ingest(ctx context.Context, in Input) (Outcome, error) {
	out, err := p.ingest(ctx, in)
	p.metrics.count(in.Door, out.Result, err)
	return out, err
}

func (p *Pipeline) ingest(ctx context.Context, in Input) (Outcome, error) {
	in.Arrived = in.Arrived.UTC().Truncate(time.Millisecond)
	if err := p.clean(&in); err != nil {
		return Outcome{}, refuse(err)
	}
	keys := identify.Keys(key(in))
	if len(keys) == 0 {
		if in.Door != feeds.DoorPoll || in.Action == feeds.Withdrawn {
			return Outcome{}, refuse(feeds.ErrNoName)
		}
		keys = []string{identify.Unnamed(in.Source, &in.Article)}
	}
	if err := p.sieve(&in, keys[0]); err != nil {
		return Outcome{}, err
	}
	unlock := p.locks.lock(keys)
	defer unlock()
	current, keys, err := p.find(ctx, in, keys)
	if err != nil {
		return Outcome{}, err
	}
	if in.Refuse && current.Last == 0 {
		return Outcome{}, &Refused{Code: CodeFlood, Err: &Flooded{Key: keys[0], Article: in.Article}}
	}
	c := claim(in, keys, p.now().In(feeds.Zone).Truncate(time.Millisecond))
	for range conflictTries {
		said := c
		if in.Excerpt {
			said = excerpt(current.record(), c)
		}
		next, result := decide(current.record(), said)
		out := Outcome{Result: result, ID: next.ID, Revision: next.Revision}
		if result == Unchanged || result == Stale {
			return out, nil
		}
		next.Prev = current.Digest
		e, err := p.journal.Append(ctx, &next, current.Last)
		if errors.Is(err, journal.ErrConflict) {
			if current, err = p.reread(ctx, next.ID); err != nil {
				return Outcome{}, err
			}
			continue
		}
		if err != nil {
			return Outcome{}, err
		}
		out.Position = e.Position
		return out, p.recent.add(ctx, p.library, e)
	}
	return Outcome{}, fmt.Errorf("append %s: %w after %d tries", c.ID, journal.ErrConflict, conflictTries)
}

func (p *Pipeline) clean(in *Input) (err error) {
	in.Reason = clean.Plain(in.Reason)
	in.Article = clean.Article(in.Article, in.Base)
	if in.Door == feeds.DoorPoll && in.Article.Title == "" {
		// RSS lets an item have a description alone; readers need something to show.
		in.Article.Title = clean.Summary(in.Article.ContentHTML, titleFromText)
	}
	err = clean.Check(in.Article)
	switch {
	case in.Action == feeds.Withdrawn && errors.Is(err, feeds.ErrNoTitle),
		in.Door == feeds.DoorPoll && in.Article.Title != "" && errors.Is(err, feeds.ErrNoName):
		err = nil // a withdrawal needs no title, and a feed's item is named by its GUID
	}
	if err != nil {
		return err
	}
	in.Article.Citations = cite(&in.Article, in.Documents)
	clamp(&in.Article.Published, in.Arrived)
	clamp(&in.Article.Updated, in.Arrived)
	return nil
}

// titleFromText is the length, in runes, of a title that is made of the text.
const titleFromText = 80

// clockSkew is how far a publisher's clock may be ahead.
const clockSkew = 10 * time.Minute

// clamp moves a date in the future to the moment of arrival: it would stand at
// the head of every list until it came. The publisher's text stays in Raw.
func clamp(d *feeds.Date, arrived time.Time) {
	if d.Known() && d.Time.After(arrived.Add(clockSkew)) {
		if d.Raw == "" {
			d.Raw = d.Time.Format(time.RFC3339)
		}
		d.Time, d.Precision, d.Clamped = arrived.In(feeds.Zone), feeds.Second, true
	}
}

func key(in Input) identify.Item {
	it := identify.Item{Unit: in.Article.Unit, Number: in.Article.Number, URL: in.Article.URL, GUID: in.GUID}
	if in.Door == feeds.DoorPoll {
		it.Source = in.Source
	}
	if in.SharedURL {
		it.URL = ""
	}
	return it
}

// found is an article as this node knows it; the zero found is a new one.
type found library.State

func (f *found) record() *feeds.Record {
	if f.Last == 0 {
		return nil
	}
	return &f.Record
}

// find returns the article of the strongest key that is known, from what this
// node has appended lately or from the library, and the keys that the input may
// claim. An event's keys were all given by its publisher: where they are of two
// articles, these are one, and the library joins them. A feed's are less sure:
// a GUID that is another article's is left to it.
func (p *Pipeline) find(ctx context.Context, in Input, keys []string) (found, []string, error) {
	// In this order: what leaves the recent records is in the library by then.
	known := p.recent.find(keys)
	states, err := p.library.Find(ctx, keys)
	if err != nil {
		return found{}, nil, err
	}
	for _, st := range states {
		if i := slices.IndexFunc(known, func(f found) bool { return f.Record.ID == st.Record.ID }); i < 0 {
			known = append(known, found(st))
		} else if st.Last >= known[i].Last {
			known[i] = found(st)
		}
	}
	var current found
	claimed := keys[:0:0]
	for _, k := range keys {
		i := slices.IndexFunc(known, func(f found) bool { return slices.Contains(f.Record.Keys, k) })
		if i >= 0 && in.Door == feeds.DoorPoll && strings.HasPrefix(k, "guid:") {
			f := &known[i]
			if current.Last != 0 && current.Record.ID != f.Record.ID || !identify.SameByGUID(&f.Record.Article, &in.Article) {
				continue
			}
		}
		claimed = append(claimed, k)
		if i >= 0 && current.Last == 0 {
			current = known[i]
		}
	}
	if len(claimed) == 0 { // nothing but a GUID that means nothing
		unnamed := []string{identify.Unnamed(in.Source, &in.Article)}
		in.GUID = ""
		return p.find(ctx, in, unnamed)
	}
	return current, claimed, nil
}

// reread returns the newest state of an article that another node has written.
func (p *Pipeline) reread(ctx context.Context, id string) (found, error) {
	e, err := p.journal.Last(ctx, id)
	if errors.Is(err, journal.ErrNotFound) {
		return found{}, nil
	}
	if err != nil {
		return found{}, err
	}
	return found{Record: e.Record, Last: e.Position, Digest: e.Digest}, nil
}
