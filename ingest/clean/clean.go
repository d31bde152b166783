// Package clean turns foreign strings into the normal form of [feeds.Article]:
// text in Unicode's normal form C without what XML 1.0 forbids, sanitised and
// balanced HTML, absolute http(s) links, dates with what is really known of them.
//
// It is the first step of ingest.Pipeline, and the only one that sanitises:
// every door (events, feeds, pushes) gives its articles to [Article], and nothing
// after it cleans again. Encoders escape for their own format.
//
// Everything here is a pure function: no clock, no network, no state but tables
// made at the start. It obeys XML 1.0 section 2.2 (characters), UAX #15 (normal
// forms), RFC 3986 (links), RFC 5646 (languages), RFC 822, 2822 and 3339 and
// their abuses in Vietnam (dates), and the HTML standard by way of x/net/html.
//
// It does not decode character sets or feeds (the doors do), does not bound the
// size of an article (the doors do; all work here is linear), does not decide
// whether two addresses name one page (package identify), does not correct what a
// publisher wrote, and does not fetch anything.
package clean

import (
	"net/url"
	"strings"
	"time"

	"loa/feeds"
	"loa/ingest/clean/legacy"
)

// Bounds of an article's fields: runes, and entries of a list.
const (
	maxTitle    = 1000
	maxSummary  = 4000
	maxWord     = 200 // a category, a tag, an author, a date as it was written
	maxNumber   = 200
	maxList     = 50
	summarySize = 300
)

// Check reports whether an article in normal form can be taken: nil, or the
// first of the permanent errors [feeds.ErrNoUnit], [feeds.ErrBadUnit],
// [feeds.ErrNoName], [feeds.ErrNoTitle].
func Check(a feeds.Article) error {
	if err := feeds.CheckUnit(a.Unit); err != nil {
		return err
	}
	if a.URL == "" && a.Number == "" {
		return feeds.ErrNoName
	}
	if a.Title == "" {
		return feeds.ErrNoTitle
	}
	return nil
}

// Article returns a in normal form. Links are relative to the article's page if
// it has one, the address of the page to base, which may be nil. A summary that
// is missing is made of the content. Fields beyond their bounds are cut, entries
// that are empty, doubled or unusable are left out; a.Tags, a.Authors and
// a.Attachments are not changed.
//
// A text in a legacy code of Vietnamese is converted before all else, if title,
// summary and content together are surely in one; see package legacy.
//
// What is missing is left missing: ask [Check] before the article is taken.
func Article(a feeds.Article, base *url.URL) feeds.Article {
	a, _ = legacy.Article(a)
	a.Unit = strings.TrimSpace(a.Unit)
	a.Number = number(a.Number)
	a.URL = Link(a.URL, base)
	if u, err := url.Parse(a.URL); err == nil && a.URL != "" {
		base = u
	}
	a.Title = cut(Plain(a.Title), maxTitle)
	a.ContentHTML = HTML(a.ContentHTML, base)
	if a.Summary = given(a.Summary); a.Summary == "" {
		a.Summary = Summary(a.ContentHTML, summarySize)
	}
	a.Category = cut(Plain(a.Category), maxWord)
	a.Tags = words(a.Tags)
	a.Authors = words(a.Authors)
	a.Language = language(a.Language)
	a.Published = date(a.Published)
	a.Updated = date(a.Updated)
	a.Attachments = attachments(a.Attachments, base)
	return a
}

// number returns the publisher's number. One that is too long is none: cut, it
// could be the number of another article.
func number(s string) string {
	if s = Text(s); len(s) > maxNumber {
		return ""
	}
	return s
}

// words cleans a list of short texts. Two that differ in case are one.
func words(in []string) []string {
	var out []string
next:
	for _, s := range in {
		if len(out) == maxList {
			break
		}
		if s = cut(Plain(s), maxWord); s == "" {
			continue
		}
		for _, have := range out {
			if strings.EqualFold(have, s) {
				continue next
			}
		}
		out = append(out, s)
	}
	return out
}

// language returns s as a language tag in the usual case (RFC 5646, section
// 2.1.1), or "vi" if it is none. `vn`, the country, is often written for it.
func language(s string) string {
	const fallback = "vi"
	parts := strings.Split(strings.ReplaceAll(strings.TrimSpace(s), "_", "-"), "-")
	if len(s) > 35 {
		return fallback
	}
	for i, p := range parts {
		if p == "" || len(p) > 8 {
			return fallback
		}
		for j := range len(p) {
			c := p[j] | 0x20
			if !(c >= 'a' && c <= 'z' || i > 0 && p[j] >= '0' && p[j] <= '9') {
				return fallback
			}
		}
		p = strings.ToLower(p)
		switch {
		case i == 0 && (len(p) < 2 || len(p) > 3 || p == "vn"):
			return fallback
		case i > 0 && len(p) == 2 && len(parts[i-1]) > 1:
			p = strings.ToUpper(p)
		case i > 0 && len(p) == 4 && len(parts[i-1]) > 1 && p[0] >= 'a':
			p = strings.ToUpper(p[:1]) + p[1:]
		}
		parts[i] = p
	}
	return strings.Join(parts, "-")
}

// date cleans a date that a door has read already.
func date(d feeds.Date) feeds.Date {
	d.Raw = cut(Text(d.Raw), maxWord)
	switch d.Precision {
	case feeds.Second, feeds.Minute, feeds.Hour, feeds.Day:
	case "":
		if d.Precision = feeds.Second; d.Time.IsZero() {
			d.Precision = ""
		}
	default:
		d.Precision = feeds.Unknown
	}
	if y := d.Time.Year(); d.Precision == feeds.Unknown || d.Time.IsZero() || y < minYear || y > maxYear {
		d.Time, d.Clamped = time.Time{}, false
		if d.Raw != "" || d.Precision != "" {
			d.Precision = feeds.Unknown
		}
	}
	return d
}
