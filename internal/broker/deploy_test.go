package broker_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"loa/internal/broker"
)

// The example for publishers on a server of one's own does what it says: each
// reaches its own subject, and the stream's acknowledgement reaches it.
func TestAccountsOfTheExample(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, name := range []string{"LOA_PASSWORD", "CMS_09025_PASSWORD", "CMS_09064_PASSWORD"} {
		t.Setenv(name, "mk-"+name)
	}
	example, err := filepath.Abs("../../deploy/nats/accounts.conf")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	b, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "accounts.conf"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "nats.conf")
	if err := os.WriteFile(conf, []byte("listen: \"127.0.0.1:-1\"\njetstream {store_dir: \""+dir+"\"}\ninclude accounts.conf\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := server.ProcessConfigFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	o.NoLog, o.NoSigs = true, true
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	defer func() { s.Shutdown(); s.WaitForShutdown() }()
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("not ready")
	}
	u, err := url.Parse(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("loa", "mk-LOA_PASSWORD")
	loa, err := broker.Open(ctx, broker.Options{URL: u.String()})
	if err != nil {
		t.Fatal(err)
	}
	defer loa.Close()
	if err := loa.Declare(ctx); err != nil {
		t.Fatal(err)
	}
	denied := make(chan error, 10)
	cms, err := nats.Connect(s.ClientURL(), nats.UserInfo("cms-09025", "mk-CMS_09025_PASSWORD"),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { denied <- err }))
	if err != nil {
		t.Fatal(err)
	}
	defer cms.Close()
	js, err := jetstream.New(cms)
	if err != nil {
		t.Fatal(err)
	}
	ack, err := js.Publish(ctx, "loa.events.09025", []byte("{}"))
	if err != nil || ack.Stream != broker.StreamEvents || ack.Sequence != 1 {
		t.Fatalf("%+v, %v", ack, err)
	}
	for _, subject := range []string{"loa.events.09064", "loa.article.x", "$JS.API.STREAM.DELETE.LOA_ARTICLES"} {
		if err := cms.Publish(subject, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		wantDenied(ctx, t, denied, subject)
	}
	if _, err := cms.SubscribeSync("loa.>"); err != nil {
		t.Fatal(err)
	}
	wantDenied(ctx, t, denied, "loa.>")
	if nc, err := nats.Connect(s.ClientURL()); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("a stranger is let in (%v)", err)
		nc.Close()
	}
}
