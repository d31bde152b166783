package safehttp_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"loa/internal/safehttp"
)

func TestRedirectsAreSeen(t *testing.T) {
	srv, c := origin(t, safehttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a":
			http.Redirect(w, r, "b?x=1", http.StatusMovedPermanently)
		case "/b":
			w.Header().Set("Location", "/c#muc")
			w.WriteHeader(http.StatusTemporaryRedirect)
		case "/c":
			fmt.Fprint(w, "ok ", r.Header.Get("If-None-Match"), r.Header.Get("Authorization"))
		}
	})
	res, err := c.Do(t.Context(), &safehttp.Request{URL: srv.URL + "/a", Header: http.Header{"If-None-Match": {`"x"`}, "Authorization": {"Bearer 1"}}})
	if err != nil {
		t.Fatal(err)
	}
	want := []safehttp.Hop{
		{Status: 301, From: srv.URL + "/a", To: srv.URL + "/b?x=1"},
		{Status: 307, From: srv.URL + "/b?x=1", To: srv.URL + "/c"},
	}
	if diff := cmp.Diff(want, res.Hops); diff != "" {
		t.Error(diff)
	}
	// The validator went with its address; the credentials stay in the origin.
	if got := string(res.Body); got != "ok Bearer 1" || res.URL != srv.URL+"/c" {
		t.Errorf("%q from %s", got, res.URL)
	}
}

func TestRedirectToAnotherOrigin(t *testing.T) {
	var got http.Header
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r.Header.Clone() }))
	defer other.Close()
	srv, c := origin(t, safehttp.Options{UserAgent: "loa"}, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusPermanentRedirect)
	})
	_, err := c.Do(t.Context(), &safehttp.Request{URL: srv.URL, Header: http.Header{
		"Accept": {"application/rss+xml"}, "Authorization": {"Bearer 1"}, "Cookie": {"a=b"}, "X-Hub-Signature": {"sha256=0"},
		"If-Modified-Since": {"Mon, 24 Aug 2020 00:00:00 GMT"}, "A-IM": {"feed"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := http.Header{"Accept": {"application/rss+xml"}, "Accept-Encoding": {"gzip, deflate"}, "User-Agent": {"loa"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// A body is for the origin that it was written for.
	got = nil
	res, err := c.Do(t.Context(), &safehttp.Request{Method: "POST", URL: srv.URL, Body: []byte("bí mật")})
	if err != nil || res.Status != 308 || got != nil {
		t.Errorf("body followed a redirect to another origin: %+v, %v, %v", res, err, got)
	}
}

func TestRedirectTargets(t *testing.T) {
	for location, want := range map[string]error{
		"http://169.254.169.254/latest/meta-data/": safehttp.ErrForbiddenAddress,
		"http://10.0.0.1/":                         safehttp.ErrForbiddenAddress,
		"http://[::1]/":                            safehttp.ErrForbiddenAddress,
		"//192.168.0.1/":                           safehttp.ErrForbiddenAddress,
		"http://2130706433/":                       safehttp.ErrBadURL,
		"http://0x7f.0.0.1/":                       safehttp.ErrBadURL,
		"file:///etc/passwd":                       safehttp.ErrBadURL,
		"gopher://example.vn/":                     safehttp.ErrBadURL,
		"http://a:b@127.0.0.1/":                    safehttp.ErrBadURL,
		"http://%zz/":                              safehttp.ErrBadURL,
		"/self":                                    safehttp.ErrTooManyRedirects,
	} {
		t.Run(strings.ReplaceAll(location, "/", "_"), func(t *testing.T) {
			srv, c := origin(t, safehttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", location)
				w.WriteHeader(http.StatusFound)
			})
			if _, err := get(t, c, srv.URL+"/self"); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		})
	}
}

func TestRedirectLimit(t *testing.T) {
	asked := 0
	h := func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, fmt.Sprintf("/%d", asked), http.StatusFound)
	}
	srv, c := origin(t, safehttp.Options{MaxRedirects: 3}, h)
	if _, err := get(t, c, srv.URL); !errors.Is(err, safehttp.ErrTooManyRedirects) || asked != 4 {
		t.Errorf("%v after %d requests", err, asked)
	}
	srv, c = origin(t, safehttp.Options{MaxRedirects: -1}, h)
	if res, err := get(t, c, srv.URL); err != nil || res.Status != 302 || res.Header.Get("Location") == "" {
		t.Errorf("no redirects wanted: %+v, %v", res, err)
	}
}

func TestRedirectMethods(t *testing.T) {
	for _, tc := range []struct {
		method string
		status int
		want   string // the method of the second request; none when empty
	}{
		{"GET", 301, "GET"}, {"GET", 302, "GET"}, {"GET", 303, "GET"}, {"GET", 307, "GET"}, {"GET", 308, "GET"}, {"GET", 300, ""}, {"GET", 304, ""},
		{"HEAD", 303, "HEAD"}, {"POST", 301, ""}, {"POST", 302, ""}, {"POST", 303, ""}, {"POST", 307, "POST"}, {"POST", 308, "POST"},
	} {
		second := ""
		srv, c := origin(t, safehttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/to" {
				second = r.Method
				return
			}
			w.Header().Set("Location", "/to")
			w.WriteHeader(tc.status)
		})
		req := &safehttp.Request{Method: tc.method, URL: srv.URL}
		if tc.method == "POST" {
			req.Body = []byte("x")
		}
		res, err := c.Do(t.Context(), req)
		if err != nil || second != tc.want || (tc.want == "") != (res.Status == tc.status) {
			t.Errorf("%s %d: second request %q, want %q (%v)", tc.method, tc.status, second, tc.want, err)
		}
	}
}
