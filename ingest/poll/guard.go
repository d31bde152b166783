package poll

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"loa/ingest"
	"loa/ingest/clean"
	"loa/ingest/identify"
	"loa/ingest/poll/flood"
	"loa/ingest/rules"
)

// Guard is what the flood guard remembers of a source; see [flood.History].
type Guard struct {
	Documents int         `json:"docs,omitempty"`
	Overlaps  int         `json:"overlaps,omitempty"`
	Brought   []int       `json:"brought,omitempty"`
	Newest    time.Time   `json:"newest,omitzero"`
	Items     int         `json:"items,omitempty"`
	Titles    flood.Marks `json:"titles,omitempty"`
	// Shown are marks of the last document's items: they need not be looked up.
	Shown flood.Marks `json:"shown,omitempty"`
	// Calm counts the polls without a flood since the last one.
	Calm int `json:"calm,omitempty"`
	// Was is the last hold that ended.
	Was *Hold `json:"was_held,omitempty"`
	// Refused are marks of the keys that were refused and stay so.
	Refused flood.Marks `json:"refused,omitempty"`
}

const (
	maxTitles  = 128
	maxShown   = 256
	maxBrought = 8
	maxRefused = 1024
	// enough documents tell as much as more.
	enough = 1 << 20
)

// afresh is the guard after the source's description has changed: the next document
// is the first.
func (g *Guard) afresh() Guard { return Guard{Was: g.Was, Refused: g.Refused} }

// refuse marks a key. Its digest is what is marked: marks do not tell capitals from
// small letters.
func (g *Guard) refuse(key string) {
	if id := identify.ID(key); !g.Refused.Has(id) {
		g.Refused = g.Refused.Add([]string{id}, maxRefused)
	}
}

func (st *State) history() flood.History {
	g := &st.Guard
	return flood.History{
		Documents: g.Documents, Overlaps: g.Overlaps, Brought: g.Brought, Rhythm: st.Rhythm, Newest: g.Newest,
		LastOK: st.LastOK, Items: g.Items, Titles: g.Titles,
	}
}

// Prober looks items up; see [ingest.Pipeline]. Of a pipeline without it nothing is
// judged.
type Prober interface {
	Probe(ctx context.Context, in ingest.Input) (ingest.Probe, error)
}

var _ Prober = (*ingest.Pipeline)(nil)

// sifted are a document's items, as they may be given to the pipeline.
type sifted struct {
	inputs  []ingest.Input
	probes  []ingest.Probe // of each input; none where the pipeline cannot tell
	flooded bool
}

// guard judges a document before anything of it is taken. If it is a flood, the
// source is held from then on, and this is saved first: else a crash would leave
// the items taken, and nothing to tell that they were a flood.
func (d *Door) guard(ctx context.Context, s *Source, st *State, set *rules.Set, inputs []ingest.Input, now time.Time) (list sifted, err error) {
	list.inputs = inputs
	for i := range inputs {
		inputs[i].Rules = set
	}
	if p, ok := d.pipe.(Prober); ok {
		if err := list.probe(ctx, p, &st.Guard); err != nil {
			return list, err
		}
		why := flood.Judge(st.history(), list.items(st), now)
		list.flooded = why != ""
		if why != "" && st.save == nil {
			// A pushed document is perhaps a part of the whole, which a poll can judge.
			return list, fmt.Errorf("%w: it looks like a flood: %s", ErrUnreadable, why)
		}
		if why != "" {
			d.metrics.floods.Inc()
			if st.Held == nil {
				d.o.Log.Warn("source floods and is held", "source", s.ID, "why", why)
				st.Held = &Hold{Since: now, Why: why, By: ByGuard, Policy: cmp.Or(s.Flood, Quiet)}
				st.Guard.Calm = 0
				if err := st.save(ctx, st); err != nil {
					return list, err
				}
			}
		}
	}
	if st.Held != nil {
		for i := range inputs {
			inputs[i].Quiet, inputs[i].Refuse = st.Held.Policy == Quiet, st.Held.Policy == Refuse
		}
	}
	return list, nil
}

// probe looks up the items that the document before did not have.
func (l *sifted) probe(ctx context.Context, p Prober, g *Guard) (err error) {
	l.probes = make([]ingest.Probe, len(l.inputs))
	for i, in := range l.inputs {
		if g.Refused.Len() == 0 && in.Article.Title != "" && g.Shown.Has(name(&in)) {
			l.probes[i] = ingest.Probe{Known: true, Title: clean.Plain(in.Article.Title), Published: in.Article.Published}
			continue
		}
		if l.probes[i], err = p.Probe(ctx, in); err != nil {
			return err
		}
	}
	return nil
}

// name is what tells an item from the others of its document.
func name(in *ingest.Input) string {
	return in.GUID + " " + in.Article.URL + " " + in.Article.Title
}

// refused reports whether input i was refused before, and stays so.
func (l *sifted) refused(st *State, i int) bool {
	return len(l.probes) > 0 && !l.probes[i].Known && l.probes[i].Key != "" && st.Guard.Refused.Has(identify.ID(l.probes[i].Key))
}

// known reports whether input i is of an article that is there.
func (l *sifted) known(i int) bool { return len(l.probes) > 0 && l.probes[i].Known }

// items are those that can be judged. What was refused counts as known.
func (l *sifted) items(st *State) []flood.Item {
	out := make([]flood.Item, 0, len(l.probes))
	for i, p := range l.probes {
		out = append(out, flood.Item{New: !p.Known && p.Key != "" && !l.refused(st, i), Title: p.Title, Published: p.Published})
	}
	return out
}

// learn remembers a document that was taken.
func (l *sifted) learn(st *State, now time.Time) {
	if len(l.probes) == 0 || st.save == nil {
		return
	}
	g := &st.Guard
	fresh := 0
	var titles, shown []string
	for i, p := range l.probes {
		shown = append(shown, name(&l.inputs[i]))
		if !p.Known && p.Key != "" && !l.refused(st, i) {
			fresh++
		}
		titles = append(titles, p.Title)
		if t := p.Published; t.Known() && !t.Clamped && t.Time.After(g.Newest) && !t.Time.After(now) {
			g.Newest = t.Time
		}
	}
	slices.Reverse(titles) // the newest first
	if g.Documents > 0 && fresh > 0 && !l.flooded {
		g.Brought = append(g.Brought, fresh)
		g.Brought = slices.Clone(g.Brought[max(0, len(g.Brought)-maxBrought):])
	}
	if 2*fresh < len(l.probes) {
		g.Overlaps = min(g.Overlaps+1, enough)
	}
	g.Documents = min(g.Documents+1, enough)
	g.Items, g.Titles, g.Shown = len(l.probes), g.Titles.Add(titles, maxTitles), flood.Marks(nil).Add(shown, maxShown)
}

// pushed is the state of a source that a document is pushed of. Nothing of it is
// saved: schedules belong to polls.
func (d *Door) pushed(ctx context.Context, s *Source) (State, error) {
	mem, err := d.states(ctx)
	if err != nil {
		return State{}, err
	}
	st, _, err := mem.get(ctx, s.ID)
	if err == nil && st.Config != s.digest() {
		st.forget()
	}
	return st, err
}
