package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/rogpeppe/go-internal/testscript"
	"go.yaml.in/yaml/v4"
)

// The test binary is also the program under test, so that tests run real
// processes which can be killed: with LOA_TEST_MAIN=loa it is loa, with =nats a
// NATS server on the address in its first argument and the folder in its second.
func TestMain(m *testing.M) {
	switch os.Getenv("LOA_TEST_MAIN") {
	case "loa":
		main()
		return
	case "nats":
		natsMain(os.Args[1], os.Args[2])
		return
	}
	testscript.Main(m, map[string]func(){"loa": main})
}

// natsMain is a NATS server in a process of its own.
func natsMain(listen, dir string) {
	host, port, _ := net.SplitHostPort(listen)
	o := &server.Options{Host: host, JetStream: true, StoreDir: dir, SyncInterval: time.Second, NoLog: true}
	fmt.Sscan(port, &o.Port)
	s, err := server.NewServer(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	s.Start()
	s.WaitForShutdown()
}

// freePort is an address that nothing listens on. Another process might take it
// before it is used, which has not been seen to happen.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// server is a loa process.
type process struct {
	t      testing.TB
	config string
	cfg    map[string]any
	cmd    *exec.Cmd
	stderr *tail
	exited chan error
}

// tail keeps the end of what a process says.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (w *tail) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.b = append(w.b, p...)
	if len(w.b) > 64<<10 {
		w.b = w.b[len(w.b)-64<<10:]
	}
	return len(p), nil
}

func (w *tail) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.b)
}

// newProcess writes a configuration with free ports; change adds to it.
func newProcess(t testing.TB, change map[string]any) *process {
	t.Helper()
	dir := t.TempDir()
	cfg := map[string]any{
		"listen": freePort(t), "admin": freePort(t), "data": filepath.Join(dir, "data"),
		"outgoing": map[string]any{"allow": []string{"127.0.0.0/8"}, "contact": "mailto:quantri@example.vn"},
		"limits":   map[string]any{"client": "0"},
	}
	for k, v := range change {
		cfg[k] = v
	}
	b, err := yaml.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, config: filepath.Join(dir, "loa.yaml"), cfg: cfg}
	if err := os.WriteFile(p.config, b, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.kill() })
	return p
}

func self(t testing.TB, role string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), "LOA_TEST_MAIN="+role)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// start runs the server and returns when it says that it is ready.
func (p *process) start(args ...string) {
	p.t.Helper()
	p.cmd = self(p.t, "loa", append([]string{"run", "--config", p.config}, args...)...)
	p.stderr = &tail{}
	p.cmd.Stderr = p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	ready := make(chan string, 1)
	p.exited = make(chan error, 1)
	go func() {
		r := bufio.NewReader(out)
		line, _ := r.ReadString('\n')
		ready <- line
		_, _ = io.Copy(io.Discard, r)
		p.exited <- p.cmd.Wait()
	}()
	select {
	case line := <-ready:
		if !strings.Contains(line, "ready") {
			p.t.Fatalf("loa said %q\n%s", line, p.stderr)
		}
	case <-time.After(60 * time.Second):
		p.t.Fatalf("loa is not ready after a minute\n%s", p.stderr)
	}
}

// kill ends the process at once, as a power cut would.
func (p *process) kill() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	<-p.exited
	p.cmd = nil
}

// stop asks it to end, and demands that it does so well.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case err := <-p.exited:
		if err != nil {
			p.t.Errorf("loa ended with %v\n%s", err, p.stderr)
		}
	case <-time.After(60 * time.Second):
		p.t.Fatalf("loa does not stop\n%s", p.stderr)
	}
	p.cmd = nil
}

func (p *process) url(path string) string { return "http://" + p.cfg["listen"].(string) + path }

// get returns the body and the status.
func (p *process) get(path string) (string, int) {
	p.t.Helper()
	return fetch(p.t, p.url(path))
}

// metric is the sum of the samples whose line starts with the name.
func (p *process) metric(name string) float64 {
	p.t.Helper()
	body, _ := fetch(p.t, "http://"+p.cfg["admin"].(string)+"/metrics")
	sum := 0.0
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, name) {
			var v float64
			fmt.Sscan(line[strings.LastIndexByte(line, ' ')+1:], &v)
			sum += v
		}
	}
	return sum
}

func fetch(t testing.TB, url string) (string, int) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		return err.Error(), 0
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error(), 0
	}
	return string(b), res.StatusCode
}

// loa runs a command in this process and returns what it prints and its exit code.
func loa(t testing.TB, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(context.Background(), args, strings.NewReader(stdin), &out, &errs, func(string) string { return "" })
	return out.String(), errs.String(), code
}

// until waits for what must come, within two minutes.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatal("never came: " + what)
		}
		time.Sleep(25 * time.Millisecond)
	}
}

// jsonFeed is a JSON Feed document, as far as tests look at it.
type jsonFeed struct {
	Title string `json:"title"`
	Items []struct {
		ID          string   `json:"id"`
		URL         string   `json:"url"`
		Title       string   `json:"title"`
		Summary     string   `json:"summary"`
		ContentHTML string   `json:"content_html"`
		Published   string   `json:"date_published"`
		Tags        []string `json:"tags"`
		Authors     []struct {
			Name string `json:"name"`
		} `json:"authors"`
		Loa struct {
			Unit         string   `json:"unit"`
			Precision    string   `json:"date_precision"`
			PublishedRaw string   `json:"published_raw"`
			Channels     []string `json:"channels"`
			Revision     int      `json:"revision"`
		} `json:"_loa"`
	} `json:"items"`
}

func (p *process) feed(path string) (f jsonFeed) {
	p.t.Helper()
	body, status := p.get("/feeds/" + path + ".json")
	if status == http.StatusOK {
		if err := json.Unmarshal([]byte(body), &f); err != nil {
			p.t.Fatal(err)
		}
	}
	return f
}

func (f jsonFeed) titles() string {
	var out []string
	for _, it := range f.Items {
		out = append(out, it.Title)
	}
	return strings.Join(out, " | ")
}

// portal is an origin whose feed grows.
type portal struct {
	*httptest.Server
	mu    sync.Mutex
	items int
	polls int
}

// newPortal serves /rss with the articles <name> 1..items.
func newPortal(t testing.TB, name string) *portal {
	p := &portal{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		p.polls++
		n := p.items
		p.mu.Unlock()
		w.Header().Set("Content-Type", "application/rss+xml")
		fmt.Fprintf(w, `<?xml version="1.0"?><rss version="2.0"><channel><title>%s</title><link>https://%s.example.vn/</link><description>Tin</description>`, name, name)
		for i := n; i > max(0, n-200); i-- {
			fmt.Fprintf(w, `<item><title>%s tin số %d</title><link>https://%s.example.vn/tin/%d</link><guid isPermaLink="false">%s-%d</guid><pubDate>Fri, 20 Nov 2026 08:%02d:%02d +0700</pubDate><description>Nội dung tin số %d</description></item>`,
				name, i, name, i, name, i, i/60%60, i%60, i)
		}
		fmt.Fprint(w, `</channel></rss>`)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *portal) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.items += n
}

func (p *portal) count() (items, polls int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.items, p.polls
}
