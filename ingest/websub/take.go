package websub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loa/ingest"
	"loa/ingest/poll"
)

const (
	// askGap is the least time between two polls of a source that pings ask for,
	// if its own floor is not less.
	askGap = 30 * time.Second
	// strangeTries is how often a ping of an unknown source comes again: a node
	// that has just started may not know its sources yet.
	strangeTries = 5
)

// take brings a ping into the journal, or has its source polled.
func (s *Subscriber) take(ctx context.Context, p Ping) error {
	src, ok := s.source(p.Source)
	switch {
	case !ok && p.Attempt < strangeTries:
		return &Again{2 * time.Second}
	case !ok || src.StatusAt(s.o.Now()) != poll.Active:
		s.o.Log.Info("ping of a source that is not polled any more", "source", p.Source)
		return nil
	case p.Topic == "":
		return s.nudge(ctx, &src, p)
	}
	n, err := s.door.Push(ctx, p.Source, p.Topic, p.ContentType, p.Body, p.Arrived)
	s.metrics.articles.Add(float64(n))
	switch {
	case errors.Is(err, poll.ErrUnreadable):
		s.o.Log.Warn("ping cannot be read; polling instead", "source", p.Source, "err", err)
		return s.nudge(ctx, &src, p)
	case errors.Is(err, poll.ErrUnknownSource) && p.Attempt < strangeTries:
		return &Again{2 * time.Second}
	case err != nil:
		if fate, _, _ := ingest.Decide(err, p.Attempt); fate != ingest.Dead {
			return fmt.Errorf("take ping of %s: %w", p.Source, err)
		}
		s.o.Log.Error("ping given up; polling instead", "source", p.Source, "attempts", p.Attempt, "err", err)
		return s.nudge(ctx, &src, p)
	}
	_, err = s.update(ctx, p.Source, func(st *State) bool {
		if len(st.Leases) == 0 {
			return false
		}
		st.pinged(p.Arrived, s.o.Now())
		return true
	})
	return err
}

// nudge has the source polled, if it was not since the ping came.
func (s *Subscriber) nudge(ctx context.Context, src *poll.Source, p Ping) error {
	st, _, err := s.store.Get(ctx, p.Source)
	if err != nil {
		return err
	}
	now := s.o.Now()
	done := st.LastAsk.After(p.Arrived)
	gap := min(askGap, src.Floor())
	if since := now.Sub(st.LastAsk); !done && since >= 0 && since < gap {
		return &Again{gap - since}
	}
	if !done {
		err := s.door.PollNow(ctx, p.Source)
		var closed *poll.HostClosedError
		switch {
		case errors.Is(err, poll.ErrUnderWay): // it may have asked before there was news
			return &Again{5 * time.Second}
		case errors.Is(err, poll.ErrUnknownSource), errors.Is(err, poll.ErrNotActive), errors.As(err, &closed):
			s.o.Log.Info("pinged source is not polled now", "source", p.Source, "err", err)
			return nil
		case err != nil:
			return err
		}
	}
	_, err = s.update(ctx, p.Source, func(st *State) bool {
		if len(st.Leases) == 0 {
			return false
		}
		if !done && now.After(st.LastAsk) {
			st.LastAsk = now
		}
		if p.OfHub {
			st.pinged(p.Arrived, now)
		}
		return true
	})
	return err
}
