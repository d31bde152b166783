package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestScript runs testdata/*.txt against real servers: http.txt with the village,
// the others with the province behind them. Requests are paragraphs:
//
//	GET /feeds/all.rss          the request
//	> Accept-Encoding: gzip     its header fields; it accepts what browsers do,
//	                            if it does not say what
//	200                         the status of the answer
//	Vary: Accept-Encoding       a field that it has
//	ETag ~ ^"[0-9a-f]+"$        a field that matches
//	! Warning                   a field that it has not
//	body ~ <title>              the body, decoded, matches
//	! body ~ <fh:archive        the body does not match
//	body = ""                   the body is
//	tag = ETag                  remembers a field, later to be had by $tag
func TestScript(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d scripts: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			w := newWorld(t)
			o := w.options()
			if filepath.Base(file) == "http.txt" {
				w.village()
			} else {
				o = w.province()
			}
			runScript(t, file, serverOf(t, o).Handler())
		})
	}
}

func runScript(t *testing.T, file string, h http.Handler) {
	t.Helper()
	srv := httptest.NewServer(h)
	defer srv.Close()
	script, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	vars := map[string]string{}
	var rq *http.Request
	var resp *http.Response
	var body string
	for n, line := range strings.Split(string(script), "\n") {
		fail := func(format string, args ...any) {
			t.Helper()
			t.Errorf("%s:%d: %s: %s", file, n+1, line, fmt.Sprintf(format, args...))
		}
		line = strings.TrimSpace(line)
		text := os.Expand(line, func(k string) string {
			if v, ok := vars[k]; ok {
				return v
			}
			return "$" + k
		})
		method, path, isRequest := strings.Cut(text, " ")
		isRequest = isRequest && regexp.MustCompile(`^[A-Z]{3,}$`).MatchString(method) && strings.HasPrefix(path, "/")
		switch {
		case line == "" || line[0] == '#':
		case isRequest:
			if rq, err = http.NewRequest(method, srv.URL+path, nil); err != nil {
				t.Fatal(err)
			}
			resp = nil
		case line[0] == '>':
			k, v, _ := strings.Cut(text[2:], ": ")
			rq.Header.Add(k, v)
		case resp == nil:
			if _, says := rq.Header["Accept"]; !says {
				rq.Header.Set("Accept", browser)
			}
			if resp, err = client.Do(rq); err != nil {
				t.Fatal(err)
			}
			body = read(t, resp)
			if want, _ := strconv.Atoi(line); resp.StatusCode != want {
				fail("status %d, %q", resp.StatusCode, body)
			}
		case strings.HasPrefix(line, "! ") && !strings.HasPrefix(line, "! body"):
			if v, ok := resp.Header[http.CanonicalHeaderKey(line[2:])]; ok {
				fail("it is %q", v)
			}
		case strings.HasPrefix(line, "! body ~ "):
			if regexp.MustCompile(text[9:]).MatchString(body) {
				fail("body is %.2000q", body)
			}
		case strings.HasPrefix(line, "body ~ "):
			if !regexp.MustCompile(text[7:]).MatchString(body) {
				fail("body is %.2000q", body)
			}
		case strings.HasPrefix(line, "body = "):
			if got := strconv.Quote(body); got != text[7:] {
				fail("body is %s", got)
			}
		default:
			if k, v, ok := strings.Cut(text, ": "); ok && !strings.ContainsAny(k, " ~") {
				if got := strings.Join(resp.Header[http.CanonicalHeaderKey(k)], " | "); got != v {
					fail("it is %q", got)
				}
			} else if k, v, ok := strings.Cut(text, " ~ "); ok {
				if got := resp.Header.Get(k); !regexp.MustCompile(v).MatchString(got) {
					fail("it is %q", got)
				}
			} else if k, v, ok := strings.Cut(text, " = "); ok {
				vars[k] = resp.Header.Get(v)
			} else {
				fail("not understood")
			}
		}
	}
}

func read(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > 0 {
		b = unpack(t, resp.Header.Get("Content-Encoding"), b)
	}
	return string(b)
}
