package limit_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"loa/publish/limit"
)

func ranges(list ...string) (out []netip.Prefix) {
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func TestClient(t *testing.T) {
	proxies := ranges("10.0.0.0/8", "2001:db8:f::/48")
	for _, test := range []struct {
		name, peer, header, want string
		proxies                  []netip.Prefix
		forwarded, uncounted     bool
	}{
		{name: "the connection's", peer: "203.0.113.5:40000", want: "203.0.113.5"},
		{name: "no header is believed without proxies", peer: "203.0.113.5:40000", header: "198.51.100.1", want: "203.0.113.5"},
		{name: "nor from one who is none", peer: "203.0.113.5:40000", header: "198.51.100.1", proxies: proxies, want: "203.0.113.5"},
		{name: "IPv6 by its network", peer: "[2001:db8:1:2:3:4:5:6]:80", want: "2001:db8:1:2::"},
		{name: "with a zone", peer: "[fe80::1%eth0]:80", want: "fe80::"},
		{name: "IPv4 in IPv6", peer: "[::ffff:203.0.113.5]:80", want: "203.0.113.5"},
		{name: "a proxy that says nothing", peer: "10.0.0.1:80", proxies: proxies, want: "10.0.0.1"},
		{name: "a proxy", peer: "10.0.0.1:80", header: "203.0.113.5", proxies: proxies, want: "203.0.113.5"},
		{name: "a proxy in IPv6", peer: "[2001:db8:f::1]:80", header: "2001:db8:1:2:3::4", proxies: proxies, want: "2001:db8:1:2::"},
		{name: "a proxy, v4-mapped", peer: "[::ffff:10.0.0.1]:80", header: "::ffff:203.0.113.5", proxies: proxies, want: "203.0.113.5"},
		{name: "what the client says of itself", peer: "10.0.0.1:80", header: "198.51.100.1, 203.0.113.5", proxies: proxies, want: "203.0.113.5"},
		{name: "a chain of proxies", peer: "10.0.0.1:80", header: "198.51.100.1, 203.0.113.5, 10.0.0.3,10.0.0.2", proxies: proxies, want: "203.0.113.5"},
		{name: "in several fields", peer: "10.0.0.1:80", header: "198.51.100.1\n203.0.113.5\n10.0.0.2", proxies: proxies, want: "203.0.113.5"},
		{name: "nothing but proxies", peer: "10.0.0.1:80", header: "10.0.0.3, 10.0.0.2", proxies: proxies, want: "10.0.0.3"},
		{name: "no address", peer: "10.0.0.1:80", header: "203.0.113.5, unknown", proxies: proxies, want: "10.0.0.1"},
		{name: "no address before a proxy", peer: "10.0.0.1:80", header: "203.0.113.5, unknown, 10.0.0.2", proxies: proxies, want: "10.0.0.2"},
		{name: "no address far left", peer: "10.0.0.1:80", header: "<script>, 203.0.113.5, 10.0.0.2", proxies: proxies, want: "203.0.113.5"},
		{name: "an empty header", peer: "10.0.0.1:80", header: " ", proxies: proxies, want: "10.0.0.1"},
		{name: "with ports", peer: "10.0.0.1:80", header: "[2001:db8:1:2::7]:4711, 10.0.0.2:90", proxies: proxies, want: "2001:db8:1:2::"},
		{name: "in brackets", peer: "10.0.0.1:80", header: "[2001:db8:1:2::7]", proxies: proxies, want: "2001:db8:1:2::"},
		{name: "IPv4 in brackets is none", peer: "10.0.0.1:80", header: "[203.0.113.5]", proxies: proxies, want: "10.0.0.1"},
		{name: "too long", peer: "10.0.0.1:80", header: strings.Repeat("1", 200), proxies: proxies, want: "10.0.0.1"},

		{name: "the other header is not read", peer: "10.0.0.1:80", header: "203.0.113.5", proxies: proxies, forwarded: true, want: "10.0.0.1"},
		{name: "Forwarded", peer: "10.0.0.1:80", header: "for=203.0.113.5", proxies: proxies, forwarded: true, want: "203.0.113.5"},
		{name: "Forwarded with all its pairs", peer: "10.0.0.1:80", header: `by=10.0.0.9;For="203.0.113.5:4711" ; proto=https;host="a,b;c"`, proxies: proxies, forwarded: true, want: "203.0.113.5"},
		{name: "Forwarded in IPv6", peer: "10.0.0.1:80", header: `for=198.51.100.1, for="[2001:db8:1:2::7]"`, proxies: proxies, forwarded: true, want: "2001:db8:1:2::"},
		{name: "Forwarded through two", peer: "10.0.0.1:80", header: "for=203.0.113.5;proto=https, for=10.0.0.2", proxies: proxies, forwarded: true, want: "203.0.113.5"},
		{name: "Forwarded by a name", peer: "10.0.0.1:80", header: "for=203.0.113.5, for=_hidden, for=10.0.0.2", proxies: proxies, forwarded: true, want: "10.0.0.2"},
		{name: "Forwarded without for", peer: "10.0.0.1:80", header: "for=203.0.113.5, proto=https", proxies: proxies, forwarded: true, want: "10.0.0.1"},
		{name: "a quote that does not end", peer: "10.0.0.1:80", header: `for=203.0.113.5, for="10.0.0.2, for=198.51.100.1`, proxies: proxies, forwarded: true, want: "198.51.100.1"},
		{name: "a quote left open to swallow what the proxy adds", peer: "10.0.0.1:80", header: `for=192.0.2.66;x=", for=203.0.113.5;proto=https`, proxies: proxies, forwarded: true, want: "203.0.113.5"},
		{name: "quotes that our proxy writes", peer: "10.0.0.1:80", header: `for=192.0.2.66, host="a,\",b";for="203.0.113.5:4711"`, proxies: proxies, forwarded: true, want: "203.0.113.5"},
		{name: "a quote with an escape", peer: "10.0.0.1:80", header: `host="a\",for=198.51.100.1";for=203.0.113.5`, proxies: proxies, forwarded: true, want: "203.0.113.5"},

		{name: "loopback", peer: "127.0.0.1:80", want: "127.0.0.1", uncounted: true},
		{name: "loopback in IPv6", peer: "[::1]:80", want: "::", uncounted: true},
		{name: "loopback where another is the proxy", peer: "127.0.0.1:80", header: "203.0.113.5", proxies: proxies, want: "127.0.0.1"},
		{name: "loopback that is the proxy", peer: "127.0.0.1:80", header: "203.0.113.5", proxies: ranges("127.0.0.0/8"), want: "203.0.113.5"},
		{name: "no address at all", peer: "@", want: "invalid IP"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &http.Request{RemoteAddr: test.peer, Header: http.Header{}}
			name := "X-Forwarded-For"
			if test.forwarded && test.name != "the other header is not read" {
				name = "Forwarded"
			}
			for line := range strings.SplitSeq(test.header, "\n") {
				if line != "" {
					r.Header.Add(name, line)
				}
			}
			p := limit.Proxies{Ranges: test.proxies, Forwarded: test.forwarded}
			got, counted := p.Client(r)
			if got.String() != test.want || counted == test.uncounted {
				t.Errorf("%s (counted %v), want %s", got, counted, test.want)
			}
		})
	}
}

// The client is what a walk from the right finds first that is no proxy.
func TestClientIsTheRightmost(t *testing.T) {
	proxies := ranges("10.0.0.0/8")
	entry := rapid.SampledFrom([]string{"203.0.113.5", "198.51.100.1", "10.0.0.2", "10.1.1.1", "unknown", "", "203.0.113.5:80", "1.2.3"})
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(entry).Draw(t, "header")
		r := &http.Request{RemoteAddr: "10.0.0.1:80", Header: http.Header{"X-Forwarded-For": {strings.Join(list, ", ")}}}
		p := limit.Proxies{Ranges: proxies}
		want := netip.MustParseAddr("10.0.0.1")
		for i := len(list) - 1; i >= 0; i-- {
			a, err := netip.ParseAddr(strings.TrimSuffix(list[i], ":80"))
			if err != nil {
				break
			}
			if want = a; !proxies[0].Contains(a) {
				break
			}
		}
		if got, _ := p.Client(r); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}

// Whatever a client puts into a header, an address that a proxy has put behind it
// is the one that counts.
func FuzzClient(f *testing.F) {
	f.Add("198.51.100.1", false)
	f.Add(`for="[::1]:80;, for=`, true)
	f.Add(`for=192.0.2.66;x="`, true)
	f.Fuzz(func(t *testing.T, said string, forwarded bool) {
		p := limit.Proxies{Ranges: ranges("10.0.0.0/8"), Forwarded: forwarded}
		name, added, own := "X-Forwarded-For", "203.0.113.5", ", 10.0.0.7"
		if forwarded {
			name, added, own = "Forwarded", "for=203.0.113.5;proto=https", `, for="10.0.0.7:80"`
		}
		for _, lines := range [][]string{{said, added}, {said + ", " + added}, {said + "," + added + own}} {
			r := &http.Request{RemoteAddr: "10.0.0.1:80", Header: http.Header{name: lines}}
			if got, _ := p.Client(r); got.String() != "203.0.113.5" {
				t.Fatalf("%q: %s", lines, got)
			}
		}
	})
}
