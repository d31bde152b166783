package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"loa/feeds"
	"loa/feeds/library"
	"loa/ingest"
	"loa/ingest/poll"
	"loa/ingest/rules"
)

// sourceRoutes adds what can be done with sources to the admin API. The media type
// application/json is demanded so that no page in a browser can post here.
//
//	POST /api/sources/{id}/poll  makes it due now
//	POST /api/sources/test       a source; what a poll of it would bring
func (n *node) sourceRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /api/sources/{id}/poll", fromPrograms(n.pollSource))
	mux.HandleFunc("POST /api/sources/test", fromPrograms(n.testSource))
	n.holdRoutes(mux)
}

func fromPrograms(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if t, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); t != "application/json" {
			http.Error(w, "send application/json", http.StatusUnsupportedMediaType)
			return
		}
		next(w, r)
	}
}

func (n *node) pollSource(w http.ResponseWriter, r *http.Request) {
	err := n.poll.PollNow(r.Context(), r.PathValue("id"))
	var closed *poll.HostClosedError
	switch {
	case errors.Is(err, poll.ErrUnknownSource):
		http.Error(w, err.Error(), http.StatusNotFound)
	case errors.Is(err, poll.ErrUnderWay): // what was asked for happens
		w.WriteHeader(http.StatusAccepted)
	case errors.Is(err, poll.ErrNotActive), errors.As(err, &closed):
		http.Error(w, err.Error(), http.StatusConflict)
	case err != nil:
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	default:
		w.WriteHeader(http.StatusAccepted)
	}
}

// maxSource bounds the description of a source, in bytes.
const maxSource = 64 << 10

func (n *node) testSource(w http.ResponseWriter, r *http.Request) {
	var s poll.Source
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxSource))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		http.Error(w, "decode source: "+err.Error(), http.StatusBadRequest)
		return
	}
	if err := s.Validate(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	wanted, err := rules.Compile(n.c.Rules)
	if err != nil {
		http.Error(w, "rules: "+err.Error(), http.StatusInternalServerError)
		return
	}
	pipe := ingest.New(&poll.Dry{Reader: n.store.journal}, n.store.library, ingest.Options{Log: n.log, Rules: wanted})
	p, err := poll.Look(r.Context(), s, n.client, pipe, time.Now())
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	if r, err := n.poll.Report(r.Context(), s.ID); err == nil && r.URL == s.URL {
		p.Weigh(&r.State, time.Now())
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(p)
}

// errNoServer says that there is no server to ask.
var errNoServer = errors.New("no server answers")

// askServer posts to the running server; its refusal is an error with its words.
func askServer(ctx context.Context, c *Config, path string, body []byte) ([]byte, error) {
	if c.Admin == "" {
		return nil, fmt.Errorf("%w: admin is not set", errNoServer)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.Admin+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w at http://%s: %w", errNoServer, c.Admin, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return nil, fmt.Errorf("read the server's answer: %w", err)
	}
	if res.StatusCode >= 300 {
		return nil, errors.New(cmp.Or(strings.TrimSpace(string(b)), res.Status))
	}
	return b, nil
}

func (a *app) sourcesPoll() *cobra.Command {
	var wait time.Duration
	c := &cobra.Command{
		Use: "poll ID", Short: "Poll a source now, on the running server", Args: cobra.ExactArgs(1),
		Long: `Poll a source now, on the running server, and say how it went. A source that is
being polled is not polled twice; one that answered 410 is taken up again. A host
that asked to be left alone (Retry-After) is left alone. Exit code 1 if the poll
failed.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			before, err := askStatus(cmd.Context(), &cfg, args[0])
			if err != nil {
				return err
			}
			if _, err := askServer(cmd.Context(), &cfg, "/api/sources/"+args[0]+"/poll", []byte("{}")); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), wait)
			defer cancel()
			for {
				r, err := askStatus(ctx, &cfg, args[0])
				if err == nil && r.State.Polls > before.State.Polls && r.State.Holder == "" {
					if err := a.printStatuses([]poll.Report{r}, time.Now()); err != nil || r.State.Code == "" {
						return err
					}
					return errSaid
				}
				select {
				case <-time.After(100 * time.Millisecond):
				case <-ctx.Done():
					return fmt.Errorf("%s is due, but has not been polled within %s; see `loa sources list`", args[0], wait)
				}
			}
		},
	}
	c.Flags().DurationVar(&wait, "wait", time.Minute, "how long to wait for it")
	return c
}

func askStatus(ctx context.Context, c *Config, id string) (poll.Report, error) {
	list, err := askStatuses(ctx, c)
	if err != nil {
		return poll.Report{}, fmt.Errorf("%w at http://%s: %w", errNoServer, c.Admin, err)
	}
	i := slices.IndexFunc(list, func(r poll.Report) bool { return r.ID == id })
	if i < 0 {
		return poll.Report{}, fmt.Errorf("no source %q; see `loa sources list`", id)
	}
	return list[i], nil
}

// noUnit stands for the publisher where none was named.
const noUnit = "00000"

func (a *app) sourcesTest() *cobra.Command {
	var s poll.Source
	var onPage pageFlags
	c := &cobra.Command{
		Use: "test URL|ID", Short: "Show what a poll would bring, and store nothing", Args: cobra.ExactArgs(1),
		Long: `Show what a poll of an address, or of a configured source, would bring: each item
with what would become of it and why, its date and its unit. Nothing is stored.
The running server is asked, since it knows what is there already; without one,
every item counts as new. A page without a feed is read by CSS selectors (--item and
the like), and what each of them matched is said; with --full-text the pages of the
first articles are read too. Exit code 1 if the source cannot be read.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			defined, err := cfg.sources()
			if err != nil {
				return err
			}
			if i := slices.IndexFunc(defined, func(d poll.Source) bool { return d.ID == args[0] || d.URL == args[0] }); i >= 0 {
				s = defined[i]
			} else {
				s.URL = args[0]
				s.ID, s.Unit = cmp.Or(idFor(s.URL), "x"), cmp.Or(s.Unit, noUnit)
			}
			onPage.apply(&s)
			if err := s.Validate(); err != nil {
				return fmt.Errorf("%w: %w", errUsage, err)
			}
			p, err := a.look(cmd.Context(), &cfg, s)
			if err != nil {
				return err
			}
			if a.json {
				err = a.printJSON(p)
			} else {
				a.printPreview(&p)
			}
			if err == nil && p.Code != "" {
				err = errSaid
			}
			return err
		},
	}
	c.Flags().StringVar(&s.Unit, "unit", "", "GSO code of the publisher")
	c.Flags().StringVar(&s.Category, "category", "", "category of its articles")
	c.Flags().StringVar(&s.Zone, "zone", "", "offset of dates without one (default +07:00)")
	c.Flags().StringVar(&s.Order, "order", "", "order of dates such as 10/2/2026: dmy or mdy (default dmy)")
	c.Flags().StringVar(&s.Dates, "dates", "", "day: its times of day mean nothing")
	onPage.on(c)
	return c
}

// look asks the server, or else looks itself.
func (a *app) look(ctx context.Context, c *Config, s poll.Source) (p poll.Preview, err error) {
	b, err := json.Marshal(s)
	if err != nil {
		return p, err
	}
	b, err = askServer(ctx, c, "/api/sources/test", b)
	if err == nil {
		return p, json.Unmarshal(b, &p)
	}
	if !errors.Is(err, errNoServer) {
		return p, err
	}
	fmt.Fprintf(a.stderr, "no server answers at http://%s: what is there already is not known\n", c.Admin)
	wanted, err := rules.Compile(c.Rules)
	if err != nil {
		return p, fmt.Errorf("%w: rules: %w", errUsage, err)
	}
	client, err := openClient(c)
	if err != nil {
		return p, err
	}
	defer client.Close()
	return poll.Look(ctx, s, client, ingest.New(&poll.Dry{}, emptyLibrary{}, ingest.Options{Rules: wanted}), time.Now())
}

// emptyLibrary knows no article.
type emptyLibrary struct{}

func (emptyLibrary) Find(context.Context, []string) ([]library.State, error) { return nil, nil }
func (emptyLibrary) Position() uint64                                        { return 0 }
func (emptyLibrary) WaitFor(context.Context, uint64) error                   { return nil }

func (a *app) printPreview(p *poll.Preview) {
	w := a.stdout
	unit := p.Source.Unit
	if unit == noUnit {
		unit = "not given; see --unit"
	}
	if p.Code != "" {
		fmt.Fprintf(w, "nothing to take: %s: %s\n", p.Code, p.Error)
		printMatches(w, p)
		return
	}
	fmt.Fprintf(w, "%s  %s\n  unit %s  site %s  usual gap %s  can be asked for changes: %s\n",
		p.Kind, p.Title, unit, dash(p.Site), dash(p.Rhythm), map[bool]string{true: "yes", false: "no"}[p.Validators])
	if p.Moved != "" {
		fmt.Fprintf(w, "  moved for good to %s\n", p.Moved)
	}
	if p.MonthFirst {
		fmt.Fprintln(w, "  its dates are read month first, as they prove; set order to dmy if that is wrong")
	}
	if p.Flood != "" {
		fmt.Fprintf(w, "  a poll would hold the source for a flood: %s\n", p.Flood)
	}
	if p.Held != nil {
		fmt.Fprintf(w, "  the source %s\n", heldWords(p.Held))
	}
	printMatches(w, p)
	counts := map[string]int{}
	for _, it := range p.Items {
		counts[it.Result]++
		date := "no date"
		if it.Published != nil {
			date = it.Published.In(feeds.Zone).Format(time.RFC3339) + " (" + string(it.Precision) + ")"
		}
		fmt.Fprintf(w, "\n%-9s %s\n  %s\n  %s  from %q\n  %s\n", it.Result, it.Title, it.Why, date, it.PublishedRaw, dash(cmp.Or(it.URL, it.GUID)))
		if it.Text != nil {
			fmt.Fprintf(w, "  text: %s\n", it.Text.Why)
		}
	}
	for _, f := range p.Faults {
		fmt.Fprintf(w, "\nfault %s\n", f)
	}
	fmt.Fprintf(w, "\n%d items:", len(p.Items))
	for _, r := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(w, " %d %s", counts[r], r)
	}
	fmt.Fprintln(w)
}
