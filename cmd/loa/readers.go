package main

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"loa/feeds"
	"loa/publish/readers"
)

func (a *app) readersCommand() *cobra.Command {
	c := &cobra.Command{Use: "readers", Short: "Invite, list and revoke readers with private addresses", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(a.readersAdd(), a.readersList(), a.readersRevoke())
	return c
}

func (a *app) readersAdd() *cobra.Command {
	var r readers.Reader
	c := &cobra.Command{
		Use: "add NAME [--feeds FEED...]", Short: "Invite a reader and print the private addresses", Args: cobra.ExactArgs(1),
		Long: `Invite a reader, and print the addresses that are his alone, one a line. They are
printed this once: the file keeps the SHA-256 of their secret only. All of loa is
below /r/SECRET/ for him; with --feeds only these feeds are (and the categories of
a unit). A running server takes it up at once.`,
		RunE: func(_ *cobra.Command, args []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			token, hash := readers.NewToken()
			r.Name, r.TokenSHA256, r.Created = args[0], hash, time.Now().In(feeds.Zone).Truncate(time.Second)
			if err := cfg.readersList().add(r); err != nil {
				return err
			}
			addresses := privateAddresses(&cfg, token, r.Feeds)
			if a.json {
				return a.printJSON(map[string]any{"name": r.Name, "feeds": r.Feeds, "token": token, "addresses": addresses})
			}
			fmt.Fprintf(a.stderr, "invited %s; these addresses are secret and are not shown again (.rss and .json work too):\n", r.Name)
			_, err = fmt.Fprintln(a.stdout, strings.Join(addresses, "\n"))
			return err
		},
	}
	c.Flags().StringSliceVar(&r.Feeds, "feeds", nil, "`FEED` that he may read, such as units/09025 (default everything)")
	return c
}

// privateAddresses are those of a reader's feeds.
func privateAddresses(c *Config, token string, selectors []string) []string {
	base := strings.TrimRight(c.BaseURL, "/")
	if base == "" {
		base = "http://" + c.Listen
	}
	if len(selectors) == 0 {
		selectors = []string{"all"}
	}
	var out []string
	for _, s := range selectors {
		out = append(out, base+readers.Path+token+"/feeds/"+s+".atom")
	}
	return out
}

func (a *app) readersList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Invited readers and their feeds", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			list, err := cfg.readersList().read()
			if err != nil {
				return fmt.Errorf("%w: %w", errUsage, err)
			}
			if a.json {
				for _, r := range list {
					if err := a.printJSON(r); err != nil {
						return err
					}
				}
				return nil
			}
			w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "NAME\tFEEDS\tCREATED\tREVOKED")
			for _, r := range list {
				revoked, only := "-", "all"
				if r.Revoked != nil {
					revoked = r.Revoked.Format(time.DateOnly)
				}
				if len(r.Feeds) > 0 {
					only = strings.Join(r.Feeds, ",")
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Name, only, r.Created.Format(time.DateOnly), revoked)
			}
			return w.Flush()
		},
	}
}

func (a *app) readersRevoke() *cobra.Command {
	return &cobra.Command{
		Use: "revoke NAME", Short: "End a reader's private addresses", Args: cobra.ExactArgs(1),
		Long: `End a reader's private addresses. A running server takes it up at once: they then
answer 404. The name may be invited anew, with new addresses.`,
		RunE: func(_ *cobra.Command, args []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			if err := cfg.readersList().revoke(args[0], time.Now().In(feeds.Zone).Truncate(time.Second)); err != nil {
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

func (c *Config) readersList() *tokenFile[readers.Reader] {
	return &tokenFile[readers.Reader]{
		word: "reader", held: "addresses hold", name: c.Readers, path: c.path(c.Readers),
		of: func(r *readers.Reader) (string, bool, error) { return r.Name, r.Revoked != nil, r.Validate() },
	}
}

func checkReadersFile(c *Config) finding {
	list, err := c.readersList().read()
	active := c.readersList().active(list)
	switch {
	case err != nil:
		return finding{"readers", false, err.Error()}
	case active == 0 && !c.Feeds.Public:
		return finding{"readers", true, "none, and feeds.public is false: nobody can read; invite some with `loa readers add NAME`"}
	}
	return finding{"readers", true, fmt.Sprintf("%d invited readers", active)}
}

// readersFile knows the readers of the file as it is now: it looks at the file at
// each request for a private address, so that a revocation holds from the next
// request on. A file with a mistake changes nothing, and neither does one that is
// gone.
type readersFile struct {
	readers.Known
	c    *Config
	log  *slog.Logger
	mu   sync.Mutex
	last fs.FileInfo // nil: there was none
}

// openReaders reads the file for a server that starts.
func openReaders(c *Config, log *slog.Logger) (*readersFile, error) {
	f := &readersFile{c: c, log: log}
	if c.Readers == "" {
		return f, nil
	}
	f.last, _ = os.Stat(c.path(c.Readers))
	list, err := c.readersList().read()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	f.Set(list)
	return f, nil
}

// ByHash implements readers.Finder.
func (f *readersFile) ByHash(hash [sha256.Size]byte) (*readers.Reader, bool) {
	if f.c.Readers != "" {
		f.refresh()
	}
	return f.Known.ByHash(hash)
}

func (f *readersFile) refresh() {
	file := f.c.path(f.c.Readers)
	f.mu.Lock()
	defer f.mu.Unlock()
	i, err := os.Stat(file)
	if err != nil || f.last != nil && os.SameFile(i, f.last) && i.ModTime().Equal(f.last.ModTime()) && i.Size() == f.last.Size() {
		return
	}
	f.last = i
	list, err := f.c.readersList().read()
	if err != nil {
		f.log.Error("readers not taken up; the ones before stay", "err", err)
		return
	}
	f.Set(list)
	f.log.Info("readers taken up", "file", file, "readers", len(list))
}
