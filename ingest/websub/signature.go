package websub

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the method of hubs before the Recommendation
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"hash"
	"strings"
)

// signed reports whether the value of X-Hub-Signature is that of the body
// (WebSub, section 7.1). It compares in constant time.
func signed(value, secret string, body []byte) bool {
	method, sum, ok := strings.Cut(value, "=")
	if !ok || secret == "" {
		return false
	}
	var h func() hash.Hash
	switch strings.ToLower(strings.TrimSpace(method)) {
	case "sha1":
		h = sha1.New
	case "sha256":
		h = sha256.New
	case "sha384":
		h = sha512.New384
	case "sha512":
		h = sha512.New
	default:
		return false
	}
	given, err := hex.DecodeString(strings.TrimSpace(sum))
	if err != nil {
		return false
	}
	m := hmac.New(h, []byte(secret))
	m.Write(body)
	return hmac.Equal(given, m.Sum(nil))
}

// equal compares tokens in constant time.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
