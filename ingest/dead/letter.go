package dead

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
)

// Letter is a message that was refused.
type Letter struct {
	// ID is its sequence in the stream of dead letters; 0 before it is stored.
	ID uint64
	// Code and Reason say why.
	Code, Reason string
	// Stream, Sequence and Subject are where it came from.
	Stream   string
	Sequence uint64
	Subject  string
	// Attempts is how often it was tried.
	Attempts uint64
	// Stored is when the broker first had it, Refused when it became a letter.
	Stored, Refused time.Time
	// Header is the message's own, without orders to the broker.
	Header map[string][]string
	// Bytes is the message; nil in lists, where only its Size in bytes is known.
	Bytes []byte
	Size  int
}

// Unit is the one that the message spoke for: the last part of its subject.
func (l *Letter) Unit() string { return l.Subject[strings.LastIndexByte(l.Subject, '.')+1:] }

// Headers that dead letters carry beside those of the message.
const (
	HeaderCode     = prefix + "Code"
	HeaderReason   = prefix + "Reason"
	HeaderStream   = prefix + "Stream"
	HeaderSubject  = prefix + "Subject"
	HeaderSequence = prefix + "Sequence"
	HeaderAttempts = prefix + "Attempts"
	HeaderStored   = prefix + "Stored"

	prefix = "Loa-Dead-"
)

// own reports whether a header is the letter's or the broker's, not the
// message's. Names are compared without case: a publisher may write them in any.
func own(name string) bool {
	low := strings.ToLower(name)
	return strings.HasPrefix(low, "nats-") || strings.HasPrefix(low, strings.ToLower(prefix))
}

func messageHeader(h map[string][]string) nats.Header {
	out := nats.Header{}
	for k, vs := range h {
		if !own(k) {
			out[k] = vs
		}
	}
	return out
}

// message is the letter as it is stored, without subject.
func (l *Letter) message() *nats.Msg {
	m := &nats.Msg{Header: messageHeader(l.Header), Data: l.Bytes}
	m.Header.Set(HeaderCode, l.Code)
	m.Header.Set(HeaderReason, oneLine(l.Reason))
	m.Header.Set(HeaderStream, l.Stream)
	m.Header.Set(HeaderSubject, l.Subject)
	m.Header.Set(HeaderSequence, strconv.FormatUint(l.Sequence, 10))
	m.Header.Set(HeaderAttempts, strconv.FormatUint(l.Attempts, 10))
	m.Header.Set(HeaderStored, l.Stored.UTC().Format(time.RFC3339Nano))
	return m
}

// read is the letter of a stored message. What a field cannot be read from stays
// empty: a letter with a damaged field is still worth showing.
func read(id uint64, at time.Time, h nats.Header, b []byte) Letter {
	number := func(name string) uint64 {
		n, _ := strconv.ParseUint(h.Get(name), 10, 64)
		return n
	}
	l := Letter{
		ID: id, Code: h.Get(HeaderCode), Reason: h.Get(HeaderReason), Stream: h.Get(HeaderStream), Subject: h.Get(HeaderSubject),
		Sequence: number(HeaderSequence), Attempts: number(HeaderAttempts), Refused: at,
		Header: messageHeader(h), Bytes: b, Size: len(b),
	}
	l.Stored, _ = time.Parse(time.RFC3339Nano, h.Get(HeaderStored))
	if n, err := strconv.Atoi(h.Get(nats.MsgSize)); err == nil && len(b) == 0 {
		l.Size = n
	}
	return l
}

// oneLine keeps a publisher's bytes from making headers of their own.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 500 {
		s = string(r[:500]) + "…"
	}
	return s
}

// wire is a letter in JSON. The bytes are text where they are UTF-8.
type wire struct {
	ID       uint64      `json:"id"`
	Code     string      `json:"code"`
	Reason   string      `json:"reason"`
	Unit     string      `json:"unit"`
	Subject  string      `json:"subject"`
	Stream   string      `json:"stream,omitempty"`
	Sequence uint64      `json:"sequence"`
	Attempts uint64      `json:"attempts"`
	Stored   time.Time   `json:"stored"`
	Refused  time.Time   `json:"refused"`
	Size     int         `json:"size"`
	Headers  http.Header `json:"headers,omitempty"`
	Text     *string     `json:"text,omitempty"`
	Base64   *string     `json:"base64,omitempty"`
}

// MarshalJSON writes the letter with its bytes as "text", or as "base64" where
// they are not UTF-8.
func (l Letter) MarshalJSON() ([]byte, error) {
	w := wire{l.ID, l.Code, l.Reason, l.Unit(), l.Subject, l.Stream, l.Sequence, l.Attempts, l.Stored, l.Refused, l.Size, l.Header, nil, nil}
	if l.Bytes != nil {
		if s := string(l.Bytes); utf8.ValidString(s) {
			w.Text = &s
		} else {
			s = base64.StdEncoding.EncodeToString(l.Bytes)
			w.Base64 = &s
		}
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (l *Letter) UnmarshalJSON(b []byte) error {
	var w wire
	if err := json.Unmarshal(b, &w); err != nil {
		return fmt.Errorf("decode dead letter: %w", err)
	}
	*l = Letter{
		ID: w.ID, Code: w.Code, Reason: w.Reason, Stream: w.Stream, Sequence: w.Sequence, Subject: w.Subject,
		Attempts: w.Attempts, Stored: w.Stored, Refused: w.Refused, Header: w.Headers, Size: w.Size,
	}
	switch {
	case w.Text != nil:
		l.Bytes = []byte(*w.Text)
	case w.Base64 != nil:
		raw, err := base64.StdEncoding.DecodeString(*w.Base64)
		if err != nil {
			return fmt.Errorf("decode dead letter: %w", err)
		}
		l.Bytes = raw
	}
	return nil
}
