package poll

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"loa/feeds"
	"loa/ingest"
	"loa/ingest/clean"
	"loa/ingest/poll/decode"
	"loa/internal/safehttp"
)

// turn is one poll of a source that is due: take it, set the fallback, fetch,
// append, save, schedule. It returns the time until the next poll.
func (d *Door) turn(ctx context.Context, s Source) (time.Duration, error) {
	st, err := d.states(ctx)
	if err != nil {
		return 0, err
	}
	state, rev, err := st.get(ctx, s.ID)
	if err != nil {
		return 0, err
	}
	now := d.o.Now()
	if state.Config == s.digest() && state.Next.Sub(now) > earlySlack {
		// A second due message for a poll that was done: only its schedule may be
		// missing.
		return state.Next.Sub(now), d.sched.Set(ctx, s.ID, state.Next)
	}
	if state.Holder != "" && state.Holder != d.o.Node && state.Until.After(now) {
		return 0, deferred{min(state.Until.Sub(now), 5*time.Second)}
	}
	release, err := d.budget(ctx, s)
	if err != nil {
		return 0, err
	}
	defer release()
	state.Holder, state.Until = d.o.Node, now.Add(leaseTime)
	if rev, err = st.put(ctx, s.ID, &state, rev); errors.Is(err, errTaken) {
		return 0, deferred{time.Second}
	} else if err != nil {
		return 0, err
	}
	if err := d.sched.Set(ctx, s.ID, now.Add(max(fallbackTime, 2*s.Floor()))); err != nil {
		return 0, err
	}
	next, err := d.poll(ctx, s, state)
	if err != nil {
		return 0, err
	}
	next.Holder, next.Until = "", time.Time{}
	if _, err := st.put(ctx, s.ID, &next, rev); errors.Is(err, errTaken) {
		return 0, deferred{time.Second}
	} else if err != nil {
		return 0, err
	}
	return next.Next.Sub(d.o.Now()), d.sched.Set(ctx, s.ID, next.Next)
}

// budget takes the host for one request, with the gap to the last one.
func (d *Door) budget(ctx context.Context, s Source) (release func(), err error) {
	u, err := url.Parse(s.URL)
	if err != nil {
		return func() {}, nil //nolint:nilerr // the fetch says what is wrong with it
	}
	host := strings.ToLower(u.Host)
	lease := "host:" + host
	holder := d.o.Node + "/" + s.ID
	if ok, err := d.budgets.Lease(ctx, lease, holder, leaseTime); err == nil && !ok {
		return nil, deferred{500*time.Millisecond + rand.N(500*time.Millisecond)}
	}
	release = func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = d.budgets.Release(ctx, lease, holder)
	}
	gap := min(hostGap, s.Floor()/4)
	wait, ok, err := d.budgets.Reserve(ctx, host, gap, 2*hostGap)
	if err == nil && !ok {
		release()
		return nil, deferred{wait}
	}
	select {
	case <-time.After(wait):
		return release, nil
	case <-ctx.Done():
		release()
		return nil, ctx.Err()
	}
}

// poll fetches the source and appends its items. A fault of the source is in the
// state that it returns; its error means that this node could not do its part.
func (d *Door) poll(ctx context.Context, s Source, st State) (State, error) {
	now := d.o.Now()
	if st.Config != s.digest() {
		st.ETag, st.LastModified, st.BodyDigest, st.Interval = "", "", "", 0
		st.Config = s.digest()
	}
	st.LastPoll, st.Polls = now, st.Polls+1
	a, err := d.fetch(ctx, s, &st, now)
	if err != nil {
		return st, err
	}
	if a.OK {
		st.LastOK, st.Failures, st.Code, st.Error = now, 0, "", ""
		if a.New > 0 {
			st.LastNew = now
		}
	} else {
		st.Failures++
	}
	st.Status = a.Status
	var wait time.Duration
	st.Interval, wait = Plan(&s, &st, a, now, rand.Float64())
	st.Next = now.Add(wait)
	d.metrics.count(st.Code, a)
	return st, nil
}

func (d *Door) fetch(ctx context.Context, s Source, st *State, now time.Time) (Answer, error) {
	req := &safehttp.Request{URL: s.URL, Header: http.Header{
		"Accept": {"application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"},
	}}
	if st.ETag != "" {
		req.Header.Set("If-None-Match", st.ETag)
	}
	if st.LastModified != "" {
		req.Header.Set("If-Modified-Since", st.LastModified)
	}
	res, err := d.client.Do(ctx, req)
	if err != nil {
		if ctx.Err() != nil {
			return Answer{}, ctx.Err()
		}
		st.Code, st.Error = FetchFault(err)
		return Answer{}, nil
	}
	a := Answer{Status: res.Status, Header: res.Header}
	switch {
	case res.Status == http.StatusNotModified:
		if st.ETag == "" && st.LastModified == "" {
			st.Code, st.Error = "bad-304", "the source says 304 Not Modified although nothing was asked of it conditionally"
			return a, nil
		}
		st.Unchanged++
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
		a.OK = true
	} else if a, err = d.take(ctx, s, st, res, a, now); err != nil || !a.OK {
		return a, err
	}
	// Last of all: what they stand for is in the journal.
	st.BodyDigest, st.ETag, st.LastModified = body, res.Header.Get("ETag"), res.Header.Get("Last-Modified")
	if res.Truncated {
		st.BodyDigest, st.ETag, st.LastModified = "", "", ""
	}
	return a, nil
}

// take decodes a document and appends its items.
func (d *Door) take(ctx context.Context, s Source, st *State, res *safehttp.Response, a Answer, now time.Time) (Answer, error) {
	zone, err := ParseZone(s.Zone)
	if err != nil {
		return a, err
	}
	f, err := decode.Decode(res.Body, decode.Options{
		URL: res.URL, ContentType: res.Header.Get("Content-Type"), Zone: zone, MonthFirst: s.Order == "mdy", Now: now,
	})
	if err != nil {
		fault := decode.FaultOf(err)
		st.Code, st.Error = fault.Code, fault.Text
		return a, nil
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
		return a, nil
	}
	inputs := Inputs(s, f, now)
	if s.Dates == "day" {
		daysOnly(inputs, s.Order == "mdy")
	}
	for _, in := range inputs {
		out, err := d.pipe.Ingest(ctx, in)
		var refused *ingest.Refused
		switch {
		case errors.As(err, &refused):
			st.fault(fmt.Sprintf("refused %s: %s", refused.Code, refused))
		case err != nil:
			return a, err
		case out.Result == ingest.Created || out.Result == ingest.Revised:
			a.New++
		}
	}
	st.Title, st.Items = f.Title, len(f.Items)
	a.OK, a.TTL = true, f.TTL
	return a, nil
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
			GUID: it.GUID, Arrived: now, Source: s.ID, SourceURL: s.URL,
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
	return out
}

// daysOnly drops the times of day of a source whose times mean nothing. The day
// is the one that the publisher wrote, whatever zone it claims.
func daysOnly(inputs []ingest.Input, monthFirst bool) {
	for i := range inputs {
		for _, d := range []*feeds.Date{&inputs[i].Article.Published, &inputs[i].Article.Updated} {
			if d.Known() {
				*d = clean.Date(d.Raw, clean.DateOptions{Zone: feeds.Zone, Now: inputs[i].Arrived, MonthFirst: monthFirst, DateOnly: true})
			}
		}
	}
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
