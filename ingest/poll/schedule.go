package poll

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// timetable says when each source is due. It holds one time for each.
type timetable interface {
	// Set makes t the time of the source's next poll, in place of any that was set.
	Set(ctx context.Context, id string, t time.Time) error
	// Ensure sets t if nothing is pending for the source.
	Ensure(ctx context.Context, id string, t time.Time) error
	// Cancel removes what is pending for the source.
	Cancel(ctx context.Context, id string) error
}

// schedule holds one pending message schedule for each source (JetStream message
// schedules, ADR-51): on <root>.at.<id> it waits, on <root>.due.<id> it fires.
type schedule struct {
	js     jetstream.JetStream
	stream string
	root   string
}

func (s schedule) at(id string) string  { return s.root + ".at." + id }
func (s schedule) due(id string) string { return s.root + ".due." + id }

// source is the id in a due subject.
func (s schedule) source(subject string) string { return strings.TrimPrefix(subject, s.due("")) }

func (s schedule) Set(ctx context.Context, id string, t time.Time) error {
	if _, err := s.js.PublishMsg(ctx, s.msg(id, t)); err != nil {
		return fmt.Errorf("schedule poll of %s: %w", id, err)
	}
	return nil
}

func (s schedule) Ensure(ctx context.Context, id string, t time.Time) error {
	_, err := s.js.PublishMsg(ctx, s.msg(id, t), jetstream.WithExpectLastSequencePerSubject(0))
	var api *jetstream.APIError
	if errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
		return nil
	}
	if err != nil {
		return fmt.Errorf("schedule poll of %s: %w", id, err)
	}
	return nil
}

func (s schedule) Cancel(ctx context.Context, id string) error {
	st, err := s.js.Stream(ctx, s.stream)
	if err != nil {
		return fmt.Errorf("cancel poll of %s: %w", id, err)
	}
	if err := st.Purge(ctx, jetstream.WithPurgeSubject(s.at(id))); err != nil {
		return fmt.Errorf("cancel poll of %s: %w", id, err)
	}
	return nil
}

func (s schedule) msg(id string, t time.Time) *nats.Msg {
	m := nats.NewMsg(s.at(id))
	// The client's own option cuts to seconds.
	m.Header.Set("Nats-Schedule", "@at "+t.UTC().Format(time.RFC3339Nano))
	m.Header.Set("Nats-Schedule-Target", s.due(id))
	return m
}
