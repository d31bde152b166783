package readers_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"loa/publish/limit"
	"loa/publish/readers"
)

// open answers what a public server would, with every header field that is for
// the public, and says which path and query it has seen.
var open = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=5")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "ETag, Link")
	h.Set("Link", `<https://hub.example.org/>; rel="hub", <https://loa.example.vn/news/feeds/all.atom>; rel="self"`)
	h.Set("Content-Location", "https://loa.example.vn/news/feeds/all.atom")
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", `"5f2c"`)
	switch {
	case strings.HasPrefix(r.URL.Path, "/old"):
		h.Set("Location", "/news/feeds/all.atom?n=5")
		w.WriteHeader(http.StatusMovedPermanently)
	case r.URL.Path == "/full-old":
		h.Set("Location", "https://loa.example.vn/news/feeds/all.atom")
		w.WriteHeader(http.StatusMovedPermanently)
	case r.URL.Path == "/away":
		h.Set("Location", "https://xa.example.vn/tin/1")
		w.WriteHeader(http.StatusFound)
	case r.URL.Path == "/away-too":
		h.Set("Location", "//xa.example.vn/tin/1")
		w.WriteHeader(http.StatusFound)
	case r.Header.Get("If-None-Match") == `"5f2c"`:
		w.WriteHeader(http.StatusNotModified)
	case r.URL.Path == readers.Path:
		w.WriteHeader(http.StatusNotFound)
	}
	_, _ = io.WriteString(w, "document "+r.RequestURI+" "+r.URL.RequestURI()+" "+r.Referer())
})

// closed is the rest of the server: it must never see a token.
func closed(t *testing.T, tokens ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, token := range tokens {
			for _, s := range []string{r.URL.String(), r.RequestURI, r.Referer()} {
				if strings.Contains(s, token) {
					t.Errorf("the token went on: %s", s)
				}
			}
		}
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "nothing at "+r.URL.RequestURI())
	})
}

func invite(t *testing.T, name string, only ...string) (readers.Reader, string) {
	token, hash := readers.NewToken()
	r := readers.Reader{Name: name, Feeds: only, TokenSHA256: hash, Created: time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)}
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	return r, token
}

func ask(h http.Handler, method, url string, fields ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, url, http.NoBody)
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestInvited(t *testing.T) {
	a, token := invite(t, "phong-van-hoa")
	var known readers.Known
	known.Set([]readers.Reader{a})
	h := readers.New(readers.Options{Readers: &known, BaseURL: "https://loa.example.vn/news", Documents: open, Elsewhere: closed(t, token), Limit: limit.New(limit.Options{Name: "reader"})})
	at := func(path string) string { return readers.Path + token + path }

	w := ask(h, "GET", at("/feeds/units/09025.atom?n=5"), "Referer", "https://loa.example.vn/news"+at("/"))
	if want := "document /feeds/units/09025.atom?n=5 /feeds/units/09025.atom?n=5 "; w.Code != 200 || w.Body.String() != want {
		t.Errorf("%d %q, want %q", w.Code, w.Body, want)
	}
	for name, want := range map[string]string{
		"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex",
		"Etag": `"5f2c"`, "Vary": "Accept-Encoding",
		"Access-Control-Allow-Origin": "", "Access-Control-Expose-Headers": "", "Link": "", "Content-Location": "",
	} {
		if got := w.Result().Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if w := ask(h, "GET", at("/feeds/all.json"), "If-None-Match", `"5f2c"`); w.Code != 304 || w.Result().Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("with a validator: %d %v", w.Code, w.Result().Header)
	}
	for path, want := range map[string]string{
		"/old":      "/news" + at("/feeds/all.atom?n=5"),
		"/full-old": "/news" + at("/feeds/all.atom"),
		"/away":     "https://xa.example.vn/tin/1",
		"/away-too": "//xa.example.vn/tin/1",
	} {
		w := ask(h, "GET", at(path))
		if got := w.Result().Header.Get("Location"); got != want {
			t.Errorf("%s moved to %q, want %q", path, got, want)
		}
		if strings.Contains(w.Body.String(), token) {
			t.Errorf("%s: the body has the token", path)
		}
	}
	if w := ask(h, "GET", readers.Path+token); !strings.HasPrefix(w.Body.String(), "document / / ") {
		t.Errorf("without a slash: %q", w.Body)
	}
}

func TestNotInvited(t *testing.T) {
	a, token := invite(t, "mot")
	b, revoked := invite(t, "hai")
	now := time.Now()
	b.Revoked = &now
	var known readers.Known
	h := readers.New(readers.Options{Readers: &known, Documents: open, Elsewhere: closed(t, token, revoked), Limit: limit.New(limit.Options{Name: "reader"})})
	unknown := func(token string) {
		t.Helper()
		w := ask(h, "GET", readers.Path+token+"/feeds/all.atom?n=5")
		if w.Code != 404 || w.Body.String() != "nothing at /r/" || len(w.Header()) != 0 && w.Header().Get("X-Robots-Tag") != "" {
			t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
		}
	}
	unknown(token) // nobody is known yet
	known.Set([]readers.Reader{a, b})
	if w := ask(h, "GET", readers.Path+token+"/"); w.Code != 200 {
		t.Errorf("invited: %d", w.Code)
	}
	for _, token := range []string{revoked, "", "x", token + "x", token[:42], a.TokenSHA256, "%2e%2e", "a%2fb"} {
		unknown(token)
	}
	a.Revoked = &now
	known.Set([]readers.Reader{a, b})
	unknown(token)
	if w := ask(h, "GET", "/feeds/all.atom"); w.Body.String() != "nothing at /feeds/all.atom" {
		t.Errorf("elsewhere: %q", w.Body)
	}
}

func TestOnlySomeFeeds(t *testing.T) {
	a, token := invite(t, "xa", "units/09025", "units/09064/thong-bao", "categories/moi-thau")
	var known readers.Known
	known.Set([]readers.Reader{a})
	h := readers.New(readers.Options{Readers: &known, Documents: open, Elsewhere: closed(t, token), Limit: limit.New(limit.Options{Name: "reader"})})
	for target, want := range map[string]string{
		"/feeds/units/09025.atom":                                  "/feeds/units/09025.atom",
		"/feeds/units/09025":                                       "/feeds/units/09025",
		"/feeds/units/09025/thong-bao.json":                        "/feeds/units/09025/thong-bao.json",
		"/feeds/units/09025/archive/2026-11-1.atom":                "/feeds/units/09025/archive/2026-11-1.atom",
		"/feeds/units/09064/thong-bao.rss":                         "/feeds/units/09064/thong-bao.rss",
		"/feeds/categories/moi-thau.rss?n=5&unit=09064&content=x":  "/feeds/categories/moi-thau.rss?n=5&content=x",
		"/feeds/units/09025.atom?succession=follow&as_of=2026-1-1": "/feeds/units/09025.atom?as_of=2026-1-1",
		"/feeds/units/09064.rss":                                   "",
		"/feeds/units/09064/moi-thau.rss":                          "",
		"/feeds/categories/thong-bao.rss":                          "",
		"/feeds/all.rss":                                           "",
		"/feeds/provinces/19.rss":                                  "",
		"/feeds/search.rss?q=nuoc":                                 "",
		"/feeds/units/09025/../09064.rss":                          "",
		"/articles/6q2n.json":                                      "",
		"/opml":                                                    "",
		"/":                                                        "",
	} {
		w := ask(h, "GET", readers.Path+token+target)
		got := ""
		if w.Code == 200 {
			got = strings.Fields(w.Body.String())[1]
		}
		if got != want || w.Code != 200 && w.Code != 404 {
			t.Errorf("%s: %d, shows %q, want %q", target, w.Code, got, want)
		}
	}
}

func TestLimitOfAToken(t *testing.T) {
	a, one := invite(t, "mot")
	b, two := invite(t, "hai")
	var known readers.Known
	known.Set([]readers.Reader{a, b})
	l := limit.New(limit.Options{Requests: 3, Period: time.Hour, Name: "reader", Refuse: func(w http.ResponseWriter, _ *http.Request, status int) { w.WriteHeader(status) }})
	h := readers.New(readers.Options{Readers: &known, Documents: open, Elsewhere: closed(t, one, two), Limit: l})
	for i := range 3 {
		if w := ask(h, "GET", readers.Path+one+"/feeds/all.atom"); w.Code != 200 {
			t.Fatalf("request %d: %d", i, w.Code)
		}
	}
	w := ask(h, "GET", readers.Path+one+"/feeds/all.atom")
	if w.Code != 429 || w.Header().Get("Retry-After") == "" || w.Header().Get("Cache-Control") != "private, no-store" {
		t.Errorf("one too many: %d %v", w.Code, w.Header())
	}
	if w := ask(h, "GET", readers.Path+two+"/feeds/all.atom"); w.Code != 200 {
		t.Errorf("another reader: %d", w.Code)
	}
}

func TestClosed(t *testing.T) {
	h := readers.Closed(func(w http.ResponseWriter, _ *http.Request, status int) { w.WriteHeader(status) })
	for _, path := range []string{"/", "/feeds/all.atom", "/opml", "/articles/6q2n", "/sitemap.xml", "/r/"} {
		if w := ask(h, "GET", path); w.Code != 404 || w.Body.Len() != 0 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := ask(h, "GET", "/robots.txt"); w.Body.String() != "User-agent: *\nDisallow: /\n" {
		t.Errorf("robots.txt: %q", w.Body)
	}
}

func TestValidate(t *testing.T) {
	_, hash := readers.NewToken()
	for _, test := range []struct {
		reader readers.Reader
		want   string // part of the error
	}{
		{readers.Reader{Name: "mot", TokenSHA256: hash}, ""},
		{readers.Reader{Name: "mot", TokenSHA256: hash, Feeds: []string{"all", "units/09025", "provinces/19", "types/TB"}}, ""},
		{readers.Reader{Name: "Một", TokenSHA256: hash}, "name: use 1 to 64"},
		{readers.Reader{Name: "mot", TokenSHA256: "ab"}, "token_sha256"},
		{readers.Reader{Name: "mot", TokenSHA256: hash, Feeds: []string{"/feeds/all.atom"}}, "is no feed such as"},
		{readers.Reader{Name: "mot", TokenSHA256: hash, Feeds: []string{"search"}}, "a search finds"},
	} {
		err := test.reader.Validate()
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v", test.reader, err)
		}
	}
}

func TestTokensDiffer(t *testing.T) {
	a, ha := readers.NewToken()
	b, hb := readers.NewToken()
	if a == b || ha == hb || len(a) != 43 || strings.ContainsAny(a, "+/=") {
		t.Errorf("%q, %q", a, b)
	}
}

// Whatever the address, no token that holds goes on, and nobody without one gets
// a document.
func FuzzHandler(f *testing.F) {
	f.Add("/r/x/feeds/all.atom", "n=5")
	f.Add("/r//r/%2e%2e", "")
	f.Fuzz(func(t *testing.T, path, query string) {
		a, token := invite(t, "mot", "units/09025")
		var known readers.Known
		known.Set([]readers.Reader{a})
		h := readers.New(readers.Options{Readers: &known, Documents: open, Elsewhere: closed(t, token), Limit: limit.New(limit.Options{Name: "reader"})})
		for _, p := range []string{path, readers.Path + token + path} {
			r := httptest.NewRequest("GET", "/", http.NoBody)
			r.URL.Path, r.URL.RawQuery = p, query
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if strings.Contains(w.Body.String(), token) && !strings.Contains(path+query, token) {
				t.Fatalf("%q: the answer has the token", p)
			}
			if w.Code == 200 && !strings.Contains(p, "/feeds/units/09025") {
				t.Fatalf("%q is shown", p)
			}
		}
	})
}
