package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"loa/ingest"
	"loa/ingest/poll"
	"loa/ingest/poll/listing"
)

// pageFlags are the flags of sources that are pages.
type pageFlags struct {
	selectors listing.Selectors
	full      bool
}

func (f *pageFlags) on(c *cobra.Command) {
	c.Flags().StringVar(&f.selectors.Item, "item", "", `the source is a page: CSS selector of an entry of its list, such as ".list li"`)
	c.Flags().StringVar(&f.selectors.Title, "title", "", "CSS selector of the title in an entry (default: its link)")
	c.Flags().StringVar(&f.selectors.Link, "link", "", "CSS selector of the link in an entry (default: its first link)")
	c.Flags().StringVar(&f.selectors.Date, "date", "", "CSS selector of the date in an entry")
	c.Flags().StringVar(&f.selectors.Summary, "summary", "", "CSS selector of the summary in an entry")
	c.Flags().BoolVar(&f.full, "full-text", false, "read the page of each article for its text")
}

// apply puts what the flags say into a source.
func (f *pageFlags) apply(s *poll.Source) {
	if f.selectors != (listing.Selectors{}) {
		sel := f.selectors
		s.Page = &sel
	}
	s.FullText = s.FullText || f.full
}

// thePage reads a page once, and returns what to say of it.
func thePage(ctx context.Context, c *Config, s poll.Source) (string, error) {
	client, err := openClient(c)
	if err != nil {
		return "", err
	}
	defer client.Close()
	s.FullText = false
	p, err := poll.Look(ctx, s, client, ingest.New(&poll.Dry{}, emptyLibrary{}, ingest.Options{}), time.Now())
	if err != nil {
		return "", err
	}
	if p.Code != "" {
		return "", fmt.Errorf("%s cannot be read: %s: %s; add it all the same with --unchecked", s.URL, p.Code, p.Error)
	}
	return fmt.Sprintf(" (%s, %d items)", p.Title, len(p.Items)), nil
}

// printMatches says how selectors did.
func printMatches(w io.Writer, p *poll.Preview) {
	if len(p.Matches) == 0 {
		return
	}
	fmt.Fprintf(w, "  the page has %d links\n", p.Links)
	for _, m := range p.Matches {
		if m.Name == "item" {
			fmt.Fprintf(w, "  %-8s %q matches %d elements\n", m.Name, m.Selector, m.Elements)
			continue
		}
		fmt.Fprintf(w, "  %-8s %q matches %d elements in %d items\n", m.Name, m.Selector, m.Elements, m.Items)
	}
}
