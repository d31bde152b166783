// Package dead keeps the messages that were refused, each with the reason, the
// bytes and the headers, so that an operator can list, read, replay and drop
// them. The doors of package ingest put letters in (ingest/events); nothing takes
// them out but an operator, and the stream's bound, which drops the oldest.
//
// A letter lies on the stream LOA_DEAD under <subject>.<door>.<code>; its id is
// its sequence there. What becomes a letter is decided by ingest/fate.go, not
// here.
package dead

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"loa/internal/broker"
)

// Errors of the letters.
var (
	// ErrNotFound says that there is no letter of the id, or no more.
	ErrNotFound = errors.New("dead: no such letter")
	// ErrNoSubject says that a letter does not tell where it was sent to.
	ErrNoSubject = errors.New("dead: letter has no subject that it can be sent to again")
)

// Letters are those of one stream. Safe for concurrent use, on any number of
// nodes.
type Letters struct {
	js              jetstream.JetStream
	stream, subject string
}

// New returns the letters on the stream, which takes <subject>.>.
func New(js jetstream.JetStream, stream, subject string) *Letters {
	return &Letters{js, stream, subject}
}

// door is the part of the subject that says which door refused.
const door = "events"

// Put stores the letter and returns when the broker has made it durable. A
// letter of the same stream and sequence within two minutes is one.
func (d *Letters) Put(ctx context.Context, l Letter) error {
	m := l.message()
	m.Subject = d.subject + "." + door + "." + l.Code
	id := fmt.Sprintf("%s-%d-%d", l.Stream, l.Sequence, l.Stored.UnixNano())
	if _, err := d.js.PublishMsg(ctx, m, jetstream.WithMsgID(id)); err != nil {
		return fmt.Errorf("store dead letter: %w", err)
	}
	return nil
}

func (d *Letters) open(ctx context.Context) (jetstream.Stream, error) {
	s, err := d.js.Stream(ctx, d.stream)
	if err != nil {
		return nil, fmt.Errorf("open dead letters: %w", err)
	}
	return s, nil
}

// Get returns a letter with its bytes, or ErrNotFound.
func (d *Letters) Get(ctx context.Context, id uint64) (Letter, error) {
	s, err := d.open(ctx)
	if err != nil {
		return Letter{}, err
	}
	if id == 0 {
		return Letter{}, ErrNotFound
	}
	m, err := s.GetMsg(ctx, id)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return Letter{}, ErrNotFound
	}
	if err != nil {
		return Letter{}, fmt.Errorf("read dead letter %d: %w", id, err)
	}
	if m.Data == nil {
		m.Data = []byte{}
	}
	return read(m.Sequence, m.Time, m.Header, m.Data), nil
}

// Replay sends a letter's message to its subject again, with its own headers, and
// removes the letter when the broker has made the message durable. A crash
// between the two leaves both, which doubles nothing: ingesting is idempotent. It
// returns the sequence that the message has in its stream now, or ErrNotFound. A
// message that is refused again becomes a new letter.
func (d *Letters) Replay(ctx context.Context, id uint64) (uint64, error) {
	l, err := d.Get(ctx, id)
	if err != nil {
		return 0, err
	}
	if l.Subject == "" || strings.ContainsAny(l.Subject, "*> ") {
		return 0, fmt.Errorf("replay %d: %w", id, ErrNoSubject)
	}
	ack, err := d.js.PublishMsg(ctx, &nats.Msg{Subject: l.Subject, Header: messageHeader(l.Header), Data: l.Bytes})
	if err != nil {
		return 0, fmt.Errorf("replay %d: send again: %w", id, err)
	}
	if err := d.Drop(ctx, id); err != nil && !errors.Is(err, ErrNotFound) {
		return ack.Sequence, err
	}
	return ack.Sequence, nil
}

// Drop removes a letter for ever, or returns ErrNotFound.
func (d *Letters) Drop(ctx context.Context, id uint64) error {
	s, err := d.open(ctx)
	if err != nil {
		return err
	}
	err = s.DeleteMsg(ctx, id)
	var api *jetstream.APIError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jetstream.ErrMsgNotFound), errors.As(err, &api) && api.Code == 400, errors.As(err, &api) && api.Code == 404:
		return ErrNotFound
	}
	// What the broker says to a sequence that is gone differs by its version.
	if _, gerr := d.Get(ctx, id); errors.Is(gerr, ErrNotFound) {
		return ErrNotFound
	}
	return fmt.Errorf("drop dead letter %d: %w", id, err)
}

// Filter says which letters; the zero Filter is all.
type Filter struct {
	// Code and Unit are those of the letters; empty: any.
	Code, Unit string
	// Since is the earliest instant of refusal.
	Since time.Time
	// from and to are the first and the last id; 0: no bound.
	from, to uint64
}

// List returns the newest letters that pass, newest first, at most limit of them
// and without bytes, and whether there are more. It reads the headers of all.
func (d *Letters) List(ctx context.Context, f Filter, limit int) (list []Letter, more bool, err error) {
	if limit < 1 {
		return nil, false, fmt.Errorf("list dead letters: limit is %d; at least 1", limit)
	}
	err = d.each(ctx, f, true, func(l Letter) error {
		l.Bytes = nil
		if list = append(list, l); len(list) >= 2*limit {
			list, more = append(list[:0], list[len(list)-limit:]...), true
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	if len(list) > limit {
		list, more = list[len(list)-limit:], true
	}
	slices.Reverse(list)
	return list, more, nil
}

// IDs returns the ids of all letters that pass, oldest first: those that are
// there when it is called, so that what a replay brings back is not among them.
func (d *Letters) IDs(ctx context.Context, f Filter) ([]uint64, error) {
	var out []uint64
	err := d.each(ctx, f, true, func(l Letter) error {
		out = append(out, l.ID)
		return nil
	})
	return out, err
}

// Each calls f for each letter that passes, oldest first, with its bytes. It ends
// with the letters that were there when it was called.
func (d *Letters) Each(ctx context.Context, f Filter, do func(Letter) error) error {
	return d.each(ctx, f, false, do)
}

// Back calls do for the letters of f's code and unit, with their bytes, from the
// newest to the oldest stretch of so many ids, and in each from the oldest to the
// newest letter. Before each further stretch it asks whether to go on. Letters
// that come meanwhile are left out.
func (d *Letters) Back(ctx context.Context, f Filter, stretch uint64, goOn func() bool, do func(Letter) error) error {
	s, err := d.open(ctx)
	if err != nil {
		return err
	}
	state := s.CachedInfo().State
	stretch = max(stretch, 1)
	if state.Msgs == 0 {
		return nil
	}
	for to := state.LastSeq; ; to -= stretch {
		f.Since, f.from, f.to = time.Time{}, max(to-min(to, stretch)+1, state.FirstSeq), to
		if err := d.each(ctx, f, false, do); err != nil {
			return err
		}
		if f.from == state.FirstSeq || !goOn() {
			return nil
		}
	}
}

// errPast ends a reading at an id.
var errPast = errors.New("dead: past the last letter that was wanted")

// buffered bounds what lies in memory while letters are read: each may have some
// megabytes.
const buffered = 32

func (d *Letters) each(ctx context.Context, f Filter, headersOnly bool, do func(Letter) error) error {
	c := jetstream.OrderedConsumerConfig{HeadersOnly: headersOnly, FilterSubjects: []string{d.subject + ".>"}}
	if f.Code != "" {
		if strings.ContainsAny(f.Code, ".*> \t\r\n") {
			return nil // no letter has such a code
		}
		c.FilterSubjects = []string{d.subject + ".*." + f.Code}
	}
	if !f.Since.IsZero() {
		c.DeliverPolicy, c.OptStartTime = jetstream.DeliverByStartTimePolicy, &f.Since
	} else if f.from > 1 {
		c.DeliverPolicy, c.OptStartSeq = jetstream.DeliverByStartSequencePolicy, f.from
	}
	err := broker.Backlog(ctx, d.js, d.stream, c, buffered, func(m jetstream.Msg, meta *jetstream.MsgMetadata) error {
		if f.to > 0 && meta.Sequence.Stream > f.to {
			return errPast
		}
		l := read(meta.Sequence.Stream, meta.Timestamp, m.Headers(), m.Data())
		if f.Unit != "" && l.Unit() != f.Unit {
			return nil
		}
		if err := do(l); err != nil || l.ID != f.to {
			return err
		}
		return errPast
	})
	if errors.Is(err, errPast) {
		return nil
	}
	return err
}
