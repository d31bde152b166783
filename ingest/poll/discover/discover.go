// Package discover finds the feeds of a site. It stands beside the polls: an
// operator who knows a page but not its feed comes here, and so does a source
// whose address has answered 404 for long.
//
// It looks for links of type "alternate" as the HTML Standard has them (section
// "Link type alternate"), in link and a elements with the page's base, then for
// the header field Link (RFC 8288), and only then guesses. What it returns was
// fetched and read as a feed.
//
// It does not decide which feed is the right one, and it fetches but a few
// documents through the client that it is given.
package discover

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"loa/ingest/poll/decode"
	"loa/internal/safehttp"
)

// Client makes the requests; see [safehttp.Client].
type Client interface {
	Do(ctx context.Context, req *safehttp.Request) (*safehttp.Response, error)
}

// Options bound a search.
type Options struct {
	// Most is how many feeds are fetched to be read, at most; 0 means 10.
	Most int
	// Guess adds well-known addresses when the page names no feed.
	Guess bool
	// Pause is the time between two requests.
	Pause time.Duration
	// Now is the moment that relative dates count from.
	Now time.Time
}

// maxPage bounds a page, in bytes: feeds are named in its head.
const maxPage = 2 << 20

// Found is a feed that was read.
type Found struct {
	Candidate
	// Kind is rss, atom or json; Items is how many it has now.
	Kind  string
	Items int
	// Page is set when the address that was asked is itself the feed.
	Page bool
}

// ErrNone says that a page names no feed that can be read.
var ErrNone = errors.New("discover: no feed found")

// Find fetches a page and the feeds that it names, best first. The errors are the
// client's for the page itself, [StatusError], or one that is [ErrNone] and
// wraps why the page is no feed.
func Find(ctx context.Context, c Client, page string, o Options) ([]Found, error) {
	if o.Most <= 0 {
		o.Most = 10
	}
	res, err := c.Do(ctx, &safehttp.Request{URL: page, MaxBytes: decode.DefaultMaxBytes})
	if err != nil {
		return nil, err
	}
	if res.Status != http.StatusOK {
		return nil, &StatusError{res.Status}
	}
	f, notFeed := decode.Decode(res.Body, decode.Options{URL: res.URL, ContentType: res.Header.Get("Content-Type"), Now: o.Now})
	if notFeed == nil {
		return []Found{{Candidate{URL: page, Title: f.Title}, f.Kind, len(f.Items), true}}, nil
	}
	list := Links(res.Body[:min(len(res.Body), maxPage)], res.URL, res.Header)
	if len(list) == 0 && o.Guess {
		list = Guesses(res.URL)
	}
	var found []Found
	for _, candidate := range list[:min(len(list), o.Most)] {
		if err := sleep(ctx, o.Pause); err != nil {
			return found, err
		}
		if f, err := try(ctx, c, candidate, o.Now); err == nil {
			found = append(found, f)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%w: %w", ErrNone, notFeed)
	}
	return found, nil
}

// StatusError is an answer other than 200.
type StatusError struct{ Status int }

func (e *StatusError) Error() string {
	return fmt.Sprintf("it answers %d %s", e.Status, http.StatusText(e.Status))
}

func try(ctx context.Context, c Client, candidate Candidate, now time.Time) (Found, error) {
	res, err := c.Do(ctx, &safehttp.Request{URL: candidate.URL})
	if err != nil {
		return Found{}, err
	}
	if res.Status != http.StatusOK {
		return Found{}, &StatusError{res.Status}
	}
	f, err := decode.Decode(res.Body, decode.Options{URL: res.URL, ContentType: res.Header.Get("Content-Type"), Now: now})
	if err != nil {
		return Found{}, err
	}
	if f.Title != "" {
		candidate.Title = f.Title
	}
	return Found{candidate, f.Kind, len(f.Items), false}, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
