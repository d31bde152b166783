package library_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loa/feeds"
	"loa/feeds/library"
)

// A union is the merge of its feeds: every article once, in the order of the feed
// of everything, with the greatest of their versions.
func TestUnionIsTheMergeOfItsFeeds(t *testing.T) {
	ctx := context.Background()
	units := []string{"251", "09025", "09040", "09043"}
	rapid.Check(t, func(rt *rapid.T) {
		l := open(t, filepath.Join(t.TempDir(), fmt.Sprint(rapid.Int64().Draw(rt, "file"))+".db"))
		var list []feeds.Record
		for i := range rapid.IntRange(0, 24).Draw(rt, "articles") {
			r := record(fmt.Sprint("a", i), rapid.IntRange(0, 9).Draw(rt, "minute"))
			r.Article.Unit = rapid.SampledFrom(units).Draw(rt, "unit")
			if rapid.IntRange(0, 5).Draw(rt, "gone") == 0 {
				r.Withdrawal = &feeds.Withdrawal{Time: t0}
			}
			list = append(list, r)
		}
		if err := l.Apply(ctx, entries(t, list...)); err != nil {
			rt.Fatal(err)
		}
		// Categories stand beside the units, so that feeds overlap.
		of := rapid.SliceOfN(rapid.SampledFrom([]string{"units/251", "units/09025", "units/09040", "units/09025/thong-bao", "units/99999"}), 1, 4).Draw(rt, "feeds")
		n := rapid.IntRange(1, 12).Draw(rt, "n")
		end := t0.Add(time.Duration(rapid.IntRange(0, 12).Draw(rt, "end")) * time.Minute)

		all, err := l.Feed(ctx, "all", 1000)
		if err != nil && !errors.Is(err, library.ErrNotFound) {
			rt.Fatal(err)
		}
		var version uint64
		known := false
		in := map[string]bool{}
		for _, path := range of {
			f, err := l.Feed(ctx, path, 1000)
			if errors.Is(err, library.ErrNotFound) {
				continue
			}
			if err != nil {
				rt.Fatal(err)
			}
			known = true
			version = max(version, f.Version)
			for _, r := range f.Records {
				in[r.ID] = true
			}
		}
		for _, bounded := range []bool{false, true} {
			var want []string
			for _, r := range all.Records {
				if in[r.ID] && (!bounded || r.SortTime().Before(end)) && len(want) < n {
					want = append(want, r.ID)
				}
			}
			got, err := l.Union(ctx, of, n)
			if bounded {
				got, err = l.Before(ctx, of, n, end)
			}
			if !known {
				if !errors.Is(err, library.ErrNotFound) {
					rt.Fatalf("feeds that never had an article: %v", err)
				}
				continue
			}
			if err != nil {
				rt.Fatal(err)
			}
			var ids []string
			for _, r := range got.Records {
				ids = append(ids, r.ID)
			}
			if !slices.Equal(ids, want) || got.Version != version {
				rt.Fatalf("union of %v: %v at %d, want %v at %d", of, ids, got.Version, want, version)
			}
		}
	})
	if _, err := open(t, filepath.Join(t.TempDir(), "trong.db")).Union(ctx, nil, 5); !errors.Is(err, library.ErrNotFound) {
		t.Errorf("union of nothing: %v", err)
	}
}
