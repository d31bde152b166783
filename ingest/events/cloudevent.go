package events

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// CloudEvent is an event of CloudEvents 1.0 with the attributes that loa reads.
type CloudEvent struct {
	// ID and Source together name the event.
	ID, Source string
	Type       string
	Subject    string
	Time       time.Time // zero if absent
	// DataContentType is the media type of Data; empty means JSON.
	DataContentType string
	Data            []byte
}

// Errors of the CloudEvents codec.
var (
	ErrNotCloudEvent = errors.New("events: not a CloudEvent")
	ErrBadCloudEvent = errors.New("events: malformed CloudEvent")
)

// Header gives the values of message headers by name, in any case.
type Header map[string][]string

func (h Header) get(name string) string {
	for k, v := range h {
		if strings.EqualFold(k, name) && len(v) > 0 {
			return v[0]
		}
	}
	return ""
}

// DecodeCloudEvent reads a message in structured or binary mode by the NATS
// binding (CloudEvents NATS Protocol Binding 1.0, section 3), or returns
// ErrNotCloudEvent. A JSON object with a specversion is a structured event even
// without the Content-Type header: publishers forget it.
func DecodeCloudEvent(h Header, body []byte) (CloudEvent, error) {
	ct := strings.ToLower(strings.TrimSpace(h.get("Content-Type")))
	switch {
	case strings.HasPrefix(ct, "application/cloudevents-batch"):
		return CloudEvent{}, fmt.Errorf("%w: batches do not exist on NATS; send one event a message", ErrBadCloudEvent)
	case strings.HasPrefix(ct, "application/cloudevents"):
		return structured(body)
	case h.get("ce-specversion") != "", h.get("ce-type") != "":
		// A type without a version is a fault that must be said: as plain JSON a
		// withdrawal would be a publication.
		return binary(h, body)
	case bytes.Contains(body, []byte(`"specversion"`)) && bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")):
		var probe struct {
			SpecVersion *json.RawMessage `json:"specversion"`
		}
		if json.Unmarshal(body, &probe) == nil && probe.SpecVersion != nil {
			return structured(body)
		}
	}
	return CloudEvent{}, ErrNotCloudEvent
}

// attribute names are lower-case letters and digits (CloudEvents 1.0, section
// "Naming Conventions").
var attributeName = regexp.MustCompile(`^[a-z0-9]+$`)

func structured(body []byte) (CloudEvent, error) {
	var e CloudEvent
	if !utf8.Valid(body) {
		return e, fmt.Errorf("%w: it is not UTF-8", ErrBadCloudEvent)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return e, fmt.Errorf("%w: %w", ErrBadCloudEvent, err)
	}
	attr := map[string]string{}
	for name, raw := range members {
		if name == "data" || name == "data_base64" {
			continue
		}
		if !attributeName.MatchString(name) {
			return e, fmt.Errorf("%w: attribute name %q", ErrBadCloudEvent, name)
		}
		if string(raw) == "null" { // absent (JSON format, section 2.2)
			continue
		}
		var s string
		if json.Unmarshal(raw, &s) == nil {
			attr[name] = s
		} else {
			attr[name] = string(raw) // integers and booleans of extensions
		}
	}
	if err := e.attributes(attr); err != nil {
		return e, err
	}
	data, has := members["data"]
	encoded, has64 := members["data_base64"]
	switch {
	case has && has64:
		return e, fmt.Errorf("%w: data and data_base64 together", ErrBadCloudEvent)
	case has64:
		var s string
		if err := json.Unmarshal(encoded, &s); err != nil {
			return e, fmt.Errorf("%w: data_base64: %w", ErrBadCloudEvent, err)
		}
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return e, fmt.Errorf("%w: data_base64: %w", ErrBadCloudEvent, err)
		}
		e.Data = b
	case has:
		e.Data = data
	}
	return e, nil
}

func binary(h Header, body []byte) (CloudEvent, error) {
	e := CloudEvent{Data: body}
	attr := map[string]string{}
	for k, v := range h {
		low := strings.ToLower(k)
		if name, ok := strings.CutPrefix(low, "ce-"); ok && len(v) > 0 {
			s, err := unescape(v[0])
			if err != nil {
				return e, fmt.Errorf("%w: header %s: %w", ErrBadCloudEvent, k, err)
			}
			attr[name] = s
		}
	}
	attr["datacontenttype"] = h.get("Content-Type")
	return e, e.attributes(attr)
}

// unescape undoes the escaping of header values (NATS binding, section 3.1.3.2):
// quotes, then one round of percent-decoding that must give UTF-8.
func unescape(s string) (string, error) {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		var b strings.Builder
		for in, i := s[1:len(s)-1], 0; i < len(in); i++ {
			if in[i] == '\\' && i+1 < len(in) {
				i++
			}
			b.WriteByte(in[i])
		}
		s = b.String()
	}
	out, err := url.PathUnescape(s)
	if err != nil {
		out = s // a stray "%" is itself
	}
	if !utf8.ValidString(out) {
		return "", errors.New("value is not UTF-8")
	}
	return out, nil
}

func (e *CloudEvent) attributes(a map[string]string) error {
	if v := a["specversion"]; v != "1.0" {
		return fmt.Errorf("%w: specversion is %q, not \"1.0\"", ErrBadCloudEvent, v)
	}
	e.ID, e.Source, e.Type, e.Subject, e.DataContentType = a["id"], a["source"], a["type"], a["subject"], a["datacontenttype"]
	for name, v := range map[string]string{"id": e.ID, "source": e.Source, "type": e.Type} {
		if v == "" {
			return fmt.Errorf("%w: %s is missing", ErrBadCloudEvent, name)
		}
	}
	if t := a["time"]; t != "" {
		at, err := time.Parse(time.RFC3339Nano, strings.ToUpper(t))
		if err != nil {
			return fmt.Errorf("%w: time %q is not RFC 3339", ErrBadCloudEvent, t)
		}
		e.Time = at
	}
	return nil
}
