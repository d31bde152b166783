package poll

import (
	"context"
	"slices"
	"time"

	"loa/ingest"
)

// seen is what is known of a document's items while they are taken. A nil one is
// that of a source whose items are not remembered.
type seen struct {
	s    *Source
	st   *State
	now  time.Time
	next Pages
}

// sighting is one item of a document.
type sighting struct {
	visit     *visit
	key, said string
	dropped   int // 1 if a rule kept it out when it was last given
	asked     bool
	owed      Owed
	got       reading
}

func sightings(s *Source, st *State, now time.Time) *seen {
	if !s.remembers() {
		return nil
	}
	if st.visit != nil {
		st.visit.s = s // with the order of dates that its document showed
	}
	m := &seen{s: s, st: st, now: now, next: Pages{Seen: map[string]string{}}}
	if st.Pages != nil {
		m.next.Owed = slices.Clone(st.Pages.Owed)
	}
	return m
}

// item looks an item up; again reports that it says what it said when it was taken.
func (m *seen) item(in *ingest.Input) (_ sighting, again bool) {
	if m == nil {
		return sighting{}, false
	}
	x := sighting{visit: m.st.visit, key: keyOf(in), said: saidBy(in, m.s)}
	x.owed = owe(x.key, in)
	if m.st.Pages == nil {
		return x, false
	}
	switch m.st.Pages.Seen[x.key] {
	case x.said:
		m.next.Seen[x.key] = x.said
		return x, true
	case "!" + x.said:
		m.next.Seen[x.key], x.dropped = "!"+x.said, 1
		return x, true
	}
	return x, false
}

// read reads the item's page, if that is wanted and there is a poll to do it.
func (x *sighting) read(ctx context.Context, in *ingest.Input) {
	if x.visit == nil || !in.Excerpt {
		return
	}
	x.asked = true
	x.got = x.visit.read(ctx, in)
}

// note remembers what became of an item. What was refused is given again with every
// document, and what there is no room for makes the document be read again.
func (m *seen) note(x sighting, became fate) {
	if m == nil || became == refused {
		return
	}
	m.next.settle(x.key)
	switch {
	case became == blocked:
		x.said = "!" + x.said
	case x.asked && !x.got.done && !m.next.owe(x.owed.after(x.got, m.s, m.now)):
		x.visit.partial = true
		return
	}
	m.next.Seen[x.key] = x.said
}

// keep puts what was noted into the state.
func (m *seen) keep() {
	if m != nil {
		m.st.Pages = &m.next
	}
}
