package poll

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"loa/ingest"
	"loa/ingest/poll/decode"
	"loa/ingest/rules"
	"loa/internal/safehttp"
)

// Hub pushes what sources publish, so that they need not be polled often. It hears
// what polls find. Its methods return at once.
type Hub interface {
	// Seen tells of a document that was read: the header and the address that it
	// came with, and what stands in it.
	Seen(source string, h http.Header, address string, f *decode.Feed)
	// Alive reports whether the source's hub can be relied on.
	Alive(source string) bool
	// Missed tells that a poll brought articles that nobody had brought before, and
	// that were not there yet when the source was last polled, at since.
	Missed(source string, since time.Time)
}

// SetHub sets the hub, before Run; without one sources are only polled.
func (d *Door) SetHub(h Hub) { d.hub = h }

// ErrUnreadable wraps why a document that was pushed cannot be read; it will not
// be the next time either.
var ErrUnreadable = errors.New("poll: document cannot be read")

// Push takes a document of a source that was pushed instead of polled, by the same
// way as what is polled, and returns how many articles it brought or changed. What
// it holds may be a part of the source's feed. When it returns nil, that is in the
// journal; after any error but ErrUnreadable, ErrUnknownSource and ErrNotActive the
// same document may be pushed again.
func (d *Door) Push(ctx context.Context, id, address, contentType string, body []byte, at time.Time) (int, error) {
	s, ok := d.source(id)
	if !ok {
		return 0, ErrUnknownSource
	}
	if s.StatusAt(d.o.Now()) != Active {
		return 0, ErrNotActive
	}
	set, err := rules.Compile(s.Rules)
	if err != nil {
		return 0, err
	}
	st, err := d.pushed(ctx, &s)
	if err != nil {
		return 0, err
	}
	f, err := readLearning(&s, &st.Order, &safehttp.Response{URL: address, Header: http.Header{"Content-Type": {contentType}}, Body: body}, at, read)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	b, err := d.bring(ctx, s, &st, set, f, at)
	for _, fault := range b.faults {
		d.o.Log.Warn("item of a pushed document not taken", "source", id, "fault", fault)
	}
	return b.new, err
}

// brought is what became of a document's items.
type brought struct {
	new     int // articles and revisions
	created int // articles that nobody had brought before
	dropped int // by rules, or refused while the source is held
	flooded bool
	faults  []string
}

// bring gives a document's items to the pipeline, by the rules of their source and
// as its state lets them in.
func (d *Door) bring(ctx context.Context, s Source, st *State, set *rules.Set, f *decode.Feed, now time.Time) (b brought, err error) {
	list, err := d.guard(ctx, &s, st, set, Inputs(s, f, now), now)
	if err != nil {
		return b, err
	}
	b.flooded = list.flooded
	seen := sightings(&s, st, now)
	for i, in := range list.inputs {
		if list.refused(st, i) {
			if err := d.refuse(ctx, st, &in, list.probes[i].Key, nil); err != nil {
				return b, err
			}
			b.dropped++
			continue
		}
		item, again := seen.item(&in)
		if again {
			b.dropped += item.dropped
			continue
		}
		if !in.Refuse || list.known(i) {
			item.read(ctx, &in)
		}
		became, err := d.give(ctx, st, in, &b)
		if err != nil {
			return b, err
		}
		seen.note(item, became)
	}
	seen.keep()
	list.learn(st, now)
	return b, nil
}

// fate is what became of an item.
type fate int

const (
	taken   fate = iota
	blocked      // by a rule
	refused      // as it is, or while its source is held
)

// give gives one item to the pipeline and counts what became of it.
func (d *Door) give(ctx context.Context, st *State, in ingest.Input, b *brought) (fate, error) {
	out, err := d.pipe.Ingest(ctx, in)
	var refusal *ingest.Refused
	var block *ingest.Blocked
	var flooded *ingest.Flooded
	switch {
	case errors.As(err, &flooded):
		if err := d.refuse(ctx, st, &in, flooded.Key, &flooded.Article); err != nil {
			return refused, err
		}
		b.dropped++
		return refused, nil
	case errors.As(err, &block):
		if err := d.drop(ctx, &in, block); err != nil {
			return blocked, err
		}
		b.dropped++
		return blocked, nil
	case errors.As(err, &refusal):
		if len(b.faults) < maxFaults {
			b.faults = append(b.faults, fmt.Sprintf("refused %s: %s", refusal.Code, refusal))
		}
		return refused, nil
	case err != nil:
		return refused, err
	case out.Result == ingest.Created && in.Quiet: // no news
		d.metrics.quiet.Inc()
	case out.Result == ingest.Created:
		b.created++
		b.new++
	case out.Result == ingest.Revised:
		b.new++
	}
	return taken, nil
}
