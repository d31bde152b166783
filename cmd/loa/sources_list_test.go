package main

import (
	"bytes"
	"regexp"
	"testing"
	"time"

	"loa/ingest/poll"
)

// What an operator must know of a source stands in the list: how it is, in a word,
// when it comes next, where it is asked, and what is proposed.
func TestSourceListSaysWhatMatters(t *testing.T) {
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	source := func(id string, st poll.State) poll.Report {
		return poll.Report{Source: poll.Source{ID: id, URL: "https://example.vn/" + id, Unit: "09064"}, State: st}
	}
	list := []poll.Report{
		source("moi", poll.State{}),
		source("tot", poll.State{Polls: 3, Items: 7, LastPoll: now.Add(-time.Minute), Next: now.Add(4 * time.Minute)}),
		source("doi", poll.State{Polls: 3, URL: "https://www.example.vn/doi"}),
		source("khac", poll.State{Polls: 3, Proposal: &poll.Proposal{URL: "https://example.org/khac", Why: "its address redirects there", Since: now}}),
		source("het", poll.State{Polls: 3, Gone: now, Code: "http-410", Error: "the source answers 410 Gone", Failures: 1}),
		source("nghi", poll.State{Polls: 3, HostClosed: now.Add(time.Hour), Next: now.Add(time.Hour), Code: "http-429", Error: "the source answers 429 Too Many Requests", Failures: 1}),
		source("lut", poll.State{Polls: 3, Held: &poll.Hold{Since: now, Why: "60 of 60 items are new here", By: poll.ByGuard, Policy: poll.Quiet}}),
		source("yen", poll.State{Polls: 3, Guard: poll.Guard{Was: &poll.Hold{Since: now.Add(-2 * time.Hour), To: now, Why: "bão", By: poll.ByOperator, Policy: poll.Refuse}}}),
		source("xua", poll.State{Polls: 3, Guard: poll.Guard{Was: &poll.Hold{To: now.AddDate(0, -1, 0), Why: "đã lâu"}}}),
		source("my", poll.State{Polls: 3, Order: poll.Order{Month: 5}}),
		source("hong", poll.State{Polls: 3, Code: "timeout", Error: "no whole answer in time", Failures: 2}),
	}
	var out bytes.Buffer
	a := &app{stdout: &out}
	if err := a.printStatuses(list, now); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`(?m)^moi +09064 +waiting +0 +never +- +https://example\.vn/moi$`,
		`(?m)^tot +09064 +ok +7 +1m0s ago +in 4m0s `,
		`(?m)^ +asked at https://www\.example\.vn/doi: its address redirects there for good$`,
		`(?m)^ +perhaps https://example\.org/khac: its address redirects there$`,
		`(?m)^het +09064 +gone `, `(?m)^nghi +09064 +resting +0 +never +in 1h0m0s `,
		`(?m)^ +its host asked to be left alone until 2026-11-20T16:00:00\+07:00$`,
		`(?m)^lut +09064 +held `, `(?m)^ +is held by the flood guard since 2026-11-20 15:00:00 \(quiet\): 60 of 60 items are new here$`,
		`(?m)^yen +09064 +ok `, `(?m)^ +was held by the operator from 2026-11-20 13:00:00 to 2026-11-20 15:00:00 \(refuse\): bão$`,
		`(?m)^ +its dates are read month first: 5 of them `,
		`(?m)^hong +09064 +failing `, `(?m)^ +no whole answer in time \(2 in a row\)$`,
	} {
		if !regexp.MustCompile(want).Match(out.Bytes()) {
			t.Errorf("no match for %s in\n%s", want, out.String())
		}
	}
	if bytes.Contains(out.Bytes(), []byte("đã lâu")) {
		t.Error("a hold of long ago is still told")
	}
	out.Reset()
	a.json = true
	if err := a.printStatuses(list, now); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"effective_url":"https://www.example.vn/doi"`, `"proposal":{"url":"https://example.org/khac","why":"its address redirects there"`,
		`"held":{"since":"2026-11-20T08:00:00Z","why":"60 of 60 items are new here","by":"guard","policy":"quiet"}`, `"was_held":{`, `"learned_order":"mdy"`,
		`"health":"gone"`, `"gone_since":"2026-11-20T15:00:00+07:00"`, `"host_closed_until":"2026-11-20T16:00:00+07:00"`,
	} {
		if !bytes.Contains(out.Bytes(), []byte(want)) {
			t.Errorf("no %s in\n%s", want, out.String())
		}
	}
}
