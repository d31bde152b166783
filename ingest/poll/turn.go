package poll

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"loa/feeds"
	"loa/ingest"
	"loa/ingest/clean"
	"loa/ingest/poll/decode"
	"loa/ingest/poll/discover"
	"loa/ingest/poll/listing"
	"loa/ingest/rules"
	"loa/internal/safehttp"
)

// turn is one poll of a source that is due: take it, set the fallback, fetch,
// append, save, schedule. It returns the time until the next poll; 0 if there will
// be none.
func (d *Door) turn(ctx context.Context, s Source) (time.Duration, error) {
	mem, err := d.states(ctx)
	if err != nil {
		return 0, err
	}
	state, rev, err := mem.get(ctx, s.ID)
	if err != nil {
		return 0, err
	}
	now := d.o.Now()
	known := state.Config == s.digest()
	switch {
	case known && !state.Gone.IsZero() && !state.Forced:
		return 0, d.sched.Cancel(ctx, s.ID)
	case known && state.Sieve == d.sieve(&s) && state.Next.Sub(now) > earlySlack:
		// A second due message for a poll that was done: only its schedule may be
		// missing.
		return state.Next.Sub(now), d.sched.Set(ctx, s.ID, state.Next)
	case state.Holder != "" && state.Holder != d.o.Node && state.Until.After(now):
		return 0, deferred{min(state.Until.Sub(now), 5*time.Second)}
	}
	if until := d.hostClosed(ctx, &s, &state, now); !until.IsZero() {
		state.HostClosed, state.Next = until, until.Add(offset(&s, Spread(s.ID, state.Polls)))
		if _, err := mem.put(ctx, s.ID, &state, rev); errors.Is(err, errTaken) {
			return 0, deferred{time.Second}
		} else if err != nil {
			return 0, err
		}
		return state.Next.Sub(now), d.sched.Set(ctx, s.ID, state.Next)
	}
	release, err := d.budget(ctx, &s, &state, now)
	if err != nil {
		return 0, err
	}
	defer release()
	now = d.o.Now()
	state.Holder, state.Until = d.o.Node, now.Add(leaseTime)
	if rev, err = mem.put(ctx, s.ID, &state, rev); errors.Is(err, errTaken) {
		return 0, deferred{time.Second}
	} else if err != nil {
		return 0, err
	}
	if err := d.sched.Set(ctx, s.ID, now.Add(max(fallbackTime, 2*s.Floor()))); err != nil {
		return 0, err
	}
	state.save = func(ctx context.Context, st *State) error {
		saved, err := mem.put(ctx, s.ID, st, rev)
		if err == nil {
			rev = saved
		}
		return err
	}
	next, err := d.poll(ctx, s, state)
	if errors.Is(err, errTaken) {
		return 0, deferred{time.Second}
	}
	if err != nil {
		return 0, err
	}
	next.Holder, next.Until, next.Forced = "", time.Time{}, false
	if _, err := mem.put(ctx, s.ID, &next, rev); errors.Is(err, errTaken) {
		return 0, deferred{time.Second}
	} else if err != nil {
		return 0, err
	}
	d.noteHeld(s.ID, next.Held != nil)
	if !next.Gone.IsZero() {
		return 0, d.sched.Cancel(ctx, s.ID)
	}
	return next.Next.Sub(d.o.Now()), d.sched.Set(ctx, s.ID, next.Next)
}

// poll fetches the source and appends its items. A fault of the source is in the
// state that it returns; its error means that this node could not do its part.
func (d *Door) poll(ctx context.Context, s Source, st State) (State, error) {
	now := d.o.Now()
	if st.Config != s.digest() {
		st.forget()
		st.Config = s.digest()
	}
	st.resieve(d.sieve(&s))
	st.visit = d.visit(&s, &st, now)
	before := st.LastOK
	st.LastPoll, st.Polls, st.Gone = now, st.Polls+1, time.Time{}
	a, err := d.fetch(ctx, s, &st, now)
	if err != nil {
		return st, err
	}
	if a.OK {
		if err := d.settle(ctx, s, &st, &a.Answer, now); err != nil {
			return st, err
		}
	}
	st.Status = a.Status
	st.follow(&s, a.hops, a.OK && a.Status == http.StatusOK, now)
	if a.OK {
		st.LastOK, st.Failures, st.Code, st.Error = now, 0, "", ""
		st.Missing, st.MissingSince, st.Searched, st.HostClosed = 0, time.Time{}, time.Time{}, time.Time{}
		if st.Proposal != nil && st.Proposal.Why == whyMissing {
			st.Proposal = nil
		}
		if a.New > 0 {
			st.LastNew = now
		}
		st.rest(a.flooded, now)
	} else {
		st.Failures++
		st.stray(a.Status, now)
		if st.lost(now) {
			d.rediscover(ctx, &s, &st, now)
		}
	}
	if until := Closed(a.Answer, now); !until.IsZero() {
		st.HostClosed = until
		d.closeHost(ctx, hostOf(a.url), until, now)
	}
	var wait time.Duration
	st.Interval, wait = Plan(&s, &st, a.Answer, now, Spread(s.ID, st.Polls))
	if d.hub != nil && a.OK {
		if a.created > 0 && !before.IsZero() {
			d.hub.Missed(s.ID, before)
		}
		if d.hub.Alive(s.ID) {
			wait = max(wait, jitter(s.Ceiling(), Spread(s.ID, st.Polls)))
		}
	}
	if st.Next = now.Add(wait); !st.Gone.IsZero() {
		st.Next = time.Time{}
	}
	d.metrics.count(st.Code, a.Answer)
	return st, nil
}

// reply is an answer with the way that it took.
type reply struct {
	Answer
	url  string // that answered
	hops []safehttp.Hop
}

// accept is what a feed reader wants, best first.
const accept = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"

func (d *Door) fetch(ctx context.Context, s Source, st *State, now time.Time) (reply, error) {
	asked := st.address(&s)
	req := &safehttp.Request{URL: asked, Header: http.Header{"Accept": {s.accept()}}}
	conditional := false
	for field, v := range map[string]string{"If-None-Match": st.ETag, "If-Modified-Since": st.LastModified} {
		if v != "" && st.ValidFor == asked {
			req.Header.Set(field, v)
			conditional = true
		}
	}
	res, err := d.client.Do(ctx, req)
	if err != nil {
		if ctx.Err() != nil {
			return reply{}, ctx.Err()
		}
		st.Code, st.Error = FetchFault(err)
		return reply{}, nil
	}
	a := reply{Answer{Status: res.Status, Header: res.Header}, res.URL, res.Hops}
	switch {
	case res.Status == http.StatusNotModified:
		if !conditional || len(res.Hops) > 0 { // validators do not go along with a redirect
			st.Code, st.Error = "bad-304", "the source says 304 Not Modified although nothing was asked of it conditionally"
			return a, nil
		}
		st.Unchanged++
		st.Hints.hear(res.Header, nil, now)
		a.OK = true
		return a, nil
	case res.Status != http.StatusOK:
		st.Code, st.Error = fmt.Sprintf("http-%d", res.Status), fmt.Sprintf("the source answers %d %s", res.Status, http.StatusText(res.Status))
		return a, nil
	}
	sum := sha256.Sum256(res.Body)
	body := hex.EncodeToString(sum[:16])
	if body == st.BodyDigest {
		st.Unchanged++
		st.Hints.Fresh = 0
		st.Hints.hear(res.Header, nil, now)
		a.OK = true
	} else if err = d.take(ctx, s, st, res, &a.Answer, now); err != nil || !a.OK {
		return a, err
	}
	// Last of all: what they stand for is in the journal.
	st.BodyDigest, st.ETag, st.LastModified, st.ValidFor = body, res.Header.Get("ETag"), res.Header.Get("Last-Modified"), res.URL
	if res.Truncated || st.visit.partial {
		st.BodyDigest, st.ETag, st.LastModified, st.ValidFor = "", "", "", ""
	}
	return a, nil
}

// take decodes a document and appends its items.
func (d *Door) take(ctx context.Context, s Source, st *State, res *safehttp.Response, a *Answer, now time.Time) error {
	f, err := readLearning(&s, &st.Order, res, now, read)
	if err != nil {
		fault := faultOf(err)
		st.Code, st.Error = fault.Code, fault.Text
		return nil
	}
	st.Faults = st.Faults[:0:0]
	for _, fault := range f.Faults {
		st.fault(fault.Code + ": " + fault.Text)
	}
	if res.Truncated && !f.Truncated {
		st.fault("truncated: the connection ended before the document did")
	}
	if len(f.Items) == 0 && st.Items > 0 {
		st.Code, st.Error = "empty", fmt.Sprintf("the feed is empty; it had %d items before", st.Items)
		return nil
	}
	set, err := rules.Compile(s.Rules)
	if err != nil {
		st.Code, st.Error = "bad-rules", err.Error()
		return nil //nolint:nilerr // the fault is in the source's state
	}
	b, err := d.bring(ctx, s, st, set, f, now)
	st.Dropped = b.dropped
	for _, fault := range b.faults {
		st.fault(fault)
	}
	if err != nil {
		return err
	}
	a.New, a.created, a.flooded = b.new, b.created, b.flooded
	if d.hub != nil {
		d.hub.Seen(s.ID, res.Header, res.URL, f)
	}
	st.Title, st.Site, st.Items = f.Title, f.URL, len(f.Items)
	st.Hints.hear(res.Header, f, now)
	st.observe(&s, f, a.New, now)
	a.OK = true
	return nil
}

// read decodes an answer as the source's description says.
func read(s *Source, res *safehttp.Response, now time.Time) (*decode.Feed, error) {
	zone, err := ParseZone(s.Zone)
	if err != nil {
		return nil, err
	}
	if s.Page != nil {
		return listing.Decode(res.Body, s.listing(res, zone, now))
	}
	return decode.Decode(res.Body, decode.Options{
		URL: res.URL, ContentType: res.Header.Get("Content-Type"), Zone: zone, MonthFirst: s.Order == "mdy", Now: now,
	})
}

// rediscover asks the site of a source that is missing for its feeds, and proposes
// the first that can be read. The host is still this poll's.
func (d *Door) rediscover(ctx context.Context, s *Source, st *State, now time.Time) {
	st.Searched = now
	site := st.Site
	if site == "" {
		u, err := url.Parse(s.URL)
		if err != nil {
			return
		}
		site = (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}).String()
	}
	found, err := discover.Find(ctx, d.client, site, discover.Options{Most: 3, Pause: s.HostGap(), Now: now})
	if err != nil {
		d.o.Log.Info("missing source not found again", "source", s.ID, "site", site, "err", err)
		return
	}
	for _, f := range found {
		if f.URL != s.URL {
			st.Proposal = &Proposal{URL: f.URL, Why: whyMissing, Since: now}
			return
		}
	}
}

// maxFaults bounds what is remembered of one document.
const maxFaults = 20

func (st *State) fault(s string) {
	if len(st.Faults) < maxFaults {
		st.Faults = append(st.Faults, s)
	}
}

// Inputs turns a document into inputs, oldest first as far as the feed shows it
// (newest first is the custom), so that arrival follows publication.
func Inputs(s Source, f *decode.Feed, now time.Time) []ingest.Input {
	links, guids := map[string]int{}, map[string]int{}
	for _, it := range f.Items {
		links[it.Article.URL]++
		guids[it.GUID]++
	}
	out := make([]ingest.Input, 0, len(f.Items))
	for _, it := range f.Items {
		base, err := url.Parse(it.Base)
		if err != nil {
			base = nil
		}
		in := ingest.Input{
			Door: feeds.DoorPoll, Action: feeds.Published, Article: it.Article, Base: base,
			GUID: it.GUID, Arrived: now, Source: s.ID, SourceURL: s.URL, Documents: it.Identifiers,
		}
		// The same GUID twice in one document tells nothing apart, and neither
		// does an address that several items or the whole site have.
		if guids[it.GUID] > 1 && links[it.Article.URL] == 1 {
			in.GUID = ""
		}
		in.SharedURL = links[it.Article.URL] > 1 && (guids[it.GUID] == 1 || it.GUID == "") || it.Article.URL == f.URL || it.Article.URL == s.URL
		if in.GUID == "" && it.GUID != "" && in.SharedURL {
			in.GUID = it.GUID
		}
		in.Article.Unit = s.Unit
		in.Excerpt = s.FullText && wantsPage(&in)
		// Feeds name categories and tags alike.
		in.Article.Category = s.Category
		if s.Category == "" && len(in.Article.Tags) > 0 {
			in.Article.Category, in.Article.Tags = in.Article.Tags[0], in.Article.Tags[1:]
		}
		if in.Article.Language == "" {
			in.Article.Language = f.Language
		}
		out = append(out, in)
	}
	slices.Reverse(out)
	if s.Dates == "day" {
		daysOnly(out, s.Order == "mdy")
	}
	return out
}

// daysOnly drops the times of day of a source whose times mean nothing. The day
// is the one that the publisher wrote, whatever zone it claims.
func daysOnly(inputs []ingest.Input, monthFirst bool) {
	for i := range inputs {
		for _, d := range []*feeds.Date{&inputs[i].Article.Published, &inputs[i].Article.Updated} {
			if d.Known() {
				*d = dayOf(d.Raw, monthFirst, inputs[i].Arrived)
			}
		}
	}
}

func dayOf(raw string, monthFirst bool, now time.Time) feeds.Date {
	return clean.Date(raw, clean.DateOptions{Zone: feeds.Zone, Now: now, MonthFirst: monthFirst, DateOnly: true})
}

// FetchFault puts a failed request into a code and words that say what to do.
func FetchFault(err error) (code, text string) {
	for _, c := range []struct {
		err  error
		code string
	}{
		{safehttp.ErrForbiddenAddress, "forbidden-address"}, {safehttp.ErrTooLarge, "too-large"},
		{safehttp.ErrTooManyRedirects, "redirects"}, {safehttp.ErrBadURL, "bad-url"},
		{safehttp.ErrUnknownEncoding, "encoding"}, {safehttp.ErrTimeout, "timeout"},
	} {
		if errors.Is(err, c.err) {
			return c.code, err.Error()
		}
	}
	return "unreachable", err.Error()
}
