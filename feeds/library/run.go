package library

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/internal/sqlitefile"
)

// Log is the journal as the library needs it.
type Log interface {
	// State returns the journal's ends and when it was created.
	State(ctx context.Context) (journal.State, error)
	// Follow calls f for each entry from the position on, for ever.
	Follow(ctx context.Context, from uint64, f func(e journal.Entry, damaged error) error) error
	// Read is Follow up to the end that the journal has now.
	Read(ctx context.Context, from uint64, f func(e journal.Entry, damaged error) error) (uint64, error)
	// Append stores a record; see [journal.Journal.Append].
	Append(ctx context.Context, r *feeds.Record, last uint64) (journal.Entry, error)
	// Last returns an article's newest record, or journal.ErrNotFound.
	Last(ctx context.Context, id string) (journal.Entry, error)
}

// batchSize bounds a transaction, and with queueSize the memory between reading
// the journal and writing the file.
const (
	batchSize = 500
	queueSize = 1000
	// commitGap is the least time between two commits: under load it makes the
	// batches larger, since a commit costs as much as some ten articles. An article
	// that comes alone does not wait.
	commitGap = 20 * time.Millisecond
)

// Prepare makes sure that the library is the image of a prefix of this journal.
// If the journal has lost its tail (power cut while nats.sync was 1s), what the
// library still has of it is appended again: nothing that was served is lost. If
// it is another journal, the library starts anew and the old file is kept beside
// it. Call it once, before Run and before anything is appended.
func (l *Library) Prepare(ctx context.Context, j Log) error {
	s, err := j.State(ctx)
	if err != nil {
		return err
	}
	created := s.Created.UTC().Format(time.RFC3339Nano)
	if l.created == "" && l.Position() == 0 {
		return l.adopt(ctx, created)
	}
	if l.created != created {
		kept := l.path + ".other-journal"
		l.log.Warn("library belongs to another journal; making a new one and keeping the old file", "kept", kept)
		return l.startAnew(ctx, created, func() error { return os.Rename(l.path, kept) })
	}
	if l.Position() <= s.Last {
		if l.stale {
			l.log.Info("the register of units or the size of archives is another; making the library anew from the journal", "articles_up_to", s.Last)
			return l.startAnew(ctx, created, func() error { return sqlitefile.Remove(l.path) })
		}
		return nil
	}
	n := 0
	err = l.Entries(ctx, s.Last, func(e journal.Entry) error {
		last, err := j.Last(ctx, e.Record.ID)
		if err != nil && !errors.Is(err, journal.ErrNotFound) {
			return err
		}
		if last.Digest == e.Digest {
			return nil // an earlier, interrupted restoration had it
		}
		n++
		_, err = j.Append(ctx, &e.Record, last.Position)
		return err
	})
	if err != nil {
		return fmt.Errorf("restore journal from library: %w", err)
	}
	l.log.Warn("the journal had lost its newest records; restored them from the library", "records", n, "journal_end", s.Last, "library", l.Position())
	return l.startAnew(ctx, created, func() error { return sqlitefile.Remove(l.path) })
}

func (l *Library) adopt(ctx context.Context, created string) error {
	if _, err := l.w.ExecContext(ctx, "INSERT INTO meta VALUES('created', ?) ON CONFLICT(k) DO UPDATE SET v = excluded.v", created); err != nil {
		return fmt.Errorf("name journal in library: %w", err)
	}
	l.created = created
	return nil
}

func (l *Library) startAnew(ctx context.Context, created string, away func() error) error {
	if err := l.Close(); err != nil {
		return fmt.Errorf("close library: %w", err)
	}
	if err := away(); err != nil {
		return fmt.Errorf("put library away: %w", err)
	}
	if err := sqlitefile.Remove(l.path); err != nil {
		return fmt.Errorf("remove library: %w", err)
	}
	fresh, err := open(l.path, l.o)
	if err != nil {
		return fmt.Errorf("create library: %w", err)
	}
	l.w, l.r, l.keys, l.stmts, l.feeds, l.created, l.stale = fresh.w, fresh.r, fresh.keys, fresh.stmts, fresh.feeds, "", false
	l.position.Store(fresh.Position())
	l.taken.Store(fresh.taken.Load())
	return l.adopt(ctx, created)
}

// Run applies the journal until ctx ends. A write that fails (disk full) is
// repeated: readers go on with the last good state.
func (l *Library) Run(ctx context.Context, j Log) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	queue := make(chan journal.Entry, queueSize)
	read := make(chan error, 1)
	go func() {
		read <- j.Follow(ctx, l.Position()+1, func(e journal.Entry, damaged error) error {
			if damaged != nil {
				l.damaged.Add(1)
				l.log.Error("damaged record in the journal; left out", "position", e.Position, "article", e.Record.ID, "err", damaged)
				e = journal.Entry{Position: e.Position}
			}
			select {
			case queue <- e:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	loaded := make(chan struct{})
	go func() {
		defer close(loaded)
		if err := l.loadFilter(ctx); err != nil && ctx.Err() == nil {
			l.log.Warn("keys not in memory; each is looked up in the file", "err", err)
		}
	}()
	defer func() { cancel(); <-read; <-loaded }() //nolint:errcheck // it was cancelled
	batch := make([]journal.Entry, 0, batchSize)
	var last time.Time // commit
	for {
		batch = batch[:0]
		select {
		case e := <-queue:
			batch = append(batch, e)
		case err := <-read:
			read <- err
			return err
		}
		var gap <-chan time.Time // nil, so that nothing waits, when there was a gap
		if rest := commitGap - time.Since(last); rest > 0 {
			gap = time.After(rest)
		}
	gather:
		for len(batch) < batchSize {
			select {
			case e := <-queue:
				batch = append(batch, e)
				continue
			default:
			}
			if gap == nil {
				break
			}
			select {
			case e := <-queue:
				batch = append(batch, e)
			case <-gap:
				gap = nil
			case <-ctx.Done():
				break gather // what was read is committed
			}
		}
		for wait := 100 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
			// The transaction is short and must not be torn by the stop.
			err := l.Apply(context.WithoutCancel(ctx), batch)
			if last = time.Now(); err == nil {
				break
			}
			l.log.Error("library cannot be written; readers have the last good state, trying again", "err", err, "in", wait)
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// Fill applies the journal up to its present end.
func (l *Library) Fill(ctx context.Context, j Log) error {
	if err := l.Prepare(ctx, j); err != nil {
		return err
	}
	s, err := j.State(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx, j) }()
	wait := make(chan error, 1)
	go func() { wait <- l.WaitFor(ctx, s.Last) }()
	select {
	case err := <-wait:
		cancel()
		<-done //nolint:errcheck // it was cancelled
		return err
	case err := <-done:
		cancel()
		<-wait //nolint:errcheck // it was cancelled
		return err
	}
}
