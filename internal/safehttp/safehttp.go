// Package safehttp is the one guarded way out: every request that loa makes to
// an address that someone else named (sources, hubs, callbacks, webhooks,
// icons) goes through a [Client].
//
// The address is checked against the IANA special-purpose registries when the
// connection is dialled, on the address that is really connected to, so that a
// name that resolves differently the second time gains nothing. Redirects are
// followed one by one, each with the same check. Size, compression ratio and
// the time of the whole exchange are bounded. It obeys RFC 9110 (redirects in
// section 15.4, content codings in 8.4).
//
// It does not retry, cache, poll politely or interpret what it fetched; it
// keeps no cookies and takes no proxy from the environment.
package safehttp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"
)

// Limits that a zero field of [Options] stands for.
const (
	DefaultTimeout      = 30 * time.Second
	DefaultMaxBytes     = 8 << 20
	DefaultMaxRedirects = 5
)

const (
	maxHeaderBytes  = 64 << 10 // of one response, names and values
	connectTimeout  = 10 * time.Second
	idleTimeout     = 30 * time.Second
	maxIdleConns    = 64
	maxIdlePerHost  = 2
	maxConnsPerHost = 8
	maxURLBytes     = 8 << 10
	drainBytes      = 4 << 10 // read from a redirect's body, so that its connection can be used again
)

// Errors that a caller can tell apart with errors.Is. All but ErrTimeout are
// permanent: the same request will not do better.
var (
	ErrBadURL           = errors.New("safehttp: unusable address")
	ErrForbiddenAddress = errors.New("safehttp: address is not on the public internet")
	ErrTooLarge         = errors.New("safehttp: answer is too large")
	ErrTooManyRedirects = errors.New("safehttp: too many redirects")
	ErrUnknownEncoding  = errors.New("safehttp: answer has a content coding that was not asked for")
	ErrTimeout          = errors.New("safehttp: no whole answer in time")
	errRatio            = errors.New("safehttp: compression ratio of a bomb")
)

// Options say what a [Client] may do. The zero value reaches the public
// internet alone, with the default limits.
type Options struct {
	// Allow lists ranges that may be reached although they are private or
	// special, e.g. 127.0.0.0/8 in tests.
	Allow []netip.Prefix
	// UserAgent is sent when a request has none of its own.
	UserAgent string
	// Timeout bounds the whole exchange: names, connections, redirects and the
	// last byte of the body. Default 30 s.
	Timeout time.Duration
	// MaxBytes bounds the body after decompression. Default 8 MiB.
	MaxBytes int64
	// MaxRedirects bounds the redirects that are followed. 0 stands for 5, a
	// negative number for none: the redirect is then the answer.
	MaxRedirects int
	// Roots are the authorities that TLS certificates are verified against;
	// nil means those of the system. There is no way to turn verification off.
	Roots *x509.CertPool
}

// Request is one exchange.
type Request struct {
	// Method is GET when empty.
	Method string
	// URL is absolute, http or https, without user information.
	URL string
	// Header is sent as it is, except that Accept-Encoding, Connection, Host
	// and the framing of the body are the client's own.
	Header http.Header
	Body   []byte
	// MaxBytes replaces the client's limit when it is positive.
	MaxBytes int64
}

// Response is a whole answer, whatever its status.
type Response struct {
	Status int
	// Header has neither Content-Encoding nor Content-Length: Body is decoded.
	Header http.Header
	Body   []byte
	// URL is the address that answered, after redirects.
	URL string
	// Hops are the redirects that were followed, in order.
	Hops []Hop
	// Truncated is set when the connection or the compressed stream ended
	// before the body did; Body is what came.
	Truncated bool
}

// Hop is one redirect.
type Hop struct {
	Status   int
	From, To string
}

// Client makes guarded requests. It is safe for concurrent use.
type Client struct {
	opts      Options
	guard     *guard
	transport *http.Transport
}

// New returns a client. Call [Client.Close] when it is not needed any more.
func New(o Options) *Client {
	return newClient(o, nil)
}

// newClient takes a resolver for tests; nil means the system's.
func newClient(o Options, resolver *net.Resolver) *Client {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	switch {
	case o.MaxRedirects == 0:
		o.MaxRedirects = DefaultMaxRedirects
	case o.MaxRedirects < 0:
		o.MaxRedirects = 0
	}
	if o.UserAgent == "" {
		o.UserAgent = "loa"
	}
	o.Allow = slices.Clone(o.Allow)
	g := newGuard(o.Allow)
	dialer := &net.Dialer{Timeout: connectTimeout, Resolver: resolver, Control: g.control}
	return &Client{
		opts:  o,
		guard: g,
		transport: &http.Transport{
			Proxy:                  nil, // a proxy would connect where the guard cannot see
			DialContext:            dialer.DialContext,
			ForceAttemptHTTP2:      true,
			TLSClientConfig:        &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    connectTimeout,
			DisableCompression:     true, // decoded by read, which watches the ratio
			MaxResponseHeaderBytes: maxHeaderBytes,
			MaxIdleConns:           maxIdleConns,
			MaxIdleConnsPerHost:    maxIdlePerHost,
			MaxConnsPerHost:        maxConnsPerHost,
			IdleConnTimeout:        idleTimeout,
		},
	}
}

// Close ends the idle connections. Exchanges under way go on.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Do makes one exchange, following redirects, and reads the whole answer. Any
// status is an answer; an error means that there is none. Errors name the host
// alone, because paths and queries may hold secrets.
//
// Redirects of a request without a body are followed. One with a body follows
// 307 and 308 within its own origin; any other redirect is returned as the
// answer, because what was said to one host is not for another.
func (c *Client) Do(ctx context.Context, req *Request) (*Response, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.opts.Timeout, ErrTimeout)
	defer cancel()
	return c.follow(ctx, req)
}
