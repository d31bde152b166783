package web_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"loa/feeds"
)

// answer is what a server said to a request.
type answer struct {
	request *http.Request
	status  int
	header  http.Header
	body    []byte // as it was sent
}

// asker asks a server over HTTP.
type asker struct {
	t      *testing.T
	url    string
	client *http.Client
}

func newAsker(t *testing.T, h http.Handler) *asker {
	srv := httptest.NewServer(h)
	client := &http.Client{
		Transport:     &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(func() { client.CloseIdleConnections(); srv.Close() })
	return &asker{t, srv.URL, client}
}

func (a *asker) ask(method, path string, lines ...string) *answer {
	a.t.Helper()
	rq, err := http.NewRequest(method, a.url+path, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	for _, line := range lines {
		k, v, _ := strings.Cut(line, ": ")
		rq.Header.Add(k, v)
	}
	resp, err := a.client.Do(rq)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return &answer{rq, resp.StatusCode, resp.Header, body}
}

// lint says what is wrong with an answer by itself.
func (a *answer) lint() []string {
	var out []string
	bad := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	get := a.header.Get
	for name, values := range a.header {
		if len(values) != 1 {
			bad("%s is sent %d times", name, len(values))
		}
		for _, v := range values {
			if v == "" || strings.TrimSpace(v) != v || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) {
				bad("%s: %q", name, v)
			}
		}
	}
	for _, name := range []string{"Age", "Warning", "Pragma", "Expires", "Set-Cookie", "Server", "X-Powered-By", "Transfer-Encoding", "Accept-Ranges", "P3p"} {
		if _, ok := a.header[name]; ok {
			bad("%s is sent", name)
		}
	}
	date, err := http.ParseTime(get("Date"))
	if err != nil {
		bad("Date: %v", err)
	}
	if vary := strings.Split(get("Vary"), ", "); !slices.Contains(vary, "Accept-Encoding") || len(vary) > 3 {
		bad("Vary %q", vary)
	}
	if get("X-Content-Type-Options") != "nosniff" {
		bad("may be sniffed")
	}
	out = append(out, lintCacheControl(get("Cache-Control"), a.status, a.request.Method)...)
	if lm := get("Last-Modified"); lm != "" {
		if t, err := http.ParseTime(lm); err != nil || t.After(date) || t.UTC().Format(http.TimeFormat) != lm {
			bad("Last-Modified %q at %v", lm, date)
		}
	}
	hasContent := a.status != http.StatusNoContent && a.status != http.StatusNotModified
	for _, name := range []string{"Content-Type", "Content-Length"} {
		if _, ok := a.header[name]; ok != hasContent {
			bad("%s: %v", name, ok)
		}
	}
	if t := get("Content-Type"); hasContent && (strings.HasPrefix(t, "text/") || strings.Contains(t, "xml")) && !strings.HasSuffix(t, "; charset=utf-8") {
		bad("Content-Type %q without charset", t)
	}
	if n, _ := strconv.Atoi(get("Content-Length")); hasContent && a.request.Method != http.MethodHead && n != len(a.body) {
		bad("Content-Length %d of %d bytes", n, len(a.body))
	}
	if len(a.body) > 0 && (!hasContent || a.request.Method == http.MethodHead) {
		bad("%d bytes", len(a.body))
	}
	if c := get("Content-Encoding"); c != "" && (!hasContent || !strings.Contains(a.request.Header.Get("Accept-Encoding"), c)) {
		bad("Content-Encoding %q was not asked for", c)
	}
	if !hasContent && get("Content-Language") != "" {
		bad("Content-Language without content")
	}
	etag := get("Etag")
	switch a.status {
	case http.StatusOK, http.StatusNotModified:
		plain := strings.HasSuffix(a.request.URL.Path, "robots.txt")
		if !plain && (!regexp.MustCompile(`^"[!#-~]+"$`).MatchString(etag) || get("Last-Modified") == "") {
			bad("validators %q, %q", etag, get("Last-Modified"))
		}
	default:
		if etag != "" || get("Last-Modified") != "" || get("Content-Location") != "" {
			bad("validators or Content-Location with %d", a.status)
		}
	}
	if (get("Location") != "") != (a.status == http.StatusMovedPermanently) {
		bad("Location %q", get("Location"))
	}
	if (get("Allow") != "") != (a.status == http.StatusMethodNotAllowed || a.request.Method == http.MethodOptions) {
		bad("Allow %q", get("Allow"))
	}
	if (get("Retry-After") != "") != (a.status == http.StatusServiceUnavailable) {
		bad("Retry-After %q", get("Retry-After"))
	}
	isFeed := strings.Contains(get("Content-Type"), "rss+xml") || strings.Contains(get("Content-Type"), "atom+xml") || strings.Contains(get("Content-Type"), "feed+json")
	if link := get("Link"); isFeed && a.status == http.StatusOK && strings.Count(link, `rel="self"`) != 1 || a.status >= 300 && a.status != 304 && link != "" {
		bad("Link %q", link)
	}
	if isFeed && (get("Access-Control-Allow-Origin") != "*" || get("Access-Control-Expose-Headers") == "" || get("Content-Language") != "vi") {
		bad("not for scripts, or without a language")
	}
	return out
}

// lintCacheControl looks at the directives of an answer.
func lintCacheControl(s string, status int, method string) []string {
	var out []string
	seen := map[string]string{}
	for part := range strings.SplitSeq(s, ", ") {
		name, value, _ := strings.Cut(part, "=")
		if _, twice := seen[name]; twice || !slices.Contains([]string{"", "max-age", "stale-while-revalidate", "stale-if-error", "no-store"}, name) {
			out = append(out, fmt.Sprintf("Cache-Control %q: %s", s, name))
		}
		seen[name] = value
	}
	_, noStore := seen["no-store"]
	_, fresh := seen["max-age"]
	switch {
	case noStore && len(seen) > 1:
		out = append(out, fmt.Sprintf("Cache-Control %q contradicts itself", s))
	case !noStore && !fresh && method != http.MethodOptions:
		out = append(out, fmt.Sprintf("Cache-Control %q: caches may guess", s))
	case fresh && status >= 500:
		out = append(out, fmt.Sprintf("Cache-Control %q of an error", s))
	}
	return out
}

// TestConformance goes over every kind of address with every kind of request, and
// looks at the answers by themselves and beside each other.
func TestConformance(t *testing.T) {
	w := newWorld(t)
	o := w.province()
	gone := article("rut", "09064", "Tin tức", "Lịch cắt điện đã rút")
	w.put(gone)
	gone.Revision, gone.Kind = 2, feeds.Withdrawn
	gone.Withdrawal = &feeds.Withdrawal{Time: start.Add(time.Hour), Reason: "Lịch đã thay đổi"}
	w.put(gone)
	for i := range 12 { // archives
		w.put(article("xa-"+strconv.Itoa(i), "09025", "Tin tức", "Tin của xã, bài "+strconv.Itoa(i)))
	}
	o.Now = time.Now // as Date is
	a := newAsker(t, serverOf(t, o).Handler())
	const (
		feed     = "application/atom+xml, application/rss+xml;q=0.5"
		people   = "text/html"
		anything = "*/*"
	)
	for _, c := range []struct {
		path, accept string
		status       int
		hubs         bool
	}{
		{"/", people, 200, false},
		{"/", anything, 200, false},
		{"/feeds/all.rss", anything, 200, true},
		{"/feeds/all.atom", people, 200, true},
		{"/feeds/all.json", anything, 200, true},
		{"/feeds/all", people, 200, false},
		{"/feeds/all", feed, 200, true},
		{"/feeds/all", anything, 200, true},
		{"/feeds/all?lang=en", anything, 200, false},
		{"/feeds/units/09025.atom", feed, 200, true},
		{"/feeds/units/09025/y-te.json", feed, 200, true},
		{"/feeds/units/09999.rss", anything, 200, true},
		{"/feeds/units/251.rss", anything, 200, true},
		{"/feeds/units/251.atom?succession=follow", anything, 200, false},
		{"/feeds/units/251?succession=follow", feed, 200, false},
		{"/feeds/units/251?succession=follow", people, 200, false},
		{"/feeds/units/251.json?as_of=2020-08-24", anything, 200, false},
		{"/feeds/provinces/25.rss", anything, 200, true},
		{"/feeds/categories/kinh-te.atom", anything, 200, true},
		{"/feeds/documents/15-2026-KH-UBND.rss", anything, 200, true},
		{"/feeds/documents/42-2022-N%C4%90-CP", feed, 200, true},
		{"/feeds/all.rss?content=summary", anything, 200, false},
		{"/feeds/all.rss?unit=09025&unit=09064", anything, 200, false},
		{"/feeds/search.atom?q=ch%E1%BB%A3", anything, 200, false},
		{"/feeds/search?q=ch%E1%BB%A3", feed, 200, false},
		{"/feeds/search?q=ch%E1%BB%A3", people, 200, false},
		{"/feeds/search", anything, 200, false},
		{"/feeds/units/09025/archive/2026-03-1.rss", anything, 200, false},
		{"/opml", anything, 200, false},
		{"/sitemap.xml", anything, 200, false},
		{"/articles/ke-hoach", people, 200, false},
		{"/articles/ke-hoach.json", anything, 200, false},
		{"/articles/rut", people, 410, false},
		{"/articles/rut.json", anything, 410, false},
		{"/robots.txt", anything, 200, false},
		{"/favicon.ico", anything, 204, false},
		{"/feeds/documents/19-NQ/TW", people, 301, false},
		{"/feeds/documents/19-NQ/TW.rss", anything, 301, false},
		{"/feeds/all.rss?unit=09025", anything, 301, false},
		{"/feeds/categories/the-thao", anything, 404, false},
		{"/feeds/categories/the-thao.rss", anything, 404, false},
		{"/articles/chua-tung-co", people, 404, false},
		{"/khong-co", anything, 404, false},
		{"/feeds/search.rss", anything, 400, false},
		{"/feeds/units/251.rss?as_of=hom-qua", anything, 400, false},
	} {
		name := c.path + " as " + c.accept
		check := func(what string, r *answer, status int) *answer {
			t.Helper()
			if r.status != status {
				t.Errorf("%s, %s: %d, want %d", name, what, r.status, status)
			}
			for _, bad := range r.lint() {
				t.Errorf("%s, %s: %d: %s", name, what, r.status, bad)
			}
			return r
		}
		accept := "Accept: " + c.accept
		plain := check("GET", a.ask("GET", c.path, accept), c.status)
		if got := strings.Contains(plain.header.Get("Link"), `rel="hub"`); got != c.hubs {
			t.Errorf("%s: hubs: %v", name, got)
		}
		same(t, name+", HEAD", plain, check("HEAD", a.ask("HEAD", c.path, accept), c.status))

		tags := map[string]bool{plain.header.Get("Etag"): true}
		for _, coding := range []string{"gzip", "br", "zstd"} {
			line := "Accept-Encoding: " + coding
			packed := check(coding, a.ask("GET", c.path, accept, line), c.status)
			same(t, name+", HEAD in "+coding, packed, check("HEAD in "+coding, a.ask("HEAD", c.path, accept, line), c.status))
			for _, field := range []string{"Content-Type", "Vary", "Link", "Cache-Control", "Last-Modified", "Content-Location", "Content-Language"} {
				if x, y := plain.header.Get(field), packed.header.Get(field); x != y {
					t.Errorf("%s in %s: %s: %q, %q", name, coding, field, x, y)
				}
			}
			used := packed.header.Get("Content-Encoding")
			if b := unpack(t, used, packed.body); !bytes.Equal(b, plain.body) {
				t.Errorf("%s in %s: other content", name, coding)
			}
			if used == "" {
				continue
			}
			if tag := packed.header.Get("Etag"); c.status == 200 && tags[tag] {
				t.Errorf("%s in %s: the tag of another variant: %s", name, coding, tag)
			}
			tags[packed.header.Get("Etag")] = true
			validate(t, a, name+" in "+coding, packed, c.path, accept, line)
		}
		if c.status == 200 && plain.header.Get("Etag") != "" {
			validate(t, a, name, plain, c.path, accept)
			check("If-Match fails", a.ask("GET", c.path, accept, `If-Match: "khac"`), 412)
			check("If-Match fails, HEAD", a.ask("HEAD", c.path, accept, `If-Match: "khac"`), 412)
		}
		if c.status == 200 && !strings.HasSuffix(c.path, "robots.txt") {
			check("no coding is acceptable", a.ask("GET", c.path, accept, "Accept-Encoding: identity;q=0"), 406)
		}
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "PROPFIND"} {
			check(method, a.ask(method, c.path, accept), 405)
		}
		check("OPTIONS", a.ask("OPTIONS", c.path), 204)
		check("preflight", a.ask("OPTIONS", c.path, "Origin: https://trang-khac.example.org", "Access-Control-Request-Method: GET"), 204)
	}
	for _, path := range []string{"/feeds/units/" + strings.Repeat("1", 8000), "/articles/" + strings.Repeat("a", 8000), "/feeds/documents/" + strings.Repeat("9/", 4000) + ".rss"} {
		if r := a.ask("GET", path); r.status != 404 || len(r.lint()) > 0 {
			t.Errorf("%d bytes of address: %d %v", len(path), r.status, r.lint())
		}
	}
}

// same compares the fields of GET and HEAD.
func same(t *testing.T, name string, get, head *answer) {
	t.Helper()
	x, y := get.header.Clone(), head.header.Clone()
	x.Del("Date")
	y.Del("Date")
	for k := range x {
		if x.Get(k) != y.Get(k) {
			t.Errorf("%s: %s: %q, and %q for GET", name, k, y.Get(k), x.Get(k))
		}
	}
	if len(x) != len(y) {
		t.Errorf("%s: %d fields, and %d for GET", name, len(y), len(x))
	}
}

// validate asks again with the validators of an answer.
func validate(t *testing.T, a *asker, name string, first *answer, path string, lines ...string) {
	t.Helper()
	if first.status != http.StatusOK {
		return
	}
	for _, field := range []string{
		"If-None-Match: " + first.header.Get("Etag"),
		"If-None-Match: \"khac\", W/" + first.header.Get("Etag"),
		"If-None-Match: *",
		"If-Modified-Since: " + first.header.Get("Last-Modified"),
	} {
		for _, method := range []string{"GET", "HEAD"} {
			r := a.ask(method, path, append(lines, field)...)
			if r.status != http.StatusNotModified {
				t.Errorf("%s, %s %s: %d", name, method, field, r.status)
			}
			for _, bad := range r.lint() {
				t.Errorf("%s, %s %s: %s", name, method, field, bad)
			}
			// RFC 9110 section 15.4.5, and what subscribers and caches look for.
			for _, k := range []string{"Cache-Control", "Content-Location", "Etag", "Last-Modified", "Vary", "Link", "Access-Control-Allow-Origin", "X-Content-Type-Options"} {
				if x, y := first.header.Get(k), r.header.Get(k); x != y {
					t.Errorf("%s, %s %s: %s: %q, want %q", name, method, field, k, y, x)
				}
			}
		}
	}
	for _, field := range []string{"If-None-Match: \"khac\"", "If-Modified-Since: Mon, 01 Jan 2001 00:00:00 GMT", "A-IM: feed", "Range: bytes=0-3"} {
		r := a.ask("GET", path, append(lines, field)...)
		if r.status != http.StatusOK || !bytes.Equal(r.body, first.body) {
			t.Errorf("%s, %s: %d", name, field, r.status)
		}
	}
}
