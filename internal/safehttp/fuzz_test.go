package safehttp_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/netip"
	"testing"

	"loa/internal/safehttp"
)

// An address that is let through has a public host, as far as the text tells.
func FuzzCheckURL(f *testing.F) {
	for _, s := range []string{
		"http://example.vn/", "https://127.0.0.1:80/", "http://0x7f.1/", "http://[::ffff:10.0.0.1]/", "http://a@b/", "http://１.2.3.4/", "//x", "http://ⅷ.0.0.1",
	} {
		f.Add(s)
	}
	c := safehttp.New(safehttp.Options{})
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := c.CheckURL(raw)
		if err != nil {
			return
		}
		if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
			t.Errorf("%q let through as %q", raw, u)
		}
		if a, err := netip.ParseAddr(u.Hostname()); err == nil {
			if a = a.Unmap(); !a.IsGlobalUnicast() || a.IsPrivate() {
				t.Errorf("%q let through", raw)
			}
		}
	})
}

// Whatever a body is in, what comes of it keeps the limit.
func FuzzBody(f *testing.F) {
	f.Add("gzip", []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff})
	f.Add("deflate", []byte{0x78, 0x9c, 3, 0})
	f.Add("gzip, deflate", []byte("<rss/>"))
	f.Fuzz(func(t *testing.T, coding string, wire []byte) {
		const limit = 1000
		body, _, err := safehttp.Read(&http.Response{
			StatusCode: 200, Header: http.Header{"Content-Encoding": {coding}},
			Body: nopCloser{bytes.NewReader(wire)}, Request: &http.Request{Method: "GET"},
		}, limit)
		if len(body) > limit || err != nil && body != nil {
			t.Error(fmt.Sprint(len(body)), err)
		}
	})
}

type nopCloser struct{ *bytes.Reader }

func (nopCloser) Close() error { return nil }
