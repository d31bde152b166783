package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"loa/feeds"
	"loa/ingest/clean"
	"loa/ingest/poll"
	"loa/ingest/poll/decode"
)

// maxParse bounds a file that is parsed, in bytes.
const maxParse = 8 << 20

func (a *app) parseCommand() *cobra.Command {
	var zone, order, contentType, base string
	c := &cobra.Command{
		Use: "parse FILE|URL", Short: "Show a foreign feed or page as loa reads it", Args: cobra.ExactArgs(1),
		Long: `Show a foreign feed as loa reads it, or the article of a page (HTML, or its plain
text): a file, - for standard input, or an address.
Exit code 1 if it cannot be read; the reason is among the faults.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			loc, err := poll.ParseZone(zone)
			if err != nil {
				return fmt.Errorf("%w: --source-zone: %w", errUsage, err)
			}
			if order != "dmy" && order != "mdy" {
				return fmt.Errorf("%w: --order %q is neither dmy nor mdy", errUsage, order)
			}
			o := decode.Options{Zone: loc, MonthFirst: order == "mdy", ContentType: contentType, URL: base, Now: time.Now()}
			body, o, err := a.readDocument(cmd, args[0], o)
			var f *decode.Feed
			if err == nil {
				f, err = decodeFeed(body, o)
			}
			if errors.Is(err, errUsage) { // it has not come to the feed
				return err
			}
			p := parsed{Items: []parsedItem{}, Faults: []parsedFault{}}
			switch {
			case err == nil:
				p.fill(f)
			case p.fillPage(body, o, err):
				err = nil
			default:
				fault := decode.FaultOf(err)
				if code, text := poll.FetchFault(err); code != "unreachable" {
					fault = decode.Fault{Code: code, Text: text}
				}
				p.Faults = append(p.Faults, parsedFault{fault.Code, fault.Text})
			}
			if err := a.printParsed(&p); err != nil {
				return err
			}
			if err != nil {
				return errSaid
			}
			return nil
		},
	}
	c.Flags().StringVar(&zone, "source-zone", "+07:00", "offset of dates without one")
	c.Flags().StringVar(&order, "order", "dmy", "order of dates such as 10/2/2026: dmy or mdy")
	c.Flags().StringVar(&contentType, "content-type", "", "media type that it was served as")
	c.Flags().StringVar(&base, "base", "", "address that relative links of a file start from")
	return c
}

// readDocument reads a file or fetches an address. The options it returns say
// where it came from.
func (a *app) readDocument(cmd *cobra.Command, arg string, o decode.Options) ([]byte, decode.Options, error) {
	if strings.HasPrefix(arg, "http://") || strings.HasPrefix(arg, "https://") {
		cfg, err := a.config()
		if err != nil {
			return nil, o, err
		}
		return fetchDocument(cmd.Context(), &cfg, arg, o)
	}
	in, _, err := a.input([]string{arg})
	if err != nil {
		return nil, o, err
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, maxParse+1))
	if err != nil {
		return nil, o, fmt.Errorf("read %s: %w", arg, err)
	}
	return b, o, nil
}

func decodeFeed(b []byte, o decode.Options) (*decode.Feed, error) {
	f, err := decode.Decode(b, o)
	if err == nil && o.URL == "" && f.URL != "" {
		// A file has no address of its own; the site's is the next best.
		o.URL = f.URL
		return decode.Decode(b, o)
	}
	return f, err
}

// parsed is the output of `loa parse --json`.
type parsed struct {
	Feed   parsedFeed    `json:"feed"`
	Items  []parsedItem  `json:"items"`
	Faults []parsedFault `json:"faults"`
}

type parsedFeed struct {
	Title     string `json:"title"`
	URL       string `json:"url"`
	Language  string `json:"language"`
	Generator string `json:"generator"`
	Kind      string `json:"kind"`
}

type parsedItem struct {
	ID            string             `json:"id"`
	URL           string             `json:"url"`
	Title         string             `json:"title"`
	Summary       string             `json:"summary"`
	ContentHTML   string             `json:"content_html"`
	ContentText   string             `json:"content_text"`
	Published     *time.Time         `json:"published"`
	PublishedRaw  string             `json:"published_raw"`
	DatePrecision feeds.Precision    `json:"date_precision"`
	Updated       *time.Time         `json:"updated"`
	Authors       []string           `json:"authors"`
	Tags          []string           `json:"tags"`
	Attachments   []feeds.Attachment `json:"attachments"`
	Language      string             `json:"language"`
}

type parsedFault struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

func (p *parsed) fill(f *decode.Feed) {
	p.Feed = parsedFeed{Title: clean.Plain(f.Title), URL: f.URL, Language: f.Language, Generator: f.Generator, Kind: f.Kind}
	for _, fault := range f.Faults {
		p.Faults = append(p.Faults, parsedFault{fault.Code, fault.Text})
	}
	for _, it := range f.Items {
		base, err := url.Parse(it.Base)
		if err != nil {
			base = nil
		}
		it.Article.Language = cmp.Or(it.Article.Language, f.Language)
		a := clean.Article(it.Article, base)
		item := parsedItem{
			ID: it.GUID, URL: a.URL, Title: a.Title, Summary: a.Summary, ContentHTML: a.ContentHTML, ContentText: clean.TextOf(a.ContentHTML),
			PublishedRaw: cmp.Or(a.Published.Raw, it.PublishedRaw), DatePrecision: cmp.Or(a.Published.Precision, feeds.Unknown),
			Authors: list(a.Authors), Tags: list(a.Tags), Attachments: list(a.Attachments), Language: a.Language,
		}
		if a.Published.Known() {
			item.Published = &a.Published.Time
		}
		if a.Updated.Known() {
			item.Updated = &a.Updated.Time
		}
		p.Items = append(p.Items, item)
	}
}

// list is never null in JSON.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func (a *app) printParsed(p *parsed) error {
	if a.json {
		return a.printJSON(p)
	}
	w := a.stdout
	if p.Feed.Kind != "" {
		fmt.Fprintf(w, "%s  %s\n", p.Feed.Kind, p.Feed.Title)
		fmt.Fprintf(w, "  site %s  language %s  generator %s\n", dash(p.Feed.URL), dash(p.Feed.Language), dash(p.Feed.Generator))
	}
	for _, it := range p.Items {
		date := "no date"
		if it.Published != nil {
			date = it.Published.Format(time.RFC3339) + " (" + string(it.DatePrecision) + ")"
		}
		fmt.Fprintf(w, "\n%s\n  %s  from %q\n  %s\n", it.Title, date, it.PublishedRaw, dash(it.URL))
		if it.Summary != "" {
			fmt.Fprintf(w, "  %s\n", it.Summary)
		}
	}
	for _, f := range p.Faults {
		fmt.Fprintf(w, "\nfault %s: %s\n", f.Code, f.Text)
	}
	return nil
}

func dash(s string) string { return cmp.Or(s, "-") }
