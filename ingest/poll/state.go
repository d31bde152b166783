package poll

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// State is what loa remembers of a source between polls.
type State struct {
	// ETag and LastModified are the source's validators, byte for byte, of the
	// document that was fetched and taken whole; BodyDigest is that document's.
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
	BodyDigest   string `json:"body,omitempty"`
	// Config is the digest of the description that they were got with.
	Config string `json:"config,omitempty"`

	Interval  time.Duration `json:"interval,omitempty"` // learned
	Next      time.Time     `json:"next,omitzero"`
	LastPoll  time.Time     `json:"last_poll,omitzero"`
	LastOK    time.Time     `json:"last_ok,omitzero"`
	LastNew   time.Time     `json:"last_new,omitzero"`  // last time that it brought something
	Failures  int           `json:"failures,omitempty"` // in a row
	Status    int           `json:"status,omitempty"`   // last HTTP status
	Code      string        `json:"code,omitempty"`     // of the last fault
	Error     string        `json:"error,omitempty"`    // of the last poll, in words
	Faults    []string      `json:"faults,omitempty"`   // of the last document that was read
	Title     string        `json:"title,omitempty"`
	Items     int           `json:"items"` // in the last document
	Polls     uint64        `json:"polls,omitempty"`
	Unchanged uint64        `json:"unchanged,omitempty"` // polls that said so

	// Holder has the source until Until: a poll is under way.
	Holder string    `json:"holder,omitempty"`
	Until  time.Time `json:"until,omitzero"`
}

// states keeps them in a bucket, with compare and swap.
type states struct{ kv jetstream.KeyValue }

// errTaken says that another node changed the state first.
var errTaken = errors.New("poll: source is in other hands")

// get returns the state and its revision; the zero State and 0 if there is none.
func (s states) get(ctx context.Context, id string) (State, uint64, error) {
	e, err := s.kv.Get(ctx, id)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return State{}, 0, nil
	}
	if err != nil {
		return State{}, 0, fmt.Errorf("read state of source %s: %w", id, err)
	}
	var st State
	if json.Unmarshal(e.Value(), &st) != nil {
		// Its loss costs one unconditional poll.
		return State{}, e.Revision(), nil //nolint:nilerr // see above
	}
	return st, e.Revision(), nil
}

// put stores the state if its revision is still rev, and returns the new one.
func (s states) put(ctx context.Context, id string, st *State, rev uint64) (uint64, error) {
	b, err := json.Marshal(st)
	if err != nil {
		return 0, fmt.Errorf("encode state of source %s: %w", id, err)
	}
	if rev == 0 {
		rev, err = s.kv.Create(ctx, id, b)
	} else {
		rev, err = s.kv.Update(ctx, id, b, rev)
	}
	var api *jetstream.APIError
	if errors.Is(err, jetstream.ErrKeyExists) || errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
		return 0, errTaken
	}
	if err != nil {
		return 0, fmt.Errorf("save state of source %s: %w", id, err)
	}
	return rev, nil
}
