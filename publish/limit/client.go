package limit

import (
	"net/http"
	"net/netip"
	"strings"
)

// Proxies are those whose word is believed about whom they speak for. The zero value
// believes nobody.
type Proxies struct {
	// Ranges are the addresses of the proxies.
	Ranges []netip.Prefix
	// Forwarded is set when they write Forwarded (RFC 7239) and not
	// X-Forwarded-For.
	Forwarded bool
}

// trusted reports whether the address is that of a proxy.
func (p *Proxies) trusted(a netip.Addr) bool {
	for i := range p.Ranges {
		if p.Ranges[i].Contains(a) {
			return true
		}
	}
	return false
}

// Client is the address that a request comes from: that of the connection, unless
// it is a proxy's. Each proxy adds at the right whom it speaks for, so the right-most
// address that is no proxy's is the client's; all to the left of it is what the
// client says, which is worth nothing. Where an entry is no address, the one to
// its right is the last that is known. counted is false for loopback while no proxy
// is configured: there a proxy stands for all its clients without having been named.
//
// The address is one of IPv4 or the network of 64 bits that a client with IPv6 has
// to itself (RFC 6177 section 2); zero if the connection has none.
func (p *Proxies) Client(r *http.Request) (client netip.Addr, counted bool) {
	peer, ok := parseHop(r.RemoteAddr)
	if !ok {
		return netip.Addr{}, true
	}
	if len(p.Ranges) == 0 {
		return group(peer), !peer.IsLoopback()
	}
	if !p.trusted(peer) {
		return group(peer), true
	}
	var w walk
	if p.Forwarded {
		for _, line := range r.Header["Forwarded"] {
			w.forwarded(p, line)
		}
	} else {
		for _, line := range r.Header["X-Forwarded-For"] {
			for entry := range strings.SplitSeq(line, ",") {
				w.add(p, entry)
			}
		}
	}
	if !w.at.IsValid() {
		return group(peer), true
	}
	return group(w.at), true
}

// walk reads entries from the left, and has at each moment what a walk from the
// right would find if it were the end.
type walk struct {
	at netip.Addr
}

func (w *walk) add(p *Proxies, entry string) {
	a, ok := parseHop(strings.Trim(entry, " \t"))
	switch {
	case !ok:
		w.at = netip.Addr{}
	case !w.at.IsValid() || !p.trusted(a):
		w.at = a
	}
}

// forwarded reads a line of Forwarded: elements between commas, pairs between
// semicolons, values as tokens or quoted strings (RFC 7239 section 4). An element
// without an address is one that is not known.
func (w *walk) forwarded(p *Proxies, line string) {
	for {
		element, rest, more := cutOutside(line, ',')
		entry := ""
		for pairs, left := element, true; left; {
			var pair string
			pair, pairs, left = cutOutside(pairs, ';')
			name, value, _ := strings.Cut(pair, "=")
			if strings.EqualFold(strings.Trim(name, " \t"), "for") {
				entry = unquote(strings.Trim(value, " \t"))
			}
		}
		w.add(p, entry)
		if !more {
			return
		}
		line = rest
	}
}

// cutOutside cuts at the first sep that is in no quoted string.
func cutOutside(s string, sep byte) (before, after string, found bool) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '\\' && quoted:
			i++
		case s[i] == sep && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// unquote takes the quotes away. An address needs no escapes in them.
func unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// parseHop reads an address, with or without a port: 192.0.2.1, 192.0.2.1:80,
// 2001:db8::1, [2001:db8::1], [2001:db8::1]:80.
func parseHop(s string) (netip.Addr, bool) {
	if len(s) > 64 { // with a port and a zone it is shorter
		return netip.Addr{}, false
	}
	// A port is behind the bracket, or behind the only colon.
	colon := strings.LastIndexByte(s, ':')
	if colon > 0 && (s[colon-1] == ']' || strings.IndexByte(s, ':') == colon) {
		ap, err := netip.ParseAddrPort(s)
		return ap.Addr().Unmap().WithZone(""), err == nil
	}
	if len(s) > 2 && s[0] == '[' && s[len(s)-1] == ']' {
		s = s[1 : len(s)-1]
		if colon < 0 {
			return netip.Addr{}, false // only IPv6 stands in brackets
		}
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap().WithZone(""), err == nil
}

// group is whom an address stands for.
func group(a netip.Addr) netip.Addr {
	if a.Is6() {
		n, _ := a.Prefix(64) // never fails for IPv6
		return n.Addr()
	}
	return a
}
