package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"loa/feeds"
	"loa/ingest/clean"
	"loa/ingest/poll"
	"loa/ingest/poll/discover"
	"loa/ingest/poll/opml"
)

func (a *app) sourcesCommand() *cobra.Command {
	c := &cobra.Command{Use: "sources", Short: "List, add, import, export, test, poll, hold and release the feeds that are polled", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(a.sourcesList(), a.sourcesAdd(), a.sourcesImport(), a.sourcesDrops(), a.sourcesExport(), a.sourcesTest(), a.sourcesPoll(), a.sourcesHold(), a.sourcesRelease())
	return c
}

func (a *app) sourcesList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Sources with their health, next poll and last error", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			list, err := askStatuses(cmd.Context(), &cfg)
			if err != nil {
				defined, derr := cfg.sources()
				if derr != nil {
					return derr
				}
				fmt.Fprintf(a.stderr, "no server answers at http://%s (%v): health is not known\n", cfg.Admin, err)
				for _, s := range defined {
					list = append(list, poll.Report{Source: s})
				}
			}
			return a.printStatuses(list, time.Now())
		},
	}
}

// askStatuses asks the running server.
func askStatuses(ctx context.Context, c *Config) ([]poll.Report, error) {
	if c.Admin == "" {
		return nil, errors.New("admin is not set")
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.Admin+"/api/sources", nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, errors.New(res.Status)
	}
	var list []poll.Report
	return list, json.NewDecoder(res.Body).Decode(&list)
}

// health is a source's state in a word.
func health(r poll.Report, now time.Time) string {
	s := r.State
	if status := r.StatusAt(now); status != poll.Active {
		return string(status)
	}
	switch {
	case !s.Gone.IsZero():
		return "gone"
	case s.HostClosed.After(now):
		return "resting"
	case s.Polls == 0:
		return "waiting"
	case s.Code != "":
		return "failing"
	case s.Held != nil:
		return "held"
	case len(s.Faults) > 0:
		return "faulty"
	}
	return "ok"
}

// sourceLine is a source in the output for programs.
type sourceLine struct {
	poll.Source
	Health   string     `json:"health"`
	Items    int        `json:"items"`
	Interval string     `json:"interval,omitempty"`
	Learned  string     `json:"learned_interval,omitempty"`
	LastPoll *time.Time `json:"last_poll,omitempty"`
	LastOK   *time.Time `json:"last_ok,omitempty"`
	NextPoll *time.Time `json:"next_poll,omitempty"`
	Failures int        `json:"failures"`
	Code     string     `json:"code,omitempty"`
	Error    string     `json:"error,omitempty"`
	Faults   []string   `json:"faults,omitempty"`
	Polls    uint64     `json:"polls"`
	// EffectiveURL is where it is asked after permanent redirects.
	EffectiveURL string         `json:"effective_url,omitempty"`
	Proposal     *poll.Proposal `json:"proposal,omitempty"`
	GoneSince    *time.Time     `json:"gone_since,omitempty"`
	HostClosed   *time.Time     `json:"host_closed_until,omitempty"`
	// Held is set while its new articles are no news; WasHeld is the last such time.
	Held *poll.Hold `json:"held,omitempty"`
	// LearnedOrder is mdy where its dates prove that the month comes first.
	LearnedOrder string     `json:"learned_order,omitempty"`
	WasHeld      *poll.Hold `json:"was_held,omitempty"`
}

func (a *app) printStatuses(list []poll.Report, now time.Time) error {
	if a.json {
		known := func(t time.Time) *time.Time {
			if t.IsZero() {
				return nil
			}
			t = t.In(feeds.Zone)
			return &t
		}
		for _, s := range list {
			line := sourceLine{Source: s.Source, Health: health(s, now), Items: s.State.Items, Interval: s.Floor().String(),
				LastPoll: known(s.State.LastPoll), LastOK: known(s.State.LastOK), NextPoll: known(s.State.Next),
				Failures: s.State.Failures, Code: s.State.Code, Error: s.State.Error, Faults: s.State.Faults, Polls: s.State.Polls,
				EffectiveURL: s.State.URL, Proposal: s.State.Proposal, GoneSince: known(s.State.Gone), HostClosed: known(s.State.HostClosed),
				Held: s.State.Held, WasHeld: s.State.Guard.Was}
			if s.Order == "" && s.State.Order.MonthFirst() {
				line.LearnedOrder = "mdy"
			}
			if s.State.Interval > 0 {
				line.Learned = s.State.Interval.String()
			}
			if err := a.printJSON(line); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tUNIT\tHEALTH\tITEMS\tLAST POLL\tNEXT\tURL")
	for _, s := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", s.ID, s.Unit, health(s, now), s.State.Items, ago(s.State.LastPoll, now), ahead(s.State.Next, now), s.URL)
		if s.State.Error != "" {
			fmt.Fprintf(w, "\t\t%s (%d in a row)\n", s.State.Error, s.State.Failures)
		}
		if until := s.State.HostClosed; until.After(now) {
			fmt.Fprintf(w, "\t\tits host asked to be left alone until %s\n", until.In(feeds.Zone).Format(time.RFC3339))
		}
		if u := s.State.URL; u != "" {
			fmt.Fprintf(w, "\t\tasked at %s: its address redirects there for good\n", u)
		}
		if p := s.State.Proposal; p != nil {
			fmt.Fprintf(w, "\t\tperhaps %s: %s\n", p.URL, p.Why)
		}
		if h := s.State.LastHold(); h != nil && (h.To.IsZero() || now.Sub(h.To) < heldNote) {
			fmt.Fprintf(w, "\t\t%s\n", heldWords(h))
		}
		if p := s.State.Pages; p != nil && len(p.Owed) > 0 {
			fmt.Fprintf(w, "\t\t%d articles have but a summary yet; their pages are still to be read (%s: %s)\n", len(p.Owed), p.Owed[0].Article.URL, p.Owed[0].Why)
		}
		if o := s.State.Order; s.Order == "" && o.MonthFirst() {
			fmt.Fprintf(w, "\t\tits dates are read month first: %d of them can be nothing else; set order to dmy if that is wrong\n", o.Month)
		}
		for _, f := range s.State.Faults {
			fmt.Fprintf(w, "\t\t%s\n", f)
		}
	}
	return w.Flush()
}

// heldNote is how long a hold that has ended is still worth a line.
const heldNote = 7 * 24 * time.Hour

func ago(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return now.Sub(t).Round(time.Second).String() + " ago"
}

func ahead(t, now time.Time) string {
	switch {
	case t.IsZero():
		return "-"
	case t.Before(now):
		return "now"
	}
	return "in " + t.Sub(now).Round(time.Second).String()
}

func (a *app) sourcesAdd() *cobra.Command {
	var s poll.Source
	var unchecked bool
	var onPage pageFlags
	c := &cobra.Command{
		Use: "add URL --unit CODE", Short: "Add a feed to the sources file", Args: cobra.ExactArgs(1),
		Long: `Add a feed to the sources file, after it was fetched and read once. A running
server takes the file up within seconds. If the address is a page, the feeds that
it names are looked for: a single one is added, several are listed, with exit code
1, for you to choose from. A page without a feed is added with --item and the other
selectors, which ` + "`loa sources test`" + ` tries.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			s.URL = args[0]
			s.ID = cmp.Or(s.ID, idFor(s.URL))
			onPage.apply(&s)
			if err := s.Validate(); err != nil {
				return fmt.Errorf("%w: %w", errUsage, err)
			}
			title := ""
			if s.Page != nil && !unchecked {
				if title, err = thePage(cmd.Context(), &cfg, s); err != nil {
					return err
				}
			} else if !unchecked {
				f, err := a.theFeed(cmd.Context(), &cfg, s.URL)
				if err != nil {
					return err
				}
				if !f.Page && !cmd.Flags().Changed("id") {
					s.ID = idFor(f.URL)
				}
				s.URL = f.URL
				if err := s.Validate(); err != nil {
					return fmt.Errorf("%w: %w", errUsage, err)
				}
				title = fmt.Sprintf(" (%s, %d items)", clean.Plain(f.Title), f.Items)
			}
			added, refused, err := addSources(&cfg, []poll.Source{s})
			if err != nil {
				return err
			}
			for _, r := range refused {
				return fmt.Errorf("%w: %w", errUsage, r)
			}
			if a.json {
				return a.printJSON(added[0])
			}
			fmt.Fprintf(a.stdout, "added %s%s\n", s.ID, title)
			return nil
		},
	}
	c.Flags().StringVar(&s.ID, "id", "", "id of the source (default: from its address)")
	c.Flags().StringVar(&s.Unit, "unit", "", "GSO code of the publisher")
	c.Flags().StringVar(&s.Category, "category", "", "category of its articles")
	c.Flags().DurationVar(&s.Interval, "interval", 0, "least time between two polls (default 5m)")
	c.Flags().DurationVar(&s.Longest, "ceiling", 0, "most time between two polls that its rhythm and its hints make (default four times the interval, an hour at most)")
	c.Flags().DurationVar(&s.Gap, "gap", 0, "least time between two requests to its host (default 1s)")
	c.Flags().StringVar(&s.Zone, "zone", "", "offset of dates without one (default +07:00)")
	c.Flags().StringVar(&s.Order, "order", "", "order of dates such as 10/2/2026: dmy or mdy (default dmy)")
	onPage.on(c)
	c.Flags().BoolVar(&unchecked, "unchecked", false, "do not fetch it first")
	return c
}

// theFeed finds the one feed that an address means: itself, or what the page names.
func (a *app) theFeed(ctx context.Context, c *Config, address string) (discover.Found, error) {
	client, err := openClient(c)
	if err != nil {
		return discover.Found{}, err
	}
	defer client.Close()
	found, err := discover.Find(ctx, client, address, discover.Options{Guess: true, Pause: 200 * time.Millisecond, Now: time.Now()})
	if err != nil {
		return discover.Found{}, fmt.Errorf("%s cannot be read as a feed: %w; add it all the same with --unchecked", address, err)
	}
	if len(found) == 1 {
		return found[0], nil
	}
	for _, f := range found {
		if a.json {
			_ = a.printJSON(map[string]any{"url": f.URL, "title": clean.Plain(f.Title), "kind": f.Kind, "items": f.Items, "named_by": f.From})
			continue
		}
		fmt.Fprintf(a.stdout, "%s  %s, %d items (%s)\n", f.URL, clean.Plain(f.Title), f.Items, f.Kind)
	}
	return discover.Found{}, fmt.Errorf("%s has %d feeds; add the ones that you mean by their addresses", address, len(found))
}

func (a *app) sourcesExport() *cobra.Command {
	var asOPML bool
	c := &cobra.Command{
		Use: "export", Short: "Print the sources as YAML or OPML", Args: cobra.NoArgs,
		Long: `Print the configured sources as YAML, or with --opml as OPML 2.0, where each key of
a source is an attribute of its outline. Both can be imported again without loss.`,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			list, err := cfg.sources()
			if err != nil {
				return err
			}
			switch {
			case asOPML:
				return opml.Write(a.stdout, "Nguồn tin của loa", time.Now(), list)
			case a.json:
				for _, s := range list {
					if err := a.printJSON(s); err != nil {
						return err
					}
				}
				return nil
			case len(list) == 0:
				_, err = fmt.Fprintln(a.stdout, "[]")
				return err
			}
			b, err := yaml.Marshal(list)
			if err != nil {
				return fmt.Errorf("encode sources: %w", err)
			}
			_, err = a.stdout.Write(b)
			return err
		},
	}
	c.Flags().BoolVar(&asOPML, "opml", false, "as OPML 2.0")
	return c
}

func (a *app) sourcesImport() *cobra.Command {
	var unit string
	c := &cobra.Command{
		Use: "import FILE|-", Short: "Import sources from YAML or OPML", Args: cobra.ExactArgs(1),
		Long: `Import sources from a YAML list or from OPML. In OPML an outline's attribute
"unit" is the GSO code of its publisher; --unit is for those without. The other
keys of a source are attributes too, as ` + "`loa sources export --opml`" + ` writes them. What cannot
be taken is listed, and the exit code is then 3.`,
		RunE: func(_ *cobra.Command, args []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			in, _, err := a.input(args)
			if err != nil {
				return err
			}
			defer in.Close()
			b, err := io.ReadAll(io.LimitReader(in, 32<<20))
			if err != nil {
				return fmt.Errorf("read %s: %w", args[0], err)
			}
			list, unread, err := readList(b, unit)
			if err != nil {
				return fmt.Errorf("%w: %s: %w", errUsage, args[0], err)
			}
			added, refused, err := addSources(&cfg, list)
			if err != nil {
				return err
			}
			refused = append(unread, refused...)
			for _, s := range added {
				if a.json {
					_ = a.printJSON(s)
				}
			}
			for _, r := range refused {
				fmt.Fprintln(a.stderr, "refused:", strings.ReplaceAll(r.Error(), "\n", "; "))
			}
			if !a.json {
				fmt.Fprintf(a.stdout, "added %d, refused %d\n", len(added), len(refused))
			}
			switch {
			case len(refused) > 0 && len(added) == 0:
				return errSaid
			case len(refused) > 0:
				return errSomeRefused
			}
			return nil
		},
	}
	c.Flags().StringVar(&unit, "unit", "", "GSO code for outlines that have none")
	return c
}

// readList reads YAML or OPML; refused is what could not be read of single outlines.
func readList(b []byte, unit string) (list []poll.Source, refused []error, err error) {
	if t := bytes.TrimLeft(b, "\ufeff \t\r\n"); bytes.HasPrefix(t, []byte("<")) {
		list, refused, err = opml.Read(t, idFor)
	} else {
		err = strictYAML(b, &list)
	}
	for i := range list {
		list[i].Unit = cmp.Or(list[i].Unit, unit)
	}
	return list, refused, err
}

// idFor makes an id from an address: host and path as a slug.
func idFor(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	p := strings.TrimSuffix(u.Path, path.Ext(u.Path))
	id := feeds.Slug(strings.TrimPrefix(u.Hostname(), "www.") + "-" + p + "-" + u.RawQuery)
	if len(id) > 64 {
		id = strings.Trim(id[:64], "-")
	}
	return id
}

// addSources appends to the sources file. What is there stays as it is, comments
// included.
func addSources(c *Config, list []poll.Source) (added []poll.Source, refused []error, err error) {
	if c.Sources.File == "" && len(c.Sources.List) > 0 {
		return nil, nil, errors.New("the sources stand in the configuration itself; put them into a file and write `sources: sources.yaml`")
	}
	if c.Sources.File == "" {
		return nil, nil, errors.New("no sources file is configured; write `sources: sources.yaml` into the configuration, or set LOA_SOURCES")
	}
	file := c.path(c.Sources.File)
	have, err := readSources(file)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range list {
		switch {
		case s.Validate() != nil:
			refused = append(refused, s.Validate())
		case slices.ContainsFunc(have, func(h poll.Source) bool { return h.ID == s.ID }):
			refused = append(refused, fmt.Errorf("source %q: the id is there already; give another with --id", s.ID))
		case slices.ContainsFunc(have, func(h poll.Source) bool { return h.URL == s.URL }):
			refused = append(refused, fmt.Errorf("source %q: %s is there already", s.ID, s.URL))
		default:
			have, added = append(have, s), append(added, s)
		}
	}
	if len(added) == 0 {
		return nil, refused, nil
	}
	b, err := yaml.Marshal(added)
	if err != nil {
		return nil, nil, fmt.Errorf("encode sources: %w", err)
	}
	old, err := os.ReadFile(file) //nolint:gosec // the operator's own file
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, nil, fmt.Errorf("read sources: %w", err)
	}
	if strings.TrimSpace(string(old)) == "[]" {
		old = nil
	}
	if len(old) > 0 && !strings.HasSuffix(string(old), "\n") {
		old = append(old, '\n')
	}
	return added, refused, replaceFile(file, append(old, b...))
}

// replaceFile writes beside the file and renames, so that a running server never
// reads half of it.
func replaceFile(file string, b []byte) error {
	tmp := file + ".new"
	if err := os.WriteFile(tmp, b, 0o600); err != nil { //nolint:gosec // the operator's own file
		return fmt.Errorf("write %s: %w", file, err)
	}
	if i, err := os.Stat(file); err == nil {
		_ = os.Chmod(tmp, i.Mode())
	}
	if err := os.Rename(tmp, file); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}
