package websub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loa/ingest"
	"loa/ingest/poll"
	"loa/ingest/poll/decode"
)

const (
	// askGap is the least time between two polls of a source that pings ask for.
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
		return s.nudge(ctx, p)
	}
	f, err := read(&src, &p)
	if err != nil {
		fault := decode.FaultOf(err)
		s.o.Log.Warn("ping cannot be read; polling instead", "source", p.Source, "code", fault.Code, "err", err)
		return s.nudge(ctx, p)
	}
	if err := s.ingest(ctx, src, f, &p); err != nil {
		if fate, _, _ := ingest.Decide(err, p.Attempt); fate != ingest.Dead {
			return err
		}
		s.o.Log.Error("ping given up; polling instead", "source", p.Source, "attempts", p.Attempt, "err", err)
		return s.nudge(ctx, p)
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

// ingest gives a document's items to the pipeline, as a poll does.
func (s *Subscriber) ingest(ctx context.Context, src poll.Source, f *decode.Feed, p *Ping) error {
	var brought, refusals int
	for _, in := range poll.Inputs(src, f, p.Arrived) {
		out, err := s.pipe.Ingest(ctx, in)
		var refused *ingest.Refused
		switch {
		case errors.As(err, &refused):
			refusals++
			s.o.Log.Warn("item of a ping refused", "source", p.Source, "code", refused.Code, "err", refused)
		case err != nil:
			return fmt.Errorf("ingest ping of %s: %w", p.Source, err)
		case out.Result == ingest.Created || out.Result == ingest.Revised:
			brought++
		}
	}
	s.metrics.articles.Add(float64(brought))
	s.o.Log.Debug("ping taken", "source", p.Source, "items", len(f.Items), "new", brought, "refused", refusals)
	return nil
}

// read decodes a ping as its source's description says.
func read(src *poll.Source, p *Ping) (*decode.Feed, error) {
	zone, err := poll.ParseZone(src.Zone)
	if err != nil {
		return nil, err
	}
	return decode.Decode(p.Body, decode.Options{
		URL: p.Topic, ContentType: p.ContentType, Zone: zone, MonthFirst: src.Order == "mdy", Now: p.Arrived,
	})
}

// nudge has the source polled, if it was not since the ping came.
func (s *Subscriber) nudge(ctx context.Context, p Ping) error {
	st, _, err := s.store.Get(ctx, p.Source)
	if err != nil {
		return err
	}
	now := s.o.Now()
	done := st.LastAsk.After(p.Arrived)
	if since := now.Sub(st.LastAsk); !done && since >= 0 && since < askGap {
		return &Again{askGap - since}
	}
	if !done {
		err := s.poller.PollNow(ctx, p.Source)
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
