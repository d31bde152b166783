package library

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"loa/feeds"
	"loa/feeds/journal"
)

// shelf is a feed's log: every revision that the feed showed, in the journal's
// order, cut into pages by month and by size. The last page is open; when it is
// full, or the first revision of another month comes, it is sealed and never
// changes again, but that it loses what is withdrawn. The documents of a feed
// have the open page, the archives the sealed ones (RFC 5005 section 4): whoever
// reads all of them has everything.
type shelf struct {
	seq    int64  // of the newest revision; 0: none
	open   int64  // of the first one in the open page
	month  string // of the open page, such as 2026-11
	page   int    // its number in the month, from 1
	sealed string // name of the newest sealed page, "" if there is none
}

// monthOf is the month of a revision, by loa's own clock when it came.
func monthOf(r *feeds.Record) string {
	at := r.FirstSeen
	if r.Revision > 1 && r.Provenance.ReceivedAt.After(at) {
		at = r.Provenance.ReceivedAt
	}
	return at.In(feeds.Zone).Format("2006-01")
}

// isShelved reports whether a state is to be told after the one before (nil: there
// was none). What was never shown needs no tombstone.
func isShelved(was *feeds.Record, is *row) bool {
	r := &is.rec
	if was == nil {
		return !r.IsWithdrawn()
	}
	if r.IsWithdrawn() && (r.Article.Title == "" || was.IsWithdrawn()) {
		return false
	}
	return was.Revision != r.Revision || was.IsWithdrawn() != r.IsWithdrawn() || was.Quiet && !r.Quiet ||
		is.joined && feeds.Digest(&was.Article) != feeds.Digest(&r.Article) // joined, revisions do not count up
}

// shelve puts an article's state at the end of a feed's log.
func (w *writer) shelve(path string, r feedRow, a *row, pos uint64) error {
	s := &r.shelf
	month := max(s.month, w.month) // nodes' clocks differ; a sealed month stays sealed
	if count := s.seq - s.open + 1; s.open > 0 && (month != s.month || count >= int64(w.o.Page)) {
		name := s.month + "-" + strconv.Itoa(s.page)
		if err := w.exec("INSERT INTO pages VALUES(?, ?, ?, ?)", r.f, s.open, s.seq, name); err != nil {
			return err
		}
		s.sealed, s.open = name, s.seq+1
		s.page++
	}
	if s.open == 0 {
		s.open = 1
	}
	if month != s.month {
		s.month, s.page = month, 1
	}
	s.seq++
	var state []byte
	if a.joined { // no single record tells it
		var err error
		if state, err = journal.Encode(&a.rec); err != nil {
			return err
		}
	}
	w.feeds[path] = r
	w.pending.log = append(w.pending.log, logged{r.f, s.seq, a.n, int64(pos), state})
	return nil
}

// Archive is a sealed page of a feed.
type Archive struct {
	// Prev is the name of the page before, "" for the first; Next that of the page
	// after it, which may be the open one.
	Prev, Next string
	// Records are as they were when the page was sealed, by their time, newest
	// first, each article once. What is withdrawn now is its withdrawal.
	Records []feeds.Record
	// Label is the feed's.
	Label string
}

// Archive returns the page of the name, such as 2026-11-1, or ErrNotFound, or
// ErrOpen for the page that is still open: [Library.Live] has that.
func (l *Library) Archive(ctx context.Context, path, name string) (Archive, error) {
	var out Archive
	fail := func(err error) (Archive, error) {
		return out, fmt.Errorf("read archive %s of %s: %w", name, path, err)
	}
	tx, err := l.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fail(err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	var f, first, last int64
	err = tx.QueryRowContext(ctx, `SELECT f.f, f.label, p.first, p.last,
		COALESCE((SELECT name FROM pages q WHERE q.f = f.f AND q.first < p.first ORDER BY q.first DESC LIMIT 1), ''),
		COALESCE((SELECT name FROM pages q WHERE q.f = f.f AND q.first > p.first ORDER BY q.first LIMIT 1), f.month || '-' || f.page)
		FROM feeds f JOIN pages p ON p.f = f.f WHERE f.path = ? AND p.name = ?`, path, name).Scan(&f, &out.Label, &first, &last, &out.Prev, &out.Next)
	if errors.Is(err, sql.ErrNoRows) {
		return out, l.unsealed(ctx, tx, path, name)
	}
	if err != nil {
		return fail(err)
	}
	told, err := readShelf(ctx, tx, f, first, last)
	if err != nil {
		return fail(err)
	}
	for _, t := range told {
		if t.withdrawn {
			id := t.then.ID
			t.then = t.now
			t.then.ID = id // the one that readers know
		}
		out.Records = append(out.Records, t.then)
	}
	sortNewest(out.Records)
	return out, nil
}

// unsealed returns ErrOpen for the name of the open page, else ErrNotFound.
func (l *Library) unsealed(ctx context.Context, tx *sql.Tx, path, name string) error {
	var open string
	err := tx.QueryRowContext(ctx, "SELECT month || '-' || page FROM feeds WHERE path = ?", path).Scan(&open)
	if err == nil && open == name {
		return ErrOpen
	}
	if err == nil || errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return fmt.Errorf("read archive %s of %s: %w", name, path, err)
}

// told is an article as a page tells it, and as it is now.
type told struct {
	n         int64
	then, now feeds.Record
	withdrawn bool // now
	merged    bool
	cluster   int64
}

const shelfQuery = `SELECT s.n, a.merged, COALESCE(k.cluster, 0), COALESCE(s.state, r.bytes), COALESCE(t.state, q.bytes)
	FROM shelf s JOIN records r ON r.position = s.position JOIN articles a ON a.n = s.n
	JOIN articles t ON t.n = CASE a.merged WHEN 0 THEN a.n ELSE a.merged END JOIN records q ON q.position = t.last
	LEFT JOIN sketches k ON k.n = a.n
	WHERE s.f = ? AND s.seq BETWEEN ? AND ? ORDER BY s.seq DESC`

// readShelf returns a part of a feed's log, each article once, in the order of
// their last revision there.
func readShelf(ctx context.Context, tx *sql.Tx, f, first, last int64) ([]told, error) {
	rows, err := tx.QueryContext(ctx, shelfQuery, f, first, last)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []told
	seen := map[int64]bool{}
	for rows.Next() {
		var t told
		var merged int64
		var then, now []byte
		if err := rows.Scan(&t.n, &merged, &t.cluster, &then, &now); err != nil {
			return nil, err
		}
		if seen[t.n] {
			continue
		}
		seen[t.n] = true
		if t.then, err = journal.Decode(then); err != nil {
			return nil, err
		}
		if t.now = t.then; !bytes.Equal(then, now) {
			if t.now, err = journal.Decode(now); err != nil {
				return nil, err
			}
		}
		t.merged, t.withdrawn = merged != 0, t.now.IsWithdrawn()
		out = append(out, t)
	}
	return out, rows.Err()
}

// sortNewest puts records into the order of feeds as far as they tell it.
func sortNewest(rs []feeds.Record) {
	slices.SortStableFunc(rs, func(a, b feeds.Record) int { return b.SortTime().Compare(a.SortTime()) })
}

// Archives lists the names of a feed's sealed pages, oldest first.
func (l *Library) Archives(ctx context.Context, path string) ([]string, error) {
	rows, err := l.r.QueryContext(ctx, "SELECT p.name FROM feeds f JOIN pages p ON p.f = f.f WHERE f.path = ? ORDER BY p.first", path)
	if err != nil {
		return nil, fmt.Errorf("list archives of %s: %w", path, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("list archives of %s: %w", path, err)
		}
		out = append(out, name)
	}
	return out, rows.Err()
}
