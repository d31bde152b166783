// Package sqlitefile opens the SQLite files that a node makes for itself and can
// always make again: one writer, some readers, a schema that is never migrated.
// It stands below feeds/library and feeds/search and knows nothing of what is in
// them.
package sqlitefile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite": SQLite in Go, without cgo
)

// ErrSchema says that a file has another version of the schema. It is to be
// removed and made again.
var ErrSchema = errors.New("sqlitefile: file has another schema version")

// Options of a file.
type Options struct {
	// Schema is run when the file is new; Version is raised with every change of it
	// or of what is put into it.
	Schema  string
	Version int
	// Readers is how many connections read at once.
	Readers int
	// Checkpoint is after how many pages of the log (4 KiB each) the file itself is
	// written.
	Checkpoint int
}

// Open opens or creates a file: one connection that writes, and those that read
// what was committed. The caller closes both.
func Open(ctx context.Context, path string, o Options) (w, r *sql.DB, err error) {
	defer func() {
		if err == nil {
			return
		}
		for _, db := range []*sql.DB{w, r} {
			if db != nil {
				_ = db.Close()
			}
		}
		w, r = nil, nil
	}()
	// With WAL, synchronous=NORMAL may lose the newest commits with the power, but
	// never consistency.
	dsn := "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path) +
		"?_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=busy_timeout(5000)&_pragma=temp_store(memory)"
	if w, err = sql.Open("sqlite", dsn+"&_txlock=immediate&_pragma=cache_size(-32000)&_pragma=wal_autocheckpoint("+strconv.Itoa(o.Checkpoint)+")"); err != nil {
		return w, r, err
	}
	w.SetMaxOpenConns(1)
	var version int
	if err = w.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return w, r, err
	}
	switch version {
	case o.Version:
	case 0:
		if _, err = w.ExecContext(ctx, "BEGIN;"+o.Schema+"PRAGMA user_version="+strconv.Itoa(o.Version)+";COMMIT"); err != nil {
			return w, r, err
		}
	default:
		return w, r, fmt.Errorf("%w (%d, this program has %d)", ErrSchema, version, o.Version)
	}
	if r, err = sql.Open("sqlite", dsn+"&_pragma=query_only(1)&_pragma=cache_size(-8000)"); err != nil {
		return w, r, err
	}
	r.SetMaxOpenConns(o.Readers)
	r.SetMaxIdleConns(o.Readers)
	return w, r, nil
}

// Remove deletes a file that nobody has open. It is no error if there is none.
func Remove(path string) error {
	var errs []error
	for _, f := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.Remove(f); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
