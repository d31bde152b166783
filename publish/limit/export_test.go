package limit

import (
	"net/http"
	"time"
)

// Class of a request.
type Class = class

// The classes of requests.
const (
	Conditional = conditional
	Whole       = whole
	Polled      = polled
	Other       = other
)

// Plan is a budget.
type Plan = plan

// The plans.
var (
	ClientPlan  = clientPlan
	AddressPlan = addressPlan
)

// Decide is the decision about one request.
func Decide(p Plan, b time.Duration, c class, now time.Duration) (ok bool, retryAfter, next time.Duration) {
	ok, retryAfter, n := p.decide(bucket(b), c, now)
	return ok, retryAfter, time.Duration(n)
}

// Ask is one request of a client: "" if it passes, else why not, and when it would.
func (l *Limiter) Ask(client string, r *http.Request) (why string, after time.Duration) {
	v := l.decide([]byte(client), r)
	return [reasons]string{"", "rate", "repeats"}[v.reason], v.after
}

// Bytes is how much memory the tables take.
func (l *Limiter) Bytes() int {
	const set = 8 + ways*16
	return set * (len(l.clients.sets) + len(l.addresses.sets))
}
