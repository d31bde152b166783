package library

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Place is where an article stands in a feed.
type Place struct {
	// Path is the feed's.
	Path string
	// Rank counts from the newest, which is 1; Of is how many articles the feed has.
	Rank, Of int
}

// Places returns where the article of the id stands, in the order of its facets.
// A withdrawn article stands nowhere. It counts entries, and is for looking into
// one article, not for serving. Returns ErrNotFound if there is no such article.
func (l *Library) Places(ctx context.Context, id string) ([]Place, error) {
	tx, err := l.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("read places of %s: %w", id, err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	st, n, err := stateOf(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	var out []Place
	for _, f := range facets(&l.o, &st.Record) {
		p := Place{Path: f.Path}
		var feed int64
		err := tx.QueryRowContext(ctx, "SELECT f.f, (SELECT count(*) FROM entries e WHERE e.f = f.f) FROM feeds f WHERE f.path = ?", f.Path).Scan(&feed, &p.Of)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read places of %s: %w", id, err)
		}
		key := sortKey(&st.Record)
		err = tx.QueryRowContext(ctx, "SELECT 1 + (SELECT count(*) FROM entries WHERE f = ?1 AND (sort, n) > (?2, ?3)) FROM entries WHERE f = ?1 AND sort = ?2 AND n = ?3", feed, key, n).Scan(&p.Rank)
		if errors.Is(err, sql.ErrNoRows) {
			continue // it is not listed there: withdrawn
		}
		if err != nil {
			return nil, fmt.Errorf("read places of %s: %w", id, err)
		}
		out = append(out, p)
	}
	return out, nil
}

func stateOf(ctx context.Context, tx *sql.Tx, id string) (st State, n int64, err error) {
	err = tx.QueryRowContext(ctx, "SELECT CASE merged WHEN 0 THEN n ELSE merged END FROM articles WHERE id = ?", id).Scan(&n)
	if err == nil {
		st, err = scanState(tx.QueryRowContext(ctx, "SELECT "+stateColumns+" WHERE a.n = ?", n))
	}
	if errors.Is(err, sql.ErrNoRows) {
		return st, n, ErrNotFound
	}
	if err != nil {
		return st, n, fmt.Errorf("read article %s: %w", id, err)
	}
	return st, n, nil
}

// Joined returns the ids under which an article is kept in the journal: its own
// first, then those of the articles that turned out to be it, by their first
// record. Returns ErrNotFound if there is no such article.
func (l *Library) Joined(ctx context.Context, id string) ([]string, error) {
	rows, err := l.r.QueryContext(ctx, `WITH own(n) AS (SELECT CASE merged WHEN 0 THEN n ELSE merged END FROM articles WHERE id = ?)
		SELECT id FROM (SELECT b.id, 0 AS led, b.n FROM own JOIN articles b ON b.n = own.n
		UNION ALL SELECT b.id, 1, b.n FROM own JOIN articles b ON b.merged = own.n AND b.merged <> 0) ORDER BY led, n`, id)
	if err != nil {
		return nil, fmt.Errorf("read ids of %s: %w", id, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, fmt.Errorf("read ids of %s: %w", id, err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read ids of %s: %w", id, err)
	}
	if len(out) == 0 {
		return nil, ErrNotFound
	}
	return out, nil
}

// Each calls f for each article, in the order of their first records; those that
// turned out to be another are left out. It reads all of the library.
func (l *Library) Each(ctx context.Context, f func(State) error) error {
	rows, err := l.r.QueryContext(ctx, "SELECT "+stateColumns+" WHERE a.merged = 0 ORDER BY a.n")
	if err != nil {
		return fmt.Errorf("read articles: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		st, err := scanState(rows)
		if err != nil {
			return fmt.Errorf("read articles: %w", err)
		}
		if err := f(st); err != nil {
			return err
		}
	}
	return rows.Err()
}
