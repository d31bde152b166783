package websub

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The functions here decide; none of them has an effect but on the state. Whoever
// calls them stores the state by compare and swap, and only then does what they
// ask for: of several nodes, the one that stores is the one that acts.

// key is what a new lease is made with.
type key struct {
	token  string
	secret string
}

// request is what a hub is to be asked.
type request struct {
	source string // set by who sends it
	mode   string // subscribe or unsubscribe
	lease  Lease
}

// effects are what follows from a state that was stored.
type effects struct {
	request *request
	poll    bool // the source is to be polled now
	gone    bool // nothing is left to remember
}

// discovered takes what the source says of its hubs.
func (st *State) discovered(f Found, now time.Time) {
	if st.Found.Topic == f.Topic && st.Found.Own == f.Own && slices.Equal(st.Found.Hubs, f.Hubs) {
		return
	}
	st.Found = f
	st.Retry, st.Failures, st.Refusals = time.Time{}, 0, 0
	if st.Phase == "" || st.Phase == Denied || st.Phase == Dead {
		st.enter(None, "", now)
	}
}

// due does what the time has come for. wanted is whether the source is configured
// and active; make gives a lease's token, and a secret if one can be kept with the
// hub.
func (st *State) due(now time.Time, wanted bool, make func(hub string) key) (e effects) {
	if st.Phase == "" {
		st.enter(None, "", now)
	}
	st.lapse(now, &e)
	st.settle(now, &e)
	switch {
	case !wanted:
		st.release()
		st.enter(Leaving, "the source is not polled any more", now)
		e.poll = false
	case !st.Found.whole():
		e.poll = e.poll || st.Alive(now)
		st.release()
		if st.Phase != None {
			st.enter(None, "the source names no hub any more", now)
		}
	case st.wants(now):
		st.ask(now, make, &e)
	case st.Phase == Leaving: // wanted again
		st.enter(None, "", now)
	}
	if e.request == nil {
		st.end(now, &e)
	}
	e.gone = len(st.Leases) == 0 && (!wanted || !st.Found.whole() && st.Phase == None)
	return e
}

// lapse drops leases that are over, and what a hub did not verify in time.
func (st *State) lapse(now time.Time, e *effects) {
	over := func(l *Lease) bool {
		switch l.Step {
		case Asked:
			return !now.Before(l.At.Add(verifyWait))
		case Ending:
			return !now.Before(l.Ends) || l.Tries >= leaveTries && !now.Before(l.At.Add(verifyWait))
		}
		return !now.Before(l.Ends)
	}
	if l := st.at(Verified); l != nil && over(l) {
		switch st.Phase {
		case Active:
			e.poll = true
			st.enter(None, "the lease ended", now)
		case Renewing:
			e.poll = true
			st.enter(Pending, "the lease ended", now)
		}
		st.Doubt = time.Time{}
	}
	late := st.at(Asked)
	failed := late != nil && over(late)
	st.drop(func(l *Lease) bool { return !over(l) })
	if failed {
		st.failed(now, "the hub did not verify the subscription", 0)
	}
}

// settle judges a poll that was ahead of the hub.
func (st *State) settle(now time.Time, e *effects) {
	if st.Doubt.IsZero() || now.Before(st.Doubt.Add(missGrace)) {
		return
	}
	if st.LastPing.After(st.Doubt.Add(-missGrace)) {
		st.Misses = 0
	} else {
		st.Misses++
	}
	st.Doubt = time.Time{}
	if st.Misses >= maxMisses && (st.Phase == Active || st.Phase == Renewing) {
		st.drop(func(l *Lease) bool { return l.Step != Asked })
		st.enter(Dead, "polling found what the hub did not push", now)
		st.Retry = now.Add(refusedRetry)
		e.poll = true
	}
}

// wants reports whether the time for a new lease has come.
func (st *State) wants(now time.Time) bool {
	t, ok := st.asking()
	return ok && !now.Before(t)
}

// asking is when a new lease is to be asked for; the zero time is now.
func (st *State) asking() (time.Time, bool) {
	l := st.at(Verified)
	switch {
	case !st.Found.whole() || st.at(Asked) != nil:
		return time.Time{}, false
	case l == nil, l.Topic != st.Found.Topic || l.Own != st.Found.Own || !slices.Contains(st.Found.Hubs, l.Hub):
		return st.Retry, true
	case st.Phase == Active:
		return later(st.Renew, st.Retry), true
	}
	return time.Time{}, false
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (st *State) ask(now time.Time, make func(hub string) key, e *effects) {
	hub := st.Found.Hubs[st.Failures%len(st.Found.Hubs)]
	k := make(hub)
	l := Lease{Token: k.token, Secret: k.secret, Hub: hub, Topic: st.Found.Topic, Own: st.Found.Own, Step: Asked, At: now}
	st.Leases = append(st.Leases, l)
	if st.Alive(now) {
		st.enter(Renewing, "", now)
	} else {
		st.enter(Pending, "", now)
	}
	e.request = &request{mode: "subscribe", lease: l}
}

// release gives back what there is.
func (st *State) release() {
	st.drop(func(l *Lease) bool { return l.Step != Asked })
	for i := range st.Leases {
		st.Leases[i].Step = Ending
	}
	st.Doubt = time.Time{}
}

// end asks a hub to end what is not needed any more.
func (st *State) end(now time.Time, e *effects) {
	for i := range st.Leases {
		l := &st.Leases[i]
		if l.Step == Ending && l.Tries < leaveTries && !now.Before(l.nextEnd()) {
			l.Tries++
			l.At = now
			e.request = &request{mode: "unsubscribe", lease: *l}
			return
		}
	}
}

// nextEnd is when the hub is to be asked (again) to end the lease.
func (l *Lease) nextEnd() time.Time {
	if l.Tries == 0 {
		return time.Time{}
	}
	return l.At.Add(backoff(l.Tries))
}

// backoff is how long to wait after failures in a row.
func backoff(failures int) time.Duration {
	return min(firstRetry<<min(max(failures-1, 0), 16), lastRetry)
}

// reply is what a hub answered to a request.
type reply struct {
	status     int           // 0: there was no answer
	text       string        // the hub's own words, or the error
	retryAfter time.Duration // that it asks for
}

// answered takes the hub's answer. Whether it will do as it was asked comes later,
// by verification; a hub may also verify before it answers.
func (st *State) answered(token string, r reply, now time.Time) {
	l := st.lease(token)
	if l == nil || l.Step != Asked || r.status >= 200 && r.status < 300 {
		return
	}
	st.drop(func(o *Lease) bool { return o.Token != token })
	text := "the hub cannot be asked: " + r.text
	if r.status != 0 {
		text = strings.TrimSpace(fmt.Sprintf("the hub answers %d %s: %s", r.status, http.StatusText(r.status), r.text))
	}
	st.failed(now, text, r.retryAfter)
}

func (st *State) failed(now time.Time, reason string, wait time.Duration) {
	st.Failures++
	st.Retry = now.Add(max(backoff(st.Failures), min(wait, maxLease)))
	switch st.Phase {
	case Renewing:
		st.enter(Active, clip(reason), now)
	case Pending:
		st.enter(None, clip(reason), now)
	}
}

// verified takes a hub's verification of a subscription, which only one that was
// asked for and waits can be (WebSub, section 5.3.1). What the new lease replaces
// is ended. spread, from 0 to 1, sets renewals apart.
func (st *State) verified(token, topic string, granted time.Duration, now time.Time, spread float64) bool {
	l := st.lease(token)
	if l == nil || l.Step != Asked || l.Topic != topic || granted <= 0 || !now.Before(l.At.Add(verifyWait)) {
		return false
	}
	for i := range st.Leases {
		if st.Leases[i].Step == Verified {
			st.Leases[i].Step, st.Leases[i].Tries = Ending, 0
		}
	}
	granted = min(granted, maxLease)
	l.Step, l.Since, l.Ends = Verified, now, now.Add(granted)
	st.enter(Active, "", now)
	st.Failures, st.Refusals, st.Misses, st.Doubt = 0, 0, 0, time.Time{}
	st.Renew = now.Add(time.Duration(float64(granted) * (0.6 + 0.15*spread)))
	st.Retry = now.Add(minLease)
	return true
}

// ended takes a hub's verification of the end of a subscription.
func (st *State) ended(token, topic string) bool {
	l := st.lease(token)
	if l == nil || l.Step != Ending || l.Topic != topic {
		return false
	}
	st.drop(func(o *Lease) bool { return o.Token != token })
	return true
}

// denied takes a hub's no, which may come at any time (WebSub, section 5.2). poll
// says that the hub was relied on until now.
func (st *State) denied(token, topic, reason string, now time.Time) (poll, ok bool) {
	l := st.lease(token)
	if l == nil || l.Topic != topic {
		return false, false
	}
	step := l.Step
	poll = st.Alive(now)
	st.drop(func(o *Lease) bool { return o.Token != token })
	if step == Ending {
		return false, true
	}
	st.Refusals++
	st.Retry = now.Add(min(refusedRetry<<min(st.Refusals-1, 8), maxRefusedFor))
	if reason == "" {
		reason = "the hub gives no reason"
	}
	st.enter(Denied, clip(reason), now)
	return poll, true
}

// pinged takes a ping that counts: one that is signed, or one of a lease without a
// secret. It shows that the hub lives.
func (st *State) pinged(at, now time.Time) {
	if at.After(st.LastPing) {
		st.LastPing = at
	}
	if at.After(st.Doubt.Add(-missGrace)) {
		st.Doubt, st.Misses = time.Time{}, 0
	}
	if st.Phase == Dead && st.at(Verified) != nil {
		st.enter(Active, "", now)
	}
}

// missed takes that a poll brought what was not there at the poll before it, at
// since. That says something of the hub only if it had the subscription by then.
func (st *State) missed(since, now time.Time) {
	l := st.at(Verified)
	if l == nil || since.Before(l.Since) || !st.Alive(now) || !st.Doubt.IsZero() {
		return
	}
	st.Doubt = now
}

// wake is when [State.due] has something to do next; ok is false if never.
func (st *State) wake() (t time.Time, ok bool) {
	add := func(u time.Time) {
		if !ok || u.Before(t) {
			t, ok = u, true
		}
	}
	for i := range st.Leases {
		l := &st.Leases[i]
		switch {
		case l.Step == Asked:
			add(l.At.Add(verifyWait))
		case l.Step == Ending && l.Tries < leaveTries:
			add(l.nextEnd())
		case l.Step == Ending:
			add(l.At.Add(verifyWait))
		default:
			add(l.Ends)
		}
	}
	if !st.Doubt.IsZero() {
		add(st.Doubt.Add(missGrace))
	}
	if u, asks := st.asking(); asks {
		add(u)
	}
	return t, ok
}

// clip bounds a text of a stranger and makes it one line.
func clip(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	if len(s) > maxReason {
		s = strings.ToValidUTF8(s[:maxReason], "")
	}
	return s
}
