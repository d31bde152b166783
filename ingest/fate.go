package ingest

import (
	"errors"
	"fmt"
	"time"

	"loa/feeds"
)

// Refused says that an input can never be taken, however often it is tried. It
// goes to the dead letters with its code and text.
type Refused struct {
	// Code is one of a few words by which dead letters are listed.
	Code string
	Err  error
}

func (r *Refused) Error() string { return r.Err.Error() }
func (r *Refused) Unwrap() error { return r.Err }

// Refuse makes a Refused.
func Refuse(code, format string, args ...any) *Refused {
	return &Refused{Code: code, Err: fmt.Errorf(format, args...)}
}

// Fate is what becomes of a message after it was handled.
type Fate int

// The fates.
const (
	// Ack: its effect is durable; it is done.
	Ack Fate = iota
	// Delay: the cause may pass; it is delivered again after a while.
	Delay
	// Dead: it is kept with the dead letters, then done.
	Dead
)

// MaxAttempts is after how many deliveries a message that always fails goes to
// the dead letters, where an operator can replay it: with [Backoff], after about
// an hour and a half of trying.
const MaxAttempts = 20

// Codes of refusals that this package makes.
const (
	CodeGaveUp    = "gave-up"
	CodeNoUnit    = "no-unit"
	CodeBadUnit   = "bad-unit"
	CodeWrongUnit = "wrong-unit"
	CodeNoTitle   = "no-title"
	CodeNoName    = "no-name"
	CodeTooLarge  = "too-large"
	CodeBadInput  = "bad-input"
	CodeBlocked   = "blocked"
	CodeFlood     = "flood"
)

// Decide is the one table of what an error means for the message that caused it.
// attempt counts deliveries from 1.
func Decide(err error, attempt uint64) (fate Fate, wait time.Duration, refused *Refused) {
	switch {
	case err == nil:
		return Ack, 0, nil
	case errors.As(err, &refused):
		return Dead, 0, refused
	case attempt >= MaxAttempts:
		return Dead, 0, &Refused{Code: CodeGaveUp, Err: fmt.Errorf("gave up after %d attempts: %w", attempt, err)}
	default:
		return Delay, Backoff(attempt), nil
	}
}

// Backoff is how long to wait after the attempt (from 1): 250 ms, doubled each
// time, at most ten minutes.
func Backoff(attempt uint64) time.Duration {
	const first, most = 250 * time.Millisecond, 10 * time.Minute
	if attempt < 1 {
		attempt = 1
	}
	if attempt > 13 {
		return most
	}
	return min(first<<(attempt-1), most)
}

// refuse turns the permanent errors of the vocabulary into refusals.
func refuse(err error) error {
	for _, c := range []struct {
		err  error
		code string
	}{
		{feeds.ErrNoUnit, CodeNoUnit}, {feeds.ErrBadUnit, CodeBadUnit},
		{feeds.ErrNoTitle, CodeNoTitle}, {feeds.ErrNoName, CodeNoName},
	} {
		if errors.Is(err, c.err) {
			return &Refused{Code: c.code, Err: err}
		}
	}
	return &Refused{Code: CodeBadInput, Err: err}
}
