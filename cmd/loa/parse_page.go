package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"loa/feeds"
	"loa/ingest/clean"
	"loa/ingest/page"
	"loa/ingest/poll/decode"
	"loa/internal/safehttp"
)

// fetchDocument gets a feed or a page through the guarded client. The options it
// returns say where it came from.
func fetchDocument(ctx context.Context, c *Config, address string, o decode.Options) ([]byte, decode.Options, error) {
	client, err := openClient(c)
	if err != nil {
		return nil, o, err
	}
	defer client.Close()
	res, err := client.Do(ctx, &safehttp.Request{URL: address})
	if err != nil {
		return nil, o, err
	}
	if res.Status != http.StatusOK {
		return nil, o, fmt.Errorf("it answers %d %s", res.Status, http.StatusText(res.Status))
	}
	o.URL = res.URL
	o.ContentType = cmp.Or(o.ContentType, res.Header.Get("Content-Type"))
	return res.Body, o, nil
}

// fillPage reads what is no feed as a page with one article, and reports whether
// it is one. Why it is none is said by why it is no feed.
func (p *parsed) fillPage(body []byte, o decode.Options, notFeed error) bool {
	if !errors.Is(notFeed, decode.ErrHTMLPage) && !errors.Is(notFeed, decode.ErrNotFeed) || !page.IsPage(body, o.ContentType) {
		return false
	}
	g, err := page.Parse(body, page.Options{URL: o.URL, ContentType: o.ContentType, Zone: o.Zone, MonthFirst: o.MonthFirst, Now: o.Now})
	if err != nil {
		return false
	}
	a := g.Article
	p.Feed = parsedFeed{Title: cmp.Or(g.Site, a.Category), Language: a.Language, Generator: g.Platform, Kind: "page"}
	for _, fault := range g.Faults {
		p.Faults = append(p.Faults, parsedFault{fault.Code, fault.Text})
	}
	item := parsedItem{
		ID: a.URL, URL: a.URL, Title: a.Title, Summary: a.Summary, ContentHTML: a.ContentHTML, ContentText: clean.TextOf(a.ContentHTML),
		PublishedRaw: a.Published.Raw, DatePrecision: cmp.Or(a.Published.Precision, feeds.Unknown),
		Authors: list(a.Authors), Tags: list(a.Tags), Attachments: list(a.Attachments), Language: a.Language,
	}
	if a.Category != "" && len(item.Tags) < 50 {
		item.Tags = append([]string{a.Category}, item.Tags...)
	}
	if a.Published.Known() {
		item.Published = &a.Published.Time
	}
	if a.Updated.Known() {
		item.Updated = &a.Updated.Time
	}
	p.Items = append(p.Items, item)
	return true
}
