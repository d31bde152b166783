package websub

import "time"

// Link is a parsed link.
type Link struct {
	Target string
	Rel    []string
	Anchor string
}

// ParseLinks is parseLinks.
func ParseLinks(fields []string) (out []Link) {
	for _, l := range parseLinks(fields) {
		out = append(out, Link{l.target, l.rel, l.anchor})
	}
	return out
}

// Signed is signed.
func Signed(value, secret string, body []byte) bool { return signed(value, secret, body) }

// Granted is granted.
func Granted(v string) time.Duration { return granted(v) }

// Clip is clip.
func Clip(s string) string { return clip(s) }

// Step effects, as tests see them.
type Effects struct {
	Mode, Hub, Token string
	Poll, Gone       bool
}

func (st *State) Discovered(f Found, now time.Time) { st.discovered(f, now) }

func (st *State) Due(now time.Time, wanted bool, token string) Effects {
	e := st.due(now, wanted, func(string) key { return key{token, "khoá"} })
	out := Effects{Poll: e.poll, Gone: e.gone}
	if e.request != nil {
		out.Mode, out.Hub, out.Token = e.request.mode, e.request.lease.Hub, e.request.lease.Token
	}
	return out
}

func (st *State) Verified(token, topic string, granted time.Duration, now time.Time) bool {
	return st.verified(token, topic, granted, now, 0)
}
func (st *State) Ended(token, topic string) bool { return st.ended(token, topic) }
func (st *State) Denied(token, topic, reason string, now time.Time) (bool, bool) {
	return st.denied(token, topic, reason, now)
}
func (st *State) Answered(token string, status int, now time.Time) {
	st.answered(token, reply{status: status}, now)
}
func (st *State) Pinged(at, now time.Time)    { st.pinged(at, now) }
func (st *State) Missed(since, now time.Time) { st.missed(since, now) }
func (st *State) Wake() (time.Time, bool)     { return st.wake() }
