package main

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"loa/publish/limit"
	"loa/publish/web"
)

// LimitsConfig protects the public server.
type LimitsConfig struct {
	// Client is how many requests one address may make, such as 600/m (also /s
	// and /h); 0: any number. One with a validator counts a thirtieth.
	Client string `yaml:"client"`
	// Proxies are the addresses of proxies in front of loa, such as 10.0.0.0/8.
	// From these the client is whom their header names. Empty: no header is
	// believed, and loopback is not counted.
	Proxies []string `yaml:"proxies"`
	// Header is what the proxies write: x-forwarded-for (the default) or forwarded
	// (RFC 7239).
	Header string `yaml:"header"`
	// Publisher is how many requests one publisher may make to /api/articles; a
	// list of events is one. Default 600/m; 0: any number.
	Publisher string `yaml:"publisher"`
}

// What limits.header may be.
const (
	headerXForwardedFor = "x-forwarded-for"
	headerForwarded     = "forwarded"
)

func (l *LimitsConfig) validate(bad func(key, format string, args ...any)) {
	for _, r := range []struct{ key, rate string }{{"limits.client", l.Client}, {"limits.publisher", l.Publisher}} {
		if _, _, err := parseRate(r.rate); err != nil {
			bad(r.key, "%w", err)
		}
	}
	if _, err := parseRanges(l.Proxies); err != nil {
		bad("limits.proxies", "%w", err)
	}
	if l.Header != headerXForwardedFor && l.Header != headerForwarded {
		bad("limits.header", "%q is neither %s nor %s", l.Header, headerXForwardedFor, headerForwarded)
	}
}

// parseRate reads "600/m"; 0 means no limit.
func parseRate(s string) (n int, per time.Duration, err error) {
	num, unit, found := strings.Cut(strings.TrimSpace(s), "/")
	n, err = strconv.Atoi(num)
	if err != nil || n < 0 || n > 1e6 || !found && n != 0 {
		return 0, 0, fmt.Errorf("%q is not a rate such as 600/m", s)
	}
	switch unit {
	case "s", "":
		return n, time.Second, nil
	case "m":
		return n, time.Minute, nil
	case "h":
		return n, time.Hour, nil
	}
	return 0, 0, fmt.Errorf("%q is not a rate such as 600/m", s)
}

// parseRanges reads address ranges; an address is the range of itself.
func parseRanges(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range list {
		s = strings.TrimSpace(s)
		p, err := netip.ParsePrefix(s)
		if err != nil {
			var a netip.Addr
			if a, err = netip.ParseAddr(s); err == nil {
				p, err = a.Unmap().Prefix(a.Unmap().BitLen())
			}
		}
		if err != nil || p.Addr().Is4In6() {
			return nil, fmt.Errorf("%q is not an address range such as 10.0.0.0/8", s)
		}
		out = append(out, p)
	}
	return out, nil
}

// openLimiters makes the limits on single clients and on invited readers.
func openLimiters(c *Config, pages *web.Server) (clients, tokens *limit.Limiter, err error) {
	count, per, err := parseRate(c.Limits.Client)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: limits.client: %w", errUsage, err)
	}
	proxies, err := parseRanges(c.Limits.Proxies)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: limits.proxies: %w", errUsage, err)
	}
	o := limit.Options{
		Name: "client", Requests: count, Period: per, Refuse: pages.Refuse,
		Proxies: limit.Proxies{Ranges: proxies, Forwarded: c.Limits.Header == headerForwarded},
	}
	clients = limit.New(o)
	o.Name = "reader"
	return clients, limit.New(o), nil
}
