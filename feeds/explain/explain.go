// Package explain says of an article where it came from, what became of it at
// each step, and where it is shown or why it is not. It reads the journal
// (feeds/journal) for what happened and the library (feeds/library) for what is
// shown now, and changes nothing.
//
// What never reached the journal it does not know: refused events and items that
// a rule kept out are joined to its report by who asks. Which keys and ids a
// question may mean is decided there too.
package explain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/feeds/library"
)

// Journal has the records of an article; see [journal.Journal].
type Journal interface {
	Revisions(ctx context.Context, id string) ([]journal.Entry, error)
}

// Library is what is shown; see [library.Library].
type Library interface {
	Find(ctx context.Context, keys []string) ([]library.State, error)
	Article(ctx context.Context, id string) (library.State, error)
	Joined(ctx context.Context, id string) ([]string, error)
	Places(ctx context.Context, id string) ([]library.Place, error)
	Feed(ctx context.Context, path string, n int) (library.Feed, error)
}

var (
	_ Journal = (*journal.Journal)(nil)
	_ Library = (*library.Library)(nil)
)

// Question is what is asked, in every form that it may mean.
type Question struct {
	// Text is the question as it was written.
	Text string
	// ID is an article's; Keys are identity keys; Document is a document's number as
	// in addresses. Each may be empty.
	ID       string
	Keys     []string
	Document string
	// Items is how many articles a feed shows.
	Items int
}

// Answer is all that is known. Times are in the zone of feeds.
type Answer struct {
	Query    string    `json:"query"`
	Known    bool      `json:"known"`
	Articles []Article `json:"articles"`
	Document *Document `json:"document,omitempty"`
}

// Document is an official document that articles name.
type Document struct {
	Number    string    `json:"number"` // as in addresses
	Publishes []Mention `json:"publishes"`
	Cites     []Mention `json:"cites"`
	// More is set when there are articles beyond those.
	More bool `json:"more,omitempty"`
}

// Mention is an article that names a document.
type Mention struct {
	ID    string `json:"id"`
	Unit  string `json:"unit"`
	Title string `json:"title"`
	URL   string `json:"url,omitempty"`
}

// Article is one article with its history.
type Article struct {
	ID string `json:"id"`
	// AskedAs is the id that was asked for where it is another: that article turned
	// out to be this one. Joined are all such ids.
	AskedAs string   `json:"asked_as,omitempty"`
	Joined  []string `json:"joined"`

	Unit      string    `json:"unit"`
	Number    string    `json:"number,omitempty"`
	URL       string    `json:"url,omitempty"`
	Title     string    `json:"title"`
	Published time.Time `json:"published"`
	Precision string    `json:"date_precision"`
	FirstSeen time.Time `json:"first_seen"`
	Changed   time.Time `json:"changed"`
	Revision  int       `json:"revision"`
	Keys      []string  `json:"keys"`
	Channels  []Channel `json:"channels"`

	Withdrawn *feeds.Withdrawal `json:"withdrawn,omitempty"`
	// Quiet is set for what is no news: its source was held when it was first seen.
	Quiet   bool     `json:"quiet,omitempty"`
	Records []Record `json:"records"`
	Feeds   []Place  `json:"feeds"`
	// Hidden says why it is in no feed; empty if it is in one.
	Hidden string `json:"hidden,omitempty"`
	// Damage says what of the journal could not be read.
	Damage string `json:"damage,omitempty"`
}

// Channel is a door that the article came through.
type Channel struct {
	Door     feeds.Door `json:"door"`
	Source   string     `json:"source,omitempty"`
	Received time.Time  `json:"received"`
	// Delay is in seconds from the publisher's time to the reception of the first
	// record; absent where the publisher's time is not known to the minute.
	Delay *float64 `json:"delay_seconds,omitempty"`
}

// Place is a feed that the article stands in.
type Place struct {
	Path string `json:"path"`
	Rank int    `json:"rank"` // from the newest, 1
	Of   int    `json:"of"`
	// Shown is false where it stands below those that the feed shows.
	Shown bool `json:"shown"`
}

// maxMentions bounds the articles that are listed for a document.
const maxMentions = 1000

// Explain answers the question. An answer of which nothing is known is no error.
func Explain(ctx context.Context, j Journal, l Library, q Question) (Answer, error) {
	a := Answer{Query: q.Text, Articles: []Article{}}
	var found []library.State
	asked := map[string]string{}
	if q.ID != "" {
		st, err := l.Article(ctx, q.ID)
		switch {
		case err == nil:
			found = append(found, st)
			if st.Record.ID != q.ID {
				asked[st.Record.ID] = q.ID
			}
		case !errors.Is(err, library.ErrNotFound):
			return a, err
		}
	}
	for keys := range slices.Chunk(q.Keys, 500) {
		list, err := l.Find(ctx, keys)
		if err != nil {
			return a, err
		}
		for _, st := range list {
			if !slices.ContainsFunc(found, func(f library.State) bool { return f.Record.ID == st.Record.ID }) {
				found = append(found, st)
			}
		}
	}
	for _, st := range found {
		article, err := history(ctx, j, l, st, q.Items)
		if err != nil {
			return a, err
		}
		article.AskedAs = asked[article.ID]
		a.Articles = append(a.Articles, article)
	}
	var err error
	if a.Document, err = document(ctx, l, q.Document); err != nil {
		return a, err
	}
	a.Known = len(a.Articles) > 0 || a.Document != nil
	return a, nil
}

// document finds the articles that name it; nil if none does.
func document(ctx context.Context, l Library, number string) (*Document, error) {
	if number == "" {
		return nil, nil //nolint:nilnil // no document was asked for
	}
	path := feeds.Selector{Kind: "documents", Document: number}.Path()
	f, err := l.Feed(ctx, path, maxMentions+1)
	if errors.Is(err, library.ErrNotFound) {
		return nil, nil //nolint:nilnil // no article names it
	}
	if err != nil {
		return nil, err
	}
	d := &Document{Number: number, Publishes: []Mention{}, Cites: []Mention{}}
	if len(f.Records) > maxMentions {
		f.Records, d.More = f.Records[:maxMentions], true
	}
	for i := range f.Records {
		r := &f.Records[i]
		m := Mention{r.ID, r.Article.Unit, r.Article.Title, r.Article.URL}
		if slices.ContainsFunc(r.Article.Citations, func(c feeds.Citation) bool { return c.Document == number && c.Publishes }) {
			d.Publishes = append(d.Publishes, m)
		} else {
			d.Cites = append(d.Cites, m)
		}
	}
	return d, nil
}

func history(ctx context.Context, j Journal, l Library, st library.State, items int) (Article, error) {
	r := &st.Record
	a := Article{
		ID: r.ID, Joined: []string{}, Unit: r.Article.Unit, Number: r.Article.Number, URL: r.Article.URL, Title: r.Article.Title,
		Published: r.PublishedAt().In(feeds.Zone), Precision: string(r.Article.Published.Precision), FirstSeen: r.FirstSeen.In(feeds.Zone),
		Changed: r.Changed.In(feeds.Zone), Revision: r.Revision, Keys: r.Keys, Channels: []Channel{}, Records: []Record{}, Feeds: []Place{},
		Quiet: r.Quiet,
	}
	if a.Precision == "" {
		a.Precision = string(feeds.Unknown)
	}
	ids, err := l.Joined(ctx, r.ID)
	if err != nil {
		return a, err
	}
	a.Joined = append(a.Joined, ids[1:]...)
	var damage []string
	for _, id := range ids {
		entries, err := j.Revisions(ctx, id)
		if err != nil {
			if ctx.Err() != nil {
				return a, err
			}
			damage = append(damage, fmt.Sprintf("%s: %v", id, err))
		}
		a.Records = append(a.Records, steps(entries)...)
	}
	a.Damage = strings.Join(damage, "; ")
	slices.SortFunc(a.Records, func(x, y Record) int {
		if x.Position < y.Position {
			return -1
		}
		return 1
	})
	a.Channels = channels(a.Records)
	places, err := l.Places(ctx, r.ID)
	if err != nil {
		return a, err
	}
	for _, p := range places {
		a.Feeds = append(a.Feeds, Place{p.Path, p.Rank, p.Of, p.Rank <= items})
	}
	if r.IsWithdrawn() {
		a.Withdrawn = r.Withdrawal
		a.Hidden = "withdrawn"
		if r.Withdrawal.Reason != "" {
			a.Hidden += ": " + r.Withdrawal.Reason
		}
	} else if !slices.ContainsFunc(a.Feeds, func(p Place) bool { return p.Shown }) {
		if r.Quiet {
			a.Hidden = "no news: its source was held when it was first seen"
			return a, nil
		}
		a.Hidden = fmt.Sprintf("below the newest %d of each feed", items)
	}
	return a, nil
}
