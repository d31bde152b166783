package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"loa/feeds/journal"
	"loa/ingest"
)

func TestDecideFate(t *testing.T) {
	refusal := ingest.Refuse(ingest.CodeNoTitle, "no title")
	for _, c := range []struct {
		name    string
		err     error
		attempt uint64
		fate    ingest.Fate
		wait    time.Duration
		code    string
	}{
		{"taken", nil, 1, ingest.Ack, 0, ""},
		{"taken at the last attempt", nil, ingest.MaxAttempts, ingest.Ack, 0, ""},
		{"refused", refusal, 1, ingest.Dead, 0, ingest.CodeNoTitle},
		{"refused, wrapped", fmt.Errorf("ingest: %w", refusal), 3, ingest.Dead, 0, ingest.CodeNoTitle},
		{"refused at the last attempt keeps its reason", refusal, ingest.MaxAttempts, ingest.Dead, 0, ingest.CodeNoTitle},
		{"conflict", journal.ErrConflict, 1, ingest.Delay, 250 * time.Millisecond, ""},
		{"out of time", context.DeadlineExceeded, 2, ingest.Delay, 500 * time.Millisecond, ""},
		{"no broker", errors.New("no responders"), ingest.MaxAttempts - 1, ingest.Delay, 10 * time.Minute, ""},
		{"no broker for ever", errors.New("no responders"), ingest.MaxAttempts, ingest.Dead, 0, ingest.CodeGaveUp},
		{"beyond the last attempt", errors.New("no responders"), ingest.MaxAttempts + 7, ingest.Dead, 0, ingest.CodeGaveUp},
	} {
		fate, wait, refused := ingest.Decide(c.err, c.attempt)
		if fate != c.fate || wait != c.wait || (refused == nil) != (c.code == "") || refused != nil && refused.Code != c.code {
			t.Errorf("%s: got %v %v %v", c.name, fate, wait, refused)
		}
	}
	if _, _, r := ingest.Decide(errors.New("no responders"), ingest.MaxAttempts); r.Error() != "gave up after 20 attempts: no responders" {
		t.Errorf("the reason hides the cause: %v", r)
	}
}

func TestBackoff(t *testing.T) {
	for attempt, want := range map[uint64]time.Duration{
		0: 250 * time.Millisecond, 1: 250 * time.Millisecond, 2: 500 * time.Millisecond, 3: time.Second, 10: 128 * time.Second,
		12: 512 * time.Second, 13: 10 * time.Minute, 14: 10 * time.Minute, 1 << 62: 10 * time.Minute,
	} {
		if got := ingest.Backoff(attempt); got != want {
			t.Errorf("after attempt %d: %s, want %s", attempt, got, want)
		}
	}
	total := time.Duration(0)
	for a := uint64(1); a < ingest.MaxAttempts; a++ {
		if ingest.Backoff(a) > ingest.Backoff(a+1) {
			t.Errorf("the wait after attempt %d is longer than after the next", a)
		}
		total += ingest.Backoff(a)
	}
	if total < time.Hour || total > 3*time.Hour {
		t.Errorf("it is tried for %s, about two hours are promised", total)
	}
}
