package events_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"loa/feeds"
	"loa/ingest"
	"loa/ingest/events"
)

var arrived = time.Date(2026, 11, 20, 9, 0, 0, 0, feeds.Zone)

const onSubject = "loa.events.09025"

func TestDecodeReadsEveryField(t *testing.T) {
	in, err := events.Decode(onSubject, nil, []byte(`{
		"action": "updated", "unit": "09025", "number": "4711", "url": "https://example.vn/tin/4711",
		"title": "Lịch tiêm chủng", "summary": "Tóm tắt", "content_html": "<p>Trạm y tế xã</p>", "content_text": "thua",
		"category": "Y tế", "tags": ["tiêm chủng", "trẻ em"], "authors": ["Ban Biên tập"],
		"published": "2020-08-24", "updated": "2020-08-24T14:30:00+07:00", "language": "vi",
		"attachments": [{"url": "https://example.vn/a.pdf", "type": "application/pdf", "length": 12345, "title": "Danh sách"}],
		"reason": "sửa giờ"}`), arrived)
	if err != nil {
		t.Fatal(err)
	}
	a := in.Article
	if in.Door != feeds.DoorEvent || in.Action != feeds.Updated || !in.Arrived.Equal(arrived) || in.Reason != "sửa giờ" || in.EventID != "" {
		t.Errorf("%+v", in)
	}
	if a.Unit != "09025" || a.Number != "4711" || a.URL != "https://example.vn/tin/4711" || a.Title != "Lịch tiêm chủng" || a.Summary != "Tóm tắt" ||
		a.ContentHTML != "<p>Trạm y tế xã</p>" || a.Category != "Y tế" || a.Language != "vi" ||
		!slices.Equal(a.Tags, []string{"tiêm chủng", "trẻ em"}) || !slices.Equal(a.Authors, []string{"Ban Biên tập"}) {
		t.Errorf("%+v", a)
	}
	if len(a.Attachments) != 1 || a.Attachments[0] != (feeds.Attachment{URL: "https://example.vn/a.pdf", Type: "application/pdf", Length: 12345, Title: "Danh sách"}) {
		t.Errorf("%+v", a.Attachments)
	}
	if a.Published.Precision != feeds.Day || a.Published.Raw != "2020-08-24" || a.Updated.Precision != feeds.Second {
		t.Errorf("%+v %+v", a.Published, a.Updated)
	}
}

// The same article in each way that events may come.
func TestDecodeForms(t *testing.T) {
	const data = `{"unit":"09025","number":"12","title":"Họp thôn"}`
	attrs := `"specversion":"1.0","id":"e1","source":"/cms","type":"article.withdrawn","time":"2026-11-20T08:30:00+07:00"`
	head := events.Header{"ce-specversion": {"1.0"}, "ce-id": {"e1"}, "ce-source": {"/cms"}, "ce-type": {"article.withdrawn"}, "ce-time": {"2026-11-20T01:30:00Z"}}
	for _, c := range []struct {
		name, body string
		h          events.Header
		action     feeds.Kind
		event      bool
	}{
		{"plain", data, nil, feeds.Published, false},
		{"plain with a byte order mark", "\ufeff" + data, nil, feeds.Published, false},
		{"structured", `{` + attrs + `,"data":` + data + `}`, nil, feeds.Withdrawn, true},
		{"structured, data as a string", `{` + attrs + `,"data":` + fmt.Sprintf("%q", data) + `}`, nil, feeds.Withdrawn, true},
		{"structured, base64", `{` + attrs + `,"data_base64":"eyJ1bml0IjoiMDkwMjUiLCJudW1iZXIiOiIxMiIsInRpdGxlIjoiSOG7jXAgdGjDtG4ifQ=="}`, nil, feeds.Withdrawn, true},
		{"binary", data, head, feeds.Withdrawn, true},
		{"action and type agree", `{` + attrs + `,"data":{"action":"withdrawn",` + data[1:] + `}`, nil, feeds.Withdrawn, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, err := events.Decode(onSubject, c.h, []byte(c.body), arrived)
			if err != nil {
				t.Fatal(err)
			}
			if in.Action != c.action || in.Article.Title != "Họp thôn" || in.Article.Number != "12" {
				t.Errorf("%+v", in)
			}
			if c.event && (in.EventID != "e1" || in.Source != "/cms" || !in.Time.Equal(arrived.Add(-30*time.Minute))) {
				t.Errorf("event: %q %q %s", in.EventID, in.Source, in.Time)
			}
		})
	}
}

// What CMSs write in other types than those of the description.
func TestDecodeLooseTypes(t *testing.T) {
	in, err := events.Decode("loa.events.26", nil, []byte(`{"unit":26,"number":4711,"title":"Tin","tags":"một thẻ","authors":"Ban Biên tập",
		"summary":null,"attachments":[{"url":"https://example.vn/a.pdf","length":"77"},{"url":"https://example.vn/b.pdf","length":1.5}]}`), arrived)
	if err != nil {
		t.Fatal(err)
	}
	a := in.Article
	if a.Unit != "26" || a.Number != "4711" || !slices.Equal(a.Tags, []string{"một thẻ"}) || !slices.Equal(a.Authors, []string{"Ban Biên tập"}) {
		t.Errorf("%+v", a)
	}
	if a.Attachments[0].Length != 77 || a.Attachments[1].Length != 0 {
		t.Errorf("%+v", a.Attachments)
	}
	for _, empty := range []string{`null`, `""`, `[]`} {
		in, err := events.Decode(onSubject, nil, []byte(`{"unit":"09025","title":"Tin","number":null,"url":"https://example.vn/1","tags":`+empty+`}`), arrived)
		if err != nil || len(in.Article.Tags) != 0 || in.Article.Number != "" {
			t.Errorf("tags %s: %v %+v", empty, err, in.Article)
		}
	}
}

func TestDecodeText(t *testing.T) {
	decode := func(fields string) string {
		in, err := events.Decode(onSubject, nil, []byte(`{"unit":"09025","number":"1","title":"Tin",`+fields+`}`), arrived)
		if err != nil {
			t.Fatal(err)
		}
		return in.Article.ContentHTML
	}
	if got := decode(`"content_text":"Đoạn một & hai\n\nĐoạn <ba>"`); got != "<p>Đoạn một &amp; hai</p><p>Đoạn &lt;ba&gt;</p>" && got != "<p>Đoạn một &amp; hai</p>\n<p>Đoạn &lt;ba&gt;</p>" {
		t.Errorf("%q", got)
	}
	if got := decode(`"content_html":"<p>HTML</p>","content_text":"chữ"`); got != "<p>HTML</p>" {
		t.Errorf("%q", got)
	}
}

// Text in a code of before Unicode is converted before paragraphs are made of it:
// a soft hyphen is a letter there.
func TestDecodeLegacyText(t *testing.T) {
	body := `{"unit":"09025","number":"1","title":"LÞch cÊp n\u00adíc tuÇn nµy","category":"§êi sèng",
		"content_text":"Th«n §«ng tõ 6 giê ®Õn 8 giê.\n\n§Ò nghÞ bµ con tr÷ n\u00adíc."}`
	in, err := events.Decode(onSubject, nil, []byte(body), arrived)
	if err != nil {
		t.Fatal(err)
	}
	a := in.Article
	if a.Title != "Lịch cấp nước tuần này" || a.Category != "Đời sống" ||
		a.ContentHTML != "<p>Thôn Đông từ 6 giờ đến 8 giờ.</p>\n<p>Đề nghị bà con trữ nước.</p>" {
		t.Errorf("%+v", a)
	}
}

func TestDecodeDates(t *testing.T) {
	at := func(s string) time.Time {
		d, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		raw  string
		want string
		p    feeds.Precision
	}{
		{"2020-08-24", "2020-08-24T00:00:00+07:00", feeds.Day},
		{"24/08/2020", "2020-08-24T00:00:00+07:00", feeds.Day},
		{"Ngày đăng: 24/08/2020", "2020-08-24T00:00:00+07:00", feeds.Day},
		{"24/8/2020 14:30", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"14:30 24/08/2020", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"2020-08-24T14:30:00+07:00", "2020-08-24T14:30:00+07:00", feeds.Second},
		{"2020-08-24T07:30:00Z", "2020-08-24T14:30:00+07:00", feeds.Second},
		{"2020-08-24T14:30:05.123", "2020-08-24T14:30:05+07:00", feeds.Second},
		{"Mon, 24 Aug 2020 14:30:00 GMT+7", "2020-08-24T14:30:00+07:00", feeds.Second},
		{"hôm nào đó", "", feeds.Unknown},
	} {
		in, err := events.Decode(onSubject, nil, fmt.Appendf(nil, `{"unit":"09025","number":"1","title":"Tin","published":%q}`, c.raw), arrived)
		if err != nil {
			t.Errorf("%s: %v", c.raw, err)
			continue
		}
		d := in.Article.Published
		if d.Raw != c.raw || d.Precision != c.p || c.want != "" && !d.Time.Equal(at(c.want)) || d.Known() != (c.want != "") {
			t.Errorf("%q: got %+v, want %s %s", c.raw, d, c.want, c.p)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	structured := func(typ, data string) string {
		return `{"specversion":"1.0","id":"e1","source":"/cms","type":"` + typ + `","data":` + data + `}`
	}
	const good = `{"unit":"09025","number":"12","title":"Tin"}`
	for _, c := range []struct {
		name, subject, body string
		h                   events.Header
		code, says          string
	}{
		{"text", "", "Kính gửi quý vị", nil, "not-json", "not a JSON object"},
		{"empty", "", " \n", nil, "not-json", "empty"},
		{"a list", "", "[" + good + "]", nil, "not-json", "not a JSON object"},
		{"cut", "", good[:20], nil, "not-json", "not a JSON object"},
		{"two objects", "", good + good, nil, "not-json", "not a JSON object"},
		{"title is a number", "", `{"unit":"09025","number":"12","title":5}`, nil, "bad-input", `field "title" is a JSON number`},
		{"unit is true", "", `{"unit":true,"number":"12","title":"Tin"}`, nil, "bad-input", "unit"},
		{"tags is a number", "", `{"unit":"09025","number":"12","title":"Tin","tags":5}`, nil, "bad-input", "tags"},
		{"attachments is an object", "", `{"unit":"09025","number":"12","title":"Tin","attachments":{}}`, nil, "bad-input", "attachments"},
		{"invalid UTF-8", "", `{"unit":"09025","number":"12","title":"` + "\xe1\xba" + `"}`, nil, "bad-utf8", "UTF-8"},
		{"invalid UTF-8 in binary mode", "", `{"title":"` + "\xff" + `"}`, events.Header{"ce-specversion": {"1.0"}, "ce-id": {"1"}, "ce-source": {"s"}, "ce-type": {"article.published"}}, "bad-utf8", "UTF-8"},
		{"too large", "", `{"unit":"09025","title":"` + strings.Repeat("a", events.MaxEvent) + `"}`, nil, "too-large", "2097152"},
		{"unknown type", "", structured("article.deleted", good), nil, "unknown-type", "article.deleted"},
		{"type without its prefix", "", structured("published", good), nil, "unknown-type", "published"},
		{"prefix alone", "", structured("article.", good), nil, "unknown-type", "article."},
		{"unknown action", "", `{"action":"delete",` + good[1:], nil, "unknown-action", "delete"},
		{"action against the type", "", structured("article.published", `{"action":"withdrawn",`+good[1:]), nil, "unknown-action", "contradicts"},
		{"broken CloudEvent", "", structured("", good), nil, "bad-cloudevent", "type is missing"},
		{"CloudEvent without data", "", `{"specversion":"1.0","id":"e1","source":"/cms","type":"article.published"}`, nil, "not-json", "empty"},
		{"CloudEvent with null", "", structured("article.published", "null"), nil, "no-unit", "unit"},
		{"no unit", "", `{"number":"12","title":"Tin"}`, nil, "no-unit", "unit"},
		{"another's unit", "", `{"unit":"09064","number":"12","title":"Tin"}`, nil, "wrong-unit", `"09064"`},
		{"unit deeper in the subject", "loa.events.09064.09025", good, nil, "bad-subject", "loa.events.09064.09025"},
		{"no unit in the subject", "loa.events", good, nil, "bad-subject", "loa.events"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.subject == "" {
				c.subject = onSubject
			}
			_, err := events.Decode(c.subject, c.h, []byte(c.body), arrived)
			var r *ingest.Refused
			if !errors.As(err, &r) {
				t.Fatalf("got %v, want a refusal", err)
			}
			if r.Code != c.code || !strings.Contains(r.Error(), c.says) {
				t.Errorf("got %s: %s; want %s with %q", r.Code, r, c.code, c.says)
			}
		})
	}
}

// Codes are tokens of NATS subjects.
var code = regexp.MustCompile(`^[a-z0-9-]+$`)

func FuzzDecode(f *testing.F) {
	f.Add(onSubject, "", "", []byte(`{"unit":"09025","number":1,"title":"Tin","published":"24/08/2020","tags":"a"}`))
	f.Add(onSubject, "application/cloudevents+json", "", []byte(`{"specversion":"1.0","id":"1","source":"s","type":"article.updated","data":{"unit":"09025"}}`))
	f.Add(onSubject, "application/json", "1.0", []byte(`{"unit":"09025","content_text":"a\n\nb"}`))
	f.Add("loa.events.1.2", "", "", []byte("[]"))
	f.Add(onSubject, "", "", []byte(`"{\"unit\":\"09025\"}"`))
	f.Fuzz(func(t *testing.T, subject, contentType, version string, body []byte) {
		h := events.Header{}
		if contentType != "" {
			h["Content-Type"] = []string{contentType}
		}
		if version != "" {
			h["ce-specversion"], h["ce-id"], h["ce-source"], h["ce-type"] = []string{version}, []string{version}, []string{"s"}, []string{"article.published"}
		}
		in, err := events.Decode(subject, h, body, arrived)
		if err != nil {
			var r *ingest.Refused
			if !errors.As(err, &r) || !code.MatchString(r.Code) || r.Error() == "" {
				t.Fatalf("not a refusal with a reason: %#v", err)
			}
			return
		}
		if !strings.HasSuffix(subject, "."+in.Article.Unit) || in.Article.Unit == "" {
			t.Errorf("unit %q came on %q", in.Article.Unit, subject)
		}
		switch in.Action {
		case feeds.Published, feeds.Updated, feeds.Withdrawn:
		default:
			t.Errorf("action %q", in.Action)
		}
	})
}
