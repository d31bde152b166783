package safehttp_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"loa/internal/safehttp"
)

// names is a resolver that gives the n-th question for an A record the n-th of
// its addresses, and the last one from then on.
func names(asked *atomic.Int32, addrs ...string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			var size [2]byte
			if _, err := io.ReadFull(server, size[:]); err != nil {
				return
			}
			raw := make([]byte, binary.BigEndian.Uint16(size[:]))
			var q dnsmessage.Message
			if _, err := io.ReadFull(server, raw); err != nil || q.Unpack(raw) != nil {
				return
			}
			a := dnsmessage.Message{Header: dnsmessage.Header{ID: q.ID, Response: true, Authoritative: true}, Questions: q.Questions}
			if q.Questions[0].Type == dnsmessage.TypeA {
				n := int(asked.Add(1)) - 1
				a.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Questions[0].Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
					Body:   &dnsmessage.AResource{A: netip.MustParseAddr(addrs[min(n, len(addrs)-1)]).As4()},
				}}
			}
			out, err := a.AppendPack([]byte{0, 0})
			if err != nil {
				return
			}
			binary.BigEndian.PutUint16(out, uint16(len(out)-2))
			_, _ = server.Write(out)
		}()
		return client, nil
	}}
}

// A name that was good when it was first asked for turns to a private address:
// the second connection is refused, because each is checked when it is dialled.
func TestRebinding(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		http.Redirect(w, r, "/again", http.StatusFound)
	}))
	defer srv.Close()
	u, _ := url.Parse(srv.URL)
	var asked atomic.Int32
	c := safehttp.NewWithResolver(safehttp.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}, names(&asked, "127.0.0.1", "127.0.0.2"))
	defer c.Close()
	_, err := c.Do(t.Context(), &safehttp.Request{URL: "http://xa.example.vn:" + u.Port() + "/"})
	if !errors.Is(err, safehttp.ErrForbiddenAddress) || asked.Load() != 2 {
		t.Errorf("%v after %d questions", err, asked.Load())
	}
}

func TestNameOfPrivateAddress(t *testing.T) {
	for _, addr := range []string{"127.0.0.1", "10.1.2.3", "169.254.169.254", "0.0.0.0", "192.168.0.10"} {
		var asked atomic.Int32
		c := safehttp.NewWithResolver(safehttp.Options{}, names(&asked, addr))
		_, err := c.Do(t.Context(), &safehttp.Request{URL: "https://noibo.example.vn/"})
		if !errors.Is(err, safehttp.ErrForbiddenAddress) {
			t.Errorf("%s: %v", addr, err)
		}
		c.Close()
	}
}

// The deadline is that of the whole exchange, however the time is spent.
func TestDeadline(t *testing.T) {
	trickle := func(conn net.Conn, head, unit string) {
		if _, err := io.WriteString(conn, head); err != nil {
			return
		}
		for {
			time.Sleep(time.Second)
			if _, err := io.WriteString(conn, unit); err != nil {
				return
			}
		}
	}
	for name, serve := range map[string]func(net.Conn){
		"no answer":   func(net.Conn) {},
		"slow header": func(conn net.Conn) { trickle(conn, "HTTP/1.1 200 OK\r\n", "X-A: b\r\n") },
		"slow body":   func(conn net.Conn) { trickle(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "x") },
		"slow redirects": func(conn net.Conn) {
			time.Sleep(20 * time.Second)
			fmt.Fprintf(conn, "HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: /%d\r\nContent-Length: 0\r\n\r\n", time.Now().Unix())
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := safehttp.NewWithDial(safehttp.Options{Timeout: 30 * time.Second}, func(context.Context, string, string) (net.Conn, error) {
					client, server := net.Pipe()
					go func() {
						defer server.Close()
						if _, err := http.ReadRequest(bufio.NewReader(server)); err == nil {
							serve(server)
							_, _ = io.Copy(io.Discard, server)
						}
					}()
					return client, nil
				})
				defer c.Close()
				start := time.Now()
				_, err := c.Do(t.Context(), &safehttp.Request{URL: "http://xa.example.vn/"})
				if !errors.Is(err, safehttp.ErrTimeout) || time.Since(start) != 30*time.Second {
					t.Errorf("%v after %s", err, time.Since(start))
				}
				time.Sleep(time.Minute) // the server sees that the connection is gone
			})
		})
	}
}
