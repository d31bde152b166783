// Package broker gives the rest of loa one JetStream handle, whether the NATS
// server runs inside this process (the default: nothing to install, no open
// port) or elsewhere. It also declares the streams and buckets, so that what
// durability and limits they have is decided in one place.
//
// It knows nothing of articles. What the streams carry is said by the packages
// that write to them: feeds/journal, ingest/events, ingest/poll.
package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Errors that an operator can act upon.
var (
	// ErrTooOld says that the server has no message schedules.
	ErrTooOld = errors.New("broker: the NATS server is too old: loa needs message schedules, which came with 2.12; upgrade it (2.15 or newer is best) or leave nats.url empty to use the built-in one")
	// ErrNoJetStream says that the server or the account has no JetStream.
	ErrNoJetStream = errors.New("broker: the NATS server has no JetStream for this account; start it with `jetstream {}` and allow it for loa's account")
)

// Sync says when the embedded server syncs a message to disk.
type Sync string

// The two ways: before each acknowledgement, or once a second for bulk work
// (an acknowledged message then survives the end of the process, but one second
// of them may be lost with the power).
const (
	SyncAlways Sync = "always"
	SyncSecond Sync = "1s"
)

// Options say where the broker is. The zero value with a Dir is embedded.
type Options struct {
	// URL of a remote server or cluster; empty means embedded.
	URL string
	// CredsFile holds the credentials for URL.
	CredsFile string
	// CAFile, CertFile and KeyFile are for TLS to URL; each may be empty.
	CAFile, CertFile, KeyFile string
	// Replicas of each stream on a remote cluster; 0 means one.
	Replicas int

	// Dir is the data folder of the embedded server. The caller holds its lock.
	Dir string
	// Listen is the host:port on which the embedded server takes clients; empty
	// means that it has no port.
	Listen string
	// Admit decides which clients may connect to Listen, and what they may do. Nil
	// means that everyone may do everything.
	Admit Admit
	// Sync of the embedded server; empty means SyncAlways.
	Sync Sync
	// MaxStore bounds the embedded server's disk use in bytes; 0 means 64 GiB.
	MaxStore int64

	Log *slog.Logger
}

// Broker is a connection, and the server behind it when that is embedded.
type Broker struct {
	// NC is the connection and JS its JetStream context. Both are safe for
	// concurrent use.
	NC *nats.Conn
	JS jetstream.JetStream

	srv      *server.Server
	replicas int
}

// apiTimeout bounds one JetStream API request: one that is sent before a cluster
// has a leader is never answered, so short tries are repeated instead.
const apiTimeout = 2 * time.Second

// Open starts or reaches the server and checks that it can do what loa needs.
// It does not create streams; see [Broker.Declare]. The caller closes it.
func Open(ctx context.Context, o Options) (*Broker, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	b := &Broker{replicas: max(o.Replicas, 1)}
	opts := []nats.Option{
		nats.Name("loa"),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(500 * time.Millisecond),
		nats.ReconnectJitter(200*time.Millisecond, 500*time.Millisecond),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			o.Log.Warn("broker connection", "err", err)
		}),
		nats.DisconnectErrHandler(func(c *nats.Conn, err error) {
			if err != nil && !c.IsClosed() {
				o.Log.Warn("broker disconnected; trying again", "err", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { o.Log.Info("broker connected again") }),
	}
	url := o.URL
	if url == "" {
		var g *gate
		if o.Admit != nil {
			g = newGate(o.Admit)
			opts = append(opts, nats.UserInfo(ownUser, g.own), nats.CustomInboxPrefix(ownInbox))
		}
		srv, err := embedded(o, g)
		if err != nil {
			return nil, err
		}
		b.srv = srv
		opts = append(opts, nats.InProcessServer(srv))
	} else {
		if o.CredsFile != "" {
			opts = append(opts, nats.UserCredentials(o.CredsFile))
		}
		if o.CAFile != "" {
			opts = append(opts, nats.RootCAs(o.CAFile))
		}
		if o.CertFile != "" {
			opts = append(opts, nats.ClientCert(o.CertFile, o.KeyFile))
		}
	}
	nc, err := nats.Connect(url, opts...)
	if err != nil {
		b.Close()
		return nil, fmt.Errorf("connect to NATS %s: %w; start it, or leave nats.url empty to use the built-in one", redact(url), err)
	}
	b.NC = nc
	if b.JS, err = jetstream.New(nc, jetstream.WithDefaultTimeout(apiTimeout)); err != nil {
		b.Close()
		return nil, fmt.Errorf("open JetStream: %w", err)
	}
	if err := b.check(ctx); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// redact leaves passwords out of addresses, of which there may be several.
func redact(urls string) string {
	return userInfo.ReplaceAllString(urls, "//")
}

var userInfo = regexp.MustCompile(`//[^/@,]*@`)

// check refuses a server that cannot do what loa needs.
func (b *Broker) check(ctx context.Context) error {
	if !atLeast(b.NC.ConnectedServerVersion(), 2, 12) {
		return fmt.Errorf("%w (it is %s)", ErrTooOld, b.NC.ConnectedServerVersion())
	}
	return retry(ctx, func(ctx context.Context) error {
		_, err := b.JS.AccountInfo(ctx)
		if errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) {
			return fmt.Errorf("%w: %w", errPermanent, ErrNoJetStream)
		}
		return err
	})
}

// Embedded reports whether the server runs in this process.
func (b *Broker) Embedded() bool { return b.srv != nil }

// ClientURL is where clients of the embedded server connect, or "" if it has no
// port.
func (b *Broker) ClientURL() string {
	if b.srv == nil || b.srv.Addr() == nil {
		return ""
	}
	return b.srv.ClientURL()
}

// Close drops the connection and stops the embedded server, waiting until its
// files are closed. What is to be drained is drained by its owner before.
func (b *Broker) Close() {
	if b.NC != nil {
		b.NC.Close()
	}
	if b.srv != nil {
		b.srv.Shutdown()
		b.srv.WaitForShutdown()
	}
}

var errPermanent = errors.New("broker: permanent")

// ErrNoStorage says that the streams, which reserve their room, do not fit.
var ErrNoStorage = errors.New("broker: not enough storage for loa's streams, which reserve 22 GiB; raise nats.max_store, or the limits of the account at nats.url")

// noStorage is the server's JSStorageResourcesExceededErr.
const noStorage jetstream.ErrorCode = 10047

// retry repeats short tries of a JetStream API call until ctx ends.
func retry(ctx context.Context, f func(context.Context) error) error {
	for {
		try, cancel := context.WithTimeout(ctx, apiTimeout)
		err := f(try)
		cancel()
		var api *jetstream.APIError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &api) && api.ErrorCode == noStorage:
			return fmt.Errorf("%w: %w", ErrNoStorage, err)
		case errors.Is(err, errPermanent), errors.As(err, &api) && api.Code < 500:
			return err
		case ctx.Err() != nil:
			return fmt.Errorf("%w (last: %w)", ctx.Err(), err)
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// atLeast compares a server version such as "2.15.2-beta" with major.minor.
func atLeast(version string, major, minor int) bool {
	var ma, mi int
	if _, err := fmt.Sscanf(version, "%d.%d", &ma, &mi); err != nil {
		return false
	}
	return ma > major || ma == major && mi >= minor
}
