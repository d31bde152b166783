package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"loa/feeds"
	"loa/ingest/dead"
	"loa/internal/broker"
)

func (a *app) deadCommand() *cobra.Command {
	c := &cobra.Command{Use: "dead", Short: "List, read, replay and drop refused messages", Args: cobra.NoArgs,
		Long: `What was refused is kept as a dead letter, with the reason, the bytes and the
headers. An ID is the letter's sequence in the stream LOA_DEAD. The commands ask
the running server; without one they open the data folder, or the NATS server
that the configuration names.`,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(a.deadList(), a.deadShow(), a.deadReplay(), a.deadDrop())
	return c
}

// letterBox is where letters are: on a broker that this process has open, or
// behind the admin address of a running server.
type letterBox interface {
	List(ctx context.Context, f dead.Filter, limit int) ([]dead.Letter, bool, error)
	IDs(ctx context.Context, f dead.Filter) ([]uint64, error)
	Get(ctx context.Context, id uint64) (dead.Letter, error)
	Replay(ctx context.Context, id uint64) (uint64, error)
	Drop(ctx context.Context, id uint64) error
}

var (
	_ letterBox = (*dead.Letters)(nil)
	_ letterBox = adminLetters{}
)

// withLetters opens the letters for as long as f runs.
func (a *app) withLetters(ctx context.Context, f func(letterBox) error) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	b, closeBroker, err := openBroker(ctx, &cfg, logger(a.stderr, cfg.Log))
	if errors.Is(err, broker.ErrLocked) {
		return f(adminLetters{&cfg})
	}
	if err != nil {
		return err
	}
	defer closeBroker()
	return f(dead.New(b.JS, broker.StreamDead, broker.SubjectDead))
}

// defaultLimit bounds a list that nobody bounded.
const defaultLimit = 1000

func (a *app) deadList() *cobra.Command {
	var f dead.Filter
	var since string
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "The newest letters, newest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if f.Since, err = parseSince(since, time.Now()); err != nil {
				return err
			}
			if limit < 1 {
				return fmt.Errorf("%w: --limit is %d; at least 1", errUsage, limit)
			}
			return a.withLetters(cmd.Context(), func(b letterBox) error {
				list, more, err := b.List(cmd.Context(), f, limit)
				if err != nil {
					return err
				}
				return a.printLetters(list, more)
			})
		},
	}
	c.Flags().StringVar(&f.Code, "code", "", "only those with this `CODE`")
	c.Flags().StringVar(&f.Unit, "unit", "", "only those of this unit")
	c.Flags().StringVar(&since, "since", "", "only those refused since then: a time, a day, or how long ago (90m, 24h, 7d)")
	c.Flags().IntVar(&limit, "limit", defaultLimit, "at most so many")
	return c
}

// parseSince reads a duration before now (days too), a time or a day.
func parseSince(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, feeds.Zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%w: --since %q is neither a duration such as 24h or 7d nor a time such as 2026-11-20 or 2026-11-20T08:00:00+07:00", errUsage, s)
}

func (a *app) printLetters(list []dead.Letter, more bool) error {
	if a.json {
		for _, l := range list {
			if err := a.printJSON(l); err != nil {
				return err
			}
		}
	} else {
		w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
		if len(list) > 0 {
			fmt.Fprintln(w, "ID\tREFUSED\tCODE\tUNIT\tBYTES\tREASON")
		}
		for _, l := range list {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d\t%s\n", l.ID, local(l.Refused), l.Code, plain(l.Unit()), l.Size, plain(l.Reason))
		}
		if err := w.Flush(); err != nil {
			return err
		}
		if len(list) == 0 {
			fmt.Fprintln(a.stdout, "no dead letters")
		}
	}
	if more {
		fmt.Fprintf(a.stderr, "there are more than these %d; see --limit, --since, --code, --unit\n", len(list))
	}
	return nil
}

// local is an instant for people.
func local(t time.Time) string { return t.In(feeds.Zone).Format("2006-01-02 15:04:05") }

// plain keeps foreign bytes from steering the terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' || r >= 0x7f && r < 0xa0 {
			return '·'
		}
		return r
	}, s)
}

func (a *app) deadShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "A letter with its reason, headers and bytes", Args: cobra.ExactArgs(1),
		Long: `A letter with its reason, headers and bytes. With --json the bytes stand in "text",
or in "base64" where they are not UTF-8.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ids, err := parseIDs(args)
			if err != nil {
				return err
			}
			return a.withLetters(cmd.Context(), func(b letterBox) error {
				l, err := b.Get(cmd.Context(), ids[0])
				if errors.Is(err, dead.ErrNotFound) {
					return fmt.Errorf("there is no dead letter %d; see `loa dead list`", ids[0])
				}
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(l)
				}
				return a.printLetter(&l)
			})
		},
	}
}

func (a *app) printLetter(l *dead.Letter) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "letter\t%d\n", l.ID)
	fmt.Fprintf(w, "code\t%s\n", l.Code)
	fmt.Fprintf(w, "reason\t%s\n", plain(l.Reason))
	fmt.Fprintf(w, "sent to\t%s\n", plain(l.Subject))
	fmt.Fprintf(w, "was\t%s %d\n", l.Stream, l.Sequence)
	fmt.Fprintf(w, "first came\t%s\n", local(l.Stored))
	fmt.Fprintf(w, "refused\t%s, at attempt %d\n", local(l.Refused), l.Attempts)
	for _, k := range slices.Sorted(maps.Keys(l.Header)) {
		for _, v := range l.Header[k] {
			fmt.Fprintf(w, "header\t%s: %s\n", plain(k), plain(v))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "%d bytes:\n%s\n", l.Size, strings.Join(mapped(strings.Split(string(l.Bytes), "\n"), plain), "\n"))
	return err
}

func mapped(list []string, f func(string) string) []string {
	for i := range list {
		list[i] = f(list[i])
	}
	return list
}

func parseIDs(args []string) ([]uint64, error) {
	var out []uint64
	for _, s := range args {
		id, err := strconv.ParseUint(s, 10, 64)
		if err != nil || id == 0 {
			return nil, fmt.Errorf("%w: %q is not the id of a dead letter; see `loa dead list`", errUsage, s)
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out, nil
}

func (a *app) deadReplay() *cobra.Command {
	var code string
	var all bool
	c := &cobra.Command{
		Use: "replay ID...|--code CODE|--all", Short: "Send messages again to where they were sent", Args: cobra.ArbitraryArgs,
		Long: `Send the message of each letter again, with its headers, to the subject that it
was sent to, oldest first. A letter is removed when its message is stored; a
message that is refused again becomes a new letter. Exit code 3 if some ids were
not there.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.eachLetter(cmd.Context(), args, code, all, "replayed", func(ctx context.Context, b letterBox, id uint64) (uint64, error) { return b.Replay(ctx, id) })
		},
	}
	c.Flags().StringVar(&code, "code", "", "all letters with this `CODE`")
	c.Flags().BoolVar(&all, "all", false, "all letters")
	return c
}

func (a *app) deadDrop() *cobra.Command {
	var code string
	c := &cobra.Command{
		Use: "drop ID...|--code CODE", Short: "Remove letters for ever", Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.eachLetter(cmd.Context(), args, code, false, "dropped", func(ctx context.Context, b letterBox, id uint64) (uint64, error) { return 0, b.Drop(ctx, id) })
		},
	}
	c.Flags().StringVar(&code, "code", "", "all letters with this `CODE`")
	return c
}

// letterDone is what became of one letter, for programs.
type letterDone struct {
	ID       uint64 `json:"id"`
	Done     bool   `json:"done"`
	Sequence uint64 `json:"sequence,omitempty"`
	Error    string `json:"error,omitempty"`
}

// eachLetter does one thing to each of the letters. One that is not there is
// listed and left out; any other fault ends it.
func (a *app) eachLetter(ctx context.Context, args []string, code string, all bool, did string, do func(context.Context, letterBox, uint64) (uint64, error)) error {
	ids, err := parseIDs(args)
	if err != nil {
		return err
	}
	if ways := btoi(len(ids) > 0) + btoi(code != "") + btoi(all); ways != 1 {
		return fmt.Errorf("%w: give either ids, or --code, or (for replay) --all", errUsage)
	}
	return a.withLetters(ctx, func(b letterBox) error {
		if len(ids) == 0 {
			if ids, err = b.IDs(ctx, dead.Filter{Code: code}); err != nil {
				return err
			}
		}
		done, gone := 0, 0
		for _, id := range ids {
			seq, err := do(ctx, b, id)
			switch {
			case errors.Is(err, dead.ErrNotFound):
				gone++
				if a.json {
					_ = a.printJSON(letterDone{ID: id, Error: "no such letter"})
				} else {
					fmt.Fprintf(a.stderr, "%d: there is no such letter\n", id)
				}
			case err != nil:
				return fmt.Errorf("%w (%s %d of %d)", err, did, done, len(ids))
			default:
				done++
				if a.json {
					_ = a.printJSON(letterDone{ID: id, Done: true, Sequence: seq})
				}
			}
		}
		if !a.json {
			fmt.Fprintf(a.stdout, "%s %d, not there %d\n", did, done, gone)
		}
		if gone > 0 {
			return errSomeRefused
		}
		return nil
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
