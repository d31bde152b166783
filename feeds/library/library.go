// Package library is the reading copy of the journal: one SQLite file on each
// node, from which feeds and pages are made and identity keys are looked up. It
// stands between feeds/journal and everything that reads.
//
// One writer applies the journal in batches; many readers see the last committed
// state. The position in the journal is committed with what it brought, so the
// library is always the exact image of a prefix of the journal. It can be lost
// at any time: Run reads the journal again. A file of another schema version is
// thrown away and made anew, never migrated.
//
// It decides one thing only, and by the journal's order alone, so that all nodes
// decide alike: two articles that turn out to have a key in common become one
// (see apply.go).
package library

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"loa/feeds"
	"loa/internal/sqlitefile"
)

// Errors of the library.
var (
	// ErrNotFound says that there is no such article or feed.
	ErrNotFound = errors.New("library: not found")
	// ErrOpen says that an archive is not sealed yet.
	ErrOpen = errors.New("library: archive is still open")
	// ErrClosed says that the library was closed.
	ErrClosed = errors.New("library: closed")
)

// schemaVersion is raised with every change of the schema or of what is put into
// it (facets, sort order, joins).
const schemaVersion = 7

const schema = `
CREATE TABLE meta(k TEXT PRIMARY KEY, v TEXT NOT NULL) WITHOUT ROWID;
-- n counts articles in the order of their first record; ties in lists are broken by it.
CREATE TABLE articles(
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  last INTEGER NOT NULL,          -- position of the newest record on its own subject
  digest TEXT NOT NULL,           -- digest of that record
  merged INTEGER NOT NULL DEFAULT 0, -- n of the article that this one turned out to be
  state BLOB                      -- the joined record, where it is not the one at last
);
CREATE INDEX articles_merged ON articles(merged) WHERE merged <> 0;
CREATE TABLE records(position INTEGER PRIMARY KEY, n INTEGER NOT NULL, digest TEXT NOT NULL, bytes BLOB NOT NULL);
CREATE TABLE keys(h BLOB PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE feeds(
  f INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, label TEXT NOT NULL, version INTEGER NOT NULL,
  seq INTEGER NOT NULL DEFAULT 0, open INTEGER NOT NULL DEFAULT 0, month TEXT NOT NULL DEFAULT '', page INTEGER NOT NULL DEFAULT 0, sealed TEXT NOT NULL DEFAULT '' -- see shelf.go
);
CREATE TABLE entries(f INTEGER NOT NULL, sort INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(f, sort, n)) WITHOUT ROWID;
-- Every revision that a feed showed, in order; pages are the sealed parts.
CREATE TABLE shelf(f INTEGER NOT NULL, seq INTEGER NOT NULL, n INTEGER NOT NULL, position INTEGER NOT NULL, state BLOB, PRIMARY KEY(f, seq)) WITHOUT ROWID;
CREATE TABLE pages(f INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY(f, first)) WITHOUT ROWID;
CREATE UNIQUE INDEX pages_name ON pages(f, name);
-- Near-duplicates: cluster is the n of its first article, 0 for one that is alone.
CREATE TABLE sketches(n INTEGER PRIMARY KEY, sketch TEXT NOT NULL, sort INTEGER NOT NULL, cluster INTEGER NOT NULL DEFAULT 0);
CREATE INDEX sketches_cluster ON sketches(cluster) WHERE cluster <> 0;
-- By weeks, so that what is written and looked up these days lies together.
CREATE TABLE spread(cluster INTEGER NOT NULL, path TEXT NOT NULL, PRIMARY KEY(cluster, path)) WITHOUT ROWID;
CREATE TABLE bands(week INTEGER NOT NULL, band INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(week, band, n)) WITHOUT ROWID;
`

// Library is open for reading as soon as Open returns; Run keeps it up to date.
// All methods are safe for concurrent use.
type Library struct {
	path string
	o    Options
	log  *slog.Logger
	w    *sql.DB // one connection: the writer
	r    *sql.DB // the readers

	keys  *filter
	stmts map[string]*sql.Stmt // of the writer; nil: to be prepared

	position atomic.Uint64
	taken    atomic.Uint64
	layout   string // of the file
	stale    bool   // the file has another layout: Prepare makes it anew
	created  string // which journal this is the image of; owned by the writer

	mu      sync.RWMutex
	feeds   map[string]feedRow // by path; committed state
	moved   chan struct{}      // closed and replaced when position moves
	damaged atomic.Uint64
}

type feedRow struct {
	f       int64
	label   string
	version uint64
	shelf   shelf
}

// Options of a library. All nodes and every rebuild must have the same.
type Options struct {
	// Province gives the province of a unit by its GSO code at a time, "" if it is
	// not known. It must be pure. Nil: there are no feeds of provinces.
	Province func(unit string, at time.Time) string
	// Register is the version of what Province knows. With another one the library
	// is made anew.
	Register string
	// Page is how many revisions of a feed an archive has at most; 0 means 50.
	// With another number all archives have other contents: set it once.
	Page int
	// Log is nil for none.
	Log *slog.Logger
}

// DefaultPage is the size of an archive.
const DefaultPage = 50

// layout is what a file must have been made with to be used.
func (o *Options) layout() string { return o.Register + " " + strconv.Itoa(o.Page) }

// Open opens or creates the library in the file. The caller closes it.
func Open(path string, o Options) (*Library, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Page <= 0 {
		o.Page = DefaultPage
	}
	log := o.Log
	l, err := open(path, o)
	if err == nil {
		return l, nil
	}
	// Whatever is wrong with the file, the journal has all of it.
	log.Warn("library cannot be used; making a new one from the journal", "file", path, "err", err)
	if err := sqlitefile.Remove(path); err != nil {
		return nil, fmt.Errorf("remove library: %w", err)
	}
	if l, err = open(path, o); err != nil {
		return nil, fmt.Errorf("create library %s: %w", path, err)
	}
	return l, nil
}

func open(path string, o Options) (_ *Library, err error) {
	l := &Library{path: path, o: o, log: o.Log, keys: newFilter(), stmts: map[string]*sql.Stmt{}, feeds: map[string]feedRow{}, moved: make(chan struct{})}
	defer func() {
		if err != nil {
			_ = l.Close()
		}
	}()
	ctx := context.Background() // opening is short and never given up
	// The position is in the file too: when the power takes the newest commits, it
	// goes back with them.
	if l.w, l.r, err = sqlitefile.Open(ctx, path, sqlitefile.Options{Schema: schema, Version: schemaVersion, Readers: 8, Checkpoint: 16000}); err != nil {
		return nil, err
	}
	if err = l.load(ctx); err != nil {
		return nil, err
	}
	switch l.layout {
	case o.layout():
	case "":
		_, err = l.w.ExecContext(ctx, "INSERT INTO meta VALUES('layout', ?)", o.layout())
	default:
		l.stale = true
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

// load reads the position and the feeds' versions.
func (l *Library) load(ctx context.Context) error {
	rows, err := l.w.QueryContext(ctx, "SELECT k, v FROM meta")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k, v string
		if err := rows.Scan(&k, &v); err != nil {
			return err
		}
		switch k {
		case "position", "taken":
			n, err := strconv.ParseUint(v, 10, 64)
			if err != nil {
				return fmt.Errorf("read %s: %w", k, err)
			}
			if k == "taken" {
				l.taken.Store(n)
			} else {
				l.position.Store(n)
			}
		case "layout":
			l.layout = v
		case "created":
			l.created = v
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	fs, err := l.w.QueryContext(ctx, "SELECT f, path, label, version, seq, open, month, page, sealed FROM feeds")
	if err != nil {
		return err
	}
	defer fs.Close()
	for fs.Next() {
		var row feedRow
		var path string
		if err := fs.Scan(&row.f, &path, &row.label, &row.version, &row.shelf.seq, &row.shelf.open, &row.shelf.month, &row.shelf.page, &row.shelf.sealed); err != nil {
			return err
		}
		l.feeds[path] = row
	}
	return fs.Err()
}

// Close closes the file. Run must have returned.
func (l *Library) Close() error {
	var errs []error
	for _, s := range l.stmts {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	clear(l.stmts)
	for _, db := range []*sql.DB{l.r, l.w} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Position is the last position of the journal that is in the library.
func (l *Library) Position() uint64 { return l.position.Load() }

// Taken is the position of the newest withdrawal or restoration, at least 1:
// archives change with it and with nothing else. It costs no disk access.
func (l *Library) Taken() uint64 { return max(1, l.taken.Load()) }

// Damaged counts the records that could not be read since Open.
func (l *Library) Damaged() uint64 { return l.damaged.Load() }

// WaitFor returns when the position is in the library, or ctx's error.
func (l *Library) WaitFor(ctx context.Context, position uint64) error {
	for {
		l.mu.RLock()
		moved := l.moved
		l.mu.RUnlock()
		if l.Position() >= position {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Version is the position of the newest change in the feed; false if the feed
// has never had an article. It costs no disk access.
func (l *Library) Version(path string) (uint64, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	row, ok := l.feeds[path]
	return row.version, ok
}

// State is an article as the library has it.
type State struct {
	// Record is the article's joined state, and Record.ID its own id even where
	// another article was joined to it.
	Record feeds.Record
	// Last and Digest are those of the newest record on the article's subject:
	// what an append compares with and chains to.
	Last   uint64
	Digest string
}
