package web_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// bulletins fills a world with 60 articles of 2.4 KB each.
func bulletins(w *world) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for i := range 60 {
		r := article("bai-"+strconv.Itoa(i), "09025", "Tin tức", fmt.Sprintf("Thông báo số %d của xã", i))
		var text strings.Builder
		for text.Len() < 2400 {
			text.WriteString("<p>")
			for range 60 {
				text.WriteString(syllables[rnd.IntN(len(syllables))] + " ")
			}
			text.WriteString("</p>\n")
		}
		r.Article.ContentHTML = text.String()
		w.put(r)
	}
}

// BenchmarkStatic sets loa beside servers of files that have the same bytes
// already, all over kept connections on the loopback, by turns, so that a busy
// machine is busy for all of them: "files" is Go's http.ServeContent, "nginx" the
// server of that name where there is one. Processor time is that of server and
// client together, whichever process they are in; of all figures it depends least
// on what else the machine does. The client allocates nothing.
func BenchmarkStatic(b *testing.B) {
	w := newWorld(b)
	bulletins(w)
	s := serverOf(b, w.options())
	d, err := s.Document(b.Context(), parseSelector(b, "units/09025"), "rss")
	if err != nil {
		b.Fatal(err)
	}
	plain, _ := d.Body("")
	packed, ok := d.Body("gzip")
	if !ok {
		b.Fatal("the feed is not kept compressed")
	}
	root := b.TempDir()
	name := filepath.Join(root, hotPath)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		b.Fatal(err)
	}
	for file, body := range map[string][]byte{name: plain, name + ".gz": packed} {
		if err := os.WriteFile(file, body, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	type server struct {
		name, address string
		pid           int // 0: this process
	}
	servers := []server{
		{"loa", listenTo(b, s.Handler()), 0},
		{"files", listenTo(b, files(root, strings.Trim(d.ETag(), `"`))), 0},
	}
	if address, pid := nginx(b, root); address != "" {
		servers = append(servers, server{"nginx", address, pid})
	}
	for _, c := range []struct {
		name, coding string
		again        bool
		want         []byte
	}{
		{"200-gzip", "gzip", false, packed},
		{"200-plain", "identity", false, plain},
		{"304", "gzip", true, nil},
	} {
		for range 3 {
			for _, srv := range servers {
				header := "Accept-Encoding: " + c.coding + "\r\n"
				if c.again {
					header += "If-None-Match: " + tagOf(b, srv.address, header) + "\r\n"
				}
				b.Run(c.name+"/"+srv.name, func(b *testing.B) { hammer(b, srv.address, srv.pid, header, c.want) })
			}
		}
	}
}

// hammer asks from eight connections at a time.
func hammer(b *testing.B, address string, pid int, header string, want []byte) {
	const clients = 8
	request := requestOf(header)
	all := make([]*connection, clients)
	for i := range all {
		all[i] = connect(b, address)
		defer all[i].Close()
		got, _, err := all[i].ask(request, true)
		if err != nil || !bytes.Equal(got, want) {
			b.Fatalf("%d bytes, want %d: %v", len(got), len(want), err)
		}
	}
	took := make([]time.Duration, b.N)
	errs := make([]error, clients)
	var wg sync.WaitGroup
	b.ReportAllocs()
	before := processorTime(b, pid)
	b.ResetTimer()
	for i, c := range all {
		wg.Go(func() {
			for k := i; k < b.N; k += clients {
				start := time.Now()
				if _, _, errs[i] = c.ask(request, false); errs[i] != nil {
					return
				}
				took[k] = time.Since(start)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	spent := processorTime(b, pid) - before
	for _, err := range errs {
		if err != nil {
			b.Fatal(err)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(spent.Nanoseconds())/1000/float64(b.N), "cpu-µs/request")
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1000, "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1000, "p99-µs")
	perSecond(b)
}

// processorTime is that of this process and of the children of the one with the
// pid, if it is not 0.
func processorTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	spent := time.Duration(u.Utime.Nano() + u.Stime.Nano())
	if pid == 0 {
		return spent
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		b.Fatal(err)
	}
	for _, child := range strings.Fields(string(children)) {
		line, err := os.ReadFile("/proc/" + child + "/schedstat") // nanoseconds on a processor come first
		if err != nil {
			b.Fatal(err)
		}
		ran, _, _ := strings.Cut(string(line), " ")
		n, err := strconv.ParseInt(ran, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		spent += time.Duration(n)
	}
	return spent
}

func requestOf(header string) []byte {
	return []byte("GET " + hotPath + " HTTP/1.1\r\nHost: tin.example.vn\r\nUser-Agent: doc-tin/1.0\r\nAccept: */*\r\n" + header + "\r\n")
}

// connection is a client that does as little as it can.
type connection struct {
	net.Conn
	in *bufio.Reader
}

func connect(b *testing.B, address string) *connection {
	b.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	return &connection{c, bufio.NewReaderSize(c, 64<<10)}
}

var (
	lengthField = []byte("content-length:")
	tagField    = []byte("etag:")
)

// ask sends the request and reads the answer; if it is to be kept, it returns the
// body, if there is one, and the entity tag.
func (c *connection) ask(request []byte, keep bool) (body []byte, tag string, err error) {
	if _, err := c.Write(request); err != nil {
		return nil, "", err
	}
	length := 0
	for first := true; ; first = false {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return nil, "", err
		}
		if len(line) == 2 {
			break
		}
		switch {
		case first && !bytes.HasPrefix(line[9:], []byte("200")) && !bytes.HasPrefix(line[9:], []byte("304")):
			return nil, "", fmt.Errorf("answer: %s", line)
		case len(line) > len(lengthField) && bytes.EqualFold(line[:len(lengthField)], lengthField):
			for _, d := range bytes.TrimSpace(line[len(lengthField):]) {
				length = length*10 + int(d-'0')
			}
		case keep && len(line) > len(tagField) && bytes.EqualFold(line[:len(tagField)], tagField):
			tag = string(bytes.TrimSpace(line[len(tagField):]))
		}
	}
	if keep && length > 0 {
		body = make([]byte, length)
		_, err = io.ReadFull(c.in, body)
		return body, tag, err
	}
	_, err = c.in.Discard(length)
	return nil, tag, err
}

func tagOf(b *testing.B, address, header string) string {
	b.Helper()
	c := connect(b, address)
	defer c.Close()
	_, tag, err := c.ask(requestOf(header), true)
	if err != nil || tag == "" {
		b.Fatalf("no entity tag: %v", err)
	}
	return tag
}

// listenTo serves on the loopback.
func listenTo(b *testing.B, h http.Handler) (address string) {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := &http.Server{Handler: h}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	b.Cleanup(func() { _ = srv.Close(); <-done })
	return l.Addr().String()
}

// files serves the compressed file to those who take it, as simply as it can be
// done with the standard library.
func files(root, tag string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, end := filepath.Join(root, filepath.FromSlash(r.URL.Path)), ""
		h := w.Header()
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			name, end = name+".gz", "-gz"
			h["Content-Encoding"] = []string{"gzip"}
		}
		f, err := os.Open(name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		defer f.Close()
		h["Etag"] = []string{`"` + tag + end + `"`}
		h["Content-Type"] = []string{"application/rss+xml"}
		h["Vary"] = []string{"Accept-Encoding"}
		h["Cache-Control"] = []string{"public, max-age=5"}
		if info, err := f.Stat(); err == nil && h["Content-Encoding"] != nil && r.Header.Get("Range") == "" {
			h["Content-Length"] = []string{strconv.FormatInt(info.Size(), 10)} // ServeContent leaves it out of what is encoded
		}
		http.ServeContent(w, r, "", start, f)
	})
}

const nginxConf = `%sdaemon off;
worker_processes %d;
pid nginx.pid;
error_log error.log;
events { worker_connections 256; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  open_file_cache max=100;
  gzip_static on;
  gzip_vary on;
  types { application/rss+xml rss; }
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {
    listen %s;
    root %s;
    add_header Cache-Control "public, max-age=5";
  }
}
`

// nginx serves the folder until the benchmark ends; "" if there is no nginx.
func nginx(b *testing.B, root string) (address string, pid int) {
	b.Helper()
	path, err := exec.LookPath("nginx")
	if err != nil {
		b.Log("no nginx here: it is left out")
		return "", 0
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address = l.Addr().String()
	_ = l.Close()
	dir := b.TempDir()
	user := ""
	if os.Geteuid() == 0 { // its workers would otherwise not be let into the folder
		user = "user root;\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), fmt.Appendf(nil, nginxConf, user, runtime.GOMAXPROCS(0), address, root), 0o600); err != nil {
		b.Fatal(err)
	}
	var says bytes.Buffer
	cmd := exec.Command(path, "-p", dir, "-c", filepath.Join(dir, "nginx.conf"))
	cmd.Stderr = &says
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} // it never outlives this process
	if err := cmd.Start(); err != nil {
		b.Logf("nginx does not start and is left out: %v", err)
		return "", 0
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	b.Cleanup(func() { _ = cmd.Process.Signal(syscall.SIGTERM); <-ended })
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
	defer cancel()
	for {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return address, cmd.Process.Pid
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ended:
			b.Logf("nginx ended and is left out: %s", says.Bytes())
			return "", 0
		case <-ctx.Done():
			b.Logf("nginx does not answer and is left out: %s", says.Bytes())
			return "", 0
		}
	}
}
