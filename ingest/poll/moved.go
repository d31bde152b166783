package poll

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"loa/internal/safehttp"
)

const (
	// moveRepeats is how many polls in a row a permanent redirect must repeat:
	// gateways and half-moved sites send such answers by mistake.
	moveRepeats = 3
	// A source that answered 404 this often, or this long, is looked for anew.
	missingPolls = 20
	missingTime  = 5 * 24 * time.Hour
	missingLeast = 3
	searchEvery  = 24 * time.Hour
	// strayed is how many failures in a row send a source back from an adopted
	// address to the configured one.
	strayed = 3
)

// PermanentTarget is the address that the permanent redirects at the head of hops
// lead to; "" if the first is not permanent. What a temporary one says is never
// remembered (RFC 9110, sections 15.4.2, 15.4.3, 15.4.8, 15.4.9).
func PermanentTarget(hops []safehttp.Hop) string {
	target := ""
	for _, h := range hops {
		if h.Status != http.StatusMovedPermanently && h.Status != http.StatusPermanentRedirect {
			break
		}
		target = h.To
	}
	return target
}

// Kinship says how far apart two addresses are.
type Kinship int

// The kinships.
const (
	// Stranger is on another site: perhaps another publisher's.
	Stranger Kinship = iota
	// Sibling is on the same site.
	Sibling
)

// Kin tells whether two addresses are of one site: the same host but for "www.",
// port and scheme, or the same registrable domain. Under gov.vn the registrable
// domain is a province's or a ministry's, with as many publishers as it has hosts:
// there, the host must be the same.
func Kin(a, b string) Kinship {
	x, y := siteHost(a), siteHost(b)
	switch {
	case x == "" || y == "":
		return Stranger
	case x == y:
		return Sibling
	}
	if _, err := netip.ParseAddr(x); err == nil {
		return Stranger
	}
	dx, errX := publicsuffix.EffectiveTLDPlusOne(x)
	dy, errY := publicsuffix.EffectiveTLDPlusOne(y)
	if errX != nil || errY != nil || dx != dy || strings.HasSuffix(dx, ".gov.vn") {
		return Stranger
	}
	return Sibling
}

func siteHost(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), "www.")
}

// follow notes where a poll was sent. taken says that what stood there was read as
// a feed. A permanent redirect that repeats is adopted within the site; beyond it,
// it is proposed to the operator, and the old address is asked as long as it leads
// there.
func (st *State) follow(s *Source, hops []safehttp.Hop, taken bool, now time.Time) {
	target := PermanentTarget(hops)
	if target == "" || !taken {
		if taken { // it answers by itself again
			st.Redirect = nil
			if st.Proposal != nil && st.Proposal.Why == whyRedirect {
				st.Proposal = nil
			}
		}
		return
	}
	if st.Redirect == nil || st.Redirect.To != target {
		st.Redirect = &Redirect{To: target, Since: now}
	}
	st.Redirect.Count++
	if st.Redirect.Count < moveRepeats {
		return
	}
	if Kin(s.URL, target) == Sibling {
		st.URL, st.Redirect = target, nil
		if target == s.URL {
			st.URL = ""
		}
		return
	}
	if st.Proposal == nil || st.Proposal.URL != target {
		st.Proposal = &Proposal{URL: target, Why: whyRedirect, Since: st.Redirect.Since}
	}
}

const (
	whyRedirect = "its address redirects there for good, to another site; if that is the same publisher, set it as url"
	whyMissing  = "its address answers 404; its site names this feed"
)

// stray notes a poll that failed: a source that has moved may have to go back, 410
// ends it, 404 is counted.
func (st *State) stray(status int, now time.Time) {
	if st.URL != "" && (status == http.StatusGone || st.Failures >= strayed) {
		st.URL, st.Redirect = "", nil
		return
	}
	switch status {
	case http.StatusGone:
		st.Gone = now
		st.Error = "the source answers 410 Gone: it is not polled any more until its entry changes, or by `loa sources poll`"
	case http.StatusNotFound:
		if st.Missing == 0 {
			st.MissingSince = now
		}
		st.Missing++
	}
}

// lost says that the source has been missing for so long that its site is to be
// asked for another feed.
func (st *State) lost(now time.Time) bool {
	return (st.Missing >= missingPolls || st.Missing >= missingLeast && now.Sub(st.MissingSince) >= missingTime) &&
		now.Sub(st.Searched) >= searchEvery
}
