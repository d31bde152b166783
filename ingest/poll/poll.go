// Package poll is the door by which source feeds come in: it fetches them in
// their time, politely, and hands each item to the pipeline.
//
// Each source has one pending message schedule in LOA_POLL. When it fires, any
// node takes the message, polls, appends the items, saves the validators, sets
// the next schedule, and acknowledges, in this order: a crash anywhere between
// repeats work but loses none of it, and a fallback schedule that is set first
// keeps the chain from ever breaking. What is remembered of a source is in the
// bucket LOA_SOURCES; compare and swap there makes sure that one node at a time
// has a source.
//
// Conditional requests follow RFC 9110, section 13, and RFC 9111, section 4.3:
// validators are echoed byte for byte and belong to content that was taken whole.
// Reading a feed's bytes is done by package decode, in ingest/poll/decode.
package poll

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"loa/ingest"
	"loa/internal/cache"
	"loa/internal/safehttp"
)

// Pipeline takes items; see [ingest.Pipeline].
type Pipeline interface {
	Ingest(ctx context.Context, in ingest.Input) (ingest.Outcome, error)
}

// Client makes the requests; see [safehttp.Client].
type Client interface {
	Do(ctx context.Context, req *safehttp.Request) (*safehttp.Response, error)
}

// Budgets shares out the politeness of all nodes; see [cache.Cache]. When it
// cannot be asked, a node goes by its own.
type Budgets interface {
	Lease(ctx context.Context, name, holder string, ttl time.Duration) (bool, error)
	Release(ctx context.Context, name, holder string) error
	Get(ctx context.Context, key string) ([]byte, bool, error)
	Set(ctx context.Context, key string, val []byte, ttl time.Duration) error
	Reserve(ctx context.Context, name string, gap, max time.Duration) (time.Duration, bool, error)
}

var _ Budgets = cache.Cache(nil)

// Options of the door.
type Options struct {
	// Stream, Subject and Bucket hold the schedules and the states; Consumer is
	// the durable consumer that all nodes share.
	Stream, Subject, Bucket, Consumer string
	// Node is this node's name. It is the same after a restart.
	Node string
	// Workers is how many sources are polled at once; 0 means 32.
	Workers int
	// Lookup finds the addresses of a host, for the budget of machines that serve
	// many hosts; nil means the system's resolver.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// Drops keeps what rules kept out; nil: it is not kept.
	Drops Drops
	// Sieve names the rules for everything, which the pipeline has: another name
	// means other rules, and every document is read once more.
	Sieve string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	Log *slog.Logger
}

// Limits of one poll.
const (
	pollTimeout  = 60 * time.Second // fetch, decode and append together
	leaseTime    = 90 * time.Second
	ackWait      = 30 * time.Second // renewed while a poll is under way
	fallbackTime = 5 * time.Minute
	hostGap      = time.Second // between the starts of two requests to one host
	earlySlack   = 500 * time.Millisecond
	maxSpread    = 5 * time.Minute // of the first polls of many new sources
)

// Door polls sources.
type Door struct {
	js      jetstream.JetStream
	pipe    Pipeline
	client  Client
	budgets Budgets
	o       Options
	due     schedule
	sched   timetable
	metrics *metrics
	hub     Hub // nil: none

	mu      sync.Mutex
	sources map[string]Source
	hosts   map[string]int // sources of each
	active  map[string]bool
	held    map[string]bool
	changed chan struct{} // signals that sources changed
	mem     memory
}

// New returns the door; Run opens it.
func New(js jetstream.JetStream, p Pipeline, c Client, b Budgets, o Options) *Door {
	if o.Workers <= 0 {
		o.Workers = 32
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Lookup == nil {
		o.Lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	due := schedule{js, o.Stream, o.Subject}
	return &Door{
		js: js, pipe: p, client: c, budgets: b, o: o, metrics: newMetrics(),
		due: due, sched: due,
		sources: map[string]Source{}, hosts: map[string]int{}, active: map[string]bool{}, held: map[string]bool{}, changed: make(chan struct{}, 1),
	}
}

// SetSources replaces the sources. A running door takes the change up at once.
func (d *Door) SetSources(list []Source) {
	d.mu.Lock()
	clear(d.sources)
	clear(d.hosts)
	for _, s := range list {
		d.sources[s.ID] = s
		d.hosts[hostOf(s.URL)]++
	}
	d.mu.Unlock()
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

func (d *Door) source(id string) (Source, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.sources[id]
	return s, ok
}

func (d *Door) list() []Source {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := make([]Source, 0, len(d.sources))
	for _, s := range d.sources {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Source) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return out
}

// Report is a source and what is remembered of it.
type Report struct {
	Source
	State State `json:"state"`
}

// Reports lists the sources with their states, by id.
func (d *Door) Reports(ctx context.Context) ([]Report, error) {
	st, err := d.states(ctx)
	if err != nil {
		return nil, err
	}
	var out []Report
	for _, s := range d.list() {
		state, _, err := st.get(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, Report{s, state})
	}
	return out, nil
}

func (d *Door) states(ctx context.Context) (memory, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.mem == nil {
		kv, err := d.js.KeyValue(ctx, d.o.Bucket)
		if err != nil {
			return nil, fmt.Errorf("open source states: %w", err)
		}
		d.mem = states{kv}
	}
	return d.mem, nil
}

// Run polls until ctx ends; polls under way are finished.
func (d *Door) Run(ctx context.Context) error {
	due := make(chan jetstream.Msg)
	var wg sync.WaitGroup
	for range d.o.Workers {
		wg.Go(func() {
			for m := range due {
				d.handle(ctx, m)
			}
		})
	}
	wg.Go(func() { d.ensureAll(ctx) })
	defer wg.Wait()
	defer close(due)
	for {
		err := d.consume(ctx, due)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		d.o.Log.Warn("poll schedule interrupted; trying again", "err", err)
		select {
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// ensureAll makes sure that each source has a pending schedule, at the start and
// when the sources change.
func (d *Door) ensureAll(ctx context.Context) {
	for {
		for _, s := range d.list() {
			for wait := 200 * time.Millisecond; ctx.Err() == nil; wait = min(2*wait, 10*time.Second) {
				err := d.ensure(ctx, s)
				if err == nil {
					break
				}
				d.o.Log.Warn("source not scheduled yet; trying again", "source", s.ID, "err", err)
				select {
				case <-time.After(wait):
				case <-ctx.Done():
				}
			}
		}
		select {
		case <-d.changed:
		case <-ctx.Done():
			return
		}
	}
}

func (d *Door) ensure(ctx context.Context, s Source) error {
	st, err := d.states(ctx)
	if err != nil {
		return err
	}
	if s.StatusAt(d.o.Now()) != Active {
		return d.sched.Cancel(ctx, s.ID)
	}
	state, _, err := st.get(ctx, s.ID)
	if err != nil {
		return err
	}
	d.noteHeld(s.ID, state.Held != nil)
	if state.Config != s.digest() || state.Sieve != d.sieve(&s) && state.Gone.IsZero() { // new or changed: now, one after the other
		spread := min(maxSpread, s.Floor(), time.Duration(d.crowd(&s))*s.HostGap())
		at := d.o.Now().Add(time.Duration(Spread(s.ID, 0) * float64(spread)))
		return d.sched.Set(ctx, s.ID, later(at, state.HostClosed))
	}
	if !state.Gone.IsZero() {
		return d.sched.Cancel(ctx, s.ID)
	}
	return d.sched.Ensure(ctx, s.ID, state.Next)
}

// crowd counts the sources of a source's host.
func (d *Door) crowd(s *Source) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return max(1, d.hosts[hostOf(s.URL)])
}

func (d *Door) consume(ctx context.Context, due chan<- jetstream.Msg) error {
	c, err := d.js.CreateOrUpdateConsumer(ctx, d.o.Stream, jetstream.ConsumerConfig{
		Durable:       d.o.Consumer,
		Description:   "polls the sources that are due",
		FilterSubject: d.due.due(">"),
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       ackWait,
		MaxDeliver:    -1,
		MaxAckPending: 10000,
	})
	if err != nil {
		return fmt.Errorf("open consumer: %w", err)
	}
	// One at a time: what a node has buffered, no other node can poll.
	it, err := c.Messages(jetstream.PullMaxMessages(1))
	if err != nil {
		return fmt.Errorf("read due polls: %w", err)
	}
	defer context.AfterFunc(ctx, it.Stop)()
	defer it.Stop()
	for {
		m, err := it.Next()
		if err != nil {
			return err
		}
		select {
		case due <- m:
		case <-ctx.Done():
			_ = m.Nak()
			return ctx.Err()
		}
	}
}

// handle polls one source that is due and answers its message.
func (d *Door) handle(ctx context.Context, m jetstream.Msg) {
	defer keepAlive(m)()
	if again := d.serve(ctx, d.due.source(m.Subject())); again > 0 {
		_ = m.NakWithDelay(again)
		return
	}
	_ = m.Ack()
}

// serve polls a source that is due. It returns after how long the same due message
// must come again, or 0 when it is dealt with.
func (d *Door) serve(ctx context.Context, id string) (again time.Duration) {
	log := d.o.Log.With("source", id)
	if ctx.Err() != nil || !d.enter(id) {
		return time.Second
	}
	defer d.leave(id)
	work, cancel := context.WithTimeout(context.WithoutCancel(ctx), pollTimeout)
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(stopGrace, cancel) })()
	s, ok := d.source(id)
	if !ok || s.StatusAt(d.o.Now()) != Active {
		// It left the configuration, or its life is over. If another node still has
		// it, that one sets its schedule again when it starts.
		log.Info("due source is not polled any more", "configured", ok)
		if err := d.sched.Cancel(work, id); err != nil {
			log.Warn("old schedule not cancelled", "err", err)
		}
		return 0
	}
	wait, err := d.turn(work, s)
	var later deferred
	switch {
	case errors.As(err, &later):
		return max(later.wait, time.Millisecond)
	case err != nil:
		log.Warn("poll not finished; it comes again", "err", err)
		return 5 * time.Second
	}
	log.Debug("polled", "next_in", wait)
	return 0
}

// stopGrace is how long polls under way may go on after the stop.
const stopGrace = 5 * time.Second

// deferred says that a source cannot be polled now, through no fault of its own.
type deferred struct{ wait time.Duration }

func (d deferred) Error() string { return "poll: deferred by " + d.wait.String() }

func (d *Door) enter(id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.active[id] {
		return false
	}
	d.active[id] = true
	return true
}

func (d *Door) leave(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.active, id)
}

// keepAlive tells the broker that the message is being worked on.
func keepAlive(m jetstream.Msg) (stop func()) {
	t := time.NewTicker(ackWait / 3)
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-t.C:
				_ = m.InProgress()
			case <-done:
				return
			}
		}
	}()
	return func() {
		t.Stop()
		close(done)
		<-ended
	}
}
