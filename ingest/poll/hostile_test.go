package poll_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"loa/ingest/poll"
)

// listenAt serves at an address of its own: to be polite is to be polite to
// addresses.
func listenAt(t *testing.T, ip string, h http.HandlerFunc) string {
	t.Helper()
	l, err := net.Listen("tcp", ip+":0")
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(h)
	_ = s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s.URL
}

const rssHead = `<?xml version="1.0"?><rss version="2.0"><channel><title>Xã</title><link>https://example.vn/</link>`

// bomb is a feed of 64 MB in 64 KB.
func bomb() []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = io.WriteString(z, rssHead)
	zeros := bytes.Repeat([]byte(" "), 1<<20)
	for range 64 {
		_, _ = z.Write(zeros)
	}
	_ = z.Close()
	return b.Bytes()
}

// Beside sources that do harm, on purpose or not, the healthy ones are polled as
// ever; nothing is asked of an address that is forbidden; each fault has its reason.
func TestHostileSourcesHarmNoOther(t *testing.T) {
	w := newWorldFor(t, 5*time.Minute)
	var trapped atomic.Int64
	trap := listenAt(t, "127.0.9.9", func(http.ResponseWriter, *http.Request) { trapped.Add(1) })
	zipped := bomb()
	redirect := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
	}
	text := func(parts ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for _, p := range parts {
				if _, err := io.WriteString(w, p); err != nil {
					return
				}
			}
		}
	}
	const deep = 100_000
	hostile := []struct {
		id, code, fault string
		answer          http.HandlerFunc
	}{
		{"endless", "too-large", "", func(w http.ResponseWriter, _ *http.Request) {
			for line := strings.Repeat("<item>", 1000); ; {
				if _, err := io.WriteString(w, line); err != nil {
					return
				}
			}
		}},
		{"drip", "timeout", "", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, " ")
				_ = http.NewResponseController(w).Flush()
				select {
				case <-time.After(50 * time.Millisecond):
				case <-r.Context().Done():
				}
			}
		}},
		{"no-headers", "timeout", "", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		{"loop", "redirects", "", redirect("/rss?lai")},
		{"private", "forbidden-address", "", redirect("http://10.0.0.1/rss")},
		{"metadata", "forbidden-address", "", redirect("http://169.254.169.254/latest/meta-data/")},
		{"loopback", "forbidden-address", "", redirect(trap)},
		{"mapped", "forbidden-address", "", redirect("http://[::ffff:127.0.9.9]:" + trap[strings.LastIndexByte(trap, ':')+1:])},
		{"large-items", "too-large", "", text(rssHead, "<item><title>Tin</title><description>", strings.Repeat("a", 20<<20), "</description></item></channel></rss>")},
		{"deep", "", "too-complex", text(rssHead, "<item><title>Tin</title><link>https://example.vn/sau</link><description>", strings.Repeat("<b>", deep), strings.Repeat("</b>", deep), "</description></item></channel></rss>")},
		{"bomb", "too-large", "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(zipped)
		}},
		{"page", "html-page", "", text("<!doctype html><title>Bảo trì</title><p>Xin quay lại sau")},
		{"entities", "", "", text(`<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/hostname"><!ENTITY b SYSTEM "`+trap+`"><!ENTITY % c SYSTEM "`+trap+`/x.dtd">%c;]>`,
			`<rss version="2.0"><channel><title>&a;</title><link>https://example.vn/</link><item><title>Tin &a;&b;</title><link>https://example.vn/xxe</link></item></channel></rss>`)},
	}
	var sources []poll.Source
	for i, h := range hostile {
		u := listenAt(t, fmt.Sprintf("127.0.3.%d", i+1), h.answer)
		sources = append(sources, poll.Source{ID: h.id, URL: u + "/rss", Unit: "09064", Interval: time.Second})
	}
	const healthy = 50
	var mu sync.Mutex
	asked := map[string]int{}
	for i := range healthy / 2 {
		u := listenAt(t, fmt.Sprintf("127.0.2.%d", i+1), func(w http.ResponseWriter, r *http.Request) {
			name := r.Host + r.URL.Path
			mu.Lock()
			asked[name]++
			n := asked[name]
			mu.Unlock()
			fmt.Fprintf(w, `%s<item><title>Tin %d</title><link>https://example.vn/%s/%d</link></item></channel></rss>`, rssHead, n, name, n)
		})
		for k := range 2 {
			sources = append(sources, poll.Source{ID: fmt.Sprintf("lanh-%d-%d", i, k), URL: fmt.Sprintf("%s/%d", u, k), Unit: "09025", Interval: time.Second, Longest: time.Second, Gap: 20 * time.Millisecond})
		}
	}
	memory := watchMemory()
	defer memory.stop()
	p := &taken{}
	d, _ := w.door(t, "n1", p, "127.0.2.0/23", sources...)
	reports := func() map[string]poll.State {
		list, err := d.Reports(w.ctx)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]poll.State{}
		for _, r := range list {
			out[r.ID] = r.State
		}
		return out
	}
	w.until(t, "two polls of each hostile source and six of each healthy one", func() bool {
		for id, st := range reports() {
			if want := map[bool]uint64{true: 6, false: 2}[strings.HasPrefix(id, "lanh-")]; st.Polls < want {
				return false
			}
		}
		return true
	})
	if peak := memory.stop(); peak > memoryFactor*400<<20 {
		t.Errorf("%d MiB of memory at most, 400 are allowed", peak>>20)
	} else {
		t.Logf("%d MiB of memory at most, the origins' with it", peak>>20)
	}
	all := reports()
	for _, h := range hostile {
		st := all[h.id]
		if st.Code != h.code || h.code != "" && st.Error == "" {
			t.Errorf("%s: code %q (%s), want %q", h.id, st.Code, st.Error, h.code)
		}
		if h.fault != "" && !strings.Contains(strings.Join(st.Faults, "\n"), h.fault) {
			t.Errorf("%s: faults %q, want %s", h.id, st.Faults, h.fault)
		}
	}
	least, most := uint64(1<<62), uint64(0)
	for id, st := range all {
		if !strings.HasPrefix(id, "lanh-") {
			continue
		}
		least, most = min(least, st.Polls), max(most, st.Polls)
		if st.Code != "" || st.Failures > 0 {
			t.Errorf("%s: %s %s", id, st.Code, st.Error)
		}
	}
	if least < most/2 {
		t.Errorf("healthy sources were polled from %d to %d times", least, most)
	}
	if n := trapped.Load(); n > 0 {
		t.Errorf("%d requests reached a forbidden address", n)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, in := range p.in {
		if in.Source == "entities" && in.Article.Title != "Tin" && !strings.HasPrefix(in.Article.Title, "Tin &") {
			t.Errorf("an entity was resolved: %q", in.Article.Title)
		}
	}
}

// memoryWatch samples how much memory this process has from the system, without
// what it gave back.
type memoryWatch struct {
	end  chan struct{}
	peak chan uint64
	most uint64
	once sync.Once
}

func watchMemory() *memoryWatch {
	debug.FreeOSMemory() // what the tests before have left does not count
	m := &memoryWatch{end: make(chan struct{}), peak: make(chan uint64, 1)}
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
		var most uint64
		for {
			metrics.Read(samples)
			most = max(most, samples[0].Value.Uint64()-samples[1].Value.Uint64())
			select {
			case <-tick.C:
			case <-m.end:
				m.peak <- most
				return
			}
		}
	}()
	return m
}

// stop returns the peak in bytes.
func (m *memoryWatch) stop() uint64 {
	m.once.Do(func() { close(m.end); m.most = <-m.peak })
	return m.most
}
