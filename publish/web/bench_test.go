package web_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"loa/publish/web"
)

// Run with -cpu 1: the benchmarks over HTTP then show what one core does for
// server and client together.

// syllables make text that compresses about as well as real news.
var syllables = strings.Fields("ủy ban nhân dân xã thông báo lịch làm việc của bộ phận một cửa trong tuần đề nghị các thôn niêm yết tại nhà văn hóa để bà con được biết và thực hiện mùa vụ nước sạch đường bê tông trường học khai giảng trạm y tế tiêm chủng chợ phiên lễ hội đền làng giải bóng chuyền thanh niên phụ nữ cựu chiến binh hộ nghèo vay vốn chăn nuôi trồng trọt giống lúa sâu bệnh phòng cháy an ninh trật tự cải cách hành chính chuyển đổi số hồ sơ trực tuyến")

// news fills a world with 60 articles of some thousand characters.
func news(w *world) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		r := article("bai-"+strconv.Itoa(i), "09025", "Tin tức", fmt.Sprintf("Thông báo số %d của xã", i))
		var text strings.Builder
		for range 2 + i%4 {
			text.WriteString("<p>")
			for range 120 {
				text.WriteString(syllables[rnd.IntN(len(syllables))] + " ")
			}
			text.WriteString("</p>\n")
		}
		r.Article.ContentHTML = text.String()
		w.put(r)
	}
}

// hotFeed serves a feed of 50 articles that is at hand.
func hotFeed(b *testing.B) (*web.Server, *web.Document) {
	b.Helper()
	w := newWorld(b)
	news(w)
	s := serverOf(b, w.options())
	d, err := s.Document(b.Context(), parseSelector(b, "units/09025"), "rss")
	if err != nil {
		b.Fatal(err)
	}
	return s, d
}

// sink is a ResponseWriter that a benchmark does not measure.
type sink struct {
	h      http.Header
	status int
	n      int
}

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(b []byte) (int, error) { s.n += len(b); return len(b), nil }

const hotPath = "/feeds/units/09025.rss"

func benchHandler(b *testing.B, want int, header map[string]string) {
	b.Helper()
	benchHandlerAt(b, hotPath, want, header)
}

func benchHandlerAt(b *testing.B, path string, want int, header map[string]string) {
	b.Helper()
	s, _ := hotFeed(b)
	r, err := http.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		b.Fatal(err)
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	h := s.Handler()
	w := &sink{h: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.h)
		h.ServeHTTP(w, r)
	}
	if w.status != want {
		b.Fatalf("status %d", w.status)
	}
	perSecond(b)
}

func BenchmarkHandler304(b *testing.B) {
	_, d := hotFeed(b)
	benchHandler(b, 304, map[string]string{"Accept-Encoding": "gzip", "If-None-Match": strings.TrimSuffix(d.ETag(), `"`) + `-gz"`})
}

func BenchmarkHandlerGzip(b *testing.B) {
	benchHandler(b, 200, map[string]string{"Accept-Encoding": "gzip, deflate, br"})
}

// BenchmarkHandlerNegotiated asks by the address without suffix.
func BenchmarkHandlerNegotiated(b *testing.B) {
	benchHandlerAt(b, strings.TrimSuffix(hotPath, ".rss"), 200, map[string]string{
		"Accept-Encoding": "gzip, deflate, br", "Accept": "application/rss+xml, application/rdf+xml;q=0.8, application/atom+xml;q=0.6, application/xml;q=0.4, text/xml;q=0.4",
	})
}

// BenchmarkVariant is what the first client that asks for a coding waits for.
func BenchmarkVariant(b *testing.B) {
	w := newWorld(b)
	news(w)
	body, _, err := web.Build(b.Context(), w.lib, w.options(), parseSelector(b, "units/09025"), "rss")
	if err != nil {
		b.Fatal(err)
	}
	for _, coding := range []string{"gzip", "br", "zstd"} {
		b.Run(coding, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				packed, err := web.Compress(coding, body)
				if err != nil {
					b.Fatal(err)
				}
				size = len(packed)
			}
			b.ReportMetric(float64(size), "body-bytes")
			b.ReportMetric(float64(len(body)), "identity-bytes")
		})
	}
}

// benchHTTP asks over one kept connection on the loopback, one request at a
// time, with a client that does as little as it can.
func benchHTTP(b *testing.B, want string, header string) {
	s, _ := hotFeed(b)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := &http.Server{Handler: s.Handler()}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	defer func() { _ = srv.Close(); <-done }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	request := []byte("GET " + hotPath + " HTTP/1.1\r\nHost: tin.example.vn\r\nUser-Agent: doc-tin/1.0\r\nAccept: */*\r\n" + header + "\r\n")
	in := bufio.NewReaderSize(c, 64<<10)
	size := 0
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(request); err != nil {
			b.Fatal(err)
		}
		status, length := []byte(nil), 0
		for {
			line, err := in.ReadSlice('\n')
			if err != nil {
				b.Fatal(err)
			}
			if status == nil {
				if status = line[9:12]; string(status) != want {
					b.Fatalf("status %s", status)
				}
			}
			if len(line) == 2 {
				break
			}
			if rest, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
				for _, d := range bytes.TrimSpace(rest) {
					length = length*10 + int(d-'0')
				}
			}
		}
		if _, err := in.Discard(length); err != nil && err != io.EOF {
			b.Fatal(err)
		}
		size = length
	}
	b.ReportMetric(float64(size), "body-bytes")
	perSecond(b)
}

func BenchmarkHTTP304(b *testing.B) {
	_, d := hotFeed(b)
	benchHTTP(b, "304", "Accept-Encoding: gzip\r\nIf-None-Match: "+strings.TrimSuffix(d.ETag(), `"`)+"-gz\"\r\n")
}

func BenchmarkHTTPGzip(b *testing.B) { benchHTTP(b, "200", "Accept-Encoding: gzip\r\n") }

// BenchmarkRender is what a new version of the feed costs: reading, rendering,
// hashing, compressing.
func BenchmarkRender(b *testing.B) {
	w := newWorld(b)
	news(w)
	o := w.options()
	sel := parseSelector(b, "units/09025")
	b.ReportAllocs()
	for b.Loop() {
		body, version, err := web.Build(b.Context(), w.lib, o, sel, "rss")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := web.NewDocument(body, version, start, 200); err != nil {
			b.Fatal(err)
		}
	}
}

func perSecond(b *testing.B) {
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
