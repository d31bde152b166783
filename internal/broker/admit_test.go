package broker_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"loa/internal/broker"
)

// A publisher's rights end at its own subject: it cannot speak for others, read
// the journal, hear loa's own answers or change a stream.
func TestAdmittedClientMayOnlyPublishItsOwn(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var revoked atomic.Bool
	b, err := broker.Open(ctx, broker.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0", Sync: broker.SyncSecond,
		Admit: func(user, password string) (broker.Grant, bool) {
			return broker.Grant{Name: "cms.1", Publish: []string{"loa.events.09025"}}, user == "cms" && password == "đúng" && !revoked.Load()
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Declare(ctx); err != nil {
		t.Fatal(err)
	}
	for _, o := range []nats.Option{nil, nats.UserInfo("cms", "sai"), nats.UserInfo("$loa", ""), nats.UserInfo("$loa", "đúng"), nats.UserInfo("", "")} {
		if nc, err := nats.Connect(b.ClientURL(), o); !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("a stranger is let in (%v)", err)
			nc.Close()
		}
	}
	denied := make(chan error, 100)
	gone := make(chan struct{}, 100)
	nc, err := nats.Connect(b.ClientURL(), nats.UserInfo("cms", "đúng"), nats.ReconnectWait(10*time.Millisecond), nats.MaxReconnects(2),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { denied <- err }),
		nats.ClosedHandler(func(*nats.Conn) { gone <- struct{}{} }))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(ctx, "loa.events.09025", []byte("{}")); err != nil {
		t.Errorf("its own subject: %v", err)
	}
	for _, s := range []string{"loa.events.09064", "loa.events.09025.x", "loa.events", "loa.article.x", "loa.dead.x", "$JS.API.STREAM.PURGE.LOA_EVENTS", "$JS.API.INFO", "_LOA.x", "_INBOX.x"} {
		if err := nc.Publish(s, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		wantDenied(ctx, t, denied, s)
	}
	for _, s := range []string{"loa.>", ">", "_LOA.>", "$JS.>"} {
		if _, err := nc.SubscribeSync(s); err != nil {
			t.Fatal(err)
		}
		wantDenied(ctx, t, denied, s)
	}
	s, err := b.JS.Stream(ctx, broker.StreamEvents)
	if err != nil {
		t.Fatal(err)
	}
	if n := s.CachedInfo().State.Msgs; n != 1 {
		t.Errorf("%d events on the stream", n)
	}
	// What still holds stays; what was taken away is gone at once.
	b.Recheck(func(grant string) bool { return grant == "cms.1" })
	if _, err := js.Publish(ctx, "loa.events.09025", []byte("{}")); err != nil {
		t.Errorf("after a check that it passes: %v", err)
	}
	revoked.Store(true)
	b.Recheck(func(string) bool { return false })
	select {
	case <-gone:
	case <-ctx.Done():
		t.Fatal("a revoked client stays connected")
	}
	// loa itself is not touched.
	if _, err := b.JS.Publish(ctx, broker.SubjectArticles+".x", nil); err != nil {
		t.Error(err)
	}
}

func wantDenied(ctx context.Context, t *testing.T, denied <-chan error, subject string) {
	t.Helper()
	select {
	case err := <-denied:
		if !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("%s: %v", subject, err)
		}
	case <-ctx.Done():
		t.Fatalf("%s is allowed", subject)
	}
}
