package flood_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"loa/feeds"
	"loa/ingest/poll/flood"
)

var now = time.Date(2026, 11, 20, 15, 0, 0, 0, feeds.Zone)

func at(t time.Time) feeds.Date { return feeds.Date{Time: t, Precision: feeds.Minute} }
func day(t time.Time) feeds.Date {
	return feeds.Date{Time: t.Truncate(24 * time.Hour).Add(-7 * time.Hour), Precision: feeds.Day}
}

// items makes n items that have the titles numbered from first on, dated by when.
func items(n, first int, isNew bool, when func(i int) feeds.Date) []flood.Item {
	var out []flood.Item
	for i := range n {
		out = append(out, flood.Item{New: isNew, Title: fmt.Sprint("Thông báo cắt điện lần ", first+i), Published: when(i)})
	}
	return out
}

func titles(list []flood.Item) []string {
	var out []string
	for _, it := range list {
		out = append(out, it.Title)
	}
	return out
}

// daily is a date each day, the newest two hours before now.
func daily(i int) feeds.Date { return at(now.Add(-2*time.Hour - time.Duration(i)*24*time.Hour)) }
func none(int) feeds.Date    { return feeds.Date{} }

// grown is a source with ten items, about one a day, polled a quarter of an hour
// ago. Its titles are 1 to 10.
func grown() flood.History {
	shown := items(10, 1, false, daily)
	return flood.History{
		Documents: 50, Overlaps: 40, Brought: []int{1, 1, 2, 1}, Rhythm: 24 * time.Hour, Newest: daily(0).Time,
		LastOK: now.Add(-15 * time.Minute), Items: 10, Titles: flood.Marks(nil).Add(titles(shown), 100),
	}
}

func TestJudge(t *testing.T) {
	with := func(change func(h *flood.History)) flood.History {
		h := grown()
		change(&h)
		return h
	}
	for _, c := range []struct {
		name  string
		h     flood.History
		batch []flood.Item
		want  string // part of the reason; empty: none
	}{
		{"nothing new", grown(), items(10, 1, false, daily), ""},
		{"an article as always", grown(), append(items(1, 90, true, func(int) feeds.Date { return at(now) }), items(9, 1, false, daily)...), ""},
		{"rebuilt: other addresses, the same dates and titles", grown(), items(10, 1, true, daily), "10 of them have titles that the source showed before"},
		{"rebuilt: and a window of sixty", grown(), items(60, 1, true, daily), "60 of 60 items are new here, and 10 of them have titles"},
		{"rebuilt: all dates renewed to today", grown(), items(10, 1, true, func(int) feeds.Date { return at(now) }), "have titles"},
		{"rebuilt: no dates any more", grown(), items(10, 1, true, none), "have titles"},
		{"rebuilt: other titles too, old dates", grown(), items(20, 500, true, func(i int) feeds.Date { return daily(i + 4) }), "dated before what the source had shown already (2026-11-20)"},
		{"rebuilt: other titles, dates of the last day", with(func(h *flood.History) { h.Rhythm = time.Hour }), items(20, 500, true, func(i int) feeds.Date { return at(now.Add(-time.Duration(4+i) * time.Hour)) }), "published before the last poll"},
		{"rebuilt: other titles, one date for all", grown(), items(20, 500, true, func(int) feeds.Date { return at(now.Add(-time.Minute)) }), "at once"},
		{"rebuilt: other titles, today for all", grown(), items(20, 500, true, func(int) feeds.Date { return day(now) }), "at once"},
		{"rebuilt: other titles, dates second by second", grown(), items(20, 500, true, func(i int) feeds.Date { return at(now.Add(-time.Duration(i) * time.Second)) }), "at once"},
		{"rebuilt: other titles, no dates", grown(), items(10, 500, true, none), "at once"},
		{"rebuilt in part", grown(), append(items(5, 1, false, daily), items(5, 6, true, func(i int) feeds.Date { return daily(i + 5) })...), "have titles"},
		{"an archive was added below", grown(), append(items(10, 1, false, daily), items(30, 500, true, func(i int) feeds.Date { return daily(i + 10) })...), "30 of them are dated before"},
		{"a small source, rebuilt", with(func(h *flood.History) { h.Items = 3 }), items(3, 1, true, daily), "3 of 3 items are new here"},
		{"busy day", grown(), append(items(8, 90, true, func(i int) feeds.Date { return at(now.Add(-time.Duration(i) * 10 * time.Minute)) }), items(2, 1, false, daily)...), ""},
		{"busy day, the whole window", grown(), items(10, 90, true, func(i int) feeds.Date { return at(now.Add(-time.Duration(i) * 3 * time.Minute)) }), ""},
		{"a day's articles put in at once", grown(), append(items(6, 90, true, func(int) feeds.Date { return day(now) }), items(4, 1, false, daily)...), ""},
		{"three approved late", grown(), append(items(3, 90, true, func(i int) feeds.Date { return daily(i + 4) }), items(7, 1, false, daily)...), ""},
		{"six approved late, all within two days", grown(), append(items(6, 90, true, func(int) feeds.Date { return daily(1) }), items(4, 1, false, daily)...), ""},
		{"back after three weeks", with(func(h *flood.History) { h.LastOK, h.Newest = now.AddDate(0, 0, -21), now.AddDate(0, 0, -21) }), items(20, 90, true, daily), ""},
		{"back after three weeks, no dates", with(func(h *flood.History) { h.LastOK, h.Newest = now.AddDate(0, 0, -21), time.Time{} }), items(20, 90, true, none), ""},
		{"back after three weeks, rebuilt", with(func(h *flood.History) { h.LastOK = now.AddDate(0, 0, -21) }), items(10, 1, true, daily), "have titles"},
		{"the first document", flood.History{}, items(60, 1, true, daily), ""},
		{"a new description", with(func(h *flood.History) { *h = flood.History{LastOK: h.LastOK, Rhythm: h.Rhythm} }), items(60, 1, true, daily), ""},
		{"ten of many undated ones by chance, second document", flood.History{Documents: 1, LastOK: now.Add(-time.Hour), Items: 10, Titles: flood.Marks(nil).Add(titles(items(10, 1, true, none)), 100)}, items(10, 30, true, none), ""},
		{"a weekly title", grown(), append(items(1, 1, true, func(int) feeds.Date { return at(now) }), items(9, 1, false, daily)...), ""},
		{"three weekly titles", grown(), append(items(3, 1, true, func(int) feeds.Date { return at(now) }), items(7, 40, false, daily)...), ""},
		{"one title for all", with(func(h *flood.History) { h.Titles = flood.Marks(nil).Add([]string{"Thông báo"}, 100) }),
			slices.Repeat([]flood.Item{{New: true, Title: "Thông báo", Published: at(now)}}, 4), ""},
		{"it posts old documents by the dozen", with(func(h *flood.History) { h.Brought = []int{12, 10, 15} }), append(items(14, 90, true, func(i int) feeds.Date { return daily(i + 40) }), items(6, 1, false, daily)...), ""},
		{"dates in the year 2062", grown(), append(items(6, 90, true, func(int) feeds.Date { return at(now.AddDate(36, 0, 0)) }), items(4, 1, false, daily)...), ""},
	} {
		got := flood.Judge(c.h, c.batch, now)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A source that shows ten undated items of a hundred, by chance, is never a flood,
// whatever it shows first.
func TestItemsByChance(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		known := map[int]bool{}
		h := flood.History{}
		for poll := range 100 {
			var batch []flood.Item
			fresh := 0
			for _, n := range r.Perm(100)[:10] {
				batch = append(batch, flood.Item{New: !known[n], Title: fmt.Sprint("Thủ tục số ", n)})
				if !known[n] {
					fresh++
				}
				known[n] = true
			}
			if why := flood.Judge(h, batch, now.Add(time.Duration(poll)*time.Hour)); why != "" {
				t.Fatalf("seed %d, poll %d: %s", seed, poll, why)
			}
			if h.Documents > 0 && fresh > 0 {
				h.Brought = append(h.Brought, fresh)
				h.Brought = h.Brought[max(0, len(h.Brought)-8):]
			}
			if h.Documents++; 2*fresh < len(batch) {
				h.Overlaps++
			}
			h.LastOK, h.Items, h.Titles = now.Add(time.Duration(poll)*time.Hour), len(batch), h.Titles.Add(titles(batch), 100)
		}
	}
}

func TestMarks(t *testing.T) {
	m := flood.Marks(nil).Add([]string{"Họp thôn", "Lịch tiêm", "HỌP  THÔN"}, 3)
	if m.Len() != 2 || !m.Has("họp thôn") || m.Has("hop thon") || m.Has("") {
		t.Errorf("%v", m)
	}
	m = m.Add([]string{"Ba", "Bốn"}, 3)
	if m.Len() != 3 || !m.Has("Ba") || !m.Has("Họp thôn") || m.Has("Lịch tiêm") {
		t.Errorf("%v", m)
	}
	b, err := json.Marshal(m)
	var back flood.Marks
	if err != nil || json.Unmarshal(b, &back) != nil || !slices.Equal(m, back) {
		t.Errorf("%s %v", b, back)
	}
}
