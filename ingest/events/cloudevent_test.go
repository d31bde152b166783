package events_test

import (
	"errors"
	"testing"
	"time"

	"loa/ingest/events"
)

func TestDecodeCloudEvent(t *testing.T) {
	const attrs = `"specversion":"1.0","id":"a-1","source":"/cms/09025","type":"article.published"`
	structured := events.Header{"Content-Type": {"application/cloudevents+json"}}
	binary := func(more ...string) events.Header {
		h := events.Header{"ce-specversion": {"1.0"}, "ce-id": {"a-1"}, "ce-source": {"/cms/09025"}, "ce-type": {"article.published"}, "Content-Type": {"application/json"}}
		for i := 0; i < len(more); i += 2 {
			h[more[i]] = []string{more[i+1]}
		}
		return h
	}
	at := time.Date(2026, 11, 20, 1, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		h    events.Header
		body string
		want events.CloudEvent
		err  error
	}{
		// Structured mode (NATS binding section 3.2; JSON format).
		{"structured", structured, `{` + attrs + `,"data":{"unit":"09025"}}`, ce(`{"unit":"09025"}`), nil},
		{"content type in capitals, with parameter", events.Header{"content-type": {" Application/CloudEvents+JSON; charset=utf-8"}}, `{` + attrs + `,"data":1}`, ce("1"), nil},
		{"without the content type", nil, `{` + attrs + `,"data":1}`, ce("1"), nil},
		{"content type of plain JSON", events.Header{"Content-Type": {"application/json"}}, ` {` + attrs + `,"data":1}`, ce("1"), nil},
		{"with time and subject", structured, `{` + attrs + `,"time":"2026-11-20T08:30:00+07:00","subject":"4711"}`, ce("", func(e *events.CloudEvent) { e.Time, e.Subject = at, "4711" }), nil},
		{"time in small letters", structured, `{` + attrs + `,"time":"2026-11-20t01:30:00z"}`, ce("", func(e *events.CloudEvent) { e.Time = at }), nil},
		{"attribute null is absent", structured, `{` + attrs + `,"time":null,"subject":null}`, ce(""), nil},
		{"data null is null", structured, `{` + attrs + `,"data":null}`, ce("null"), nil},
		{"data is a string and stays one", structured, `{` + attrs + `,"data":"{\"unit\":1}"}`, ce(`"{\"unit\":1}"`), nil},
		{"data in base64", structured, `{` + attrs + `,"data_base64":"eyJ1bml0IjoiMDkwMjUifQ=="}`, ce(`{"unit":"09025"}`), nil},
		{"unknown extensions are no fault", structured, `{` + attrs + `,"traceparent":"00-1","tuoi":7,"co":true}`, ce(""), nil},
		{"data and base64", structured, `{` + attrs + `,"data":1,"data_base64":"MQ=="}`, ce(""), events.ErrBadCloudEvent},
		{"data null and base64", structured, `{` + attrs + `,"data":null,"data_base64":"MQ=="}`, ce(""), events.ErrBadCloudEvent},
		{"base64 is none", structured, `{` + attrs + `,"data_base64":"%%"}`, ce(""), events.ErrBadCloudEvent},
		{"base64 is a number", structured, `{` + attrs + `,"data_base64":1}`, ce(""), events.ErrBadCloudEvent},
		{"a batch", events.Header{"Content-Type": {"application/cloudevents-batch+json"}}, `[{` + attrs + `}]`, ce(""), events.ErrBadCloudEvent},
		{"another version", structured, `{"specversion":"0.3","id":"a","source":"b","type":"c"}`, ce(""), events.ErrBadCloudEvent},
		{"version is a number, as its publisher means it", structured, `{"specversion":1.0,"id":"a-1","source":"/cms/09025","type":"article.published"}`, ce(""), nil},
		{"no version", structured, `{"id":"a","source":"b","type":"c"}`, ce(""), events.ErrBadCloudEvent},
		{"version null", structured, `{"specversion":null,"id":"a","source":"b","type":"c"}`, ce(""), events.ErrBadCloudEvent},
		{"no id", structured, `{"specversion":"1.0","source":"b","type":"c"}`, ce(""), events.ErrBadCloudEvent},
		{"empty source", structured, `{"specversion":"1.0","id":"a","source":"","type":"c"}`, ce(""), events.ErrBadCloudEvent},
		{"no type", structured, `{"specversion":"1.0","id":"a","source":"b"}`, ce(""), events.ErrBadCloudEvent},
		{"attribute name with capitals", structured, `{` + attrs + `,"maSo":"1"}`, ce(""), events.ErrBadCloudEvent},
		{"time is none", structured, `{` + attrs + `,"time":"20/11/2026"}`, ce(""), events.ErrBadCloudEvent},
		{"not JSON", structured, `<event/>`, ce(""), events.ErrBadCloudEvent},
		{"not UTF-8", structured, `{` + attrs + `,"subject":"` + "\xff" + `"}`, ce(""), events.ErrBadCloudEvent},

		// Binary mode (section 3.1).
		{"binary", binary(), `{"unit":"09025"}`, ce(`{"unit":"09025"}`, json), nil},
		{"header names in any case", events.Header{"CE-SpecVersion": {"1.0"}, "Ce-Id": {"a-1"}, "CE-SOURCE": {"/cms/09025"}, "ce-Type": {"article.published"}, "content-TYPE": {"application/json"}}, "{}", ce("{}", json), nil},
		{"percent-decoded", binary("ce-subject", "Th%C3%B4ng%20b%C3%A1o"), "", ce("", json, subject("Thông báo")), nil},
		{"percent-decoded once", binary("ce-subject", "100%2525"), "", ce("", json, subject("100%25")), nil},
		{"percent in small letters", binary("ce-subject", "%c3%a1"), "", ce("", json, subject("á")), nil},
		{"plus is itself", binary("ce-subject", "a+b"), "", ce("", json, subject("a+b")), nil},
		{"a stray percent is itself", binary("ce-subject", "giảm 100%"), "", ce("", json, subject("giảm 100%")), nil},
		{"quoted", binary("ce-subject", `"mot hai"`), "", ce("", json, subject("mot hai")), nil},
		{"quoted with escapes", binary("ce-subject", `"a \"b\" \\ %E1%BA%A5"`), "", ce("", json, subject(`a "b" \ ấ`)), nil},
		{"one quote is itself", binary("ce-subject", `"`), "", ce("", json, subject(`"`)), nil},
		{"invalid UTF-8 after decoding", binary("ce-subject", "%C0%A0"), "", ce(""), events.ErrBadCloudEvent},
		{"time", binary("ce-time", "2026-11-20T01:30:00.000Z"), "", ce("", json, func(e *events.CloudEvent) { e.Time = at }), nil},
		{"type without version", events.Header{"ce-id": {"1"}, "ce-source": {"b"}, "ce-type": {"article.withdrawn"}}, "{}", ce(""), events.ErrBadCloudEvent},
		{"version 0.3", binary("ce-specversion", "0.3"), "", ce(""), events.ErrBadCloudEvent},
		{"without id", events.Header{"ce-specversion": {"1.0"}, "ce-source": {"b"}, "ce-type": {"c"}}, "", ce(""), events.ErrBadCloudEvent},
		{"structured wins over binary headers", events.Header{"Content-Type": {"application/cloudevents+json"}, "ce-specversion": {"1.0"}, "ce-id": {"b"}, "ce-source": {"b"}, "ce-type": {"c"}}, `{` + attrs + `}`, ce(""), nil},

		// Neither.
		{"plain JSON", nil, `{"unit":"09025"}`, ce(""), events.ErrNotCloudEvent},
		{"specversion deeper down", nil, `{"tags":["\"specversion\""],"x":{"specversion":"1.0"}}`, ce(""), events.ErrNotCloudEvent},
		{"specversion in text", nil, `"specversion"`, ce(""), events.ErrNotCloudEvent},
		{"nothing", nil, "", ce(""), events.ErrNotCloudEvent},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := events.DecodeCloudEvent(c.h, []byte(c.body))
			if c.err != nil {
				if !errors.Is(err, c.err) {
					t.Fatalf("got %+v, %v; want %v", got, err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.ID != c.want.ID || got.Source != c.want.Source || got.Type != c.want.Type || got.Subject != c.want.Subject ||
				!got.Time.Equal(c.want.Time) || got.DataContentType != c.want.DataContentType || string(got.Data) != string(c.want.Data) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// ce is the event that most cases are about.
func ce(data string, change ...func(*events.CloudEvent)) events.CloudEvent {
	e := events.CloudEvent{ID: "a-1", Source: "/cms/09025", Type: "article.published", Data: []byte(data)}
	for _, f := range change {
		f(&e)
	}
	return e
}

func json(e *events.CloudEvent) { e.DataContentType = "application/json" }

func subject(s string) func(*events.CloudEvent) { return func(e *events.CloudEvent) { e.Subject = s } }
