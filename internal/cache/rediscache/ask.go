package rediscache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loa/internal/cache"

	"github.com/redis/go-redis/v9"
)

var errLeftAlone = errors.New("redis did not answer a moment ago")

// ask runs one call of the server: bounded, counted, and not at all while the
// server is left alone. Its errors are those of the caller's context,
// [cache.ErrClosed], or have [cache.ErrUnavailable] in their chain.
func (c *Cache) ask(ctx context.Context, op cache.Op, call func(context.Context) (cache.Outcome, error)) error {
	if err := ctx.Err(); err != nil {
		return c.refuse(op, err)
	}
	if c.life.Err() != nil {
		c.counters.Count(op, cache.Unavailable)
		return cache.ErrClosed
	}
	if !c.breaker.closed() {
		c.probe()
		c.counters.Count(op, cache.Unavailable)
		return fmt.Errorf("%w: %w", cache.ErrUnavailable, errLeftAlone)
	}
	begun := time.Now()
	bounded, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	outcome, err := call(bounded)
	if err == nil {
		c.counters.Count(op, outcome)
		return nil
	}
	c.counters.Count(op, cache.Failed)
	if c.life.Err() != nil {
		return cache.ErrClosed
	}
	if gone := ended(ctx); gone != nil {
		// The caller's end says nothing about the server, unless it has waited
		// for long: else a server that hangs would go unnoticed by callers that
		// are in a hurry.
		if time.Since(begun) > c.timeout/5 {
			c.breaker.fail(time.Now())
		}
		return gone
	}
	if silent(err) {
		c.breaker.fail(time.Now())
	}
	return fmt.Errorf("%w: %s: %w", cache.ErrUnavailable, op, err)
}

// ended is ctx.Err, but is not late: a connection notices a deadline by its
// own timer, which may be quicker than that of the context.
func ended(ctx context.Context) error {
	if at, limited := ctx.Deadline(); limited && ctx.Err() == nil && !time.Now().Before(at) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// silent reports whether an error says that the server as a whole is of no
// use now. Any other answer of the server, such as "out of memory" to a write,
// costs no waiting and leaves the rest of it usable.
func silent(err error) bool {
	var answer redis.Error
	if !errors.As(err, &answer) {
		return true
	}
	return redis.IsLoadingError(err) || redis.IsMasterDownError(err) || redis.IsClusterDownError(err) ||
		redis.IsMaxClientsError(err) || redis.IsAuthError(err)
}

// probe asks the server in the background whether it is back, if it is time
// to. There is one probe at most, and Close waits for it.
func (c *Cache) probe() {
	if !c.breaker.due(time.Now()) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.life.Err() != nil {
		return
	}
	c.probes.Go(func() {
		ctx, cancel := context.WithTimeout(c.life, c.timeout)
		defer cancel()
		err := c.client.Ping(ctx).Err()
		c.breaker.probed(time.Now(), err == nil || !silent(err))
	})
}

// refuse counts a call that is not made.
func (c *Cache) refuse(op cache.Op, err error) error {
	c.counters.Count(op, cache.Failed)
	return err
}

func outcome(ok bool) cache.Outcome {
	if ok {
		return cache.OK
	}
	return cache.Refused
}

// pair reads the answer of a script: a decision and microseconds.
func pair(cmd *redis.Cmd) (bool, time.Duration, error) {
	answer, err := cmd.Int64Slice()
	if err != nil {
		return false, 0, err
	}
	if len(answer) != 2 {
		return false, 0, fmt.Errorf("read answer of script: %d numbers", len(answer))
	}
	return answer[0] == 1, time.Duration(answer[1]) * time.Microsecond, nil
}

// ceil counts the units in a positive duration, rounded up.
func ceil(d, unit time.Duration) int64 {
	n := int64(d / unit)
	if d%unit > 0 {
		n++
	}
	return n
}
