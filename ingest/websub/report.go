package websub

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
)

// Report is a source and where it stands with its hub; nothing in it is secret.
type Report struct {
	Source string `json:"source"`
	Phase  Phase  `json:"phase"`
	// Alive says that the hub is relied on: the source is polled more rarely.
	Alive bool `json:"alive"`
	// Hub and Topic are those of the lease, or those that would be asked.
	Hub   string `json:"hub,omitempty"`
	Topic string `json:"topic,omitempty"`
	// Signed says that pushes are signed and so believed; else each is only a reason
	// to poll.
	Signed bool `json:"signed"`
	// Since is when the phase began, Ends when the lease does.
	Since    time.Time `json:"since,omitzero"`
	Ends     time.Time `json:"ends,omitzero"`
	LastPing time.Time `json:"last_ping,omitzero"`
	// Next is when the hub is asked next; zero: not now known.
	Next time.Time `json:"next,omitzero"`
	// Failures are requests in a row that came to nothing, Refusals the hub's own,
	// Misses what polls found in a row and the hub had not pushed.
	Failures int `json:"failures,omitempty"`
	Refusals int `json:"refusals,omitempty"`
	Misses   int `json:"misses,omitempty"`
	// Reason is why it stands so, if there is something to tell.
	Reason string `json:"reason,omitempty"`
}

// report tells where the source stands at now.
func (st *State) report(source string, now time.Time) Report {
	r := Report{
		Source: source, Phase: cmp.Or(st.Phase, None), Alive: st.Alive(now), Topic: st.Found.Topic, Since: st.Since, LastPing: st.LastPing,
		Failures: st.Failures, Refusals: st.Refusals, Misses: st.Misses, Reason: st.Reason,
	}
	if len(st.Found.Hubs) > 0 {
		r.Hub = st.Found.Hubs[0]
	}
	if l := st.at(Verified); l != nil {
		r.Hub, r.Topic, r.Ends, r.Signed = l.Hub, l.Topic, l.Ends, l.Secret != ""
	} else if l := st.at(Asked); l != nil {
		r.Hub, r.Topic, r.Signed = l.Hub, l.Topic, l.Secret != ""
	}
	if t, ok := st.asking(); ok {
		if r.Next = t; t.IsZero() {
			r.Next = now
		}
	}
	return r
}

// Report tells where a source stands; ok is false if it has no hub.
func (s *Subscriber) Report(source string) (r Report, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, ok := s.view[source]
	if !ok {
		return r, false
	}
	return st.report(source, s.o.Now()), true
}

// Reports tells of all sources that have a hub, by id, whether or not anybody
// tends them at the moment.
func Reports(ctx context.Context, store Store, now time.Time) ([]Report, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changes, err := store.Watch(ctx)
	if err != nil {
		return nil, err
	}
	states := map[string]State{}
	for c := range changes {
		switch {
		case c.Source == "":
			out := make([]Report, 0, len(states))
			for source, st := range states {
				out = append(out, st.report(source, now))
			}
			slices.SortFunc(out, func(a, b Report) int { return cmp.Compare(a.Source, b.Source) })
			return out, nil
		case c.Removed:
			delete(states, c.Source)
		default:
			states[c.Source] = c.State
		}
	}
	return nil, cmp.Or(ctx.Err(), errors.New("websub: the store ended its report"))
}
