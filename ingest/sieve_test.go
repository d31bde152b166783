package ingest_test

import (
	"errors"
	"testing"
	"time"

	"loa/feeds"
	"loa/ingest"
	"loa/ingest/rules"
)

func TestRulesOfTheSourceAndForAll(t *testing.T) {
	compile := func(list ...rules.Rule) *rules.Set {
		s, err := rules.Compile(list)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	w := open(t)
	all := compile(rules.Rule{Action: rules.Block, Field: rules.Text, Contains: "đất nền", Reason: "quảng cáo"})
	source := compile(rules.Rule{Action: rules.Keep, Field: rules.Title, Contains: "thông báo"})
	p := ingest.New(w.j, w.l, ingest.Options{Rules: all})
	cases := []struct {
		name string
		in   ingest.Input
		want string // the refusal; empty: taken
		key  string
	}{
		{"a keep rule of the source lets it in", ingest.Input{Door: feeds.DoorPoll, Rules: source, Article: feeds.Article{Title: "Thông báo 1"}}, "", ""},
		{"none does", ingest.Input{Door: feeds.DoorPoll, Rules: source, Article: feeds.Article{Title: "Tin khác"}},
			"blocked by the rules for the source: no keep rule matched", "guid:yen-lac:g"},
		{"the rules for all are asked too, of the clean text", ingest.Input{Door: feeds.DoorPoll, Rules: source, Article: feeds.Article{Title: "Thông báo 2", ContentHTML: "<p>Bán <b>Đất</b>&nbsp;nền</p>", URL: "https://www.example.vn/2"}},
			"blocked by rule 1 for all: quảng cáo", "url://example.vn/2"},
		{"an event by the rules for all", ingest.Input{Door: feeds.DoorEvent, Article: feeds.Article{Title: "Tin", Summary: "đất nền", Number: "3"}},
			"blocked by rule 1 for all: quảng cáo", "num:09025:3"},
		{"a withdrawal passes", ingest.Input{Door: feeds.DoorEvent, Action: feeds.Withdrawn, Article: feeds.Article{Title: "Tin", Summary: "đất nền", Number: "3"}}, "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			in := c.in
			in.Article.Unit, in.Arrived = "09025", time.Date(2026, 11, 20, 8, 0, 0, 0, feeds.Zone)
			if in.Action == "" {
				in.Action = feeds.Published
			}
			if in.Door == feeds.DoorPoll {
				in.Source, in.GUID = "yen-lac", "g"
			}
			_, err := p.Ingest(w.ctx, in)
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var refused *ingest.Refused
			var blocked *ingest.Blocked
			if !errors.As(err, &refused) || refused.Code != ingest.CodeBlocked || !errors.As(err, &blocked) || err.Error() != c.want {
				t.Fatalf("%v, want %s", err, c.want)
			}
			if blocked.Key != c.key || blocked.Article.Title != in.Article.Title {
				t.Errorf("%+v, want key %s", blocked, c.key)
			}
		})
	}
}
