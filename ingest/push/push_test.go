package push_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"loa/ingest/events"
	"loa/ingest/push"
	"loa/internal/cache"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stream is a broker that keeps what it takes, or fails.
type stream struct {
	mu   sync.Mutex
	msgs []*nats.Msg
	err  error
	// after is how many are taken before err; 0 means none.
	after int
	// wait is called within PublishMsg.
	wait func()
}

var _ push.EventLog = (*stream)(nil)

func (s *stream) put(m *nats.Msg) (*jetstream.PubAck, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil && len(s.msgs) >= s.after {
		return nil, s.err
	}
	s.msgs = append(s.msgs, m)
	return &jetstream.PubAck{Stream: "LOA_EVENTS", Sequence: uint64(len(s.msgs))}, nil
}

func (s *stream) PublishMsg(_ context.Context, m *nats.Msg, _ ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	if s.wait != nil {
		s.wait()
	}
	return s.put(m)
}

func (s *stream) PublishMsgAsync(m *nats.Msg, _ ...jetstream.PublishOpt) (jetstream.PubAckFuture, error) {
	f := &future{msg: m, ok: make(chan *jetstream.PubAck, 1), err: make(chan error, 1)}
	if ack, err := s.put(m); err != nil {
		f.err <- err
	} else {
		f.ok <- ack
	}
	return f, nil
}

type future struct {
	msg *nats.Msg
	ok  chan *jetstream.PubAck
	err chan error
}

func (f *future) Ok() <-chan *jetstream.PubAck { return f.ok }
func (f *future) Err() <-chan error            { return f.err }
func (f *future) Msg() *nats.Msg               { return f.msg }

func (s *stream) taken() []*nats.Msg {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.msgs)
}

// door is a handler with two publishers: one of a single unit, one of two.
type door struct {
	*push.Handler
	t          testing.TB
	stream     *stream
	publishers *push.Publishers
	log        strings.Builder
	one, two   string // tokens
}

func open(t testing.TB, change func(*push.Options)) *door {
	t.Helper()
	c, err := cache.NewMemory(cache.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	d := &door{t: t, stream: &stream{}, publishers: &push.Publishers{}}
	var h1, h2, h3 string
	d.one, h1 = push.NewToken()
	d.two, h2 = push.NewToken()
	_, h3 = push.NewToken()
	revoked := time.Now()
	d.publishers.Set([]push.Publisher{
		{Name: "yenlac", Units: []string{"09025"}, TokenSHA256: h1},
		{Name: "huyen", Units: []string{"09025", "09064"}, TokenSHA256: h2},
		{Name: "cu", Units: []string{"09025"}, TokenSHA256: h3, Revoked: &revoked},
	})
	o := push.Options{Subject: "loa.events", Publishers: d.publishers, Authority: "loa.example.vn,2026",
		Log: slog.New(slog.NewTextHandler(&d.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if change != nil {
		change(&o)
	}
	d.Handler = push.New(d.stream, c, o)
	return d
}

// request is one to the door; header lines are "Name: value".
type request struct {
	method, path, token, body string
	header                    []string
}

const article = `{"unit": "09025", "number": "1", "title": "Họp thôn Đông"}`

func (d *door) do(r request) *http.Response {
	d.t.Helper()
	if r.method == "" {
		r.method = http.MethodPost
	}
	if r.path == "" {
		r.path = push.Path
	}
	req := httptest.NewRequest(r.method, r.path, strings.NewReader(r.body))
	req.Header.Set("Content-Type", "application/json")
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	for _, line := range r.header {
		k, v, _ := strings.Cut(line, ":")
		if req.Header.Set(k, strings.TrimSpace(v)); strings.TrimSpace(v) == "" {
			req.Header.Del(k)
		}
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, req)
	return w.Result()
}

// answer is a success or a problem.
type answer struct {
	Sequence uint64
	Type     string
	Title    string
	Status   int
	Detail   string
	Code     string
	Field    string
	Accepted int
	Refused  int
	Results  []struct {
		Item     int
		Status   int
		Sequence uint64
		Problem  *answer
	}
}

func read(t testing.TB, res *http.Response) answer {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var a answer
	if err := json.Unmarshal(b, &a); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return a
}

func TestAnswers(t *testing.T) {
	d := open(t, nil)
	long := strings.Repeat("a", events.MaxEvent)
	for name, tt := range map[string]struct {
		request
		status      int
		code, field string
	}{
		"accepted":                     {request{token: d.one, body: article}, 202, "", ""},
		"scheme in any case":           {request{header: []string{"Authorization: bEARER " + d.one}, body: article}, 202, "", ""},
		"slash at the end":             {request{token: d.one, path: push.Path + "/", body: article}, 202, "", ""},
		"charset":                      {request{token: d.one, body: article, header: []string{`Content-Type: application/json; charset="UTF-8"`}}, 202, "", ""},
		"byte order mark":              {request{token: d.one, body: "\ufeff" + article}, 202, "", ""},
		"withdrawn needs no title":     {request{token: d.one, body: `{"unit":"09025","number":"1","action":"withdrawn"}`}, 202, "", ""},
		"structured":                   {request{token: d.one, body: `{"specversion":"1.0","id":"1","source":"/cms","type":"article.published","data":` + article + `}`, header: []string{"Content-Type: application/cloudevents+json"}}, 202, "", ""},
		"structured as plain JSON":     {request{token: d.one, body: `{"specversion":"1.0","id":"1","source":"/cms","type":"article.published","data":` + article + `}`}, 202, "", ""},
		"binary":                       {request{token: d.one, body: article, header: []string{"ce-specversion: 1.0", "ce-id: 1", "ce-source: /cms", "ce-type: article.updated"}}, 202, "", ""},
		"no token":                     {request{body: article}, 401, "unauthorized", ""},
		"other scheme":                 {request{body: article, header: []string{"Authorization: Basic " + d.one}}, 401, "unauthorized", ""},
		"unknown token":                {request{token: d.one + "x", body: article}, 401, "unauthorized", ""},
		"hash instead of token":        {request{token: push.HashToken(d.one), body: article}, 401, "unauthorized", ""},
		"no token and no such address": {request{path: push.Path + "/1/2", body: article}, 404, "not-found", ""},
		"other unit":                   {request{token: d.one, body: `{"unit":"09064","number":"1","title":"a"}`}, 403, "not-your-unit", "unit"},
		"unit said twice":              {request{token: d.one, body: `{"unit":"09025","number":"1","title":"a","UNIT":"09064"}`}, 403, "not-your-unit", "unit"},
		"unit said twice within":       {request{token: d.one, body: `{"specversion":"1.0","id":"1","source":"/cms","type":"article.published","unit":"09025","data":{"unit":"09064","number":"1","title":"a"}}`}, 403, "not-your-unit", "unit"},
		"subject for a unit":           {request{token: d.one, body: `{"unit":"09025.>","number":"1","title":"a"}`}, 422, "bad-unit", "unit"},
		"lines in the unit":            {request{token: d.one, body: `{"unit":"09025\r\nPUB loa.article.x","number":"1","title":"a"}`}, 422, "bad-unit", "unit"},
		"no unit":                      {request{token: d.one, body: `{"number":"1","title":"a"}`}, 422, "no-unit", "unit"},
		"no title":                     {request{token: d.one, body: `{"unit":"09025","number":"1"}`}, 422, "no-title", "title"},
		"title of nothing":             {request{token: d.one, body: `{"unit":"09025","number":"1","title":" <b> </b>\u200b"}`}, 422, "no-title", "title"},
		"no name":                      {request{token: d.one, body: `{"unit":"09025","title":"a"}`}, 422, "no-name", "url"},
		"bad type":                     {request{token: d.one, body: `{"unit":"09025","number":"1","title":["a"]}`}, 422, "bad-input", "title"},
		"bad type within":              {request{token: d.one, body: `{"unit":"09025","number":"1","title":"a","attachments":[{"url":1}]}`}, 422, "bad-input", "attachments.url"},
		"unknown action":               {request{token: d.one, body: `{"unit":"09025","number":"1","title":"a","action":"delete"}`}, 422, "unknown-action", "action"},
		"unknown type":                 {request{token: d.one, body: article, header: []string{"ce-specversion: 1.0", "ce-id: 1", "ce-source: /cms", "ce-type: created"}}, 422, "unknown-type", "type"},
		"malformed CloudEvent":         {request{token: d.one, body: article, header: []string{"ce-specversion: 1.0", "ce-type: article.published"}}, 400, "bad-cloudevent", ""},
		"header that ends the line":    {request{token: d.one, body: article, header: []string{"ce-specversion: 1.0", "ce-id: 1\r\nNats-Rollup: all", "ce-source: /cms", "ce-type: article.updated"}}, 400, "bad-cloudevent", ""},
		"not JSON":                     {request{token: d.one, body: `title=a`}, 400, "not-json", ""},
		"empty":                        {request{token: d.one}, 400, "not-json", ""},
		"not UTF-8":                    {request{token: d.one, body: "{\"title\":\"\xff\"}"}, 400, "bad-utf8", ""},
		"too large":                    {request{token: d.one, body: `{"unit":"09025","number":"1","title":"a","summary":"` + long + `"}`}, 413, "too-large", ""},
		"too large for a list":         {request{token: d.one, body: strings.Repeat(" ", push.MaxBatch+1)}, 413, "too-large", ""},
		"form":                         {request{token: d.one, body: article, header: []string{"Content-Type: application/x-www-form-urlencoded"}}, 415, "media-type", ""},
		"text":                         {request{token: d.one, body: article, header: []string{"Content-Type: text/plain"}}, 415, "media-type", ""},
		"no media type":                {request{token: d.one, body: article, header: []string{"Content-Type:"}}, 415, "media-type", ""},
		"other charset":                {request{token: d.one, body: article, header: []string{"Content-Type: application/json; charset=utf-16"}}, 415, "media-type", ""},
		"compressed":                   {request{token: d.one, body: article, header: []string{"Content-Encoding: gzip"}}, 415, "media-type", ""},
		"get":                          {request{token: d.one, method: "GET"}, 405, "method", ""},
		"put to the collection":        {request{token: d.one, method: "PUT", body: article}, 405, "method", ""},
		"post to an article":           {request{token: d.one, path: push.Path + "/1", body: article}, 405, "method", ""},
		"bad key":                      {request{token: d.one, body: article, header: []string{"Idempotency-Key: hai từ"}}, 400, "bad-idempotency-key", ""},

		"put":                       {request{token: d.one, method: "PUT", path: push.Path + "/7", body: `{"title":"Họp"}`}, 202, "", ""},
		"put its own number":        {request{token: d.one, method: "PUT", path: push.Path + "/7", body: `{"title":"Họp","number":7}`}, 202, "", ""},
		"put of two units":          {request{token: d.two, method: "PUT", path: push.Path + "/7", body: `{"title":"Họp"}`}, 422, "no-unit", "unit"},
		"put with the unit":         {request{token: d.two, method: "PUT", path: push.Path + "/7?unit=09064", body: `{"title":"Họp"}`}, 202, "", ""},
		"put with two units":        {request{token: d.two, method: "PUT", path: push.Path + "/7?unit=09064", body: `{"title":"Họp","unit":"09025"}`}, 422, "wrong-unit", "unit"},
		"put for another":           {request{token: d.one, method: "PUT", path: push.Path + "/7?unit=09064", body: `{"title":"Họp"}`}, 403, "not-your-unit", "unit"},
		"put for another, in body":  {request{token: d.one, method: "PUT", path: push.Path + "/7", body: `{"title":"Họp","Unit":"09064"}`}, 202, "", ""},
		"put another number":        {request{token: d.one, method: "PUT", path: push.Path + "/7", body: `{"title":"Họp","number":"8"}`}, 422, "number-contradicts", "number"},
		"put a withdrawal":          {request{token: d.one, method: "PUT", path: push.Path + "/7", body: `{"action":"withdrawn"}`}, 422, "unknown-action", "action"},
		"put without title":         {request{token: d.one, method: "PUT", path: push.Path + "/7", body: `{}`}, 422, "no-title", "title"},
		"put nothing":               {request{token: d.one, method: "PUT", path: push.Path + "/7"}, 400, "not-json", ""},
		"put null":                  {request{token: d.one, method: "PUT", path: push.Path + "/7", body: "null"}, 400, "not-json", ""},
		"put a CloudEvent":          {request{token: d.one, method: "PUT", path: push.Path + "/7", body: `{"specversion":"1.0"}`}, 415, "media-type", ""},
		"put two parts":             {request{token: d.one, method: "PUT", path: push.Path + "/7/8", body: `{"title":"Họp"}`}, 404, "not-found", ""},
		"put no number":             {request{token: d.one, method: "PUT", path: push.Path + "/%20", body: `{"title":"Họp"}`}, 404, "not-found", ""},
		"delete":                    {request{token: d.one, method: "DELETE", path: push.Path + "/7", header: []string{"Content-Type:"}}, 202, "", ""},
		"delete with reason":        {request{token: d.one, method: "DELETE", path: push.Path + "/7", body: `{"reason":"Đăng nhầm"}`}, 202, "", ""},
		"delete with other action":  {request{token: d.one, method: "DELETE", path: push.Path + "/7", body: `{"action":"published"}`}, 422, "unknown-action", "action"},
		"delete with other media":   {request{token: d.one, method: "DELETE", path: push.Path + "/7", body: `lý do`, header: []string{"Content-Type: text/plain"}}, 415, "media-type", ""},
		"delete what is for others": {request{token: d.one, method: "DELETE", path: push.Path + "/7?unit=09064", header: []string{"Content-Type:"}}, 403, "not-your-unit", "unit"},
	} {
		t.Run(name, func(t *testing.T) {
			d.t = t
			before := len(d.stream.taken())
			res := d.do(tt.request)
			a := read(t, res)
			if res.StatusCode != tt.status || a.Code != tt.code || a.Field != tt.field {
				t.Fatalf("%d %+v, want %d %s %s", res.StatusCode, a, tt.status, tt.code, tt.field)
			}
			if res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Error(res.Header)
			}
			stored := len(d.stream.taken()) - before
			if tt.status == 202 {
				if stored != 1 || a.Sequence == 0 {
					t.Errorf("%d events stored, answer %+v", stored, a)
				}
				return
			}
			if stored != 0 {
				t.Errorf("%d events stored of a request that was refused", stored)
			}
			if a.Status != tt.status || a.Type != "tag:loa.example.vn,2026:problems/"+tt.code || a.Title == "" || a.Detail == "" || res.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("not a problem by RFC 9457: %+v", a)
			}
			switch challenge := res.Header.Get("WWW-Authenticate"); {
			case (tt.status == 401) != (challenge != ""):
				t.Errorf("WWW-Authenticate is %q", challenge)
			case (tt.status == 405) != (res.Header.Get("Allow") != ""):
				t.Errorf("Allow is %q", res.Header.Get("Allow"))
			}
		})
	}
	for _, m := range d.stream.taken() {
		if unit := strings.TrimPrefix(m.Subject, "loa.events."); unit != "09025" && unit != "09064" {
			t.Errorf("event on %q", m.Subject)
		}
		for k := range m.Header {
			if k != "Content-Type" && !strings.HasPrefix(k, "ce-") {
				t.Errorf("header %s", k)
			}
		}
	}
	for _, secret := range []string{d.one, d.two, push.TokenPrefix + "A", push.HashToken(d.one)} {
		if strings.Contains(d.log.String(), secret) {
			t.Errorf("the log tells a secret:\n%s", d.log.String())
		}
	}
	if d.log.Len() == 0 {
		t.Error("nothing was logged")
	}
}

// What stands on the stream is what the events door reads as meant.
func TestWhatIsStored(t *testing.T) {
	d := open(t, nil)
	for _, r := range []request{
		{token: d.one, body: article},
		{token: d.one, body: article, header: []string{"ce-specversion: 1.0", "ce-id: 4", "ce-source: /cms", "ce-type: article.updated", "ce-time: 2026-11-20T08:00:00+07:00"}},
		{token: d.one, method: "PUT", path: push.Path + "/12%2FTB", body: `{"title":"Nghỉ lễ","updated":"2026-11-20T08:00:00+07:00"}`},
		{token: d.one, method: "DELETE", path: push.Path + "/12%2FTB", body: `{"reason":"Đăng nhầm"}`},
	} {
		if res := d.do(r); res.StatusCode != 202 {
			t.Fatal(read(t, res))
		}
	}
	var got []string
	for _, m := range d.stream.taken() {
		in, err := events.Decode(m.Subject, events.Header(m.Header), m.Data, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.Join([]string{string(in.Action), in.Article.Unit, in.Article.Number, in.Article.Title, in.EventID, in.Reason}, "|"))
	}
	want := []string{"published|09025|1|Họp thôn Đông||", "updated|09025|1|Họp thôn Đông|4|", "updated|09025|12/TB|Nghỉ lễ||", "withdrawn|09025|12/TB|||Đăng nhầm"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLists(t *testing.T) {
	const bad = `{"unit":"09025","number":"2"}`
	const other = `{"unit":"09064","number":"3","title":"Bơm nước"}`
	ce := `{"specversion":"1.0","id":"1","source":"/cms","type":"article.published","data":` + article + `}`
	for name, tt := range map[string]struct {
		media, body string
		want        string // item:status
		code        string
	}{
		"JSON":             {"application/json", "[" + article + "," + bad + "," + other + "]", "1:202 2:422 3:403", ""},
		"lines":            {"application/x-ndjson", article + "\n\n" + bad + "\r\n" + ce, "1:202 3:422 4:202", ""},
		"line that is not": {"application/x-ndjson", article + "\n{\n" + article, "1:202 2:400 3:202", ""},
		"CloudEvents":      {"application/cloudevents-batch+json", "[" + ce + "," + article + "]", "1:202 2:400", ""},
		"empty":            {"application/json", "[]", "", ""},
		"no lines":         {"application/x-ndjson", "\n", "", ""},
		"things":           {"application/json", `[1,null,"a",[` + article + `]]`, "1:400 2:422 3:400 4:400", ""},
		"not closed":       {"application/json", "[" + article, "", "not-json"},
		"more after":       {"application/json", "[" + article + "] x", "", "not-json"},
		"not a list":       {"application/cloudevents-batch+json", ce, "", "not-json"},
		"too many":         {"application/json", "[" + strings.Repeat("0,", push.MaxBatchEvents) + "0]", "", "too-large"},
		"too many lines":   {"application/x-ndjson", strings.Repeat("0\n", push.MaxBatchEvents+1), "", "too-large"},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, nil)
			res := d.do(request{token: d.one, body: tt.body, header: []string{"Content-Type: " + tt.media}})
			a := read(t, res)
			if a.Code != tt.code || (res.StatusCode == 200) != (tt.code == "") {
				t.Fatalf("%d %+v", res.StatusCode, a)
			}
			var got []string
			accepted := 0
			for _, r := range a.Results {
				got = append(got, strconv.Itoa(r.Item)+":"+strconv.Itoa(r.Status))
				if r.Status == 202 {
					accepted++
				}
				if (r.Status == 202) != (r.Problem == nil) || (r.Status == 202) != (r.Sequence > 0) {
					t.Errorf("%+v", r)
				}
			}
			if s := strings.Join(got, " "); s != tt.want || a.Accepted != accepted || a.Refused != len(got)-accepted || len(d.stream.taken()) != accepted {
				t.Errorf("%s, %d of %d accepted, %d stored", s, a.Accepted, len(got), len(d.stream.taken()))
			}
		})
	}
}

// A broker that is away is not the publisher's fault: nothing is lost, and the
// answer says when to come again, for the whole of a list.
func TestBrokerAway(t *testing.T) {
	d := open(t, nil)
	d.stream.err, d.stream.after = nats.ErrTimeout, 1
	list := request{token: d.one, body: "[" + article + "," + article + "]", header: []string{"Idempotency-Key: a"}}
	res := d.do(list)
	a := read(t, res)
	if res.StatusCode != 503 || res.Header.Get("Retry-After") == "" || a.Code != "broker-away" || len(a.Results) != 2 || a.Results[0].Status != 202 || a.Results[1].Status != 503 {
		t.Errorf("%d %+v", res.StatusCode, a)
	}
	res = d.do(request{token: d.one, body: article})
	if a := read(t, res); res.StatusCode != 503 || res.Header.Get("Retry-After") != "5" || strings.Contains(a.Detail, "nats") {
		t.Errorf("%d %+v", res.StatusCode, a)
	}
	if !strings.Contains(d.log.String(), "level=WARN") || !strings.Contains(d.log.String(), "timeout") {
		t.Errorf("the operator is not told: %s", d.log.String())
	}
	// The failure was not remembered: the same request is taken now.
	d.stream.err = nil
	if res := d.do(list); res.StatusCode != 200 {
		t.Errorf("%d %+v", res.StatusCode, read(t, res))
	}
	d.stream.err, d.stream.after = nats.ErrMaxPayload, 0
	if res := d.do(request{token: d.one, body: article}); res.StatusCode != 413 {
		t.Errorf("%d", res.StatusCode)
	}
}

func TestSameKeySameAnswer(t *testing.T) {
	d := open(t, nil)
	key := []string{`Idempotency-Key: "8e03978e-40d5"`}
	first := read(t, d.do(request{token: d.one, body: article, header: key}))
	again := read(t, d.do(request{token: d.one, body: article, header: []string{`Idempotency-Key: 8e03978e-40d5`}}))
	if first.Sequence == 0 || again.Sequence != first.Sequence || len(d.stream.taken()) != 1 {
		t.Errorf("first %+v, again %+v, %d stored", first, again, len(d.stream.taken()))
	}
	for name, r := range map[string]request{
		"body":   {token: d.one, body: article + " ", header: key},
		"method": {token: d.one, method: "PUT", path: push.Path + "/1", body: article, header: key},
		"header": {token: d.one, body: article, header: append(key, "ce-specversion: 1.0", "ce-id: 1", "ce-source: /", "ce-type: article.updated")},
	} {
		res := d.do(r)
		if a := read(t, res); res.StatusCode != 422 || a.Code != "idempotency-key-reused" {
			t.Errorf("another %s: %d %+v", name, res.StatusCode, a)
		}
	}
	// Keys of two publishers do not touch.
	if other := read(t, d.do(request{token: d.two, body: article, header: key})); other.Sequence != 2 {
		t.Errorf("%+v", other)
	}
	// A refusal is not remembered: the publisher mends its event and sends it again.
	refused := []string{"Idempotency-Key: b"}
	if res := d.do(request{token: d.one, body: "{}", header: refused}); res.StatusCode != 422 {
		t.Error(res.StatusCode)
	}
	if res := d.do(request{token: d.one, body: article, header: refused}); res.StatusCode != 202 {
		t.Error(res.StatusCode)
	}
	// A list gets the same list.
	list := request{token: d.one, body: "[" + article + ",{}]", header: []string{"Idempotency-Key: c"}}
	x, y := read(t, d.do(list)), read(t, d.do(list))
	if x.Results[0].Sequence != y.Results[0].Sequence || y.Refused != 1 {
		t.Errorf("%+v %+v", x, y)
	}
}

func TestLimits(t *testing.T) {
	d := open(t, func(o *push.Options) { o.Limit = cache.PerHour(2) })
	var got []int
	for range 3 {
		got = append(got, d.do(request{token: d.one, body: article}).StatusCode)
	}
	res := d.do(request{token: d.one, body: article})
	after, err := strconv.Atoi(res.Header.Get("Retry-After"))
	if !slices.Equal(got, []int{202, 202, 429}) || err != nil || after < 1 || after > 3600 || read(t, res).Code != "too-many-requests" {
		t.Errorf("%v, Retry-After %q", got, res.Header.Get("Retry-After"))
	}
	if res := d.do(request{token: d.two, body: article}); res.StatusCode != 202 {
		t.Errorf("one publisher's haste stops another: %d", res.StatusCode)
	}
	if res := d.do(request{token: "loa_x", body: article}); res.StatusCode != 401 {
		t.Error(res.StatusCode)
	}
}

// A publisher that opens many requests at once does not take the memory of all.
func TestRequestsAtOnce(t *testing.T) {
	d := open(t, nil)
	in, out := make(chan struct{}, 100), make(chan struct{})
	d.stream.wait = func() { in <- struct{}{}; <-out }
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() { d.do(request{token: d.one, body: article}) })
		<-in
	}
	res := d.do(request{token: d.one, body: article})
	if res.StatusCode != 429 || res.Header.Get("Retry-After") != "1" {
		t.Errorf("%d %q", res.StatusCode, res.Header.Get("Retry-After"))
	}
	close(out)
	wg.Wait()
	if res := d.do(request{token: d.two, body: article}); res.StatusCode != 202 {
		t.Error(res.StatusCode)
	}
}

func TestTitlesInTheReadersLanguage(t *testing.T) {
	d := open(t, nil)
	for accept, want := range map[string]string{
		"":                        "The title is missing",
		"vi":                      "Thiếu tiêu đề",
		"vi-VN,vi;q=0.9,en;q=0.8": "Thiếu tiêu đề",
		"en, vi;q=0.5":            "The title is missing",
		"vi;q=0":                  "The title is missing",
		"fr, vi;q=x":              "The title is missing",
	} {
		res := d.do(request{token: d.one, body: `{"unit":"09025","number":"1"}`, header: []string{"Accept-Language: " + accept}})
		if a := read(t, res); a.Title != want || res.Header.Get("Vary") != "Accept-Language" {
			t.Errorf("%q: %q", accept, a.Title)
		}
	}
}

func TestRevokedAndChanged(t *testing.T) {
	d := open(t, nil)
	req := httptest.NewRequest("POST", push.Path, http.NoBody)
	req.Header.Set("Authorization", "Bearer "+d.one)
	if !d.Knows(req) {
		t.Error("its own token is not known")
	}
	p, _ := d.publishers.ByToken(d.one)
	if !d.publishers.HasGrant(p.Grant()) {
		t.Error("its own grant is not known")
	}
	before := p.Grant()
	p.Units = []string{"09064"}
	d.publishers.Set([]push.Publisher{p})
	if p.Grant() == before || d.publishers.HasGrant(before) || !d.publishers.HasGrant(p.Grant()) {
		t.Error("units changed, and the grant did not")
	}
	if res := d.do(request{token: d.one, body: article}); res.StatusCode != 403 {
		t.Error(res.StatusCode)
	}
	now := time.Now()
	p.Revoked = &now
	d.publishers.Set([]push.Publisher{p})
	if d.Knows(req) || d.publishers.HasGrant(p.Grant()) || !d.publishers.Configured() {
		t.Error("a revoked token is known")
	}
	if res := d.do(request{token: d.one, body: article}); res.StatusCode != 401 {
		t.Error(res.StatusCode)
	}
}

func TestPublisherIsChecked(t *testing.T) {
	_, hash := push.NewToken()
	for want, p := range map[string]push.Publisher{
		"":             {Name: "cms-yenlac", Units: []string{"09025", "25"}, TokenSHA256: hash},
		"name":         {Name: "$loa", Units: []string{"09025"}, TokenSHA256: hash},
		"units: name":  {Name: "a", TokenSHA256: hash},
		`units: "*"`:   {Name: "a", Units: []string{"*"}, TokenSHA256: hash},
		"token_sha256": {Name: "a", Units: []string{"09025"}, TokenSHA256: hash[2:]},
	} {
		err := p.Validate()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
	seen := map[string]bool{}
	for range 100 {
		token, hash := push.NewToken()
		if len(token) != 47 || !strings.HasPrefix(token, "loa_") || hash != push.HashToken(token) || seen[token] {
			t.Fatal(token)
		}
		seen[token] = true
	}
}

// On the operator's address nobody is asked for a token, and every unit is open.
func TestOperatorsDoor(t *testing.T) {
	d := open(t, func(o *push.Options) { o.Publishers = nil })
	for _, unit := range []string{"09025", "09064", "25"} {
		if res := d.do(request{body: `{"unit":"` + unit + `","number":"1","title":"a"}`}); res.StatusCode != 202 {
			t.Error(res.StatusCode)
		}
	}
	if res := d.do(request{method: "DELETE", path: push.Path + "/1?unit=25", header: []string{"Content-Type:"}}); res.StatusCode != 202 {
		t.Error(res.StatusCode)
	}
	if res := d.do(request{method: "DELETE", path: push.Path + "/1", header: []string{"Content-Type:"}}); res.StatusCode != 422 {
		t.Error(res.StatusCode)
	}
}

// FuzzHandler: whatever is sent, the answer is JSON with a known status, and what
// is stored is on the subject of a unit that the token is for.
func FuzzHandler(f *testing.F) {
	f.Add("POST", "", "application/json", "", article)
	f.Add("POST", "", "application/json", "article.updated", article)
	f.Add("POST", "", "application/x-ndjson", "", article+"\n{}\n")
	f.Add("POST", "", "application/cloudevents-batch+json", "", `[{"specversion":"1.0","id":"1","source":"/","type":"article.withdrawn","data":{"unit":"09025","url":"https://example.vn/1"}}]`)
	f.Add("PUT", "/7%2F8?unit=09025", "application/json; charset=utf-8", "", `{"title":"a","Unit":"09064","tags":"x","published":"24/08/2020"}`)
	f.Add("DELETE", "/7", "", "", "")
	allowed := []int{200, 202, 400, 403, 404, 405, 413, 415, 422}
	f.Fuzz(func(t *testing.T, method, path, media, typ, body string) {
		req, err := http.NewRequest(method, "http://loa.example.vn"+push.Path+path, strings.NewReader(body))
		if err != nil {
			return
		}
		d := open(t, nil)
		req.Header.Set("Authorization", "Bearer "+d.one)
		req.Header.Set("Content-Type", media)
		if typ != "" {
			maps.Copy(req.Header, http.Header{"Ce-Type": {typ}, "Ce-Id": {"1"}, "Ce-Source": {"/"}, "Ce-Specversion": {"1.0"}})
		}
		w := httptest.NewRecorder()
		d.ServeHTTP(w, req)
		if !slices.Contains(allowed, w.Code) || !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		for _, m := range d.stream.taken() {
			if m.Subject != "loa.events.09025" {
				t.Fatalf("event on %q", m.Subject)
			}
			if _, err := events.Decode(m.Subject, events.Header(m.Header), m.Data, time.Now()); err != nil {
				t.Fatalf("stored, and the events door refuses it: %v", err)
			}
		}
	})
}
