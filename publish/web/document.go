package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"
)

// Document is a rendered document with its compressed variants. What it says
// does not change after it was made.
type Document struct {
	// Version of the feed that it is of. 0: the feed never had an article.
	Version uint64
	// Modified is the instant of the newest change, whole seconds, UTC.
	Modified time.Time
	// Status is 200, or 410 for what tells of a withdrawn article.
	Status int

	variants []variant    // the first one is the identity
	made     time.Time    // when this process made or found it
	feed     string       // path of the feed whose version decides whether it is new
	day      int64        // the local day that it is of; see address
	failed   atomic.Int64 // when its successor could not be made, Unix nanoseconds
}

// variant is a document in one content coding.
type variant struct {
	coding string // "" is the identity
	etag   string // with its quotes
	body   []byte

	full, bare []field // header fields of the whole answer, and of 304
}

// Body is the document in a content coding, "" for the identity; false when it
// is not kept in that coding. It must not be changed.
func (d *Document) Body(coding string) ([]byte, bool) {
	for i := range d.variants {
		if d.variants[i].coding == coding {
			return d.variants[i].body, true
		}
	}
	return nil, false
}

// ETag is the entity tag of the identity: the hash of its bytes.
func (d *Document) ETag() string { return d.variants[0].etag }

func (d *Document) size() int {
	n := 0
	for i := range d.variants {
		n += len(d.variants[i].body)
	}
	return n
}

// newDocument compresses the bytes and gives each variant its tag. Variants are
// different bytes, so their strong tags differ (RFC 9110 section 8.8.3.3).
func newDocument(body []byte, version uint64, modified time.Time, status int) (*Document, error) {
	h := sha256.Sum256(body)
	tag := hex.EncodeToString(h[:16])
	d := &Document{Version: version, Modified: modified, Status: status,
		variants: []variant{{etag: `"` + tag + `"`, body: body}}}
	packed, err := compress(body)
	if err != nil {
		return nil, err
	}
	if len(packed) < len(body) {
		d.variants = append(d.variants, variant{coding: "gzip", etag: `"` + tag + `-gz"`, body: packed})
	}
	return d, nil
}

// gzipLevel 5 of klauspost/compress is nine times as fast as the standard
// library's default and 3 % of the original larger. Changing it changes bytes
// that have a strong tag: change the suffix of the tag with it.
const gzipLevel = 5

var writers = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzipLevel)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

func compress(b []byte) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(b)/3 + 64)
	w := writers.Get().(*gzip.Writer)
	defer writers.Put(w)
	w.Reset(&out)
	if _, err := w.Write(b); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return out.Bytes(), nil
}

// documentLayout is the number of the layout below; it is in every key.
const documentLayout = "1"

const (
	magic    = "loadoc1\n"
	preamble = len(magic) + 16 + 4
	maxHead  = 1 << 16
)

// head is the part of an encoded document that says what the rest is.
type head struct {
	Version  uint64        `json:"version"`
	Modified int64         `json:"modified"` // Unix seconds
	Status   int           `json:"status"`
	Variants []headVariant `json:"variants"`
}

type headVariant struct {
	Coding string `json:"coding,omitempty"`
	ETag   string `json:"etag"`
	Length int    `json:"length"`
}

// encode writes the document for a cache: magic, the first half of the SHA-256
// of all that follows, the length of the head (32 bits, big endian), the head in
// JSON, the bodies one after the other. There may be any number of variants.
func (d *Document) encode() ([]byte, error) {
	h := head{Version: d.Version, Modified: d.Modified.Unix(), Status: d.Status}
	for i := range d.variants {
		v := &d.variants[i]
		h.Variants = append(h.Variants, headVariant{v.coding, v.etag, len(v.body)})
	}
	j, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("encode document: %w", err)
	}
	b := make([]byte, preamble, preamble+len(j)+d.size())
	copy(b, magic)
	binary.BigEndian.PutUint32(b[preamble-4:], uint32(len(j)))
	b = append(b, j...)
	for i := range d.variants {
		b = append(b, d.variants[i].body...)
	}
	seal(b)
	return b, nil
}

// seal writes the sum of what follows it.
func seal(b []byte) {
	sum := sha256.Sum256(b[preamble-4:])
	copy(b[len(magic):], sum[:16])
}

var errDocument = errors.New("web: not a document")

// decode reads what encode wrote. A shared cache is another program's memory:
// nothing in b is believed before the sum is right. Bodies are parts of b.
func decode(b []byte) (*Document, error) {
	if len(b) < preamble || string(b[:len(magic)]) != magic {
		return nil, errDocument
	}
	sum := sha256.Sum256(b[preamble-4:])
	if !bytes.Equal(sum[:16], b[len(magic):preamble-4]) {
		return nil, fmt.Errorf("%w: wrong sum", errDocument)
	}
	n := binary.BigEndian.Uint32(b[preamble-4:])
	rest := b[preamble:]
	if n > maxHead || int(n) > len(rest) {
		return nil, fmt.Errorf("%w: head of %d bytes", errDocument, n)
	}
	var h head
	if err := json.Unmarshal(rest[:n], &h); err != nil {
		return nil, fmt.Errorf("%w: %w", errDocument, err)
	}
	rest = rest[n:]
	if len(h.Variants) == 0 || h.Variants[0].Coding != "" || h.Status != 200 && h.Status != 410 {
		return nil, fmt.Errorf("%w: no identity", errDocument)
	}
	d := &Document{Version: h.Version, Modified: time.Unix(h.Modified, 0).UTC(), Status: h.Status}
	for _, v := range h.Variants {
		if v.Length < 0 || v.Length > len(rest) || !isTag(v.ETag) {
			return nil, fmt.Errorf("%w: variant %q", errDocument, v.Coding)
		}
		d.variants = append(d.variants, variant{coding: v.Coding, etag: v.ETag, body: rest[:v.Length:v.Length]})
		rest = rest[v.Length:]
	}
	if len(rest) != 0 {
		return nil, fmt.Errorf("%w: %d bytes too many", errDocument, len(rest))
	}
	return d, nil
}

func isTag(s string) bool {
	if len(s) < 3 || s[0] != '"' || s[len(s)-1] != '"' {
		return false
	}
	for i := 1; i < len(s)-1; i++ {
		if c := s[i]; c <= ' ' || c == '"' || c > '~' {
			return false
		}
	}
	return true
}
