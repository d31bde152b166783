package poll

import (
	"regexp"
	"strconv"
	"time"

	"loa/ingest/poll/decode"
	"loa/internal/safehttp"
)

// Order is what a source's own dates tell of the order in which it writes day and
// month: 25/12/2026 can only be day first, 12/25/2026 only month first. It is
// learned over a source's documents and holds for all its dates; no single date is
// ever read by what it looks like itself.
type Order struct {
	// Day and Month are the most different dates of each kind that one document had.
	Day   int `json:"day,omitempty"`
	Month int `json:"month,omitempty"`
}

// surely is how many different dates that can only be month first make a source
// month first. One or two may be slips.
const surely = 3

// MonthFirst reports whether the month comes first: many dates show it, and not one
// shows the other order. Without such a proof the day does, as everywhere in Vietnam.
func (o Order) MonthFirst() bool { return o.Month >= surely && o.Day == 0 }

// numeric is a date in numbers, its year last and whole.
var numeric = regexp.MustCompile(`(?:^|[^0-9/.-])([0-9]{1,2})[/.-]([0-9]{1,2})[/.-](?:19|20)[0-9]{2}(?:$|[^0-9/-])`)

// Heard returns the order with what the dates of one document tell, each as its
// publisher wrote it.
func (o Order) Heard(dates []string) Order {
	day, month := map[[2]int]bool{}, map[[2]int]bool{}
	for _, raw := range dates {
		m := numeric.FindAllStringSubmatch(raw, 2)
		if len(m) != 1 {
			continue
		}
		a, _ := strconv.Atoi(m[0][1])
		b, _ := strconv.Atoi(m[0][2])
		switch {
		case a > 12 && a <= 31 && b >= 1 && b <= 12:
			day[[2]int{a, b}] = true
		case b > 12 && b <= 31 && a >= 1 && a <= 12:
			month[[2]int{a, b}] = true
		}
	}
	return Order{max(o.Day, len(day)), max(o.Month, len(month))}
}

// readLearning decodes an answer by read, in the order of dates that was learned, unless the
// source's description says it, and learns from it. s, the caller's copy, then has
// the order that was used.
func readLearning(s *Source, o *Order, res *safehttp.Response, now time.Time, read func(*Source, *safehttp.Response, time.Time) (*decode.Feed, error)) (*decode.Feed, error) {
	if s.Order != "" {
		return read(s, res, now)
	}
	if o.MonthFirst() {
		s.Order = "mdy"
	}
	f, err := read(s, res, now)
	if err != nil {
		return nil, err
	}
	var dates []string
	for _, it := range f.Items {
		dates = append(dates, it.Article.Published.Raw, it.Article.Updated.Raw)
	}
	*o = o.Heard(dates)
	if o.MonthFirst() == (s.Order == "mdy") {
		return f, nil
	}
	if s.Order = ""; o.MonthFirst() {
		s.Order = "mdy"
	}
	return read(s, res, now)
}
