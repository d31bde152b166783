package library

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"loa/feeds"
	"loa/feeds/journal"
)

// Feed is a feed's articles at one version.
type Feed struct {
	// Version is the position of the newest change in the feed.
	Version uint64
	// Label is the name that its articles give it: a category's. It may be empty.
	Label string
	// Records are the articles, newest first. Only [Library.Live] has withdrawn
	// ones among them.
	Records []feeds.Record
	// Related has by the id of an article those that tell the same, where only one
	// of them is shown. See cluster.go.
	Related map[string][]feeds.Record
	// Prev is the name of the newest archive, "" if there is none; only
	// [Library.Live] tells it. Next is for whoever makes a feed of an [Archive].
	Prev, Next string
}

// Feed returns the n newest articles of the feed, or ErrNotFound if it never had
// one.
func (l *Library) Feed(ctx context.Context, path string, n int) (Feed, error) {
	return l.Union(ctx, []string{path}, n)
}

// Union returns the n newest articles that stand in any of the feeds, each once,
// in the order in which they stand in [Library.Feed], read in one state of the
// library. Version is the greatest of the feeds' versions, Label that of the
// first feed that has one. It returns ErrNotFound if none of the feeds ever had
// an article.
func (l *Library) Union(ctx context.Context, paths []string, n int) (Feed, error) {
	return l.Before(ctx, paths, n, time.Time{})
}

// Before is [Library.Union] of the articles that were published before an
// instant; those whose date is not known, that were first seen before it. The
// zero time is no bound. The version is that of the feeds as they are, so it also
// moves for articles that are not shown.
func (l *Library) Before(ctx context.Context, paths []string, n int, end time.Time) (Feed, error) {
	out, err := l.read(ctx, paths, func(r *reader) error { return r.newest(n, end) })
	if err != nil && !errors.Is(err, ErrNotFound) {
		err = fmt.Errorf("read feed %s: %w", strings.Join(paths, " "), err)
	}
	return out, err
}

// Live returns what the document of a feed has: everything that no archive has
// yet, withdrawals too, and besides of its newest articles as many as make n with
// those that are not withdrawn. An article that comes long after its date is
// therefore in the document, though there are n newer ones.
func (l *Library) Live(ctx context.Context, path string, n int) (Feed, error) {
	out, err := l.read(ctx, []string{path}, func(r *reader) error {
		var open, seq int64
		if err := r.tx.QueryRowContext(ctx, "SELECT open, seq, sealed FROM feeds WHERE f = ?", r.feeds[0]).Scan(&open, &seq, &r.out.Prev); err != nil {
			return err
		}
		rest, err := readShelf(ctx, r.tx, r.feeds[0], open, seq)
		if err != nil {
			return err
		}
		for _, t := range rest {
			if t.merged || t.now.Quiet {
				continue
			}
			if t.withdrawn {
				r.gone = append(r.gone, item{t.n, sortKey(&t.now), 0, t.now, nil})
			} else if err := r.add(item{t.n, sortKey(&t.now), t.cluster, t.now, nil}); err != nil {
				return err
			}
		}
		return r.newest(n, time.Time{})
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		err = fmt.Errorf("read feed %s: %w", path, err)
	}
	return out, err
}

// item is an article with its place in the order.
type item struct {
	n, sort, cluster int64
	rec              feeds.Record
	raw              []byte // rec, where it is not decoded yet
}

// reader gathers a feed's articles in one transaction.
type reader struct {
	ctx    context.Context
	tx     *sql.Tx
	feeds  []int64
	merged bool // of several units: a cluster is shown once
	out    *Feed
	items  []item
	gone   []item
	seen   map[int64]bool
	folded map[int64]*folded
}

// read makes a feed of what gather takes from one state of the library.
func (l *Library) read(ctx context.Context, paths []string, gather func(*reader) error) (Feed, error) {
	var out Feed
	tx, err := l.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // version and articles of one state
	if err != nil {
		return out, err
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	r := &reader{ctx: ctx, tx: tx, out: &out, seen: map[int64]bool{}, folded: map[int64]*folded{}, merged: isMerged(paths)}
	if r.feeds, err = readVersions(ctx, tx, paths, &out); err != nil {
		return out, err
	}
	if len(r.feeds) == 0 {
		return out, ErrNotFound
	}
	if err := gather(r); err != nil {
		return out, err
	}
	r.items = append(r.items, r.gone...)
	slices.SortFunc(r.items, func(a, b item) int { return cmp.Or(cmp.Compare(b.sort, a.sort), cmp.Compare(b.n, a.n)) })
	out.Records = make([]feeds.Record, len(r.items))
	for i := range r.items {
		out.Records[i] = r.items[i].rec
	}
	return out, nil
}

// isMerged reports whether feeds together have articles of several units.
func isMerged(paths []string) bool {
	return len(paths) > 1 || len(paths) == 1 && !strings.HasPrefix(paths[0], "units/")
}

// add takes an article once, and one of a cluster.
func (r *reader) add(it item) error {
	if r.seen[it.n] {
		return nil
	}
	r.seen[it.n] = true
	var f *folded
	if r.merged && it.cluster != 0 {
		var err error
		if f, err = r.fold(it); err != nil || f.shown != it.n {
			return err
		}
	}
	if it.raw != nil {
		var err error
		if it.rec, err = journal.Decode(it.raw); err != nil {
			return err
		}
		it.raw = nil
	}
	if f != nil {
		if related := f.related(); len(related) > 0 {
			if r.out.Related == nil {
				r.out.Related = map[string][]feeds.Record{}
			}
			r.out.Related[it.rec.ID] = related
		}
	}
	r.items = append(r.items, it)
	return nil
}

// newest adds the newest articles until there are n. Those that a cluster hides
// are made up for by looking further, but not for ever: a portal may put out the
// same text a thousand times.
func (r *reader) newest(n int, end time.Time) error {
	for look := n; ; look = 2*look + 10 {
		query, args := newest(r.feeds, look, end)
		got, err := r.look(query, args)
		if err != nil {
			return err
		}
		for _, it := range got {
			if len(r.items) >= n {
				return nil
			}
			if err := r.add(it); err != nil {
				return err
			}
		}
		if len(got) < look || len(r.items) >= n || look > 8*n+100 {
			return nil
		}
	}
}

func (r *reader) look(query string, args []any) ([]item, error) {
	rows, err := r.tx.QueryContext(r.ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []item
	for rows.Next() {
		var it item
		if err := rows.Scan(&it.n, &it.sort, &it.cluster, &it.raw); err != nil {
			return nil, err
		}
		out = append(out, it)
	}
	return out, rows.Err()
}

// readVersions looks the feeds up, in the order of the paths.
func readVersions(ctx context.Context, tx *sql.Tx, paths []string, out *Feed) ([]int64, error) {
	found := map[string]int64{}
	labels := map[string]string{}
	args := make([]any, len(paths))
	for i, p := range paths {
		args[i] = p
	}
	if len(args) == 0 {
		return nil, nil
	}
	rows, err := tx.QueryContext(ctx, "SELECT path, f, label, version FROM feeds WHERE path IN (?"+strings.Repeat(",?", len(args)-1)+")", args...) //nolint:gosec // question marks alone
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var path, label string
		var f int64
		var version uint64
		if err := rows.Scan(&path, &f, &label, &version); err != nil {
			return nil, err
		}
		found[path], labels[path] = f, label
		out.Version = max(out.Version, version)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var ids []int64
	for _, p := range paths {
		if f, ok := found[p]; ok && !slices.Contains(ids, f) {
			ids = append(ids, f)
			if out.Label == "" {
				out.Label = labels[p]
			}
		}
	}
	return ids, nil
}

// newest is the query for the newest articles of feeds. Of each feed no more
// than n are looked at, in the order of the index; an article in several of them
// has the same key in each. Only those that are left are read.
func newest(ids []int64, n int, end time.Time) (string, []any) {
	const columns = `SELECT a.n, e.sort, COALESCE(k.cluster, 0), COALESCE(a.state, r.bytes) FROM `
	const joined = ` e JOIN articles a ON a.n = e.n JOIN records r ON r.position = a.last LEFT JOIN sketches k ON k.n = a.n`
	bound := ""
	if !end.IsZero() {
		bound = " AND sort < ?"
	}
	var args []any
	add := func(id int64) {
		args = append(args, id)
		if bound != "" {
			args = append(args, end.UnixMilli())
		}
	}
	if len(ids) == 1 {
		add(ids[0])
		return columns + "entries" + joined + " WHERE e.f = ?" + strings.Replace(bound, "sort", "e.sort", 1) + " ORDER BY e.sort DESC, e.n DESC LIMIT ?", append(args, n)
	}
	var parts []string
	for _, id := range ids {
		parts = append(parts, "SELECT * FROM (SELECT sort, n FROM entries WHERE f = ?"+bound+" ORDER BY sort DESC, n DESC LIMIT ?)")
		add(id)
		args = append(args, n)
	}
	return columns + "(SELECT DISTINCT sort, n FROM (" + strings.Join(parts, " UNION ALL ") + ") ORDER BY sort DESC, n DESC LIMIT ?)" + joined + " ORDER BY e.sort DESC, e.n DESC", append(args, n)
}
