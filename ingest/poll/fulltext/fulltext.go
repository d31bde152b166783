// Package fulltext finds an article's text on its page, for sources whose feed or
// list gives but a summary. It stands in the poll door: the door fetches the page,
// this package reads it, and the pipeline sanitises the result as everything else.
//
// Two readers try: package page, which knows the platforms of portals, and
// readability, which knows none and reads any. Which text is taken is decided by
// [Choose], a pure function; what the feed itself says is taken where both are
// worse, such as on an error page, a list, or a page with nothing but a file.
//
// It does not fetch, does not decide which articles need their page, and does not
// decide what becomes of an article that has a text already.
package fulltext

import (
	"errors"
	"net/url"
	"time"

	"loa/feeds"
	"loa/ingest/charset"
	"loa/ingest/clean"
	"loa/ingest/page"
)

// MaxBytes bounds a page.
const MaxBytes = 4 << 20

// ErrNotPage says that what came is no page: a file, a picture, a feed.
var ErrNotPage = errors.New("fulltext: not an HTML page")

// Options say where the bytes came from and how their source writes dates.
type Options struct {
	// URL is the address that answered: the base of the page's links.
	URL string
	// ContentType is the value of the header field, with its parameters.
	ContentType string
	// Zone is the zone of dates that name none; nil is feeds.Zone.
	Zone *time.Location
	// MonthFirst reads 10/1/2026 as the first of October.
	MonthFirst bool
	// Now is the moment of reception.
	Now time.Time
}

// Result is the text that was chosen.
type Result struct {
	Choice
	// Page is what package page read, for what a feed leaves out: dates, names,
	// files. It is the zero Article when the feed's own text was chosen.
	Page feeds.Article
}

// Extract reads a page and chooses between its text and what the feed says. It
// keeps nothing of body; time and memory are bounded by its size. The only error
// is ErrNotPage: for the rest, see the choice.
func Extract(body []byte, o Options, said feeds.Article) (Result, error) {
	if len(body) > MaxBytes || !page.IsPage(body, o.ContentType) {
		return Result{}, ErrNotPage
	}
	var list []Candidate
	var facts feeds.Article
	got, err := page.Parse(body, page.Options{URL: o.URL, ContentType: o.ContentType, Zone: o.Zone, MonthFirst: o.MonthFirst, Now: o.Now})
	if err == nil {
		facts = got.Article
		list = append(list, Candidate{By: ByPage, Title: facts.Title, HTML: facts.ContentHTML})
	}
	text, _ := charset.UTF8(body, o.ContentType, charset.OfHTML(body))
	base, err := url.Parse(o.URL)
	if err != nil {
		base = nil
	}
	if title, content := readable(text, base); content != "" {
		list = append(list, Candidate{By: ByReadability, Title: clean.Plain(title), HTML: clean.HTML(content, base)})
	}
	out := Result{Choice: Choose(said, list)}
	if out.By != ByFeed {
		out.Page = facts
	}
	return out, nil
}
