package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"loa/feeds"
	"loa/ingest"
	"loa/ingest/clean"
	"loa/ingest/clean/legacy"
)

// MaxEvent bounds an event in bytes. The longest bodies of portals are some
// tens of kilobytes.
const MaxEvent = 2 << 20

// article is the event's data, as CMSs write it.
type article struct {
	Action      string       `json:"action"`
	Unit        loose        `json:"unit"`
	Number      loose        `json:"number"`
	URL         string       `json:"url"`
	Title       string       `json:"title"`
	Summary     string       `json:"summary"`
	ContentHTML string       `json:"content_html"`
	ContentText string       `json:"content_text"`
	Category    string       `json:"category"`
	Tags        stringList   `json:"tags"`
	Authors     stringList   `json:"authors"`
	Published   string       `json:"published"`
	Updated     string       `json:"updated"`
	Language    string       `json:"language"`
	Attachments []attachment `json:"attachments"`
	Reason      string       `json:"reason"`
}

type attachment struct {
	URL    string      `json:"url"`
	Type   string      `json:"type"`
	Length json.Number `json:"length"`
	Title  string      `json:"title"`
}

// loose is a string that some publishers write as a number.
type loose string

// UnmarshalJSON takes a string, a number or null.
func (l *loose) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err == nil {
		*l = loose(s)
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return err // says the field and what it is
	}
	*l = loose(n)
	return nil
}

// stringList is a list that some publishers write as one string.
type stringList []string

// UnmarshalJSON takes a list of strings, a string or null.
func (l *stringList) UnmarshalJSON(b []byte) error {
	var one string
	if err := json.Unmarshal(b, &one); err == nil {
		if one != "" {
			*l = []string{one}
		}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(l))
}

// Codes of refusals of this door.
const (
	codeNotJSON    = "not-json"
	codeBadUTF8    = "bad-utf8"
	codeBadEvent   = "bad-cloudevent"
	codeBadType    = "unknown-type"
	codeBadAction  = "unknown-action"
	codeBadSubject = "bad-subject"
)

// Decode reads an event as it came on the subject: a CloudEvent or plain JSON.
// arrived is when the broker stored it. Every error is a *ingest.Refused: the
// same bytes will never do better.
func Decode(subject string, h Header, body []byte, arrived time.Time) (ingest.Input, error) {
	in := ingest.Input{Door: feeds.DoorEvent, Arrived: arrived}
	if len(body) > MaxEvent {
		return in, ingest.Refuse(ingest.CodeTooLarge, "event has %d bytes; at most %d are taken", len(body), MaxEvent)
	}
	data, typ := body, ""
	ce, err := DecodeCloudEvent(h, body)
	switch {
	case err == nil:
		in.EventID, in.Source, in.Time = ce.ID, ce.Source, ce.Time
		data, typ = ce.Data, ce.Type
	case !errors.Is(err, ErrNotCloudEvent):
		return in, &ingest.Refused{Code: codeBadEvent, Err: err}
	}
	if !utf8.Valid(data) {
		return in, ingest.Refuse(codeBadUTF8, "event is not UTF-8; send JSON in UTF-8")
	}
	a, err := decodeArticle(data)
	if err != nil {
		return in, err
	}
	if in.Action, err = action(typ, a.Action); err != nil {
		return in, err
	}
	unit := strings.TrimSpace(string(a.Unit))
	if unit == "" {
		return in, &ingest.Refused{Code: ingest.CodeNoUnit, Err: feeds.ErrNoUnit}
	}
	own, ok := unitOf(subject)
	if !ok {
		return in, ingest.Refuse(codeBadSubject, "event came on subject %q; send it on loa.events.<unit>", clip(subject))
	}
	if own != unit {
		return in, ingest.Refuse(ingest.CodeWrongUnit, "event of unit %q came on subject %q: a publisher speaks for its own unit only", clip(unit), subject)
	}
	in.Reason = a.Reason
	in.Article = feeds.Article{
		Unit: unit, Number: string(a.Number), URL: a.URL, Title: a.Title, Summary: a.Summary,
		ContentHTML: a.ContentHTML, Category: a.Category, Tags: a.Tags, Authors: a.Authors, Language: a.Language,
		Published: clean.Date(a.Published, clean.DateOptions{Zone: feeds.Zone, Now: arrived}),
		Updated:   clean.Date(a.Updated, clean.DateOptions{Zone: feeds.Zone, Now: arrived}),
	}
	for _, f := range a.Attachments {
		n, _ := f.Length.Int64() // 0, unknown, for what is no whole number
		in.Article.Attachments = append(in.Article.Attachments, feeds.Attachment{URL: f.URL, Type: f.Type, Length: n, Title: f.Title})
	}
	if a.ContentHTML == "" {
		in.Article = withText(in.Article, a.ContentText)
	}
	return in, nil
}

// withText gives an article its content of plain text. To make paragraphs is to
// clean, so what is in a legacy code must be converted first.
func withText(a feeds.Article, text string) feeds.Article {
	if text == "" {
		return a
	}
	var s legacy.Sample
	s.Add(text)
	s.Add(a.Title)
	s.Add(a.Summary)
	if c, sure := s.Code(); sure {
		a, text = legacy.ArticleIn(a, c), legacy.MendText(text, c)
	}
	a.ContentHTML = clean.Paragraphs(text)
	return a
}

// unitOf is the unit that a subject's publisher may speak for. A deeper subject
// has none: who may send on loa.events.09064.> is not the unit 09025 of
// loa.events.09064.09025.
func unitOf(subject string) (string, bool) {
	tokens := strings.Split(subject, ".")
	return tokens[len(tokens)-1], len(tokens) == 3
}

func decodeArticle(data []byte) (article, error) {
	var a article
	data = bytes.TrimPrefix(bytes.TrimSpace(data), []byte("\ufeff"))
	if len(data) == 0 {
		return a, ingest.Refuse(codeNotJSON, "event is empty; send an article as a JSON object")
	}
	if data[0] == '"' { // JSON data that was put into a string once more
		var s string
		if json.Unmarshal(data, &s) == nil && strings.HasPrefix(strings.TrimSpace(s), "{") {
			data = []byte(s)
		}
	}
	err := json.Unmarshal(data, &a)
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		err = fmt.Errorf("field %q is a JSON %s; see docs/events.md for its form", wrong.Field, wrong.Value)
		return a, &ingest.Refused{Code: ingest.CodeBadInput, Err: &FieldError{wrong.Field, err}}
	case err != nil:
		return a, ingest.Refuse(codeNotJSON, "event is not a JSON object: %w", err)
	}
	return a, nil
}

// action reads the CloudEvents type and the action, which must not contradict
// each other. Without either the article is published.
func action(typ, act string) (feeds.Kind, error) {
	kinds := map[string]feeds.Kind{"published": feeds.Published, "updated": feeds.Updated, "withdrawn": feeds.Withdrawn}
	k, ok := kinds[strings.TrimPrefix(typ, "article.")]
	if typ != "" && (!ok || !strings.HasPrefix(typ, "article.")) {
		return "", ingest.Refuse(codeBadType, "event type %q is none of article.published, article.updated, article.withdrawn", clip(typ))
	}
	if act == "" {
		if typ == "" {
			k = feeds.Published
		}
		return k, nil
	}
	ak, ok := kinds[act]
	if !ok {
		return "", ingest.Refuse(codeBadAction, "action %q is none of published, updated, withdrawn", clip(act))
	}
	if typ != "" && ak != k {
		return "", ingest.Refuse(codeBadAction, "action %q contradicts the event type %q", act, typ)
	}
	return ak, nil
}

// clip shortens what a publisher wrote for a message.
func clip(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
