package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"loa/internal/broker"
)

func (a *app) sendCommand() *cobra.Command {
	var to, tokenFile string
	c := &cobra.Command{
		Use:   "send [FILE|-]",
		Short: "Send article events",
		Long: `Send article events: one JSON object a line, or one object over several lines;
plain articles or structured CloudEvents. Each is acknowledged before it counts as
sent. What cannot be sent is listed, and the exit code is then 3.

Without --to they go where the configuration says: nats.url, else nats.listen,
else the admin address of the server on this machine.

A publisher elsewhere names the server, and its token by --token-file or LOA_TOKEN:
--to https://HOST goes to its /api/articles, --to nats://NAME@HOST:4222 to its
broker, with the publisher's name as user and the token as password. Who is told to
wait, waits.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in, size, err := a.input(args)
			if err != nil {
				return err
			}
			defer in.Close()
			if to == "" {
				cfg, err := a.config()
				if err != nil {
					return err
				}
				to = defaultTarget(&cfg)
			}
			token, err := a.token(tokenFile)
			if err != nil {
				return err
			}
			return a.send(cmd.Context(), to, token, in, size)
		},
	}
	c.Flags().StringVar(&to, "to", "", "nats://HOST:PORT or http://HOST:PORT")
	c.Flags().StringVar(&tokenFile, "token-file", "", "`FILE` with the publisher's token (default: LOA_TOKEN)")
	return c
}

// token is the publisher's. It is never an argument: other users of the machine
// see those.
func (a *app) token(file string) (string, error) {
	if file == "" {
		return strings.TrimSpace(a.getenv("LOA_TOKEN")), nil
	}
	b, err := os.ReadFile(file) //nolint:gosec // the operator's own file
	if err != nil {
		return "", fmt.Errorf("%w: read token: %w", errUsage, err)
	}
	token := strings.TrimSpace(string(b))
	if token == "" || strings.ContainsAny(token, " \r\n") {
		return "", fmt.Errorf("%w: %s does not hold one token", errUsage, file)
	}
	return token, nil
}

func defaultTarget(c *Config) string {
	switch {
	case c.NATS.URL != "":
		return c.NATS.URL
	case c.NATS.Listen != "":
		return "nats://" + c.NATS.Listen
	}
	return "http://" + c.Admin
}

// input opens the file argument, or standard input.
func (a *app) input(args []string) (io.ReadCloser, int64, error) {
	if len(args) == 0 || args[0] == "-" {
		return io.NopCloser(a.stdin), -1, nil
	}
	f, err := os.Open(args[0])
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", errUsage, err)
	}
	size := int64(-1)
	if i, err := f.Stat(); err == nil && i.Mode().IsRegular() {
		size = i.Size()
	}
	return f, size, nil
}

// sender sends one event; done is called once, when it is acknowledged or not.
type sender interface {
	send(ctx context.Context, unit string, event []byte, done func(error)) error
	wait(ctx context.Context) error
}

func (a *app) send(ctx context.Context, to, token string, in io.Reader, size int64) error {
	u, err := url.Parse(to)
	if err != nil {
		return fmt.Errorf("%w: --to %q is not an address", errUsage, to)
	}
	var s sender
	switch u.Scheme {
	case "nats", "tls", "ws", "wss":
		opts := []nats.Option{nats.Name("loa send")}
		if token != "" {
			opts = append(opts, nats.UserInfo(u.User.Username(), token))
			u.User = nil
			to = u.String()
		}
		nc, err := nats.Connect(to, opts...)
		if errors.Is(err, nats.ErrAuthorization) {
			return fmt.Errorf("connect to %s: %w; give the publisher's token by --token-file or LOA_TOKEN", u.Redacted(), err)
		}
		if err != nil {
			return fmt.Errorf("connect to %s: %w; is the server running and nats.listen set?", u.Redacted(), err)
		}
		defer nc.Close()
		if s, err = newNATSSender(nc); err != nil {
			return err
		}
	case "http", "https":
		if u.Path == "" || u.Path == "/" {
			u.Path = "/api/articles"
		}
		s = &httpSender{url: u.String(), token: token, client: &http.Client{Timeout: 30 * time.Second}}
	default:
		return fmt.Errorf("%w: --to %q is neither nats:// nor http://", errUsage, to)
	}
	t := newTally(a, size)
	defer t.close()
	err = eachEvent(in, func(n int, b []byte, err error) error {
		t.read(len(b))
		if err != nil {
			t.done(n, err)
			return nil
		}
		unit, err := eventUnit(b)
		if err != nil {
			t.done(n, err)
			return nil
		}
		return s.send(ctx, unit, b, func(err error) { t.done(n, err) })
	})
	if err != nil {
		return err
	}
	if err := s.wait(ctx); err != nil {
		return err
	}
	return t.result()
}

// maxLine bounds one event on its way out; the door has its own, lower limit.
const maxLine = 7 << 20

// eachEvent calls f for each JSON value: one a line, or one over several lines.
// A line that is no JSON is given with its error, and reading goes on.
func eachEvent(in io.Reader, f func(n int, b []byte, err error) error) error {
	r := bufio.NewReaderSize(in, 64<<10)
	var open []byte // an object over several lines
	n, start := 0, 0
	give := func(line int, b []byte) error {
		if json.Valid(b) {
			return f(line, b, nil)
		}
		return f(line, b, errors.New("not JSON"))
	}
	for {
		line, err := r.ReadBytes('\n')
		n++
		trimmed := bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\ufeff")))
		switch {
		case len(trimmed) == 0:
		case open == nil && json.Valid(trimmed):
			if err := f(n, trimmed, nil); err != nil {
				return err
			}
		case open == nil && bytes.Equal(trimmed, []byte("{")) || open == nil && trimmed[0] == '{' && !bytes.HasSuffix(trimmed, []byte("}")):
			open, start = bytes.Clone(trimmed), n
		case open == nil:
			if err := give(n, trimmed); err != nil {
				return err
			}
		default:
			open = append(append(open, '\n'), trimmed...)
			if bytes.HasPrefix(line, []byte("}")) && json.Valid(open) {
				if err := f(start, open, nil); err != nil {
					return err
				}
				open = nil
			}
		}
		if len(open) > maxLine {
			if err := f(start, nil, fmt.Errorf("larger than %d bytes", maxLine)); err != nil {
				return err
			}
			open = nil
		}
		if errors.Is(err, io.EOF) {
			if open != nil {
				return give(start, open)
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
	}
}

// natsSender keeps a window of events under way.
type natsSender struct {
	js     jetstream.JetStream
	window chan struct{}
}

const sendWindow = 256

func newNATSSender(nc *nats.Conn) (*natsSender, error) {
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(2*sendWindow))
	if err != nil {
		return nil, fmt.Errorf("open JetStream: %w", err)
	}
	return &natsSender{js: js, window: make(chan struct{}, sendWindow)}, nil
}

func (s *natsSender) send(ctx context.Context, unit string, event []byte, done func(error)) error {
	select {
	case s.window <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	m := nats.NewMsg(broker.SubjectEvents + "." + unit)
	m.Data = bytes.Clone(event)
	f, err := s.js.PublishMsgAsync(m, jetstream.WithStallWait(10*time.Second))
	if err != nil {
		<-s.window
		done(err)
		return nil
	}
	go func() { // ends with the acknowledgement or its timeout
		defer func() { <-s.window }()
		select {
		case <-f.Ok():
			done(nil)
		case err := <-f.Err():
			done(err)
		case <-ctx.Done():
			done(ctx.Err())
		}
	}()
	return nil
}

func (s *natsSender) wait(ctx context.Context) error {
	for range sendWindow {
		select {
		case s.window <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

type httpSender struct {
	url, token string
	client     *http.Client
}

// httpTries is how often an event is sent that the server cannot take yet, and
// httpWait the most that is waited between.
const (
	httpTries = 10
	httpWait  = time.Minute
)

func (s *httpSender) send(ctx context.Context, _ string, event []byte, done func(error)) error {
	for try := 1; ; try++ {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(event))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json")
		if s.token != "" {
			req.Header.Set("Authorization", "Bearer "+s.token)
		}
		res, err := s.client.Do(req)
		if err != nil {
			return fmt.Errorf("send to %s: %w; is the server running?", s.url, err)
		}
		text, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
		_ = res.Body.Close()
		switch res.StatusCode {
		case http.StatusAccepted:
			done(nil)
			return nil
		case http.StatusUnauthorized:
			return fmt.Errorf("send to %s: %s", s.url, said(res, text))
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			after, _ := strconv.Atoi(res.Header.Get("Retry-After")) // 0 for a date, which loa does not send
			if try == httpTries {
				break
			}
			select {
			case <-time.After(min(time.Duration(max(after, 1))*time.Second, httpWait)):
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		done(errors.New(said(res, text)))
		return nil
	}
}

// said is what an answer says of why it is no success.
func said(res *http.Response, text []byte) string {
	var p struct {
		Detail string `json:"detail"`
		Field  string `json:"field"`
	}
	if json.Unmarshal(text, &p) == nil && p.Detail != "" {
		if p.Field != "" {
			p.Detail = p.Field + ": " + p.Detail
		}
		return res.Status + ": " + p.Detail
	}
	return res.Status + ": " + strings.TrimSpace(string(text))
}

func (s *httpSender) wait(context.Context) error { return nil }

// tally counts and tells what became of the events.
type tally struct {
	a    *app
	bar  *progressbar.ProgressBar
	lock chan struct{}
	sent int
	bad  int
}

func newTally(a *app, size int64) *tally {
	t := &tally{a: a, lock: make(chan struct{}, 1)}
	if !a.json && isTerminal(a.stderr) {
		t.bar = progressbar.NewOptions64(size, progressbar.OptionSetWriter(a.stderr), progressbar.OptionShowBytes(true),
			progressbar.OptionSetDescription("sending"), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return t
}

func (t *tally) read(n int) {
	if t.bar != nil {
		_ = t.bar.Add(n + 1)
	}
}

// done may be called from several goroutines.
func (t *tally) done(line int, err error) {
	t.lock <- struct{}{}
	defer func() { <-t.lock }()
	if err == nil {
		t.sent++
	} else {
		t.bad++
	}
	switch {
	case t.a.json && err == nil:
		_ = t.a.printJSON(map[string]any{"line": line, "sent": true})
	case t.a.json:
		_ = t.a.printJSON(map[string]any{"line": line, "sent": false, "error": err.Error()})
	case err != nil:
		fmt.Fprintf(t.a.stderr, "line %d refused: %v\n", line, err)
	}
}

func (t *tally) close() {
	if t.bar != nil {
		_ = t.bar.Finish()
	}
}

func (t *tally) result() error {
	t.close()
	if !t.a.json {
		fmt.Fprintf(t.a.stdout, "sent %d, refused %d\n", t.sent, t.bad)
	}
	switch {
	case t.bad > 0 && t.sent == 0:
		return errSaid
	case t.bad > 0:
		return errSomeRefused
	}
	return nil
}
