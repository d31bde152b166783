package web

import (
	"net/http"
	"time"

	"loa/feeds"
)

// Parse, Encode, Decode, Choose and Evaluate are the pure parts, for tables and fuzzing.
func Parse(path string) (canonical string, ok bool) {
	a, ok := parse(path)
	if !ok {
		return "", false
	}
	return a.path(), true
}

func NewDocument(body []byte, version uint64, modified time.Time, status int) (*Document, error) {
	return newDocument(body, version, modified, status)
}

func Encode(d *Document) ([]byte, error) { return d.encode() }
func Decode(b []byte) (*Document, error) { return decode(b) }

// Sealed is an encoded document with the right sum around what may be nonsense.
func Sealed(rest []byte) []byte {
	b := append(make([]byte, preamble-4), rest...)
	copy(b, magic)
	if len(rest) >= 4 {
		seal(b)
	}
	return b
}

// Choose returns the coding, "none" if none is acceptable.
func Choose(d *Document, h http.Header) string {
	v := d.choose(h)
	switch {
	case v == nil:
		return "none"
	case v.coding == nil:
		return "identity"
	}
	return v.coding[0]
}

func Compress(name string, b []byte) ([]byte, error) {
	c, _ := codingOf(name)
	return compress(c, b)
}

// Tag is the entity tag of a variant, whether it was made or not.
func (d *Document) Tag(name string) string {
	c, _ := codingOf(name)
	return d.variants[c].tag()
}

func AcceptFormat(lines ...string) string { return string(acceptFormat(lines)) }

func Rhythm(records []feeds.Record) time.Duration { return rhythm(records) }

func Evaluate(h http.Header, etag string, modified time.Time) int { return evaluate(h, etag, modified) }

func AcceptLanguage(lines ...string) string { return string(acceptLanguage(lines)) }

// Kept counts the documents at hand.
func (s *Server) Kept() int { return s.feeds.EstimatedSize() + s.articles.EstimatedSize() }

const Patience = patience
