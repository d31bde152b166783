package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Names of the streams and buckets, and the roots of their subjects.
const (
	StreamEvents   = "LOA_EVENTS"
	StreamArticles = "LOA_ARTICLES"
	StreamPoll     = "LOA_POLL"
	StreamDead     = "LOA_DEAD"
	StreamDropped  = "LOA_DROPPED"
	StreamPings    = "LOA_PINGS"
	BucketSources  = "LOA_SOURCES"
	BucketHubs     = "LOA_HUBS"

	SubjectEvents   = "loa.events"
	SubjectArticles = "loa.article"
	SubjectPoll     = "loa.poll"
	SubjectDead     = "loa.dead"
	SubjectPings    = "loa.ping"
	SubjectDropped  = "loa.dropped"
)

// Declare creates the streams and buckets that are missing and brings the
// settings of those that are there up to date. It is safe to run on several
// nodes at once.
func (b *Broker) Declare(ctx context.Context) error {
	for _, c := range b.streams() {
		err := retry(ctx, func(ctx context.Context) error {
			_, err := b.JS.CreateOrUpdateStream(ctx, c)
			return err
		})
		if err != nil {
			if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
				err = nil
			}
			if err != nil {
				return fmt.Errorf("declare stream %s: %w", c.Name, err)
			}
		}
	}
	for bucket, what := range map[string]string{
		BucketSources: "validators, health and learned interval of each source",
		BucketHubs:    "subscriptions of sources at WebSub hubs",
	} {
		err := retry(ctx, func(ctx context.Context) error {
			_, err := b.JS.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
				Bucket:      bucket,
				Description: what,
				History:     1,
				Storage:     jetstream.FileStorage,
				Replicas:    b.replicas,
			})
			return err
		})
		if err != nil {
			return fmt.Errorf("declare bucket %s: %w", bucket, err)
		}
	}
	return nil
}

func (b *Broker) streams() []jetstream.StreamConfig {
	return []jetstream.StreamConfig{
		{
			Name:        StreamEvents,
			Description: "article events that are not yet in the journal",
			Subjects:    []string{SubjectEvents + ".>"},
			// What was taken is purged in bulk by the door: a work queue would write,
			// and sync, a mark on disk for each event.
			Retention: jetstream.LimitsPolicy,
			Storage:   jetstream.FileStorage,
			Replicas:  b.replicas,
			// A full stream refuses: its publisher hears of it and keeps the event.
			Discard:    jetstream.DiscardNew,
			MaxBytes:   16 << 30,
			Duplicates: 2 * time.Minute,
			MaxMsgSize: maxPayload,
		},
		{
			Name:        StreamArticles,
			Description: "the journal: every revision of every article, in order",
			Subjects:    []string{SubjectArticles + ".*"},
			Retention:   jetstream.LimitsPolicy,
			Storage:     jetstream.FileStorage,
			Replicas:    b.replicas,
			AllowDirect: true,
			// Appends that come together are committed together.
			AllowAtomicPublish: true,
			DenyDelete:         true,
			DenyPurge:          true,
			Compression:        jetstream.S2Compression,
			MaxMsgSize:         maxPayload,
			// Compare-and-append makes repeats harmless without it, and its table
			// costs memory.
			Duplicates: 100 * time.Millisecond,
		},
		{
			// No MaxAge, MaxMsgs or MaxBytes here: they would silently delete
			// pending schedules.
			Name:              StreamPoll,
			Description:       "one pending schedule for each source, and the polls that are due",
			Subjects:          []string{SubjectPoll + ".>"},
			Retention:         jetstream.WorkQueuePolicy,
			Storage:           jetstream.FileStorage,
			Replicas:          b.replicas,
			MaxMsgsPerSubject: 1,
			AllowMsgSchedules: true,
			AllowRollup:       true,
			Duplicates:        100 * time.Millisecond,
		},
		{
			Name:        StreamPings,
			Description: "what WebSub hubs pushed and is not yet in the journal",
			Subjects:    []string{SubjectPings + ".*"},
			Retention:   jetstream.WorkQueuePolicy,
			Storage:     jetstream.FileStorage,
			Replicas:    b.replicas,
			// A full stream refuses: the hub hears of it and comes again.
			Discard:    jetstream.DiscardNew,
			MaxBytes:   1 << 30,
			MaxMsgSize: maxPayload,
			Duplicates: 100 * time.Millisecond,
		},
		{
			Name:        StreamDead,
			Description: "what was refused, with the reason, the bytes and the headers",
			Subjects:    []string{SubjectDead + ".>"},
			Retention:   jetstream.LimitsPolicy,
			Storage:     jetstream.FileStorage,
			Replicas:    b.replicas,
			Discard:     jetstream.DiscardOld,
			MaxBytes:    4 << 30,
			AllowDirect: true,
			MaxMsgSize:  maxPayload + 64<<10,
			Duplicates:  2 * time.Minute,
		},
		{
			Name:        StreamDropped,
			Description: "items of sources that a rule kept out, each once, with the reason",
			Subjects:    []string{SubjectDropped + ".>"},
			Retention:   jetstream.LimitsPolicy,
			Storage:     jetstream.FileStorage,
			Replicas:    b.replicas,
			Discard:     jetstream.DiscardOld,
			// An item that is dropped at each poll is one entry.
			MaxMsgsPerSubject: 1,
			MaxBytes:          256 << 20,
			MaxAge:            30 * 24 * time.Hour,
			AllowDirect:       true,
			Duplicates:        100 * time.Millisecond,
		},
	}
}
