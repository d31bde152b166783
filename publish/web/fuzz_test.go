package web_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"loa/publish/web"
)

// Whatever is asked, nothing breaks: no panic, no 5xx, no half answer.
func FuzzRequest(f *testing.F) {
	w := newWorld(f)
	s := serverOf(f, w.province())
	for _, path := range []string{"/", "/feeds/all.rss", "/feeds/units/09025/y-te.json", "/articles/rut", "/articles/trung.json", "/robots.txt", "/feeds/units/251.rss", "/feeds/documents/19-NQ/TW.atom", "/feeds/documents/42-2022-NĐ-CP", "//", "/feeds/..", "/feeds/units/%00.rss", ""} {
		f.Add("GET", path, "application/atom+xml;q=0.9, */*", "lang=en&as_of=2020-08-24", "en-GB, vi;q=0.5", "gzip;q=0.5", `W/"a", *`, "Mon, 02 Mar 2026 01:06:00 GMT")
	}
	f.Add("HEAD", "/feeds/all", "text/html;q=0.1, application/xml", "as_of=%", "", "identity;q=0", `"`, "")
	f.Add("OPTIONS", "/feeds/all.atom", "", "", "*", "", "", "")
	f.Fuzz(func(t *testing.T, method, path, accept, query, language, coding, tags, date string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Method, r.URL = method, &url.URL{Path: path, RawQuery: query}
		r.Header["Accept-Language"] = []string{language}
		for k, v := range map[string]string{"Accept": accept, "Accept-Encoding": coding, "If-None-Match": tags, "If-Match": tags, "If-Modified-Since": date, "If-Unmodified-Since": date} {
			if v != "" {
				r.Header[k] = []string{v}
			}
		}
		rec := httptest.NewRecorder()
		s.Handler().ServeHTTP(rec, r)
		if rec.Code >= 500 || rec.Code < 200 {
			t.Errorf("%s %q: %d", method, path, rec.Code)
		}
		if !strings.HasPrefix(rec.Header().Get("Vary"), "Accept-Encoding") {
			t.Errorf("%s %q: no Vary", method, path)
		}
		if n := rec.Body.Len(); n > 0 && (rec.Code == 304 || rec.Code == 204) {
			t.Errorf("%s %q: %d with a body", method, path, rec.Code)
		}
		canonical, ok := web.Parse(path)
		if ok && canonical != path && !strings.HasPrefix(path, "/feeds/documents/") {
			t.Errorf("%q is taken for %q", path, canonical)
		}
		if again, is := web.Parse(canonical); ok && (!is || again != canonical) {
			t.Errorf("%q leads to %q, and that to %q", path, canonical, again)
		}
	})
}

// A shared cache may hold anything.
func FuzzDecode(f *testing.F) {
	d, err := web.NewDocument(bytes.Repeat([]byte("tin "), 50), 7, start, 200)
	if err != nil {
		f.Fatal(err)
	}
	b, err := web.Encode(d)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b[len(web.Sealed(nil)):])
	f.Add([]byte("\x00\x00\x00\x02{}"))
	f.Add([]byte("\xff\xff\xff\xff{}"))
	f.Add([]byte("\x00\x00\x00\x80" + `{"version":1,"modified":1,"status":200,"hash":"00000000000000000000000000000000","variants":[{"coding":"identity","length":-1}]}`))
	f.Fuzz(func(t *testing.T, rest []byte) {
		_, _ = web.Decode(rest)
		d, err := web.Decode(web.Sealed(rest))
		if err != nil {
			return
		}
		again, err := web.Encode(d)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := web.Decode(again); err != nil {
			t.Error(err)
		}
	})
}

// What was compressed is what it was, whatever it was.
func FuzzCompress(f *testing.F) {
	f.Add([]byte("Thông báo lịch cắt nước của xã"), uint16(40))
	f.Add([]byte{0, 255, 0}, uint16(3))
	f.Add([]byte{}, uint16(1))
	f.Fuzz(func(t *testing.T, b []byte, times uint16) {
		body := bytes.Repeat(b, int(times)%500)
		d, err := web.NewDocument(body, 1, start, 200)
		if err != nil {
			t.Fatal(err)
		}
		for _, coding := range []string{"gzip", "br", "zstd"} {
			if packed, ok := d.Body(coding); ok && !bytes.Equal(unpack(t, coding, packed), body) {
				t.Errorf("%s of %d bytes: other bytes", coding, len(body))
			}
		}
	})
}
