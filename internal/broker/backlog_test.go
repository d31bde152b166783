package broker_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"loa/internal/broker"
)

func TestBacklogEndsWhereItBegan(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	b, err := broker.Open(ctx, broker.Options{Dir: t.TempDir(), Sync: broker.SyncSecond})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Declare(ctx); err != nil {
		t.Fatal(err)
	}
	publish := func(subject, body string) {
		t.Helper()
		if _, err := b.JS.Publish(ctx, broker.SubjectDead+"."+subject, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	read := func(filter string, during func()) (got string) {
		t.Helper()
		c := jetstream.OrderedConsumerConfig{FilterSubjects: []string{broker.SubjectDead + "." + filter}}
		// One at a time, so that what is deleted meanwhile was not sent before.
		err := broker.Backlog(ctx, b.JS, broker.StreamDead, c, 1, func(m jetstream.Msg, meta *jetstream.MsgMetadata) error {
			got += fmt.Sprintf("%d%s ", meta.Sequence.Stream, m.Data())
			during()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	none := func() {}
	if got := read(">", none); got != "" {
		t.Errorf("an empty stream has %s", got)
	}
	for _, body := range []string{"a", "b", "c", "d"} {
		publish("x", body)
	}
	publish("y", "e")
	if got := read("x", none); got != "1a 2b 3c 4d " {
		t.Error(got)
	}
	if got := read("z", none); got != "" {
		t.Error(got)
	}
	// What comes while it is read is not read.
	if got := read(">", func() { publish("x", "new") }); got != "1a 2b 3c 4d 5e " {
		t.Error(got)
	}
	// What goes while it is read is not waited for.
	s, err := b.JS.Stream(ctx, broker.StreamDead)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(">", func() {
		if err := s.Purge(ctx); err != nil {
			t.Error(err)
		}
	}); got == "" {
		t.Error("nothing was read")
	}
	publish("x", "f")
	stop := errors.New("enough")
	err = broker.Backlog(ctx, b.JS, broker.StreamDead, jetstream.OrderedConsumerConfig{}, 10, func(jetstream.Msg, *jetstream.MsgMetadata) error { return stop })
	if !errors.Is(err, stop) {
		t.Error(err)
	}
	if err := broker.Backlog(ctx, b.JS, "KHONG_CO", jetstream.OrderedConsumerConfig{}, 10, nil); !errors.Is(err, jetstream.ErrStreamNotFound) {
		t.Error(err)
	}
}
