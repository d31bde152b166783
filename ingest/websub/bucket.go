package websub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Store keeps the states of sources. It is safe for concurrent use on any number
// of nodes.
type Store interface {
	// Get returns a source's state and its revision; the zero State and 0 if there
	// is none. It may be a moment old.
	Get(ctx context.Context, source string) (State, uint64, error)
	// Put stores the state durably if its revision is still rev and returns the new
	// one; else it returns ErrTaken.
	Put(ctx context.Context, source string, st *State, rev uint64) (uint64, error)
	// Delete removes the state if its revision is still rev; else it returns
	// ErrTaken.
	Delete(ctx context.Context, source string, rev uint64) error
	// Watch gives all states and then every change, until ctx ends or the channel
	// is closed because the store is away. After the last state that was there at
	// the start comes a Change without a source.
	Watch(ctx context.Context) (<-chan Change, error)
}

// Change is a state that was stored, or removed.
type Change struct {
	Source  string
	State   State
	Removed bool
}

// ErrTaken says that another node changed the state first.
var ErrTaken = errors.New("websub: subscription is in other hands")

// Bucket keeps states in a JetStream bucket.
type Bucket struct {
	js   jetstream.JetStream
	name string
}

// NewBucket returns the store in the bucket.
func NewBucket(js jetstream.JetStream, name string) *Bucket { return &Bucket{js, name} }

func (b *Bucket) kv(ctx context.Context) (jetstream.KeyValue, error) {
	kv, err := b.js.KeyValue(ctx, b.name)
	if err != nil {
		return nil, fmt.Errorf("open subscriptions at hubs: %w", err)
	}
	return kv, nil
}

// Get implements [Store].
func (b *Bucket) Get(ctx context.Context, source string) (State, uint64, error) {
	kv, err := b.kv(ctx)
	if err != nil {
		return State{}, 0, err
	}
	e, err := kv.Get(ctx, source)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return State{}, 0, nil
	}
	if err != nil {
		return State{}, 0, fmt.Errorf("read subscription of %s: %w", source, err)
	}
	return decodeState(e.Value()), e.Revision(), nil
}

// decodeState reads a value. The loss of one that cannot be read costs a new
// subscription.
func decodeState(v []byte) (st State) {
	if json.Unmarshal(v, &st) != nil {
		return State{}
	}
	return st
}

// Put implements [Store].
func (b *Bucket) Put(ctx context.Context, source string, st *State, rev uint64) (uint64, error) {
	kv, err := b.kv(ctx)
	if err != nil {
		return 0, err
	}
	v, err := json.Marshal(st)
	if err != nil {
		return 0, fmt.Errorf("encode subscription of %s: %w", source, err)
	}
	if rev == 0 {
		rev, err = kv.Create(ctx, source, v)
	} else {
		rev, err = kv.Update(ctx, source, v, rev)
	}
	if err != nil {
		return 0, taken("save", source, err)
	}
	return rev, nil
}

// Delete implements [Store].
func (b *Bucket) Delete(ctx context.Context, source string, rev uint64) error {
	kv, err := b.kv(ctx)
	if err != nil {
		return err
	}
	if err := kv.Delete(ctx, source, jetstream.LastRevision(rev)); err != nil {
		return taken("remove", source, err)
	}
	return nil
}

func taken(what, source string, err error) error {
	var api *jetstream.APIError
	if errors.Is(err, jetstream.ErrKeyExists) || errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
		return ErrTaken
	}
	return fmt.Errorf("%s subscription of %s: %w", what, source, err)
}

// Watch implements [Store].
func (b *Bucket) Watch(ctx context.Context) (<-chan Change, error) {
	kv, err := b.kv(ctx)
	if err != nil {
		return nil, err
	}
	w, err := kv.WatchAll(ctx)
	if err != nil {
		return nil, fmt.Errorf("watch subscriptions: %w", err)
	}
	out := make(chan Change)
	go func() { // ends with ctx, which its caller ends before it returns
		defer close(out)
		defer func() { _ = w.Stop() }()
		for {
			var c Change
			select {
			case e, ok := <-w.Updates():
				switch {
				case !ok:
					return
				case e == nil:
				case e.Operation() == jetstream.KeyValuePut:
					c = Change{Source: e.Key(), State: decodeState(e.Value())}
				default:
					c = Change{Source: e.Key(), Removed: true}
				}
			case <-ctx.Done():
				return
			}
			select {
			case out <- c:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, nil
}
