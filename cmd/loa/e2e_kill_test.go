package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/internal/broker"
)

// storm is a set of events about articles with one to three versions, a tenth of
// them sent again and a tenth out of order.
type storm struct {
	events [][]byte
	final  map[string]string // title of the newest version, by number
	most   map[string]int    // versions, by number
}

func newStorm(n int, r *rand.Rand) *storm {
	s := &storm{final: map[string]string{}, most: map[string]int{}}
	t0 := time.Date(2026, 11, 1, 8, 0, 0, 0, feeds.Zone)
	for a := 0; len(s.events) < n; a++ {
		versions := 1 + r.IntN(3)
		for v := range versions {
			e := map[string]any{
				"unit": "09064", "number": fmt.Sprint(a), "url": fmt.Sprintf("https://lienchau.example.vn/tin/%d", a),
				"title": fmt.Sprintf("Bài %d bản %d", a, v), "content_html": "<p>" + strings.Repeat("Lịch cấp nước của xã. ", 20) + "</p>", "category": "Thông báo",
				"published": t0.Add(time.Duration(a) * time.Minute).Format(time.RFC3339),
			}
			if v > 0 {
				e["action"], e["updated"] = "updated", t0.Add(time.Duration(a+v)*time.Minute).Format(time.RFC3339)
			}
			b, _ := json.Marshal(e)
			s.events = append(s.events, b)
			s.final[fmt.Sprint(a)], s.most[fmt.Sprint(a)] = e["title"].(string), v+1
			if r.IntN(10) == 0 {
				s.events = append(s.events, b)
			}
		}
	}
	for i := range s.events {
		if j := i + r.IntN(200); r.IntN(10) == 0 && j < len(s.events) {
			s.events[i], s.events[j] = s.events[j], s.events[i]
		}
	}
	return s
}

// A server that is killed at any moment, again and again, while events come in
// and sources are polled, loses nothing and doubles nothing.
func TestE2EKillLosesNothingAndDoublesNothing(t *testing.T) {
	events, kills := 1500, 4
	if os.Getenv("LOA_E2E") != "" {
		events, kills = 10000, 22
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	s := newStorm(events, r)
	one, two := newPortal(t, "yenlac"), newPortal(t, "tamhong")
	listen := freePort(t)
	p := newProcess(t, map[string]any{
		"nats": map[string]any{"listen": listen, "sync": "always"},
		"sources": []map[string]any{
			{"id": "yenlac", "url": one.URL + "/rss", "unit": "09025", "interval": "1s"},
			{"id": "tamhong", "url": two.URL + "/rss", "unit": "09043", "interval": "1s"},
		},
	})
	p.start()
	chunk := len(s.events)/kills + 1
	for sent := 0; sent < len(s.events); {
		one.add(1)
		two.add(2)
		to := min(sent+chunk, len(s.events))
		died := make(chan struct{})
		if to < len(s.events) { // the last chunk is left in peace
			go func() {
				defer close(died)
				time.Sleep(time.Duration(r.IntN(400)) * time.Millisecond)
				p.kill()
			}()
		} else {
			close(died)
		}
		// What was not acknowledged is sent again, as a publisher must.
		acked := sendAcked(listen, s.events[sent:to])
		sent += acked
		<-died
		if p.cmd == nil {
			p.start()
		}
		if acked == 0 {
			chunk++ // never the same again for ever
		}
	}
	itemsOne, _ := one.count()
	itemsTwo, _ := two.count()
	js := connect(t, listen)
	until(t, "all events taken", func() bool {
		st, err := js.Stream(context.Background(), broker.StreamEvents)
		return err == nil && st.CachedInfo().State.Msgs == 0
	})
	until(t, "all items of the sources", func() bool {
		return strings.Contains(p.feed("units/09025").titles(), fmt.Sprintf("yenlac tin số %d", itemsOne)) &&
			strings.Contains(p.feed("units/09043").titles(), fmt.Sprintf("tamhong tin số %d", itemsTwo))
	})
	if d, err := js.Stream(context.Background(), broker.StreamDead); err != nil || d.CachedInfo().State.Msgs != 0 {
		t.Errorf("dead letters: %v %v", d.CachedInfo().State.Msgs, err)
	}
	p.stop()
	checkStorm(t, p, s, itemsOne, itemsTwo)
	out, errs, code := loa(t, "", "rebuild", "--verify", "--json", "--config", p.config)
	if code != 0 || !strings.Contains(out, `"same":true`) {
		t.Errorf("rebuild --verify: exit %d\n%s%s", code, out, errs)
	}
	t.Log(strings.TrimSpace(out))
}

// sendAcked sends in order and returns how many of the first were acknowledged.
func sendAcked(listen string, events [][]byte) int {
	closed := make(chan struct{})
	nc, err := nats.Connect("nats://"+listen, nats.NoReconnect(), nats.ClosedHandler(func(*nats.Conn) { close(closed) }))
	if err != nil {
		return 0
	}
	defer nc.Close()
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(64))
	if err != nil {
		return 0
	}
	var acks []jetstream.PubAckFuture
	for _, b := range events {
		f, err := js.PublishMsgAsync(&nats.Msg{Subject: broker.SubjectEvents + ".09064", Data: b}, jetstream.WithStallWait(time.Second), jetstream.WithRetryAttempts(0))
		if err != nil {
			break
		}
		acks = append(acks, f)
	}
	for i, f := range acks {
		select {
		case <-f.Ok():
			continue
		default:
		}
		select {
		case <-f.Ok():
		case <-f.Err():
			return i
		case <-closed:
			return i
		case <-time.After(10 * time.Second):
			return i
		}
	}
	return len(acks)
}

func connect(t *testing.T, listen string) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect("nats://" + listen)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// checkStorm reads the whole journal: each article is there, each revision once,
// in a whole chain, and the newest words are the last.
func checkStorm(t *testing.T, p *process, s *storm, itemsOne, itemsTwo int) {
	t.Helper()
	c, err := loadConfig(p.config, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	st, err := openStore(context.Background(), &c, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer st.close()
	last := map[string]journal.Entry{}
	byNumber := map[string]string{}
	_, err = st.journal.Read(context.Background(), 0, func(e journal.Entry, damaged error) error {
		if damaged != nil {
			return damaged
		}
		before := last[e.Record.ID]
		want := before.Record.Revision + 1
		if e.Record.Kind == feeds.Alias {
			want--
		}
		if e.Record.Prev != before.Digest || e.Record.Revision != want {
			t.Errorf("position %d: %s has revision %d (%s) after %d", e.Position, e.Record.ID, e.Record.Revision, e.Record.Kind, before.Record.Revision)
		}
		last[e.Record.ID] = e
		if n := e.Record.Article.Number; n != "" {
			if id, ok := byNumber[n]; ok && id != e.Record.ID {
				t.Errorf("article %s is there twice: %s and %s", n, id, e.Record.ID)
			}
			byNumber[n] = e.Record.ID
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for n, title := range s.final {
		e := last[byNumber[n]]
		if e.Record.Article.Title != title || e.Record.Revision > s.most[n] {
			t.Errorf("article %s ends as %q in revision %d, want %q in at most %d", n, e.Record.Article.Title, e.Record.Revision, title, s.most[n])
		}
	}
	if want := len(s.final) + itemsOne + itemsTwo; len(last) != want {
		t.Errorf("%d articles, want %d", len(last), want)
	}
}
