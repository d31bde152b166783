// Package demo is a pretend portal of three communes inside the process, for
// `loa run --demo`. It stands where the world stands: before the doors. It serves
// a feed of each unit over HTTP (RSS 2.0, Atom as of RFC 4287, JSON Feed 1.1)
// with validators (RFC 9110, section 13), and sends article events, so that what
// follows it is the real pipeline with nothing replaced.
//
// It is well-behaved: broken feeds, wrong dates and changed ids are the business
// of the doors' tests. Nothing is kept; a portal begins anew with each process.
package demo

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// zone is Vietnam's, fixed: a static binary may have no zone database.
var zone = time.FixedZone("+07", 7*60*60)

// Bounds of what the portal holds of each unit.
const (
	atStart = 8   // items in a feed when the portal opens
	inFeed  = 20  // items of a feed at most
	kept    = 200 // articles that still have a page
)

// Options of a [Portal].
type Options struct {
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Every is the time between two things that happen; 0 is 4 seconds.
	Every time.Duration
	// Seed decides everything that happens: the same seed and clock give the same
	// portal.
	Seed uint64
	// BaseURL is where Handler is reached: links start with it. Empty is
	// http://portal.example.vn.
	BaseURL string
}

// Portal is the pretend portal. Handler may be used while Run runs.
type Portal struct {
	now   func() time.Time
	every time.Duration
	base  string
	texts *texts

	mu       sync.RWMutex
	rand     *rand.Rand
	steps    int
	last     int // the number given last
	running  int // the running number of the series
	upcoming []*draft
	shelves  []*shelf
}

// shelf holds the articles of one unit, the newest first.
type shelf struct {
	unit     *unit
	articles []*article
	changed  time.Time
}

// article is what a portal's database would hold of one.
type article struct {
	number     int
	unit       *unit
	category   string
	title      string
	summary    string
	html       string
	files      []attached
	published  time.Time
	updated    time.Time // zero: never
	withdrawn  bool
	reason     string // why it was updated or withdrawn
	correction *correction
	withdrawal string
}

// Source is one feed of the portal, for whoever polls it.
type Source struct {
	ID, URL, Unit, Category string
	Interval                time.Duration
}

// New returns a portal whose feeds are filled with the news of the last days.
func New(o Options) *Portal {
	t, err := parseTexts(articlesYAML)
	if err != nil {
		panic("demo: " + err.Error()) // embedded in the program, and read by a test
	}
	p := &Portal{
		now:   o.Now,
		every: cmp.Or(o.Every, 4*time.Second),
		base:  strings.TrimSuffix(cmp.Or(o.BaseURL, "http://portal.example.vn"), "/"),
		texts: t,
		rand:  rand.New(rand.NewPCG(o.Seed, 0x10a)), //nolint:gosec // a show that can be repeated, no secret
	}
	if p.now == nil {
		p.now = time.Now
	}
	p.open()
	return p
}

// open fills the shelves. Numbers start at the clock's seconds, so that those of
// a portal that is opened again do not meet those of the one before.
func (p *Portal) open() {
	now := p.now().In(zone).Truncate(time.Second)
	p.last = int(now.Unix()) - atStart*len(p.texts.Units)
	for _, u := range p.texts.Units {
		p.shelves = append(p.shelves, &shelf{unit: u, changed: now})
	}
	drafts := slices.Clone(p.texts.Articles)
	p.rand.Shuffle(len(drafts), func(i, j int) { drafts[i], drafts[j] = drafts[j], drafts[i] })
	for _, s := range p.shelves {
		for _, when := range p.officeHours(now, atStart) {
			i := slices.IndexFunc(drafts, func(d *draft) bool { return d.Unit == s.unit.Code })
			if i < 0 {
				break
			}
			p.put(s, drafts[i], when)
			drafts = slices.Delete(drafts, i, i+1)
		}
	}
	p.upcoming = drafts
}

// officeHours returns n moments of the last days, in order, at times when people
// in an office publish.
func (p *Portal) officeHours(now time.Time, n int) []time.Time {
	var out []time.Time
	for i := range n {
		day := now.AddDate(0, 0, -1-i*5/n)
		minute := 7*60 + 30 + p.rand.IntN(9*60)
		out = append(out, time.Date(day.Year(), day.Month(), day.Day(), minute/60, minute%60, p.rand.IntN(60), 0, zone))
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

// put publishes a draft in the unit of the shelf.
func (p *Portal) put(s *shelf, d *draft, when time.Time) *article {
	p.last++
	m := moment{Khu: s.unit.Places[p.rand.IntN(len(s.unit.Places))], So: p.running, at: when}
	a := &article{
		number: p.last, unit: s.unit, category: d.Category,
		title: d.Title.fill(m), summary: d.Summary.fill(m), html: d.HTML.fill(m), files: d.Files,
		published: when, correction: d.Correction, withdrawal: d.Withdrawal,
	}
	s.articles = slices.Insert(s.articles, 0, a)
	s.articles = s.articles[:min(len(s.articles), kept)]
	return a
}

// Sources returns the portal's feeds as they are reached at baseURL; empty is
// the portal's own.
func (p *Portal) Sources(baseURL string) []Source {
	base := strings.TrimSuffix(cmp.Or(baseURL, p.base), "/")
	var out []Source
	for _, u := range p.texts.Units {
		out = append(out, Source{ID: u.ID, URL: base + u.path(), Unit: u.Code, Interval: 5 * time.Second})
	}
	return out
}

func (p *Portal) link(a *article) string { return p.base + "/tin/" + strconv.Itoa(a.number) }

func (p *Portal) fileLink(a *article, f attached) string {
	return p.base + "/tep/" + strconv.Itoa(a.number) + "/" + f.Name
}

// listed returns copies of the articles that the unit's feed shows now.
func (s *shelf) listed() []article {
	var out []article
	for _, a := range s.articles {
		if !a.withdrawn && len(out) < inFeed {
			out = append(out, *a)
		}
	}
	return out
}

// find returns a copy of the article with the number.
func (p *Portal) find(number int) (article, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, s := range p.shelves {
		for _, a := range s.articles {
			if a.number == number {
				return *a, true
			}
		}
	}
	return article{}, false
}
