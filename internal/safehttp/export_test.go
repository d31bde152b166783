package safehttp

import (
	"context"
	"net"
	"net/http"
	"net/url"
)

// NewWithResolver returns a client that asks r for names.
func NewWithResolver(o Options, r *net.Resolver) *Client { return newClient(o, r) }

// NewWithDial returns a client whose connections come from dial, unguarded, so
// that time can be tested without a network.
func NewWithDial(o Options, dial func(ctx context.Context, network, addr string) (net.Conn, error)) *Client {
	c := newClient(o, nil)
	c.transport.DialContext = dial
	return c
}

// CheckURL is what is asked of an address before a name is looked up.
func (c *Client) CheckURL(raw string) (*url.URL, error) { return c.checkURL(raw) }

// Read decodes the body of a response.
func Read(res *http.Response, limit int64) ([]byte, bool, error) { return read(res, limit) }
