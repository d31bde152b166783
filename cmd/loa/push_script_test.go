package main

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptBearer sends the token in the file with every post that follows.
func scriptBearer(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "bearer FILE")
	state(ts).bearer = strings.TrimSpace(ts.ReadFile(args[0]))
}

// scriptPost sends the file; scriptPosted does so until the status is the one that
// is wanted, for what a server takes up within seconds.
func scriptPost(ts *testscript.TestScript, neg bool, args []string) {
	status, body := postFile(ts, neg, args)
	if status != args[0] {
		ts.Fatalf("status %s, want %s\n%s", status, args[0], body)
	}
}

func scriptPosted(ts *testscript.TestScript, neg bool, args []string) {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		status, body := postFile(ts, neg, args)
		if status == args[0] {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("status %s, want %s\n%s", status, args[0], body)
		}
	}
}

func postFile(ts *testscript.TestScript, neg bool, args []string) (status, body string) {
	const form = "post CODE FILE [-m METHOD] [-h HEADER]... URL"
	usage(ts, !neg && len(args) > 2, form)
	b, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	method, fields := http.MethodPost, http.Header{}
	rest := args[2:]
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
	req, err := http.NewRequest(method, rest[0], strings.NewReader(string(b)))
	ts.Check(err)
	req.Header = fields
	if t := state(ts).bearer; t != "" {
		req.Header.Set("Authorization", "Bearer "+t)
	}
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	ts.Check(err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	ts.Check(err)
	state(ts).header = res.Header
	_, _ = ts.Stdout().Write(answer)
	return strconv.Itoa(res.StatusCode), string(answer)
}

// scriptWaitGone asks until 200 and the body does not match any more.
func scriptWaitGone(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "waitgone URL REGEXP")
	what := regexp.MustCompile("(?m)" + args[1])
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		res, err := client.Get(args[0])
		ts.Check(err)
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err == nil && res.StatusCode == http.StatusOK && !what.Match(body) {
			return
		}
	}
	ts.Fatalf("never went: %s", args[1])
}
