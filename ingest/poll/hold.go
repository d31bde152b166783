package poll

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"loa/feeds"
	"loa/ingest"
	"loa/ingest/dropped"
)

// Policy says what becomes of the new articles of a source that is held.
type Policy string

// The policies.
const (
	// Quiet takes them in: they are kept, found and archived, but no news.
	Quiet Policy = "quiet"
	// Refuse keeps them out. Each is listed with the drops, and is taken when the
	// source is released.
	Refuse Policy = "refuse"
)

// Validate reports a policy that is none; the empty one is the default.
func (p Policy) Validate() error {
	switch p {
	case "", Quiet, Refuse:
		return nil
	}
	return fmt.Errorf("%q is neither quiet nor refuse", string(p))
}

// Who holds a source.
const (
	ByGuard    = "guard"
	ByOperator = "operator"
)

// Hold says that a source is held: what it shows as new is no news.
type Hold struct {
	Since  time.Time `json:"since"`
	Why    string    `json:"why"`
	By     string    `json:"by"`
	Policy Policy    `json:"policy"`
	// To is when it ended; zero while it lasts.
	To time.Time `json:"to,omitzero"`
}

// Covers reports whether what was first seen at t was seen while the source was
// held. First sight is known to the millisecond.
func (h *Hold) Covers(t time.Time) bool {
	return !t.Before(h.Since.Truncate(time.Millisecond)) && (h.To.IsZero() || !t.After(h.To))
}

const (
	// A hold by the guard ends after so many polls in a row without another flood,
	// but not before minHold: sites are rebuilt in steps.
	calmPolls = 3
	minHold   = time.Hour
)

// rest counts the polls that went well since a flood, and ends the guard's hold.
// What the operator holds, only the operator releases.
func (st *State) rest(flooded bool, now time.Time) {
	if st.Held == nil || st.Held.By != ByGuard {
		return
	}
	if flooded {
		st.Guard.Calm = 0
		return
	}
	if st.Guard.Calm++; st.Guard.Calm >= calmPolls && now.Sub(st.Held.Since) >= minHold {
		st.unhold(now)
	}
}

// unhold ends the hold, which is remembered.
func (st *State) unhold(now time.Time) {
	if st.Held != nil {
		was := *st.Held
		was.To = now
		st.Held, st.Guard.Was, st.Guard.Calm = nil, &was, 0
	}
}

// LastHold is the hold that lasts, or else the last one that ended; nil if there
// was none.
func (st *State) LastHold() *Hold { return cmp.Or(st.Held, st.Guard.Was) }

// noteHeld keeps the gauge.
func (d *Door) noteHeld(id string, held bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if held {
		d.held[id] = true
	} else {
		delete(d.held, id)
	}
	d.metrics.held.Set(float64(len(d.held)))
}

// Report returns a source with its state, or ErrUnknownSource.
func (d *Door) Report(ctx context.Context, id string) (Report, error) {
	s, ok := d.source(id)
	if !ok {
		return Report{}, ErrUnknownSource
	}
	mem, err := d.states(ctx)
	if err != nil {
		return Report{}, err
	}
	st, _, err := mem.get(ctx, id)
	return Report{s, st}, err
}

// Hold holds a source, by its operator, until it is released. Without a policy it
// is the source's own. Of a source that is held already it changes the policy, and
// makes the hold the operator's.
func (d *Door) Hold(ctx context.Context, id string, p Policy) (Report, error) {
	if err := p.Validate(); err != nil {
		return Report{}, err
	}
	return d.amend(ctx, id, func(s *Source, st *State, now time.Time) {
		h := Hold{Since: now, Why: "the operator holds it", By: ByOperator, Policy: cmp.Or(p, s.Flood, Quiet)}
		if st.Held != nil {
			h.Since = st.Held.Since
			if st.Held.By == ByGuard {
				h.Why += "; before, the guard: " + st.Held.Why
			} else {
				h.Why = st.Held.Why
			}
		}
		st.Held = &h
	})
}

// Release ends the hold of a source. keepOut leaves out for good what was refused
// while it was held; else that is forgotten, and the next poll reads the whole
// document again.
func (d *Door) Release(ctx context.Context, id string, keepOut bool) (Report, error) {
	return d.amend(ctx, id, func(_ *Source, st *State, now time.Time) {
		st.unhold(now)
		if !keepOut {
			st.Guard.Refused = nil
			st.ETag, st.LastModified, st.BodyDigest, st.ValidFor = "", "", "", ""
		}
	})
}

// amendTries bounds how often an amendment is tried, and amendPause how long it
// waits each time for a poll that is under way.
const (
	amendTries = 20
	amendPause = 250 * time.Millisecond
)

// amend changes a source's state by compare and swap. It waits for a poll that is
// under way, but not for ever: such a poll then begins again.
func (d *Door) amend(ctx context.Context, id string, change func(s *Source, st *State, now time.Time)) (Report, error) {
	s, ok := d.source(id)
	if !ok {
		return Report{}, ErrUnknownSource
	}
	mem, err := d.states(ctx)
	if err != nil {
		return Report{}, err
	}
	for try := range amendTries {
		st, rev, err := mem.get(ctx, id)
		if err != nil {
			return Report{}, err
		}
		if st.Holder != "" && st.Until.After(d.o.Now()) && try < amendTries/2 {
			select {
			case <-time.After(amendPause):
				continue
			case <-ctx.Done():
				return Report{}, ctx.Err()
			}
		}
		change(&s, &st, d.o.Now())
		if _, err = mem.put(ctx, id, &st, rev); errors.Is(err, errTaken) {
			continue
		} else if err != nil {
			return Report{}, err
		}
		d.noteHeld(id, st.Held != nil)
		return Report{s, st}, nil
	}
	return Report{}, fmt.Errorf("change source %s: %w", id, errTaken)
}

// refusedWhileHeld is the reason of a drop: always the same, so that its first
// entry stays.
const refusedWhileHeld = "new while its source was held"

// maxDropArticle bounds the article that is kept with a drop, in bytes of JSON; of
// a larger one the text is left to the next poll.
const maxDropArticle = 512 << 10

// refuse stores an item that is kept out while its source is held.
func (d *Door) refuse(ctx context.Context, st *State, in *ingest.Input, key string, a *feeds.Article) error {
	st.Guard.refuse(key)
	if d.o.Drops == nil {
		return nil
	}
	p := dropped.Drop{Source: in.Source, Key: key, List: dropped.ListFlood, Reason: refusedWhileHeld, GUID: in.GUID, Shared: in.SharedURL, Time: d.o.Now().UTC(), Article: a}
	if a == nil {
		a = &in.Article
	}
	p.Unit, p.Number, p.URL, p.Title, p.Category, p.Published = a.Unit, a.Number, a.URL, a.Title, a.Category, a.Published.Raw
	if p.Article != nil {
		if b, err := json.Marshal(p.Article); err != nil || len(b) > maxDropArticle {
			short := *p.Article
			short.ContentHTML, short.Attachments, short.Citations = "", nil, nil
			p.Article = &short
		}
	}
	return d.o.Drops.Put(ctx, p)
}

// Refused turns a drop of a source that was held into the input that it was, to be
// taken after all; false if nothing of it was kept.
func Refused(s *Source, p *dropped.Drop, quiet bool, now time.Time) (ingest.Input, bool) {
	if p.List != dropped.ListFlood || p.Article == nil {
		return ingest.Input{}, false
	}
	return ingest.Input{
		Door: feeds.DoorPoll, Action: feeds.Published, Article: *p.Article, GUID: p.GUID, SharedURL: p.Shared,
		Arrived: now, Source: s.ID, SourceURL: s.URL, Quiet: quiet,
	}, true
}
