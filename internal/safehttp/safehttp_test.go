package safehttp_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"loa/internal/safehttp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// origin is a hostile or friendly server on loopback, and a client that may
// reach it.
func origin(t *testing.T, o safehttp.Options, h http.HandlerFunc) (*httptest.Server, *safehttp.Client) {
	t.Helper()
	srv := httptest.NewServer(h)
	if o.Allow == nil {
		o.Allow = loopback
	}
	c := safehttp.New(o)
	t.Cleanup(func() { c.Close(); srv.Close() })
	return srv, c
}

func get(t *testing.T, c *safehttp.Client, url string) (*safehttp.Response, error) {
	t.Helper()
	return c.Do(t.Context(), &safehttp.Request{URL: url})
}

func TestPlainAnswer(t *testing.T) {
	srv, c := origin(t, safehttp.Options{UserAgent: "loa (+https://example.vn)"}, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Referer") != "" || r.Header.Get("Cookie") != "" {
			t.Error("Referer or Cookie sent")
		}
		w.Header().Set("ETag", `W/"1"`)
		http.SetCookie(w, &http.Cookie{Name: "phien", Value: "1"})
		fmt.Fprint(w, r.Method, " ", r.UserAgent(), " ", r.Header.Get("If-None-Match"))
	})
	for range 2 {
		res, err := c.Do(t.Context(), &safehttp.Request{URL: srv.URL + "/rss#top", Header: http.Header{"If-None-Match": {`W/"0"`}}})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := string(res.Body), `GET loa (+https://example.vn) W/"0"`; got != want {
			t.Errorf("body %q, want %q", got, want)
		}
		if res.Status != 200 || res.Header.Get("ETag") != `W/"1"` || res.URL != srv.URL+"/rss" || res.Truncated || res.Hops != nil {
			t.Errorf("%+v", res)
		}
	}
}

func TestBodyIsSent(t *testing.T) {
	srv, c := origin(t, safehttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprintf(w, "%s %s %d %s", r.Method, r.Header.Get("Content-Type"), r.ContentLength, b)
	})
	res, err := c.Do(t.Context(), &safehttp.Request{
		Method: "POST", URL: srv.URL, Body: []byte("hub.mode=subscribe"),
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Content-Length": {"9999"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(res.Body); res.Status != 202 || got != "POST application/x-www-form-urlencoded 18 hub.mode=subscribe" {
		t.Errorf("%d %q", res.Status, got)
	}
}

func TestRefusedURLs(t *testing.T) {
	c := safehttp.New(safehttp.Options{})
	defer c.Close()
	forbidden := []string{
		"http://0.0.0.0/", "http://0.1.2.3/", "http://10.0.0.1/", "http://100.64.0.1/", "http://127.0.0.1/", "http://127.8.8.8:8080/",
		"http://169.254.169.254/latest/meta-data/", "http://172.16.0.1/", "http://172.31.255.255/", "http://192.0.0.1/", "http://192.0.2.1/",
		"http://192.88.99.1/", "http://192.168.1.1/", "http://198.18.0.1/", "http://198.51.100.1/", "http://203.0.113.1/",
		"http://224.0.0.1/", "http://239.255.255.250/", "http://240.0.0.1/", "http://255.255.255.255/",
		"http://[::]/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:a9fe:a9fe]/", "http://[::127.0.0.1]/",
		"http://[64:ff9b::7f00:1]/", "http://[64:ff9b:1::1]/", "http://[100::1]/", "http://[2001::1]/", "http://[2001:db8::1]/",
		"http://[2002:7f00:1::]/", "http://[3fff::1]/", "http://[5f00::1]/", "http://[fc00::1]/", "http://[fd12:3456::1]/", "http://[fe80::1]/",
		"http://[fec0::1]/", "http://[ff02::1]/", "https://[::1]:8443/", "http://１２７.０.０.１/",
	}
	for _, u := range forbidden {
		if _, err := get(t, c, u); !errors.Is(err, safehttp.ErrForbiddenAddress) {
			t.Errorf("%s: %v, want ErrForbiddenAddress", u, err)
		} else if !strings.Contains(err.Error(), "outgoing.allow") {
			t.Errorf("%s: %v does not say what to do", u, err)
		}
	}
	bad := []string{
		"", "   ", "/tin.rss", "//example.vn/", "example.vn", "http://", "http:///tin", "http:example.vn/tin", "ftp://example.vn/", "file:///etc/passwd",
		"gopher://example.vn/", "data:text/plain,x", "javascript:alert(1)", "http://quantri:matkhau@example.vn/", "http://@example.vn/",
		"http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/", "http://017700000001/", "http://127.1/", "http://127.0.1/",
		"http://127.0.0.1./", "http://127.0.0.01/", "http://0x/", "http://1.2.3.4.5/", "http://example.0x1f/", "http://256.1.1.1/", "http://0xA9FEA9FE/",
		"http://exa mple.vn/", "http://example.vn:port/", "http://[::1%25eth0]/", "http://[::1/", "http://ex\x00ample.vn/", "http://example.vn/\x7f",
		"http://example.vn/" + strings.Repeat("a", 9000),
	}
	for _, u := range bad {
		_, err := get(t, c, u)
		if !errors.Is(err, safehttp.ErrBadURL) && !(strings.Contains(u, "%25") && errors.Is(err, safehttp.ErrForbiddenAddress)) {
			t.Errorf("%.60q: %v, want ErrBadURL", u, err)
		}
		if err != nil && strings.Contains(err.Error(), "matkhau") {
			t.Errorf("the error tells the secret: %v", err)
		}
	}
}

func TestAllowedRangeAlone(t *testing.T) {
	c := safehttp.New(safehttp.Options{Allow: []netip.Prefix{netip.MustParsePrefix("::ffff:127.0.0.0/104"), netip.MustParsePrefix("fd00::/8")}})
	defer c.Close()
	if _, err := get(t, c, "http://10.0.0.1/"); !errors.Is(err, safehttp.ErrForbiddenAddress) {
		t.Errorf("10.0.0.1: %v", err)
	}
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	for _, u := range []string{srv.URL, strings.Replace(srv.URL, "127.0.0.1", "[::ffff:127.0.0.1]", 1)} {
		if res, err := get(t, c, u); err != nil || res.Status != 404 {
			t.Errorf("%s: %v", u, err)
		}
	}
}

func TestContentCodings(t *testing.T) {
	text := []byte(strings.Repeat("Ủy ban nhân dân xã thông báo lịch tiêm chủng. ", 200))
	pack := func(f func(io.Writer) io.WriteCloser, b []byte) []byte {
		var buf bytes.Buffer
		w := f(&buf)
		_, _ = w.Write(b)
		_ = w.Close()
		return buf.Bytes()
	}
	gz := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	zl := func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
	fl := func(w io.Writer) io.WriteCloser { z, _ := flate.NewWriter(w, 6); return z }
	for _, tc := range []struct {
		name, coding string
		body         []byte
		truncated    bool
		err          error
	}{
		{"identity", "identity", text, false, nil},
		{"gzip", "gzip", pack(gz, text), false, nil},
		{"x-gzip in capitals", "X-GZIP", pack(gz, text), false, nil},
		{"deflate as zlib", "deflate", pack(zl, text), false, nil},
		{"deflate bare", "deflate", pack(fl, text), false, nil},
		{"twice", "gzip, gzip", pack(gz, pack(gz, text)), false, nil},
		{"gzip claimed, plain sent", "gzip", text, false, nil},
		{"gzip cut", "gzip", pack(gz, text)[:60], true, nil},
		{"gzip cut in its header", "gzip", pack(gz, text)[:5], true, nil},
		{"gzip broken", "gzip", append([]byte{0x1f, 0x8b, 7}, text...), false, gzip.ErrHeader},
		{"empty", "gzip", nil, false, nil},
		{"not asked for", "br", text, false, safehttp.ErrUnknownEncoding},
		{"too many", "gzip, gzip, gzip", text, false, safehttp.ErrTooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv, c := origin(t, safehttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Encoding", tc.coding)
				_, _ = w.Write(tc.body)
			})
			res, err := get(t, c, srv.URL)
			if !errors.Is(err, tc.err) {
				t.Fatalf("error %v, want %v", err, tc.err)
			}
			if err != nil {
				return
			}
			if res.Truncated != tc.truncated {
				t.Errorf("truncated %v", res.Truncated)
			}
			if len(tc.body) > 0 && !tc.truncated && !bytes.Equal(res.Body, text) {
				t.Errorf("body of %d bytes, want %d", len(res.Body), len(text))
			}
			if !bytes.HasPrefix(text, res.Body) || res.Header.Get("Content-Encoding") != "" {
				t.Error("body or header is not the decoded one")
			}
		})
	}
}

func TestTooLarge(t *testing.T) {
	endless := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	}
	members := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		var empty bytes.Buffer
		_ = gzip.NewWriter(&empty).Close()
		for r.Context().Err() == nil {
			if _, err := w.Write(empty.Bytes()); err != nil {
				return
			}
		}
	}
	bomb := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.CopyN(z, zeros{}, 64<<20)
		_ = z.Close()
	}
	header := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Dai", strings.Repeat("a", 200<<10))
	}
	for name, tc := range map[string]struct {
		h   http.HandlerFunc
		max int64
	}{
		"endless body":          {endless, 100_000},
		"endless empty members": {members, 100_000},
		"bomb by size":          {bomb, 100_000},
		"bomb by ratio":         {bomb, 128 << 20},
		"endless header":        {header, 0},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c := origin(t, safehttp.Options{MaxBytes: tc.max}, tc.h)
			res, err := get(t, c, srv.URL)
			if !errors.Is(err, safehttp.ErrTooLarge) || res != nil {
				t.Errorf("%v, %v", res, err)
			}
		})
	}
	t.Run("to the byte", func(t *testing.T) {
		srv, c := origin(t, safehttp.Options{MaxBytes: 10}, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "0123456789") })
		if res, err := get(t, c, srv.URL); err != nil || len(res.Body) != 10 {
			t.Errorf("at the limit: %v", err)
		}
		if _, err := c.Do(t.Context(), &safehttp.Request{URL: srv.URL, MaxBytes: 9}); !errors.Is(err, safehttp.ErrTooLarge) {
			t.Errorf("a byte over the request's limit: %v", err)
		}
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestCutConnection(t *testing.T) {
	srv, c := origin(t, safehttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, "<rss>")
	})
	res, err := get(t, c, srv.URL)
	if err != nil || !res.Truncated || string(res.Body) != "<rss>" {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestNoProxyFromEnvironment(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	t.Setenv("ALL_PROXY", "http://127.0.0.1:1")
	srv, c := origin(t, safehttp.Options{}, func(w http.ResponseWriter, r *http.Request) {})
	if _, err := get(t, c, srv.URL); err != nil {
		t.Error(err)
	}
}

func TestCertificateIsVerified(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = nil
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	c := safehttp.New(safehttp.Options{Allow: loopback})
	defer c.Close()
	var unknown x509.UnknownAuthorityError
	if _, err := get(t, c, srv.URL); !errors.As(err, &unknown) {
		t.Errorf("unknown authority: %v", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	known := safehttp.New(safehttp.Options{Allow: loopback, Roots: roots})
	defer known.Close()
	if res, err := get(t, known, srv.URL); err != nil || res.Status != 404 {
		t.Errorf("known authority: %v", err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	srv, c := origin(t, safehttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		cancel()
		<-r.Context().Done()
	})
	if _, err := c.Do(ctx, &safehttp.Request{URL: srv.URL}); !errors.Is(err, context.Canceled) || errors.Is(err, safehttp.ErrTimeout) {
		t.Error(err)
	}
}
