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
	name := "X-Forwarded-For"
	if p.Forwarded {
		name = "Forwarded"
	}
	// Several lines are one list (RFC 9110 section 5.3).
	lines, at := r.Header[name], peer
	for i := len(lines) - 1; i >= 0; i-- {
		for rest, more := lines[i], true; more; {
			var entry string
			rest, entry, more = cutLast(rest, p.Forwarded)
			if p.Forwarded {
				entry = forParameter(entry)
			}
			a, ok := parseHop(strings.Trim(entry, " \t"))
			if !ok {
				return group(at), true
			}
			if at = a; !p.trusted(a) {
				return group(at), true
			}
		}
	}
	return group(at), true
}

// cutLast cuts the last element off a list; commas in quoted strings do not count,
// if there are such. It reads from the right, where our own proxies wrote: a quote
// that a client has left open must not swallow what they put behind it.
func cutLast(list string, quotes bool) (rest, element string, more bool) {
	quoted := false
	for i := len(list) - 1; i >= 0; i-- {
		switch {
		case quotes && list[i] == '"' && !escaped(list, i):
			quoted = !quoted
		case list[i] == ',' && !quoted:
			return list[:i], list[i+1:], true
		}
	}
	return "", list, false
}

// escaped reports whether an odd number of backslashes stands before.
func escaped(s string, i int) bool {
	n := 0
	for i--; i >= 0 && s[i] == '\\'; i-- {
		n++
	}
	return n%2 == 1
}

// forParameter is whom an element of Forwarded is for: pairs between semicolons,
// values as tokens or quoted strings (RFC 7239 section 4). Empty: it does not say.
func forParameter(element string) (entry string) {
	for left := true; left; {
		var pair string
		pair, element, left = cutOutside(element, ';')
		name, value, _ := strings.Cut(pair, "=")
		if strings.EqualFold(strings.Trim(name, " \t"), "for") {
			entry = unquote(strings.Trim(value, " \t"))
		}
	}
	return entry
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
