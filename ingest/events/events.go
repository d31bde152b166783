// Package events is the door by which publishers' events come in: a durable
// consumer on the stream LOA_EVENTS that hands each event to the pipeline and
// acknowledges it after the effect is in the journal.
//
// Events come on loa.events.<unit>, as CloudEvents 1.0 in structured or binary
// mode (own codec, cloudevent.go) or as plain JSON with the same fields. The unit
// of the subject must be the unit of the event: with one NATS user for each
// publisher, no unit can speak for another.
//
// What cannot be taken goes to the dead letters (LOA_DEAD) with its reason, bytes
// and headers; see package dead, in ingest/dead. Taking events over HTTP is not done here.
package events

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"loa/feeds"
	"loa/ingest"
	"loa/ingest/dead"
)

// Pipeline takes decoded events; see [ingest.Pipeline].
type Pipeline interface {
	Ingest(ctx context.Context, in ingest.Input) (ingest.Outcome, error)
}

// DeadLetters keeps what was refused.
type DeadLetters interface {
	// Put stores the letter durably. The same letter put twice is one.
	Put(ctx context.Context, l dead.Letter) error
}

// Options of the door.
type Options struct {
	// Stream that the events are in; Consumer is the durable consumer's name, which
	// all nodes share.
	Stream, Consumer string
	// Workers is how many events are under way at once; 0 means 512. Events of one
	// article are handled in order.
	Workers int
	Log     *slog.Logger
}

// Door is the consumer.
type Door struct {
	js   jetstream.JetStream
	pipe Pipeline
	dead DeadLetters
	o    Options
	seed maphash.Seed
}

// New returns the door; Run opens it.
func New(js jetstream.JetStream, p Pipeline, d DeadLetters, o Options) *Door {
	if o.Workers <= 0 {
		o.Workers = 512
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Door{js: js, pipe: p, dead: d, o: o, seed: maphash.MakeSeed()}
}

// ackWait is after how long an event that a dead node had is given to another.
const ackWait = 15 * time.Second

// job is a message on its way to the worker of its article.
type job struct {
	msg     jetstream.Msg
	meta    *jetstream.MsgMetadata
	in      ingest.Input
	refused error // of decoding
}

// Run takes events until ctx ends; what is under way is finished, and what is
// waiting is given back. A lost connection is waited for.
func (d *Door) Run(ctx context.Context) error {
	queues := make([]chan job, d.o.Workers)
	var wg sync.WaitGroup
	for i := range queues {
		queues[i] = make(chan job, 8)
		wg.Go(func() {
			for j := range queues[i] {
				d.handle(ctx, j)
			}
		})
	}
	wg.Go(func() { d.sweep(ctx) })
	defer wg.Wait()
	defer func() {
		for _, q := range queues {
			close(q)
		}
	}()
	for {
		err := d.consume(ctx, queues)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		d.o.Log.Warn("event intake interrupted; trying again", "err", err)
		select {
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (d *Door) consume(ctx context.Context, queues []chan job) error {
	c, err := d.js.CreateOrUpdateConsumer(ctx, d.o.Stream, jetstream.ConsumerConfig{
		Durable:       d.o.Consumer,
		Description:   "takes article events into the journal",
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       ackWait,
		MaxDeliver:    -1, // package ingest decides when to give up
		MaxAckPending: 4096,
	})
	if err != nil {
		return fmt.Errorf("open consumer: %w", err)
	}
	// What one message may hold bounds what the buffer holds.
	it, err := c.Messages(jetstream.PullMaxMessages(2000), jetstream.PullThresholdMessages(1000))
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	// Drained and not stopped: what lies in the buffer would else be nobody's
	// until the broker believes that this node is dead.
	defer context.AfterFunc(ctx, it.Drain)()
	defer it.Stop()
	for {
		m, err := it.Next()
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			_ = m.Nak() // another node has it at once
			continue
		}
		meta, err := m.Metadata()
		if err != nil {
			d.o.Log.Error("message without metadata on the event stream; left to be delivered again", "subject", m.Subject(), "err", err)
			continue
		}
		j := job{msg: m, meta: meta}
		j.in, j.refused = Decode(m.Subject(), Header(m.Headers()), m.Data(), meta.Timestamp)
		if j.in.EventID == "" {
			j.in.EventID = strconv.FormatUint(meta.Sequence.Stream, 10)
		}
		select {
		case queues[d.worker(j.in.Article)] <- j:
		case <-ctx.Done():
			_ = m.Nak()
		}
	}
}

// sweepEvery is how long events that were taken may lie in the stream.
const sweepEvery = 2 * time.Second

// sweep purges the events that were taken, up to the first that was not. Several
// nodes may do so at once.
func (d *Door) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for done := uint64(0); ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		c, err := d.js.Consumer(ctx, d.o.Stream, d.o.Consumer)
		if err != nil {
			continue // it is not there yet, or the broker is away
		}
		floor := c.CachedInfo().AckFloor.Stream
		if floor <= done {
			continue
		}
		s, err := d.js.Stream(ctx, d.o.Stream)
		if err == nil {
			err = s.Purge(ctx, jetstream.WithPurgeSequence(floor+1))
		}
		if err != nil {
			d.o.Log.Debug("taken events not purged yet", "err", err)
			continue
		}
		done = floor
	}
}

// worker keeps the events of one article in order, as far as its number or
// address tells which it is.
func (d *Door) worker(a feeds.Article) int {
	name := a.Number
	if name == "" {
		name = a.URL
	}
	return int(maphash.String(d.seed, a.Unit+" "+name) % uint64(d.o.Workers))
}

// grace is how long what is under way may take after the stop.
const grace = 10 * time.Second

func (d *Door) handle(ctx context.Context, j job) {
	if ctx.Err() != nil {
		_ = j.msg.Nak() // another node has it at once
		return
	}
	// The stop must not tear what is under way.
	work, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := j.refused
	if err == nil {
		_, err = d.pipe.Ingest(work, j.in)
	}
	fate, wait, refused := ingest.Decide(err, j.meta.NumDelivered)
	log := d.o.Log.With("subject", j.msg.Subject(), "sequence", j.meta.Sequence.Stream)
	if fate == ingest.Dead {
		log.Warn("event refused; kept with the dead letters", "code", refused.Code, "err", refused)
		if err := d.dead.Put(work, letter(j, refused)); err != nil {
			log.Error("dead letter cannot be stored; the event stays", "err", err)
			fate, wait = ingest.Delay, ingest.Backoff(j.meta.NumDelivered)
		} else {
			fate = ingest.Ack
		}
	}
	switch fate {
	case ingest.Ack:
		err = j.msg.Ack()
	default:
		log.Warn("event not taken yet; it comes again", "attempt", j.meta.NumDelivered, "in", wait, "err", err)
		err = j.msg.NakWithDelay(wait)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		log.Debug("answer to the broker lost; the event comes again", "err", err)
	}
}

func letter(j job, r *ingest.Refused) dead.Letter {
	return dead.Letter{
		Code: r.Code, Reason: r.Error(), Stream: j.meta.Stream, Sequence: j.meta.Sequence.Stream,
		Subject: j.msg.Subject(), Attempts: j.meta.NumDelivered, Stored: j.meta.Timestamp,
		Header: j.msg.Headers(), Bytes: j.msg.Data(),
	}
}
