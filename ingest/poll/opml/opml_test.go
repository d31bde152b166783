package opml_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loa/ingest/poll"
	"loa/ingest/poll/listing"
	"loa/ingest/poll/opml"
	"loa/ingest/rules"
)

func slug(string) string { return "khong-ten" }

// What is written is read back without loss, whatever it is.
func TestRoundTrip(t *testing.T) {
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(strings.Fields(rapid.StringOfN(rapid.RuneFrom([]rune("aăâđêôơư<>&\"'/,;=\u00a0\u0301 ợ🦆]]>")), 0, 12, -1).Draw(t, "text")), " ")
	})
	length := rapid.Custom(func(t *rapid.T) time.Duration {
		return time.Duration(rapid.IntRange(0, 86400*1000).Draw(t, "ms")) * time.Millisecond
	})
	id := rapid.StringMatching(`[a-z0-9][a-z0-9_-]{0,20}`)
	source := rapid.Custom(func(t *rapid.T) poll.Source {
		s := poll.Source{
			ID: id.Draw(t, "id"), URL: "https://example.vn/" + rapid.StringMatching(`[a-z0-9?&=%/~.-]{0,30}`).Draw(t, "url"),
			Unit: rapid.StringMatching(`[0-9]{2,5}`).Draw(t, "unit"), Category: text.Draw(t, "category"),
			Interval: length.Draw(t, "interval"), Longest: length.Draw(t, "ceiling"), Gap: length.Draw(t, "gap"),
			Zone:   rapid.SampledFrom([]string{"", "+07:00", "-03:30"}).Draw(t, "zone"),
			Order:  rapid.SampledFrom([]string{"", "dmy", "mdy"}).Draw(t, "order"),
			Dates:  rapid.SampledFrom([]string{"", "day"}).Draw(t, "dates"),
			Status: rapid.SampledFrom([]poll.Status{"", poll.Active, poll.Frozen, poll.Moved, poll.Gone}).Draw(t, "status"),
			Flood:  rapid.SampledFrom([]poll.Policy{"", poll.Quiet, poll.Refuse}).Draw(t, "flood"),
			From:   rapid.SampledFrom([]string{"", "2025-07-01"}).Draw(t, "from"),
			To:     rapid.SampledFrom([]string{"", "2026-07-01"}).Draw(t, "to"),
		}
		if n := rapid.IntRange(0, 3).Draw(t, "successors"); n > 0 {
			s.Successors = rapid.SliceOfN(id, n, n).Draw(t, "ids")
		}
		return s
	})
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(source, 1, 5).Draw(t, "list")
		var b bytes.Buffer
		if err := opml.Write(&b, text.Draw(t, "title"), time.Unix(1.8e9, 0), list); err != nil {
			t.Fatal(err)
		}
		got, refused, err := opml.Read(b.Bytes(), slug)
		if err != nil || len(refused) > 0 || !reflect.DeepEqual(got, list) {
			t.Fatalf("%v %v\n%s\ngot  %+v\nwant %+v", err, refused, b.Bytes(), got, list)
		}
	})
}

// A key that is added to a source must be carried too.
func TestEveryKeyIsCarried(t *testing.T) {
	var s poll.Source
	v := reflect.ValueOf(&s).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Int64:
			f.SetInt(int64(time.Minute))
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Pointer:
			if _, ok := f.Interface().(*listing.Selectors); !ok {
				t.Fatalf("field %s: no way known to fill it", v.Type().Field(i).Name)
			}
			f.Set(reflect.ValueOf(&listing.Selectors{Item: "ul > li", Title: `a[title^="Tin"]`, Link: "a", Date: "time, .ngày", Summary: "p"}))
		case reflect.Slice:
			switch f.Addr().Interface().(type) {
			case *[]string:
				f.Set(reflect.ValueOf([]string{"y", "z"}))
			case *[]rules.Rule:
				f.Set(reflect.ValueOf([]rules.Rule{{Action: "keep", Field: "title", Contains: `<"họp">`}, {Action: "block", Field: "link", Matches: `\d+&`, Reason: "không phải tin"}}))
			default:
				t.Fatalf("field %s: no way known to fill it", v.Type().Field(i).Name)
			}
		default:
			t.Fatalf("field %s: no way known to fill it", v.Type().Field(i).Name)
		}
	}
	var b bytes.Buffer
	if err := opml.Write(&b, "", time.Now(), []poll.Source{s}); err != nil {
		t.Fatal(err)
	}
	got, _, err := opml.Read(b.Bytes(), slug)
	if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], s) {
		t.Errorf("%v\n%s", err, b.Bytes())
	}
}

func TestWriteIsOPML2(t *testing.T) {
	var b bytes.Buffer
	list := []poll.Source{{ID: "lienchau", URL: "https://example.vn/rss?a=1&b=2", Unit: "09064", Category: "Thông báo", Interval: 15 * time.Minute}}
	if err := opml.Write(&b, "Nguồn tin", time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC), list); err != nil {
		t.Fatal(err)
	}
	const want = `<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
  <head>
    <title>Nguồn tin</title>
    <dateCreated>Fri, 20 Nov 2026 01:00:00 +0000</dateCreated>
  </head>
  <body>
    <outline type="rss" text="lienchau" xmlUrl="https://example.vn/rss?a=1&amp;b=2" id="lienchau" unit="09064" category="Thông báo" interval="15m0s"></outline>
  </body>
</opml>
`
	if b.String() != want {
		t.Errorf("%s", b.String())
	}
}

func TestReadForeignLists(t *testing.T) {
	for _, c := range []struct {
		name, text    string
		urls, refused int
	}{
		{"nested, without a type", `<opml version="1.1"><body><outline text="a"><outline text="b"><outline xmlurl="https://example.vn/1"/></outline></outline></body></opml>`, 1, 0},
		{"byte order mark and white space", "\ufeff \n" + `<opml><body><outline XMLURL="https://example.vn/1"/></body></opml>`, 1, 0},
		{"comment and include", `<opml><body><outline xmlUrl="https://example.vn/1" isComment="true"/><outline type="include" url="https://example.vn/2" xmlUrl="https://example.vn/2"/></body></opml>`, 0, 0},
		{"a time that is none", `<opml><body><outline xmlUrl="https://example.vn/1" interval="soon"/><outline xmlUrl="https://example.vn/2"/></body></opml>`, 1, 1},
		{"bare ampersand", `<opml><body><outline xmlUrl="https://example.vn/1?a=1&b=2"/></body></opml>`, 1, 0},
	} {
		list, refused, err := opml.Read([]byte(c.text), slug)
		if err != nil || len(list) != c.urls || len(refused) != c.refused {
			t.Errorf("%s: %v %v %v", c.name, list, refused, err)
		}
	}
	for name, text := range map[string]string{
		"a feed": `<rss version="2.0"/>`, "nothing": "", "broken off": `<opml><body><outline`,
		"too deep": `<opml>` + strings.Repeat(`<outline>`, 100) + strings.Repeat(`</outline>`, 100) + `</opml>`,
	} {
		if _, _, err := opml.Read([]byte(text), slug); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, _, err := opml.Read([]byte(`<rss/>`), slug); !errors.Is(err, opml.ErrNotOPML) {
		t.Errorf("%v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`<opml version="2.0"><body><outline text="a" xmlUrl="https://example.vn/1" unit="09064" interval="15m"/></body></opml>`))
	f.Add([]byte(`<!DOCTYPE opml [<!ENTITY a "b">]><opml><body><outline xmlUrl="&a;"/></body></opml>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, _, err := opml.Read(b, slug)
		if err != nil {
			return
		}
		for _, s := range list {
			if s.URL == "" {
				t.Error("a source without an address")
			}
		}
	})
}
