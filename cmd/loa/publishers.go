package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"loa/feeds"
	"loa/ingest/push"
	"loa/internal/broker"
	"loa/internal/cache"
)

func (a *app) publishersCommand() *cobra.Command {
	c := &cobra.Command{Use: "publishers", Short: "Add, list and revoke those who may send events", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(a.publishersAdd(), a.publishersList(), a.publishersRevoke())
	return c
}

func (a *app) publishersAdd() *cobra.Command {
	var p push.Publisher
	c := &cobra.Command{
		Use: "add NAME --unit CODE [--unit CODE...]", Short: "Add a publisher and print its token", Args: cobra.ExactArgs(1),
		Long: `Add a publisher, who may then send events of these units: over HTTP with its
token as bearer, over NATS with its name as user and its token as password. The
token is printed this once: the file keeps its SHA-256 only. A running server
takes the file up within seconds.`,
		RunE: func(_ *cobra.Command, args []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			token, hash := push.NewToken()
			p.Name, p.TokenSHA256, p.Created = args[0], hash, time.Now().In(feeds.Zone).Truncate(time.Second)
			if err := cfg.publishersList().add(p); err != nil {
				return err
			}
			if a.json {
				return a.printJSON(map[string]any{"name": p.Name, "units": p.Units, "token": token})
			}
			fmt.Fprintf(a.stderr, "added %s for %s; this is its token, which is not shown again:\n", p.Name, strings.Join(p.Units, ", "))
			_, err = fmt.Fprintln(a.stdout, token)
			return err
		},
	}
	c.Flags().StringSliceVar(&p.Units, "unit", nil, "GSO `CODE` of a unit that it may speak for")
	return c
}

func (a *app) publishersList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Publishers and their units", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			list, err := cfg.publishersList().read()
			if err != nil {
				return fmt.Errorf("%w: %w", errUsage, err)
			}
			if a.json {
				for _, p := range list {
					if err := a.printJSON(p); err != nil {
						return err
					}
				}
				return nil
			}
			w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "NAME\tUNITS\tCREATED\tREVOKED")
			for _, p := range list {
				revoked := "-"
				if p.Revoked != nil {
					revoked = p.Revoked.Format(time.DateOnly)
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.Name, strings.Join(p.Units, ","), p.Created.Format(time.DateOnly), revoked)
			}
			return w.Flush()
		},
	}
}

func (a *app) publishersRevoke() *cobra.Command {
	return &cobra.Command{
		Use: "revoke NAME", Short: "End a publisher's token", Args: cobra.ExactArgs(1),
		Long: `End a publisher's token. A running server takes it up within seconds, and ends
the publisher's connections. The name may then be added anew, with a new token.`,
		RunE: func(_ *cobra.Command, args []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			if err := cfg.publishersList().revoke(args[0], time.Now().In(feeds.Zone).Truncate(time.Second)); err != nil {
				return err
			}
			if a.json {
				return a.printJSON(map[string]any{"name": args[0], "revoked": true})
			}
			_, err = fmt.Fprintf(a.stdout, "revoked %s\n", args[0])
			return err
		},
	}
}

func (c *Config) publishersList() *tokenFile[push.Publisher] {
	return &tokenFile[push.Publisher]{
		word: "publisher", held: "token holds", name: c.Publishers, path: c.path(c.Publishers),
		of: func(p *push.Publisher) (string, bool, error) { return p.Name, p.Revoked != nil, p.Validate() },
	}
}

// errOpenPort refuses to let everyone who reaches the port publish what they like.
var errOpenPort = errors.New("nats.listen is an address that others reach, and there are no publishers: everyone could publish in every unit's name; add them with `loa publishers add NAME --unit CODE`, or listen on 127.0.0.1")

// checkPublishers reads the publishers and refuses a broker's port that is open to
// everyone.
func checkPublishers(c *Config) ([]push.Publisher, error) {
	list, err := c.publishersList().read()
	if err != nil {
		return nil, err
	}
	if c.NATS.URL == "" && c.NATS.Listen != "" && len(list) == 0 && !onLoopback(c.NATS.Listen) {
		return nil, errOpenPort
	}
	return list, nil
}

// onLoopback reports whether only this machine can reach the address.
func onLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback() || host == "localhost"
}

func checkPublishersFile(c *Config) finding {
	list, err := checkPublishers(c)
	active := c.publishersList().active(list)
	switch {
	case err != nil:
		return finding{"publishers", false, err.Error()}
	case active == 0:
		return finding{"publishers", true, "none; events come from this machine only, by the admin address or NATS on loopback"}
	}
	return finding{"publishers", true, fmt.Sprintf("%d publishers", active)}
}

// publishersFile is the file as it was last taken up.
type publishersFile struct {
	push.Publishers
	at   time.Time
	size int64
	// bad is set when the file could not be read at the start: nobody is admitted.
	bad bool
}

// loadPublishers reads the file for a server that starts.
func (c *Config) loadPublishers() error {
	k := &publishersFile{}
	c.known = k
	if i, err := os.Stat(c.path(c.Publishers)); err == nil {
		k.at, k.size = i.ModTime(), i.Size()
	}
	list, err := checkPublishers(c)
	if err != nil {
		k.bad = true
		return err
	}
	k.Set(list)
	return nil
}

// admit says who may connect to the embedded broker: publishers, for their own
// units; and everyone on this machine while there are none.
func admit(c *Config) broker.Admit {
	if c.known == nil {
		_ = c.loadPublishers() // then nobody is admitted
	}
	known, local := c.known, onLoopback(c.NATS.Listen)
	return func(user, password string) (broker.Grant, bool) {
		if !known.Configured() {
			return broker.Grant{Name: anyone}, local && !known.bad
		}
		p, ok := known.ByToken(password)
		if !ok || user != "" && user != p.Name {
			return broker.Grant{}, false
		}
		g := broker.Grant{Name: p.Grant()}
		for _, unit := range p.Units {
			g.Publish = append(g.Publish, broker.SubjectEvents+"."+unit)
		}
		return g, true
	}
}

// anyone is the grant of who is on this machine while there are no publishers. No
// publisher has that name.
const anyone = "(anyone)"

// openPush opens the door for publishers, and the operator's own.
func openPush(c *Config, js jetstream.JetStream, shared cache.Cache, log *slog.Logger) (public, operator *push.Handler) {
	o := push.Options{Subject: broker.SubjectEvents, Authority: authority(c), Log: log}
	operator = push.New(js, shared, o)
	o.Publishers = &c.known.Publishers
	if count, per, err := parseRate(c.Limits.Publisher); err == nil && count > 0 {
		o.Limit = cache.Limit{Rate: count, Period: per, Burst: count}
	}
	return push.New(js, shared, o), operator
}

// publishersCheck is how often the publishers' file is looked at.
const publishersCheck = 2 * time.Second

// watchPublishers takes up changes of the publishers' file, and ends the
// connections of those who may not publish any more. A file with a mistake changes
// nothing, and neither does one that is gone: no accident opens the door, or
// closes it to those who have a token.
func (n *node) watchPublishers(ctx context.Context) error {
	if n.c.Publishers == "" {
		return nil
	}
	file := n.c.path(n.c.Publishers)
	known := n.c.known
	tick := time.NewTicker(publishersCheck)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		i, err := os.Stat(file)
		if err != nil || i.ModTime().Equal(known.at) && i.Size() == known.size {
			continue
		}
		known.at, known.size = i.ModTime(), i.Size()
		list, err := checkPublishers(n.c)
		if err != nil {
			n.log.Error("publishers not taken up; the ones before stay", "err", err)
			continue
		}
		known.Set(list)
		n.store.broker.Recheck(func(grant string) bool { return known.HasGrant(grant) || grant == anyone && !known.Configured() })
		n.log.Info("publishers taken up", "file", file, "publishers", len(list))
	}
}
