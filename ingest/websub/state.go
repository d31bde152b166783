package websub

import (
	"time"
)

// Phase is where a source stands with its hub.
type Phase string

// The phases.
const (
	None     Phase = "none"     // no hub, or not asked yet
	Pending  Phase = "pending"  // asked; the hub has not verified it
	Active   Phase = "active"   // verified; the hub pushes
	Renewing Phase = "renewing" // active, and asked anew before its end
	Denied   Phase = "denied"   // the hub refused
	Dead     Phase = "dead"     // the hub accepted, but does not push
	Leaving  Phase = "leaving"  // the source is no longer wanted
)

// Limits of subscriptions. A hub says how long it grants one; it is believed
// within these bounds.
const (
	askLease = 10 * 24 * time.Hour // that is asked for
	maxLease = 30 * 24 * time.Hour // a longer one counts as this
	minLease = time.Hour           // no source is asked for more often than this
	noLease  = 24 * time.Hour      // what a hub that says nothing is taken to grant
	// verifyWait is how long a hub may take to verify what it was asked for.
	verifyWait = 10 * time.Minute
	// firstRetry is doubled after each failure in a row, up to lastRetry.
	firstRetry = 10 * time.Minute
	lastRetry  = 24 * time.Hour
	// refusedRetry is the first wait after a hub's own no.
	refusedRetry  = 24 * time.Hour
	maxRefusedFor = 30 * 24 * time.Hour
	// missGrace is how much later than a poll a hub may be.
	missGrace = 10 * time.Minute
	// maxMisses in a row within a lease make a hub dead.
	maxMisses = 2
	// leaveTries is how often a hub is asked to end a subscription; its pings are
	// answered 410 from then on, which ends it as well.
	leaveTries = 3
	maxReason  = 300 // bytes
)

// Step is where one lease stands.
type Step string

// The steps.
const (
	Asked    Step = "asked"
	Verified Step = "verified"
	Ending   Step = "ending" // the hub is asked to end it; its pings still count
)

// Lease is one subscription at a hub. Each has an address of its own.
type Lease struct {
	// Token is the part of the callback address that nobody can guess.
	Token string `json:"token"`
	// Secret signs pings; empty where it could not have been kept secret.
	Secret string `json:"secret,omitempty"`
	Hub    string `json:"hub"`
	Topic  string `json:"topic"`
	// Own is [Found.Own].
	Own  bool      `json:"own,omitempty"`
	Step Step      `json:"step"`
	At   time.Time `json:"at"` // when the hub was last asked
	// Since and Ends bound it, once it is verified.
	Since time.Time `json:"since,omitzero"`
	Ends  time.Time `json:"ends,omitzero"`
	// Tries counts the requests to end it.
	Tries int `json:"tries,omitempty"`
}

// State is what is remembered of a source: the value of its key in LOA_HUBS.
type State struct {
	Phase Phase `json:"phase"`
	// Found is what the source last said.
	Found Found `json:"found"`
	// Leases are the one in use, the one that is asked for, and those that end.
	Leases []Lease `json:"leases,omitempty"`
	// Since is when the phase began, Reason why, if there is something to tell.
	Since  time.Time `json:"since,omitzero"`
	Reason string    `json:"reason,omitempty"`
	// Failures in a row; nothing is asked before Retry. Refusals counts a hub's own.
	Failures int       `json:"failures,omitempty"`
	Refusals int       `json:"refusals,omitempty"`
	Retry    time.Time `json:"retry,omitzero"`
	// Renew is when the lease in use is to be renewed.
	Renew time.Time `json:"renew,omitzero"`
	// LastPing is when the hub last sent something that counted.
	LastPing time.Time `json:"last_ping,omitzero"`
	// Doubt is when a poll brought what the hub should have; Misses are the doubts
	// in a row that no ping took away.
	Doubt  time.Time `json:"doubt,omitzero"`
	Misses int       `json:"misses,omitempty"`
	// LastAsk is when a poll was last asked for.
	LastAsk time.Time `json:"last_ask,omitzero"`
}

// lease finds one by its token; nil if there is none.
func (st *State) lease(token string) *Lease {
	for i := range st.Leases {
		if equal(st.Leases[i].Token, token) {
			return &st.Leases[i]
		}
	}
	return nil
}

// at returns the lease in the step; nil if there is none. There is at most one
// that is asked for and one that is verified.
func (st *State) at(s Step) *Lease {
	for i := range st.Leases {
		if st.Leases[i].Step == s {
			return &st.Leases[i]
		}
	}
	return nil
}

func (st *State) drop(keep func(*Lease) bool) {
	var out []Lease
	for i := range st.Leases {
		if keep(&st.Leases[i]) {
			out = append(out, st.Leases[i])
		}
	}
	st.Leases = out
}

func (st *State) enter(p Phase, reason string, now time.Time) {
	if st.Phase != p {
		st.Phase, st.Since = p, now
	}
	st.Reason = reason
}

// Alive reports whether the hub can be relied on to push.
func (st *State) Alive(now time.Time) bool {
	l := st.at(Verified)
	return l != nil && now.Before(l.Ends) && (st.Phase == Active || st.Phase == Renewing)
}
