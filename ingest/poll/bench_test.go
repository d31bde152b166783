package poll_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"loa/ingest"
	"loa/ingest/poll"
	"loa/internal/cache"
	"loa/internal/safehttp"
)

// nowhere takes everything as new and keeps nothing.
type nowhere struct{}

func (nowhere) Ingest(context.Context, ingest.Input) (ingest.Outcome, error) {
	return ingest.Outcome{Result: ingest.Created}, nil
}

// BenchmarkPoll is a whole turn over loopback, with the guarded client, the budget
// and the state, without broker and pipeline. The processor time is that of client
// and origin together.
func BenchmarkPoll(b *testing.B) {
	numbers := make([]int, 30)
	for i := range numbers {
		numbers[i] = i + 1
	}
	body := feedOf(numbers...)
	for _, c := range []struct {
		name   string
		answer func(n int, w http.ResponseWriter, r *http.Request)
	}{
		{"304", func(_ int, w http.ResponseWriter, r *http.Request) { serve(body, `"a"`, "")(w, r) }},
		{"unchanged", func(_ int, w http.ResponseWriter, r *http.Request) { serve(body, "", "")(w, r) }},
		{"changed", func(n int, w http.ResponseWriter, r *http.Request) {
			serve(strings.Replace(body, "số 1<", fmt.Sprintf("số %d<", 1000+n), 1), "", "")(w, r)
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			n := 0
			origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { n++; c.answer(n, w, r) }))
			defer origin.Close()
			client := safehttp.New(safehttp.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
			defer client.Close()
			mem, err := cache.NewMemory(cache.Limits{})
			if err != nil {
				b.Fatal(err)
			}
			defer mem.Close()
			now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
			s := poll.Source{ID: "a", URL: origin.URL + "/rss", Unit: "09064", Gap: time.Nanosecond}
			d := poll.NewRig().Door(nowhere{}, client, mem, poll.Options{Node: "n1", Now: func() time.Time { return now }}, s)
			turn := func() {
				now = now.Add(25 * time.Hour)
				if _, err := d.Turn(b.Context(), s); err != nil {
					b.Fatal(err)
				}
			}
			turn()
			b.ReportAllocs()
			b.ResetTimer()
			before := processorTime(b)
			for range b.N {
				turn()
			}
			b.ReportMetric(float64(processorTime(b)-before)/float64(b.N)*1000/1e6, "cpu-ms/1000polls")
		})
	}
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkSourceMemory is what a source that waits costs a node, of as many as
// there are communes; its state is in the broker.
func BenchmarkSourceMemory(b *testing.B) {
	const sources = 3400
	for range b.N {
		heap := func() uint64 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		before := heap()
		d := poll.New(nil, nowhere{}, nil, nil, poll.Options{})
		d.SetSources(manySources(sources))
		b.ReportMetric(float64(heap()-before)/sources, "B/source")
		runtime.KeepAlive(d)
	}
}

func manySources(n int) []poll.Source {
	list := make([]poll.Source, n)
	for i := range list {
		list[i] = poll.Source{ID: fmt.Sprint("nguon-", i), URL: fmt.Sprintf("https://xa%d.example.vn/rss/tin-tuc", i), Unit: fmt.Sprintf("%05d", i), Category: "Tin tức"}
	}
	return list
}
