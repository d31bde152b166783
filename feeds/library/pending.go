package library

import (
	"cmp"
	"slices"
	"strings"
)

// pending is what a transaction has to write into the lists and the logs of feeds.
// Nothing in the transaction reads it back, so it is written once, at its end: in
// the order of the tables, and many rows by one statement. An article stands in
// five feeds and more; row by row that would be most of the work.
type pending struct {
	entries map[place]bool // false: to be taken out
	log     []logged
}

// place is a row of entries.
type place struct{ f, sort, n int64 }

// logged is a row of shelf.
type logged struct {
	f, seq, n, position int64
	state               []byte
}

// flush writes what is pending and the feeds' rows.
func (w *writer) flush() error {
	var in, out []place
	for p, listed := range w.pending.entries {
		if listed {
			in = append(in, p)
		} else {
			out = append(out, p)
		}
	}
	order := func(a, b place) int {
		return cmp.Or(cmp.Compare(a.f, b.f), cmp.Compare(a.sort, b.sort), cmp.Compare(a.n, b.n))
	}
	slices.SortFunc(in, order)
	slices.SortFunc(out, order)
	for _, p := range out {
		if err := w.exec("DELETE FROM entries WHERE f = ? AND sort = ? AND n = ?", p.f, p.sort, p.n); err != nil {
			return err
		}
	}
	if _, err := insert(w, "INSERT OR REPLACE INTO entries VALUES", "", 3, in, func(args []any, p place) []any {
		return append(args, p.f, p.sort, p.n)
	}); err != nil {
		return err
	}
	log := w.pending.log
	slices.SortFunc(log, func(a, b logged) int { return cmp.Or(cmp.Compare(a.f, b.f), cmp.Compare(a.seq, b.seq)) })
	if _, err := insert(w, "INSERT INTO shelf VALUES", "", 5, log, func(args []any, r logged) []any {
		return append(args, r.f, r.seq, r.n, r.position, r.state)
	}); err != nil {
		return err
	}
	rows := make([]feedRow, 0, len(w.feeds))
	for _, r := range w.feeds {
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b feedRow) int { return cmp.Compare(a.f, b.f) })
	_, err := insert(w, "WITH v(f, label, version, seq, open, month, page, sealed) AS (VALUES", `)
		UPDATE feeds SET label = v.label, version = v.version, seq = v.seq, open = v.open, month = v.month, page = v.page, sealed = v.sealed FROM v WHERE feeds.f = v.f`,
		8, rows, func(args []any, r feedRow) []any {
			return append(args, r.f, r.label, int64(r.version), r.shelf.seq, r.shelf.open, r.shelf.month, r.shelf.page, r.shelf.sealed)
		})
	return err
}

// rowsAtOnce are written by one statement. More gain nothing.
const rowsAtOnce = 32

// insert runs a statement with a list of rows between its head and its tail, some
// rows at a time, and returns how many rows it changed.
func insert[R any](w *writer, head, tail string, columns int, rows []R, bind func([]any, R) []any) (changed int64, err error) {
	one := "(?" + strings.Repeat(",?", columns-1) + ")"
	args := make([]any, 0, min(rowsAtOnce, len(rows))*columns)
	for len(rows) > 0 {
		n := 1
		for n < rowsAtOnce && 2*n <= len(rows) { // powers of two: few statements are kept
			n *= 2
		}
		args = args[:0]
		for _, r := range rows[:n] {
			args = bind(args, r)
		}
		res, err := w.change(head+one+strings.Repeat(","+one, n-1)+tail, args...)
		if err != nil {
			return changed, err
		}
		c, err := res.RowsAffected()
		if err != nil {
			return changed, err
		}
		changed += c
		rows = rows[n:]
	}
	return changed, nil
}
