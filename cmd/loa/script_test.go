package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"loa/internal/cache/redistest"
)

var update = flag.Bool("update", false, "write the documents in testdata/*.txtar anew")

// The scripts in testdata run whole pipelines with the real program. Beside the
// commands of testscript they have:
//
//	expand PATTERN...        replace $NAME in files
//	exit CODE PROGRAM ARG... run it and demand the exit code
//	serve [NAME] [ARG...]    start `loa run ARG...` and wait until it is ready
//	stop [NAME]              SIGTERM; it must end with 0
//	crash [NAME]             SIGKILL
//	origin NAME DIR          serve the files of DIR at $NAME
//	get CODE [-m METHOD] [-h HEADER]... URL
//	got CODE ...             get until the answer is CODE
//	header NAME REGEXP       of the last answer
//	waitfor URL REGEXP       ask until 200 and the body match
//	waitgone URL REGEXP      ask until 200 and the body does not match
//	bearer FILE              post with this token from now on
//	post CODE FILE [-m METHOD] [-h HEADER]... URL
//	posted CODE FILE ...     post until the answer is CODE
//	articleid URLPART        $ARTICLE is the id of the item of the JSON Feed in stdout
//	capture NAME REGEXP      $NAME is the first group of the match in stdout
//	pretty                   indent the JSON lines of stdout
//
// $LISTEN, $ADMIN and $EVENTS are free addresses, $REDIS and $NATS are servers.
func TestScripts(t *testing.T) {
	red := redistest.Start(t)
	remote, _ := natsServer(t)
	testscript.Run(t, testscript.Params{
		Dir:           "testdata",
		Deadline:      time.Now().Add(3 * time.Minute), // a command that hangs names itself
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("REDIS", red.URL)
			e.Setenv("NATS", "nats://"+remote)
			for _, name := range []string{"LISTEN", "ADMIN", "EVENTS"} {
				e.Setenv(name, freePort(t))
			}
			s := &scriptState{servers: map[string]*scriptServer{}}
			e.Values[scriptKey{}] = s
			e.Defer(s.close)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"expand": scriptExpand, "exit": scriptExit, "serve": scriptServe, "stop": scriptStop, "crash": scriptCrash, "origin": scriptOrigin,
			"get": scriptGet, "got": scriptGot, "header": scriptHeader, "waitfor": scriptWaitFor, "pretty": scriptPretty, "articleid": scriptArticleID, "capture": scriptCapture,
			"post": scriptPost, "posted": scriptPosted, "bearer": scriptBearer, "waitgone": scriptWaitGone,
		},
	})
}

type scriptKey struct{}

// scriptState is what one script has open.
type scriptState struct {
	servers map[string]*scriptServer
	origins []*httptest.Server
	header  http.Header
	bearer  string // sent by post
}

func (s *scriptState) close() {
	for _, p := range s.servers {
		_ = p.cmd.Process.Kill()
		<-p.exited
	}
	for _, o := range s.origins {
		o.Close()
	}
}

type scriptServer struct {
	cmd    *exec.Cmd
	stdout bytes.Buffer // to be read after exited
	stderr *tail
	exited chan error
}

func state(ts *testscript.TestScript) *scriptState { return ts.Value(scriptKey{}).(*scriptState) }

func usage(ts *testscript.TestScript, ok bool, text string) {
	if !ok {
		ts.Fatalf("usage: %s", text)
	}
}

func scriptExpand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 0, "expand PATTERN...")
	for _, pattern := range args {
		files, err := filepath.Glob(ts.MkAbs(pattern))
		ts.Check(err)
		usage(ts, len(files) > 0, "expand: no file "+pattern)
		for _, f := range files {
			ts.Check(os.WriteFile(f, []byte(os.Expand(ts.ReadFile(f), ts.Getenv)), 0o600))
		}
	}
}

func scriptExit(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 1, "exit CODE PROGRAM ARG...")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var failed *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &failed) {
		got = failed.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// program is loa with the script's folder and environment, of which it needs but
// the path.
func program(ts *testscript.TestScript, args ...string) *exec.Cmd {
	exe, err := os.Executable()
	ts.Check(err)
	cmd := exec.Command(exe, args...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"LOA_TEST_MAIN=loa", "PATH=" + ts.Getenv("PATH"), "HOME=/no-home", "TMPDIR=" + ts.Getenv("TMPDIR"), "LOA_CONFIG=" + ts.Getenv("LOA_CONFIG")}
	if dir := os.Getenv("GOCOVERDIR"); dir != "" {
		cmd.Env = append(cmd.Env, "GOCOVERDIR="+dir)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

func serverName(args []string) (string, []string) {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		return args[0], args[1:]
	}
	return "server", args
}

func scriptServe(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg, "serve [NAME] [ARG...]")
	name, args := serverName(args)
	p := &scriptServer{cmd: program(ts, append([]string{"run"}, args...)...), stderr: &tail{}, exited: make(chan error, 1)}
	p.cmd.Stderr = p.stderr
	out, err := p.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(p.cmd.Start())
	state(ts).servers[name] = p
	first := make(chan string, 1)
	go func() {
		r := bufio.NewReader(io.TeeReader(out, &p.stdout))
		line, _ := r.ReadString('\n')
		first <- line
		_, _ = io.Copy(io.Discard, r)
		p.exited <- p.cmd.Wait()
	}()
	select {
	case line := <-first:
		if !strings.Contains(line, "ready") {
			ts.Fatalf("loa said %q\n%s", line, p.stderr)
		}
	case <-time.After(time.Minute):
		ts.Fatalf("loa is not ready after a minute\n%s", p.stderr)
	}
}

func takeServer(ts *testscript.TestScript, args []string) *scriptServer {
	name, _ := serverName(args)
	p := state(ts).servers[name]
	if p == nil {
		ts.Fatalf("no server %s", name)
	}
	delete(state(ts).servers, name)
	return p
}

func scriptStop(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) < 2, "stop [NAME]")
	p := takeServer(ts, args)
	ts.Check(p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-p.exited:
		if err != nil {
			ts.Fatalf("loa ended with %v\n%s", err, p.stderr)
		}
	case <-time.After(time.Minute):
		_ = p.cmd.Process.Kill()
		ts.Fatalf("loa does not stop\n%s", p.stderr)
	}
	_, _ = ts.Stdout().Write(p.stdout.Bytes())
	_, _ = io.WriteString(ts.Stderr(), p.stderr.String())
}

func scriptCrash(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) < 2, "crash [NAME]")
	p := takeServer(ts, args)
	ts.Check(p.cmd.Process.Kill())
	<-p.exited
}

func scriptOrigin(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "origin NAME DIR")
	dir := ts.MkAbs(args[1])
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := os.ReadFile(filepath.Join(dir, filepath.Base(r.URL.Path)))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(b)
	}))
	state(ts).origins = append(state(ts).origins, s)
	ts.Setenv(args[0], s.URL)
	ts.Setenv(args[0]+"_ADDR", strings.TrimPrefix(s.URL, "http://"))
}

func scriptGet(ts *testscript.TestScript, neg bool, args []string) {
	status, body := getURL(ts, neg, args)
	_, _ = io.WriteString(ts.Stdout(), body)
	if status != args[0] {
		ts.Fatalf("status %s, want %s\n%v\n%s", status, args[0], state(ts).header, body)
	}
}

// scriptGot asks until the status is the one that is wanted.
func scriptGot(ts *testscript.TestScript, neg bool, args []string) {
	for deadline := time.Now().Add(time.Minute); ; {
		status, body := getURL(ts, neg, args)
		if status == args[0] {
			_, _ = io.WriteString(ts.Stdout(), body)
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("status %s, want %s\n%v\n%s", status, args[0], state(ts).header, body)
		}
	}
}

func getURL(ts *testscript.TestScript, neg bool, args []string) (status, answer string) {
	const form = "get CODE [-m METHOD] [-h HEADER]... URL"
	usage(ts, !neg && len(args) > 1, form)
	method, fields := http.MethodGet, http.Header{}
	rest := args[1:]
	for ; len(rest) > 2 && rest[0][0] == '-'; rest = rest[2:] {
		switch rest[0] {
		case "-m":
			method = rest[1]
		case "-h":
			k, v, _ := strings.Cut(rest[1], ":")
			fields.Add(k, strings.TrimSpace(v))
		}
	}
	usage(ts, len(rest) == 1, form)
	req, err := http.NewRequest(method, rest[0], http.NoBody)
	ts.Check(err)
	req.Header = fields
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	ts.Check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ts.Check(err)
	state(ts).header = res.Header
	return strconv.Itoa(res.StatusCode), string(body)
}

func scriptHeader(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) == 2, "[!] header NAME REGEXP")
	got := strings.Join(state(ts).header.Values(args[0]), ", ")
	if regexp.MustCompile(args[1]).MatchString(got) == neg {
		ts.Fatalf("%s: %q", args[0], got)
	}
	// What stdout matches is still the body.
	_, _ = io.WriteString(ts.Stdout(), ts.ReadFile("stdout"))
}

func scriptWaitFor(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "waitfor URL REGEXP")
	want := regexp.MustCompile("(?m)" + args[1])
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	said := ""
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		res, err := client.Get(args[0])
		if err != nil {
			said = err.Error()
			continue
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if said = res.Status + "\n" + string(body); err == nil && res.StatusCode == http.StatusOK && want.Match(body) {
			_, _ = ts.Stdout().Write(body)
			return
		}
	}
	for name, p := range state(ts).servers {
		ts.Logf("[%s]\n%s", name, p.stderr)
	}
	ts.Fatalf("never came: %s; last: %s", args[1], said)
}

func scriptPretty(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 0, "pretty")
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		var b bytes.Buffer
		ts.Check(json.Indent(&b, []byte(line), "", "  "))
		_, _ = ts.Stdout().Write(b.Bytes())
	}
}

func scriptCapture(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "capture NAME REGEXP")
	m := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	usage(ts, len(m) == 2, "capture: one group that matches")
	ts.Setenv(args[0], m[1])
}

// scriptArticleID takes the id as it stands in the paths of articles: what follows
// the last slash of the tag URI.
func scriptArticleID(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "articleid URLPART")
	var f jsonFeed
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &f))
	for _, it := range f.Items {
		if strings.Contains(it.URL, args[0]) {
			ts.Setenv("ARTICLE", it.ID[strings.LastIndexByte(it.ID, '/')+1:])
			return
		}
	}
	ts.Fatalf("no item with %s", args[0])
}
