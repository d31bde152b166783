package discover_test

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"loa/ingest/poll/discover"
	"loa/internal/safehttp"
)

const feed = `<?xml version="1.0"?><rss version="2.0"><channel><title>Xã Liên Châu</title><link>https://example.vn/</link><item><title>Họp thôn</title><link>https://example.vn/1</link></item></channel></rss>`

func TestLinks(t *testing.T) {
	const base = "https://example.vn/xa/trang-chu"
	for _, c := range []struct {
		name, page string
		header     http.Header
		want       string
	}{
		{"nothing", `<html><body><a href="/rss">RSS</a></body></html>`, nil, ""},
		{"link", `<link rel="alternate" type="application/rss+xml" href="/rss">`, nil, "https://example.vn/rss"},
		{"relative", `<link rel=alternate type=application/atom+xml href=atom.xml>`, nil, "https://example.vn/xa/atom.xml"},
		{"words without case", `<LINK REL="Home ALTERNATE" TYPE="Application/RSS+XML; charset=utf-8" HREF="/rss">`, nil, "https://example.vn/rss"},
		{"alternate style sheet", `<link rel="alternate stylesheet" type="text/xml" href="/rss">`, nil, ""},
		{"another language", `<link rel="alternate" hreflang="en" type="text/html" href="/en">`, nil, ""},
		{"a", `<a rel="alternate" type="application/feed+json" href="/feed.json">tin</a>`, nil, "https://example.vn/feed.json"},
		{"base", `<base href="https://rss.example.vn/x/"><base href="https://example.org/"><link rel=alternate type=application/rss+xml href=a>`, nil, "https://rss.example.vn/x/a"},
		{"twice", `<link rel=alternate type=application/rss+xml href=/a><link rel=alternate type=application/rss+xml href=/a#x>`, nil, "https://example.vn/a"},
		{"in their order", `<link rel=alternate type=application/rss+xml href=/b><link rel=alternate type=application/atom+xml href=/a>`, nil, "https://example.vn/b https://example.vn/a"},
		{"no scheme of the web", `<link rel=alternate type=application/rss+xml href="file:///etc/passwd"><link rel=alternate type=application/rss+xml href="javascript:1"><link rel=alternate type=application/rss+xml href="https://a:b@example.vn/">`, nil, ""},
		{"in a comment or a script", `<!-- <link rel=alternate type=application/rss+xml href=/a> --><script>"<link rel=alternate type=application/rss+xml href=/b>"</script>`, nil, ""},
		{"header", "", http.Header{"Link": {`</a>; rel="alternate"; type="application/rss+xml", <b>; title="x, y"; rel=alternate; type=application/atom+xml`}}, "https://example.vn/a https://example.vn/xa/b"},
		{"header of another page", "", http.Header{"Link": {`</a>; rel=alternate; type="application/rss+xml"; anchor="/khac"`}}, ""},
		{"elements before the header", `<link rel=alternate type=application/rss+xml href=/b>`, http.Header{"Link": {`</a>;rel="alternate";type="application/rss+xml"`}}, "https://example.vn/b https://example.vn/a"},
	} {
		var got []string
		for _, l := range discover.Links([]byte(c.page), base, c.header) {
			got = append(got, l.URL)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := discover.Links([]byte(strings.Repeat(`<link rel=alternate type=application/rss+xml href=/a>`, 1000)), base, nil); len(got) != 1 {
		t.Errorf("%d", len(got))
	}
}

// site answers by path; what it has not is 404.
type site map[string]string

func (s site) Do(_ context.Context, req *safehttp.Request) (*safehttp.Response, error) {
	body, ok := s[strings.TrimPrefix(req.URL, "https://example.vn")]
	status := http.StatusOK
	if !ok {
		status = http.StatusNotFound
	}
	return &safehttp.Response{Status: status, Header: http.Header{}, Body: []byte(body), URL: req.URL}, nil
}

func TestFind(t *testing.T) {
	const page = `<html><head><link rel="alternate" type="application/rss+xml" href="/khong-co"><link rel="alternate" type="application/rss+xml" title="Tin" href="/tin"></head></html>`
	for _, c := range []struct {
		name string
		site site
		want []string
		err  error
	}{
		{"itself", site{"/": feed}, []string{"https://example.vn/"}, nil},
		{"named, and readable", site{"/": page, "/tin": feed}, []string{"https://example.vn/tin"}, nil},
		{"guessed", site{"/": "<html></html>", "/rss.xml": feed, "/feed": feed}, []string{"https://example.vn/feed", "https://example.vn/rss.xml"}, nil},
		{"named is not guessed", site{"/": page, "/feed": feed}, nil, discover.ErrNone},
		{"none", site{"/": "<html></html>"}, nil, discover.ErrNone},
	} {
		found, err := discover.Find(t.Context(), c.site, "https://example.vn/", discover.Options{Guess: true})
		var got []string
		for _, f := range found {
			got = append(got, f.URL)
			if f.Title != "Xã Liên Châu" || f.Items != 1 || f.Kind != "rss" {
				t.Errorf("%s: %+v", c.name, f)
			}
		}
		if !reflect.DeepEqual(got, c.want) || !errors.Is(err, c.err) {
			t.Errorf("%s: %q %v", c.name, got, err)
		}
	}
	var status *discover.StatusError
	if _, err := discover.Find(t.Context(), site{}, "https://example.vn/", discover.Options{}); !errors.As(err, &status) || status.Status != 404 {
		t.Errorf("%v", err)
	}
}

func FuzzLinks(f *testing.F) {
	f.Add([]byte(`<base href="//x"><link rel="alternate" type="application/rss+xml" href="/rss">`), `</a>; rel="alternate"; type="application/rss+xml"`)
	f.Add([]byte(`<a rel=alternate type=text/xml href="%">`), `<a>;;;="\`)
	f.Fuzz(func(t *testing.T, page []byte, field string) {
		list := discover.Links(page, "https://example.vn/a/b", http.Header{"Link": {field, field}})
		if len(list) > 20 {
			t.Errorf("%d candidates", len(list))
		}
		for _, l := range list {
			if !strings.HasPrefix(l.URL, "http://") && !strings.HasPrefix(l.URL, "https://") {
				t.Errorf("%q", l.URL)
			}
		}
	})
}
