package main

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"loa/internal/broker"
	"loa/internal/cache/redistest"
)

// natsServer is a real NATS server in a process of its own.
func natsServer(t *testing.T) (listen string, kill func()) {
	t.Helper()
	listen = freePort(t)
	cmd := self(t, "nats", listen, t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(syscall.SIGKILL)
		_ = cmd.Wait()
	})
	t.Cleanup(kill)
	until(t, "NATS server", func() bool {
		c, err := net.Dial("tcp", listen)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return listen, kill
}

// Two nodes on one NATS and one Redis: each article once, each turn of a source
// once, what one rendered the other serves; Redis may be emptied, either node may
// stop, and then Redis and NATS.
func TestE2ETwoNodes(t *testing.T) {
	red := redistest.Start(t)
	listen, killNATS := natsServer(t)
	origin := newPortal(t, "yenlac")
	origin.add(5)
	shared := map[string]any{
		"nats": map[string]any{"url": "nats://" + listen}, "redis": map[string]any{"url": red.URL},
		"base_url": "https://tin.example.vn",
		"sources":  []map[string]any{{"id": "yenlac", "url": origin.URL + "/rss", "unit": "09025", "interval": "1s"}},
	}
	a, b := newProcess(t, shared), newProcess(t, shared)
	a.start()
	b.start()
	js := connect(t, listen)
	send := func(from, to int) {
		t.Helper()
		for i := from; i < to; i++ {
			unit, data := benchEvent(i)
			for range 2 { // each one twice
				if _, err := js.PublishMsg(context.Background(), &nats.Msg{Subject: broker.SubjectEvents + "." + unit, Data: data}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	stream := func(name string) jetstream.StreamState {
		t.Helper()
		s, err := js.Stream(context.Background(), name)
		if err != nil {
			t.Fatal(err)
		}
		return s.CachedInfo().State
	}
	send(0, 60)
	articles := func(n int) func() bool {
		return func() bool {
			return stream(broker.StreamEvents).Msgs == 0 && stream(broker.StreamArticles).Msgs >= uint64(n)
		}
	}
	until(t, "65 articles", articles(65))
	if s := stream(broker.StreamArticles); s.Msgs != 65 || s.NumSubjects != 65 {
		t.Fatalf("journal has %d records of %d articles, want 65 of 65", s.Msgs, s.NumSubjects)
	}

	// Both have everything, in the same bytes, and one rendering served both.
	until(t, "both nodes serve the same", func() bool {
		x, _ := a.get("/feeds/all.atom")
		y, _ := b.get("/feeds/all.atom")
		return x == y && strings.Count(x, "<entry") == 50
	})
	send(60, 61)
	until(t, "66 articles", articles(66))
	until(t, "node a has it", func() bool { s, _ := a.get("/feeds/all.rss"); return strings.Contains(s, "đợt 60<") })
	until(t, "node b has read it", func() bool { return b.metric("loa_library_position") >= float64(stream(broker.StreamArticles).LastSeq) })
	made, taken := b.metric("loa_renders_total"), b.metric(`loa_documents_total{origin="shared"}`)
	if s, _ := b.get("/feeds/all.rss"); !strings.Contains(s, "đợt 60<") {
		t.Error("node b has not the newest article")
	}
	if now := b.metric("loa_renders_total"); now != made {
		t.Errorf("node b rendered %v documents that node a had rendered", now-made)
	}
	if now := b.metric(`loa_documents_total{origin="shared"}`); now != taken+1 {
		t.Errorf("node b took %v documents from Redis, want 1", now-taken)
	}

	// FLUSHALL changes nothing but speed.
	opt, err := redis.ParseURL(red.URL)
	if err != nil {
		t.Fatal(err)
	}
	rc := redis.NewClient(opt)
	defer rc.Close()
	if err := rc.FlushAll(context.Background()).Err(); err != nil {
		t.Fatal(err)
	}
	x, _ := a.get("/feeds/all.rss")
	y, _ := b.get("/feeds/all.rss")
	if x != y || !strings.Contains(x, "đợt 60<") {
		t.Error("after FLUSHALL the nodes serve different feeds")
	}

	// Each turn of the source was one poll, whichever node had it.
	out, _, _ := loa(t, "", "sources", "list", "--json", "--config", a.config)
	_, polls := origin.count()
	var turns int
	if i := strings.Index(out, `"polls":`); i >= 0 {
		fmt.Sscan(out[i+len(`"polls":`):], &turns)
	}
	if turns == 0 || polls > turns+1 {
		t.Errorf("%d requests for %d turns: %s", polls, turns, out)
	}

	// Either stops, by force; the other goes on.
	a.kill()
	send(61, 80)
	origin.add(1)
	until(t, "node b goes on alone", func() bool {
		return articles(86)() && strings.Contains(b.feed("units/09025").titles(), "yenlac tin số 6")
	})
	a.start()
	b.stop()
	send(80, 90)
	until(t, "node a goes on alone", func() bool { return articles(96)() && strings.Contains(a.feed("all").titles(), "đợt 89") })
	if s := stream(broker.StreamArticles); s.NumSubjects != 96 {
		t.Errorf("%d articles, want 96", s.NumSubjects)
	}

	// Redis dies: served all the same.
	red.Stop()
	send(90, 91)
	until(t, "without Redis", func() bool { return strings.Contains(a.feed("all").titles(), "đợt 90") })
	until(t, "readiness", func() bool { _, status := fetch(t, "http://"+a.cfg["admin"].(string)+"/readyz"); return status == 200 })

	// NATS dies as well: feeds, archives and searches go on, also those that nobody
	// has asked for yet.
	killNATS()
	before, _ := a.get("/feeds/all.rss")
	for _, path := range []string{"/feeds/units/09064.atom", "/feeds/all.json?n=5", "/feeds/provinces/25.rss", "/opml", "/feeds/search.rss?q=nuoc", "/"} {
		if body, status := a.get(path); status != 200 || body == "" {
			t.Errorf("without NATS %s: %d", path, status)
		}
	}
	if again, status := a.get("/feeds/all.rss"); status != 200 || again != before || !strings.Contains(again, "đợt 90<") {
		t.Errorf("without NATS the feed changed: %d", status)
	}
}
