package search

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"

	"loa/feeds"
)

// doc is an article's row.
type doc struct {
	r, sort, h int64
	known      bool
}

// change is one change of the index.
type change struct {
	r    int64
	id   string
	sort int64
	h    int64
	// gone: the row leaves; else the columns come to it.
	gone          bool
	exact, folded []byte
}

// write commits the changes and the mark. FTS5 is given them in the order of
// rows, since each step back makes it write out what it has gathered.
func (x *Index) write(ctx context.Context, changes map[string]*feeds.Record, next mark) (err error) {
	defer func() {
		if err != nil {
			clear(x.vocab) // what it has learned may be undone
		}
	}()
	tx, err := x.w.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // committed, or to be undone
	w := &writer{ctx: ctx, tx: tx}
	defer w.close()
	for _, id := range sortedBySort(changes) {
		if err := x.plan(w, id, changes[id]); err != nil {
			return fmt.Errorf("index article %s: %w", id, err)
		}
	}
	slices.SortStableFunc(w.changes, func(a, b change) int { return cmp.Compare(a.r, b.r) })
	for _, c := range w.changes {
		if c.gone {
			err = w.exec("DELETE FROM words WHERE rowid = ?", c.r)
		} else {
			err = w.exec("INSERT INTO words(rowid, x, f) VALUES(?, ?, ?)", c.r, c.exact, c.folded)
		}
		if err != nil {
			return fmt.Errorf("write words of %s: %w", c.id, err)
		}
	}
	if err := x.learn(w); err != nil {
		return fmt.Errorf("write vocabulary: %w", err)
	}
	if err := saveMark(ctx, tx, next); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// maxVocab bounds the words that are remembered.
const maxVocab = 1 << 17

// learn adds the words of the changes to the vocabulary.
func (x *Index) learn(w *writer) error {
	if len(x.vocab) > maxVocab {
		clear(x.vocab)
	}
	for _, c := range w.changes {
		for _, column := range [][]byte{c.exact, c.folded} {
			for word := range bytes.FieldsSeq(column) {
				if _, ok := x.vocab[string(word)]; ok || bytes.HasPrefix(word, []byte(docSign)) {
					continue
				}
				s := string(word)
				if err := w.exec("INSERT INTO vocabulary VALUES(?) ON CONFLICT(w) DO NOTHING", s); err != nil {
					return err
				}
				x.vocab[s] = struct{}{}
			}
		}
	}
	return nil
}

// sortedBySort gives the order in which rows are given out: what leaves first,
// then by time and, within the same, by id.
func sortedBySort(changes map[string]*feeds.Record) []string {
	ids := make([]string, 0, len(changes))
	for id := range changes {
		ids = append(ids, id)
	}
	key := func(id string) int64 {
		if r := changes[id]; r != nil {
			return sortKey(r)
		}
		return -1 << 62
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(key(a), key(b)), cmp.Compare(a, b)) })
	return ids
}

// plan decides what an article's state changes, and changes its row in docs.
func (x *Index) plan(w *writer, id string, r *feeds.Record) error {
	var old doc
	s, err := w.prepare("SELECT r, sort, h FROM docs WHERE id = ?") //nolint:sqlclosecheck // closed with the writer
	if err != nil {
		return err
	}
	switch err := s.QueryRowContext(w.ctx, id).Scan(&old.r, &old.sort, &old.h); {
	case err == nil:
		old.known = true
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	if r == nil {
		if !old.known {
			return nil
		}
		w.changes = append(w.changes, change{r: old.r, id: id, gone: true})
		return w.exec("DELETE FROM docs WHERE r = ?", old.r)
	}
	x.cols.fill(x.terms, &r.Article)
	next := change{r: old.r, id: id, sort: sortKey(r), h: x.cols.hash()}
	if old.known && old.sort == next.sort && old.h == next.h {
		return nil
	}
	next.exact, next.folded = slices.Clone(x.cols.exact), slices.Clone(x.cols.folded)
	if old.known {
		w.changes = append(w.changes, change{r: old.r, id: id, gone: true})
	}
	if !old.known || old.sort != next.sort {
		if old.known {
			if err := w.exec("DELETE FROM docs WHERE r = ?", old.r); err != nil {
				return err
			}
		}
		top, err := w.prepare(topRow)
		if err != nil {
			return err
		}
		if next.r, err = freeRow(w.ctx, top, next.sort); err != nil {
			return err
		}
		err = w.exec("INSERT INTO docs VALUES(?, ?, ?, ?)", next.r, id, next.sort, next.h)
		if err != nil {
			return err
		}
	} else if err := w.exec("UPDATE docs SET h = ? WHERE r = ?", next.h, next.r); err != nil {
		return err
	}
	w.changes = append(w.changes, next)
	return nil
}

// hash tells two pairs of columns apart.
func (c *columns) hash() int64 {
	h := fnv.New64a()
	_, _ = h.Write(c.exact)
	_, _ = h.Write([]byte{0})
	_, _ = h.Write(c.folded)
	return int64(h.Sum64())
}

// writer is one transaction.
type writer struct {
	ctx     context.Context
	tx      *sql.Tx
	stmts   map[string]*sql.Stmt
	changes []change
}

func (w *writer) prepare(q string) (*sql.Stmt, error) {
	if s, ok := w.stmts[q]; ok {
		return s, nil
	}
	s, err := w.tx.PrepareContext(w.ctx, q)
	if err != nil {
		return nil, err
	}
	if w.stmts == nil {
		w.stmts = map[string]*sql.Stmt{}
	}
	w.stmts[q] = s
	return s, nil
}

func (w *writer) exec(q string, args ...any) error {
	s, err := w.prepare(q) //nolint:sqlclosecheck // closed with the writer
	if err != nil {
		return err
	}
	_, err = s.ExecContext(w.ctx, args...)
	return err
}

func (w *writer) close() {
	for _, s := range w.stmts {
		_ = s.Close()
	}
}
