package websub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"loa/ingest/poll"
)

const (
	askers = 4 // requests to hubs at once
	// leaveGrace is how long a source may be missing from the configuration before
	// its subscription is ended: files are written anew, and nodes restart.
	leaveGrace = time.Minute
	// longestSleep bounds the time until the sources are looked at again.
	longestSleep = time.Minute
	errorPause   = 5 * time.Second
)

// tend does for each source what is due.
func (s *Subscriber) tend(ctx context.Context) error {
	jobs := make(chan string)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(jobs)
	for range askers {
		wg.Go(func() {
			for id := range jobs {
				s.attend(ctx, id)
			}
		})
	}
	for {
		err := s.follow(ctx, jobs)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.o.Log.Warn("subscriptions at hubs interrupted; trying again", "err", err)
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// follow keeps the view of the store and hands out what is due, until the store is
// away.
func (s *Subscriber) follow(ctx context.Context, jobs chan<- string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changes, err := s.store.Watch(ctx)
	if err != nil {
		return err
	}
	defer func() { // wait for its end
		cancel()
		for range changes { // only to the end
		}
	}()
	fresh, loaded := map[string]State{}, false
	for {
		wait := longestSleep
		if loaded {
			wait = s.handOut(jobs)
		}
		timer := time.NewTimer(wait)
		select {
		case c, ok := <-changes:
			switch {
			case !ok:
				timer.Stop()
				return errors.New("websub: the store ended its report")
			case c.Source == "":
				s.mu.Lock()
				s.view = fresh
				s.mu.Unlock()
				loaded = true
			case !loaded && c.Removed:
				delete(fresh, c.Source)
			case !loaded:
				fresh[c.Source] = c.State
			case c.Removed:
				s.mu.Lock()
				delete(s.view, c.Source)
				s.mu.Unlock()
			default:
				s.mu.Lock()
				s.view[c.Source] = c.State
				s.mu.Unlock()
			}
		case <-s.stirred:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
		timer.Stop()
	}
}

// handOut gives each source that is due to an asker that is free, and returns the
// time until something is due again.
func (s *Subscriber) handOut(jobs chan<- string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	wait := longestSleep
	if s.sources == nil {
		return wait
	}
	ids := make(map[string]bool, len(s.view))
	for id := range s.view {
		ids[id] = true
	}
	for id := range s.seen {
		ids[id] = true
	}
	for id := range s.missed {
		ids[id] = true
	}
	for id := range ids {
		if s.busy[id] {
			continue
		}
		t, ok := s.dueAt(id, now)
		if !ok {
			continue
		}
		if p := s.pause[id]; t.Before(p) {
			t = p
		}
		if d := t.Sub(now); d > 0 {
			wait = min(wait, d)
			continue
		}
		select {
		case jobs <- id:
			s.busy[id] = true
		default: // whoever is free first stirs
			wait = min(wait, time.Second)
		}
	}
	return wait
}

// dueAt is when a source has something to do. The caller has s.mu.
func (s *Subscriber) dueAt(id string, now time.Time) (time.Time, bool) {
	st, known := s.view[id]
	wanted, until := s.wanted(id, now)
	if _, ok := s.seen[id]; ok && wanted {
		return now, true
	}
	if _, ok := s.missed[id]; ok {
		return now, true
	}
	if !known {
		return now, false
	}
	if !wanted && (st.Phase != Leaving || len(st.Leases) == 0) {
		return now, true
	}
	t, ok := st.wake()
	if !until.IsZero() && (!ok || until.Before(t)) {
		return until, true
	}
	return t, ok
}

// wanted reports whether a source is to have a subscription, and until when, if
// that is about to change. The caller has s.mu.
func (s *Subscriber) wanted(id string, now time.Time) (ok bool, until time.Time) {
	src, configured := s.sources[id]
	if configured {
		delete(s.absent, id)
		return src.StatusAt(now) == poll.Active, time.Time{}
	}
	since, noticed := s.absent[id]
	if !noticed {
		since = now
		s.absent[id] = since
	}
	until = since.Add(leaveGrace)
	if now.Before(until) {
		return true, until
	}
	return false, time.Time{}
}

// attend does what is due for one source.
func (s *Subscriber) attend(ctx context.Context, id string) {
	changed, err := s.step(ctx, id)
	s.mu.Lock()
	delete(s.busy, id)
	delete(s.pause, id)
	switch {
	case err != nil:
		s.pause[id] = s.o.Now().Add(errorPause)
	case !changed: // nothing of it can have been urgent
		s.pause[id] = s.o.Now().Add(longestSleep)
	}
	if s.pause[id].IsZero() && len(s.view[id].Leases) == 0 {
		if _, configured := s.sources[id]; !configured {
			delete(s.absent, id)
		}
	}
	s.mu.Unlock()
	if err != nil && ctx.Err() == nil {
		s.o.Log.Warn("subscription not tended; trying again", "source", id, "err", err)
	}
	s.stir()
}

// step decides what is due, stores it, and does it.
func (s *Subscriber) step(ctx context.Context, id string) (changed bool, err error) {
	st, rev, err := s.store.Get(ctx, id)
	if err != nil {
		return false, err
	}
	now := s.o.Now()
	s.mu.Lock()
	found, seen := s.seen[id]
	since, missed := s.missed[id]
	wanted, _ := s.wanted(id, now)
	s.mu.Unlock()
	before := encode(&st)
	if seen {
		st.discovered(found, now)
	}
	if missed {
		st.missed(since, now)
	}
	e := st.due(now, wanted, s.newKey)
	switch {
	case e.gone && rev == 0:
		s.forget(id)
	case e.gone:
		if err := s.store.Delete(ctx, id, rev); err != nil {
			return false, ignoreTaken(err)
		}
		s.forget(id)
		changed = true
	case !bytes.Equal(before, encode(&st)):
		if _, err := s.store.Put(ctx, id, &st, rev); err != nil {
			// Another node did it, or the hub spoke: what is due is decided anew.
			return errors.Is(err, ErrTaken), ignoreTaken(err)
		}
		s.note(id, st)
		changed = true
	}
	s.mu.Lock()
	if f, ok := s.seen[id]; ok && seen && !st.news(f) {
		delete(s.seen, id)
	}
	if t, ok := s.missed[id]; ok && missed && t.Equal(since) {
		delete(s.missed, id)
	}
	s.mu.Unlock()
	if e.request != nil {
		e.request.source = id
		r := s.post(ctx, e.request)
		s.o.Log.Info("hub asked", "source", id, "mode", e.request.mode, "hub", hostOf(e.request.lease.Hub), "status", r.status, "said", clip(r.text))
		if ctx.Err() != nil {
			return changed, ctx.Err()
		}
		if _, err := s.update(ctx, id, func(st *State) bool {
			st.answered(e.request.lease.Token, r, s.o.Now())
			return true
		}); err != nil {
			return changed, err
		}
	}
	if e.poll {
		if err := s.queue.Put(ctx, Ping{Source: id}); err != nil {
			// It is polled in its time anyway.
			s.o.Log.Warn("poll not asked for", "source", id, "err", err)
		}
	}
	return changed, nil
}

func (s *Subscriber) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.view, id)
}

// news reports whether what was found is not what the state says already.
func (st *State) news(f Found) bool {
	return fmt.Sprint(st.Found) != fmt.Sprint(f)
}

func ignoreTaken(err error) error {
	if errors.Is(err, ErrTaken) {
		return nil
	}
	return err
}
