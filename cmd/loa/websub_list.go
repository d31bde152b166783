package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"loa/ingest/websub"
	"loa/internal/broker"
)

func (a *app) websubCommand() *cobra.Command {
	c := &cobra.Command{Use: "websub", Short: "Subscriptions at the hubs of sources", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(&cobra.Command{
		Use: "list", Short: "Each source with a hub: where it stands, the lease, and why", Args: cobra.NoArgs,
		Long: `List the sources that name a hub (WebSub), with the phase of the subscription:
none, pending, active, renewing, denied, dead or leaving; whether the hub is relied
on, so that the source is polled more rarely; the end of the lease, the last push
that counted, when the hub is asked next, and the reason of what is not as it
should be. The running server is asked; without one the data folder is opened, or
the NATS server that the configuration names.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			list, err := a.askHubs(cmd.Context(), &cfg)
			if err != nil {
				return err
			}
			if cfg.callback() == "" {
				fmt.Fprintln(a.stderr, "hubs cannot reach this server: set base_url or websub.callback to a public address")
			}
			return a.printHubs(list, time.Now())
		},
	})
	return c
}

func (a *app) askHubs(ctx context.Context, cfg *Config) (list []websub.Report, err error) {
	b, closeBroker, err := openBroker(ctx, cfg, logger(a.stderr, cfg.Log))
	if errors.Is(err, broker.ErrLocked) {
		_, err = askAdmin(ctx, cfg, http.MethodGet, "/api/websub", &list)
		return list, err
	}
	if err != nil {
		return nil, err
	}
	defer closeBroker()
	return websub.Reports(ctx, websub.NewBucket(b.JS, broker.BucketHubs), time.Now())
}

// listHubs is GET /api/websub of the admin API.
func (n *node) listHubs(w http.ResponseWriter, r *http.Request) {
	list, err := websub.Reports(r.Context(), websub.NewBucket(n.store.broker.JS, broker.BucketHubs), time.Now())
	answerJSON(w, list, err)
}

func (a *app) printHubs(list []websub.Report, now time.Time) error {
	if a.json {
		for _, r := range list {
			if err := a.printJSON(r); err != nil {
				return err
			}
		}
		return nil
	}
	if len(list) == 0 {
		_, err := fmt.Fprintln(a.stdout, "no source has a hub")
		return err
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SOURCE\tPHASE\tALIVE\tLEASE ENDS\tLAST PUSH\tASKED NEXT\tHUB")
	for _, r := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Source, r.Phase, map[bool]string{true: "yes", false: "no"}[r.Alive],
			ahead(r.Ends, now), ago(r.LastPing, now), ahead(r.Next, now), dash(plain(r.Hub)))
		if r.Topic != "" {
			fmt.Fprintf(w, "\ttopic %s\n", plain(r.Topic))
		}
		if r.Reason != "" {
			fmt.Fprintf(w, "\t%s\n", plain(r.Reason))
		}
		if r.Failures > 0 {
			fmt.Fprintf(w, "\tasked %d times in a row for nothing\n", r.Failures)
		}
		if !r.Ends.IsZero() && !r.Signed {
			fmt.Fprintf(w, "\tits pushes are not signed: each is only a reason to poll\n")
		}
	}
	return w.Flush()
}
