package library

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"loa/feeds"
)

// Feed is a feed's newest articles at one version.
type Feed struct {
	// Version is the position of the newest change in the feed.
	Version uint64
	// Label is the name that its articles give it: a category's. It may be empty.
	Label string
	// Records are the newest articles, newest first. Withdrawn ones are not among
	// them.
	Records []feeds.Record
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
	var out Feed
	fail := func(err error) (Feed, error) {
		return out, fmt.Errorf("read feed %s: %w", strings.Join(paths, " "), err)
	}
	tx, err := l.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // version and articles of one state
	if err != nil {
		return fail(err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	ids, err := readVersions(ctx, tx, paths, &out)
	if err != nil {
		return fail(err)
	}
	if len(ids) == 0 {
		return out, ErrNotFound
	}
	query, args := newest(ids, n, end)
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return fail(err)
	}
	defer rows.Close()
	for rows.Next() {
		st, err := scanState(rows)
		if err != nil {
			return fail(err)
		}
		out.Records = append(out.Records, st.Record)
	}
	if err := rows.Err(); err != nil {
		return fail(err)
	}
	return out, nil
}

// readVersions looks the feeds up, in the order of the paths.
func readVersions(ctx context.Context, tx *sql.Tx, paths []string, out *Feed) ([]any, error) {
	found := map[string]any{}
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
	var ids []any
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
// has the same key in each.
func newest(ids []any, n int, end time.Time) (string, []any) {
	const columns = `SELECT a.id, a.last, a.digest, COALESCE(a.state, r.bytes) FROM `
	const joined = ` e JOIN articles a ON a.n = e.n JOIN records r ON r.position = a.last`
	bound := ""
	if !end.IsZero() {
		bound = " AND sort < ?"
	}
	var args []any
	add := func(id any) {
		args = append(args, id)
		if bound != "" {
			args = append(args, end.UnixMilli())
		}
	}
	if len(ids) == 1 {
		add(ids[0])
		return columns + "entries" + joined + " WHERE e.f = ?" + bound + " ORDER BY e.sort DESC, e.n DESC LIMIT ?", append(args, n)
	}
	var parts []string
	for _, id := range ids {
		parts = append(parts, "SELECT * FROM (SELECT sort, n FROM entries WHERE f = ?"+bound+" ORDER BY sort DESC, n DESC LIMIT ?)")
		add(id)
		args = append(args, n)
	}
	return columns + "(" + strings.Join(parts, " UNION ") + ")" + joined + " ORDER BY e.sort DESC, e.n DESC LIMIT ?", append(args, n)
}
