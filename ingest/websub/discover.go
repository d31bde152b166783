package websub

import (
	"net/http"
	"net/url"
	"strings"

	"loa/ingest/poll/decode"
)

// Found is what a source says of its hubs. The zero Found is a source without.
type Found struct {
	// Hubs, at most three, in the order of preference.
	Hubs []string `json:"hubs,omitempty"`
	// Topic is what is subscribed to: the address that the document calls its own,
	// not the one that it was fetched from (WebSub, section 5.1).
	Topic string `json:"topic,omitempty"`
	// Own is set when the two are the same. What a hub sends of another address is
	// not taken for the source's: portals that give every commune's feed the
	// address of the main one would else fill all of them with its articles.
	Own bool `json:"own,omitempty"`
}

// maxHubs bounds the hubs that are remembered of a source.
const maxHubs = 3

// Discover finds hubs and topic in a document that was fetched from the address:
// first in the Link header, then in the document itself (WebSub, section 4). The
// first of them that has both ends the search; a hub in the one and a topic in the
// other go together. f may be nil.
func Discover(h http.Header, address string, f *decode.Feed) Found {
	base, err := url.Parse(address)
	if err != nil {
		return Found{}
	}
	head := ofHeader(h, base)
	body := Found{}
	if f != nil {
		for _, hub := range f.Hubs {
			body.addHub(base, hub)
		}
		body.setTopic(base, f.SelfURL)
	}
	found := head
	if !head.whole() {
		found = body
		if !body.whole() {
			found = Found{Hubs: head.Hubs, Topic: head.Topic}
			if len(head.Hubs) == 0 {
				found.Hubs = body.Hubs
			}
			if head.Topic == "" {
				found.Topic = body.Topic
			}
		}
	}
	if !found.whole() {
		return Found{}
	}
	found.Own = sameAddress(found.Topic, address)
	return found
}

func (f *Found) whole() bool { return len(f.Hubs) > 0 && f.Topic != "" }

func ofHeader(h http.Header, base *url.URL) (f Found) {
	for _, l := range parseLinks(h.Values("Link")) {
		if l.anchored {
			context, err := base.Parse(l.anchor)
			if err != nil || context.Fragment != "" || context.String() != base.String() {
				continue // it speaks of something else (RFC 8288, section 3.2)
			}
		}
		if l.has("hub") {
			f.addHub(base, l.target)
		}
		if l.has("self") {
			f.setTopic(base, l.target)
		}
	}
	return f
}

func (f *Found) addHub(base *url.URL, ref string) {
	hub := absolute(base, ref)
	if hub == "" || len(f.Hubs) == maxHubs {
		return
	}
	for _, h := range f.Hubs {
		if h == hub {
			return
		}
	}
	f.Hubs = append(f.Hubs, hub)
}

func (f *Found) setTopic(base *url.URL, ref string) {
	if f.Topic == "" {
		f.Topic = absolute(base, ref)
	}
}

// maxAddress bounds addresses of hubs and topics, in bytes.
const maxAddress = 2 << 10

// absolute resolves a reference; "" if it is none to an http(s) address.
func absolute(base *url.URL, ref string) string {
	if ref == "" || len(ref) > maxAddress {
		return ""
	}
	u, err := base.Parse(ref)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return ""
	}
	u.Fragment, u.RawFragment = "", ""
	s := u.String()
	if len(s) > maxAddress {
		return ""
	}
	return s
}

// sameAddress compares without scheme, case of the host and default port: a portal
// that came to https often goes on to call itself http.
func sameAddress(a, b string) bool {
	x, y := plainAddress(a), plainAddress(b)
	return x != "" && x == y
}

func plainAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	if p := u.Port(); p != "" && p != "80" && p != "443" {
		host += ":" + p
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return host + path + "?" + u.RawQuery
}
