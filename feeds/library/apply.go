package library

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"loa/feeds"
	"loa/feeds/journal"
)

// writer applies entries in one transaction.
type writer struct {
	ctx   context.Context
	tx    *sql.Tx
	stmt  map[string]*sql.Stmt // of the transaction
	kept  map[string]*sql.Stmt // prepared once, of the library
	feeds map[string]feedRow   // rows that this batch touched
	keys  *filter
	known func(path string) (feedRow, bool)
	o     *Options
	month string // of the entry
	taken uint64 // position of the newest withdrawal or restoration; 0: none here

	pending pending
}

// row is an article's row.
type row struct {
	n      int64
	id     string
	last   uint64
	merged int64
	rec    feeds.Record
	joined bool // rec is kept in state, not at last
}

// Apply commits the entries and the position of the last one. Entries at or
// before the library's position are skipped. Only one goroutine may call it.
func (l *Library) Apply(ctx context.Context, batch []journal.Entry) (err error) {
	at := l.Position()
	if err := l.keep(ctx); err != nil {
		return err
	}
	tx, err := l.w.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback()
		}
	}()
	w := &writer{ctx: ctx, tx: tx, stmt: map[string]*sql.Stmt{}, kept: l.stmts, feeds: map[string]feedRow{}, keys: l.keys, o: &l.o, pending: pending{entries: map[place]bool{}}, known: func(path string) (feedRow, bool) {
		l.mu.RLock()
		defer l.mu.RUnlock()
		r, ok := l.feeds[path]
		return r, ok
	}}
	for _, e := range batch {
		if e.Position <= at {
			continue
		}
		at = e.Position
		if e.Digest == "" { // damaged: only its place is known
			continue
		}
		if err := w.apply(e); err != nil {
			return fmt.Errorf("apply position %d (%s): %w", e.Position, e.Record.ID, err)
		}
	}
	if err := w.flush(); err != nil {
		return fmt.Errorf("write lists: %w", err)
	}
	if err := w.save("position", strconv.FormatUint(at, 10)); err != nil {
		return fmt.Errorf("save position: %w", err)
	}
	if w.taken > 0 {
		if err := w.save("taken", strconv.FormatUint(w.taken, 10)); err != nil {
			return fmt.Errorf("save position: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	l.mu.Lock()
	for path, r := range w.feeds {
		l.feeds[path] = r
	}
	if w.taken > 0 {
		l.taken.Store(w.taken)
	}
	l.position.Store(at)
	close(l.moved)
	l.moved = make(chan struct{})
	l.mu.Unlock()
	return nil
}

func (w *writer) prepare(q string) (*sql.Stmt, error) {
	if s, ok := w.stmt[q]; ok {
		return s, nil
	}
	kept, ok := w.kept[q]
	if !ok {
		// Prepared in the transaction: the one connection is taken. The next
		// transaction finds it prepared.
		s, err := w.tx.PrepareContext(w.ctx, q) // closed with the transaction
		if err != nil {
			return nil, err
		}
		w.stmt[q], w.kept[q] = s, nil
		return s, nil
	}
	s := w.tx.StmtContext(w.ctx, kept) // closed with the transaction
	w.stmt[q] = s
	return s, nil
}

// keep prepares on the connection what the last transaction has used.
func (l *Library) keep(ctx context.Context) error {
	for q, s := range l.stmts {
		if s != nil {
			continue
		}
		s, err := l.w.PrepareContext(ctx, q) //nolint:sqlclosecheck // closed with the library
		if err != nil {
			return fmt.Errorf("prepare statement: %w", err)
		}
		l.stmts[q] = s
	}
	return nil
}

func (w *writer) change(q string, args ...any) (sql.Result, error) {
	s, err := w.prepare(q) //nolint:sqlclosecheck // closed with the transaction
	if err != nil {
		return nil, err
	}
	return s.ExecContext(w.ctx, args...)
}

func (w *writer) exec(q string, args ...any) error {
	_, err := w.change(q, args...)
	return err
}

func (w *writer) query(q string, args ...any) *sql.Row {
	s, err := w.prepare(q) //nolint:sqlclosecheck // closed with the transaction
	if err != nil {
		return w.tx.QueryRowContext(w.ctx, q, args...) // gives the same error by Scan
	}
	return s.QueryRowContext(w.ctx, args...)
}

func (w *writer) save(k, v string) error {
	return w.exec("INSERT INTO meta VALUES(?, ?) ON CONFLICT(k) DO UPDATE SET v = excluded.v", k, v)
}

// apply puts one record in. A record of an article that was joined to another is
// joined to that one.
func (w *writer) apply(e journal.Entry) error {
	w.month = monthOf(&e.Record)
	own, err := w.read("a.id = ?", e.Record.ID)
	isNew := errors.Is(err, sql.ErrNoRows)
	if err != nil && !isNew {
		return err
	}
	if isNew {
		res, err := w.change("INSERT INTO articles(id, last, digest) VALUES(?, ?, ?)", e.Record.ID, int64(e.Position), e.Digest)
		if err != nil {
			return err
		}
		if own.n, err = res.LastInsertId(); err != nil {
			return err
		}
		own.id = e.Record.ID
	} else if err := w.exec("UPDATE articles SET last = ?, digest = ? WHERE n = ?", int64(e.Position), e.Digest, own.n); err != nil {
		return err
	}
	if err := w.exec("INSERT INTO records VALUES(?, ?, ?, ?)", int64(e.Position), own.n, e.Digest, e.Bytes); err != nil {
		return err
	}
	next := own
	next.rec, next.last, next.joined = e.Record, e.Position, false
	if own.joined { // what was joined in stays in, whatever its writer had seen
		next.rec, next.joined = feeds.Join(e.Record, own.rec), true
	}
	if own.merged == 0 {
		if err := w.put(own, next, isNew, e.Position); err != nil {
			return err
		}
		return w.claim(next, e.Position)
	}
	into, err := w.read("a.n = ?", own.merged)
	if err != nil {
		return err
	}
	return w.absorb(into, next, e.Position)
}

// claim gives the article its keys. A key that is another article's shows that
// the two are one: the older one stays, with everything of both. The journal's
// order alone decides, so every node and every rebuild decides the same.
func (w *writer) claim(a row, pos uint64) error {
	hashes := make([][]byte, len(a.rec.Keys))
	for i, k := range a.rec.Keys {
		hashes[i] = keyHash(k)
		w.keys.add(hashes[i]) // before it is committed, so that no reader misses it
	}
	added, err := insert(w, "INSERT INTO keys VALUES", " ON CONFLICT(h) DO NOTHING", 2, hashes, func(args []any, h []byte) []any { return append(args, h, a.n) })
	if err != nil || added == int64(len(hashes)) {
		return err
	}
	for _, h := range hashes {
		var n int64
		if err := w.query("SELECT n FROM keys WHERE h = ?", h).Scan(&n); err != nil {
			return err
		}
		if n == a.n {
			continue
		}
		b, err := w.read("a.n = ?", n)
		if err != nil {
			return err
		}
		older, newer := a, b
		if b.n < a.n {
			older, newer = b, a
		}
		if err := w.exec("UPDATE articles SET merged = ? WHERE n = ? OR merged = ? AND merged <> 0", older.n, newer.n, newer.n); err != nil {
			return err
		}
		if err := w.unlist(newer, pos); err != nil {
			return err
		}
		if err := w.ungroup(newer.n); err != nil {
			return err
		}
		return w.absorb(older, newer, pos)
	}
	return nil
}

// absorb joins b's record to article a and gives it b's keys.
func (w *writer) absorb(a, b row, pos uint64) error {
	next := a
	next.rec = feeds.Join(a.rec, b.rec)
	next.rec.Revision = max(a.rec.Revision, b.rec.Revision)
	if b.rec.Changed.After(next.rec.Changed) {
		next.rec.Changed = b.rec.Changed
	}
	next.joined = true
	for _, k := range b.rec.Keys {
		if err := w.exec("UPDATE keys SET n = ? WHERE h = ?", a.n, keyHash(k)); err != nil {
			return err
		}
	}
	if err := w.put(a, next, false, pos); err != nil {
		return err
	}
	return w.claim(next, pos)
}

// read returns the row of the one article that the condition names.
func (w *writer) read(where string, arg any) (row, error) {
	var r row
	var b []byte
	err := w.query("SELECT a.n, a.id, a.last, a.merged, a.state IS NOT NULL, COALESCE(a.state, r.bytes) FROM articles a JOIN records r ON r.position = a.last WHERE "+where, arg).
		Scan(&r.n, &r.id, &r.last, &r.merged, &r.joined, &b)
	if err != nil {
		return r, err
	}
	r.rec, err = journal.Decode(b)
	return r, err
}
