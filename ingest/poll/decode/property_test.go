package decode_test

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"loa/ingest/clean"
	"loa/ingest/poll/decode"
)

type item struct {
	XMLName xml.Name `xml:"item"`
	Title   string   `xml:"title"`
	GUID    string   `xml:"guid"`
	Text    string   `xml:"http://purl.org/rss/1.0/modules/content/ encoded"`
}

type document struct {
	XMLName xml.Name `xml:"rss"`
	Items   []item   `xml:"channel>item"`
}

// letters are what titles are made of: Vietnamese, markup, and what breaks it.
var letters = rapid.StringOfN(rapid.SampledFrom([]rune("aăâbđeêioôơuưyẮỆợữ  <>&;#\"'/]![CDATA-x0\u0301\u0323\u00a0\n")), 1, 30, -1)

// What was well formed comes through a repair as it was, whole or cut.
func TestWellFormedStaysAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d document
		for range rapid.IntRange(0, 6).Draw(t, "items") {
			d.Items = append(d.Items, item{Title: letters.Draw(t, "title"), GUID: "g" + letters.Draw(t, "guid"), Text: letters.Draw(t, "text")})
		}
		body, err := xml.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		body = append([]byte(xml.Header), body...)
		whole := len(d.Items)
		cut := rapid.Bool().Draw(t, "cut") && whole > 0
		if cut {
			body = body[:rapid.IntRange(bytes.Index(body, []byte("<channel>"))+9, len(body)-1).Draw(t, "at")]
			whole = bytes.Count(body, []byte("</item>"))
		}
		f, err := decode.Decode(body, options())
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if len(f.Items) != whole || f.Truncated != cut {
			t.Fatalf("%d items of %d, truncated %v", len(f.Items), whole, f.Truncated)
		}
		for i, got := range f.Items {
			want := d.Items[i]
			if g, w := got.Article.Title, clean.Plain(want.Title); g != w {
				t.Errorf("title %q, want %q", g, w)
			}
			if got.GUID != strings.TrimSpace(want.GUID) {
				t.Errorf("guid %q, want %q", got.GUID, want.GUID)
			}
			if g, w := got.Article.ContentHTML, strings.TrimSpace(want.Text); g != w {
				t.Errorf("content %q, want %q", g, w)
			}
		}
	})
}
