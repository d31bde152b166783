package events

import (
	"errors"
	"strings"
	"unicode/utf8"

	"loa/feeds"
	"loa/ingest"
)

// FieldError is in the chain of a refusal that is about one field of the event.
type FieldError struct {
	// Field is the field's name, with dots inside of lists and objects.
	Field string
	Err   error
}

func (e *FieldError) Error() string { return e.Err.Error() }
func (e *FieldError) Unwrap() error { return e.Err }

// Unit is the unit that an event says it is of, as [Decode] reads it: a door that
// has no subject finds the subject by it. Every error is a *ingest.Refused. The
// unit that is returned has the form of a unit's code, and so of one token of a
// subject.
func Unit(h Header, body []byte) (string, error) {
	data := body
	ce, err := DecodeCloudEvent(h, body)
	switch {
	case err == nil:
		data = ce.Data
	case !errors.Is(err, ErrNotCloudEvent):
		return "", &ingest.Refused{Code: codeBadEvent, Err: err}
	}
	if !utf8.Valid(data) {
		return "", ingest.Refuse(codeBadUTF8, "event is not UTF-8; send JSON in UTF-8")
	}
	a, err := decodeArticle(data)
	if err != nil {
		return "", err
	}
	unit := strings.TrimSpace(string(a.Unit))
	switch err := feeds.CheckUnit(unit); {
	case errors.Is(err, feeds.ErrNoUnit):
		return "", &ingest.Refused{Code: ingest.CodeNoUnit, Err: &FieldError{"unit", err}}
	case err != nil:
		return "", &ingest.Refused{Code: ingest.CodeBadUnit, Err: &FieldError{"unit", err}}
	}
	return unit, nil
}
