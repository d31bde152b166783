package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
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

	hash     string        // of the identity, in the tags of all variants
	fresh    time.Duration // how long caches may keep it: max-age, whole seconds
	variants [codings]variant
	made     time.Time    // when this process made or found it
	feed     string       // path of the feed whose version decides whether it is new
	day      int64        // the local day that it is of; see address
	failed   atomic.Int64 // when its successor could not be made, Unix nanoseconds

	common, full []field  // header fields of all answers, and those of whole ones
	location     []string // its address
	of           *address

	compressed *[codings]prometheus.Counter // nil: not counted
}

// variant is a document in one content coding. The tag is known before the bytes
// are there: brotli and zstd are made when a client first asks for them, which for
// most versions of most feeds is never. They cost as much as the rendering.
type variant struct {
	once   sync.Once
	etag   []string // with its quotes, as the value of a field
	coding []string // the value of Content-Encoding, nil for the identity
	body   []byte   // after once; nil: the coding would not make it smaller
	length []string
}

func (v *variant) tag() string { return v.etag[0] }

func (v *variant) set(body []byte) { v.body, v.length = body, []string{strconv.Itoa(len(body))} }

// variant returns the document in a coding, making it if need be: of many who
// want it at once one makes it. It is nil when the coding is of no use.
func (d *Document) variant(c coding) *variant {
	v := &d.variants[c]
	v.once.Do(func() {
		b, err := compress(c, d.variants[identity].body)
		if d.compressed != nil {
			d.compressed[c].Inc()
		}
		if err == nil && len(b) < len(d.variants[identity].body) {
			v.set(b)
		}
	})
	if v.body == nil {
		return nil
	}
	return v
}

// Body is the document in a content coding, "" for the identity; false when there
// is no such variant, also because it would not be smaller. It must not be changed.
func (d *Document) Body(name string) ([]byte, bool) {
	c, ok := codingOf(name)
	if name == "" {
		c, ok = identity, true
	}
	if !ok {
		return nil, false
	}
	v := d.variant(c)
	if v == nil {
		return nil, false
	}
	return v.body, true
}

// ETag is the entity tag of the identity: the hash of its bytes.
func (d *Document) ETag() string { return d.variants[identity].tag() }

// size is how much it may come to take: the variants that are not there yet are
// about as large as the one that is.
func (d *Document) size() int {
	return len(d.variants[identity].body) + 3*len(d.variants[gzipped].body)
}

func (d *Document) length() int { return len(d.variants[identity].body) }

// newDocument hashes and compresses the bytes. Readers of feeds nearly all take
// gzip, so that is made at once and shared by the nodes.
func newDocument(body []byte, version uint64, modified time.Time, status int) (*Document, error) {
	h := sha256.Sum256(body)
	d := &Document{Version: version, Modified: modified, Status: status, fresh: shortest}
	d.identify(hex.EncodeToString(h[:16]), body)
	packed, err := compress(gzipped, body)
	if err != nil {
		return nil, err
	}
	d.variants[gzipped].once.Do(func() {
		if len(packed) < len(body) {
			d.variants[gzipped].set(packed)
		}
	})
	return d, nil
}

// identify sets the identity, and the tags of all variants.
func (d *Document) identify(hash string, body []byte) {
	d.hash = hash
	for c := range codings {
		d.variants[c].etag = []string{`"` + hash + codingNames[c].suffix + `"`}
		if c != identity {
			d.variants[c].coding = []string{codingNames[c].name}
		}
	}
	if body == nil {
		body = []byte{}
	}
	d.variants[identity].once.Do(func() { d.variants[identity].set(body) })
}

// documentLayout is the number of the layout below; it is in every key.
const documentLayout = "2"

const (
	magic    = "loadoc2\n"
	preamble = len(magic) + 16 + 4
	maxHead  = 1 << 16

	maxMaxAge = 365 * 24 * 60 * 60
)

// head is the part of an encoded document that says what the rest is.
type head struct {
	Version  uint64        `json:"version"`
	Modified int64         `json:"modified"` // Unix seconds
	Status   int           `json:"status"`
	MaxAge   int64         `json:"max_age"` // seconds
	Hash     string        `json:"hash"`
	Variants []headVariant `json:"variants"`
}

type headVariant struct {
	Coding string `json:"coding,omitempty"`
	Length int    `json:"length"`
}

// encode writes the document for a cache: magic, the first half of the SHA-256
// of all that follows, the length of the head (32 bits, big endian), the head in
// JSON, the bodies one after the other. The variants are those that every document
// has from its beginning; the others each node makes when it is asked for them.
func (d *Document) encode() ([]byte, error) {
	h := head{Version: d.Version, Modified: d.Modified.Unix(), Status: d.Status, MaxAge: int64(d.fresh / time.Second), Hash: d.hash}
	var bodies [][]byte
	for _, c := range []coding{identity, gzipped} {
		if v := d.variant(c); v != nil {
			h.Variants = append(h.Variants, headVariant{codingNames[c].name, len(v.body)})
			bodies = append(bodies, v.body)
		}
	}
	j, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("encode document: %w", err)
	}
	b := make([]byte, preamble, preamble+len(j)+len(d.variants[identity].body)+len(d.variants[gzipped].body))
	copy(b, magic)
	binary.BigEndian.PutUint32(b[preamble-4:], uint32(len(j)))
	b = append(b, j...)
	for _, body := range bodies {
		b = append(b, body...)
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
	if len(h.Variants) == 0 || h.Variants[0].Coding != codingNames[identity].name || h.Status != 200 && h.Status != 410 {
		return nil, fmt.Errorf("%w: no identity", errDocument)
	}
	if !isHash(h.Hash) || h.MaxAge < 0 || h.MaxAge > maxMaxAge {
		return nil, fmt.Errorf("%w: hash %q, max-age %d", errDocument, h.Hash, h.MaxAge)
	}
	d := &Document{Version: h.Version, Modified: time.Unix(h.Modified, 0).UTC(), Status: h.Status, fresh: time.Duration(h.MaxAge) * time.Second}
	for i, v := range h.Variants {
		c, ok := codingOf(v.Coding)
		if v.Length < 0 || v.Length > len(rest) || !ok || (c == identity) != (i == 0) || i > 0 && d.variants[c].body != nil {
			return nil, fmt.Errorf("%w: variant %q", errDocument, v.Coding)
		}
		body := rest[:v.Length:v.Length]
		if rest = rest[v.Length:]; i == 0 {
			d.identify(h.Hash, body)
			continue
		}
		d.variants[c].once.Do(func() { d.variants[c].set(body) })
	}
	if len(rest) != 0 {
		return nil, fmt.Errorf("%w: %d bytes too many", errDocument, len(rest))
	}
	return d, nil
}

func isHash(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == 32
}
