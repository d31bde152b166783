package listing

import (
	"errors"
	"fmt"
	"strings"

	"github.com/andybalholm/cascadia"
)

// maxSelector bounds a selector, in bytes.
const maxSelector = 500

// Selectors say where on a page its items are, in the notation of CSS (Selectors
// Level 3; of several, separated by commas, any matches). Item is looked for in
// the page, the others within each item.
type Selectors struct {
	// Item is one entry of the list.
	Item string `yaml:"item" json:"item"`
	// Title is what has the title; without it, the link.
	Title string `yaml:"title,omitempty" json:"title,omitempty"`
	// Link is the link to the article, or what it stands in; without it, the
	// item's first link.
	Link string `yaml:"link,omitempty" json:"link,omitempty"`
	// Date is what has the date, as text or in an attribute datetime or content;
	// without it items have no date.
	Date string `yaml:"date,omitempty" json:"date,omitempty"`
	// Summary is what has the summary; without it items have none.
	Summary string `yaml:"summary,omitempty" json:"summary,omitempty"`
}

// Validate reports everything that is wrong with the selectors.
func (s *Selectors) Validate() error {
	_, err := s.compile()
	return err
}

// compiled are selectors in working form; nil for those that are not given.
type compiled struct{ item, title, link, date, summary cascadia.Matcher }

func (s *Selectors) compile() (c compiled, err error) {
	var errs []error
	for _, f := range []struct {
		name, text string
		into       *cascadia.Matcher
	}{{"item", s.Item, &c.item}, {"title", s.Title, &c.title}, {"link", s.Link, &c.link}, {"date", s.Date, &c.date}, {"summary", s.Summary, &c.summary}} {
		text := strings.TrimSpace(f.text)
		switch {
		case text == "" && f.name == "item":
			errs = append(errs, errors.New(`item: is missing; name what each entry of the list is, such as ".list li"`))
		case text == "":
		case len(text) > maxSelector:
			errs = append(errs, fmt.Errorf("%s: is longer than %d bytes", f.name, maxSelector))
		default:
			g, err := cascadia.ParseGroup(text)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %q is not a CSS selector: %w", f.name, text, err))
				continue
			}
			*f.into = g
		}
	}
	return c, errors.Join(errs...)
}
