package web_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/molecule-man/go-brrr"

	"loa/publish/web"
)

// RFC 9110 section 12.5.3.
func TestChooseCoding(t *testing.T) {
	d, err := web.NewDocument([]byte(strings.Repeat("Tin xã. ", 100)), 1, start, 200)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"no field: what every client can read", nil, "identity"},
		{"empty field: nothing but identity", []string{""}, "identity"},
		{"gzip", []string{"gzip"}, "gzip"},
		{"x-gzip is gzip", []string{"x-gzip"}, "gzip"},
		{"case does not count", []string{"GZIP"}, "gzip"},
		{"brotli", []string{"br"}, "br"},
		{"zstd", []string{"zstd"}, "zstd"},
		{"browser: the smallest", []string{"gzip, deflate, br, zstd"}, "br"},
		{"the order in the field does not count", []string{"zstd, gzip"}, "zstd"},
		{"two lines", []string{"br", "gzip"}, "br"},
		{"weights before size", []string{"br;q=0.8, gzip;q=0.9, zstd;q=0.7"}, "gzip"},
		{"star", []string{"*"}, "br"},
		{"star for the others", []string{"br;q=0.1, zstd;q=0, *;q=0.5"}, "gzip"},
		{"star refused", []string{"*;q=0"}, "none"},
		{"star refused, gzip named", []string{"*;q=0, gzip"}, "gzip"},
		{"star refused, identity named", []string{"*;q=0, identity"}, "identity"},
		{"gzip refused", []string{"gzip;q=0"}, "identity"},
		{"gzip refused with digits", []string{"gzip;q=0.000"}, "identity"},
		{"gzip refused, star", []string{"gzip;q=0, *"}, "br"},
		{"all refused, star", []string{"gzip;q=0, br;q=0, zstd;q=0, *"}, "identity"},
		{"identity refused", []string{"identity;q=0, gzip;q=0.001"}, "gzip"},
		{"identity refused, nothing else", []string{"identity;q=0"}, "none"},
		{"identity preferred", []string{"identity;q=1, gzip;q=0.5, br;q=0.5"}, "identity"},
		{"equal weights: the smaller", []string{"identity, gzip"}, "gzip"},
		{"a coding that is not kept", []string{"deflate, compress"}, "identity"},
		{"low weight is a weight", []string{"gzip;q=0.001"}, "gzip"},
		{"blanks", []string{" gzip ; q=0.5 ,\tidentity ; Q=0.4"}, "gzip"},
		{"broken weight", []string{"gzip;q=viel"}, "gzip"},
		{"other parameters", []string{"gzip;level=9;q=0"}, "identity"},
		{"named twice: the first counts", []string{"gzip, gzip;q=0"}, "gzip"},
		{"rubbish", []string{",;,=;q,;;"}, "identity"},
	} {
		if got := web.Choose(d, http.Header{"Accept-Encoding": c.lines}); got != c.want {
			t.Errorf("%s: %q gives %s, want %s", c.name, c.lines, got, c.want)
		}
	}
	tiny, err := web.NewDocument([]byte("x"), 1, start, 200)
	if err != nil {
		t.Fatal(err)
	}
	for lines, want := range map[string]string{"gzip, br, zstd": "identity", "gzip, identity;q=0": "none"} {
		if got := web.Choose(tiny, http.Header{"Accept-Encoding": {lines}}); got != want {
			t.Errorf("what codings make larger is not kept: %s gives %s", lines, got)
		}
	}
}

// Of what is acceptable, the client gets what it has.
func TestChooseWhatTheClientHas(t *testing.T) {
	d, err := web.NewDocument([]byte(strings.Repeat("Tin xã. ", 100)), 1, start, 200)
	if err != nil {
		t.Fatal(err)
	}
	tag := func(coding string) string { return d.Tag(coding) }
	all := "gzip, br, zstd"
	for _, c := range []struct {
		name, accept, field, tags, want string
		status                          int
	}{
		{"the best", all, "If-None-Match", tag("br"), "br", 304},
		{"not the best, but acceptable", all, "If-None-Match", tag("gzip"), "gzip", 304},
		{"two: the better one", all, "If-None-Match", tag("gzip") + ", " + tag("zstd"), "zstd", 304},
		{"made weak on the way", all, "If-None-Match", "W/" + tag("zstd"), "zstd", 304},
		{"the identity, which is acceptable unless refused", all, "If-None-Match", tag("identity"), "identity", 304},
		{"the identity, refused", "gzip, identity;q=0", "If-None-Match", tag("identity"), "gzip", 200},
		{"not acceptable any more", "gzip", "If-None-Match", tag("br"), "gzip", 200},
		{"no field: only the identity is safe", "", "If-None-Match", tag("gzip"), "identity", 200},
		{"another document's", all, "If-None-Match", `"0123456789abcdef0123456789abcdef-gz"`, "br", 200},
		{"star names none", all, "If-None-Match", "*", "br", 304},
		{"must match", all, "If-Match", tag("gzip"), "gzip", 200},
		{"must match, and does not", all, "If-Match", "W/" + tag("gzip"), "br", 412},
		{"Apache compressed what it got", "", "If-None-Match", strings.TrimSuffix(tag("identity"), `"`) + `-gzip"`, "identity", 304},
		{"Apache with brotli", "", "If-None-Match", strings.TrimSuffix(tag("identity"), `"`) + `-br"`, "identity", 304},
		{"no proxy's suffix", "", "If-None-Match", strings.TrimSuffix(tag("identity"), `"`) + `-9"`, "identity", 200},
		{"a proxy's suffix is no strong match", "", "If-Match", strings.TrimSuffix(tag("identity"), `"`) + `-gzip"`, "identity", 412},
	} {
		h := http.Header{c.field: {c.tags}}
		if c.accept != "" {
			h["Accept-Encoding"] = []string{c.accept}
		}
		got := web.Choose(d, h)
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if status := web.Evaluate(h, tag(got), start); status != c.status {
			t.Errorf("%s: %d, want %d", c.name, status, c.status)
		}
	}
}

// RFC 9110 section 13: what the script does not say already.
func TestEvaluate(t *testing.T) {
	const tag = `"abc"`
	date := start.UTC()
	at := date.Format(http.TimeFormat)
	for _, c := range []struct {
		name string
		h    http.Header
		want int
	}{
		{"none", http.Header{}, 200},
		{"tag in a list without blanks", http.Header{"If-None-Match": {`"x","abc","y"`}}, 304},
		{"tag with a comma before it", http.Header{"If-None-Match": {`"a,b", "abc"`}}, 304},
		{"tag as part of another", http.Header{"If-None-Match": {`"abcd"`}}, 200},
		{"tag without quotes is no tag", http.Header{"If-None-Match": {`abc`}}, 200},
		{"tag that does not end", http.Header{"If-None-Match": {`"abc`}}, 200},
		{"empty field is present", http.Header{"If-None-Match": {``}, "If-Modified-Since": {at}}, 200},
		{"lower-case w", http.Header{"If-None-Match": {`w/"abc"`}}, 200},
		{"star after a tag", http.Header{"If-None-Match": {`"x", *`}}, 304},
		{"If-Match star", http.Header{"If-Match": {`*`}}, 200},
		{"If-Match fails before If-None-Match", http.Header{"If-Match": {`"x"`}, "If-None-Match": {tag}}, 412},
		{"If-Match holds, then If-None-Match", http.Header{"If-Match": {tag}, "If-None-Match": {tag}}, 304},
		{"If-Match present: the date does not count", http.Header{"If-Match": {tag}, "If-Unmodified-Since": {"Mon, 01 Jan 2001 00:00:00 GMT"}}, 200},
		{"date in the form of RFC 850", http.Header{"If-Modified-Since": {date.Format("Monday, 02-Jan-06 15:04:05 GMT")}}, 304},
		{"date of asctime", http.Header{"If-Modified-Since": {date.Format("Mon Jan _2 15:04:05 2006")}}, 304},
		{"later date", http.Header{"If-Modified-Since": {"Fri, 01 Jan 2100 00:00:00 GMT"}}, 304},
		{"two dates are no date", http.Header{"If-Modified-Since": {at, at}}, 200},
	} {
		if got := web.Evaluate(c.h, tag, date); got != c.want {
			t.Errorf("%s: %v gives %d, want %d", c.name, c.h, got, c.want)
		}
	}
}

func TestDocumentRoundTrip(t *testing.T) {
	body := []byte(strings.Repeat("Thông báo nghỉ lễ. ", 200))
	d, err := web.NewDocument(body, 42, start, 410)
	if err != nil {
		t.Fatal(err)
	}
	b, err := web.Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	got, err := web.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if got.Version != 42 || got.Status != 410 || !got.Modified.Equal(start) || got.ETag() != d.ETag() {
		t.Errorf("%+v", got)
	}
	for _, coding := range []string{"", "gzip", "br", "zstd"} {
		want, _ := d.Body(coding)
		if have, ok := got.Body(coding); !ok || !bytes.Equal(have, want) {
			t.Errorf("%q: other bytes", coding)
		}
	}
	if _, ok := got.Body("deflate"); ok {
		t.Error("a coding that is not kept")
	}
	for i := range b { // every bit counts
		bad := bytes.Clone(b)
		bad[i] ^= 4
		if _, err := web.Decode(bad); err == nil {
			t.Fatalf("byte %d changed: still a document", i)
		}
		if _, err := web.Decode(b[:i]); err == nil {
			t.Fatalf("cut at %d: still a document", i)
		}
	}
}

// A strong tag promises the same bytes from every node, so what a compressor did
// before must not show in what it does now; and another program reads them.
func TestCompressionIsRepeatable(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		var text strings.Builder
		for range rnd.IntN(20_000) {
			text.WriteString(syllables[rnd.IntN(len(syllables))] + " ")
		}
		body := []byte(text.String())
		d, err := web.NewDocument(body, 1, start, 200)
		if err != nil {
			t.Fatal(err)
		}
		for name, fresh := range map[string]func(io.Writer) (io.WriteCloser, error){
			"gzip": func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, 5) },
			"br": func(w io.Writer) (io.WriteCloser, error) {
				return brrr.NewWriterOptions(w, 6, brrr.WriterOptions{SizeHint: uint(len(body))})
			},
		} {
			var want bytes.Buffer
			z, err := fresh(&want)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := z.Write(body); err != nil {
				t.Fatal(err)
			}
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
			if got, ok := d.Body(name); ok && !bytes.Equal(got, want.Bytes()) {
				t.Fatalf("%s of %d bytes of text: other bytes than a new compressor's", name, len(body))
			}
		}
		z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := d.Body("zstd"); ok && !bytes.Equal(got, z.EncodeAll(body, nil)) {
			t.Fatalf("zstd of %d bytes of text: other bytes than a new compressor's", len(body))
		}
		for _, name := range []string{"gzip", "br", "zstd"} {
			if packed, ok := d.Body(name); ok && !bytes.Equal(unpack(t, name, packed), body) {
				t.Fatalf("%s of %d bytes: other text", name, len(body))
			}
		}
	}
}

// unpack undoes a content coding.
func unpack(t testing.TB, coding string, b []byte) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(b)
	var err error
	switch coding {
	case "gzip":
		r, err = gzip.NewReader(r)
	case "br":
		r = brotli.NewReader(r)
	case "zstd":
		var z *zstd.Decoder
		z, err = zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
		if err == nil {
			defer z.Close()
		}
		r = z
	case "":
	default:
		t.Fatalf("coding %q", coding)
	}
	if err != nil {
		t.Fatal(err)
	}
	if b, err = io.ReadAll(r); err != nil {
		t.Fatalf("%s: %v", coding, err)
	}
	return b
}

// RFC 9110 section 12.5.4: the language with the greater weight; Vietnamese when
// they are alike or neither is wanted.
func TestAcceptLanguage(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{nil, "vi"},
		{[]string{""}, "vi"},
		{[]string{"en"}, "en"},
		{[]string{"EN-gb"}, "en"},
		{[]string{"en-US,en;q=0.9,vi;q=0.8"}, "en"},
		{[]string{"vi-VN,vi;q=0.9,en-US;q=0.6,en;q=0.5"}, "vi"},
		{[]string{"en;q=0.5, vi;q=0.5"}, "vi"},
		{[]string{"en;q=0.5", "vi;q=0.4"}, "en"},
		{[]string{"fr, de;q=0.7, *;q=0.1"}, "vi"},
		{[]string{"vi;q=0, *"}, "en"},
		{[]string{"vi;q=0"}, "vi"},
		{[]string{"en;q=0, vi;q=0"}, "vi"},
		{[]string{"english"}, "vi"},
		{[]string{"fr;q=1, en;q=0.001"}, "en"},
		{[]string{";;;,,q=,en-"}, "en"},
	} {
		if got := web.AcceptLanguage(c.lines...); got != c.want {
			t.Errorf("%q: %s, want %s", c.lines, got, c.want)
		}
	}
}
