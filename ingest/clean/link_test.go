package clean_test

import (
	"net/url"
	"strings"
	"testing"

	"loa/ingest/clean"
)

func TestLink(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"absolute", "https://example.vn/tin/1.html", "https://example.vn/tin/1.html"},
		{"a backslash in the query", `/a?b=c\d`, "https://example.vn/a?b=c%5Cd"},
		{"padded", "\n  https://example.vn/tin \t", "https://example.vn/tin"},
		{"relative", "2.html", "https://example.vn/tin/2.html"},
		{"from the root", "/tin-2.html", "https://example.vn/tin-2.html"},
		{"up", "../a.html", "https://example.vn/a.html"},
		{"query", "?page=2", "https://example.vn/tin/bai-1.html?page=2"},
		{"fragment", "#cuoi", "https://example.vn/tin/bai-1.html#cuoi"},
		{"without a scheme", "//example.org/a", "https://example.org/a"},
		{"without slashes", "http:example.org/a", "http://example.org/a"},
		{"one slash", "https:/example.org/a", "https://example.org/a"},
		{"many slashes", "http:////example.org/a", "http://example.org/a"},
		{"backslashes", `http:\\example.org\a\b`, "http://example.org/a/b"},
		{"bare host", "www.example.org/a", "http://www.example.org/a"},
		{"bare host of a portal", "xa.example.vn/a?b=c", "http://xa.example.vn/a?b=c"},
		{"bare host with a port", "example.vn:8080/a", "http://example.vn:8080/a"},
		{"upper case", "HTTPS://Example.VN/Tin", "https://example.vn/Tin"},
		{"port", "https://example.vn:443/a", "https://example.vn:443/a"},
		{"no path", "https://example.vn", "https://example.vn/"},
		{"blanks", "/tệp/kế hoạch.pdf", "https://example.vn/t%E1%BB%87p/k%E1%BA%BF%20ho%E1%BA%A1ch.pdf"},
		{"escaped", "/t%E1%BB%87p%20a", "https://example.vn/t%E1%BB%87p%20a"},
		{"a percent sign", "/100%", "https://example.vn/100%25"},
		{"words in the query", "/tim?q=nước sạch", "https://example.vn/tim?q=n%C6%B0%E1%BB%9Bc%20s%E1%BA%A1ch"},
		{"decomposed", "/tie\u0302\u0301ng", "https://example.vn/ti%E1%BA%BFng"},
		{"a name in Vietnamese", "https://tiếng.example.vn/", "https://xn--ting-hv5a.example.vn/"},
		{"an address", "http://192.0.2.1/a", "http://192.0.2.1/a"},
		{"an address of version 6", "http://[2001:db8::1]:80/a", "http://[2001:db8::1]:80/a"},
		{"this machine", "http://localhost:8080/a", "http://localhost:8080/a"},

		{"empty", " ", ""},
		{"script", "javascript:alert(1)", ""},
		{"script in disguise", "java\tscript:alert(1)", ""},
		{"data", "data:text/html,x", ""},
		{"file", "file:///etc/passwd", ""},
		{"mail", "mailto:a@example.vn", ""},
		{"user", "https://a@example.vn/", ""},
		{"user and password", "https://a:b@example.vn/", ""},
		{"user in disguise", "https:a@example.vn", ""},
		{"control character", "https://example.vn/\x01", ""},
		{"line end", "https://example.vn/a\r\nX: y", ""},
		{"no host", "https://", ""},
		{"no dot", "https://intranet/", ""},
		{"bad host", "https://exa mple.vn/", ""},
		{"bad host", "https://exa<b>.vn/", ""},
		{"bad port", "https://example.vn:x/", ""},
		{"bad escape in the host", "https://%00.vn/", ""},
		{"invalid UTF-8", "https://example.vn/\xFF", ""},
		{"too long", "https://example.vn/" + strings.Repeat("a", 2048), ""},
		{"too long when escaped", "https://example.vn/" + strings.Repeat("ệ", 500), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := clean.Link(tt.in, base); got != tt.want {
				t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
			}
			sound(t, tt.in)
		})
	}
	for in, want := range map[string]string{"/a": "", "a.html": "", "?a": "", "//example.vn/a": "https://example.vn/a", "example.vn/a": "http://example.vn/a"} {
		if got := clean.Link(in, nil); got != want {
			t.Errorf("%q without a base: got %q, want %q", in, got, want)
		}
	}
	private, _ := url.Parse("https://a:b@example.vn/c/")
	if got := clean.Link("d", private); got != "https://example.vn/c/d" {
		t.Errorf("the base's user was kept: %q", got)
	}
}

// sound checks what is promised of every link.
func sound(t *testing.T, in string) {
	t.Helper()
	out := clean.Link(in, base)
	if out == "" {
		return
	}
	u, err := url.Parse(out)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.Opaque != "" || len(out) > 2048 {
		t.Errorf("%q: bad address %q (%v)", in, out, err)
	}
	for i := range len(out) {
		if out[i] <= ' ' || out[i] >= 0x7F || strings.IndexByte(`"<>\`, out[i]) >= 0 {
			t.Errorf("%q: byte %#x in %q", in, out[i], out)
		}
	}
	for _, b := range []*url.URL{base, nil} {
		if again := clean.Link(out, b); again != out {
			t.Errorf("%q: not the same again: %q becomes %q", in, out, again)
		}
	}
}

func FuzzLink(f *testing.F) {
	for _, s := range []string{"https://example.vn/a?b=c#d", "http:example.org", `\\example.vn\a`, "//[::1%25x]/", "www.example.vn:80/%zz", "https://tiếng.example.vn/ệ", "a/../../b", "java\nscript:x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { sound(t, s) })
}
