package clean

import (
	"time"

	"loa/feeds"
)

// fromNow takes a date that counts from now. Months and years ago are too vague
// to be a date; weeks are taken as their days.
func (p *dateParser) fromNow(i int) (n int, ok bool) {
	now := p.o.Now.In(p.o.Zone)
	known := !p.o.Now.IsZero()
	back := func(n, days int) (int, bool) {
		p.instant, p.precision = midnight(now.AddDate(0, 0, -days)), feeds.Day
		return n, known
	}
	switch {
	case p.words(i, "hom", "nay"):
		return back(2, 0)
	case p.words(i, "hom", "qua"):
		return back(2, 1)
	case p.words(i, "hom", "kia"):
		return back(2, 2)
	case p.isWord(i, "today"):
		return back(1, 0)
	case p.isWord(i, "yesterday"):
		return back(1, 1)
	case p.words(i, "vua", "xong"), p.words(i, "just", "now"), p.words(i, "moi", "day"):
		p.instant, p.precision = now.Truncate(time.Minute), feeds.Minute
		return 2, known
	}
	return p.ago(i, now)
}

// ago takes `15 giờ trước`, `1 giờ 20 phút trước`, `cách đây 2 ngày`, `3 hours ago`.
func (p *dateParser) ago(i int, now time.Time) (n int, ok bool) {
	start := i
	ago := p.words(i, "cach", "day")
	if ago {
		i += 2
	}
	if p.isWord(i, "khoang") || p.isWord(i, "hon") || p.isWord(i, "about") {
		i++
	}
	var back time.Duration
	days, finest := 0, feeds.Precision("")
	for {
		count := 0
		switch {
		case p.num(i, 1, 4):
			count = p.at(i).value
		case p.isWord(i, "mot") || p.isWord(i, "a") || p.isWord(i, "an"):
			count = 1
		}
		if count == 0 && !p.num(i, 1, 4) {
			break
		}
		switch p.at(i + 1).text {
		case "giay", "second", "seconds", "phut", "minute", "minutes", "min", "mins":
			unit := time.Minute
			if w := p.at(i + 1).text; w[0] == 's' || w == "giay" {
				unit = time.Second
			}
			back += time.Duration(count) * unit
			finest = feeds.Minute
		case "gio", "tieng", "hour", "hours", "h":
			back += time.Duration(count) * time.Hour
			if finest != feeds.Minute {
				finest = feeds.Hour
			}
		case "ngay", "day", "days":
			days += count
			if finest == "" {
				finest = feeds.Day
			}
		case "tuan", "week", "weeks":
			days += 7 * count
			if finest == "" {
				finest = feeds.Day
			}
		case "thang", "month", "months", "nam", "year", "years":
			if p.isWord(i+2, "truoc") || p.isWord(i+2, "ago") || ago {
				return i + 3 - start, false
			}
			return 0, false
		default:
			return 0, false
		}
		i += 2
		if p.at(i).kind != digits {
			break
		}
	}
	if p.isWord(i, "truoc") || p.isWord(i, "ago") {
		i++
	} else if !ago {
		return 0, false
	}
	if finest == "" {
		return 0, false
	}
	t := now.AddDate(0, 0, -days).Add(-back)
	p.precision = finest
	switch finest {
	case feeds.Day:
		t = midnight(t)
	case feeds.Hour:
		t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), 0, 0, 0, t.Location())
	default:
		t = t.Truncate(time.Minute)
	}
	p.instant = t
	return i - start, !p.o.Now.IsZero()
}

// relativeTime puts the time of day, if there is one, on a relative day.
func (p *dateParser) relativeTime() bool {
	if p.instant.Year() < minYear {
		return false
	}
	if p.o.DateOnly {
		p.instant, p.precision = midnight(p.instant), feeds.Day
		return true
	}
	if !p.hasTime {
		return true
	}
	if p.precision != feeds.Day {
		return false
	}
	zone, t, finest := p.o.Zone, p.instant, p.clock
	if p.hasZone {
		zone = time.FixedZone("", p.offset)
	}
	p.instant = time.Date(t.Year(), t.Month(), t.Day(), p.hour, p.minute, p.second, 0, zone)
	p.precision = finest
	return true
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}
