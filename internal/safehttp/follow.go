package safehttp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// follow makes the requests of one exchange.
func (c *Client) follow(ctx context.Context, req *Request) (*Response, error) {
	method := req.Method
	if method == "" {
		method = http.MethodGet
	}
	u, err := c.checkURL(req.URL)
	if err != nil {
		return nil, err
	}
	header := c.header(req)
	limit := c.opts.MaxBytes
	if req.MaxBytes > 0 {
		limit = req.MaxBytes
	}
	var hops []Hop
	seen := map[string]bool{u.String(): true}
	for {
		res, err := c.roundTrip(ctx, method, u, header, req.Body)
		if err != nil {
			return nil, describe(ctx, u, err)
		}
		next, err := c.redirect(u, res, len(req.Body) > 0)
		switch {
		case err != nil || next == nil:
		case len(hops) >= c.opts.MaxRedirects:
			err = fmt.Errorf("%w: more than %d; use the final address", ErrTooManyRedirects, c.opts.MaxRedirects)
		case seen[next.String()]:
			err = fmt.Errorf("%w: they go in a circle", ErrTooManyRedirects)
		}
		if err != nil {
			_ = res.Body.Close()
			return nil, describe(ctx, u, err)
		}
		if next == nil {
			return answer(ctx, res, u, hops, limit)
		}
		_, _ = io.CopyN(io.Discard, res.Body, drainBytes)
		_ = res.Body.Close()
		hops = append(hops, Hop{Status: res.StatusCode, From: u.String(), To: next.String()})
		if res.StatusCode == http.StatusSeeOther && method != http.MethodHead {
			method = http.MethodGet
		}
		header = headerAfter(header, sameOrigin(u, next))
		u = next
		seen[u.String()] = true
	}
}

// answer reads the final response.
func answer(ctx context.Context, res *http.Response, u *url.URL, hops []Hop, limit int64) (*Response, error) {
	body, truncated, err := read(res, limit)
	if err != nil {
		return nil, describe(ctx, u, err)
	}
	res.Header.Del("Content-Encoding")
	res.Header.Del("Content-Length")
	return &Response{
		Status: res.StatusCode, Header: res.Header, Body: body,
		URL: u.String(), Hops: hops, Truncated: truncated,
	}, nil
}

// header is what is sent first: the caller's, and the client's own.
func (c *Client) header(req *Request) http.Header {
	h := req.Header.Clone()
	if h == nil {
		h = make(http.Header)
	}
	for _, name := range []string{"Host", "Connection", "Content-Length", "Transfer-Encoding", "Te", "Trailer", "Upgrade"} {
		h.Del(name)
	}
	h.Set("Accept-Encoding", "gzip, deflate")
	if h.Get("User-Agent") == "" {
		h.Set("User-Agent", c.opts.UserAgent)
	}
	return h
}

// headerAfter is what is sent to where a redirect points: never the validators,
// which belong to the address that gave them (RFC 9110 section 13.1), and to
// another origin only what says who asks for what.
func headerAfter(h http.Header, sameOrigin bool) http.Header {
	out := h.Clone()
	for _, name := range []string{"If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range", "A-Im", "Range"} {
		out.Del(name)
	}
	if sameOrigin {
		return out
	}
	for name := range out {
		switch name {
		case "Accept", "Accept-Encoding", "Accept-Language", "User-Agent", "From":
		default:
			delete(out, name)
		}
	}
	return out
}

func (c *Client) roundTrip(ctx context.Context, method string, u *url.URL, h http.Header, body []byte) (*http.Response, error) {
	var content io.Reader
	if len(body) > 0 {
		content = bytes.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), content)
	if err != nil {
		return nil, err
	}
	r.Header = h.Clone()
	// The transport and not http.Client: that follows redirects by itself and
	// adds a Referer, which can carry the secrets of a query.
	return c.transport.RoundTrip(r)
}

// redirect returns where an answer sends the request, or nil if it is final.
func (c *Client) redirect(from *url.URL, res *http.Response, hasBody bool) (*url.URL, error) {
	if c.opts.MaxRedirects == 0 {
		return nil, nil
	}
	switch res.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther:
		if hasBody {
			return nil, nil
		}
	case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, nil
	}
	location := res.Header.Get("Location")
	if location == "" {
		return nil, nil
	}
	ref, err := url.Parse(strings.TrimSpace(location))
	if err != nil {
		return nil, fmt.Errorf("follow redirect: %w: its Location cannot be read as a URL", ErrBadURL)
	}
	to, err := c.checkURL(from.ResolveReference(ref).String())
	if err != nil {
		return nil, fmt.Errorf("follow redirect: %w", err)
	}
	if hasBody && !sameOrigin(from, to) {
		return nil, nil
	}
	return to, nil
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}

// describe gives an error its host and turns the two that the standard library
// has no value for into this package's.
func describe(ctx context.Context, u *url.URL, err error) error {
	switch {
	case errors.Is(err, ErrForbiddenAddress), errors.Is(err, ErrTooLarge), errors.Is(err, ErrBadURL), errors.Is(err, ErrTooManyRedirects):
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), ErrTimeout):
		err = ErrTimeout
	case ctx.Err() != nil:
		err = ctx.Err()
	case strings.Contains(err.Error(), "server response headers exceeded"):
		err = fmt.Errorf("%w: header of more than %d bytes", ErrTooLarge, maxHeaderBytes)
	}
	return fmt.Errorf("fetch from %s: %w", u.Host, err)
}
