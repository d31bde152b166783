// Package page reads one article from one page of a portal: its HTML, or the
// plain text that somebody took from it. It stands beside package decode, which
// reads feeds: what it gets is hostile, what it gives is an article in normal
// form (package clean sanitises it here, as everywhere).
//
// It reads what the platforms of Vietnamese state portals mark (SharePoint, DNN,
// NukeViet, Liferay, VCCorp, WordPress), then what pages in general mark (the HTML
// standard, schema.org, Open Graph, Dublin Core after RFC 5013), and last what
// readers go by: the densest block, a line that is a date, a name under the text.
// What portals put around an article (menus, sharing, comment forms, related
// articles) is left out; of the article itself nothing is left out and nothing
// is corrected.
//
// It does not fetch, does not run scripts, does not read lists of articles, does
// not identify articles, and knows no unit.
package page

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"loa/feeds"
	"loa/ingest/charset"
	"loa/ingest/clean"
)

// Errors that say why a page gives no article. All are permanent for the same
// bytes.
var (
	ErrNotPage    = errors.New("page: neither HTML nor plain text")
	ErrNoArticle  = errors.New("page: no article in it; it may be a list, an error page, or under maintenance")
	ErrTooLarge   = errors.New("page: document is too large")
	ErrTooComplex = errors.New("page: document is nested or stuffed beyond all use")
)

// MaxBytes bounds a page.
const MaxBytes = 8 << 20

// Options say where the bytes came from and how their source writes dates.
type Options struct {
	// URL is where the page was fetched: the base of its relative links, and its
	// address if it names no other.
	URL string
	// ContentType is the value of the header field, with its parameters.
	ContentType string
	// Zone is the zone of dates that name none; nil is [feeds.Zone].
	Zone *time.Location
	// MonthFirst reads 10/1/2026 as the first of October.
	MonthFirst bool
	// Now is the moment of reception, which relative dates count from.
	Now time.Time
}

// Page is what was read.
type Page struct {
	// Article is in normal form: its HTML is sanitised, its links are absolute. It
	// has no unit and no number. A summary that the page does not give is the
	// first paragraph without the official end mark `./.`.
	Article feeds.Article
	// Platform is the program behind the portal, by its marks; see the constants.
	Platform string
	// Site is the name of the portal, as plain text; empty if it does not say.
	Site string
	// Metadata are the Dublin Core elements and terms, by their names in lower
	// case without prefix ("title", "creator", "issued"), values in page order.
	Metadata map[string][]string
	// Faults lists what was wrong with the page and did not stop it from being read.
	Faults []Fault
}

// Platforms.
const (
	SharePoint = "sharepoint"
	DNN        = "dnn"
	NukeViet   = "nukeviet"
	Liferay    = "liferay"
	VCCorp     = "vccorp"
	WordPress  = "wordpress"
)

// Fault is something that was wrong with a page.
type Fault struct{ Code, Text string }

// Codes of faults. The first four are of pages that were read.
const (
	FaultCharset   = "charset"     // not in the encoding that it claims
	FaultComplex   = "too-complex" // a part that is nested or stuffed beyond all use
	FaultLegacy    = "legacy-code" // as decode has it: text in a code of before Unicode, converted
	FaultNoTitle   = "no-title"    // the title is the start of the text
	FaultNotPage   = "not-a-page"
	FaultNoArticle = "html-page" // as decode has it: a page where something else was wanted
	FaultTooLarge  = "too-large"
)

// FaultOf gives an error of Parse the form of a fault, for whoever lists both.
func FaultOf(err error) Fault {
	code := FaultNotPage
	switch {
	case errors.Is(err, ErrNoArticle):
		code = FaultNoArticle
	case errors.Is(err, ErrTooLarge):
		code = FaultTooLarge
	case errors.Is(err, ErrTooComplex):
		code = FaultComplex
	}
	return Fault{Code: code, Text: err.Error()}
}

// Parse reads a page. It keeps nothing of body. Time and memory are bounded by
// the size of body; a deadline is the caller's. Of the same bytes and options it
// always makes the same page.
func Parse(body []byte, o Options) (*Page, error) {
	if len(body) > MaxBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxBytes)
	}
	text, wrong := charset.UTF8(body, o.ContentType, charset.OfHTML(body))
	if len(text) > 2*MaxBytes {
		return nil, fmt.Errorf("%w: more than %d bytes as UTF-8", ErrTooLarge, 2*MaxBytes)
	}
	r := reader{Options: o, base: baseURL(o.URL), page: &Page{Metadata: map[string][]string{}}}
	for _, w := range wrong {
		r.fault(FaultCharset, "%s", w)
	}
	var err error
	switch kindOf(text, o.ContentType) {
	case htmlKind:
		err = r.html(text)
	case textKind:
		err = r.text(string(text))
	default:
		err = ErrNotPage
	}
	if err != nil {
		return nil, err
	}
	return r.page, nil
}

// reader has what every step of one Parse needs.
type reader struct {
	Options
	base *url.URL
	page *Page
	// found are dates and names that lines of text gave.
	found found
}

func (r *reader) fault(code, format string, args ...any) {
	if len(r.page.Faults) < 50 {
		r.page.Faults = append(r.page.Faults, Fault{code, fmt.Sprintf(format, args...)})
	}
}

func (r *reader) date(raw string) feeds.Date {
	return clean.Date(raw, clean.DateOptions{Zone: r.Zone, MonthFirst: r.MonthFirst, Now: r.Now})
}

// finish puts the article in normal form and fills what is missing from what the
// lines of its text gave.
func (r *reader) finish(content string) error {
	a := &r.page.Article
	a.ContentHTML = content
	a.Category = cmp.Or(a.Category, r.found.section)
	a.Tags = append(a.Tags, r.found.tags...)
	if len(a.Authors) == 0 {
		a.Authors = r.found.authors
	}
	if len(a.Authors) == 0 {
		a.Authors = r.found.sources
	}
	r.dates()
	summary := a.Summary
	a.Summary = "-" // what clean would make of the content is not what a page shows
	*a = clean.Article(*a, r.base)
	a.Summary = ""
	if summary == "" {
		summary = firstParagraph(a.ContentHTML)
	}
	if summary != "" {
		a.Summary = clean.Article(feeds.Article{Summary: summary}, nil).Summary
	}
	if len(feeds.Words(a.ContentHTML)) < 20 && len(a.Attachments) == 0 && !strings.Contains(a.ContentHTML, "<img ") {
		return ErrNoArticle
	}
	if a.Title == "" {
		if a.Title = clean.Summary(a.ContentHTML, 120); a.Title == "" {
			return ErrNoArticle
		}
		r.fault(FaultNoTitle, "the page has no title; the start of its text stands for it")
	}
	return nil
}

// dates takes those that lines gave where marks gave none.
func (r *reader) dates() {
	a := &r.page.Article
	if !a.Published.Known() {
		for _, d := range append(r.found.published, r.found.bare...) {
			if d.Known() || a.Published.Raw == "" {
				a.Published = d
			}
			if d.Known() {
				break
			}
		}
	}
	for _, d := range r.found.updated {
		switch {
		case !d.Known():
		case !a.Published.Known():
			a.Published = d
		case !a.Updated.Known() && d.Time.After(a.Published.Time):
			a.Updated = d
		}
	}
}

// maxLead is the longest first paragraph, in runes, that is a summary.
const maxLead = 600

// firstParagraph returns the text of the first paragraph of clean HTML: whole if
// it is not too long, without the official end mark.
func firstParagraph(content string) string {
	text := strings.TrimSpace(clean.TextOf(content))
	first, _, _ := strings.Cut(text, "\n\n")
	first = strings.TrimSpace(strings.TrimSuffix(clean.Text(first), "./."))
	if n := len([]rune(first)); n < 40 || n > maxLead {
		return clean.Summary(content, 300)
	}
	return first
}

func baseURL(raw string) *url.URL {
	u, err := url.Parse(raw)
	if err != nil || !u.IsAbs() || u.Host == "" {
		return nil
	}
	return u
}

func trimmed(b []byte) []byte { return bytes.TrimLeft(b, " \t\r\n\uFEFF") }
