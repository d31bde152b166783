package clean

import (
	"net/url"
	"strings"
	"time"

	"loa/feeds"
)

// DateOptions says how a source writes its dates.
type DateOptions struct {
	// Zone is the zone of dates that name none; nil is [feeds.Zone].
	Zone *time.Location
	// MonthFirst reads 10/1/2026 as the first of October; without it the day
	// comes first. The order is a property of the source and is never guessed.
	MonthFirst bool
	// Now is the moment of reception: relative dates count from it, and it
	// places two-digit years. Zero leaves relative dates unknown.
	Now time.Time
	// MonthAsMinutes is set for sources that write the month into the minutes
	// (NukeViet's RSS): a date in which the two agree is known to the hour.
	MonthAsMinutes bool
	// DateOnly is set for sources whose times of day mean nothing.
	DateOnly bool
}

func Text(s string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
}
func Plain(s string) string               { return Text(s) }
func HTML(s string, base *url.URL) string { return policy.Sanitize(s) }
func Paragraphs(text string) string       { return policy.Sanitize("<p>" + text + "</p>") }
func TextOf(html string) string           { return feeds.Words(html) }
func Summary(html string, n int) string   { r := []rune(TextOf(html)); return string(r[:min(n, len(r))]) }
func Date(raw string, o DateOptions) feeds.Date {
	raw = Text(raw)
	if t, err := time.Parse(time.RFC3339, raw); err == nil {
		return feeds.Date{Time: t, Precision: feeds.Second, Raw: raw}
	}
	return feeds.Date{Raw: raw, Precision: feeds.Unknown}
}
func Link(ref string, base *url.URL) string {
	u, err := url.Parse(ref)
	if err != nil {
		return ""
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

// Check reports whether a names its unit, itself and a title: nil or one of
// feeds.ErrNoUnit, ErrBadUnit, ErrNoName, ErrNoTitle.
func Check(a feeds.Article) error {
	switch err := feeds.CheckUnit(a.Unit); {
	case err != nil:
		return err
	case a.URL == "" && a.Number == "":
		return feeds.ErrNoName
	case a.Title == "":
		return feeds.ErrNoTitle
	}
	return nil
}

// Article returns a in normal form. The error is feeds.ErrNoUnit, ErrBadUnit or
// ErrNoName; a missing title is none, since a withdrawal needs none: call
// [Check] for articles that are shown.
func Article(a feeds.Article, base *url.URL) (feeds.Article, error) {
	a.Title, a.ContentHTML = Plain(a.Title), HTML(a.ContentHTML, base)
	if err := Check(a); err != nil && err != feeds.ErrNoTitle {
		return a, err
	}
	return a, nil
}
