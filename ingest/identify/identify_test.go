package identify_test

import (
	"strings"
	"testing"

	"loa/ingest/identify"
)

func TestCanonicalURL(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"scheme", "http://example.vn/tin/1", "//example.vn/tin/1"},
		{"www and case of host", "https://WWW.Example.VN/Tin/1", "//example.vn/Tin/1"},
		{"default ports", "https://example.vn:443/a", "//example.vn/a"},
		{"other port stays", "http://example.vn:8080/a", "//example.vn:8080/a"},
		{"fragment", "https://example.vn/a#binh-luan", "//example.vn/a"},
		{"trailing slash", "https://example.vn/a/", "//example.vn/a"},
		{"root", "https://example.vn/", "//example.vn"},
		{"tracking", "https://example.vn/a?utm_source=zalo&fbclid=1&zarsrc=30&id=5", "//example.vn/a?id=5"},
		{"order of parameters", "https://example.vn/a?b=2&a=1", "//example.vn/a?a=1&b=2"},
		{"padding", "http://example.vn:443/x?l=TinSong++++&lv=4", "//example.vn/x?l=TinSong&lv=4"},
		{"spelling of escapes", "https://example.vn/tin%2Dmoi/%c3%a1", "//example.vn/tin-moi/%C3%A1"},
		{"session", "https://example.vn/a;jsessionid=AB12", "//example.vn/a"},
		{"dots", "https://example.vn/a/../b", "//example.vn/b"},
		{"not http", "ftp://example.vn/a", ""},
		{"relative", "/a", ""},
		{"empty", "", ""},
	} {
		if got := identify.CanonicalURL(c.in); got != c.want {
			t.Errorf("%s: %q is %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func TestKeys(t *testing.T) {
	it := identify.Item{Unit: "09064", Number: "12", URL: "https://example.vn/12", Source: "s", GUID: "g"}
	got := strings.Join(identify.Keys(it), " ")
	if want := "url://example.vn/12 guid:s:g num:09064:12"; got != want {
		t.Errorf("keys %q, want %q", got, want)
	}
	if k := identify.Keys(identify.Item{GUID: "g", Number: "1"}); len(k) != 0 {
		t.Errorf("keys without scope: %q", k)
	}
	long := identify.Keys(identify.Item{Source: "s", GUID: strings.Repeat("x", 10000)})
	if len(long) != 1 || len(long[0]) > 600 {
		t.Errorf("a long GUID makes a key of %d bytes", len(long[0]))
	}
	if a, b := identify.ID("url:a"), identify.ID("url:b"); a == b || len(a) != 16 {
		t.Error(a, b)
	}
}

func FuzzCanonicalURL(f *testing.F) {
	for _, s := range []string{"https://example.vn/a?b=%zz&c", "http://[::1]:80/;jsessionid=1", "https://example.vn/%2f%2e%2e/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := identify.CanonicalURL(s)
		if c == "" {
			return
		}
		if again := identify.CanonicalURL("https:" + c); again != c {
			t.Errorf("%q is %q, and that again %q", s, c, again)
		}
	})
}
