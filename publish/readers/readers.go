// Package readers gives feeds to invited readers, each by private addresses
// /r/{token}/… of his own. It stands before publish/web, at the end of the flow:
// the request goes on there without the token, and the answer comes back for
// this reader alone (Cache-Control: private, no-store; RFC 9111 section 5.2.2).
//
// An address with a secret in it (a capability URL) is what feed readers can use,
// few of which can log in. So the secret is 256 random bits, kept as a hash, seen
// by nothing behind this package, named in no log and no document, and ended by
// the operator at any moment. The documents are the public ones, byte for byte:
// they share their rendering and their tags, and one that is passed on gives
// nobody away. What they call themselves is therefore their public address.
//
// It does not hide single feeds from the public: a server is open, or [Closed] to
// all who are not invited. A reader may be held to certain feeds.
package readers

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"loa/feeds"
)

// Reader is an invited reader.
type Reader struct {
	// Name is for people and logs: 1 to 64 of small letters, digits, - and _.
	Name string `yaml:"name" json:"name"`
	// Feeds are the selectors that he may read, such as units/09025, which includes
	// its categories. Empty: everything.
	Feeds []string `yaml:"feeds,flow,omitempty" json:"feeds,omitempty"`
	// TokenSHA256 is the SHA-256 of the token, in hexadecimal digits: nobody guesses
	// 256 random bits, however quick the hash is.
	TokenSHA256 string `yaml:"token_sha256" json:"-"`
	// Created is when he was invited; Revoked is when the token ended, nil if it did
	// not.
	Created time.Time  `yaml:"created" json:"created"`
	Revoked *time.Time `yaml:"revoked,omitempty" json:"revoked,omitempty"`
}

// NewToken returns a token of 32 random bytes in base64url (RFC 4648 section 5),
// and its hash.
func NewToken() (token, hash string) {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	token = base64.RawURLEncoding.EncodeToString(b)
	h := sha256.Sum256([]byte(token))
	return token, hex.EncodeToString(h[:])
}

var readerName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// Validate reports everything that is wrong with the reader.
func (r *Reader) Validate() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("reader %q: %w", r.Name, fmt.Errorf(format, args...)))
	}
	if !readerName.MatchString(r.Name) {
		bad("name: use 1 to 64 small letters, digits, - and _")
	}
	for _, f := range r.Feeds {
		if sel, err := feeds.ParseSelector(f); err != nil || sel.Path() != f {
			bad("feeds: %q is no feed such as units/09025 or categories/thong-bao", f)
		} else if sel.Kind == "search" {
			bad("feeds: a search finds articles of all feeds; it cannot be one of a few")
		}
	}
	if b, err := hex.DecodeString(r.TokenSHA256); err != nil || len(b) != sha256.Size {
		bad("token_sha256: is not a SHA-256 in hexadecimal; make a token with `loa readers add`")
	}
	return errors.Join(errs...)
}

// plainViews are the parameters that show no other articles than the feed's own.
var plainViews = map[string]bool{"n": true, "content": true, "as_of": true, "lang": true}

// may reports whether the reader may read a path, and returns what he may say in
// the query.
func (r *Reader) may(path, query string) (string, bool) {
	if len(r.Feeds) == 0 {
		return query, true
	}
	rest, ok := strings.CutPrefix(path, "/feeds/")
	if !ok {
		return "", false
	}
	rest, _, _ = strings.Cut(rest, "/archive/")
	for _, suffix := range [...]string{".rss", ".atom", ".json"} {
		if s, ok := strings.CutSuffix(rest, suffix); ok {
			rest = s
			break
		}
	}
	sel, err := feeds.ParseSelector(rest)
	if err != nil {
		return "", false
	}
	for _, f := range r.Feeds {
		unit := sel
		unit.Category = ""
		if f == sel.Path() || sel.Kind == "units" && f == unit.Path() {
			return onlyPlain(query), true
		}
	}
	return "", false
}

func onlyPlain(query string) string {
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		if name, _, _ := strings.Cut(part, "="); plainViews[name] {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "&")
}

// Known are the readers that are known now. The zero value has none. It is safe
// for concurrent use.
type Known struct {
	byHash atomic.Pointer[map[[sha256.Size]byte]*Reader]
}

// Set puts the list in the place of the one before. The caller does not change it
// after.
func (k *Known) Set(list []Reader) {
	m := make(map[[sha256.Size]byte]*Reader, len(list))
	for i := range list {
		b, err := hex.DecodeString(list[i].TokenSHA256)
		if list[i].Revoked == nil && err == nil && len(b) == sha256.Size {
			m[[sha256.Size]byte(b)] = &list[i]
		}
	}
	k.byHash.Store(&m)
}

// ByHash finds the reader whose token has the hash. A token is looked up by its
// hash, which nobody can choose, so the time that it takes says nothing of how
// near a guess is; and one that was revoked is like one that never was.
func (k *Known) ByHash(hash [sha256.Size]byte) (*Reader, bool) {
	m := k.byHash.Load()
	if m == nil {
		return nil, false
	}
	r, ok := (*m)[hash]
	return r, ok
}
