package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Follow calls f for each entry from the position on, in order, and goes on with
// new ones as they come, until ctx ends (its error is returned) or f returns an
// error (which is returned). A lost connection is waited for. A damaged record
// is given to f with ErrDamaged in damaged and only its position and bytes set,
// so that one flipped bit does not stop the library.
func (j *Journal) Follow(ctx context.Context, from uint64, f func(e Entry, damaged error) error) error {
	for {
		next, err := j.follow(ctx, from, f)
		var stop stopped
		switch {
		case errors.As(err, &stop):
			return stop.err
		case ctx.Err() != nil:
			return ctx.Err()
		}
		j.log.Warn("journal reading interrupted; trying again", "position", next, "err", err)
		from = next
		select {
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// stopped carries the error of the caller's function through follow.
type stopped struct{ err error }

func (s stopped) Error() string { return s.err.Error() }

func (j *Journal) follow(ctx context.Context, from uint64, f func(Entry, error) error) (next uint64, err error) {
	from = max(from, 1)
	c, err := j.js.OrderedConsumer(ctx, j.stream, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:   from,
	})
	if err != nil {
		return from, fmt.Errorf("open journal reader: %w", err)
	}
	it, err := c.Messages(jetstream.PullMaxMessages(1000))
	if err != nil {
		return from, fmt.Errorf("read journal: %w", err)
	}
	stop := context.AfterFunc(ctx, it.Stop)
	defer func() {
		stop()
		it.Stop()
	}()
	for {
		m, err := it.Next()
		if err != nil {
			return from, err
		}
		meta, err := m.Metadata()
		if err != nil {
			return from, err
		}
		e, known := j.own.take(meta.Sequence.Stream, Digest(m.Data()))
		var damaged error
		if !known {
			e, damaged = entry(meta.Sequence.Stream, m.Data())
		}
		if damaged != nil {
			e.Record.ID = j.id(m.Subject())
		}
		if err := f(e, damaged); err != nil {
			return from, stopped{err}
		}
		from = meta.Sequence.Stream + 1
	}
}

var errEnd = errors.New("journal: end")

// Read calls f for each entry from the position to the end that the journal has
// now. It returns f's error, or the end's position.
func (j *Journal) Read(ctx context.Context, from uint64, f func(e Entry, damaged error) error) (uint64, error) {
	s, err := j.State(ctx)
	if err != nil {
		return 0, err
	}
	if s.Last < max(from, 1) || s.Last < s.First {
		return s.Last, nil
	}
	err = j.Follow(ctx, from, func(e Entry, damaged error) error {
		if err := f(e, damaged); err != nil {
			return err
		}
		if e.Position >= s.Last {
			return errEnd
		}
		return nil
	})
	if !errors.Is(err, errEnd) {
		return 0, err
	}
	return s.Last, nil
}

// Revisions returns all entries of one article, oldest first, or ErrNotFound. It
// is for looking into one article, not for serving.
func (j *Journal) Revisions(ctx context.Context, id string) ([]Entry, error) {
	last, err := j.Last(ctx, id)
	if err != nil {
		return nil, err
	}
	c, err := j.js.OrderedConsumer(ctx, j.stream, jetstream.OrderedConsumerConfig{FilterSubjects: []string{j.subject + id}})
	if err != nil {
		return nil, fmt.Errorf("open journal reader: %w", err)
	}
	it, err := c.Messages()
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	stop := context.AfterFunc(ctx, it.Stop)
	defer func() {
		stop()
		it.Stop()
	}()
	var out []Entry
	for {
		m, err := it.Next()
		if err != nil {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			return nil, fmt.Errorf("read revisions of %s: %w", id, err)
		}
		meta, err := m.Metadata()
		if err != nil {
			return nil, err
		}
		e, err := entry(meta.Sequence.Stream, m.Data())
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		if e.Position >= last.Position {
			return out, nil
		}
	}
}
