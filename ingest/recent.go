package ingest

import (
	"context"
	"slices"
	"sync"

	"loa/feeds/journal"
)

// recent holds what this node has appended and its library has not read yet, so
// that an input sees the effect of the one before it. It is bounded: when the
// library falls far behind, appending waits for it.
type recent struct {
	mu    sync.Mutex
	byKey map[string]found
	queue []journal.Entry // by position
}

// maxRecent bounds how far the library may be behind this node's appends, in
// records.
const maxRecent = 4096

func newRecent() recent { return recent{byKey: map[string]found{}} }

// find returns the articles that have any of the keys, each once.
func (r *recent) find(keys []string) []found {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []found
	for _, k := range keys {
		if f, ok := r.byKey[k]; ok && !slices.ContainsFunc(out, func(o found) bool { return o.Record.ID == f.Record.ID }) {
			out = append(out, f)
		}
	}
	return out
}

func (r *recent) add(ctx context.Context, l Library, e journal.Entry) error {
	r.mu.Lock()
	r.prune(l.Position())
	f := found{Record: e.Record, Last: e.Position, Digest: e.Digest}
	for _, k := range e.Record.Keys {
		r.byKey[k] = f
	}
	at, _ := slices.BinarySearchFunc(r.queue, e.Position, func(q journal.Entry, p uint64) int { return int(int64(q.Position) - int64(p)) })
	r.queue = slices.Insert(r.queue, at, e)
	var wait uint64
	if n := len(r.queue) - maxRecent; n > 0 {
		wait = r.queue[n].Position
	}
	r.mu.Unlock()
	if wait > 0 {
		return l.WaitFor(ctx, wait)
	}
	return nil
}

// prune forgets what the library has read.
func (r *recent) prune(position uint64) {
	n := 0
	for ; n < len(r.queue) && r.queue[n].Position <= position; n++ {
		e := r.queue[n]
		for _, k := range e.Record.Keys {
			if r.byKey[k].Last <= e.Position {
				delete(r.byKey, k)
			}
		}
	}
	if n > 0 {
		r.queue = slices.Delete(r.queue, 0, n)
	}
}
