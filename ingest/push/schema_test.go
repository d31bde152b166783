package push_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"loa/ingest"
	"loa/ingest/events"
)

// schema is as much of JSON Schema 2020-12 as docs/article-event.schema.json uses;
// other keywords make reading it fail.
type schema struct {
	Schema      string             `json:"$schema"`
	Title       string             `json:"title"`
	Description string             `json:"description"`
	Type        any                `json:"type"`
	Required    []string           `json:"required"`
	AnyOf       []*schema          `json:"anyOf"`
	If          *schema            `json:"if"`
	Else        *schema            `json:"else"`
	Properties  map[string]*schema `json:"properties"`
	Items       *schema            `json:"items"`
	Enum        []string           `json:"enum"`
	Const       *string            `json:"const"`
	Pattern     string             `json:"pattern"`
	MinLength   int                `json:"minLength"`
}

// faults of the value at the path.
func (s *schema) faults(at string, v any) []string {
	var out []string
	bad := func(format string, args ...any) { out = append(out, at+": "+fmt.Sprintf(format, args...)) }
	kind := "other"
	switch v := v.(type) {
	case string:
		kind = "string"
		if s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(v) {
			bad("%q does not match %s", v, s.Pattern)
		}
		if len([]rune(v)) < s.MinLength {
			bad("too short")
		}
		if s.Enum != nil && !slices.Contains(s.Enum, v) || s.Const != nil && *s.Const != v {
			bad("%q is not allowed", v)
		}
	case float64:
		kind = "number"
		if v == float64(int64(v)) {
			kind = "integer"
		}
	case []any:
		kind = "array"
		for i, e := range v {
			if s.Items != nil {
				out = append(out, s.Items.faults(fmt.Sprint(at, "[", i, "]"), e)...)
			}
		}
	case map[string]any:
		kind = "object"
		for _, r := range s.Required {
			if _, ok := v[r]; !ok {
				bad("%s is missing", r)
			}
		}
		for name, p := range s.Properties {
			if e, ok := v[name]; ok {
				out = append(out, p.faults(at+"."+name, e)...)
			}
		}
	}
	switch want := s.Type.(type) {
	case string:
		if kind != want {
			bad("is %s, not %s", kind, want)
		}
	case []any:
		if !slices.Contains(want, any(kind)) {
			bad("is %s", kind)
		}
	}
	if s.AnyOf != nil && !slices.ContainsFunc(s.AnyOf, func(a *schema) bool { return len(a.faults(at, v)) == 0 }) {
		bad("none of anyOf")
	}
	if s.If != nil && s.Else != nil && len(s.If.faults(at, v)) > 0 {
		out = append(out, s.Else.faults(at, v)...)
	}
	return out
}

func readSchema(t *testing.T) *schema {
	t.Helper()
	b, err := os.ReadFile("../../docs/article-event.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	var s schema
	if err := d.Decode(&s); err != nil {
		t.Fatal(err)
	}
	return &s
}

// refusal is what the door says of an event.
func refusal(b string) error {
	unit, err := events.Unit(nil, []byte(b))
	if err != nil {
		return err
	}
	in, err := events.Decode("loa.events."+unit, nil, []byte(b), time.Now())
	if err != nil {
		return err
	}
	return ingest.Check(in)
}

// What the schema allows is taken; what it demands is demanded.
func TestSchemaAndDoorAgree(t *testing.T) {
	s := readSchema(t)
	for event, want := range map[string]struct{ schema, door bool }{
		`{"unit":"09025","title":"Họp","number":"1"}`:                                                                                        {true, true},
		`{"unit":"09025","title":"Họp","number":1}`:                                                                                          {true, true},
		`{"unit":"25","title":"Họp","url":"https://example.vn/1"}`:                                                                           {true, true},
		`{"unit":"09025","action":"updated","title":"Họp","number":"1","language":"vi","tags":["Nước"]}`:                                     {true, true},
		`{"unit":"09025","action":"withdrawn","number":"1","reason":"Đăng nhầm"}`:                                                            {true, true},
		`{"unit":"09025","title":"Họp","number":"1","published":"2026-11-20","attachments":[{"url":"https://example.vn/a.pdf","length":3}]}`: {true, true},
		`{"title":"Họp","number":"1"}`:                                                                                                       {false, false},
		`{"unit":"09025","number":"1"}`:                                                                                                      {false, false},
		`{"unit":"09025","action":"updated","number":"1"}`:                                                                                   {false, false},
		`{"unit":"09025","title":"Họp"}`:                                                                                                     {false, false},
		`{"unit":"09025","action":"withdrawn"}`:                                                                                              {false, false},
		`{"unit":"09025","action":"removed","title":"Họp","number":"1"}`:                                                                     {false, false},
		`{"unit":"Yên Lạc","title":"Họp","number":"1"}`:                                                                                      {false, false},
		`{"unit":"090251","title":"Họp","number":"1"}`:                                                                                       {false, false},
		`{"unit":"09025","title":"","number":"1"}`:                                                                                           {false, false},
		`{"unit":"09025","title":["Họp"],"number":"1"}`:                                                                                      {false, false},
		`{"unit":"09025","title":"Họp","number":" "}`:                                                                                        {false, false},
		`{"unit":"09025","title":"Họp","url":"ftp://example.vn/1"}`:                                                                          {false, false},
		`{"unit":"09025","title":"Họp","number":"1","attachments":["a.pdf"]}`:                                                                {false, false},
		`[]`: {false, false},
		// Forgiven by the door.
		`{"unit":"09025","title":"Họp","number":"1","tags":"Nước"}`: {false, true},
	} {
		var v any
		if err := json.Unmarshal([]byte(event), &v); err != nil {
			t.Fatal(err)
		}
		faults, err := s.faults("event", v), refusal(event)
		if (len(faults) == 0) != want.schema || (err == nil) != want.door {
			t.Errorf("%s\nschema: %v\ndoor: %v", event, faults, err)
		}
	}
}

var jsonBlock = regexp.MustCompile("(?s)```json\n(.*?)```|--data '(.*?)'")

// The events that the documents show are valid and taken.
func TestExamplesInDocuments(t *testing.T) {
	s := readSchema(t)
	seen := 0
	for _, file := range []string{"events.md", "publishing.md"} {
		b, err := os.ReadFile("../../docs/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range jsonBlock.FindAllStringSubmatch(string(b), -1) {
			text := strings.ReplaceAll(m[1]+m[2], "…", "Nội dung")
			var v any
			if err := json.Unmarshal([]byte(text), &v); err != nil {
				t.Errorf("%s: %v\n%s", file, err, text)
				continue
			}
			seen++
			if faults := s.faults("event", v); len(faults) > 0 {
				t.Errorf("%s: %v\n%s", file, faults, text)
			}
			if err := refusal(text); err != nil {
				t.Errorf("%s: %v\n%s", file, err, text)
			}
		}
	}
	if seen < 2 {
		t.Errorf("%d examples", seen)
	}
}
