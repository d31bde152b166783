package cache

import (
	"fmt"
	"math"
	"time"
)

// Limit is a rate limit by the generic cell rate algorithm (GCRA; ITU-T
// I.371, the virtual scheduling form): Rate requests per Period in the long
// run, of which Burst may come at once. A Burst below one counts as one.
type Limit struct {
	Rate   int           // requests per Period, at least 1
	Period time.Duration // positive
	Burst  int           // requests at once
}

// PerSecond is a limit of rate requests a second, which may all come at once.
func PerSecond(rate int) Limit { return Limit{Rate: rate, Period: time.Second, Burst: rate} }

// PerMinute is a limit of rate requests a minute, which may all come at once.
func PerMinute(rate int) Limit { return Limit{Rate: rate, Period: time.Minute, Burst: rate} }

// PerHour is a limit of rate requests an hour, which may all come at once.
func PerHour(rate int) Limit { return Limit{Rate: rate, Period: time.Hour, Burst: rate} }

// Spacing gives the two numbers of the algorithm in whole microseconds, which
// is the resolution of the clock that a shared cache has: the time between two
// requests at the limit's rate (at least 1 µs), and how far ahead of it a
// burst may run.
func (l Limit) Spacing() (interval, ahead time.Duration, err error) {
	if l.Rate < 1 || l.Period <= 0 {
		return 0, 0, fmt.Errorf("%w: %d requests in %v", ErrLimit, l.Rate, l.Period)
	}
	interval = ceil(l.Period/time.Duration(l.Rate), time.Microsecond)
	burst := int64(max(l.Burst, 1))
	// The sum of a time of today and of this product must stay a time.
	if int64(interval) > math.MaxInt64/4/burst {
		return 0, 0, fmt.Errorf("%w: a burst of %d takes %v each", ErrLimit, burst, interval)
	}
	return interval, interval * time.Duration(burst), nil
}

// ceil rounds a positive d up to a multiple of unit, and gives unit at least.
func ceil(d, unit time.Duration) time.Duration {
	if r := d % unit; r != 0 {
		d += unit - r
	}
	return max(d, unit)
}

// reserve is the decision of [Budgets.Reserve]: next is the first time that
// is not booked yet, slot the booked one. The new next is slot plus gap.
func reserve(next, now time.Time, limit time.Duration) (slot time.Time, wait time.Duration, ok bool) {
	slot = now
	if next.After(now) {
		slot = next
	}
	wait = slot.Sub(now)
	return slot, wait, wait <= max(limit, 0)
}

// allow is the decision of [Budgets.Allow]: tat is the theoretical arrival
// time, at which the request would come if all came evenly.
func allow(tat, now time.Time, interval, ahead time.Duration) (next time.Time, ok bool, retryAfter time.Duration) {
	if tat.Before(now) {
		tat = now
	}
	next = tat.Add(interval)
	if retryAfter = next.Add(-ahead).Sub(now); retryAfter > 0 {
		return tat, false, retryAfter
	}
	return next, true, 0
}
