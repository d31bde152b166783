package push

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"loa/feeds"
)

// Publisher may speak for its units, by HTTP with its token as bearer, and by NATS
// with its name as user and its token as password.
type Publisher struct {
	// Name is for people and logs, and is the user on NATS: 1 to 64 of small
	// letters, digits, - and _.
	Name string `yaml:"name" json:"name"`
	// Units are the GSO codes that it may speak for.
	Units []string `yaml:"units,flow" json:"units"`
	// TokenSHA256 is the SHA-256 of the token, in hexadecimal digits. A token is 256
	// random bits, which nobody guesses: a hash that is slow, as passwords need,
	// would only make each request slow.
	TokenSHA256 string `yaml:"token_sha256" json:"-"`
	// Created is when it was added; Revoked is when its token ended, nil if it did
	// not.
	Created time.Time  `yaml:"created" json:"created"`
	Revoked *time.Time `yaml:"revoked,omitempty" json:"revoked,omitempty"`
}

// TokenPrefix begins every token, so that people and scanners of secrets know one
// when they see it.
const TokenPrefix = "loa_"

// NewToken returns a token of 32 random bytes in base64url, and its hash.
func NewToken() (token, hash string) {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	token = TokenPrefix + base64.RawURLEncoding.EncodeToString(b)
	return token, HashToken(token)
}

// HashToken is what is kept of a token.
func HashToken(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}

var publisherName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// Validate reports everything that is wrong with the publisher.
func (p *Publisher) Validate() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("publisher %q: %w", p.Name, fmt.Errorf(format, args...)))
	}
	if !publisherName.MatchString(p.Name) {
		bad("name: use 1 to 64 small letters, digits, - and _")
	}
	if len(p.Units) == 0 {
		bad("units: name at least one GSO code")
	}
	for _, u := range p.Units {
		if err := feeds.CheckUnit(u); err != nil {
			bad("units: %q: %w", u, err)
		}
	}
	if b, err := hex.DecodeString(p.TokenSHA256); err != nil || len(b) != sha256.Size {
		bad("token_sha256: is not a SHA-256 in hexadecimal; make a token with `loa publishers add`")
	}
	return errors.Join(errs...)
}

// Speaks reports whether the publisher may speak for the unit.
func (p *Publisher) Speaks(unit string) bool { return slices.Contains(p.Units, unit) }

// Grant names what the publisher's token stands for: it changes when the token or
// the units do. It holds no secret.
func (p *Publisher) Grant() string {
	units := slices.Sorted(slices.Values(p.Units))
	h := sha256.Sum256([]byte(p.TokenSHA256 + " " + strings.Join(units, " ")))
	return p.Name + "." + hex.EncodeToString(h[:8])
}

// Publishers are those that are known now. The zero value has none. It is safe for
// concurrent use.
type Publishers struct {
	list atomic.Pointer[[]Publisher]
}

// Set puts the list in the place of the one before. The caller does not change it
// after.
func (p *Publishers) Set(list []Publisher) { p.list.Store(&list) }

func (p *Publishers) all() []Publisher {
	if l := p.list.Load(); l != nil {
		return *l
	}
	return nil
}

// Configured reports whether there are publishers, revoked ones included: who
// revokes the last one does not mean to open the door to everyone.
func (p *Publishers) Configured() bool { return len(p.all()) > 0 }

// ByToken finds the publisher whose token it is. How long it takes does not depend
// on how much of a token is right.
func (p *Publishers) ByToken(token string) (found Publisher, ok bool) {
	sum := sha256.Sum256([]byte(token))
	for _, q := range p.all() {
		want, err := hex.DecodeString(q.TokenSHA256)
		same := subtle.ConstantTimeCompare(sum[:], want) == 1
		if same && err == nil && q.Revoked == nil {
			found, ok = q, true
		}
	}
	return found, ok
}

// HasGrant reports whether a publisher of that [Publisher.Grant] is there.
func (p *Publishers) HasGrant(grant string) bool {
	return slices.ContainsFunc(p.all(), func(q Publisher) bool { return q.Revoked == nil && q.Grant() == grant })
}
