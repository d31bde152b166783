package events

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"loa/ingest"
)

// Letter is a message that was refused.
type Letter struct {
	// Code and Reason say why.
	Code, Reason string
	// Stream, Sequence and Subject are where it came from.
	Stream   string
	Sequence uint64
	Subject  string
	// Attempts is how often it was tried.
	Attempts uint64
	// Stored is when the broker first had it.
	Stored time.Time
	Header map[string][]string
	Bytes  []byte
}

func letter(j job, r *ingest.Refused) Letter {
	return Letter{
		Code: r.Code, Reason: r.Error(), Stream: j.meta.Stream, Sequence: j.meta.Sequence.Stream,
		Subject: j.msg.Subject(), Attempts: j.meta.NumDelivered, Stored: j.meta.Timestamp,
		Header: j.msg.Headers(), Bytes: j.msg.Data(),
	}
}

// Headers that dead letters carry beside those of the message.
const (
	HeaderCode     = "Loa-Dead-Code"
	HeaderReason   = "Loa-Dead-Reason"
	HeaderSubject  = "Loa-Dead-Subject"
	HeaderSequence = "Loa-Dead-Sequence"
	HeaderAttempts = "Loa-Dead-Attempts"
	HeaderStored   = "Loa-Dead-Stored"
)

// Dead stores dead letters on a stream, under <subject>.events.<code>.
type Dead struct {
	js      jetstream.JetStream
	subject string
}

var _ DeadLetters = (*Dead)(nil)

// NewDead returns dead letters on the stream that takes <subject>.>.
func NewDead(js jetstream.JetStream, subject string) *Dead { return &Dead{js, subject} }

// Put stores the letter and returns when the broker has made it durable. A
// letter of the same stream and sequence within two minutes is one.
func (d *Dead) Put(ctx context.Context, l Letter) error {
	m := nats.NewMsg(d.subject + ".events." + l.Code)
	for k, vs := range l.Header {
		if strings.HasPrefix(strings.ToLower(k), "nats-") {
			continue // these are orders to the broker
		}
		m.Header[k] = vs
	}
	m.Header.Set(HeaderCode, l.Code)
	m.Header.Set(HeaderReason, oneLine(l.Reason))
	m.Header.Set(HeaderSubject, l.Subject)
	m.Header.Set(HeaderSequence, strconv.FormatUint(l.Sequence, 10))
	m.Header.Set(HeaderAttempts, strconv.FormatUint(l.Attempts, 10))
	m.Header.Set(HeaderStored, l.Stored.UTC().Format(time.RFC3339Nano))
	m.Data = l.Bytes
	id := fmt.Sprintf("%s-%d-%d", l.Stream, l.Sequence, l.Stored.UnixNano())
	if _, err := d.js.PublishMsg(ctx, m, jetstream.WithMsgID(id)); err != nil {
		return fmt.Errorf("store dead letter: %w", err)
	}
	return nil
}

// oneLine keeps a publisher's bytes from making headers of their own.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 500 {
		s = string(r[:500]) + "…"
	}
	return s
}
