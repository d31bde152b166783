package search

import (
	"context"
	"database/sql"
	"fmt"
)

// MaxSkip bounds how deep a list of matches can be read: what is skipped is read
// all the same.
const MaxSkip = 10_000

// Find returns the ids of the articles that match, best first: those with the
// query's diacritics, newest first, then the others, newest first (by
// [feeds.Record.SortTime]). It skips the first matches and returns at most n, and
// whether there are more. Beyond MaxSkip there are none.
//
// A match that is withdrawn or joined into another article after the index's
// position may still be among them: the library knows.
func (x *Index) Find(ctx context.Context, q Query, n, skip int) (ids []string, more bool, err error) {
	if len(q.atoms) == 0 || n <= 0 || skip > MaxSkip {
		return nil, false, nil
	}
	skip = max(skip, 0)
	tx, err := x.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // both lists are of one state
	if err != nil {
		return nil, false, fmt.Errorf("search: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	loose := q.match(false)
	tiers := []string{loose}
	if q.marked() {
		strict := q.match(true)
		tiers = []string{strict, loose + " NOT " + strict}
	}
	want := n + 1 // one more tells whether there are more
	for i, match := range tiers {
		rows, err := list(ctx, tx, match, want-len(ids), skip)
		if err != nil {
			return nil, false, fmt.Errorf("search: %w", err)
		}
		ids = append(ids, rows...)
		if len(ids) == want {
			break
		}
		if i == len(tiers)-1 || skip == 0 {
			skip = 0
			continue
		}
		if len(ids) > 0 {
			skip = 0
			continue
		}
		var had int // all of the first list was skipped
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM words WHERE words MATCH ?", match).Scan(&had); err != nil {
			return nil, false, fmt.Errorf("search: %w", err)
		}
		skip -= had
	}
	if len(ids) > n {
		return ids[:n], true, nil
	}
	return ids, false, nil
}

func list(ctx context.Context, tx *sql.Tx, match string, n, skip int) ([]string, error) {
	rows, err := tx.QueryContext(ctx, `SELECT d.id FROM
		(SELECT rowid AS r FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ? OFFSET ?) m
		CROSS JOIN docs d ON d.r = m.r ORDER BY m.r DESC`, match, n, skip)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}
