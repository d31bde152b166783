package poll

import (
	"cmp"
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
	// ValidFor is the address that gave the validators: they mean nothing to another.
	ValidFor string `json:"valid_for,omitempty"`
	// Config is the digest of the description that they were got with, Sieve that
	// of the rules.
	Config string `json:"config,omitempty"`
	Sieve  string `json:"sieve,omitempty"`

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
	Items     int           `json:"items"`             // in the last document
	Dropped   int           `json:"dropped,omitempty"` // by rules, of the last document that was read
	Polls     uint64        `json:"polls,omitempty"`
	Unchanged uint64        `json:"unchanged,omitempty"` // polls that said so

	Hints    Hints         `json:"hints,omitzero"`
	Rhythm   time.Duration `json:"rhythm,omitempty"`   // usual gap between two articles
	Arrivals []time.Time   `json:"arrivals,omitempty"` // of news, the last few
	// Site is the page that the feed says it belongs to.
	Site string `json:"site,omitempty"`

	// HostClosed is until when the source's host asked to be left alone. The
	// shared cache says it to the other sources of that host; here it outlives the
	// cache.
	HostClosed time.Time `json:"host_closed_until,omitzero"`
	// URL is where the source is asked in place of its configured address, after
	// permanent redirects within its site; empty: where it was configured.
	URL string `json:"url,omitempty"`
	// Redirect counts the polls in a row that were sent to one other address.
	Redirect *Redirect `json:"redirect,omitempty"`
	// Proposal is a new address that only the operator can take.
	Proposal *Proposal `json:"proposal,omitempty"`
	// Gone is when the source answered 410; it is not polled from then on, until
	// its entry changes or its operator asks for a poll.
	Gone time.Time `json:"gone_since,omitzero"`
	// MissingSince is the first, and Missing the number, of the 404 in a row;
	// Searched is when its site was last asked for another feed.
	MissingSince time.Time `json:"missing_since,omitzero"`
	Missing      int       `json:"missing,omitempty"`
	Searched     time.Time `json:"searched,omitzero"`
	// Forced is set when the operator asked for a poll now.
	Forced bool `json:"forced,omitempty"`
	// Held is set while the source's new articles are no news; Guard is what the
	// flood guard goes by.
	Held *Hold `json:"held,omitempty"`
	// Order is what its dates tell of day and month.
	Order Order `json:"order,omitzero"`
	Guard Guard `json:"guard,omitzero"`

	// Pages is what is remembered of single items; nil for sources that need none.
	Pages *Pages `json:"pages,omitempty"`
	// visit reads pages while a poll is under way.
	visit *visit

	// Holder has the source until Until: a poll is under way.
	Holder string    `json:"holder,omitempty"`
	Until  time.Time `json:"until,omitzero"`

	// save stores the state as it is in the midst of a poll; nil outside of one.
	save func(context.Context, *State) error
}

// Redirect is a permanent redirect that is being watched.
type Redirect struct {
	To    string    `json:"to"`
	Count int       `json:"count"`
	Since time.Time `json:"since"`
}

// Proposal is an address for the operator to judge.
type Proposal struct {
	URL   string    `json:"url"`
	Why   string    `json:"why"`
	Since time.Time `json:"since"`
}

// address is where the source is asked.
func (st *State) address(s *Source) string { return cmp.Or(st.URL, s.URL) }

// forget drops what was learned with another description of the source. Counters
// and the host's order to wait stay.
func (st *State) forget() {
	*st = State{
		Next: st.Next, LastPoll: st.LastPoll, LastOK: st.LastOK, LastNew: st.LastNew, Polls: st.Polls, Unchanged: st.Unchanged,
		Title: st.Title, HostClosed: st.HostClosed, Holder: st.Holder, Until: st.Until,
		Held: st.Held, Guard: st.Guard.afresh(), save: st.save,
	}
}

// memory keeps states, with compare and swap.
type memory interface {
	// get returns the state and its revision; the zero State and 0 if there is none.
	get(ctx context.Context, id string) (State, uint64, error)
	// put stores the state if its revision is still rev, and returns the new one;
	// else it returns errTaken.
	put(ctx context.Context, id string, st *State, rev uint64) (uint64, error)
}

// states keeps them in a bucket, with compare and swap.
type states struct{ kv jetstream.KeyValue }

// errTaken says that another node changed the state first.
var errTaken = errors.New("poll: source is in other hands")

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
