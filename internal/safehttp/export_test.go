package safehttp

import (
	"context"
	"net"
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
