// Package cachetest holds the suite that every implementation of
// [cache.Cache] must pass. It checks the contract that the port's comments
// state; what a cache does when its server is away is for its own tests.
package cachetest

import (
	"context"
	"testing"
	"time"

	"loa/internal/cache"
)

// Option changes how the suite treats time.
type Option func(*suite)

// Pass says how a duration passes for the cache: its clock is then ahead by d
// or more. Without it, the suite sleeps, which is right in a
// bubble of testing/synctest. It is called on the test's goroutine.
func Pass(pass func(t *testing.T, d time.Duration)) Option {
	return func(s *suite) { s.pass = pass }
}

// Within runs each check, with opening and closing, within a function such as
// [testing/synctest.Test].
func Within(run func(t *testing.T, check func(*testing.T))) Option {
	return func(s *suite) { s.within = run }
}

// Exercise runs the suite. open gives an empty cache to each check; the suite
// closes it.
func Exercise(t *testing.T, open func(t *testing.T) cache.Cache, options ...Option) {
	s := suite{
		open:   open,
		pass:   func(_ *testing.T, d time.Duration) { time.Sleep(d) },
		within: func(t *testing.T, check func(*testing.T)) { check(t) },
	}
	for _, option := range options {
		option(&s)
	}
	for _, check := range []struct {
		name string
		run  func(*subject)
	}{
		{"values", values},
		{"values end", valuesEnd},
		{"values side by side", valuesSideBySide},
		{"keys of any bytes", keysOfAnyBytes},
		{"leases", leases},
		{"leases end", leasesEnd},
		{"one holder at a time", oneHolder},
		{"slots", slots},
		{"slots come back", slotsComeBack},
		{"slots side by side", slotsSideBySide},
		{"rate limits", rateLimits},
		{"rate limits come back", rateLimitsComeBack},
		{"rate limits side by side", rateLimitsSideBySide},
		{"wrong arguments", wrongArguments},
		{"names are apart", namesAreApart},
		{"done context", doneContext},
		{"closed", closed},
	} {
		t.Run(check.name, func(t *testing.T) {
			s.within(t, func(t *testing.T) {
				c := s.open(t)
				sub := &subject{T: t, c: c, ctx: context.Background(), pass: func(d time.Duration) { s.pass(t, d) }}
				defer func() {
					if !sub.closed {
						sub.ok(c.Close())
					}
				}()
				check.run(sub)
			})
		})
	}
}

type suite struct {
	open   func(t *testing.T) cache.Cache
	pass   func(t *testing.T, d time.Duration)
	within func(t *testing.T, check func(*testing.T))
}

// Waits in checks are either so long that no test lasts as long, where
// something must still hold, or so short that to let them pass costs little,
// where something must have ended. So nothing depends on how fast a machine is.
const (
	long  = time.Hour
	short = 20 * time.Millisecond
)

// subject is one cache under one check.
type subject struct {
	*testing.T
	c      cache.Cache
	ctx    context.Context
	pass   func(time.Duration)
	closed bool
}

func (s *subject) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *subject) wantValue(key, want string) {
	s.Helper()
	got, found, err := s.c.Get(s.ctx, key)
	if err != nil || !found || string(got) != want {
		s.Errorf("Get(%q) = %q, %v, %v; want %q", key, got, found, err, want)
	}
}

func (s *subject) wantNone(key string) {
	s.Helper()
	if got, found, err := s.c.Get(s.ctx, key); err != nil || found {
		s.Errorf("Get(%q) = %q, %v, %v; want nothing", key, got, found, err)
	}
}

func (s *subject) wantLease(name, holder string, ttl time.Duration, want bool) {
	s.Helper()
	if got, err := s.c.Lease(s.ctx, name, holder, ttl); err != nil || got != want {
		s.Errorf("Lease(%q, %q) = %v, %v; want %v", name, holder, got, err, want)
	}
}

// wantSlot wants a wait in (above, upTo].
func (s *subject) wantSlot(name string, gap, max time.Duration, above, upTo time.Duration, want bool) {
	s.Helper()
	wait, ok, err := s.c.Reserve(s.ctx, name, gap, max)
	if err != nil || ok != want || wait <= above || wait > upTo {
		s.Errorf("Reserve(%q, %v, %v) = %v, %v, %v; want %v and a wait in (%v, %v]", name, gap, max, wait, ok, err, want, above, upTo)
	}
}

// wantAllowed wants permission, or else a time to retry in (0, upTo].
func (s *subject) wantAllowed(name string, limit cache.Limit, want bool, upTo time.Duration) {
	s.Helper()
	ok, retry, err := s.c.Allow(s.ctx, name, limit)
	if err != nil || ok != want || ok != (retry == 0) || retry < 0 || retry > upTo {
		s.Errorf("Allow(%q, %v) = %v, %v, %v; want %v, retry up to %v", name, limit, ok, retry, err, want, upTo)
	}
}
