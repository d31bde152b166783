package main

import (
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"loa/ingest/poll"
	"loa/ingest/websub"
	"loa/internal/broker"
)

// WebSubConfig is about hubs that push what sources publish.
type WebSubConfig struct {
	// Callback is the public address under which hubs reach loa, with a slash at
	// its end. Empty: base_url and /websub/, if hubs can reach that, which they
	// cannot on loopback or a private address. off: sources are only polled.
	// Secrets, without which a push is no more than a reason to poll, need https.
	Callback string `yaml:"callback"`
}

// callback is the address for hubs; "" if there is none.
func (c *Config) callback() string {
	switch c.WebSub.Callback {
	case "":
		if !reachable(c.BaseURL) {
			return ""
		}
		return strings.TrimRight(c.BaseURL, "/") + "/websub/"
	case "off":
		return ""
	}
	return c.WebSub.Callback
}

// reachable reports whether an address can be one of the public internet.
func reachable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if a, err := netip.ParseAddr(host); err == nil {
		a = a.Unmap()
		return a.IsGlobalUnicast() && !a.IsPrivate()
	}
	return strings.Contains(host, ".") && !strings.HasSuffix(host, ".localhost")
}

// openWebSub makes the door for hubs; nil if hubs cannot reach this place.
func openWebSub(c *Config, js jetstream.JetStream, client websub.Client, door *poll.Door, log *slog.Logger) (*websub.Subscriber, error) {
	callback := c.callback()
	if callback == "" {
		return nil, nil
	}
	s, err := websub.New(websub.NewBucket(js, broker.BucketHubs), websub.NewStream(js, broker.StreamPings, broker.SubjectPings, "pings", log), client, door,
		websub.Options{Callback: callback, Log: log})
	if err != nil {
		return nil, fmt.Errorf("%w: websub.callback: %w", errUsage, err)
	}
	door.SetHub(s)
	return s, nil
}

// setSources tells everyone who needs to know the sources.
func (n *node) setSources(list []poll.Source) {
	if n.websub != nil {
		n.websub.SetSources(list) // first: it hears of what is polled
	}
	n.poll.SetSources(list)
}
