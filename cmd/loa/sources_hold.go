package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"loa/feeds"
	"loa/feeds/library"
	"loa/ingest"
	"loa/ingest/dropped"
	"loa/ingest/poll"
	"loa/ingest/rules"
	"loa/internal/broker"
)

// What becomes, at a release, of what a source showed as new while it was held.
const (
	asQuiet  = "quiet"
	asNews   = "news"
	asRefuse = "refuse"
)

// released says what a release does, or would do.
type released struct {
	Source string `json:"source"`
	As     string `json:"as"`
	// Done is false where nothing was changed.
	Done bool `json:"done"`
	// Held is the hold that ends, or the last one that ended; absent if the source
	// was never held.
	Held *poll.Hold `json:"held,omitempty"`
	// Quiet were taken in quietly while it was held and still are quiet, Refused
	// kept out. Unkept of these can only be taken if the next poll shows them.
	Quiet   int `json:"quiet"`
	Refused int `json:"refused"`
	Unkept  int `json:"refused_unkept,omitempty"`
	// Oldest and Newest are their dates of publication.
	Oldest *time.Time `json:"oldest,omitempty"`
	Newest *time.Time `json:"newest,omitempty"`
	// News is how many become news, and Head how many of these stand among the
	// articles that the feed of their unit shows.
	News int `json:"news"`
	Head int `json:"head"`
	// Titles are the first few, the newest first.
	Titles []string `json:"titles"`
}

// someTitles is how many titles a report names.
const someTitles = 5

// keeper holds and releases sources.
type keeper struct {
	store *store
	door  *poll.Door
	pipe  *ingest.Pipeline
	items int // that a feed shows
}

func (n *node) keeper() *keeper {
	return &keeper{n.store, n.poll, n.pipe, n.c.Feeds.Items}
}

// openKeeper is for when no server has the data folder.
func openKeeper(ctx context.Context, cfg *Config, log *slog.Logger) (*keeper, error) {
	wanted, err := rules.Compile(cfg.Rules)
	if err != nil {
		return nil, fmt.Errorf("%w: rules: %w", errUsage, err)
	}
	sources, err := cfg.sources()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	s, err := openStore(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	if err := s.library.Fill(ctx, s.journal); err != nil {
		s.close()
		return nil, err
	}
	door := poll.New(s.broker.JS, nil, nil, nil, poll.Options{Bucket: broker.BucketSources, Log: log})
	door.SetSources(sources)
	return &keeper{s, door, ingest.New(s.journal, s.library, ingest.Options{Log: log, Rules: wanted}), cfg.Feeds.Items}, nil
}

// release ends a source's hold; dry only says what that would do. It may be done
// again after it was cut short: the hold ends last.
func (k *keeper) release(ctx context.Context, id, as string, dry bool) (v released, err error) {
	r, err := k.door.Report(ctx, id)
	if err != nil {
		return v, err
	}
	v = released{Source: id, As: as, Held: r.State.LastHold(), Titles: []string{}}
	if v.Held == nil {
		return v, nil
	}
	quiet, err := k.quiet(ctx, id, v.Held)
	if err != nil {
		return v, err
	}
	drops := dropped.New(k.store.broker.JS, broker.StreamDropped, broker.SubjectDropped, nil)
	var refused []dropped.Drop
	err = drops.Each(ctx, id, func(d dropped.Drop) error {
		if d.List == dropped.ListFlood {
			refused = append(refused, d)
		}
		return nil
	})
	if err != nil {
		return v, err
	}
	if err := k.survey(ctx, &v, quiet, refused); err != nil || dry {
		return v, err
	}
	if as == asNews {
		for i := range quiet {
			if _, err := k.pipe.Announce(ctx, quiet[i].ID, id, time.Now()); err != nil {
				return v, err
			}
		}
	}
	if as != asRefuse {
		if err := k.readmit(ctx, &r.Source, drops, refused, as == asQuiet); err != nil {
			return v, err
		}
	}
	_, err = k.door.Release(ctx, id, as == asRefuse)
	v.Done = err == nil
	return v, err
}

// quiet are the articles that the source brought while it was held and that are
// quiet still, the newest first. It reads the whole library: releases are rare.
func (k *keeper) quiet(ctx context.Context, id string, h *poll.Hold) (out []feeds.Record, err error) {
	err = k.store.library.Each(ctx, func(st library.State) error {
		r := &st.Record
		if r.Quiet && !r.IsWithdrawn() && h.Covers(r.FirstSeen) && broughtBy(r, id) {
			out = append(out, st.Record)
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b feeds.Record) int { return b.SortTime().Compare(a.SortTime()) })
	return out, err
}

// broughtBy reports whether an article was seen in the source: of one that several
// show, its GUID there tells.
func broughtBy(r *feeds.Record, id string) bool {
	return r.Provenance.Source == id || r.Version.Source == id ||
		slices.ContainsFunc(r.Keys, func(key string) bool { return strings.HasPrefix(key, "guid:"+id+":") })
}

// survey counts.
func (k *keeper) survey(ctx context.Context, v *released, quiet []feeds.Record, refused []dropped.Drop) error {
	v.Quiet, v.Refused = len(quiet), len(refused)
	all := slices.Clone(quiet)
	for _, d := range refused {
		if d.Article == nil {
			v.Unkept++
			continue
		}
		all = append(all, feeds.Record{Article: *d.Article, FirstSeen: d.Time})
	}
	slices.SortStableFunc(all, func(a, b feeds.Record) int { return b.SortTime().Compare(a.SortTime()) })
	shown := map[string]time.Time{} // by unit: from when on its feed shows
	for i := range all {
		r := &all[i]
		if t := r.PublishedAt().In(feeds.Zone); r.Article.Published.Known() {
			if v.Newest == nil || t.After(*v.Newest) {
				v.Newest = &t
			}
			if v.Oldest == nil || t.Before(*v.Oldest) {
				v.Oldest = &t
			}
		}
		if len(v.Titles) < someTitles {
			v.Titles = append(v.Titles, r.Article.Title)
		}
		if v.As != asNews {
			continue
		}
		v.News++
		unit := r.Article.Unit
		from, ok := shown[unit]
		if !ok {
			var err error
			if from, err = k.shownFrom(ctx, unit); err != nil {
				return err
			}
			shown[unit] = from
		}
		if r.SortTime().After(from) {
			v.Head++
		}
	}
	v.Head = min(v.Head, k.items)
	return nil
}

// shownFrom is the time of the oldest article that a unit's feed shows now; zero if
// there is room for more.
func (k *keeper) shownFrom(ctx context.Context, unit string) (time.Time, error) {
	f, err := k.store.library.Feed(ctx, feeds.Selector{Kind: "units", Unit: unit}.Path(), k.items)
	if errors.Is(err, library.ErrNotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	loud := slices.DeleteFunc(f.Records, func(r feeds.Record) bool { return r.Quiet })
	if len(loud) < k.items {
		return time.Time{}, nil
	}
	return loud[len(loud)-1].SortTime(), nil
}

// readmit takes what was refused. What a rule keeps out now stays a drop.
func (k *keeper) readmit(ctx context.Context, s *poll.Source, drops *dropped.Drops, refused []dropped.Drop, quiet bool) error {
	set, err := rules.Compile(s.Rules)
	if err != nil {
		return fmt.Errorf("rules of %s: %w", s.ID, err)
	}
	for i := range refused {
		in, ok := poll.Refused(s, &refused[i], quiet, time.Now())
		if !ok {
			continue
		}
		in.Rules = set
		_, err := k.pipe.Ingest(ctx, in)
		var no *ingest.Refused
		if errors.As(err, &no) {
			continue
		}
		if err == nil {
			err = drops.Remove(ctx, s.ID, refused[i].Key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// holdRoutes adds to the admin API, of type application/json:
//
//	POST /api/sources/{id}/hold     {"policy": "quiet"}
//	POST /api/sources/{id}/release  {"as": "quiet", "dry_run": true}
func (n *node) holdRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /api/sources/{id}/hold", jsonOnly(func(w http.ResponseWriter, r *http.Request) {
		var q holdRequest
		if decodeSmall(w, r, &q) {
			v, err := n.poll.Hold(r.Context(), r.PathValue("id"), q.Policy)
			answerHold(w, v, err)
		}
	}))
	mux.HandleFunc("POST /api/sources/{id}/release", jsonOnly(func(w http.ResponseWriter, r *http.Request) {
		var q releaseRequest
		if decodeSmall(w, r, &q) {
			if !slices.Contains([]string{asQuiet, asNews, asRefuse}, q.As) {
				http.Error(w, "as is one of quiet, news, refuse", http.StatusBadRequest)
				return
			}
			v, err := n.keeper().release(r.Context(), r.PathValue("id"), q.As, q.DryRun)
			answerHold(w, v, err)
		}
	}))
}

type holdRequest struct {
	Policy poll.Policy `json:"policy"`
}

type releaseRequest struct {
	As     string `json:"as"`
	DryRun bool   `json:"dry_run"`
}

func decodeSmall(w http.ResponseWriter, r *http.Request, v any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxSource)).Decode(v); err != nil {
		http.Error(w, "decode request: "+err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

func answerHold(w http.ResponseWriter, v any, err error) {
	if errors.Is(err, poll.ErrUnknownSource) {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	answerJSON(w, v, err)
}

func (a *app) sourcesHold() *cobra.Command {
	var policy string
	c := &cobra.Command{
		Use: "hold ID", Short: "Make no news of what a source shows as new, until it is released", Args: cobra.ExactArgs(1),
		Long: `Hold a source: from now on its new articles are no news. With the policy quiet they
are taken in, found and archived, but stand in no feed of the newest; with refuse
they are kept out, and listed by ` + "`loa sources drops`" + `. What is known already goes on
as usual. A source that floods (its site was rebuilt, its ids or dates renewed) is
held by itself; such a hold ends by itself when the source has been calm for an
hour. One by this command ends by ` + "`loa sources release`" + ` alone.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			q := holdRequest{poll.Policy(policy)}
			if err := q.Policy.Validate(); err != nil {
				return fmt.Errorf("%w: --policy: %w", errUsage, err)
			}
			r, err := atKeeper(cmd.Context(), a, "/api/sources/"+args[0]+"/hold", q, func(k *keeper) (poll.Report, error) {
				return k.door.Hold(cmd.Context(), args[0], q.Policy)
			})
			if err != nil {
				return err
			}
			return a.printStatuses([]poll.Report{r}, time.Now())
		},
	}
	c.Flags().StringVar(&policy, "policy", "", "quiet or refuse (default: the source's own, else quiet)")
	return c
}

func (a *app) sourcesRelease() *cobra.Command {
	var q releaseRequest
	var yes bool
	c := &cobra.Command{
		Use: "release ID", Short: "End the hold of a source, after showing what that does", Args: cobra.ExactArgs(1),
		Long: `End the hold of a source. Without --yes, or with --dry-run, it only says what would
happen. What was taken or refused while the source was held becomes, with --as

  quiet   quiet articles: they are kept, and stay no news (the default)
  news    news: those that were taken quietly too
  refuse  what it is: refused ones stay out for good, quiet ones stay quiet

From then on what is new is news. After a hold that ended by itself, --as news still
makes news of what it kept quiet.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains([]string{asQuiet, asNews, asRefuse}, q.As) {
				return fmt.Errorf("%w: --as is %q; one of quiet, news, refuse", errUsage, q.As)
			}
			q.DryRun = q.DryRun || !yes
			v, err := atKeeper(cmd.Context(), a, "/api/sources/"+args[0]+"/release", q, func(k *keeper) (released, error) {
				return k.release(cmd.Context(), args[0], q.As, q.DryRun)
			})
			if err != nil {
				return err
			}
			return a.printReleased(&v, q.DryRun)
		},
	}
	c.Flags().StringVar(&q.As, "as", asQuiet, "quiet, news or refuse")
	c.Flags().BoolVar(&q.DryRun, "dry-run", false, "only say what would happen")
	c.Flags().BoolVar(&yes, "yes", false, "do it")
	return c
}

// atKeeper does it here, or has the running server do it.
func atKeeper[T any](ctx context.Context, a *app, path string, request any, here func(*keeper) (T, error)) (v T, err error) {
	cfg, err := a.config()
	if err != nil {
		return v, err
	}
	k, err := openKeeper(ctx, &cfg, logger(a.stderr, cfg.Log))
	if errors.Is(err, broker.ErrLocked) {
		b, err := json.Marshal(request)
		if err != nil {
			return v, err
		}
		_, err = sendAdmin(ctx, &cfg, http.MethodPost, path, bytes.NewReader(b), &v)
		return v, err
	}
	if err != nil {
		return v, err
	}
	defer k.store.close()
	return here(k)
}

func (a *app) printReleased(v *released, dry bool) error {
	if a.json {
		return a.printJSON(v)
	}
	w := &lines{w: a.stdout}
	if v.Held == nil {
		w.line("%s is not held, and never was", v.Source)
		return w.err
	}
	w.line("%s %s", v.Source, heldWords(v.Held))
	w.line("  taken quietly %d, refused %d%s", v.Quiet, v.Refused, spanWords(v))
	for _, t := range v.Titles {
		w.line("    %s", t)
	}
	if n := v.Quiet + v.Refused - v.Unkept - len(v.Titles); n > 0 {
		w.line("    and %d more", n)
	}
	if v.Unkept > 0 && v.As != asRefuse {
		w.line("  of %d refused ones the text was not kept: they come if the next poll shows them", v.Unkept)
	}
	become := map[string]string{
		asQuiet:  "they stay quiet; what is new from then on is news",
		asNews:   fmt.Sprintf("%d become news; %d of them stand among the newest of their unit", v.News, v.Head),
		asRefuse: "the refused ones stay out, the quiet ones quiet; what is new from then on is news",
	}[v.As]
	if dry {
		w.line("  released as %s: %s", v.As, become)
		w.line("nothing was changed; do it with --yes")
	} else {
		w.line("  released as %s: %s", v.As, become)
	}
	return w.err
}

func spanWords(v *released) string {
	if v.Oldest == nil {
		return ""
	}
	return fmt.Sprintf(", published %s to %s", v.Oldest.In(feeds.Zone).Format(time.DateOnly), v.Newest.In(feeds.Zone).Format(time.DateOnly))
}

// heldWords says of a hold who holds, since when and why.
func heldWords(h *poll.Hold) string {
	by := map[string]string{poll.ByGuard: "the flood guard", poll.ByOperator: "the operator"}[h.By]
	if h.To.IsZero() {
		return fmt.Sprintf("is held by %s since %s (%s): %s", by, local(h.Since), h.Policy, h.Why)
	}
	return fmt.Sprintf("was held by %s from %s to %s (%s): %s", by, local(h.Since), local(h.To), h.Policy, h.Why)
}
