package safehttp

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"
	"golang.org/x/net/idna"
)

// guard decides which addresses may be connected to.
type guard struct {
	iana *ssrf.Guardian
}

func newGuard(allow []netip.Prefix) *guard {
	var v4, v6 []netip.Prefix
	for _, p := range allow {
		a := p.Addr()
		switch {
		case a.Is4():
			v4 = append(v4, p.Masked())
		case a.Is4In6() && p.Bits() >= 96:
			v4 = append(v4, netip.PrefixFrom(a.Unmap(), p.Bits()-96).Masked())
		case a.Is6():
			v6 = append(v6, p.Masked())
		}
	}
	return &guard{iana: ssrf.New(
		ssrf.WithAnyPort(),
		ssrf.WithAllowedV4Prefixes(v4...),
		ssrf.WithAllowedV6Prefixes(v6...),
	)}
}

// control is net.Dialer.Control: it sees the address after name resolution,
// immediately before connect(2), so nothing can change between check and use.
func (g *guard) control(network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("%w: network %s", ErrForbiddenAddress, network)
	}
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s is no address", ErrForbiddenAddress, address)
	}
	return g.check(ap.Addr())
}

// check refuses an address of the IANA special-purpose registries that was not
// allowed. An IPv4 address inside an IPv6 one counts as the former.
func (g *guard) check(a netip.Addr) error {
	a = a.Unmap()
	if a.Zone() != "" {
		return fmt.Errorf("%w: %s has a zone", ErrForbiddenAddress, a)
	}
	if g.iana.SafeAddr(a) != nil {
		return fmt.Errorf("%w: %s; if it is meant, add its range to outgoing.allow", ErrForbiddenAddress, a)
	}
	return nil
}

// checkURL reads an address that someone else gave and refuses what can only
// be a mistake or an attack before any name is looked up.
func (c *Client) checkURL(raw string) (*url.URL, error) {
	if len(raw) > maxURLBytes {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrBadURL, maxURLBytes)
	}
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		// The text of url.Error repeats the address, and with it its secrets.
		return nil, fmt.Errorf("%w: it cannot be read as a URL", ErrBadURL)
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("%w: scheme %.20q; use http or https", ErrBadURL, u.Scheme)
	case u.User != nil:
		return nil, fmt.Errorf("%w: it carries a user name; take the part before @ away", ErrBadURL)
	case u.Opaque != "" || u.Hostname() == "":
		return nil, fmt.Errorf("%w: it has no host", ErrBadURL)
	}
	host, err := asciiHost(u.Hostname())
	if err != nil {
		return nil, err
	}
	if a, err := netip.ParseAddr(host); err == nil {
		if err := c.guard.check(a); err != nil {
			return nil, err
		}
	} else if strings.ContainsRune(host, ':') {
		return nil, fmt.Errorf("%w: host %.60q", ErrBadURL, host)
	} else if endsInNumber(host) {
		// Decimal, octal, hexadecimal and short forms (2130706433, 0177.1,
		// 0x7f.1) are IPv4 addresses for some resolvers and names for others.
		return nil, fmt.Errorf("%w: host %.60q; write an address as four decimal numbers", ErrBadURL, host)
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// asciiHost maps a host to what will be looked up, so that full-width digits
// and the like are judged as what they become.
func asciiHost(host string) (string, error) {
	for i := range len(host) {
		if host[i] >= 0x80 {
			ascii, err := idna.Lookup.ToASCII(host)
			if err != nil {
				return "", fmt.Errorf("%w: host %.60q is no name", ErrBadURL, host)
			}
			return ascii, nil
		}
		if host[i] <= ' ' || host[i] == 0x7f {
			return "", fmt.Errorf("%w: host %.60q is no name", ErrBadURL, host)
		}
	}
	return host, nil
}

// endsInNumber is the test of the URL Standard (section "host parsing") for
// hosts that can only be meant as IPv4 addresses.
func endsInNumber(host string) bool {
	last := strings.TrimSuffix(host, ".")
	if i := strings.LastIndexByte(last, '.'); i >= 0 {
		last = last[i+1:]
	}
	digits, hex := strings.CutPrefix(strings.ToLower(last), "0x")
	if digits == "" {
		return hex
	}
	for i := range len(digits) {
		if d := digits[i]; (d < '0' || d > '9') && (!hex || d < 'a' || d > 'f') {
			return false
		}
	}
	return true
}
