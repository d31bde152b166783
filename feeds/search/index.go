// Package search is full-text search over the library's articles: an index in
// SQLite FTS5, in a file of its own, that follows the library in the background.
// It stands beside feeds/library, and publish reads both: Find gives ids, the
// library their articles.
//
// Nothing that is served as an ordinary feed depends on it. The file may be lost
// at any time and is made anew from the library; so it is when its schema, or the
// journal that it is an index of, is another one.
//
// Each word is indexed twice: as it is written (vntext.Key, so that hòa is hoà)
// and without diacritics (vntext.KeyNoMarks, so that đ is d). The text itself is
// not kept. The row of an article is its place in time (see slot.go), so that the
// newest matches are read first and the rest not at all, however common a word is.
//
// It does not rank by relevance, stem, or correct spelling.
package search

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"

	"loa/internal/sqlitefile"
)

// schemaVersion is raised with every change of the schema or of what is put into
// it (words, keys, rows).
const schemaVersion = 2

// The tokeniser has nothing to decide: words come to it ready, with blanks
// between, and all that is not ASCII is a letter to it.
const schema = `
CREATE TABLE meta(k TEXT PRIMARY KEY, v TEXT NOT NULL) WITHOUT ROWID;
-- r is the row in words, h tells whether an article's words have changed.
CREATE TABLE docs(r INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, sort INTEGER NOT NULL, h INTEGER NOT NULL);
-- vocabulary has all words in all forms, for prefixes. Words never leave it.
CREATE TABLE vocabulary(w TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(x, f, content='', contentless_delete=1, tokenize='ascii');
INSERT INTO words(words, rank) VALUES('hashsize', 33554432);
`

const dropSchema = `DROP TABLE IF EXISTS words; DROP TABLE IF EXISTS docs; DROP TABLE IF EXISTS vocabulary; DROP TABLE IF EXISTS meta;`

// Index is open for reading as soon as Open returns; Run keeps it up to date.
// All methods are safe for concurrent use.
type Index struct {
	log *slog.Logger
	w   *sql.DB // one connection: the writer
	r   *sql.DB // the readers

	// Of the writer:
	terms *terms
	cols  columns
	vocab map[string]struct{} // words that surely are in the vocabulary

	position atomic.Uint64
	mu       sync.RWMutex
	moved    chan struct{} // closed and replaced when position moves
	wake     func()        // ends Run's waiting
	damaged  atomic.Bool   // the file is; Run makes it anew
}

// Open opens or creates the index in the file; one that cannot be used is thrown
// away. The caller closes it.
func Open(path string, log *slog.Logger) (*Index, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	x, err := open(path, log)
	if err == nil {
		return x, nil
	}
	log.Warn("search index cannot be used; making a new one from the library", "file", path, "err", err)
	if err := Remove(path); err != nil {
		return nil, err
	}
	if x, err = open(path, log); err != nil {
		return nil, fmt.Errorf("create search index %s: %w", path, err)
	}
	return x, nil
}

// Remove deletes an index that nobody has open. It is no error if there is none.
func Remove(path string) error {
	if err := sqlitefile.Remove(path); err != nil {
		return fmt.Errorf("remove search index: %w", err)
	}
	return nil
}

func open(path string, log *slog.Logger) (_ *Index, err error) {
	x := &Index{log: log, terms: newTerms(), vocab: map[string]struct{}{}, moved: make(chan struct{})}
	defer func() {
		if err != nil {
			_ = x.Close()
		}
	}()
	ctx := context.Background() // opening is short and never given up
	if x.w, x.r, err = sqlitefile.Open(ctx, path, sqlitefile.Options{Schema: schema, Version: schemaVersion, Readers: 4, Checkpoint: 4000}); err != nil {
		return nil, err
	}
	if _, err = x.mark(ctx); err != nil {
		return nil, err
	}
	return x, nil
}

// Close closes the file. Run must have returned.
func (x *Index) Close() error {
	var errs []error
	for _, db := range []*sql.DB{x.r, x.w} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Position is the position of the journal up to which articles are indexed; 0
// until Run has seen that the index is of its library's journal. It costs no disk
// access.
func (x *Index) Position() uint64 { return x.position.Load() }

// WaitFor returns when the position is indexed, or ctx's error.
func (x *Index) WaitFor(ctx context.Context, position uint64) error {
	for {
		x.mu.RLock()
		moved := x.moved
		x.mu.RUnlock()
		if x.Position() >= position {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (x *Index) move(position uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.position.Store(position)
	close(x.moved)
	x.moved = make(chan struct{})
}

// mark is what the index says it is an index of.
type mark struct {
	position uint64
	journal  string
	// last and digest are those of the last record that was read.
	last   uint64
	digest string
}

func (x *Index) mark(ctx context.Context) (m mark, err error) {
	rows, err := x.w.QueryContext(ctx, "SELECT k, v FROM meta")
	if err != nil {
		return m, fmt.Errorf("read mark of search index: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var k, v string
		if err := rows.Scan(&k, &v); err != nil {
			return m, fmt.Errorf("read mark of search index: %w", err)
		}
		switch k {
		case "position":
			m.position, err = strconv.ParseUint(v, 10, 64)
		case "last":
			m.last, err = strconv.ParseUint(v, 10, 64)
		case "journal":
			m.journal = v
		case "digest":
			m.digest = v
		}
		if err != nil {
			return m, fmt.Errorf("read mark of search index: %w", err)
		}
	}
	return m, rows.Err()
}

func saveMark(ctx context.Context, tx *sql.Tx, m mark) error {
	for k, v := range map[string]string{
		"position": strconv.FormatUint(m.position, 10), "last": strconv.FormatUint(m.last, 10),
		"journal": m.journal, "digest": m.digest,
	} {
		if _, err := tx.ExecContext(ctx, "INSERT INTO meta VALUES(?, ?) ON CONFLICT(k) DO UPDATE SET v = excluded.v", k, v); err != nil {
			return fmt.Errorf("save mark: %w", err)
		}
	}
	return nil
}

// anew empties the index.
func (x *Index) anew(ctx context.Context, journal string) error {
	tx, err := x.w.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // committed, or nothing was changed
	if _, err := tx.ExecContext(ctx, dropSchema+schema); err != nil {
		return fmt.Errorf("empty search index: %w", err)
	}
	if err := saveMark(ctx, tx, mark{journal: journal}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	clear(x.vocab)
	x.move(0)
	return nil
}
