package websub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"loa/ingest"
)

// Ping is what a hub sent.
type Ping struct {
	Source string
	// Topic is the address that was subscribed to; it is empty where the ping is
	// not to be believed, and only says that the source should be polled.
	Topic       string
	ContentType string
	Body        []byte
	// OfHub is set for what a hub sent, and not for loa's own wish to poll.
	OfHub bool
	// Arrived is when it was stored. Attempt counts from 1.
	Arrived time.Time
	Attempt uint64
}

// Queue holds pings between their arrival, on any node, and their ingestion.
type Queue interface {
	// Put stores the ping durably. It returns ErrFull when there is no room.
	Put(ctx context.Context, p Ping) error
	// Run gives each ping to take until ctx ends. A ping for which take returns
	// an error comes again, after the time that an *Again says.
	Run(ctx context.Context, take func(context.Context, Ping) error) error
}

// ErrFull says that too many pings wait already.
var ErrFull = errors.New("websub: too many pings are waiting")

// Again is an error that says when a ping should come again.
type Again struct{ Wait time.Duration }

func (a *Again) Error() string { return "websub: not now; again in " + a.Wait.String() }

// Stream is the queue in a JetStream work queue. Its bound is the stream's.
type Stream struct {
	js                      jetstream.JetStream
	name, subject, consumer string
	log                     *slog.Logger
}

// NewStream returns the queue in the stream, which takes <subject>.*, with a
// durable consumer that all nodes share.
func NewStream(js jetstream.JetStream, stream, subject, consumer string, log *slog.Logger) *Stream {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Stream{js, stream, subject, consumer, log}
}

const (
	headerType  = "Content-Type"
	headerTopic = "Loa-Topic"
	headerHub   = "Loa-Of-Hub"

	takers      = 4
	takeTimeout = 60 * time.Second
	stopGrace   = 5 * time.Second
	ackWait     = 30 * time.Second // renewed while a ping is being taken
)

// storeFailed is the broker's code for a stream that has reached its bound.
const storeFailed jetstream.ErrorCode = 10077

// Put implements [Queue].
func (q *Stream) Put(ctx context.Context, p Ping) error {
	m := nats.NewMsg(q.subject + "." + p.Source)
	m.Data = p.Body
	if p.OfHub {
		m.Header.Set(headerHub, "1")
	}
	if p.Topic != "" {
		m.Header.Set(headerTopic, p.Topic)
		m.Header.Set(headerType, p.ContentType)
	}
	_, err := q.js.PublishMsg(ctx, m)
	var api *jetstream.APIError
	if errors.As(err, &api) && api.ErrorCode == storeFailed {
		return ErrFull
	}
	if err != nil {
		return fmt.Errorf("store ping of %s: %w", p.Source, err)
	}
	return nil
}

// Run implements [Queue].
func (q *Stream) Run(ctx context.Context, take func(context.Context, Ping) error) error {
	pings := make(chan jetstream.Msg)
	var wg sync.WaitGroup
	for range takers {
		wg.Go(func() {
			for m := range pings {
				q.handle(ctx, m, take)
			}
		})
	}
	defer wg.Wait()
	defer close(pings)
	for {
		err := q.consume(ctx, pings)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		q.log.Warn("pings of hubs interrupted; trying again", "err", err)
		select {
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (q *Stream) consume(ctx context.Context, pings chan<- jetstream.Msg) error {
	c, err := q.js.CreateOrUpdateConsumer(ctx, q.name, jetstream.ConsumerConfig{
		Durable:       q.consumer,
		Description:   "takes what hubs push into the journal",
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       ackWait,
		MaxDeliver:    -1, // this package decides when to give up
		MaxAckPending: 1000,
	})
	if err != nil {
		return fmt.Errorf("open consumer: %w", err)
	}
	// One at a time: a ping may be megabytes.
	it, err := c.Messages(jetstream.PullMaxMessages(1))
	if err != nil {
		return fmt.Errorf("read pings: %w", err)
	}
	defer context.AfterFunc(ctx, it.Stop)()
	defer it.Stop()
	for {
		m, err := it.Next()
		if err != nil {
			return err
		}
		select {
		case pings <- m:
		case <-ctx.Done():
			_ = m.Nak()
			return ctx.Err()
		}
	}
}

func (q *Stream) handle(ctx context.Context, m jetstream.Msg, take func(context.Context, Ping) error) {
	meta, err := m.Metadata()
	if err != nil || ctx.Err() != nil {
		_ = m.Nak() // another node has it at once
		return
	}
	p := Ping{
		Source: strings.TrimPrefix(m.Subject(), q.subject+"."), Topic: m.Headers().Get(headerTopic), ContentType: m.Headers().Get(headerType),
		Body: m.Data(), OfHub: m.Headers().Get(headerHub) != "", Arrived: meta.Timestamp, Attempt: meta.NumDelivered,
	}
	work, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeTimeout)
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(stopGrace, cancel) })()
	stop := keepAlive(m)
	err = take(work, p)
	stop()
	var again *Again
	switch {
	case err == nil:
		_ = m.Ack()
	case errors.As(err, &again):
		_ = m.NakWithDelay(max(again.Wait, time.Millisecond))
	default:
		q.log.Warn("ping not taken; it comes again", "source", p.Source, "attempt", p.Attempt, "err", err)
		_ = m.NakWithDelay(ingest.Backoff(p.Attempt))
	}
}

// keepAlive tells the broker that the message is being worked on.
func keepAlive(m jetstream.Msg) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		t := time.NewTicker(ackWait / 3)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				_ = m.InProgress()
			case <-done:
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}
