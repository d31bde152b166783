package feeds

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"
)

// Version orders what was said about one article, so that any order and any
// repetition of the same inputs ends in the same words. The order is total:
// authority, source, time, rank, arrival.
type Version struct {
	// Authority is 2 for what the publisher sent as an event, 1 for what was
	// read from a feed: a summary in a feed never replaces the full event.
	Authority int `json:"a"`
	// Source is the polled source. Of several that show one article, the one
	// with the smallest id has the word, so that two feeds with different
	// summaries do not take turns.
	Source string `json:"s,omitempty"`
	// Time is when the publisher made this version; see Dated.
	Time time.Time `json:"t,omitzero"`
	// Dated is set when the publisher gave Time itself.
	Dated bool `json:"d,omitempty"`
	// Rank is 0 for published, 1 for updated: without dates an update is newer.
	Rank int `json:"r,omitempty"`
	// Arrived is when it reached the broker or was fetched; it does not change
	// when a message is delivered again.
	Arrived time.Time `json:"n"`
}

// Authorities of a [Version].
const (
	AuthorityPoll  = 1
	AuthorityEvent = 2
)

// Compare returns -1 if v is older than w, 1 if newer, and 0 if neither.
func (v Version) Compare(w Version) int {
	return cmp.Or(
		cmp.Compare(v.Authority, w.Authority),
		cmp.Compare(w.Source, v.Source),
		v.Time.Compare(w.Time),
		cmp.Compare(v.Rank, w.Rank),
		v.Arrived.Compare(w.Arrived),
	)
}

// Join returns the state of one article after both a and b were said of it: the
// newest head (title, dates, category and the like), the newest body of those
// that have one, the latest withdrawal, all keys and channels. Head and body are
// chosen apart, so that an event that only names an article does not lose the
// text that its feed has.
//
// In everything that readers see it is commutative, associative and idempotent,
// which is what makes ingestion converge in any order on any number of nodes.
// ID, Revision, Kind, Changed, Provenance and Prev are those of a: the caller
// decides them.
func Join(a, b Record) Record {
	out := a
	head, other := &a, &b
	if newer(&b, &a) {
		head, other = &b, &a
	}
	out.Article, out.Version, out.Reason = head.Article, head.Version, head.Reason
	out.Article.Number = cmp.Or(head.Article.Number, other.Article.Number)
	out.Article.URL = cmp.Or(head.Article.URL, other.Article.URL)
	body := &a
	if newerBody(&b, &a) {
		body = &b
	}
	out.Article.ContentHTML, out.BodyVersion = body.Article.ContentHTML, body.BodyVersion
	if head != body {
		out.Article.Citations = joinCitations(head.Article.Citations, body.Article.Citations)
	}
	if w := b.Withdrawal; w != nil && (out.Withdrawal == nil ||
		cmp.Or(w.Time.Compare(out.Withdrawal.Time), strings.Compare(w.Reason, out.Withdrawal.Reason)) > 0) {
		out.Withdrawal = w
	}
	if !b.FirstSeen.IsZero() && (a.FirstSeen.IsZero() || b.FirstSeen.Before(a.FirstSeen)) {
		out.FirstSeen = b.FirstSeen
	}
	out.Quiet = a.Quiet && b.Quiet
	out.Keys = union(a.Keys, b.Keys)
	out.Channels = union(a.Channels, b.Channels)
	return out
}

// joinCitations takes those of the title from the head's and the others from the
// body's.
func joinCitations(head, body []Citation) []Citation {
	var out []Citation
	for _, c := range head {
		if c.InTitle {
			out = append(out, c)
		}
	}
	for _, c := range body {
		if !c.InTitle && !slices.ContainsFunc(out, func(o Citation) bool { return o.Document != "" && o.Document == c.Document }) {
			out = append(out, c)
		}
	}
	return out
}

// newer reports whether b's head is newer than a's. A withdrawal of an article
// that was never seen has no title, and is older than any words.
func newer(b, a *Record) bool {
	if (b.Article.Title == "") != (a.Article.Title == "") {
		return a.Article.Title == ""
	}
	return cmp.Or(b.Version.Compare(a.Version), strings.Compare(Digest(&b.Article), Digest(&a.Article))) > 0
}

func newerBody(b, a *Record) bool {
	if (b.Article.ContentHTML == "") != (a.Article.ContentHTML == "") {
		return a.Article.ContentHTML == ""
	}
	return cmp.Or(b.BodyVersion.Compare(a.BodyVersion), strings.Compare(b.Article.ContentHTML, a.Article.ContentHTML)) > 0
}

func union[T cmp.Ordered](a, b []T) []T {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// Digest is the digest of an article's words, attachments and dates: two
// articles with the same one are the same revision. Markup, the address of the
// page and the publisher's number do not count.
func Digest(a *Article) string {
	h := sha256.New()
	field(h, a.Unit, a.Title, a.Summary, Words(a.ContentHTML), a.Category, a.Language)
	list(h, a.Tags)
	list(h, a.Authors)
	field(h, dateKey(a.Published))
	fmt.Fprint(h, len(a.Attachments), ":")
	for _, f := range a.Attachments {
		field(h, f.URL, f.Title)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// dateKey leaves the clamped instant out: it is the time of reception, and the
// same article received again would seem changed.
func dateKey(d Date) string {
	if d.Clamped || !d.Known() {
		return "?" + d.Raw
	}
	return d.Time.UTC().Format(time.RFC3339Nano) + " " + string(d.Precision)
}

func field(h hash.Hash, ss ...string) {
	for _, s := range ss {
		fmt.Fprint(h, len(s), ":")
		_, _ = io.WriteString(h, s)
	}
}

func list(h hash.Hash, ss []string) {
	fmt.Fprint(h, len(ss), ":")
	field(h, ss...)
}
