package library

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"loa/feeds"
	"loa/feeds/journal"
)

// keyHash is what stands for a key in the file: a third of the room.
func keyHash(key string) []byte {
	h := sha256.Sum256([]byte(key))
	return h[:16]
}

const stateColumns = `a.id, a.last, a.digest, COALESCE(a.state, r.bytes) FROM articles a JOIN records r ON r.position = a.last`

type scanner interface{ Scan(...any) error }

func scanState(s scanner) (State, error) {
	var st State
	var id string
	var b []byte
	if err := s.Scan(&id, &st.Last, &st.Digest, &b); err != nil {
		return st, err
	}
	rec, err := journal.Decode(b)
	if err != nil {
		return st, err
	}
	st.Record = rec
	return st, nil
}

// Find returns the articles that were seen with any of the keys, in the order of
// the keys, each once.
func (l *Library) Find(ctx context.Context, keys []string) ([]State, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	args := make([]any, 0, len(keys))
	for _, k := range keys {
		if h := keyHash(k); l.keys.perhaps(h) {
			args = append(args, h)
		}
	}
	if len(args) == 0 {
		return nil, nil
	}
	rows, err := l.r.QueryContext(ctx, "SELECT h, n FROM keys WHERE h IN (?"+strings.Repeat(",?", len(args)-1)+")", args...) //nolint:gosec // question marks alone
	if err != nil {
		return nil, fmt.Errorf("find article: %w", err)
	}
	defer rows.Close()
	found := map[string]int64{}
	for rows.Next() {
		var h []byte
		var n int64
		if err := rows.Scan(&h, &n); err != nil {
			return nil, fmt.Errorf("find article: %w", err)
		}
		found[string(h)] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("find article: %w", err)
	}
	var order []int64
	for _, a := range args {
		if n, ok := found[string(a.([]byte))]; ok && !slices.Contains(order, n) {
			order = append(order, n)
		}
	}
	out := make([]State, 0, len(order))
	for _, n := range order {
		st, err := scanState(l.r.QueryRowContext(ctx, "SELECT "+stateColumns+" WHERE a.n = ?", n))
		if err != nil {
			return nil, fmt.Errorf("read article: %w", err)
		}
		out = append(out, st)
	}
	return out, nil
}

// Article returns the article of the id, or the one that it turned out to be, or
// ErrNotFound.
func (l *Library) Article(ctx context.Context, id string) (State, error) {
	st, err := scanState(l.r.QueryRowContext(ctx, "SELECT "+stateColumns+
		" WHERE a.n = (SELECT CASE merged WHEN 0 THEN n ELSE merged END FROM articles WHERE id = ?)", id))
	if errors.Is(err, sql.ErrNoRows) {
		return st, ErrNotFound
	}
	if err != nil {
		return st, fmt.Errorf("read article %s: %w", id, err)
	}
	return st, nil
}

// Listed is a feed in the list of all feeds.
type Listed struct {
	Path    string
	Label   string
	Version uint64
}

// Feeds lists the feeds that have had an article, by path.
func (l *Library) Feeds(ctx context.Context) ([]Listed, error) {
	return l.list(ctx, "SELECT path, label, version FROM feeds ORDER BY path")
}

// directoryQuery passes over documents/… in the index of the paths.
const directoryQuery = "SELECT path, label, version FROM feeds WHERE path < 'documents/' UNION ALL SELECT path, label, version FROM feeds WHERE path >= 'documents0' ORDER BY path"

// Directory is [Library.Feeds] without those of single documents, which are as
// many as there are articles.
func (l *Library) Directory(ctx context.Context) ([]Listed, error) {
	return l.list(ctx, directoryQuery)
}

func (l *Library) list(ctx context.Context, query string) ([]Listed, error) {
	rows, err := l.r.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("list feeds: %w", err)
	}
	defer rows.Close()
	var out []Listed
	for rows.Next() {
		var f Listed
		if err := rows.Scan(&f.Path, &f.Label, &f.Version); err != nil {
			return nil, fmt.Errorf("list feeds: %w", err)
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

// Count returns how many articles there are, withdrawn ones included and those
// that turned out to be another left out.
func (l *Library) Count(ctx context.Context) (int, error) {
	var n int
	err := l.r.QueryRowContext(ctx, "SELECT count(*) FROM articles WHERE merged = 0").Scan(&n)
	return n, err
}

// Listing calls f for each article that is not withdrawn and that is of a part of
// all articles, in the order of their first records, and returns how many parts
// there are. Part counts from 1; 0 calls f for none. A part that is full keeps its
// articles for ever.
func (l *Library) Listing(ctx context.Context, part, size int, f func(*feeds.Record) error) (parts int, err error) {
	fail := func(err error) (int, error) { return 0, fmt.Errorf("list articles: %w", err) }
	var last int
	if err := l.r.QueryRowContext(ctx, "SELECT COALESCE(MAX(n), 0) FROM articles").Scan(&last); err != nil {
		return fail(err)
	}
	parts = (last + size - 1) / size
	if part == 0 {
		return parts, nil
	}
	rows, err := l.r.QueryContext(ctx, "SELECT "+stateColumns+" WHERE a.n > ? AND a.n <= ? AND a.merged = 0 ORDER BY a.n", (part-1)*size, part*size)
	if err != nil {
		return fail(err)
	}
	defer rows.Close()
	for rows.Next() {
		st, err := scanState(rows)
		if err != nil {
			return fail(err)
		}
		if st.Record.IsWithdrawn() {
			continue
		}
		if err := f(&st.Record); err != nil {
			return fail(err)
		}
	}
	return parts, rows.Err()
}

// Entries calls f for each record after the position, in the journal's order.
func (l *Library) Entries(ctx context.Context, after uint64, f func(journal.Entry) error) error {
	rows, err := l.r.QueryContext(ctx, "SELECT position, digest, bytes FROM records WHERE position > ? ORDER BY position", after)
	if err != nil {
		return fmt.Errorf("read records: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var e journal.Entry
		if err := rows.Scan(&e.Position, &e.Digest, &e.Bytes); err != nil {
			return fmt.Errorf("read records: %w", err)
		}
		if e.Record, err = journal.Decode(e.Bytes); err != nil {
			return err
		}
		if err := f(e); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Journal names the journal that the library is the image of; empty before
// Prepare, which must not run meanwhile.
func (l *Library) Journal() string { return l.created }
