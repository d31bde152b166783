package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"loa/feeds/journal"
	"loa/feeds/library"
	"loa/feeds/search"
	"loa/feeds/units"
	"loa/ingest"
	"loa/ingest/dead"
	"loa/ingest/dropped"
	"loa/ingest/events"
	"loa/ingest/poll"
	"loa/ingest/push"
	"loa/ingest/rules"
	"loa/ingest/websub"
	"loa/internal/broker"
	"loa/internal/cache"
	"loa/internal/cache/rediscache"
	"loa/internal/safehttp"
	"loa/publish/limit"
	"loa/publish/web"
)

// roles say what a node does. Each keeps a library of its own.
type roles struct{ ingest, publish, web bool }

func parseRoles(s string) (roles, error) {
	r := roles{}
	if s == "" {
		return roles{true, true, true}, nil
	}
	for name := range strings.SplitSeq(s, ",") {
		switch strings.TrimSpace(name) {
		case "ingest":
			r.ingest = true
		case "publish":
			r.publish = true
		case "web":
			r.web = true
		default:
			return r, fmt.Errorf("%w: role %q is none of ingest, publish, web", errUsage, name)
		}
	}
	return r, nil
}

// store is what reading and writing articles needs, without any server: the data
// folder, the broker, the journal and the library.
type store struct {
	broker  *broker.Broker
	journal *journal.Journal
	library *library.Library
	units   *units.Register
	node    string
	unlock  func()
}

// openStore takes the data folder and opens what is in it. The library is not
// filled yet.
func openStore(ctx context.Context, c *Config, log *slog.Logger) (_ *store, err error) {
	s := &store{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.units, _, err = c.register(); err != nil {
		return nil, err
	}
	dir := c.path(c.Data)
	if s.unlock, err = broker.Lock(dir); err != nil {
		return nil, err
	}
	if s.node, err = nodeName(dir); err != nil {
		return nil, err
	}
	if s.broker, err = broker.Open(ctx, brokerOptions(c, log)); err != nil {
		return nil, err
	}
	if err = s.broker.Declare(ctx); err != nil {
		return nil, err
	}
	s.journal = journal.New(s.broker.JS, broker.StreamArticles, broker.SubjectArticles, log)
	if s.library, err = library.Open(filepath.Join(dir, "library.db"), libraryOptions(c, s.units, log)); err != nil {
		return nil, err
	}
	if err = s.library.Prepare(ctx, s.journal); err != nil {
		return nil, err
	}
	return s, nil
}

// libraryOptions are the same on every node of one configuration.
func libraryOptions(c *Config, register *units.Register, log *slog.Logger) library.Options {
	return library.Options{Province: register.Province, Register: register.Version(), Page: min(c.Feeds.Items, library.DefaultPage), Log: log}
}

func (s *store) close() {
	if s.library != nil {
		_ = s.library.Close()
	}
	if s.broker != nil {
		s.broker.Close()
	}
	if s.unlock != nil {
		s.unlock()
	}
}

// openBroker opens the broker alone, for commands that need no articles: the one
// that the configuration names, or the one in the data folder, which must be free.
func openBroker(ctx context.Context, c *Config, log *slog.Logger) (*broker.Broker, func(), error) {
	o := brokerOptions(c, log)
	unlock := func() {}
	if o.URL == "" {
		var err error
		if unlock, err = broker.Lock(o.Dir); err != nil {
			return nil, nil, err
		}
		o.Listen = "" // nobody is to publish to a command
	}
	b, err := broker.Open(ctx, o)
	if err == nil {
		if err = b.Declare(ctx); err == nil {
			return b, func() { b.Close(); unlock() }, nil
		}
		b.Close()
	}
	unlock()
	return nil, nil, err
}

func brokerOptions(c *Config, log *slog.Logger) broker.Options {
	return broker.Options{
		URL: c.NATS.URL, CredsFile: c.path(c.NATS.CredsFile),
		CAFile: c.path(c.NATS.CAFile), CertFile: c.path(c.NATS.CertFile), KeyFile: c.path(c.NATS.KeyFile),
		Replicas: c.NATS.Replicas, Dir: c.path(c.Data), Listen: c.NATS.Listen,
		Admit: admit(c),
		Sync:  broker.Sync(c.NATS.Sync), MaxStore: c.NATS.MaxStore, Log: log,
	}
}

// finder gives the index to the web server, which knows queries as text alone.
type finder struct{ *search.Index }

func (f finder) Parse(text string) (string, error) {
	q, err := search.Parse(text)
	return q.String(), err
}

func (f finder) Find(ctx context.Context, query string, n int) ([]string, error) {
	q, err := search.Parse(query)
	if err != nil {
		return nil, err
	}
	ids, _, err := f.Index.Find(ctx, q, n, 0)
	return ids, err
}

// searchFile is where the search index is kept.
func searchFile(c *Config) string { return filepath.Join(c.path(c.Data), "search.db") }

// nodeName is the same after each restart, so that a node knows its own leases.
func nodeName(dir string) (string, error) {
	file := filepath.Join(dir, "node")
	if b, err := os.ReadFile(file); err == nil && len(b) >= 16 { //nolint:gosec // the operator's folder
		return strings.TrimSpace(string(b)), nil
	}
	id := make([]byte, 8)
	_, _ = rand.Read(id) // never fails
	name := hex.EncodeToString(id)
	if err := os.WriteFile(file, []byte(name), 0o600); err != nil {
		return "", fmt.Errorf("name node: %w", err)
	}
	return name, nil
}

// openCache is memory on one node, and memory before Redis in a fleet.
func openCache(c *Config) (cache.Cache, []prometheus.Collector, error) {
	mem, err := cache.NewMemory(cache.Limits{})
	if err != nil {
		return nil, nil, err
	}
	if c.Redis.URL == "" {
		return mem, mem.Metrics(), nil
	}
	red, err := rediscache.Open(rediscache.Config{URL: c.Redis.URL})
	if err != nil {
		_ = mem.Close()
		return nil, nil, fmt.Errorf("%w: redis.url: %w", errUsage, err)
	}
	layered := cache.Layer(mem, red)
	return layered, layered.Metrics(), nil
}

// openClient is the one guarded way out.
func openClient(c *Config) (*safehttp.Client, error) {
	allow, err := c.allow()
	if err != nil {
		return nil, err
	}
	agent := "loa/" + versionString()
	if contact := cmp.Or(c.Outgoing.Contact, c.BaseURL); contact != "" {
		agent += " (+" + contact + ")"
	}
	return safehttp.New(safehttp.Options{Allow: allow, UserAgent: agent}), nil
}

// webOptions says what the served documents look like; everything that changes
// their bytes comes from the configuration alone.
func webOptions(c *Config, register *units.Register, lib web.Library, docs cache.Values, j journal.State, log *slog.Logger) web.Options {
	return web.Options{
		Library: lib, Cache: docs, Journal: j.Created.UTC().Format(time.RFC3339Nano), BaseURL: strings.TrimRight(c.BaseURL, "/"), Authority: authority(c),
		Items: c.Feeds.Items, Delta: c.Feeds.Delta, Generator: "loa", Units: register, Names: register.Version(), Log: log,
	}
}

func authority(c *Config) string {
	if c.Feeds.Authority != "" {
		return c.Feeds.Authority
	}
	host := "localhost"
	if u, err := url.Parse(c.BaseURL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	return host + ",2026"
}

// node is a running server.
type node struct {
	c      *Config
	roles  roles
	log    *slog.Logger
	store  *store
	search *search.Index // nil where nothing is served
	cache  cache.Cache
	client *safehttp.Client
	pipe   *ingest.Pipeline
	events *events.Door
	poll   *poll.Door
	websub *websub.Subscriber // nil: hubs cannot reach this place
	push   *push.Handler
	// operator is the push door of the admin address.
	operator *push.Handler
	web      *web.Server
	limiter  *limit.Limiter
	tokens   *limit.Limiter // of invited readers
	readers  *readersFile
	metrics  *prometheus.Registry
	ready    chan struct{} // closed when everything is up
	// verifying holds one comparison at a time.
	verifying chan struct{}
	public    net.Listener
	admin     net.Listener
}

// newNode opens everything and listens; nothing runs yet. close it.
func newNode(ctx context.Context, c *Config, r roles, log *slog.Logger) (_ *node, err error) {
	n := &node{c: c, roles: r, log: log, ready: make(chan struct{}), verifying: make(chan struct{}, 1), metrics: prometheus.NewRegistry()}
	defer func() {
		if err != nil {
			n.close()
		}
	}()
	if err := c.loadPublishers(); err != nil {
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	if r.web {
		if n.public, err = net.Listen("tcp", c.Listen); err != nil {
			return nil, fmt.Errorf("listen on %s: %w; set listen to a free address", c.Listen, err)
		}
	}
	if c.Admin != "" {
		if n.admin, err = net.Listen("tcp", c.Admin); err != nil {
			return nil, fmt.Errorf("listen on %s: %w; set admin to a free address or to \"\"", c.Admin, err)
		}
	}
	if c.BaseURL == "" && n.public != nil {
		c.BaseURL = "http://" + n.public.Addr().String()
	}
	if n.store, err = openStore(ctx, c, log); err != nil {
		return nil, err
	}
	if r.web {
		if n.search, err = search.Open(searchFile(c), log); err != nil {
			return nil, err
		}
	}
	var collectors []prometheus.Collector
	if n.cache, collectors, err = openCache(c); err != nil {
		return nil, err
	}
	if n.client, err = openClient(c); err != nil {
		return nil, err
	}
	wanted, err := rules.Compile(c.Rules)
	if err != nil {
		return nil, fmt.Errorf("%w: rules: %w", errUsage, err)
	}
	js := n.store.broker.JS
	n.pipe = ingest.New(n.store.journal, n.store.library, ingest.Options{Log: log, Rules: wanted})
	n.events = events.New(js, n.pipe, dead.New(js, broker.StreamDead, broker.SubjectDead), events.Options{
		Stream: broker.StreamEvents, Consumer: "ingest", Log: log,
	})
	n.poll = poll.New(js, n.pipe, n.client, n.cache, poll.Options{
		Stream: broker.StreamPoll, Subject: broker.SubjectPoll, Bucket: broker.BucketSources, Consumer: "poll", Node: n.store.node, Log: log,
		Drops: dropped.New(js, broker.StreamDropped, broker.SubjectDropped, nil), Sieve: sieveName(c.Rules),
	})
	if n.websub, err = openWebSub(c, js, n.client, n.poll, log); err != nil {
		return nil, err
	}
	n.push, n.operator = openPush(c, js, n.cache, log)
	state, err := n.store.journal.State(ctx)
	if err != nil {
		return nil, err
	}
	served := webOptions(c, n.store.units, n.store.library, n.cache, state, log)
	if n.search != nil {
		served.Search = finder{n.search}
	}
	n.web = web.New(served)
	if n.readers, err = openReaders(c, log); err != nil {
		return nil, err
	}
	if n.limiter, n.tokens, err = openLimiters(c, n.web); err != nil {
		return nil, err
	}
	collectors = slices.Concat(collectors, n.pipe.Metrics(), n.poll.Metrics(), n.push.Metrics(), n.web.Metrics(), n.limiter.Metrics(), n.tokens.Metrics(), n.collectors())
	if n.websub != nil {
		collectors = append(collectors, n.websub.Metrics()...)
	}
	prometheus.WrapRegistererWithPrefix("loa_", n.metrics).MustRegister(collectors...)
	return n, nil
}

func (n *node) close() {
	for _, l := range []net.Listener{n.public, n.admin} {
		if l != nil {
			_ = l.Close()
		}
	}
	if n.client != nil {
		n.client.Close()
	}
	if n.web != nil {
		n.web.Close()
	}
	if n.cache != nil {
		_ = n.cache.Close()
	}
	if n.search != nil {
		_ = n.search.Close()
	}
	if n.store != nil {
		n.store.close()
	}
}
