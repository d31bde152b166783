package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/ingest/clean"
	"loa/ingest/identify"
)

// Flooded is the cause of a refusal with the code "flood": the article is new, and
// its source is held.
type Flooded struct {
	// Key is the item's first identity key, and Article what it says, clean.
	Key     string
	Article feeds.Article
}

func (f *Flooded) Error() string { return "refused as new while its source is held" }

// Probe is what the pipeline knows of an input, without taking it.
type Probe struct {
	// Key is its first identity key; empty for what would be refused or blocked.
	Key string
	// Known is set when an article has one of its keys.
	Known bool
	// Title and Published are the item's own, clean.
	Title     string
	Published feeds.Date
}

// Probe looks an input up and stores nothing.
func (p *Pipeline) Probe(ctx context.Context, in Input) (Probe, error) {
	in.Arrived = in.Arrived.UTC().Truncate(time.Millisecond)
	whole := in.Article
	if in.Article.Title != "" && (in.GUID != "" || in.Article.URL != "" && !in.SharedURL) {
		// The text names nothing, and cleaning it is most of the work.
		in.Article.ContentHTML, in.Article.Summary = "", ""
	}
	in.Article = clean.Article(in.Article, in.Base)
	if in.Article.Title == "" {
		in.Article.Title = clean.Summary(in.Article.ContentHTML, titleFromText)
	}
	clamp(&in.Article.Published, in.Arrived)
	out := Probe{Title: in.Article.Title, Published: in.Article.Published}
	keys := identify.Keys(key(in))
	if len(keys) == 0 {
		keys = []string{identify.Unnamed(in.Source, &in.Article)}
	}
	current, keys, err := p.find(ctx, in, keys)
	if err != nil {
		return Probe{}, err
	}
	if current.Last == 0 {
		in.Article = whole
		if err := p.clean(&in); err != nil || p.sieve(&in, keys[0]) != nil {
			return Probe{Title: out.Title}, nil //nolint:nilerr // what is refused is no news
		}
	}
	out.Key, out.Known = keys[0], current.Last != 0
	return out, nil
}

// Announce makes an article that was taken in quietly news: an alias record says so.
// It reports whether there was anything to say. source and at say by whose release.
func (p *Pipeline) Announce(ctx context.Context, id, source string, at time.Time) (bool, error) {
	// Unlike an input's, its keys are not locked: who comes between is told by the
	// conflict.
	for range conflictTries {
		current, err := p.reread(ctx, id)
		if err != nil {
			return false, err
		}
		next, ok := announced(current.record(), source, at)
		if !ok {
			return false, nil
		}
		next.Prev = current.Digest
		e, err := p.journal.Append(ctx, &next, current.Last)
		if errors.Is(err, journal.ErrConflict) {
			continue
		}
		if err != nil {
			return false, err
		}
		return true, p.recent.add(ctx, p.library, e)
	}
	return false, fmt.Errorf("announce %s: %w after %d tries", id, journal.ErrConflict, conflictTries)
}

// announced is the record that ends an article's quiet; false if it has none.
func announced(current *feeds.Record, source string, at time.Time) (feeds.Record, bool) {
	if current == nil || !current.Quiet {
		return feeds.Record{}, false
	}
	next := *current
	next.Kind, next.Quiet = feeds.Alias, false
	next.Provenance = feeds.Provenance{Door: feeds.DoorPoll, Source: source, ReceivedAt: at.UTC().Truncate(time.Millisecond)}
	return next, true
}
