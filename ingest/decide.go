package ingest

import (
	"slices"
	"time"

	"loa/feeds"
	"loa/ingest/identify"
)

// Result says what an input did.
type Result string

// The results.
const (
	Created   Result = "created"
	Revised   Result = "revised"
	Aliased   Result = "aliased"   // only new keys, channels or addresses, or quiet no more
	Unchanged Result = "unchanged" // nothing that was not known
	Stale     Result = "stale"     // older than what is known
)

// claim is what an input says of its article, as the record that it would be if
// the article were new.
func claim(in Input, keys []string, now time.Time) feeds.Record {
	r := feeds.Record{
		Format: feeds.RecordFormat, Revision: 1, Kind: feeds.Published,
		Article: in.Article, Keys: slices.Sorted(slices.Values(keys)),
		Channels: []feeds.Door{in.Door}, FirstSeen: now, Version: version(in), Reason: in.Reason,
		Provenance: feeds.Provenance{Door: in.Door, Source: in.Source, SourceURL: in.SourceURL, EventID: in.EventID, ReceivedAt: in.Arrived},
	}
	if len(keys) > 0 {
		r.ID = identify.ID(keys[0])
	}
	r.Quiet = in.Quiet && in.Door == feeds.DoorPoll
	if in.Action == feeds.Withdrawn {
		at := in.Time
		if at.IsZero() {
			at = in.Arrived
		}
		r.Kind, r.Reason = feeds.Withdrawn, ""
		r.Withdrawal = &feeds.Withdrawal{Time: at, Reason: in.Reason}
		// What a withdrawal says besides is for naming it, not new words.
		r.Article = feeds.Article{Unit: in.Article.Unit, Number: in.Article.Number, URL: in.Article.URL}
		r.Version = feeds.Version{}
		return r
	}
	if r.Article.ContentHTML != "" {
		r.BodyVersion = r.Version
	}
	return r
}

// version places an input's words in the order that [feeds.Join] goes by.
func version(in Input) feeds.Version {
	v := feeds.Version{Arrived: in.Arrived}
	if in.Door == feeds.DoorPoll {
		// What a feed shows now is what its publisher says now.
		v.Authority, v.Source, v.Time = feeds.AuthorityPoll, in.Source, in.Arrived
		return v
	}
	v.Authority = feeds.AuthorityEvent
	if in.Action == feeds.Updated {
		v.Rank = 1
	}
	up := in.Article.Updated
	switch {
	case up.Known() && up.Precision != feeds.Day && !up.Clamped:
		v.Time, v.Dated = up.Time, true
	case !in.Time.IsZero():
		v.Time, v.Dated = in.Time, true
	case up.Known() && !up.Clamped:
		v.Time, v.Dated = up.Time, true
	case in.Action == feeds.Updated:
		v.Time = in.Arrived
	case in.Article.Published.Known():
		v.Time = in.Article.Published.Time
	}
	return v
}

// decide returns the record to append after current (nil: the article is new)
// and what it is. It is pure: on Unchanged and Stale nothing is to be appended.
func decide(current *feeds.Record, c feeds.Record) (feeds.Record, Result) {
	if current == nil {
		c.Changed, c.Sketch = firstChanged(&c), sketchOf(&c.Article)
		return c, Created
	}
	if c.Provenance.Door == feeds.DoorPoll {
		// Whether it is news was decided when it was first seen: no poll changes it.
		c.Quiet = current.Quiet
	}
	next := feeds.Join(*current, c)
	next.Provenance = c.Provenance
	was, is := current.IsWithdrawn(), next.IsWithdrawn()
	before, after := feeds.Digest(&current.Article), feeds.Digest(&next.Article)
	if before != after || was != is {
		next.Revision = current.Revision + 1
		switch {
		case is:
			next.Kind = feeds.Withdrawn
		case was:
			next.Kind = feeds.Restored
		default:
			next.Kind = feeds.Updated
		}
		next.Changed, next.Sketch = changed(current, &next, &c, was != is && is), sketchOf(&next.Article)
		return next, Revised
	}
	next.Kind = feeds.Alias
	switch {
	case len(next.Keys) > len(current.Keys), len(next.Channels) > len(current.Channels),
		next.Quiet != current.Quiet, next.Article.URL != current.Article.URL, next.Article.Number != current.Article.Number,
		next.Version.Dated && next.Version.Compare(current.Version) > 0,
		next.BodyVersion.Dated && next.BodyVersion.Compare(current.BodyVersion) > 0,
		newWithdrawal(current.Withdrawal, next.Withdrawal):
		return next, Aliased
	case c.Version.Compare(current.Version) < 0 && feeds.Digest(&c.Article) != before && c.Withdrawal == nil:
		return next, Stale
	}
	return next, Unchanged
}

// newWithdrawal reports whether a withdrawal says more than the one before. A
// later one of an article that is withdrawn already counts too: words that are
// dated between the two must not bring it back, in whatever order the three come.
func newWithdrawal(old, new *feeds.Withdrawal) bool {
	return new != nil && (old == nil || new.Reason != old.Reason || !new.Time.Equal(old.Time))
}

// firstChanged is `updated` of a first revision: what the publisher says, else
// the date of publication.
func firstChanged(r *feeds.Record) time.Time {
	if r.Withdrawal != nil {
		return r.Withdrawal.Time
	}
	if u := r.Article.Updated; u.Known() && u.Time.After(r.PublishedAt()) {
		return u.Time
	}
	return r.PublishedAt()
}

// changed is `updated` of a later revision: the publisher's instant when it is
// later than the last, else when it arrived; never before the last one, so that
// readers see every revision as newer.
func changed(current, next, c *feeds.Record, withdrawn bool) time.Time {
	at := c.Provenance.ReceivedAt
	if u := next.Article.Updated; u.Known() && u.Time.After(current.Changed) {
		at = u.Time
	}
	if withdrawn {
		at = next.Withdrawal.Time
	}
	if !at.After(current.Changed) {
		at = current.Changed.Add(time.Second)
	}
	return at
}
