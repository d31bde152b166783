package broker_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"loa/internal/broker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEmbeddedKeepsWhatItAcknowledged(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	dir := t.TempDir()
	for round := range 2 {
		b, err := broker.Open(ctx, broker.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Declare(ctx); err != nil {
			t.Fatal(err)
		}
		if b.ClientURL() != "" {
			t.Error("embedded broker has a port without nats.listen")
		}
		ack, err := b.JS.Publish(ctx, broker.SubjectArticles+".x", []byte("1"))
		if err != nil {
			t.Fatal(err)
		}
		if ack.Sequence != uint64(round+1) {
			t.Errorf("round %d: sequence %d", round, ack.Sequence)
		}
		b.Close()
	}
}

func TestListenTakesClientsAndRemoteIsTheSameAbove(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	host, err := broker.Open(ctx, broker.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	for range 2 { // a second node declares the same again
		b, err := broker.Open(ctx, broker.Options{URL: host.ClientURL()})
		if err != nil {
			t.Fatal(err)
		}
		if b.Embedded() {
			t.Error("a remote broker says that it is embedded")
		}
		if err := b.Declare(ctx); err != nil {
			t.Fatal(err)
		}
		b.Close()
	}
}

// A pending schedule must outlive a restart: a source whose chain broke would
// never be polled again.
func TestScheduleFiresAfterRestart(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	dir := t.TempDir()
	open := func() *broker.Broker {
		b, err := broker.Open(ctx, broker.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Declare(ctx); err != nil {
			t.Fatal(err)
		}
		return b
	}
	b := open()
	m := nats.NewMsg(broker.SubjectPoll + ".at.s1")
	m.Header.Set("Nats-Schedule", "@at "+time.Now().Add(time.Second).UTC().Format(time.RFC3339Nano))
	m.Header.Set("Nats-Schedule-Target", broker.SubjectPoll+".due.s1")
	if _, err := b.JS.PublishMsg(ctx, m); err != nil {
		t.Fatal(err)
	}
	b.Close()
	b = open()
	defer b.Close()
	c, err := b.JS.CreateConsumer(ctx, broker.StreamPoll, jetstream.ConsumerConfig{FilterSubject: broker.SubjectPoll + ".due.>"})
	if err != nil {
		t.Fatal(err)
	}
	msg, err := c.Next(jetstream.FetchMaxWait(20 * time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if msg.Subject() != broker.SubjectPoll+".due.s1" {
		t.Error(msg.Subject())
	}
	_ = msg.Ack()
}

func TestNotANATSServerIsSaid(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if b, err := broker.Open(ctx, broker.Options{URL: "nats://127.0.0.1:1"}); err == nil {
		b.Close()
		t.Fatal("connected to nothing")
	}
}

// oldServer greets as a NATS server of the version does, and nothing more.
func oldServer(t *testing.T, version string, jetstream bool) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprintf(c, "INFO {\"server_id\":\"x\",\"version\":%q,\"max_payload\":1048576,\"jetstream\":%v}\r\n", version, jetstream)
			r := bufio.NewReader(c)
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					break
				}
				if strings.HasPrefix(line, "PING") {
					fmt.Fprint(c, "PONG\r\n")
				}
			}
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return "nats://" + l.Addr().String()
}

// A server without message schedules is refused at once, and it is said what is
// needed.
func TestOldServerIsRefused(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for _, version := range []string{"2.9.10", "2.11.8", "1.4.1", "unknown"} {
		b, err := broker.Open(ctx, broker.Options{URL: oldServer(t, version, true)})
		if err == nil {
			b.Close()
		}
		if !errors.Is(err, broker.ErrTooOld) || !strings.Contains(err.Error(), "2.12") || !strings.Contains(err.Error(), version) {
			t.Errorf("%s: %v", version, err)
		}
	}
}

func TestOneServerADataFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	unlock, err := broker.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := broker.Lock(dir); !errors.Is(err, broker.ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("second lock: %v", err)
	}
	unlock()
	unlock, err = broker.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

// Streams reserve their room; a broker that may not have it says what to change
// instead of trying for ever.
func TestTooLittleStorageIsSaid(t *testing.T) {
	b, err := broker.Open(t.Context(), broker.Options{Dir: t.TempDir(), Sync: broker.SyncSecond, MaxStore: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Declare(t.Context()); !errors.Is(err, broker.ErrNoStorage) {
		t.Errorf("%v", err)
	}
}
