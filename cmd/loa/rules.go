package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"loa/feeds"
	"loa/feeds/library"
	"loa/ingest/dropped"
	"loa/ingest/poll"
	"loa/ingest/rules"
	"loa/internal/broker"
)

// sieveName names the rules for everything by what they say.
func sieveName(list []rules.Rule) string {
	if len(list) == 0 {
		return ""
	}
	b, _ := json.Marshal(list) // strings alone
	return string(b)
}

func (a *app) rulesCommand() *cobra.Command {
	c := &cobra.Command{Use: "rules", Short: "Try the rules that keep articles out", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(a.rulesTest())
	return c
}

// trial asks which articles rules would have kept out.
type trial struct {
	All     []rules.Rule            `json:"all"`
	Sources map[string][]rules.Rule `json:"sources"`
	// Source is the only one that is asked about; empty: all articles.
	Source string `json:"source,omitempty"`
	Limit  int    `json:"limit"`
}

// sifted is what they would have kept out.
type sifted struct {
	Articles int        `json:"articles"` // that were tried
	Blocked  int        `json:"blocked"`
	List     []keptAway `json:"list"`
}

type keptAway struct {
	ID     string `json:"id"`
	Unit   string `json:"unit"`
	Title  string `json:"title"`
	URL    string `json:"url,omitempty"`
	Source string `json:"source,omitempty"`
	List   string `json:"rules"`
	Rule   int    `json:"rule"`
	Reason string `json:"reason"`
}

func (a *app) rulesTest() *cobra.Command {
	t := trial{Sources: map[string][]rules.Rule{}}
	var dry bool
	c := &cobra.Command{
		Use: "test", Short: "What the rules would have kept out of the library", Args: cobra.NoArgs,
		Long: `Try the rules of the configuration and of the sources on the articles that are in
the library. Nothing changes: rules are about what comes in. A running server is
asked; it tries the rules as they stand in the files now.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			sources, err := cfg.sources()
			if err != nil {
				return fmt.Errorf("%w: %w", errUsage, err)
			}
			known := t.Source == ""
			for _, s := range sources {
				known = known || s.ID == t.Source
				if len(s.Rules) > 0 {
					t.Sources[s.ID] = s.Rules
				}
			}
			if !known {
				return fmt.Errorf("%w: there is no source %q; see `loa sources list`", errUsage, t.Source)
			}
			if t.Limit < 1 {
				return fmt.Errorf("%w: --limit is %d; at least 1", errUsage, t.Limit)
			}
			t.All = cfg.Rules
			v, err := a.tryRules(cmd.Context(), &cfg, t)
			if err != nil {
				return err
			}
			return a.printSifted(v)
		},
	}
	c.Flags().StringVar(&t.Source, "source", "", "only articles of this source")
	c.Flags().IntVar(&t.Limit, "limit", defaultLimit, "list at most so many")
	c.Flags().BoolVar(&dry, "dry-run", true, "change nothing; it never does")
	return c
}

func (a *app) tryRules(ctx context.Context, cfg *Config, t trial) (sifted, error) {
	s, err := openStore(ctx, cfg, logger(a.stderr, cfg.Log))
	if errors.Is(err, broker.ErrLocked) {
		b, err := json.Marshal(t)
		if err != nil {
			return sifted{}, fmt.Errorf("encode rules: %w", err)
		}
		var v sifted
		_, err = sendAdmin(ctx, cfg, http.MethodPost, "/api/rules/test", bytes.NewReader(b), &v)
		return v, err
	}
	if err != nil {
		return sifted{}, err
	}
	defer s.close()
	if err := s.library.Fill(ctx, s.journal); err != nil {
		return sifted{}, err
	}
	return sift(ctx, s.library, t)
}

// sift tries the rules on every article that is shown.
func sift(ctx context.Context, l *library.Library, t trial) (sifted, error) {
	v := sifted{List: []keptAway{}}
	all, err := rules.Compile(t.All)
	if err != nil {
		return v, fmt.Errorf("%w: rules: %w", errUsage, err)
	}
	own := map[string]*rules.Set{}
	for id, list := range t.Sources {
		if own[id], err = rules.Compile(list); err != nil {
			return v, fmt.Errorf("%w: source %q: rules: %w", errUsage, id, err)
		}
	}
	err = l.Each(ctx, func(st library.State) error {
		r := &st.Record
		source := ""
		if r.Provenance.Door == feeds.DoorPoll {
			source = r.Provenance.Source
		}
		if r.IsWithdrawn() || t.Source != "" && source != t.Source {
			return nil
		}
		v.Articles++
		list, d := dropped.ListSource, own[source].Evaluate(&r.Article)
		if !d.Blocked {
			list, d = dropped.ListAll, all.Evaluate(&r.Article)
		}
		if !d.Blocked {
			return nil
		}
		if v.Blocked++; v.Blocked <= t.Limit {
			v.List = append(v.List, keptAway{r.ID, r.Article.Unit, r.Article.Title, r.Article.URL, source, list, d.Rule, d.Reason})
		}
		return nil
	})
	return v, err
}

func (a *app) printSifted(v sifted) error {
	if a.json {
		return a.printJSON(v)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	if len(v.List) > 0 {
		fmt.Fprintln(w, "UNIT\tRULE\tREASON\tTITLE\tURL")
	}
	for _, k := range v.List {
		fmt.Fprintf(w, "%s\t%s %d\t%s\t%s\t%s\n", k.Unit, k.List, k.Rule, plain(k.Reason), plain(k.Title), plain(k.URL))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "%d of %d articles would have been kept out; nothing was changed\n", v.Blocked, v.Articles)
	return err
}

func (a *app) sourcesDrops() *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use: "drops [ID]", Short: "Items that rules or a hold kept out, with the reason, newest first", Args: cobra.MaximumNArgs(1),
		Long: `List the items of a source, or of all sources, that a rule kept out, or that were
refused while the source was held (flood), each once, with the reason. They are kept for thirty days. Events that a rule keeps out are dead
letters: see ` + "`loa dead list --code blocked`.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 {
				return fmt.Errorf("%w: --limit is %d; at least 1", errUsage, limit)
			}
			cfg, err := a.config()
			if err != nil {
				return err
			}
			source := ""
			if len(args) > 0 {
				source = args[0]
			}
			p, err := a.askDrops(cmd.Context(), &cfg, source, limit)
			if err != nil {
				return err
			}
			return a.printDrops(p)
		},
	}
	c.Flags().IntVar(&limit, "limit", defaultLimit, "at most so many")
	return c
}

// dropPage is a list of drops in the admin API.
type dropPage struct {
	Drops []dropped.Drop `json:"drops"`
	More  bool           `json:"more"`
}

func (a *app) askDrops(ctx context.Context, cfg *Config, source string, limit int) (p dropPage, err error) {
	b, closeBroker, err := openBroker(ctx, cfg, logger(a.stderr, cfg.Log))
	if errors.Is(err, broker.ErrLocked) {
		q := url.Values{"source": {source}, "limit": {strconv.Itoa(limit)}}
		_, err = askAdmin(ctx, cfg, http.MethodGet, "/api/drops?"+q.Encode(), &p)
		return p, err
	}
	if err != nil {
		return p, err
	}
	defer closeBroker()
	p.Drops, p.More, err = dropped.New(b.JS, broker.StreamDropped, broker.SubjectDropped, nil).List(ctx, source, limit)
	return p, err
}

func (a *app) printDrops(p dropPage) error {
	if a.json {
		for _, d := range p.Drops {
			if err := a.printJSON(d); err != nil {
				return err
			}
		}
	} else {
		w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
		if len(p.Drops) > 0 {
			fmt.Fprintln(w, "SOURCE\tDROPPED\tRULE\tREASON\tTITLE\tURL")
		}
		for _, d := range p.Drops {
			rule := fmt.Sprintf("%s %d", d.List, d.Rule)
			if d.List == dropped.ListFlood {
				rule = d.List
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", d.Source, local(d.Time), rule, plain(d.Reason), plain(d.Title), plain(d.URL))
		}
		if err := w.Flush(); err != nil {
			return err
		}
		if len(p.Drops) == 0 {
			fmt.Fprintln(a.stdout, "no drops")
		}
	}
	if p.More {
		fmt.Fprintf(a.stderr, "there are more than these %d; see --limit\n", len(p.Drops))
	}
	return nil
}

// drops are those of the node's broker.
func (n *node) drops() *dropped.Drops {
	return dropped.New(n.store.broker.JS, broker.StreamDropped, broker.SubjectDropped, nil)
}

// dropRoutes adds GET /api/drops?source=&limit= to the admin API.
func dropRoutes(mux *http.ServeMux, d *dropped.Drops) {
	mux.HandleFunc("GET /api/drops", func(w http.ResponseWriter, r *http.Request) {
		limit := defaultLimit
		if v := r.URL.Query().Get("limit"); v != "" {
			var err error
			if limit, err = strconv.Atoi(v); err != nil || limit < 1 {
				http.Error(w, "limit is a number, at least 1", http.StatusBadRequest)
				return
			}
		}
		list, more, err := d.List(r.Context(), r.URL.Query().Get("source"), limit)
		answerJSON(w, dropPage{list, more}, err)
	})
}

// trialBytes bounds the rules that are tried.
const trialBytes = 16 << 20

// testRules is the trial in a running server.
func (n *node) testRules(w http.ResponseWriter, r *http.Request) {
	var t trial
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, trialBytes)).Decode(&t); err != nil || t.Limit < 1 {
		http.Error(w, "send the rules to try as JSON", http.StatusBadRequest)
		return
	}
	v, err := sift(r.Context(), n.store.library, t)
	if errors.Is(err, errUsage) {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answerJSON(w, v, err)
}

var _ poll.Drops = (*dropped.Drops)(nil)
