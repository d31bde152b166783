package broker

import (
	"cmp"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// maxPayload bounds one message: an event of 5 MB reaches the events door, which
// refuses it with a reason, instead of breaking its publisher's connection.
const maxPayload = 8 << 20

// embedded starts the server in this process; g may be nil.
func embedded(o Options, g *gate) (*server.Server, error) {
	so := &server.Options{
		ServerName: "loa",
		DontListen: true,
		JetStream:  true,
		StoreDir:   filepath.Join(o.Dir, "nats"),
		NoSigs:     true,
		MaxPayload: maxPayload,
		// Unset, the memory limit would be three quarters of the machine's; loa
		// has no stream in memory.
		JetStreamMaxMemory: 64 << 20,
		JetStreamMaxStore:  cmp.Or(o.MaxStore, 64<<30),
		SyncInterval:       time.Second,
		SyncAlways:         cmp.Or(o.Sync, SyncAlways) == SyncAlways,
	}
	if o.Listen != "" {
		host, port, err := net.SplitHostPort(o.Listen)
		if err != nil {
			return nil, fmt.Errorf("read nats.listen %q: %w", o.Listen, err)
		}
		n, err := strconv.Atoi(port)
		if err != nil {
			return nil, fmt.Errorf("read port of nats.listen %q: %w", o.Listen, err)
		}
		so.DontListen, so.Host, so.Port = false, host, n
		if n == 0 {
			so.Port = server.RANDOM_PORT
		}
	}
	if g != nil {
		so.CustomClientAuthentication = g
	}
	srv, err := server.NewServer(so)
	if err != nil {
		return nil, fmt.Errorf("configure embedded NATS: %w", err)
	}
	srv.SetLoggerV2(natsLog{o.Log}, false, false, false)
	go srv.Start() // ends with Shutdown, which Broker.Close calls
	if !srv.ReadyForConnections(30 * time.Second) {
		srv.Shutdown()
		return nil, fmt.Errorf("start embedded NATS in %s: not ready after 30 s; see the log for its own message", so.StoreDir)
	}
	return srv, nil
}

// natsLog hands the server's warnings on; its notices are only of use when one
// looks for a fault.
type natsLog struct{ log *slog.Logger }

func (l natsLog) Noticef(f string, v ...any) { l.log.Debug("nats: " + fmt.Sprintf(f, v...)) }
func (l natsLog) Warnf(f string, v ...any)   { l.log.Warn("nats: " + fmt.Sprintf(f, v...)) }
func (l natsLog) Fatalf(f string, v ...any)  { l.log.Error("nats: " + fmt.Sprintf(f, v...)) }
func (l natsLog) Errorf(f string, v ...any)  { l.log.Error("nats: " + fmt.Sprintf(f, v...)) }
func (l natsLog) Debugf(string, ...any)      {}
func (l natsLog) Tracef(string, ...any)      {}
