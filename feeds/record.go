package feeds

import (
	"slices"
	"strings"
	"time"
)

// Kind says what a record of the journal tells of its article.
type Kind string

// The kinds. Only the first four are revisions: they have a revision number of
// their own. An alias adds identity keys, channels or a new address of the page
// and carries the number of the revision that it belongs to.
const (
	Published Kind = "published"
	Updated   Kind = "updated"
	Withdrawn Kind = "withdrawn"
	Restored  Kind = "restored"
	Alias     Kind = "alias"
)

// Door is a way into loa.
type Door string

// The doors.
const (
	DoorEvent Door = "event"
	DoorPoll  Door = "poll"
)

// Provenance says what brought a record.
type Provenance struct {
	Door Door `json:"door"`
	// Source is the id of the polled source, or the CloudEvents source.
	Source string `json:"source,omitempty"`
	// SourceURL is the address of the polled feed.
	SourceURL string `json:"source_url,omitempty"`
	// EventID is the CloudEvents id, or the sequence in LOA_EVENTS.
	EventID string `json:"event,omitempty"`
	// ReceivedAt is when loa had it.
	ReceivedAt time.Time `json:"at"`
}

// Withdrawal says that a publisher took an article back.
type Withdrawal struct {
	// Time is when it was withdrawn, or when loa learned of it.
	Time time.Time `json:"at"`
	// Reason is the publisher's, as plain text; it may be empty.
	Reason string `json:"reason,omitempty"`
}

// Record is one entry of the journal: an article's whole state after what its
// kind tells. Each record is complete in itself, so that the last one of an
// article is all that a reader needs, and what was decided with the clock in
// hand (first seen, changed) is written, never computed again.
type Record struct {
	// Format is the number of this layout.
	Format int    `json:"v"`
	ID     string `json:"id"`
	// Revision counts from 1.
	Revision int     `json:"rev"`
	Kind     Kind    `json:"kind"`
	Article  Article `json:"article"`
	// Keys are all identity keys that the article was ever seen with, sorted.
	Keys []string `json:"keys"`
	// Channels are the doors that it came through, sorted.
	Channels []Door `json:"channels"`
	// FirstSeen is when the article's first record was made.
	FirstSeen time.Time `json:"first_seen"`
	// Changed is the instant of the revision: `updated` in the documents.
	Changed time.Time `json:"changed"`
	// Version is that of the article's head, BodyVersion that of its body; see
	// [Join].
	Version     Version `json:"version"`
	BodyVersion Version `json:"body_version,omitzero"`
	// Withdrawal is the latest one that was heard of. It stays when an article
	// is restored, for whoever asks why; see [Record.Withdrawn].
	Withdrawal *Withdrawal `json:"withdrawal,omitempty"`
	// Reason is why the publisher corrected the article, if it said so.
	Reason string `json:"reason,omitempty"`
	// Quiet is set for what was taken in while its source flooded: it is kept,
	// found and archived, but it is no news. It ends when the operator lets it, or
	// when the publisher tells of the article by an event.
	Quiet bool `json:"quiet,omitempty"`
	// Sketch is what near-duplicates are found by (package feeds/sketch), empty
	// for a text too short for it.
	Sketch     string     `json:"sketch,omitempty"`
	Provenance Provenance `json:"from"`
	// Prev is the digest of the record before in this article, empty in the first.
	Prev string `json:"prev,omitempty"`
}

// RecordFormat is the layout that this program writes.
const RecordFormat = 1

// IsWithdrawn reports whether the article is withdrawn. A withdrawal is undone
// only by words that their publisher dated after it, so that neither a late
// event nor the next poll brings a withdrawn article back.
func (r *Record) IsWithdrawn() bool {
	return r.Withdrawal != nil && (!r.Version.Dated || !r.Version.Time.After(r.Withdrawal.Time))
}

// Correction reports whether the revision corrects the one before by its
// publisher's word, and why if that was said: it gave a reason, or the title or
// the summary begin with "đính chính".
func (r *Record) Correction() (reason string, ok bool) {
	if r.IsWithdrawn() {
		return "", false
	}
	if r.Reason != "" && r.Revision > 1 {
		return r.Reason, true
	}
	for _, s := range []string{r.Article.Title, r.Article.Summary} {
		s = strings.TrimLeft(s, " \t\n[(*-–—\"“")
		for _, word := range [...]string{"đính chính", "cải chính"} { // as long in capitals
			if len(s) >= len(word) && strings.EqualFold(s[:len(word)], word) {
				return "", true
			}
		}
	}
	return "", false
}

// PublishedAt is the instant that documents show as the date of publication:
// the publisher's if it is known, else when loa first saw the article.
func (r *Record) PublishedAt() time.Time {
	if r.Article.Published.Known() {
		return r.Article.Published.Time
	}
	return r.FirstSeen
}

// SortTime is the instant that lists are ordered by, newest first. Articles that
// know only their day stand in the order of their arrival: at the moment of
// arrival on that day, and at its end when they came later (ties are broken by
// the position in the journal).
func (r *Record) SortTime() time.Time {
	p := r.Article.Published
	if !p.Known() {
		return r.FirstSeen
	}
	if p.Precision != Day {
		return p.Time
	}
	end := p.Time.Add(24*time.Hour - time.Millisecond)
	if r.FirstSeen.Before(p.Time) {
		return p.Time
	}
	if r.FirstSeen.Before(end) {
		return r.FirstSeen
	}
	return end
}

// HasChannel reports whether the article came through the door.
func (r *Record) HasChannel(d Door) bool { return slices.Contains(r.Channels, d) }
