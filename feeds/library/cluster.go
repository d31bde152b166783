package library

import (
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/feeds/sketch"
)

// A cluster is articles of nearly the same text (package feeds/sketch) that were
// published within [clusterSpan]: the news of a province that its communes pass
// on. They stay articles of their own, but a feed of several units shows one of
// them, the first that the journal has of those in the feed, with the others as
// related. An article joins the cluster of the first that it is near to, and
// stays in it; the journal's order alone decides.
const (
	clusterSpan = 7 * 24 * time.Hour
	// maxCluster bounds what is looked at of one cluster, maxNear of those that may
	// be near.
	maxCluster = 50
	maxNear    = 200
)

// Both say that the cluster is not 0, though it never is: without that SQLite does
// not use the index of those that have one, and reads all articles.
const (
	othersQuery  = "SELECT n FROM sketches WHERE cluster = ? AND cluster <> 0 AND n <> ? ORDER BY n LIMIT ?"
	membersQuery = `SELECT k.n, k.sort, COALESCE(a.state, c.bytes) FROM sketches k JOIN articles a ON a.n = k.n
		JOIN records c ON c.position = a.last WHERE k.cluster = ? AND k.cluster <> 0 ORDER BY k.n LIMIT ?`
)

const weekMilli = int64(7 * 24 * time.Hour / time.Millisecond)

// week counts weeks; it rounds down, before 1970 too.
func week(sort int64) int64 {
	w := sort / weekMilli
	if sort%weekMilli < 0 {
		w--
	}
	return w
}

// group puts an article into its cluster after a change (was is nil for a new
// one), and gives the feeds of the others in it a new version.
func (w *writer) group(was *feeds.Record, a *row, pos uint64) error {
	var old, cluster int64 // its sort and cluster
	var had string
	if was != nil && was.Sketch != "" {
		err := w.query("SELECT sketch, sort, cluster FROM sketches WHERE n = ?", a.n).Scan(&had, &old, &cluster)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	s, ok := sketch.Parse(a.rec.Sketch)
	if !ok {
		if had != "" {
			return w.ungroup(a.n)
		}
		return nil
	}
	sort := sortKey(&a.rec)
	if had != a.rec.Sketch || old != sort {
		if had != "" {
			if err := w.unband(a.n, had, old); err != nil {
				return err
			}
		}
		if cluster == 0 {
			var err error
			if cluster, err = w.near(a.n, s, sort); err != nil {
				return err
			}
		}
		if err := w.exec("INSERT OR REPLACE INTO sketches VALUES(?, ?, ?, ?)", a.n, a.rec.Sketch, sort, cluster); err != nil {
			return err
		}
		if _, err := insert(w, "INSERT OR IGNORE INTO bands VALUES", "", 3, s.Bands(), func(args []any, b uint32) []any { return append(args, week(sort), int64(b), a.n) }); err != nil {
			return err
		}
	}
	if cluster == 0 {
		return nil
	}
	return w.touch(cluster, a.n, pos)
}

// near returns the cluster of the first article that a sketch is near to, 0 if
// there is none.
func (w *writer) near(n int64, s sketch.Sketch, sort int64) (int64, error) {
	bands := s.Bands()
	if len(bands) == 0 {
		return 0, nil
	}
	at := week(sort)
	args := make([]any, 0, len(bands)+7)
	args = append(args, at-1, at, at+1)
	for _, b := range bands {
		args = append(args, int64(b))
	}
	stmt, err := w.prepare(nearQuery(len(bands))) //nolint:sqlclosecheck // closed with the transaction
	if err != nil {
		return 0, err
	}
	span := clusterSpan.Milliseconds()
	rows, err := stmt.QueryContext(w.ctx, append(args, sort-span, sort+span, n, maxNear)...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var other, cluster int64
		var text string
		if err := rows.Scan(&other, &text, &cluster); err != nil {
			return 0, err
		}
		t, ok := sketch.Parse(text)
		if !ok || !sketch.Near(s, t) {
			continue
		}
		if err := rows.Close(); err != nil {
			return 0, err
		}
		if cluster == 0 {
			cluster = other
			return cluster, w.exec("UPDATE sketches SET cluster = ? WHERE n = ?", cluster, other)
		}
		return cluster, nil
	}
	return 0, rows.Err()
}

func nearQuery(bands int) string {
	return "SELECT DISTINCT k.n, k.sketch, k.cluster FROM bands b JOIN sketches k ON k.n = b.n WHERE b.week IN (?,?,?) AND b.band IN (?" +
		strings.Repeat(",?", bands-1) + ") AND k.sort BETWEEN ? AND ? AND k.n <> ? ORDER BY k.n LIMIT ?"
}

// touch gives the merged feeds of the others in a cluster a new version: one of
// them shows what changed as related.
func (w *writer) touch(cluster, n int64, pos uint64) error {
	stmt, err := w.prepare(othersQuery) //nolint:sqlclosecheck // closed with the transaction
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(w.ctx, cluster, n, maxCluster)
	if err != nil {
		return err
	}
	defer rows.Close()
	var others []int64
	for rows.Next() {
		var o int64
		if err := rows.Scan(&o); err != nil {
			return err
		}
		others = append(others, o)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, o := range others {
		r, err := w.read("a.n = ?", o)
		if err != nil {
			return err
		}
		if !isListed(&r.rec) {
			continue
		}
		for _, f := range w.facets(&r.rec) {
			if isMerged([]string{f.Path}) {
				if _, err := w.feed(f, pos); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// ungroup forgets an article's sketch.
func (w *writer) ungroup(n int64) error {
	var text string
	var sort int64
	err := w.query("SELECT sketch, sort FROM sketches WHERE n = ?", n).Scan(&text, &sort)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := w.unband(n, text, sort); err != nil {
		return err
	}
	return w.exec("DELETE FROM sketches WHERE n = ?", n)
}

func (w *writer) unband(n int64, text string, sort int64) error {
	s, _ := sketch.Parse(text)
	for _, b := range s.Bands() {
		if err := w.exec("DELETE FROM bands WHERE week = ? AND band = ? AND n = ?", week(sort), int64(b), n); err != nil {
			return err
		}
	}
	return nil
}

// cluster returns the first article, by the journal, of an article's cluster that
// stands in the feeds that are read, and if that is the article itself, the
// others of the cluster, wherever they stand.
func (r *reader) cluster(it item) (first int64, related []feeds.Record, err error) {
	rows, err := r.tx.QueryContext(r.ctx, membersQuery, it.cluster, maxCluster)
	if err != nil {
		return 0, nil, err
	}
	defer rows.Close()
	var others []item
	for rows.Next() {
		var o item
		var b []byte
		if err := rows.Scan(&o.n, &o.sort, &b); err != nil {
			return 0, nil, err
		}
		if o.rec, err = journal.Decode(b); err != nil {
			return 0, nil, err
		}
		if isListed(&o.rec) {
			others = append(others, o)
		}
	}
	if err := rows.Err(); err != nil {
		return 0, nil, err
	}
	for _, o := range others {
		if o.n == it.n {
			break
		}
		listed, err := r.lists(o)
		if err != nil {
			return 0, nil, err
		}
		if listed {
			return o.n, nil, nil
		}
	}
	others = slices.DeleteFunc(others, func(o item) bool { return o.n == it.n })
	for _, o := range others {
		related = append(related, o.rec)
	}
	return it.n, related, nil
}

// lists reports whether an article stands in one of the feeds that are read.
func (r *reader) lists(o item) (bool, error) {
	for _, f := range r.feeds {
		var one int
		err := r.tx.QueryRowContext(r.ctx, "SELECT 1 FROM entries WHERE f = ? AND sort = ? AND n = ?", f, o.sort, o.n).Scan(&one)
		if err == nil {
			return true, nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return false, err
		}
	}
	return false, nil
}
