package library

import (
	"database/sql"
	"errors"
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
// related. An article joins the cluster of one that it is near to, and stays
// in it; the journal's order alone decides.
const (
	clusterSpan = 7 * 24 * time.Hour
	// maxCluster bounds what is shown of one cluster. maxNear bounds in how many, of
	// those that have a band in a week, a near one is looked for, the newest first:
	// notices by one form share their bands by the thousand.
	maxCluster = 50
	maxNear    = "8"
)

// membersQuery says that the cluster is not 0, though it never is: without that
// SQLite does not use the index of those that have one, and reads all articles.
// spreadQuery has the feeds in which members of a cluster ever stood.
const (
	spreadQuery  = "SELECT path FROM spread WHERE cluster = ?"
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
	if err := w.spread(cluster, &a.rec); err != nil {
		return err
	}
	return w.touch(cluster, pos)
}

// spread writes down in which feeds of several units a cluster's member stands.
func (w *writer) spread(cluster int64, r *feeds.Record) error {
	if !isListed(r) {
		return nil
	}
	for _, f := range w.facets(r) {
		if !isMerged([]string{f.Path}) {
			continue
		}
		if err := w.exec("INSERT OR IGNORE INTO spread VALUES(?, ?)", cluster, f.Path); err != nil {
			return err
		}
	}
	return nil
}

// near returns the cluster of an article that a sketch is near to, 0 if there is
// none.
func (w *writer) near(n int64, s sketch.Sketch, sort int64) (int64, error) {
	bands := s.Bands()
	if len(bands) == 0 {
		return 0, nil
	}
	at := week(sort)
	args := make([]any, 0, 6*len(bands)+3)
	for _, b := range bands {
		for w := at - 1; w <= at+1; w++ {
			args = append(args, w, int64(b))
		}
	}
	span := clusterSpan.Milliseconds()
	other, cluster, err := w.nearest(nearQuery(len(bands)), append(args, n, sort-span, sort+span), s)
	if err != nil || other == 0 || cluster != 0 {
		return cluster, err
	}
	first, err := w.read("a.n = ?", other)
	if err != nil {
		return 0, err
	}
	if err := w.spread(other, &first.rec); err != nil {
		return 0, err
	}
	return other, w.exec("UPDATE sketches SET cluster = n WHERE n = ?", other)
}

// nearest returns the first that is near, and its cluster.
func (w *writer) nearest(query string, args []any, s sketch.Sketch) (n, cluster int64, err error) {
	stmt, err := w.prepare(query) //nolint:sqlclosecheck // closed with the transaction
	if err != nil {
		return 0, 0, err
	}
	rows, err := stmt.QueryContext(w.ctx, args...)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&n, &text, &cluster); err != nil {
			return 0, 0, err
		}
		if t, ok := sketch.Parse(text); ok && sketch.Near(s, t) {
			return n, cluster, nil
		}
	}
	return 0, 0, rows.Err()
}

// nearQuery reads of each band in three weeks the newest.
func nearQuery(bands int) string {
	const part = "SELECT n FROM (SELECT n FROM bands WHERE week = ? AND band = ? ORDER BY n DESC LIMIT " + maxNear + ")"
	return "SELECT k.n, k.sketch, k.cluster FROM sketches k WHERE k.n IN (" + part + strings.Repeat(" UNION ALL "+part, 3*bands-1) +
		") AND k.n <> ? AND k.sort BETWEEN ? AND ? ORDER BY k.n"
}

// touch gives the feeds of a cluster a new version: one of its articles shows what
// changed as related.
func (w *writer) touch(cluster int64, pos uint64) error {
	stmt, err := w.prepare(spreadQuery) //nolint:sqlclosecheck // closed with the transaction
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(w.ctx, cluster)
	if err != nil {
		return err
	}
	defer rows.Close()
	var paths []string
	for rows.Next() {
		var path string
		if err := rows.Scan(&path); err != nil {
			return err
		}
		paths = append(paths, path)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, path := range paths {
		if _, err := w.feed(feeds.Facet{Path: path}, pos); err != nil {
			return err
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

// folded is a cluster as one reading of feeds shows it: one article, with the
// others of the cluster, wherever they stand.
type folded struct {
	shown   int64
	members []item
}

// fold looks a cluster up, once. The one that is shown is the first, by the
// journal, of those that stand in the feeds that are read; of a great cluster that
// has none of its first there, the one that comes to hand.
func (r *reader) fold(it item) (*folded, error) {
	if f := r.folded[it.cluster]; f != nil {
		return f, nil
	}
	rows, err := r.tx.QueryContext(r.ctx, membersQuery, it.cluster, maxCluster)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	f := &folded{}
	for rows.Next() {
		var o item
		var b []byte
		if err := rows.Scan(&o.n, &o.sort, &b); err != nil {
			return nil, err
		}
		if o.rec, err = journal.Decode(b); err != nil {
			return nil, err
		}
		if isListed(&o.rec) {
			f.members = append(f.members, o)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, o := range f.members {
		listed, err := r.lists(o)
		if err != nil {
			return nil, err
		}
		if listed {
			f.shown = o.n
			break
		}
	}
	if f.shown == 0 {
		f.shown = it.n
	}
	r.folded[it.cluster] = f
	return f, nil
}

// related are the others of a cluster.
func (f *folded) related() []feeds.Record {
	var out []feeds.Record
	for _, o := range f.members {
		if o.n != f.shown {
			out = append(out, o.rec)
		}
	}
	return out
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
