package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// stalled is after how long without a message the broker is asked whether there
// is one: what a reader waits for may be deleted meanwhile.
const stalled = 2 * time.Second

// Backlog calls f for each message that the stream holds now and the consumer's
// configuration selects, oldest first, and returns at their end, or with f's
// error. Messages that come meanwhile are left out. It keeps no state on the
// broker. buffer bounds how many messages lie in memory.
func Backlog(ctx context.Context, js jetstream.JetStream, stream string, c jetstream.OrderedConsumerConfig, buffer int, f func(jetstream.Msg, *jetstream.MsgMetadata) error) error {
	s, err := js.Stream(ctx, stream)
	if err != nil {
		return fmt.Errorf("open stream %s: %w", stream, err)
	}
	last := s.CachedInfo().State.LastSeq
	consumer, err := js.OrderedConsumer(ctx, stream, c)
	if err != nil {
		return fmt.Errorf("read stream %s: %w", stream, err)
	}
	i, err := consumer.Info(ctx)
	if err != nil {
		return fmt.Errorf("read stream %s: %w", stream, err)
	}
	if i.NumPending == 0 {
		return nil
	}
	it, err := consumer.Messages(jetstream.PullMaxMessages(buffer))
	if err != nil {
		return fmt.Errorf("read stream %s: %w", stream, err)
	}
	defer context.AfterFunc(ctx, it.Stop)()
	defer it.Stop()
	for {
		m, err := it.Next(jetstream.NextMaxWait(stalled))
		if errors.Is(err, nats.ErrTimeout) {
			if i, err := consumer.Info(ctx); err == nil && i.NumPending == 0 {
				return nil
			}
			if ctx.Err() == nil {
				continue
			}
		}
		if err != nil {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			return fmt.Errorf("read stream %s: %w", stream, err)
		}
		meta, err := m.Metadata()
		if err != nil {
			return fmt.Errorf("read stream %s: %w", stream, err)
		}
		if meta.Sequence.Stream > last {
			return nil
		}
		if err := f(m, meta); err != nil {
			return err
		}
		if meta.Sequence.Stream == last || meta.NumPending == 0 {
			return nil
		}
	}
}
