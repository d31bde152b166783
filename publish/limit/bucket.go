package limit

import "time"

// class is what kind of request it is, which decides what it costs.
type class int

const (
	// conditional carries a validator: the answer is nearly always 304.
	conditional class = iota
	// whole is an unconditional GET of a page for people.
	whole
	// polled is an unconditional GET of what programs read again and again.
	polled
	// other is every other method.
	other
	classes
)

// bucket is how far a budget is used up: the instant, since the start of the
// limiter, at which it will be full again. The zero value is full. One number says
// everything (a virtual scheduling form of the leaky bucket, ITU-T I.371 annex A).
type bucket time.Duration

// plan is what requests cost, in the time that a budget takes to win it back, and
// how much of it there is.
type plan struct {
	cost   [classes]time.Duration
	window time.Duration
}

// cheap is how many conditional requests cost what an unconditional one does.
// Fifty readers behind one address that poll 200 feeds in the same second then cost
// 334 of 600, which leaves room for two who subscribe to all of it in that second.
const cheap = 30

// clientPlan is the budget of one client: n unconditional requests in a period, all
// at once if it likes.
func clientPlan(n int, period time.Duration) plan {
	one := period / time.Duration(n)
	return plan{cost: [classes]time.Duration{conditional: one / cheap, whole: one, polled: one, other: one}, window: period}
}

// addressPlan is the budget of one client for one address: 10 times a minute
// without a validator, or 600 times with one; a page 60 times, as an office of many
// people behind one address opens the same page in the morning.
func addressPlan() plan {
	return plan{
		cost:   [classes]time.Duration{conditional: time.Minute / 600, whole: time.Minute / 60, polled: time.Minute / 10},
		window: time.Minute,
	}
}

// decide says whether a request passes, after how long it would, and what is left.
// A request that does not pass costs nothing.
func (p *plan) decide(b bucket, c class, now time.Duration) (ok bool, retryAfter time.Duration, next bucket) {
	used := max(time.Duration(b), now) + p.cost[c]
	if over := used - now - p.window; over > 0 {
		return false, over, b
	}
	return true, 0, bucket(used)
}
