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
// query's diacritics, newest first, then those that were written without any,
// newest first (by [feeds.Record.SortTime]). A word without diacritics matches
// whatever it may stand for. It skips the first matches and returns at most n, and
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
		return nil, false, fmt.Errorf("search: %w", x.note(err))
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	tiers, err := lists(ctx, tx, q)
	if err != nil {
		return nil, false, fmt.Errorf("search: %w", x.note(err))
	}
	want := n + 1 // one more tells whether there are more
	for i, match := range tiers {
		rows, err := list(ctx, tx, match, want-len(ids), skip)
		if err != nil {
			return nil, false, fmt.Errorf("search: %w", x.note(err))
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
			return nil, false, fmt.Errorf("search: %w", x.note(err))
		}
		skip -= had
	}
	if len(ids) > n {
		return ids[:n], true, nil
	}
	return ids, false, nil
}

// lists writes the lists that are found, the best first.
func lists(ctx context.Context, tx *sql.Tx, q Query) ([]string, error) {
	limit := maxBegun / max(q.prefixes(), 1)
	v := func(prefix string) ([]string, error) { return begun(ctx, tx, prefix, max(limit, 1)) }
	loose, err := q.match(false, v)
	if err != nil || !q.marked() {
		return []string{loose}, err
	}
	strict, err := q.match(true, v)
	return []string{strict, loose + " NOT " + strict}, err
}

// maxBegun bounds the words that the prefixes of a query stand for.
const maxBegun = 64

// begun returns words that begin with the prefix, the shortest first: a prefix of
// FTS5 itself would gather all their matches before it gave the first.
func begun(ctx context.Context, tx *sql.Tx, prefix string, n int) ([]string, error) {
	return texts(tx.QueryContext(ctx, "SELECT w FROM vocabulary WHERE w >= ? AND w < ? ORDER BY length(w), w LIMIT ?", prefix, prefix+"\U0010FFFF", n))
}

func list(ctx context.Context, tx *sql.Tx, match string, n, skip int) ([]string, error) {
	return texts(tx.QueryContext(ctx, `SELECT d.id FROM
		(SELECT rowid AS r FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ? OFFSET ?) m
		CROSS JOIN docs d ON d.r = m.r ORDER BY m.r DESC`, match, n, skip))
}

// texts reads rows of one text.
func texts(rows *sql.Rows, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}
