package web_test

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

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
		{"browser", []string{"gzip, deflate, br, zstd"}, "gzip"},
		{"two lines", []string{"br", "gzip"}, "gzip"},
		{"star", []string{"*"}, "gzip"},
		{"star refused", []string{"*;q=0"}, "none"},
		{"star refused, gzip named", []string{"*;q=0, gzip"}, "gzip"},
		{"star refused, identity named", []string{"*;q=0, identity"}, "identity"},
		{"gzip refused", []string{"gzip;q=0"}, "identity"},
		{"gzip refused with digits", []string{"gzip;q=0.000"}, "identity"},
		{"gzip refused, star", []string{"gzip;q=0, *"}, "identity"},
		{"identity refused", []string{"identity;q=0, gzip;q=0.001"}, "gzip"},
		{"identity refused, nothing else", []string{"identity;q=0"}, "none"},
		{"identity preferred", []string{"identity;q=1, gzip;q=0.5"}, "identity"},
		{"equal weights: the smaller", []string{"identity, gzip"}, "gzip"},
		{"a coding that is not kept", []string{"br"}, "identity"},
		{"low weight is a weight", []string{"gzip;q=0.001"}, "gzip"},
		{"blanks", []string{" gzip ; q=0.5 ,\tidentity ; Q=0.4"}, "gzip"},
		{"broken weight", []string{"gzip;q=viel"}, "gzip"},
		{"other parameters", []string{"gzip;level=9;q=0"}, "identity"},
		{"rubbish", []string{",;,=;q,;;"}, "identity"},
	} {
		if got := web.Choose(d, c.lines); got != c.want {
			t.Errorf("%s: %q gives %s, want %s", c.name, c.lines, got, c.want)
		}
	}
	tiny, err := web.NewDocument([]byte("x"), 1, start, 200)
	if err != nil {
		t.Fatal(err)
	}
	if got := web.Choose(tiny, []string{"gzip"}); got != "identity" {
		t.Errorf("what gzip makes larger is not kept: %s", got)
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
	for _, coding := range []string{"", "gzip"} {
		want, _ := d.Body(coding)
		if have, ok := got.Body(coding); !ok || !bytes.Equal(have, want) {
			t.Errorf("%q: other bytes", coding)
		}
	}
	if _, ok := got.Body("br"); ok {
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
// before must not show in what it does now.
func TestCompressionIsRepeatable(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var text strings.Builder
		for range rnd.IntN(20_000) {
			text.WriteString(syllables[rnd.IntN(len(syllables))] + " ")
		}
		body := []byte(text.String())
		d, err := web.NewDocument(body, 1, start, 200)
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		fresh, err := gzip.NewWriterLevel(&want, 5)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fresh.Write(body); err != nil {
			t.Fatal(err)
		}
		if err := fresh.Close(); err != nil {
			t.Fatal(err)
		}
		if got, ok := d.Body("gzip"); ok && !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("%d bytes of text: other bytes than a new compressor's", len(body))
		}
	}
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
