package websub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"loa/ingest/poll"
	"loa/internal/safehttp"
)

const (
	maxAnswer    = 64 << 10 // bytes of a hub's answer
	maxRedirects = 3
)

// post asks a hub (WebSub, section 5.1). It follows 307 and 308, also to another
// host, as the Recommendation demands, but takes no secret from TLS to plain HTTP.
func (s *Subscriber) post(ctx context.Context, r *request) reply {
	form := url.Values{
		"hub.mode": {r.mode}, "hub.topic": {r.lease.Topic}, "hub.callback": {s.callbackOf(r.source, r.lease.Token)},
	}
	if r.mode == "subscribe" {
		form.Set("hub.lease_seconds", strconv.Itoa(int(askLease/time.Second)))
		if r.lease.Secret != "" {
			form.Set("hub.secret", r.lease.Secret)
		}
	}
	address := r.lease.Hub
	for range maxRedirects + 1 {
		res, err := s.client.Do(ctx, &safehttp.Request{
			Method: http.MethodPost, URL: address, MaxBytes: maxAnswer, Body: []byte(form.Encode()),
			Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"text/plain, */*;q=0.5"}},
		})
		if err != nil {
			return reply{text: err.Error()}
		}
		if res.Status != http.StatusTemporaryRedirect && res.Status != http.StatusPermanentRedirect {
			out := reply{status: res.Status}
			if res.Status < 200 || res.Status > 299 {
				out.text = clip(string(res.Body))
			}
			if after, ok := poll.RetryAfter(res.Header, s.o.Now()); ok {
				out.retryAfter = after
			}
			return out
		}
		next, err := redirected(res.URL, res.Header.Get("Location"), r.lease.Secret != "")
		if err != nil {
			return reply{text: err.Error()}
		}
		address = next
	}
	return reply{text: "too many redirects"}
}

var errRedirect = errors.New("websub: the hub redirects to where its requests cannot go")

func redirected(from, location string, secret bool) (string, error) {
	base, err := url.Parse(from)
	if err != nil {
		return "", errRedirect
	}
	to, err := base.Parse(strings.TrimSpace(location))
	if err != nil || location == "" {
		return "", errRedirect
	}
	if secret && to.Scheme != "https" {
		return "", fmt.Errorf("%w: to plain HTTP", errRedirect)
	}
	return to.String(), nil
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
