package push

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"

	"loa/feeds"
	"loa/ingest"
	"loa/ingest/events"
)

const codeNumberContradicts = "number-contradicts"

// event is one event as it will stand on the stream.
type event struct {
	header events.Header
	body   []byte
}

// form is what a body is, by its media type.
type form struct {
	header events.Header
	list   bool
	lines  bool // one event a line
}

// readBody reads the body within its bounds and says what it is. ofNumber is for
// PUT and DELETE, which take the article itself.
func readBody(w http.ResponseWriter, r *http.Request, ofNumber bool) ([]byte, form, *problem) {
	tooLarge := refuse(http.StatusRequestEntityTooLarge, ingest.CodeTooLarge,
		"an event has at most "+strconv.Itoa(events.MaxEvent)+" bytes, a list at most "+strconv.Itoa(MaxBatch)+" bytes and "+strconv.Itoa(MaxBatchEvents)+" events")
	f, most, p := formOf(r, ofNumber)
	if p != nil {
		return nil, f, p
	}
	if r.ContentLength > most {
		return nil, f, tooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		return nil, f, tooLarge
	case err != nil:
		return nil, f, refuse(http.StatusBadRequest, codeUnreadable, "the body ended before its time: "+err.Error())
	}
	if plain := len(f.header) == 1; plain && !ofNumber && !f.list {
		f.list = bytes.HasPrefix(trim(body), []byte("["))
	}
	if !f.list && len(body) > events.MaxEvent {
		return nil, f, tooLarge
	}
	return body, f, nil
}

// trim takes away white space and the byte order mark of some editors.
func trim(b []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(b), []byte("\ufeff")))
}

// formOf reads the media type, which is demanded: it keeps pages in browsers from
// posting here without asking first.
func formOf(r *http.Request, ofNumber bool) (form, int64, *problem) {
	const taken = "send application/json, application/x-ndjson, application/cloudevents+json or application/cloudevents-batch+json, in UTF-8"
	refused := func(detail string) (form, int64, *problem) {
		return form{}, 0, refuse(http.StatusUnsupportedMediaType, codeMedia, detail)
	}
	if enc := r.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return refused("Content-Encoding is not taken; send the body as it is")
	}
	ct := r.Header.Get("Content-Type")
	if r.Method == http.MethodDelete && ct == "" && r.ContentLength == 0 {
		return form{}, 0, nil
	}
	media, params, err := mime.ParseMediaType(ct)
	if err != nil {
		return refused(taken)
	}
	if cs := params["charset"]; cs != "" && !strings.EqualFold(cs, "utf-8") && !strings.EqualFold(cs, "utf8") {
		return refused(taken)
	}
	head := events.Header{"Content-Type": {media}}
	if ofNumber {
		if media != "application/json" || len(cloudAttributes(r.Header)) > 0 {
			return refused("PUT and DELETE take the article itself, as application/json; send CloudEvents to " + Path)
		}
		return form{header: head}, events.MaxEvent, nil
	}
	switch media {
	case "application/json":
		for k, v := range cloudAttributes(r.Header) {
			head[k] = v
		}
		return form{header: head}, MaxBatch, nil
	case "application/cloudevents+json":
		return form{header: head}, events.MaxEvent, nil
	case "application/cloudevents-batch+json":
		return form{header: events.Header{"Content-Type": {"application/cloudevents+json"}}, list: true}, MaxBatch, nil
	case "application/x-ndjson", "application/jsonl", "application/x-jsonlines":
		return form{header: events.Header{"Content-Type": {"application/json"}}, list: true, lines: true}, MaxBatch, nil
	}
	return refused(taken)
}

// cloudAttributes are the attributes of a CloudEvent in binary mode, which HTTP
// and NATS write as the same headers, with the same escapes.
func cloudAttributes(h http.Header) events.Header {
	out := events.Header{}
	for k, v := range h {
		if strings.HasPrefix(strings.ToLower(k), "ce-") && len(v) > 0 {
			out[strings.ToLower(k)] = v[:1]
		}
	}
	return out
}

// message checks the event, and the publisher's right to send it, as the events
// door will. The subject is made of a unit's code, which is digits alone.
func (h *Handler) message(pub *Publisher, e event) (*nats.Msg, error) {
	if len(e.body) > events.MaxEvent {
		return nil, ingest.Refuse(ingest.CodeTooLarge, "event has %d bytes; at most %d are taken", len(e.body), events.MaxEvent)
	}
	for k, vs := range e.header {
		if strings.ContainsAny(k+strings.Join(vs, ""), "\r\n\x00") {
			return nil, ingest.Refuse("bad-cloudevent", "header %q holds control characters", k)
		}
	}
	unit, err := events.Unit(e.header, e.body)
	if err != nil {
		return nil, err
	}
	if h.o.Publishers != nil && !pub.Speaks(unit) {
		p := refuse(http.StatusForbidden, codeNotYours, "the token of "+pub.Name+" is for "+strings.Join(pub.Units, ", ")+", and not for the unit "+unit)
		p.Field = "unit"
		return nil, p
	}
	m := nats.NewMsg(h.o.Subject + "." + unit)
	in, err := events.Decode(m.Subject, e.header, e.body, h.o.Now())
	if err != nil {
		return nil, err
	}
	if err := ingest.Check(in); err != nil {
		return nil, err
	}
	for k, vs := range e.header {
		m.Header[k] = vs
	}
	m.Data = e.body
	return m, nil
}

// ofNumber makes the event of a PUT or DELETE: the body, with the number of the
// address. Without unit it is of the publisher's only one.
func (h *Handler) ofNumber(r *http.Request, pub *Publisher, number string, body []byte) (event, error) {
	e := event{header: events.Header{"Content-Type": {"application/json"}}}
	article := map[string]json.RawMessage{}
	if b := trim(body); len(b) > 0 || r.Method != http.MethodDelete {
		if err := json.Unmarshal(b, &article); err != nil || article == nil {
			return e, ingest.Refuse("not-json", "the body is not a JSON object")
		}
	}
	if article["specversion"] != nil {
		return e, refuse(http.StatusUnsupportedMediaType, codeMedia, "PUT and DELETE take the article itself; send CloudEvents to "+Path)
	}
	if err := agrees(article, "number", number); err != nil {
		return e, err
	}
	set := func(k, v string) {
		article[k], _ = json.Marshal(v) // a string never fails
	}
	set("number", number)
	if text(article["unit"]) == "" {
		switch unit := r.URL.Query().Get("unit"); {
		case unit != "":
			set("unit", unit)
		case len(pub.Units) == 1:
			set("unit", pub.Units[0])
		default:
			return e, &ingest.Refused{Code: ingest.CodeNoUnit, Err: feeds.ErrNoUnit}
		}
	} else if unit := r.URL.Query().Get("unit"); unit != "" && unit != text(article["unit"]) {
		return e, ingest.Refuse(ingest.CodeWrongUnit, "the unit of the body is not that of the address")
	}
	act := text(article["action"])
	if r.Method == http.MethodDelete {
		if act != "" && act != string(feeds.Withdrawn) {
			return e, ingest.Refuse("unknown-action", "action %q contradicts DELETE, which withdraws", clip(act))
		}
		set("action", string(feeds.Withdrawn))
	} else {
		switch act {
		case "":
			// A PUT comes after whatever its publisher said before.
			set("action", string(feeds.Updated))
		case string(feeds.Withdrawn):
			return e, ingest.Refuse("unknown-action", "action %q contradicts PUT; withdraw by DELETE", act)
		}
	}
	var err error
	e.body, err = json.Marshal(article)
	return e, err
}

// agrees refuses a field that says something else than the address.
func agrees(article map[string]json.RawMessage, field, want string) error {
	if got := text(article[field]); got != "" && got != want {
		p := refuse(http.StatusUnprocessableEntity, codeNumberContradicts, "the "+field+" of the body is not that of the address")
		p.Field = field
		return p
	}
	return nil
}

// text is a JSON string's text, or what else there stands, such as a number.
func text(raw json.RawMessage) string {
	var s *string
	if json.Unmarshal(raw, &s) == nil {
		if s == nil {
			return ""
		}
		return strings.TrimSpace(*s)
	}
	return string(raw)
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
