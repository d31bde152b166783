package push

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// keepAnswers is for how long a request with the same Idempotency-Key gets the
// same answer. The broker's own window of two minutes holds where the cache has
// forgotten; after both, a repeat is one more event that changes nothing.
const keepAnswers = 24 * time.Hour

// identity is a request with an Idempotency-Key.
type identity struct {
	name    string // of publisher and key, in the cache
	request string // digest of all that the request says
	message string // what message ids start with
}

// idempotencyKey reads the header, as a string of structured fields or as it is;
// "" if there is none.
func idempotencyKey(r *http.Request) (string, *problem) {
	vs := r.Header.Values("Idempotency-Key")
	if len(vs) == 0 {
		return "", nil
	}
	key := vs[0]
	if len(key) >= 2 && key[0] == '"' && key[len(key)-1] == '"' {
		key = key[1 : len(key)-1]
	}
	ok := len(vs) == 1 && key != "" && len(key) <= 255
	for i := range len(key) {
		ok = ok && key[i] > ' ' && key[i] < 0x7f
	}
	if !ok {
		return "", refuse(http.StatusBadRequest, codeKey, "Idempotency-Key is one value of 1 to 255 visible ASCII characters, such as a UUID")
	}
	return key, nil
}

func newIdentity(r *http.Request, publisher, key string, body []byte) *identity {
	h := sha256.New()
	part := func(s string) { // with its length, so that parts cannot flow together
		h.Write([]byte(strconv.Itoa(len(s)) + ":" + s))
	}
	part(r.Method)
	part(r.URL.EscapedPath())
	part(r.URL.RawQuery)
	part(r.Header.Get("Content-Type"))
	attrs := cloudAttributes(r.Header)
	for _, k := range slices.Sorted(maps.Keys(attrs)) {
		part(k)
		part(attrs[k][0])
	}
	part(string(body))
	request := hex.EncodeToString(h.Sum(nil))
	name := sha256.Sum256([]byte(publisher + " " + key))
	message := sha256.Sum256([]byte(publisher + " " + key + " " + request))
	return &identity{
		name:    "push:" + hex.EncodeToString(name[:]),
		request: request,
		message: base64.RawURLEncoding.EncodeToString(message[:16]),
	}
}

// options give the event of the item an id by which the broker knows a repeat.
func (id *identity) options(item int) []jetstream.PublishOpt {
	if id == nil {
		return nil
	}
	return []jetstream.PublishOpt{jetstream.WithMsgID(id.message + "-" + strconv.Itoa(item))}
}

// remembered is what the cache keeps under a key.
type remembered struct {
	Request string `json:"request"`
	Answer  answer `json:"answer"`
}

// recall finds the answer of an earlier request with the key. A cache that cannot
// be asked knows nothing.
func (h *Handler) recall(ctx context.Context, id *identity) (answer, bool, *problem) {
	b, found, err := h.cache.Get(ctx, id.name)
	var m remembered
	if found && err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil {
		h.o.Log.Debug("answer not recalled", "err", err)
		found = false
	}
	if !found {
		return answer{}, false, nil
	}
	if m.Request != id.request {
		return answer{}, false, refuse(http.StatusUnprocessableEntity, codeKeyReused, "this Idempotency-Key came with another request before; give each request a key of its own")
	}
	return m.Answer, true, nil
}

func (h *Handler) remember(ctx context.Context, id *identity, a answer) {
	b, err := json.Marshal(remembered{id.request, a})
	if err == nil {
		err = h.cache.Set(ctx, id.name, b, keepAnswers)
	}
	if err != nil {
		h.o.Log.Debug("answer not remembered", "err", err)
	}
}
