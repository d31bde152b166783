package clean

import (
	"time"

	"loa/feeds"
)

// maxDate is how many runes of a date are read and kept.
const maxDate = 200

// Years outside of these are no date of an article: .NET writes an empty one as
// the year 1, and RFC 3339 has no fifth digit.
const (
	minYear = 1900
	maxYear = 2200
)

// DateOptions says how a source writes its dates. They are properties of the
// source: nothing here is guessed from one date.
type DateOptions struct {
	// Zone is the zone of dates that name none, and that of the result; nil is
	// [feeds.Zone].
	Zone *time.Location
	// MonthFirst reads 10/1/2026 as the first of October; without it the day
	// comes first.
	MonthFirst bool
	// Now is the moment of reception: relative dates count from it, and it
	// places two-digit years. If it is zero, relative dates are unknown.
	Now time.Time
	// MonthAsMinutes is set for sources that write the month into the minutes,
	// as NukeViet does in RSS: a date in which the two agree is known to the
	// hour.
	MonthAsMinutes bool
	// DateOnly is set for sources whose times of day mean nothing, such as the
	// midnight GMT of Công báo: the day is the one that is written.
	DateOnly bool
}

// Date reads a date as people and programs in Vietnam write it: RFC 822 and
// 3339 and their abuses, day/month/year with a time before or after it, words
// (`ngày 31 tháng 07 năm 2009`), weekdays, SA and CH, and times that count from
// now (`15 giờ trước`, `hôm qua`). Weekdays are read over, right or wrong.
//
// The result is in the zone of o. Its instant is the start of what is known: a
// day is its midnight in that zone. What cannot be read, is out of range, or
// leaves a number over that might matter is Unknown, with a zero Time. Raw is
// always kept, as [Text] and of at most 200 runes; of an empty string the result
// is the zero Date.
func Date(raw string, o DateOptions) feeds.Date {
	d := feeds.Date{Raw: cut(Text(raw), maxDate), Precision: feeds.Unknown}
	if d.Raw == "" {
		return feeds.Date{}
	}
	if o.Zone == nil {
		o.Zone = feeds.Zone
	}
	p := dateParser{o: o}
	if !p.lex(d.Raw) || !p.parse() {
		return d
	}
	if t, precision, ok := p.result(); ok {
		d.Time, d.Precision = t, precision
	}
	return d
}

// result makes the instant of what was found.
func (p *dateParser) result() (time.Time, feeds.Precision, bool) {
	none := time.Time{}
	zone := p.o.Zone
	if p.relative {
		return p.instant.In(zone), p.precision, true
	}
	if p.epoch {
		t := p.instant.In(zone)
		return t, feeds.Second, plausible(t)
	}
	y, m, d := p.year, p.month, p.day
	if y < minYear || y > maxYear || m < 1 || m > 12 || d < 1 || d > daysIn(y, m) {
		return none, "", false
	}
	if !p.hasTime || p.o.DateOnly {
		return time.Date(y, time.Month(m), d, 0, 0, 0, 0, zone), feeds.Day, true
	}
	written := zone
	if p.hasZone {
		written = time.FixedZone("", p.offset)
	}
	precision := p.clock
	if p.o.MonthAsMinutes && precision != feeds.Hour && p.minute == m {
		p.minute, p.second, precision = 0, 0, feeds.Hour
	}
	t := time.Date(y, time.Month(m), d, p.hour, p.minute, p.second, 0, written).In(zone)
	return t, precision, plausible(t)
}

// plausible refuses what programs write for an empty date: the start of Unix
// time, and years far off.
func plausible(t time.Time) bool {
	return t.Unix() != 0 && t.Year() >= minYear && t.Year() <= maxYear
}

func daysIn(y, m int) int { return time.Date(y, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Day() }

// fullYear places a two-digit year: in the century that brings it nearest to
// now without being more than a year ahead, or by RFC 2822 (section 4.3) if now
// is not known.
func (p *dateParser) fullYear(y int) int {
	if p.o.Now.IsZero() {
		if y < 50 {
			return 2000 + y
		}
		return 1900 + y
	}
	now := p.o.Now.In(p.o.Zone).Year()
	y += now - now%100
	if y > now+1 {
		y -= 100
	}
	return y
}
