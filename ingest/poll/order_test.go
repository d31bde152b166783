package poll_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"loa/ingest/poll"
	"loa/internal/safehttp"
)

func TestOrderIsLearned(t *testing.T) {
	for _, c := range []struct {
		name       string
		documents  [][]string
		monthFirst bool
	}{
		{"nothing", nil, false},
		{"day first", [][]string{{"25/12/2026", "13/01/2026 08:00", "2/3/2026"}}, false},
		{"month first", [][]string{{"12/25/2026 8:00 AM", "1/13/2026", "11/20/2026", "2/3/2026"}}, true},
		{"too few", [][]string{{"12/25/2026", "1/13/2026", "2/3/2026"}}, false},
		{"one date many times", [][]string{{"12/25/2026", "12/25/2026 09:00", "12/25/2026", "12/25/2026"}}, false},
		{"the same document many times", [][]string{{"12/25/2026"}, {"12/25/2026"}, {"12/25/2026"}}, false},
		{"both", [][]string{{"12/25/2026", "1/13/2026", "11/20/2026", "25/12/2026"}}, false},
		{"the other order later", [][]string{{"12/25/2026", "1/13/2026", "11/20/2026"}, {"31/12/2026"}}, false},
		{"points and dashes", [][]string{{"12.25.2026", "1-13-2026", "Posted 11/20/2026."}}, true},
		{"ISO 8601 says nothing", [][]string{{"2026-12-25", "2026-11-20T08:00:00+07:00", "2026-01-13"}}, false},
		{"words say nothing", [][]string{{"Fri, 20 Nov 2026 08:00:00 +0700", "20 tháng 11 năm 2026", "ngày 20-11"}}, false},
		{"numbers of documents are no dates", [][]string{{"1/13/2026/TT-BTC", "2/14/2026/TT", "3/15/2026/QĐ"}}, false},
		{"two dates in one", [][]string{{"1/13/2026 - 1/14/2026", "2/13/2026 - 2/14/2026", "3/15/2026 - 3/16/2026"}}, false},
		{"no such days", [][]string{{"1/32/2026", "0/13/2026", "2/99/2026"}}, false},
	} {
		var o poll.Order
		for _, d := range c.documents {
			o = o.Heard(d)
		}
		if o.MonthFirst() != c.monthFirst {
			t.Errorf("%s: %+v, want month first %v", c.name, o, c.monthFirst)
		}
	}
}

func dated(dates ...string) string {
	var b strings.Builder
	b.WriteString(`<rss version="2.0"><channel><title>Xã</title><link>https://example.vn/</link><description>Tin</description>`)
	for i, d := range dates {
		fmt.Fprintf(&b, "<item><title>Họp xóm lần %d</title><link>https://example.vn/tin/%d</link><pubDate>%s</pubDate></item>", i, i, d)
	}
	return b.String() + "</channel></rss>"
}

// A whole document is read in the order that it proves, the first one too, and an
// order that the operator declares always counts.
func TestADocumentIsReadInItsOrder(t *testing.T) {
	body := dated("11/20/2026", "11/19/2026", "11/18/2026", "2/3/2026")
	for _, c := range []struct{ order, body, last string }{
		{"", body, "2026-02-03"}, {"dmy", body, "2026-03-02"}, {"mdy", body, "2026-02-03"},
		{"", dated("20/11/2026", "19/11/2026", "18/11/2026", "2/3/2026"), "2026-03-02"},
	} {
		w := &web{answer: func(*safehttp.Request) (*safehttp.Response, error) {
			return &safehttp.Response{Status: 200, Body: []byte(c.body)}, nil
		}}
		s := at("a", "https://example.vn/rss")
		s.Order = c.order
		v, err := poll.Look(t.Context(), s, w, &taken{}, time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC))
		if err != nil || len(v.Items) != 4 {
			t.Fatalf("%+v %v", v, err)
		}
		// The oldest comes first.
		if got := v.Items[0].Published; got == nil || got.Format(time.DateOnly) != c.last || v.MonthFirst != (c.order == "" && c.last == "2026-02-03") || v.Source.Order != c.order {
			t.Errorf("order %q: %v, month first %v, want %s", c.order, got, v.MonthFirst, c.last)
		}
	}
}
