package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sys/unix"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/internal/broker"
)

// sentence is natural text of which bodies are made.
const sentence = "Ủy ban nhân dân xã thông báo lịch cấp nước sinh hoạt trong tuần để bà con chủ động trữ nước và sử dụng tiết kiệm. "

// benchEvent is a plain event with a body of 2.4 KB.
func benchEvent(i int) (unit string, b []byte) {
	unit = []string{"09064", "09025", "09043"}[i%3]
	var body strings.Builder
	for body.Len() < 2400 {
		body.WriteString("<p>" + sentence + "</p>\n")
	}
	b, _ = json.Marshal(map[string]any{
		"unit": unit, "number": strconv.Itoa(i), "url": fmt.Sprintf("https://xa%s.example.vn/tin/%d.html", unit, i),
		"title": fmt.Sprintf("Thông báo lịch cấp nước đợt %d", i), "content_html": body.String(), "category": "Thông báo",
		"authors": []string{"Ban Biên tập"}, "published": time.Date(2026, 11, 1, 8, 0, 0, 0, feeds.Zone).Add(time.Duration(i) * time.Second).Format(time.RFC3339),
	})
	return unit, b
}

// benchNode is a whole server on free ports.
func benchNode(b testing.TB, sync broker.Sync, dir string) (n *node, stop func()) {
	b.Helper()
	c := defaultConfig()
	c.Data, c.Listen, c.Admin, c.NATS.Sync, c.Limits.Client = dir, "127.0.0.1:0", "127.0.0.1:0", string(sync), "0"
	c.Log.Level = "error"
	ctx, cancel := context.WithCancel(context.Background())
	n, err := newNode(ctx, &c, roles{true, true, true}, logger(os.Stderr, c.Log))
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	select {
	case <-n.ready:
	case err := <-done:
		b.Fatal(err)
	}
	return n, func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
		n.close()
	}
}

// publishAll sends events as a CMS does, with a window of acknowledgements.
func publishAll(b testing.TB, js jetstream.JetStream, from, to int) {
	b.Helper()
	for i := from; i < to; i++ {
		unit, data := benchEvent(i)
		if _, err := js.PublishMsgAsync(&nats.Msg{Subject: broker.SubjectEvents + "." + unit, Data: data}, jetstream.WithStallWait(10*time.Second)); err != nil {
			b.Fatal(err)
		}
	}
	<-js.PublishAsyncComplete()
}

func awaitJournal(b testing.TB, n *node, last uint64) {
	b.Helper()
	for {
		s, err := n.store.journal.State(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		if s.Last >= last {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// From publishing to the journal: the whole path with the library running along.
func BenchmarkEventsToJournal(b *testing.B) {
	for _, sync := range []broker.Sync{broker.SyncSecond, broker.SyncAlways} {
		b.Run("sync="+string(sync), func(b *testing.B) {
			n, stop := benchNode(b, sync, b.TempDir())
			defer stop()
			js, err := jetstream.New(n.store.broker.NC, jetstream.WithPublishAsyncMaxPending(512))
			if err != nil {
				b.Fatal(err)
			}
			const batch = 20000
			sent := 0
			before := cpuSeconds()
			for b.Loop() {
				publishAll(b, js, sent, sent+batch)
				sent += batch
				awaitJournal(b, n, uint64(sent))
			}
			b.ReportMetric((cpuSeconds()-before)*1e6/float64(sent), "cpu-µs/event")
			b.ReportMetric(float64(sent)/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// From the event to the new item in a feed by HTTP, at 500 events a second.
func BenchmarkEventToFeed(b *testing.B) {
	n, stop := benchNode(b, broker.SyncSecond, b.TempDir())
	defer stop()
	base := "http://" + n.public.Addr().String()
	js, err := jetstream.New(n.store.broker.NC, jetstream.WithPublishAsyncMaxPending(512))
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	background := make(chan struct{})
	go func() { // the load: 500 a second
		defer close(background)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for i := 1_000_000; ; i++ {
			select {
			case <-tick.C:
				unit, data := benchEvent(i - 1_000_000)
				_, _ = js.PublishMsgAsync(&nats.Msg{Subject: broker.SubjectEvents + "." + unit, Data: data})
			case <-ctx.Done():
				return
			}
		}
	}()
	client := &http.Client{}
	var took []time.Duration
	i := 100_000_000
	for b.Loop() {
		i++
		// Dated after all others, so that it heads the feed.
		unit, data := benchEvent(i)
		title := []byte(fmt.Sprintf("đợt %d", i))
		start := time.Now()
		if _, err := js.PublishMsg(ctx, &nats.Msg{Subject: broker.SubjectEvents + "." + unit, Data: data}); err != nil {
			b.Fatal(err)
		}
		for {
			res, err := client.Get(base + "/feeds/units/" + unit + ".json")
			if err != nil {
				b.Fatal(err)
			}
			body, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if bytes.Contains(body, title) {
				break
			}
		}
		took = append(took, time.Since(start))
	}
	cancel()
	<-background
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// fillJournal writes n articles straight into a data folder's journal.
func fillJournal(b testing.TB, dir string, n int) {
	b.Helper()
	ctx := context.Background()
	br, err := broker.Open(ctx, broker.Options{Dir: dir, Sync: broker.SyncSecond})
	if err != nil {
		b.Fatal(err)
	}
	defer br.Close()
	if err := br.Declare(ctx); err != nil {
		b.Fatal(err)
	}
	js, err := jetstream.New(br.NC, jetstream.WithPublishAsyncMaxPending(512))
	if err != nil {
		b.Fatal(err)
	}
	body := strings.Repeat("<p>"+sentence+"</p>", 14)
	t0 := time.Date(2026, 1, 1, 8, 0, 0, 0, feeds.Zone)
	for i := range n {
		at := t0.Add(time.Duration(i) * time.Minute)
		id := fmt.Sprintf("bench%011d", i)
		unit := fmt.Sprintf("%05d", 9000+i%148)
		r := feeds.Record{
			Format: feeds.RecordFormat, ID: id, Revision: 1, Kind: feeds.Published,
			Article: feeds.Article{Unit: unit, Number: strconv.Itoa(i), URL: fmt.Sprintf("https://example.vn/%s/%d", unit, i), Title: fmt.Sprint("Thông báo số ", i),
				Summary: sentence, ContentHTML: body, Category: fmt.Sprint("Chuyên mục ", i%20), Language: "vi", Published: feeds.Date{Time: at, Precision: feeds.Minute}},
			Keys: []string{fmt.Sprintf("num:%s:%d", unit, i), fmt.Sprintf("url://example.vn/%s/%d", unit, i)}, Channels: []feeds.Door{feeds.DoorEvent},
			FirstSeen: at, Changed: at, Version: feeds.Version{Authority: 2, Time: at, Arrived: at}, BodyVersion: feeds.Version{Authority: 2, Time: at, Arrived: at},
		}
		data, err := journal.Encode(&r)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := js.PublishMsgAsync(&nats.Msg{Subject: broker.SubjectArticles + "." + id, Data: data}, jetstream.WithStallWait(10*time.Second)); err != nil {
			b.Fatal(err)
		}
	}
	<-js.PublishAsyncComplete()
}

func BenchmarkRebuild(b *testing.B) {
	const articles = 30000
	dir := b.TempDir()
	fillJournal(b, dir, articles)
	c := defaultConfig()
	c.Data, c.NATS.Sync = dir, string(broker.SyncSecond)
	s, err := openStore(context.Background(), &c, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer s.close()
	done, before := 0, cpuSeconds()
	for b.Loop() {
		l, n, err := fillBeside(context.Background(), &c, dir+"/bench.db", s)
		if err != nil || n != articles {
			b.Fatal(n, err)
		}
		_ = l.Close()
		done += n
	}
	b.ReportMetric((cpuSeconds()-before)*1e6/float64(done), "cpu-µs/article")
	b.ReportMetric(float64(done)/b.Elapsed().Seconds(), "articles/s")
	b.ReportMetric(0, "ns/op")
}

// Start with 100,000 articles: until ready, and the memory then.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	fillJournal(b, dir, 100_000)
	n, stop := benchNode(b, broker.SyncSecond, dir) // fills the library
	awaitJournal(b, n, 100_000)
	stop()
	debug.FreeOSMemory()
	var rss float64
	for b.Loop() {
		_, stop := benchNode(b, broker.SyncSecond, dir)
		b.StopTimer()
		rss = residentMB()
		stop()
		b.StartTimer()
	}
	b.ReportMetric(rss, "MB-rss-with-the-benchmark")
}

// cpuSeconds is the processor time of this process: on a shared machine it says
// more than the clock.
func cpuSeconds() float64 {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// residentMB is this process's memory by the kernel's count.
func residentMB() float64 {
	runtime.GC()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, resident float64
	fmt.Sscan(string(b), &size, &resident)
	return resident * float64(os.Getpagesize()) / (1 << 20)
}
