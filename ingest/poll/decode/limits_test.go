package decode_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"loa/ingest/poll/decode"
)

// hostile documents of some size, made to cost their reader more than that.
func hostile(size int) map[string][]byte {
	fill := func(head, unit, tail string) []byte {
		return []byte(head + strings.Repeat(unit, max(1, (size-len(head)-len(tail))/len(unit))) + tail)
	}
	const head, tail = `<rss version="2.0"><channel><title>x</title>`, `</channel></rss>`
	numbered := func(head, format, tail string) []byte {
		b := bytes.NewBufferString(head)
		for i := 0; b.Len() < size-len(tail); i++ {
			fmt.Fprintf(b, format, i)
		}
		b.WriteString(tail)
		return b.Bytes()
	}
	return map[string][]byte{
		"empty items":             fill(head, "<item/>", tail),
		"unclosed items":          fill(head, "<item>", ""),
		"nested elements":         fill(head+"<item>", "<a>", ""),
		"nested and closed":       append(fill(head+"<item>", "<a>", ""), "</item>"+tail...),
		"stray end tags":          fill(head+"<item>"+strings.Repeat("<b>", 190), "</a>", tail),
		"open brackets":           fill(head+"<item><title>", "<", "</title></item>"+tail),
		"ampersands":              fill(head+"<item><title>", "&", "</title></item>"+tail),
		"double escapes":          fill(head+"<item><title>", "&amp;amp;", "</title></item>"+tail),
		"one description":         fill(head+"<item><description>", "chữ ", "</description></item>"+tail),
		"one html description":    fill(head+"<item><description><![CDATA[", "<b>chữ</b> ", "]]></description></item>"+tail),
		"children with names":     numbered(head+"<item>", "<a%d/>", "</item>"+tail),
		"children of extensions":  fill(head+`<item><x:a xmlns:x="u">`, "<x:b/>", "</x:a></item>"+tail),
		"extensions of the feed":  fill(head, "<x:b/>", tail),
		"links of the feed":       fill(head, "<link/>", tail),
		"text in pieces":          fill(head+`<item><x:a xmlns:x="u">`, "a<![CDATA[b]]>", "</x:a></item>"+tail),
		"comments":                fill(head+`<item><x:a xmlns:x="u">`, "a<!---->", "</x:a></item>"+tail),
		"attributes":              numbered(head+"<item><a ", "a%d='' ", "/></item>"+tail),
		"one attribute":           fill(head+`<item><a b="`, "<\"' ", `"/></item>`+tail),
		"namespaces and elements": fill(head+"<item"+manyNamespaces(60)+">", "<b/>", "</item>"+tail),
		"namespaces just within":  []byte(head + strings.Repeat("<item"+manyNamespaces(60)+">"+strings.Repeat("<b/>", 40_000)+"</item>", size/170_000) + tail),
		"bases":                   fill(head+`<item xml:base="http://example.vn/`+strings.Repeat("a/", 900)+`"><b xml:base="b/">`, `<a href=""/>`, "</b></item>"+tail),
		"entities":                fill(`<!DOCTYPE rss [`, `<!ENTITY a "&a;&a;">`, `]>`+head+"<item><title>&a;</title></item>"+tail),
		"doctypes":                fill("", "<!DOCTYPE [", head+tail),
		"comments before":         fill("", "<!-- -->", head+tail),
		"tags before":             fill("", "<a>", head+tail),
		"categories":              numbered(head+"<item>", "<category>c%d</category>", "</item>"+tail),
		"enclosures":              numbered(head+"<item>", `<enclosure url="http://example.vn/%d"/>`, "</item>"+tail),
		"atom links":              fill(`<feed xmlns="http://www.w3.org/2005/Atom">`, `<link href="http://example.vn/"/>`, "</feed>"),
		"atom xhtml":              fill(`<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="xhtml">`, `<p>a</p>`, "</content></entry></feed>"),
		"control characters":      fill(head+"<item><title>", "\x01", "</title></item>"+tail),
		"broken bytes":            fill(head+"<item><title>", "\xff", "</title></item>"+tail),
		"utf-16":                  fill("\xff\xfe", "<\x00", ""),
		"json items":              fill(`{"items":[`, "{},", `{}]}`),
		"json attachments":        fill(`{"items":[{"id":"1","attachments":[`, "{},", `{}]}]}`),
		"json depth":              fill(`{"items":`, "[", ``),
		"json members":            numbered("{", `"a%d":1,`, `"items":[]}`),
		"json hubs":               fill(`{"items":[],"hubs":[`, "{},", `{}]}`),
	}
}

// What a document may cost is bounded, whatever it is made of. Most need a few
// times their size; the dearest is one whose namespaces are copied for each
// element.
func TestHostileDocuments(t *testing.T) {
	const size = 1 << 20
	for name, body := range hostile(size) {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			f, err := decode.Decode(body, options())
			runtime.ReadMemStats(&after)
			if err == nil {
				check(t, f, options())
			}
			if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 400 {
				t.Errorf("%d MiB allocated for %d MiB", spent, size>>20)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.xml")
	more, _ := filepath.Glob("testdata/*.json.in")
	for _, file := range append(files, more...) {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, "text/xml")
	}
	for _, body := range hostile(2000) {
		f.Add(body, "application/rss+xml; charset=windows-1258")
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		o := options()
		o.ContentType, o.MaxItems = contentType, 20
		feed, err := decode.Decode(body, o)
		if (feed == nil) == (err == nil) {
			t.Fatal("neither a feed nor an error, or both")
		}
		if err == nil {
			check(t, feed, o)
		} else if decode.FaultOf(err).Code == decode.FaultMalformed && bytes.IndexByte(body, '{') < 0 && bytes.Contains(body, []byte("<rss")) && bytes.IndexByte(body, 0) < 0 {
			t.Fatalf("repaired and still malformed: %v", err)
		}
	})
}

// ordinary is a feed of items with bodies of some KB.
func ordinary(items, kb int) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Xã Hòa Bình</title><link>https://hoabinh.example.vn/</link>`)
	text := strings.Repeat("&lt;p&gt;Ủy ban nhân dân xã thông báo lịch tiêm chủng đến toàn thể bà con trong xã được biết.&lt;/p&gt;\n", kb*1024/125)
	for i := range items {
		fmt.Fprintf(&b, "<item><title>Thông báo số %d</title><link>https://hoabinh.example.vn/tin/%d.html</link><guid>https://hoabinh.example.vn/tin/%d.html</guid><pubDate>Mon, 24 Aug 2020 07:30:00 +0700</pubDate><description>%s</description></item>\n", i, i, i, text)
	}
	b.WriteString("</channel></rss>")
	return b.Bytes()
}

func BenchmarkDecode(b *testing.B) {
	for name, body := range map[string][]byte{
		"200x5KB":           ordinary(200, 5),
		"50x2KB":            ordinary(50, 2),
		"200000-empty":      []byte("<rss><channel>" + strings.Repeat("<item/>", 200_000) + "</channel></rss>"),
		"8MB-450x16KB":      ordinary(450, 16),
		"8MB-one-paragraph": []byte("<rss><channel><item><description>" + strings.Repeat("chữ ", 8<<20/6-100) + "</description></item></channel></rss>"),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := decode.Decode(body, options()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
