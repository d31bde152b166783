package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/feeds/library"
	"loa/feeds/search"
	"loa/internal/broker"
	"loa/publish/web"
)

func (a *app) rebuildCommand() *cobra.Command {
	var verify bool
	c := &cobra.Command{
		Use: "rebuild", Short: "Make the library anew from the journal", Args: cobra.NoArgs,
		Long: `Make the library anew from the journal; the server must not run meanwhile. The
search index is thrown away, and the server makes it anew when it starts.
With --verify a second library is made, and every feed in every format is rendered
from both and compared byte for byte; this also works beside a running server.
Exit code 1 if one differs.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			ctx := cmd.Context()
			log := logger(a.stderr, cfg.Log)
			s, err := openStore(ctx, &cfg, log)
			if errors.Is(err, broker.ErrLocked) && verify {
				v, err := askVerify(ctx, &cfg)
				if err != nil {
					return err
				}
				return a.printVerdict(v)
			}
			if err != nil {
				return err
			}
			defer s.close()
			if verify {
				v, err := verifyStore(ctx, &cfg, s)
				if err != nil {
					return err
				}
				return a.printVerdict(v)
			}
			return a.rebuild(ctx, &cfg, s)
		},
	}
	c.Flags().BoolVar(&verify, "verify", false, "compare every feed byte for byte instead")
	return c
}

// rebuild fills a new file beside the old one and puts it in its place.
func (a *app) rebuild(ctx context.Context, c *Config, s *store) error {
	start := time.Now()
	path := filepath.Join(c.path(c.Data), "library.db")
	fresh, n, err := fillBeside(ctx, c, path+".rebuild", s)
	if err != nil {
		return err
	}
	if err := errors.Join(fresh.Close(), s.library.Close()); err != nil {
		return fmt.Errorf("close library: %w", err)
	}
	s.library = nil
	for _, end := range []string{"-wal", "-shm"} {
		_ = os.Remove(path + end)
	}
	if err := os.Rename(path+".rebuild", path); err != nil {
		return fmt.Errorf("replace library: %w", err)
	}
	if err := search.Remove(searchFile(c)); err != nil {
		return err
	}
	took := time.Since(start)
	if a.json {
		return a.printJSON(map[string]any{"articles": n, "seconds": took.Seconds()})
	}
	_, err = fmt.Fprintf(a.stdout, "rebuilt: %d articles in %s (%.0f a second)\n", n, took.Round(time.Millisecond), float64(n)/took.Seconds())
	return err
}

// fillBeside makes a library of the whole journal in the file.
func fillBeside(ctx context.Context, c *Config, path string, s *store) (*library.Library, int, error) {
	for _, end := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(path + end)
	}
	fresh, err := library.Open(path, libraryOptions(c, s.units, nil))
	if err != nil {
		return nil, 0, err
	}
	if err := fresh.Fill(ctx, s.journal); err != nil {
		_ = fresh.Close()
		return nil, 0, err
	}
	n, err := fresh.Count(ctx)
	return fresh, n, err
}

// verdict is what a comparison found.
type verdict struct {
	Articles  int      `json:"articles"`
	Feeds     int      `json:"feeds"`
	Documents int      `json:"documents"`
	Same      bool     `json:"same"`
	Different []string `json:"different"`
}

// verifyStore renders every feed from the library and from one made anew.
func verifyStore(ctx context.Context, c *Config, s *store) (verdict, error) {
	v := verdict{Different: []string{}}
	dir, err := os.MkdirTemp(c.path(c.Data), "verify-")
	if err != nil {
		return v, fmt.Errorf("make folder: %w", err)
	}
	defer os.RemoveAll(dir)
	fresh, n, err := fillBeside(ctx, c, filepath.Join(dir, "library.db"), s)
	if err != nil {
		return v, err
	}
	defer fresh.Close()
	v.Articles = n
	if err := catchUp(ctx, s, fresh.Position()); err != nil {
		return v, err
	}
	a, err := s.library.Feeds(ctx)
	if err != nil {
		return v, err
	}
	b, err := fresh.Feeds(ctx)
	if err != nil {
		return v, err
	}
	paths := map[string]bool{}
	for _, f := range append(a, b...) {
		paths[f.Path] = true
	}
	v.Feeds = len(paths)
	o := webOptions(c, s.units, nil, nil, journal.State{}, nil)
	now := time.Now()
	o.Now = func() time.Time { return now } // midnight must not fall between two of a kind
	for path := range paths {
		sel, err := feeds.ParseSelector(path)
		if err != nil {
			return v, fmt.Errorf("%s: %w", path, err)
		}
		for _, f := range feeds.Formats {
			v.Documents++
			same, err := sameDocument(ctx, o, s.library, fresh, sel, f)
			if err != nil {
				return v, fmt.Errorf("render %s.%s: %w", path, f, err)
			}
			if !same {
				v.Different = append(v.Different, path+"."+string(f))
			}
		}
		if err := verifyArchives(ctx, &v, o, s.library, fresh, path, sel); err != nil {
			return v, err
		}
	}
	v.Same = len(v.Different) == 0
	return v, nil
}

// verifyArchives compares the archives of a feed. What was sealed after the other
// library was filled is not there yet.
func verifyArchives(ctx context.Context, v *verdict, o web.Options, live, fresh *library.Library, path string, sel feeds.Selector) error {
	names, err := fresh.Archives(ctx, path)
	if err != nil {
		return err
	}
	for _, name := range names {
		for _, f := range feeds.Formats {
			v.Documents++
			a, va, err := web.BuildArchive(ctx, live, o, sel, name, f)
			if err != nil && !errors.Is(err, web.ErrNotFound) {
				return err
			}
			b, vb, err := web.BuildArchive(ctx, fresh, o, sel, name, f)
			if err != nil {
				return err
			}
			if !bytes.Equal(a, b) && va <= vb { // else withdrawn meanwhile
				v.Different = append(v.Different, path+"/archive/"+name+"."+string(f))
			}
		}
	}
	return nil
}

// catchUp brings the store's library to the position: by itself if a server runs
// it, else here.
func catchUp(ctx context.Context, s *store, position uint64) error {
	if s.library.Position() >= position {
		return nil
	}
	if s.unlock != nil {
		return s.library.Fill(ctx, s.journal)
	}
	return s.library.WaitFor(ctx, position)
}

// sameDocument compares one document of both. Beside a running server articles
// come in meanwhile: a feed that is newer in one is read again in the other.
func sameDocument(ctx context.Context, o web.Options, live, fresh *library.Library, sel feeds.Selector, f feeds.Format) (bool, error) {
	a, va, err := web.Build(ctx, live, o, sel, f)
	if err != nil {
		return false, err
	}
	b, vb, err := web.Build(ctx, fresh, o, sel, f)
	if err != nil {
		return false, err
	}
	if va > vb && va > fresh.Position() {
		return true, nil // changed since the comparison began
	}
	return bytes.Equal(a, b), nil
}

func (a *app) printVerdict(v verdict) error {
	if a.json {
		if err := a.printJSON(v); err != nil {
			return err
		}
	} else {
		for _, d := range v.Different {
			fmt.Fprintln(a.stdout, "differs:", d)
		}
		word := "every feed is the same, byte for byte"
		if !v.Same {
			word = fmt.Sprintf("%d documents differ; run `loa rebuild`", len(v.Different))
		}
		fmt.Fprintf(a.stdout, "%d articles, %d feeds, %d documents: %s\n", v.Articles, v.Feeds, v.Documents, word)
	}
	if !v.Same {
		return errSaid
	}
	return nil
}

// askVerify lets the running server compare.
func askVerify(ctx context.Context, c *Config) (verdict, error) {
	var v verdict
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.Admin+"/api/verify", nil)
	if err != nil {
		return v, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return v, fmt.Errorf("a server runs on the data folder, but does not answer at http://%s: %w; stop it first", c.Admin, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return v, fmt.Errorf("the running server answers %s", res.Status)
	}
	return v, json.NewDecoder(res.Body).Decode(&v)
}

// verify is the comparison in a running server.
func (n *node) verify(w http.ResponseWriter, r *http.Request) {
	select {
	case n.verifying <- struct{}{}:
		defer func() { <-n.verifying }()
	default:
		http.Error(w, "a comparison is under way", http.StatusConflict)
		return
	}
	s := *n.store
	s.unlock = nil // the library has its writer
	v, err := verifyStore(r.Context(), n.c, &s)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
