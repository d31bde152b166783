package demo

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"text/template"
	"time"

	"go.yaml.in/yaml/v4"
)

//go:embed articles.yaml
var articlesYAML []byte

// texts is what articles.yaml holds.
type texts struct {
	Units     []*unit  `yaml:"units"`
	Articles  []*draft `yaml:"articles"`
	Series    []*draft `yaml:"series"`
	Additions []string `yaml:"additions"`
}

type unit struct {
	Code   string   `yaml:"code"` // GSO
	ID     string   `yaml:"id"`
	Name   string   `yaml:"name"`
	Format string   `yaml:"format"` // rss, atom or json
	Places []string `yaml:"places"`
}

// path is where the unit's feed is served.
func (u *unit) path() string {
	switch u.Format {
	case "rss":
		return "/rss/" + u.Code + ".xml"
	case "atom":
		return "/atom/" + u.Code + ".xml"
	default:
		return "/feed/" + u.Code + ".json"
	}
}

// draft is an article that waits for its day.
type draft struct {
	Unit       string      `yaml:"unit"` // empty in a series: any unit
	Category   string      `yaml:"category"`
	Title      words       `yaml:"title"`
	Summary    words       `yaml:"summary"`
	HTML       words       `yaml:"html"`
	Files      []attached  `yaml:"files"`
	Correction *correction `yaml:"correction"`
	Withdrawal string      `yaml:"withdrawal"` // why it will be withdrawn; empty: never
}

type attached struct {
	Name  string `yaml:"name"`
	Title string `yaml:"title"`
	Text  string `yaml:"text"`
}

// mediaType of the file; there are two kinds.
func (a attached) mediaType() string {
	if strings.HasSuffix(a.Name, ".csv") {
		return "text/csv"
	}
	return "text/plain"
}

type correction struct {
	Reason string `yaml:"reason"`
	From   string `yaml:"from"`
	To     string `yaml:"to"`
}

// moment is what the blanks of a text are filled from.
type moment struct {
	Khu string // a place in the unit
	So  int    // a running number
	at  time.Time
}

// Ngay is the date some days after publication.
func (m moment) Ngay(days int) string { return m.at.AddDate(0, 0, days).Format("02/01/2006") }

// Thu is the day of the week of that date.
func (m moment) Thu(days int) string {
	names := [...]string{"chủ nhật", "thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy"}
	return names[m.at.AddDate(0, 0, days).Weekday()]
}

// words is a text with blanks. What fills them is dates, numbers and place names
// of the same file, never markup.
type words struct{ t *template.Template }

// UnmarshalYAML parses the text and fills it once, so that a blank that does not
// exist is found when the file is read.
func (w *words) UnmarshalYAML(n *yaml.Node) error {
	var s string
	if err := n.Decode(&s); err != nil {
		return err
	}
	t, err := template.New("").Parse(s)
	if err != nil {
		return fmt.Errorf("line %d: parse text: %w", n.Line, err)
	}
	w.t = t
	if _, err := w.try(moment{}); err != nil {
		return fmt.Errorf("line %d: fill text: %w", n.Line, err)
	}
	return nil
}

func (w words) try(m moment) (string, error) {
	if w.t == nil {
		return "", errors.New("text is missing")
	}
	var b bytes.Buffer
	err := w.t.Execute(&b, m)
	return strings.TrimSpace(b.String()), err
}

// fill cannot fail: UnmarshalYAML has tried.
func (w words) fill(m moment) string {
	s, err := w.try(m)
	if err != nil {
		panic(err)
	}
	return s
}

// parseTexts reads and checks a file such as articles.yaml.
func parseTexts(b []byte) (*texts, error) {
	var t texts
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&t); err != nil {
		return nil, fmt.Errorf("decode articles: %w", err)
	}
	known := map[string]bool{}
	for _, u := range t.Units {
		known[u.Code] = true
		if len(u.Places) == 0 {
			return nil, fmt.Errorf("unit %s has no places", u.Code)
		}
	}
	for _, a := range append(t.Articles[:len(t.Articles):len(t.Articles)], t.Series...) {
		for _, w := range []words{a.Title, a.Summary, a.HTML} {
			if w.t == nil {
				return nil, fmt.Errorf("article of %q in %q lacks title, summary or html", a.Unit, a.Category)
			}
		}
		title := a.Title.fill(moment{})
		if a.Category == "" {
			return nil, fmt.Errorf("article %q has no category", title)
		}
		if c := a.Correction; c != nil && !strings.Contains(a.HTML.fill(moment{}), c.From) {
			return nil, fmt.Errorf("article %q does not say %q, which its correction replaces", title, c.From)
		}
	}
	for _, a := range t.Articles {
		if !known[a.Unit] {
			return nil, fmt.Errorf("article %q is of unit %q, which is not listed", a.Title.fill(moment{}), a.Unit)
		}
	}
	if len(t.Units) == 0 || len(t.Series) == 0 || len(t.Additions) == 0 {
		return nil, errors.New("units, series and additions must not be empty")
	}
	return &t, nil
}
