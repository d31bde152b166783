package main

import (
	"cmp"
	"context"
	"encoding/json"
	"encoding/xml"
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
	"loa/ingest/poll"
	"loa/ingest/poll/decode"
	"loa/internal/safehttp"
)

func (a *app) sourcesCommand() *cobra.Command {
	c := &cobra.Command{Use: "sources", Short: "List, add and import the feeds that are polled", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(a.sourcesList(), a.sourcesAdd(), a.sourcesImport(), a.sourcesDrops())
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
	case s.Polls == 0:
		return "waiting"
	case s.Code != "":
		return "failing"
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
				Failures: s.State.Failures, Code: s.State.Code, Error: s.State.Error, Faults: s.State.Faults, Polls: s.State.Polls}
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
		for _, f := range s.State.Faults {
			fmt.Fprintf(w, "\t\t%s\n", f)
		}
	}
	return w.Flush()
}

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
	c := &cobra.Command{
		Use: "add URL --unit CODE", Short: "Add a feed to the sources file", Args: cobra.ExactArgs(1),
		Long: `Add a feed to the sources file, after it was fetched and read once. A running
server takes the file up within seconds.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			s.URL = args[0]
			s.ID = cmp.Or(s.ID, idFor(s.URL))
			if err := s.Validate(); err != nil {
				return fmt.Errorf("%w: %w", errUsage, err)
			}
			title := ""
			if !unchecked {
				f, err := fetchFeed(cmd.Context(), &cfg, s.URL, decode.Options{Now: time.Now()})
				if err != nil {
					return fmt.Errorf("%s cannot be read as a feed: %w; add it all the same with --unchecked", s.URL, err)
				}
				title = fmt.Sprintf(" (%s, %d items)", f.Title, len(f.Items))
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
	c.Flags().StringVar(&s.Zone, "zone", "", "offset of dates without one (default +07:00)")
	c.Flags().StringVar(&s.Order, "order", "", "order of dates such as 10/2/2026: dmy or mdy (default dmy)")
	c.Flags().BoolVar(&unchecked, "unchecked", false, "do not fetch it first")
	return c
}

func (a *app) sourcesImport() *cobra.Command {
	var unit string
	c := &cobra.Command{
		Use: "import FILE|-", Short: "Import sources from YAML or OPML", Args: cobra.ExactArgs(1),
		Long: `Import sources from a YAML list or from OPML. In OPML an outline's attribute
"unit" is the GSO code of its publisher; --unit is for those without. What cannot
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
			list, err := readList(b, unit)
			if err != nil {
				return fmt.Errorf("%w: %s: %w", errUsage, args[0], err)
			}
			added, refused, err := addSources(&cfg, list)
			if err != nil {
				return err
			}
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

// readList reads YAML or OPML.
func readList(b []byte, unit string) ([]poll.Source, error) {
	if t := strings.TrimSpace(strings.TrimPrefix(string(b), "\ufeff")); strings.HasPrefix(t, "<") {
		return readOPML(t, unit)
	}
	var list []poll.Source
	if err := strictYAML(b, &list); err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Unit = cmp.Or(list[i].Unit, unit)
	}
	return list, nil
}

// outline is an OPML outline. Attribute names are compared without case: tools
// write xmlUrl and xmlurl.
type outline struct {
	Attrs    []xml.Attr `xml:",any,attr"`
	Outlines []outline  `xml:"outline"`
}

func (o *outline) attr(name string) string {
	for _, a := range o.Attrs {
		if strings.EqualFold(a.Name.Local, name) {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

func readOPML(text, unit string) ([]poll.Source, error) {
	var doc struct {
		XMLName  xml.Name  `xml:"opml"`
		Outlines []outline `xml:"body>outline"`
	}
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict = false
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("read OPML: %w", err)
	}
	var out []poll.Source
	var walk func(list []outline, depth int)
	walk = func(list []outline, depth int) {
		for _, o := range list {
			if u := o.attr("xmlUrl"); u != "" && !strings.EqualFold(o.attr("isComment"), "true") {
				s := poll.Source{URL: u, Unit: cmp.Or(o.attr("unit"), unit), ID: cmp.Or(o.attr("id"), idFor(u)), Category: o.attr("category")}
				if d, err := time.ParseDuration(o.attr("interval")); err == nil {
					s.Interval = d
				}
				out = append(out, s)
			}
			if depth < 20 {
				walk(o.Outlines, depth+1)
			}
		}
	}
	walk(doc.Outlines, 0)
	return out, nil
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

// fetchFeed gets and decodes a feed through the guarded client.
func fetchFeed(ctx context.Context, c *Config, address string, o decode.Options) (*decode.Feed, error) {
	client, err := openClient(c)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	res, err := client.Do(ctx, &safehttp.Request{URL: address})
	if err != nil {
		return nil, err
	}
	if res.Status != http.StatusOK {
		return nil, fmt.Errorf("it answers %d %s", res.Status, http.StatusText(res.Status))
	}
	o.URL = res.URL
	o.ContentType = cmp.Or(o.ContentType, res.Header.Get("Content-Type"))
	return decode.Decode(res.Body, o)
}
