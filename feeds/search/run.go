package search

import (
	"context"
	"errors"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/feeds/library"
)

// Library is what the index is made from. *library.Library is one.
type Library interface {
	// Journal names the journal that the library is the image of.
	Journal() string
	// Position is the last position in the library; WaitFor returns when the
	// given one is in it.
	Position() uint64
	WaitFor(ctx context.Context, position uint64) error
	// Entries calls f for each record after the position, in order, until f
	// returns an error, which it returns.
	Entries(ctx context.Context, after uint64, f func(journal.Entry) error) error
	// Article returns the joined state of the article, or of the one that it
	// turned out to be, or library.ErrNotFound.
	Article(ctx context.Context, id string) (library.State, error)
	// Joined returns the article's own id and then those that led to it.
	Joined(ctx context.Context, id string) ([]string, error)
}

const (
	// batchSize bounds the records of one transaction; a crash repeats no more.
	batchSize = 500
	// commitGap is the least time between two commits: search may be a little
	// behind, and each commit makes a piece of the index that must be merged.
	commitGap = 250 * time.Millisecond
	// busy is how many records the library takes in from one batch to the next when
	// it is under load: then the index does one fifth of what it could.
	busy = batchSize / 4
)

// Run follows the library until ctx ends. An index of another journal, or of
// another course of this one, starts anew. What fails (disk full) is repeated:
// readers go on with the last good state.
func (x *Index) Run(ctx context.Context, lib Library) error {
	var at mark
	err := x.repeat(ctx, func() (err error) { at, err = x.prepare(ctx, lib); return err })
	seen := lib.Position()
	for err == nil {
		if err = x.await(ctx, lib, at.position+1); err != nil {
			return err
		}
		full, start, before := false, time.Now(), seen
		seen = lib.Position()
		err = x.repeat(ctx, func() error {
			if x.damaged.Load() {
				x.log.Error("search index is damaged; making a new one from the library")
				at = mark{journal: at.journal}
				if err := x.anew(ctx, at.journal); err != nil {
					return err
				}
				x.damaged.Store(false)
			}
			next, n, err := x.step(ctx, lib, at)
			if err == nil {
				at, full = next, n == batchSize
			}
			return x.note(err)
		})
		pause := commitGap
		switch {
		case lib.Position()-before >= busy: // articles go first
			pause = max(pause, min(4*time.Since(start), 5*time.Second))
		case full:
			pause = 0
		}
		if err == nil && pause > 0 {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return err
}

// await returns when the position is in the library, or damage was found.
func (x *Index) await(ctx context.Context, lib Library, position uint64) error {
	wait, wake := context.WithCancel(ctx)
	defer wake()
	x.mu.Lock()
	x.wake = wake
	x.mu.Unlock()
	if x.damaged.Load() {
		return ctx.Err()
	}
	if err := lib.WaitFor(wait, position); err != nil && (ctx.Err() != nil || !x.damaged.Load()) {
		return err
	}
	return nil
}

// note remembers damage to the file, from whoever has met it, and wakes Run.
func (x *Index) note(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) || e.Code()&0xFF != sqlite3.SQLITE_CORRUPT {
		return err
	}
	x.damaged.Store(true)
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.wake != nil {
		x.wake()
	}
	return err
}

// repeat calls f until it succeeds or ctx ends.
func (x *Index) repeat(ctx context.Context, f func() error) error {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, time.Minute) {
		err := f()
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		x.log.Error("search index cannot be written; trying again", "err", err, "in", wait)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// errStop ends a reading.
var errStop = errors.New("search: enough")

// prepare makes sure that the index is of a prefix of what the library is of: the
// last record that it has read must still be at its position.
func (x *Index) prepare(ctx context.Context, lib Library) (mark, error) {
	m, err := x.mark(ctx)
	if err != nil {
		return m, err
	}
	name := lib.Journal()
	same := m.journal == name && m.position <= lib.Position()
	if same && m.last > 0 {
		same = false
		err := lib.Entries(ctx, m.last-1, func(e journal.Entry) error {
			same = e.Position == m.last && e.Digest == m.digest
			return errStop
		})
		if err != nil && !errors.Is(err, errStop) {
			return m, err
		}
	}
	if same {
		x.move(m.position)
		return m, nil
	}
	if m.position > 0 {
		x.log.Warn("search index is not of this library; making a new one")
	}
	m = mark{journal: name}
	return m, x.anew(ctx, name)
}

// step indexes the articles of the next records.
func (x *Index) step(ctx context.Context, lib Library, at mark) (next mark, n int, err error) {
	next = at
	next.position = lib.Position() // first: what is read now is at least that
	var touched []string
	err = lib.Entries(ctx, at.position, func(e journal.Entry) error {
		touched = append(touched, e.Record.ID)
		next.last, next.digest = e.Position, e.Digest
		if n++; n == batchSize {
			return errStop
		}
		return nil
	})
	switch {
	case errors.Is(err, errStop):
		next.position = next.last
	case err != nil:
		return at, 0, err
	}
	next.position = max(next.position, next.last)
	changes, err := x.changes(ctx, lib, touched)
	if err != nil {
		return at, 0, err
	}
	// The transaction is short and must not be torn by the stop.
	if err := x.write(context.WithoutCancel(ctx), changes, next); err != nil {
		return at, 0, err
	}
	x.move(next.position)
	return next, n, nil
}

// changes reads the present state of the articles: by id, what each is now, or
// nil where it is not to be found.
func (x *Index) changes(ctx context.Context, lib Library, touched []string) (map[string]*feeds.Record, error) {
	out := make(map[string]*feeds.Record, len(touched))
	for _, id := range touched {
		if _, ok := out[id]; ok {
			continue
		}
		st, err := lib.Article(ctx, id)
		if errors.Is(err, library.ErrNotFound) {
			out[id] = nil
			continue
		}
		if err != nil {
			return nil, err
		}
		own := st.Record.ID
		joined, err := lib.Joined(ctx, own)
		if err != nil {
			return nil, err
		}
		out[id] = nil
		for _, other := range joined {
			out[other] = nil
		}
		if !st.Record.IsWithdrawn() {
			out[own] = &st.Record
		} else {
			out[own] = nil
		}
	}
	return out, nil
}
