package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"loa/feeds"
	"loa/feeds/citation"
	"loa/feeds/explain"
	"loa/feeds/vntext"
	"loa/ingest/dead"
	"loa/ingest/dropped"
	"loa/ingest/identify"
	"loa/ingest/poll"
	"loa/internal/broker"
)

// explained is the answer of the journal and the library, with what never reached
// them.
type explained struct {
	explain.Answer
	// Dead are the refused messages, and Dropped the items kept out by rules, that
	// name what was asked for.
	Dead    []dead.Letter  `json:"dead"`
	Dropped []dropped.Drop `json:"dropped"`
	// Sources are those with faults; only given where nothing is known.
	Sources []faultySource `json:"sources"`
	// Held are the sources that brought it, or kept it out, and are or were held.
	Held []heldSource `json:"held,omitempty"`
}

type heldSource struct {
	ID string `json:"id"`
	poll.Hold
}

type faultySource struct {
	ID     string   `json:"id"`
	Code   string   `json:"code,omitempty"`
	Error  string   `json:"error,omitempty"`
	Faults []string `json:"faults,omitempty"`
}

func (a *app) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use: "explain URL|GUID|ID|NUMBER", Short: "Where an article came from, and why it is or is not here", Args: cobra.ExactArgs(1),
		Long: `Say of an article where it came from, each step, and where it is shown or why not.
It is named by the address of its page, its GUID, its id as feeds show it (or the
address of its page here), its publisher's number (or UNIT/NUMBER), or the number
of an official document, for the articles that bring it out or cite it. Of what is
not known, the dead letters and drops that name it are shown, also by words of the
title, and the sources that have faults. Exit code 1 if nothing is known at all.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			e, err := a.askExplain(cmd.Context(), &cfg, args[0])
			if err != nil {
				return err
			}
			if a.json {
				err = a.printJSON(e)
			} else {
				err = a.printExplained(&e)
			}
			if err == nil && !e.Known && len(e.Dead) == 0 && len(e.Dropped) == 0 {
				return errSaid
			}
			return err
		},
	}
}

func (a *app) askExplain(ctx context.Context, cfg *Config, text string) (e explained, err error) {
	log := logger(a.stderr, cfg.Log)
	s, err := openStore(ctx, cfg, log)
	if errors.Is(err, broker.ErrLocked) {
		_, err = askAdmin(ctx, cfg, http.MethodGet, "/api/explain?"+url.Values{"q": {text}}.Encode(), &e)
		return e, err
	}
	if err != nil {
		return e, err
	}
	defer s.close()
	if err := s.library.Fill(ctx, s.journal); err != nil {
		return e, err
	}
	sources, err := cfg.sources()
	if err != nil {
		return e, fmt.Errorf("%w: %w", errUsage, err)
	}
	door := poll.New(s.broker.JS, nil, nil, nil, poll.Options{Bucket: broker.BucketSources, Log: log})
	door.SetSources(sources)
	return s.explain(ctx, cfg, door, text)
}

// maxQuestion bounds what may be asked for, in bytes.
const maxQuestion = 4096

// explainHTTP is GET /api/explain?q= of the admin API.
func (n *node) explainHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query().Get("q")
	if strings.TrimSpace(q) == "" || len(q) > maxQuestion {
		http.Error(w, "ask with q=: an address, a GUID, an id or a number", http.StatusBadRequest)
		return
	}
	e, err := n.store.explain(r.Context(), n.c, n.poll, q)
	answerJSON(w, e, err)
}

func (s *store) explain(ctx context.Context, cfg *Config, door *poll.Door, text string) (e explained, err error) {
	e.Dead, e.Dropped, e.Sources = []dead.Letter{}, []dropped.Drop{}, []faultySource{}
	reports, err := door.Reports(ctx)
	if err != nil {
		return e, err
	}
	q, err := s.question(ctx, text, reports)
	if err != nil {
		return e, err
	}
	q.Items = cfg.Feeds.Items
	if e.Answer, err = explain.Explain(ctx, s.journal, s.library, q); err != nil {
		return e, err
	}
	names := newNames(q.Text, e.Articles)
	letters := dead.New(s.broker.JS, broker.StreamDead, broker.SubjectDead)
	// All of them, since a letter does not say outside of its bytes whom it names;
	// the newest first, and no further than to enough.
	stretch := []dead.Letter{}
	enough := func() bool {
		e.Dead, stretch = lastOf(append(stretch, e.Dead...), mostNamed), []dead.Letter{}
		return len(e.Dead) == mostNamed
	}
	err = letters.Back(ctx, dead.Filter{}, lettersAtOnce, func() bool { return !enough() }, func(l dead.Letter) error {
		if names.letter(&l) {
			stretch = lastOf(append(stretch, l), mostNamed)
		}
		return nil
	})
	enough() // with the last stretch
	if err != nil {
		return e, err
	}
	drops := dropped.New(s.broker.JS, broker.StreamDropped, broker.SubjectDropped, nil)
	err = drops.Each(ctx, "", func(d dropped.Drop) error {
		d.Article = nil
		if names.match(d.Unit, d.Number, d.URL, d.GUID, d.Title) {
			e.Dropped = lastOf(append(e.Dropped, d), mostNamed)
		}
		return nil
	})
	e.Held = heldSources(&e, reports)
	if err != nil || e.Known {
		return e, err
	}
	for _, r := range reports {
		if r.State.Error != "" || len(r.State.Faults) > 0 {
			e.Sources = append(e.Sources, faultySource{r.ID, r.State.Code, r.State.Error, r.State.Faults})
		}
	}
	return e, nil
}

// heldSources are those that matter to the answer.
func heldSources(e *explained, reports []poll.Report) (out []heldSource) {
	for _, r := range reports {
		h := r.State.LastHold()
		if h == nil {
			continue
		}
		brought := func(a explain.Article) bool {
			return (a.Quiet || h.To.IsZero()) && slices.ContainsFunc(a.Channels, func(c explain.Channel) bool { return c.Door == feeds.DoorPoll && c.Source == r.ID })
		}
		kept := func(d dropped.Drop) bool { return d.Source == r.ID && d.List == dropped.ListFlood }
		if slices.ContainsFunc(e.Articles, brought) || slices.ContainsFunc(e.Dropped, kept) {
			out = append(out, heldSource{r.ID, *h})
		}
	}
	return out
}

const (
	// lettersAtOnce are read, in ids, before it is looked whether they are enough.
	lettersAtOnce = 5000
	// mostNamed bounds the letters and drops of an answer.
	mostNamed = 20
)

func lastOf[T any](list []T, n int) []T { return list[max(0, len(list)-n):] }

var articleID = regexp.MustCompile(`^[a-z2-7]{16}$`)

// question is everything that the text may mean.
func (s *store) question(ctx context.Context, text string, sources []poll.Report) (explain.Question, error) {
	text = strings.TrimSpace(text)
	q := explain.Question{Text: text}
	last := text[strings.LastIndexAny(text, "/:")+1:]
	if id := strings.TrimSuffix(last, ".json"); articleID.MatchString(id) {
		q.ID = id
	}
	q.Keys = identify.Keys(identify.Item{URL: text})
	for _, r := range sources {
		q.Keys = append(q.Keys, identify.Keys(identify.Item{Source: r.ID, GUID: text})...)
	}
	if unit, number, ok := strings.Cut(text, "/"); ok && feeds.CheckUnit(unit) == nil {
		q.Keys = append(q.Keys, identify.Keys(identify.Item{Unit: unit, Number: number})...)
	}
	listed, err := s.library.Feeds(ctx)
	if err != nil {
		return q, err
	}
	for _, f := range listed {
		if unit, ok := strings.CutPrefix(f.Path, "units/"); ok && !strings.Contains(unit, "/") {
			q.Keys = append(q.Keys, identify.Keys(identify.Item{Unit: unit, Number: text})...)
		}
	}
	if c, ok := citation.ParseNumber(text); ok {
		q.Document = c.Path()
	}
	return q, nil
}

// names are what letters and drops may call what was asked for.
type names struct {
	texts, urls, numbers []string // numbers as unit/number
	words                string
}

func newNames(text string, articles []explain.Article) *names {
	n := &names{texts: []string{text}}
	add := func(u string) {
		if c := identify.CanonicalURL(u); c != "" {
			n.urls = append(n.urls, c)
		}
	}
	add(text)
	for _, a := range articles {
		add(a.URL)
		if a.Number != "" {
			n.numbers = append(n.numbers, a.Unit+"/"+a.Number)
		}
	}
	if n.words = vntext.KeyNoMarks(text); len(n.words) < 4 {
		n.words = ""
	}
	return n
}

func (n *names) match(unit, number, address, guid, title string) bool {
	if c := identify.CanonicalURL(address); c != "" && slices.Contains(n.urls, c) {
		return true
	}
	for _, v := range []string{number, guid, address, unit + "/" + number} {
		if v != "" && v != "/" && slices.Contains(n.texts, v) {
			return true
		}
	}
	return number != "" && slices.Contains(n.numbers, unit+"/"+number) || n.words != "" && strings.Contains(vntext.KeyNoMarks(title), n.words)
}

// letter reads what it can of a message that was refused, perhaps for its form.
func (n *names) letter(l *dead.Letter) bool {
	type named struct {
		Number json.RawMessage `json:"number"`
		URL    string          `json:"url"`
		Title  string          `json:"title"`
	}
	var e struct {
		named
		Data named `json:"data"`
	}
	_ = json.Unmarshal(l.Bytes, &e) // what was read until the fault is of use too
	for _, v := range []named{e.named, e.Data} {
		if n.match(l.Unit(), strings.Trim(string(v.Number), `"`), v.URL, "", v.Title) {
			return true
		}
	}
	return len(n.texts[0]) >= 8 && strings.Contains(string(l.Bytes), n.texts[0])
}

func (a *app) printExplained(e *explained) error {
	w := &lines{w: a.stdout}
	for i := range e.Articles {
		if i > 0 {
			w.line("")
		}
		w.article(&e.Articles[i])
	}
	if d := e.Document; d != nil {
		w.line("document %s", d.Number)
		for _, m := range d.Publishes {
			w.line("  brought out by %s  %s  %s  %s", m.ID, m.Unit, m.Title, m.URL)
		}
		for _, m := range d.Cites {
			w.line("  cited by       %s  %s  %s  %s", m.ID, m.Unit, m.Title, m.URL)
		}
		if d.More {
			w.line("  and by more")
		}
	}
	if !e.Known {
		w.line("not known here: %s", e.Query)
	}
	for i := range e.Dead {
		l := &e.Dead[i]
		w.line("refused %s, dead letter %d (%s): %s", local(l.Refused), l.ID, l.Code, l.Reason)
	}
	for _, d := range e.Dropped {
		if d.List == dropped.ListFlood {
			w.line("refused of source %s %s (flood): %s: %s", d.Source, local(d.Time), d.Reason, d.Title)
			continue
		}
		w.line("kept out of source %s %s by the rules (%s %d): %s: %s", d.Source, local(d.Time), d.List, d.Rule, d.Reason, d.Title)
	}
	for _, h := range e.Held {
		w.line("source %s %s", h.ID, heldWords(&h.Hold))
	}
	for _, s := range e.Sources {
		w.line("source %s has faults: %s", s.ID, strings.Join(append(s.Faults, strings.Fields(s.Code)...), "; "))
	}
	return w.err
}

// lines prints lines whose foreign parts cannot steer the terminal.
type lines struct {
	w   interface{ Write(b []byte) (int, error) }
	err error
}

func (s *lines) line(format string, args ...any) {
	if _, err := fmt.Fprintln(s.w, strings.TrimRight(plain(fmt.Sprintf(format, args...)), " ")); err != nil && s.err == nil {
		s.err = err
	}
}

func (s *lines) article(x *explain.Article) {
	s.line("article %s: %s", x.ID, x.Title)
	if x.AskedAs != "" {
		s.line("  %s was joined to it", x.AskedAs)
	}
	for _, id := range x.Joined {
		if id != x.AskedAs {
			s.line("  joined to it: %s", id)
		}
	}
	s.line("  unit %s, revision %d, first seen %s", x.Unit, x.Revision, local(x.FirstSeen))
	s.line("  published %s (%s)", local(x.Published), x.Precision)
	if x.Quiet {
		s.line("  quiet: it is no news, since its source was held when it was first seen")
	}
	for _, k := range x.Keys {
		s.line("  key %s", k)
	}
	for _, c := range x.Channels {
		late := ""
		if c.Delay != nil {
			late = ", " + delayWords(*c.Delay)
		}
		s.line("  came by %s, received %s%s", join(string(c.Door), c.Source), local(c.Received), late)
	}
	for _, r := range x.Records {
		what := string(r.Kind)
		if r.Correction {
			what += " as a correction"
		}
		s.line("  %d  %s  revision %d, %s, by %s", r.Position, local(r.Received), r.Revision, what, join(string(r.Door), r.Source, r.EventID))
		if r.Reason != "" {
			s.line("      reason: %s", r.Reason)
		}
		for _, c := range r.Changes {
			if c.Before == "" && c.After == "" {
				s.line("      %s changed", c.Field)
			} else {
				s.line("      %s: %q -> %q", c.Field, c.Before, c.After)
			}
		}
	}
	if x.Damage != "" {
		s.line("  the journal cannot be read: %s", x.Damage)
	}
	for _, f := range x.Feeds {
		below := ""
		if !f.Shown {
			below = ", below those that are shown"
		}
		s.line("  %s: no. %d of %d%s", f.Path, f.Rank, f.Of, below)
	}
	if x.Hidden != "" {
		s.line("  not shown: %s", x.Hidden)
	}
}

// join puts blanks between the words that there are.
func join(words ...string) string { return strings.Join(strings.Fields(strings.Join(words, " ")), " ") }

func delayWords(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second)).Round(time.Second)
	if d < 0 {
		return (-d).String() + " before its publication"
	}
	return d.String() + " after its publication"
}
