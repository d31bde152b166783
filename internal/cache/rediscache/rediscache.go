// Package rediscache keeps the cache of a fleet in Redis (or Valkey; 5.0 or
// newer, one server, Sentinel or Cluster). It implements the port of package
// cache, whose [cache.Layer] puts memory before it and in its place.
//
// Redis may die, hang, restart or be emptied at any time. The rule is that a
// dead Redis costs nearly nothing: no call takes longer than [Config.Timeout],
// none is retried, and after a failure all calls fail at once until a probe in
// the background has had an answer.
//
// It wants no persistence and no eviction policy in particular; with
// volatile-lru or allkeys-lru a full Redis keeps working. In a replicated Redis
// a failover may forget what was granted just before it: two holders may then
// have one lease, which package cache allows for.
package rediscache

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"loa/internal/cache"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
)

var _ cache.Cache = (*Cache)(nil)

// Config says where Redis is.
type Config struct {
	// URL is the address:
	//
	//	redis://user:password@host:6379/0      one server (rediss:// with TLS)
	//	unix:///run/redis/redis.sock?db=0      one server on this machine
	//	redis://host:26379/0?master_name=loa&addr=host2:26379   by Sentinel
	//	redis://host:6379?addr=host2:6379      a cluster, with more than one node named
	//	redis+cluster://host:6379              a cluster, with one node named
	//
	// The options that go-redis reads from the query are taken (pool_size, ...),
	// except those about timeouts and retries.
	URL string
	// Password is used instead of the URL's, if it is not empty. (With Sentinel:
	// that of Redis; the URL has that of Sentinel.)
	Password string
	// Prefix begins every key. Default "loa:". Fleets that share a Redis must not
	// share a prefix.
	Prefix string
	// Timeout bounds each call, with connecting and waiting for a connection.
	// Default 500 ms.
	Timeout time.Duration
}

// Cache is a connection pool to Redis. All methods are safe for concurrent use.
type Cache struct {
	client   redis.UniversalClient
	prefix   string
	timeout  time.Duration
	breaker  *breaker
	counters *cache.Counters
	healthy  prometheus.GaugeFunc

	life   context.Context // ends with Close
	end    context.CancelFunc
	mu     sync.Mutex // orders the start of a probe and Close
	probes sync.WaitGroup
}

// Open checks the configuration. It does not connect: Redis need not run yet.
func Open(config Config) (*Cache, error) {
	if config.Prefix == "" {
		config.Prefix = "loa:"
	}
	if config.Timeout <= 0 {
		config.Timeout = timeout
	}
	client, err := dial(config)
	if err != nil {
		return nil, fmt.Errorf("read the address of redis: %w", err)
	}
	c := &Cache{
		client:   client,
		prefix:   config.Prefix,
		timeout:  config.Timeout,
		breaker:  newBreaker(),
		counters: cache.NewCounters("redis"),
	}
	c.life, c.end = context.WithCancel(context.Background())
	c.healthy = prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "cache_redis_up",
		Help: "1 while Redis is asked, 0 while it is left alone after a failure.",
	}, func() float64 {
		if c.breaker.closed() {
			return 1
		}
		return 0
	})
	return c, nil
}

// Get implements [cache.Values].
func (c *Cache) Get(ctx context.Context, key string) (val []byte, found bool, err error) {
	err = c.ask(ctx, cache.OpGet, func(ctx context.Context) (cache.Outcome, error) {
		val, err = c.client.Get(ctx, c.prefix+"v:"+key).Bytes()
		if errors.Is(err, redis.Nil) {
			return cache.Miss, nil
		}
		found = err == nil
		return cache.Hit, err
	})
	return val, found, err
}

// Set implements [cache.Values].
func (c *Cache) Set(ctx context.Context, key string, val []byte, ttl time.Duration) error {
	if ttl <= 0 {
		return c.refuse(cache.OpSet, cache.ErrTTL)
	}
	return c.ask(ctx, cache.OpSet, func(ctx context.Context) (cache.Outcome, error) {
		return cache.OK, c.client.Set(ctx, c.prefix+"v:"+key, val, time.Duration(ceil(ttl, time.Millisecond))*time.Millisecond).Err()
	})
}

// Delete implements [cache.Values].
func (c *Cache) Delete(ctx context.Context, keys ...string) error {
	if len(keys) == 0 {
		return nil
	}
	return c.ask(ctx, cache.OpDelete, func(ctx context.Context) (cache.Outcome, error) {
		// One command a key: in a cluster they lie on different nodes.
		_, err := c.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, key := range keys {
				p.Unlink(ctx, c.prefix+"v:"+key)
			}
			return nil
		})
		return cache.OK, err
	})
}

// Lease implements [cache.Leases].
func (c *Cache) Lease(ctx context.Context, name, holder string, ttl time.Duration) (ok bool, err error) {
	if ttl <= 0 {
		return false, c.refuse(cache.OpLease, cache.ErrTTL)
	}
	err = c.ask(ctx, cache.OpLease, func(ctx context.Context) (cache.Outcome, error) {
		ok, err = leaseScript.Run(ctx, c.client, []string{c.prefix + "lease:" + name}, holder, ceil(ttl, time.Millisecond)).Bool()
		return outcome(ok), err
	})
	return ok, err
}

// Release implements [cache.Leases].
func (c *Cache) Release(ctx context.Context, name, holder string) error {
	return c.ask(ctx, cache.OpRelease, func(ctx context.Context) (cache.Outcome, error) {
		return cache.OK, releaseScript.Run(ctx, c.client, []string{c.prefix + "lease:" + name}, holder).Err()
	})
}

// Reserve implements [cache.Budgets].
func (c *Cache) Reserve(ctx context.Context, name string, gap, longest time.Duration) (wait time.Duration, ok bool, err error) {
	if err := ctx.Err(); err != nil || gap <= 0 {
		return 0, err == nil, err
	}
	err = c.ask(ctx, cache.OpReserve, func(ctx context.Context) (cache.Outcome, error) {
		ok, wait, err = pair(reserveScript.Run(ctx, c.client, []string{c.prefix + "slot:" + name},
			ceil(gap, time.Microsecond), max(longest, 0).Microseconds()))
		return outcome(ok), err
	})
	return wait, ok, err
}

// Allow implements [cache.Budgets].
func (c *Cache) Allow(ctx context.Context, name string, limit cache.Limit) (ok bool, retryAfter time.Duration, err error) {
	interval, ahead, err := limit.Spacing()
	if err != nil {
		return false, 0, c.refuse(cache.OpAllow, err)
	}
	err = c.ask(ctx, cache.OpAllow, func(ctx context.Context) (cache.Outcome, error) {
		ok, retryAfter, err = pair(allowScript.Run(ctx, c.client, []string{c.prefix + "rate:" + name},
			interval.Microseconds(), ahead.Microseconds()))
		return outcome(ok), err
	})
	return ok, retryAfter, err
}

// Ping implements [cache.Cache]. While Redis is left alone after a failure it
// says so at once.
func (c *Cache) Ping(ctx context.Context) error {
	return c.ask(ctx, cache.OpPing, func(ctx context.Context) (cache.Outcome, error) {
		return cache.OK, c.client.Ping(ctx).Err()
	})
}

// Close implements [cache.Cache].
func (c *Cache) Close() error {
	c.mu.Lock()
	if c.life.Err() != nil {
		c.mu.Unlock()
		return cache.ErrClosed
	}
	c.end()
	c.mu.Unlock()
	c.probes.Wait()
	return c.client.Close()
}

// Metrics are the counters of this cache, for a registry that adds the prefix.
func (c *Cache) Metrics() []prometheus.Collector {
	return append(c.counters.Metrics(), c.healthy)
}
