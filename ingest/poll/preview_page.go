package poll

import (
	"context"
	"fmt"
	"time"

	"loa/ingest"
	"loa/ingest/poll/decode"
	"loa/ingest/poll/listing"
	"loa/internal/safehttp"
)

// lookPages is how many pages of articles a preview reads.
const lookPages = 5

// Text is where an article's text is from.
type Text struct {
	// By is the reader: page, readability, or feed where neither found better; empty
	// where the page was not read.
	By string `json:"by,omitempty"`
	// Length of the text in characters.
	Length int    `json:"length,omitempty"`
	Why    string `json:"why"`
}

// read decodes an answer and notes how selectors did.
func (p *Preview) read(s *Source, res *safehttp.Response, now time.Time) (*decode.Feed, error) {
	if s.Page == nil {
		return read(s, res, now)
	}
	zone, err := ParseZone(s.Zone)
	if err != nil {
		return nil, err
	}
	l, err := listing.Read(res.Body, s.listing(res, zone, now))
	if l != nil {
		p.Links, p.Matches = l.Links, l.Matches
	}
	if err != nil {
		return nil, err
	}
	return l.Feed, nil
}

// lookAtPage reads the page of an article, if it is one of the first.
func lookAtPage(ctx context.Context, c Client, s *Source, in *ingest.Input, read int, now time.Time) (*Text, error) {
	if read >= lookPages {
		return &Text{Why: fmt.Sprintf("not read: a preview reads %d pages", lookPages)}, nil
	}
	select {
	case <-time.After(s.HostGap()):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	got := readPage(ctx, c, s, in, now)
	return &Text{By: got.choice.By, Length: got.choice.Runes, Why: got.why}, ctx.Err()
}
