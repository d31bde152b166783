package poll

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"loa/ingest"
	"loa/ingest/poll/fulltext"
	"loa/internal/safehttp"
)

// Limits of the pages that one poll reads; the rest come at the next ones.
const (
	maxPages    = 20
	pagesTime   = 25 * time.Second // for all of them
	pageTime    = 10 * time.Second // for one
	takingTime  = 15 * time.Second // that is left of a poll for the rest of its work
	maxFailures = 3                // in a row: the host is not well
)

// visit reads the pages of articles during one poll, one at a time, within the
// budget of their host.
type visit struct {
	d     *Door
	s     *Source
	host  string // the source's, whose lease the poll has
	slots []string
	now   time.Time
	until time.Time
	left  int
	// failures in a row; stopped is why no more pages are read.
	failures int
	stopped  string
	// partial is set when an item could be neither taken whole nor be remembered.
	partial bool
}

func (d *Door) visit(s *Source, st *State, now time.Time) *visit {
	return &visit{d: d, s: s, host: hostOf(st.address(s)), now: now, until: d.o.Now().Add(pagesTime), left: maxPages}
}

// reading is how the reading of a page went.
type reading struct {
	// done is set when the page was read: the input has its text, or there is none
	// that is better than the source's.
	done bool
	// tried is set when the page was asked for; lasting when another time will
	// hardly do better.
	tried, lasting bool
	why            string
	choice         fulltext.Choice
	status         int
	header         http.Header
	url            string
}

// open reports whether a page may be read now.
func (v *visit) open(ctx context.Context) bool {
	now := v.d.o.Now()
	switch deadline, ok := ctx.Deadline(); {
	case v.stopped != "" || ctx.Err() != nil:
		return false
	case v.left <= 0:
		v.stopped = fmt.Sprintf("its poll had read %d pages", maxPages)
	case now.After(v.until) || ok && time.Until(deadline) < takingTime:
		v.stopped = "its poll had no time left"
	}
	return v.stopped == ""
}

// read reads the page of an article and puts its text into the input.
func (v *visit) read(ctx context.Context, in *ingest.Input) reading {
	if !v.open(ctx) {
		return reading{why: v.stopped}
	}
	release, err := v.budget(ctx, hostOf(in.Article.URL))
	if err != nil {
		return reading{why: err.Error()}
	}
	defer release()
	v.left--
	got := readPage(ctx, v.d.client, v.s, in, v.now)
	v.d.metrics.pages.WithLabelValues(cmp.Or(got.choice.By, "none")).Inc()
	if got.done {
		v.failures = 0
		return got
	}
	if ctx.Err() != nil {
		return reading{why: v.stopped}
	}
	if until := Closed(Answer{Status: got.status, Header: got.header}, v.now); !until.IsZero() {
		v.d.closeHost(ctx, hostOf(got.url), until, v.now)
		v.stopped = "its host asked to be left alone"
	}
	if got.status == 0 || got.status == http.StatusTooManyRequests || got.status >= 500 {
		if v.failures++; v.failures == maxFailures || got.status == http.StatusTooManyRequests {
			v.stopped = "its host did not answer well"
		}
	}
	return got
}

// budget waits for the turn of a page at its host. The source's own host is held
// already; another must be free.
func (v *visit) budget(ctx context.Context, host string) (release func(), err error) {
	if host != v.host {
		if until := v.d.hostClosed(ctx, &Source{}, &State{URL: "http://" + host}, v.now); !until.IsZero() {
			return nil, fmt.Errorf("its host asked to be left alone until %s", until.Format(time.RFC3339))
		}
		s := Source{ID: v.s.ID + "/pages", Interval: v.s.Interval, Gap: v.s.HostGap()}
		release, err := v.d.budget(ctx, &s, &State{URL: "http://" + host}, v.now)
		if err != nil {
			return nil, fmt.Errorf("its host is busy: %w", err)
		}
		return release, nil
	}
	gap := v.s.HostGap()
	if v.slots == nil {
		v.slots = []string{host}
		if at := v.d.machine(ctx, host); at != "" && at != host {
			v.slots = append(v.slots, "address:"+at)
		}
	}
	var wait time.Duration
	for _, name := range v.slots {
		w, ok, err := v.d.budgets.Reserve(ctx, name, gap, maxSlotWait+2*gap)
		if err == nil && !ok {
			v.stopped = "its host is busy"
			return nil, errBusy
		}
		if err != nil {
			w = gap // without a cache a node goes by its own
		}
		wait = max(wait, w)
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return func() {}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

var errBusy = errors.New("its host is busy")

// readPage fetches an article's page and chooses its text.
func readPage(ctx context.Context, c Client, s *Source, in *ingest.Input, now time.Time) reading {
	zone, err := ParseZone(s.Zone)
	if err != nil {
		return reading{tried: true, lasting: true, why: err.Error()}
	}
	short, cancel := context.WithTimeout(ctx, pageTime)
	defer cancel()
	res, err := c.Do(short, &safehttp.Request{URL: in.Article.URL, Header: http.Header{"Accept": {acceptPage}}, MaxBytes: fulltext.MaxBytes})
	if err != nil {
		code, text := FetchFault(err)
		return reading{tried: true, why: text, lasting: code != "timeout" && code != "unreachable"}
	}
	got := reading{tried: true, status: res.Status, header: res.Header, url: res.URL}
	if res.Status != http.StatusOK {
		got.why = fmt.Sprintf("its page answers %d %s", res.Status, http.StatusText(res.Status))
		got.lasting = res.Status < 500 && res.Status != http.StatusTooManyRequests && res.Status != http.StatusRequestTimeout
		return got
	}
	if res.Truncated {
		got.why = "its page ended before it was whole"
		return got
	}
	said := in.Article
	r, err := fulltext.Extract(res.Body, fulltext.Options{
		URL: res.URL, ContentType: res.Header.Get("Content-Type"), Zone: zone, MonthFirst: s.Order == "mdy", Now: now,
	}, said)
	if err != nil {
		got.done, got.why = true, "its link leads to a file"
		got.choice = fulltext.Choice{By: fulltext.ByFeed, Why: got.why}
		in.Excerpt = false
		return got
	}
	got.choice, got.why = r.Choice, r.Why
	if r.By == fulltext.ByFeed {
		got.done, got.lasting = !r.Strange, true
		in.Excerpt = r.Strange
		return got
	}
	got.done, in.Excerpt = true, false
	a, p := &in.Article, &r.Page
	if a.Summary == "" && a.ContentHTML != "" {
		a.Summary = summaryOf(in) // as it is where the page cannot be read
	}
	a.ContentHTML = r.HTML
	// What the source leaves out, the page may say.
	if a.Summary == "" {
		a.Summary = p.Summary
	}
	if !a.Published.Known() && a.Published.Raw == "" {
		a.Published = p.Published
		if s.Dates == "day" && p.Published.Known() {
			a.Published = dayOf(p.Published.Raw, s.Order == "mdy", now)
		}
	}
	if len(a.Authors) == 0 {
		a.Authors = p.Authors
	}
	if len(a.Attachments) == 0 {
		a.Attachments = p.Attachments
	}
	if a.Category == "" {
		a.Category = p.Category
	}
	return got
}
