package rediscache

import (
	"time"

	"github.com/redis/go-redis/v9"
)

// Breaker is the decisions of the circuit breaker, for tests that make up the
// time.
type Breaker struct{ b *breaker }

func NewBreaker() *Breaker                         { return &Breaker{newBreaker()} }
func (b *Breaker) Closed() bool                    { return b.b.closed() }
func (b *Breaker) Fail(now time.Time)              { b.b.fail(now) }
func (b *Breaker) Due(now time.Time) bool          { return b.b.due(now) }
func (b *Breaker) Probed(now time.Time, well bool) { b.b.probed(now, well) }

// Hold sets how long the server is left alone after a failure, so that no test
// waits for it.
func (c *Cache) Hold(d time.Duration) { c.breaker.first, c.breaker.most = d, d }

// Closed reports whether the server is asked.
func (c *Cache) Closed() bool { return c.breaker.closed() }

// Client is the connection pool.
func (c *Cache) Client() redis.UniversalClient { return c.client }
