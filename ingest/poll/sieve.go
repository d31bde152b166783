package poll

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"loa/ingest"
	"loa/ingest/dropped"
)

// Drops keeps what rules kept out; see [dropped.Drops].
type Drops interface {
	// Put stores the drop durably. The same drop put twice is one.
	Put(ctx context.Context, d dropped.Drop) error
}

// sieve is the digest of the rules that a source's items go through; empty
// without any. A document that was read with others is read again: it may have
// items that are wanted now.
func (d *Door) sieve(s *Source) string {
	if len(s.Rules) == 0 && d.o.Sieve == "" {
		return ""
	}
	b, _ := json.Marshal(s.Rules) // strings alone
	h := sha256.Sum256(append(b, d.o.Sieve...))
	return hex.EncodeToString(h[:8])
}

// resieve forgets the document that was read with other rules.
func (st *State) resieve(sieve string) {
	if st.Sieve != sieve {
		st.ETag, st.LastModified, st.BodyDigest, st.ValidFor = "", "", "", ""
		st.Sieve = sieve
		if st.Pages != nil {
			st.Pages.Seen = nil
		}
	}
}

// drop stores what a rule kept out. Until that is done the document counts as not
// taken: nothing is dropped silently.
func (d *Door) drop(ctx context.Context, in *ingest.Input, b *ingest.Blocked) error {
	if d.o.Drops == nil {
		return nil
	}
	a := &b.Article
	return d.o.Drops.Put(ctx, dropped.Drop{
		Source: in.Source, Key: b.Key, Rule: b.Verdict.Rule, List: b.List, Reason: b.Verdict.Reason,
		Unit: a.Unit, Number: a.Number, URL: a.URL, GUID: in.GUID, Title: a.Title, Category: a.Category,
		Published: a.Published.Raw, Time: d.o.Now().UTC(),
	})
}
