package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"loa/cmd/loa/demo"
	"loa/ingest/poll"
	"loa/internal/broker"
)

func (a *app) runCommand() *cobra.Command {
	var data, listen, role string
	var pretend bool
	c := &cobra.Command{
		Use:   "run",
		Short: "Run the server",
		Long: `Run the server: take events and poll sources, keep the journal, serve feeds.
Without a configuration everything runs in this process; nothing else is needed.
One line with the address is printed when it is ready.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loadConfig(a.configFile, a.getenv)
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("data") {
				abs, err := filepath.Abs(data)
				if err != nil {
					return err
				}
				cfg.Data = abs
			}
			if cmd.Flags().Changed("listen") {
				cfg.Listen = listen
			}
			r, err := parseRoles(role)
			if err != nil {
				return err
			}
			if pretend && !cmd.Flags().Changed("data") && a.configFile == "" && a.getenv("LOA_DATA") == "" {
				// A demonstration leaves nothing behind and disturbs nothing.
				dir, err := os.MkdirTemp("", "loa-demo-")
				if err != nil {
					return fmt.Errorf("make folder for the demo: %w", err)
				}
				defer os.RemoveAll(dir)
				cfg.Data = dir
			}
			if err := cfg.validate(); err != nil {
				return err
			}
			return a.serve(cmd.Context(), &cfg, r, pretend)
		},
	}
	c.Flags().StringVar(&data, "data", "", "folder of the journal and the library (over the configuration's)")
	c.Flags().StringVar(&listen, "listen", "", "public `HOST:PORT` (over the configuration's)")
	c.Flags().StringVar(&role, "roles", "", "what this node does: ingest,publish,web (default all)")
	c.Flags().BoolVar(&pretend, "demo", false, "add a pretend portal with three communes, in this process")
	return c
}

func (a *app) serve(ctx context.Context, cfg *Config, r roles, pretend bool) error {
	log := logger(a.stderr, cfg.Log)
	var portal *demoPortal
	if pretend {
		var err error
		if portal, err = newDemoPortal(); err != nil {
			return err
		}
		defer portal.listener.Close()
		cfg.Outgoing.Allow = append(cfg.Outgoing.Allow, "127.0.0.0/8")
		cfg.Sources = SourcesConfig{List: portal.sources()}
	} else if _, err := cfg.sources(); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	n, err := newNode(ctx, cfg, r, log)
	if err != nil {
		return err
	}
	defer n.close()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return n.Run(ctx) })
	g.Go(func() error {
		select {
		case <-n.ready:
			return a.announce(n)
		case <-ctx.Done():
			return nil
		}
	})
	if portal != nil {
		g.Go(func() error { return serve(ctx, portal.listener, portal.Handler()) })
		g.Go(func() error { return portal.run(ctx, n) })
	}
	err = g.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// announce prints the one line that says that the server is ready.
func (a *app) announce(n *node) error {
	address := ""
	if n.public != nil {
		address = "http://" + n.public.Addr().String() + "/"
	}
	if a.json {
		v := map[string]string{"ready": address}
		if n.admin != nil {
			v["admin"] = "http://" + n.admin.Addr().String() + "/"
		}
		if u := n.store.broker.ClientURL(); u != "" {
			v["nats"] = u
		}
		return a.printJSON(v)
	}
	if address == "" {
		address = "(no web role)"
	}
	_, err := fmt.Fprintln(a.stdout, "loa is ready:", address)
	return err
}

// demoPortal is the pretend portal with a place to be polled at. Everything after
// it is the real thing.
type demoPortal struct {
	*demo.Portal
	listener net.Listener
}

func newDemoPortal() (*demoPortal, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the demo: %w", err)
	}
	p := demo.New(demo.Options{Now: time.Now, BaseURL: "http://" + l.Addr().String(), Seed: uint64(time.Now().UnixNano())})
	return &demoPortal{p, l}, nil
}

func (p *demoPortal) sources() []poll.Source {
	var out []poll.Source
	for _, s := range p.Sources("http://" + p.listener.Addr().String()) {
		out = append(out, poll.Source{ID: s.ID, URL: s.URL, Unit: s.Unit, Category: s.Category, Interval: s.Interval})
	}
	return out
}

// run sends the portal's events as any CMS would.
func (p *demoPortal) run(ctx context.Context, n *node) error {
	select {
	case <-n.ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	return p.Run(ctx, func(ctx context.Context, unit string, event []byte) error {
		m := nats.NewMsg(broker.SubjectEvents + "." + unit)
		m.Data = event
		_, err := n.store.broker.JS.PublishMsg(ctx, m)
		return err
	})
}
