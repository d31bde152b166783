package poll

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"
	"unicode/utf8"

	"loa/feeds"
	"loa/ingest"
	"loa/ingest/clean"
	"loa/ingest/poll/decode"
	"loa/ingest/poll/listing"
	"loa/ingest/rules"
	"loa/internal/safehttp"
)

// Pages is what is remembered of the items of a source that is a page, or whose
// articles' pages are read. An item that says what it said before is passed over:
// so no page is read twice, and an article keeps its text while its source shows
// but the summary. If the memory is lost, pages are read once more.
type Pages struct {
	// Seen has, for the items of the last document, by key, the digest of what each
	// said; "!" stands before it if a rule kept the item out.
	Seen map[string]string `json:"seen,omitempty"`
	// Owed are the articles that were taken with their summary and whose page is
	// still to be read, oldest first.
	Owed []Owed `json:"owed,omitempty"`
}

// Owed is an article whose page could not be read yet. It is kept as its source
// said it, since that may show it no more.
type Owed struct {
	Key string `json:"key"`
	// Article has no content: that was taken.
	Article   feeds.Article `json:"article"`
	GUID      string        `json:"guid,omitempty"`
	Base      string        `json:"base,omitempty"`
	Documents []string      `json:"documents,omitempty"`
	// Tries counts the failures; the next is not before Next.
	Tries int       `json:"tries,omitempty"`
	Next  time.Time `json:"next,omitzero"`
	// Why is the last failure in words.
	Why string `json:"why,omitempty"`
}

// Bounds of the memory and of the tries.
const (
	maxOwed      = 200
	maxOwedBytes = 128 << 10 // of all, as JSON
	mostTries    = 7         // with doubled pauses: five minutes become ten hours
	mostLasting  = 5         // of faults that another time seldom mends
	wholeText    = 1500      // runes of a content that is no summary
)

// remembers reports whether single items are remembered.
func (s *Source) remembers() bool { return s.Page != nil || s.FullText }

// pagesDigest is the part of a source's digest that is about pages; empty for
// sources that have nothing to do with them.
func (s *Source) pagesDigest() string {
	if !s.remembers() {
		return ""
	}
	b, _ := json.Marshal(struct { // strings and a bool
		P *listing.Selectors
		F bool
	}{s.Page, s.FullText})
	h := sha256.Sum256(b)
	return "-" + hex.EncodeToString(h[:4])
}

// acceptPage is what is asked for where a page is wanted.
const acceptPage = "text/html, application/xhtml+xml, */*;q=0.5"

func (s *Source) accept() string {
	if s.Page != nil {
		return acceptPage
	}
	return accept
}

func (s *Source) listing(res *safehttp.Response, zone *time.Location, now time.Time) listing.Options {
	return listing.Options{
		URL: res.URL, ContentType: res.Header.Get("Content-Type"), Zone: zone, MonthFirst: s.Order == "mdy", Now: now, Selectors: *s.Page,
	}
}

// faultOf puts an error of [read] into a code and words.
func faultOf(err error) decode.Fault {
	for _, e := range []error{listing.ErrNotPage, listing.ErrTooLarge, listing.ErrTooComplex, listing.ErrNoMatches, listing.ErrNoItems, listing.ErrSelectors} {
		if errors.Is(err, e) {
			return listing.FaultOf(err)
		}
	}
	return decode.FaultOf(err)
}

// wantsPage reports whether an article's page can have more than the source says.
func wantsPage(in *ingest.Input) bool {
	return in.Article.URL != "" && !in.SharedURL && utf8.RuneCountInString(clean.Plain(in.Article.ContentHTML)) < wholeText
}

// settle reads pages that are owed and due.
func (d *Door) settle(ctx context.Context, s Source, st *State, a *Answer, now time.Time) error {
	if st.Pages == nil || !s.FullText || len(st.Pages.Owed) == 0 {
		return nil
	}
	set, err := rules.Compile(s.Rules)
	if err != nil {
		return nil //nolint:nilerr // taking the document has said so
	}
	var b brought
	left := Pages{Seen: st.Pages.Seen}
	for _, o := range st.Pages.Owed {
		if o.Next.After(now) || !st.visit.open(ctx) {
			left.Owed = append(left.Owed, o)
			continue
		}
		in := o.input(&s, now)
		in.Rules = set
		got := st.visit.read(ctx, &in)
		if got.done {
			if _, err := d.give(ctx, st, in, &b); err != nil {
				return err
			}
			continue
		}
		if o = o.after(got, &s, now); o.givenUp(got) {
			st.fault(fmt.Sprintf("page-unread: %s keeps its summary; its page was tried %d times: %s", o.Article.URL, o.Tries, o.Why))
			continue
		}
		left.Owed = append(left.Owed, o)
	}
	for _, f := range b.faults {
		st.fault(f)
	}
	a.New += b.new
	st.Pages = &left
	return nil
}

// owe is an input as it is kept.
func owe(key string, in *ingest.Input) Owed {
	o := Owed{Key: key, Article: in.Article, GUID: in.GUID, Documents: in.Documents}
	if o.Article.Summary == "" && o.Article.ContentHTML != "" {
		o.Article.Summary = summaryOf(in)
	}
	o.Article.ContentHTML = ""
	if in.Base != nil {
		o.Base = in.Base.String()
	}
	return o
}

// summaryOf is the summary that the pipeline makes of an input.
func summaryOf(in *ingest.Input) string { return clean.Article(in.Article, in.Base).Summary }

// input is the input again.
func (o *Owed) input(s *Source, now time.Time) ingest.Input {
	in := ingest.Input{
		Door: feeds.DoorPoll, Action: feeds.Published, Article: o.Article, GUID: o.GUID, Arrived: now,
		Source: s.ID, SourceURL: s.URL, Documents: o.Documents, Excerpt: true,
	}
	if u, err := url.Parse(o.Base); err == nil && o.Base != "" {
		in.Base = u
	}
	return in
}

// after is what is owed after a page was not read.
func (o Owed) after(got reading, s *Source, now time.Time) Owed {
	if got.tried {
		o.Next = now.Add(s.Floor()<<min(o.Tries, mostTries) - earlySlack)
		o.Tries++
	}
	o.Why = cmp.Or(got.why, o.Why)
	return o
}

// givenUp reports whether a page was tried for the last time.
func (o *Owed) givenUp(got reading) bool {
	return o.Tries >= mostTries || got.lasting && o.Tries >= mostLasting
}

// owe adds what is owed, in the place of what was owed for the same item. It
// reports false when there is no room.
func (p *Pages) owe(o Owed) bool {
	p.settle(o.Key)
	list := append(p.Owed, o)
	b, err := json.Marshal(list)
	if err != nil || len(b) > maxOwedBytes || len(list) > maxOwed {
		return false
	}
	p.Owed = list
	return true
}

// settle takes an item off the list.
func (p *Pages) settle(key string) {
	p.Owed = slices.DeleteFunc(p.Owed, func(o Owed) bool { return o.Key == key })
}

// keyOf is what an item is remembered by.
func keyOf(in *ingest.Input) string {
	name := cmp.Or(in.GUID, in.Article.URL)
	if in.SharedURL || name == "" {
		name += " " + in.Article.Title
	}
	h := sha256.Sum256([]byte(name))
	return hex.EncodeToString(h[:8])
}

// saidBy is the digest of what an item says. A date that counts from now ("2 giờ
// trước") says something else at each poll, and means the same.
func saidBy(in *ingest.Input, s *Source) string {
	a := in.Article
	for _, d := range []*feeds.Date{&a.Published, &a.Updated} {
		if d.Raw != "" && relative(d.Raw, s) {
			*d = feeds.Date{}
		}
	}
	b, _ := json.Marshal(struct { // strings, times and numbers
		A feeds.Article
		G string
		S bool
		D []string
	}{a, in.GUID, in.SharedURL, in.Documents})
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:8])
}

// relative reports whether a date counts from now.
func relative(raw string, s *Source) bool {
	zone, err := ParseZone(s.Zone)
	if err != nil {
		zone = feeds.Zone
	}
	at := func(year int) feeds.Date {
		return clean.Date(raw, clean.DateOptions{Zone: zone, MonthFirst: s.Order == "mdy", Now: time.Date(year, 6, 15, 12, 0, 0, 0, time.UTC)})
	}
	a, b := at(2020), at(2021)
	return a.Known() && !a.Time.Equal(b.Time)
}
