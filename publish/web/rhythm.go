package web

import (
	"slices"
	"strconv"
	"time"

	"loa/feeds"
	"loa/feeds/library"
)

// How long caches may keep a document without asking, whatever its rhythm. News
// must be seen soon, and asking again costs loa next to nothing (304 from memory);
// but a proxy in front turns any number of readers into one request in that time.
const (
	shortest   = 5 * time.Second
	longest    = 5 * time.Minute
	unknown    = time.Minute      // of feeds without a rhythm
	settled    = time.Hour        // of what is over
	ofArticles = 30 * time.Second // they may be withdrawn
)

const (
	// rhythmOf is how many of the newest arrivals the rhythm is taken from.
	rhythmOf = 10
	// share is the part of the time between arrivals that news may be late by.
	share = 20
	// together is the time within which articles arrive at once: a portal is asked
	// every few minutes, and tells all that is new.
	together = time.Minute
)

// rhythm is how long a feed with these articles may be kept: the twentieth part of
// the mean time between the newest arrivals. It depends on nothing but the
// articles, so that it is the same on every node and in 304 as it was in 200. The
// order of the articles does not matter.
func rhythm(records []feeds.Record) time.Duration {
	arrivals := make([]time.Time, 0, len(records))
	for i := range records {
		arrivals = append(arrivals, records[i].FirstSeen)
	}
	slices.SortFunc(arrivals, func(a, b time.Time) int { return b.Compare(a) })
	n := 0 // arrivals that are apart; the first one is the newest
	var last, oldest time.Time
	for _, t := range arrivals {
		if n > 0 && last.Sub(t) < together {
			continue
		}
		last, oldest = t, t
		if n++; n == rhythmOf {
			break
		}
	}
	if n < 2 {
		return unknown
	}
	gap := arrivals[0].Sub(oldest) / time.Duration(n-1)
	return min(max(gap/share, shortest), longest).Truncate(time.Second)
}

// freshFor is how long caches may keep the document of an address.
func (b *builder) freshFor(a *address, f *library.Feed) time.Duration {
	if a.isSearch() {
		return unknown // found by worth, not by time
	}
	if !a.asOf.IsZero() && a.end().Before(a.today()) {
		return settled
	}
	if a.isUnit() && !a.follow {
		if _, ended := b.names.ended(a.selector.Unit, a.today(), a.today()); ended {
			return settled
		}
	}
	return rhythm(f.Records)
}

// cacheControl lets caches keep something for a time, answer from it for half a
// minute more while they ask, and for a day when loa is away (RFC 5861). It does not
// say public, which only answers to requests with credentials need (RFC 9111 section
// 5.2.2.9).
func cacheControl(fresh time.Duration) string {
	return "max-age=" + strconv.FormatInt(int64(fresh/time.Second), 10) + ", stale-while-revalidate=30, stale-if-error=86400"
}
