// Package flood judges whether a source suddenly shows many old articles as new
// ones: its site was rebuilt and its addresses and GUIDs are others, or its dates
// were renewed. The poll door (ingest/poll) asks before it gives a document's items
// to the pipeline, and holds a source that floods.
//
// Everything here is a pure function of what is remembered of the source and of
// the document. It does not decide what becomes of the items, and it recognises no
// article by its title: a title comes again each week ("Lịch tiếp công dân"), and
// two articles that were once taken for one stay one for ever, while a copy that is
// taken in quietly costs nothing.
package flood

import (
	"fmt"
	"slices"
	"time"

	"loa/feeds"
)

// Item is one of a document's items.
type Item struct {
	// New is set when no article is known by any of its keys.
	New       bool
	Title     string
	Published feeds.Date
}

// History is what is remembered of a source.
type History struct {
	// Documents is how many were taken since the source's description was last
	// changed. The first is taken as it is.
	Documents int
	// Overlaps is how many of them showed for the most part what was known.
	Overlaps int
	// Brought are the numbers of new articles of the last polls that brought any,
	// the first document left out.
	Brought []int
	// Rhythm is the usual gap between two of its articles; 0 if it is not known.
	Rhythm time.Duration
	// Newest is the newest date of publication that it has shown.
	Newest time.Time
	// LastOK is when it was last polled with success.
	LastOK time.Time
	// Items is how many the last document had, and Titles are marks of what it and
	// the ones before had.
	Items  int
	Titles Marks
}

// The bounds of the judgement.
const (
	// fewest new items that can be a flood, and fewest that come again by title.
	fewest      = 5
	fewestAgain = 3
	// backdated is how much older than the newest known an article may be that was
	// only approved, or found its date, late.
	backdated = 48 * time.Hour
	// late is how long a portal may take to show what it has published.
	late = 3 * time.Hour
	// grown is how many documents must have overlapped before one that does not
	// says anything: some sources show a few items by chance.
	grown = 3
	// pace is the least time between two articles that people publish; a machine
	// that renews dates is quicker.
	pace = 30 * time.Second
)

// Judge returns why the document is a flood, in words for the operator, or "".
func Judge(h History, batch []Item, now time.Time) string {
	if h.Documents == 0 {
		return ""
	}
	c := count(h, batch, now)
	if c.again >= fewestAgain && 2*c.new >= len(batch) && (2*c.again > c.new || 2*c.again > h.Items) {
		return fmt.Sprintf("%d of %d items are new here, and %d of them have titles that the source showed before under other addresses: its site was rebuilt, or its ids were renewed", c.new, len(batch), c.again)
	}
	if c.new < fewest {
		return ""
	}
	usual := max(2, second(h.Brought))
	if c.old >= fewest && 2*c.old > c.new && c.new > 2*usual {
		return fmt.Sprintf("%d of %d items are new here, and %d of them are dated before what the source had shown already (%s)", c.new, len(batch), c.old, h.Newest.In(feeds.Zone).Format(time.DateOnly))
	}
	if h.Overlaps < grown || 10*(len(batch)-c.new) > len(batch) {
		return ""
	}
	// Nearly nothing of what the source showed is left.
	if 2*c.before > c.new {
		return fmt.Sprintf("%d of %d items are new here; %d of them were published before the last poll, which did not show them", c.new, len(batch), c.before)
	}
	usual = max(usual, expected(h, now))
	if c.new > 2*usual && (2*c.undated > c.new || c.machine) {
		return fmt.Sprintf("%d of %d items are new here, at once, of a source that brings %d at most in this time: nothing of what it showed before is left", c.new, len(batch), usual)
	}
	return ""
}

// counted is what a document has of new items.
type counted struct {
	new     int
	again   int  // whose title was shown before, and is on no known item of the document
	old     int  // dated well before the newest known
	before  int  // dated well before the last poll
	undated int  // without a date that tells anything
	machine bool // dated since the last poll, closer together than people publish
}

func count(h History, batch []Item, now time.Time) (c counted) {
	titles := map[string]int{}
	for _, it := range batch {
		titles[it.Title]++
	}
	var fresh []time.Time
	for _, it := range batch {
		if !it.New {
			continue
		}
		c.new++
		if it.Title != "" && titles[it.Title] == 1 && h.Titles.Has(it.Title) {
			c.again++
		}
		at, end, ok := span(it.Published, now)
		switch {
		case !ok:
			c.undated++
			continue
		case end.Before(h.LastOK.Add(-late)):
			c.before++
		default:
			fresh = append(fresh, at)
		}
		if end.Add(backdated).Before(h.Newest) {
			c.old++
		}
	}
	if n := len(fresh); 2*n > c.new && n > 1 {
		first, last := slices.MinFunc(fresh, time.Time.Compare), slices.MaxFunc(fresh, time.Time.Compare)
		c.machine = last.Sub(first) < time.Duration(n-1)*pace
	}
	return c
}

// span is the time in which an article was published by its date: an instant, or a
// day. A date that lies ahead tells nothing.
func span(d feeds.Date, now time.Time) (from, to time.Time, ok bool) {
	if !d.Known() || d.Clamped || d.Time.After(now.Add(24*time.Hour)) {
		return from, to, false
	}
	if d.Precision == feeds.Day {
		return d.Time, d.Time.Add(24 * time.Hour), true
	}
	return d.Time, d.Time, true
}

// second is the second greatest number: one busy day alone is not the custom.
func second(list []int) int {
	if len(list) < 2 {
		return 0
	}
	list = slices.Sorted(slices.Values(list))
	return list[len(list)-2]
}

// expected is how many articles may have come since the last poll. Without a
// rhythm, one a day.
func expected(h History, now time.Time) int {
	gap := now.Sub(h.LastOK)
	if h.LastOK.IsZero() || gap <= 0 {
		return 0
	}
	rhythm := 24 * time.Hour
	if h.Rhythm > 0 && h.Rhythm < rhythm {
		rhythm = h.Rhythm
	}
	return int(min(gap/rhythm, 1<<20))
}
