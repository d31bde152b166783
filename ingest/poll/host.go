package poll

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Politeness is owed to hosts, and to the machines behind them: one CMS often
// serves the sites of 150 units under as many names. So a poll takes, through the
// cache that all nodes share,
//
//   - the lease of its host: one connection at a time;
//   - one of the leases of its address and port: a few connections at a time;
//   - a slot of the host and one of the address: the gap between two requests.
//
// The address is what the name resolves to just before, the least of several, so
// that all nodes mean the same one. It is for the budget alone: what is connected
// to is checked where it is dialled. Redirects are followed within the budget of
// the address that was asked first.
const (
	addressLeases = 4
	lookupTimeout = 3 * time.Second
	maxPatience   = 20 * time.Second // of a poll that finds its host taken
	maxSlotWait   = 3 * time.Second
)

// hostOf is the host and port that an address asks, in small letters; "" if it has
// none.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = "443"
		if strings.EqualFold(u.Scheme, "http") {
			port = "80"
		}
	}
	return net.JoinHostPort(strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), port)
}

// budget takes the host for one request, with the gap to the last one. A deferred
// error says how long to wait when it is not to be had now.
func (d *Door) budget(ctx context.Context, s *Source, st *State, now time.Time) (release func(), err error) {
	host := hostOf(st.address(s))
	if host == "" {
		return func() {}, nil // the fetch says what is wrong with it
	}
	var held []string
	holder := d.o.Node + "/" + s.ID
	release = func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		for _, name := range held {
			_ = d.budgets.Release(ctx, name, holder)
		}
	}
	take := func(name string) bool {
		ok, err := d.budgets.Lease(ctx, name, holder, leaseTime)
		if ok && err == nil {
			held = append(held, name)
		}
		return ok || err != nil // without a cache a node goes by its own
	}
	gap := s.HostGap()
	if !take("host:" + host) {
		return nil, deferred{patience(gap, s.Floor(), now.Sub(st.Next), d.crowd(s))}
	}
	slots := []string{host}
	if at := d.machine(ctx, host); at != "" && at != host {
		if !d.takeAddress(at, s.ID, take) {
			release()
			return nil, deferred{patience(gap, s.Floor(), now.Sub(st.Next), d.crowd(s))}
		}
		slots = append(slots, "address:"+at)
	}
	var wait time.Duration
	for _, name := range slots {
		w, ok, err := d.budgets.Reserve(ctx, name, gap, 2*gap)
		if err == nil && !ok {
			release()
			return nil, deferred{min(w, maxSlotWait)}
		}
		wait = max(wait, w)
	}
	select {
	case <-time.After(wait):
		return release, nil
	case <-ctx.Done():
		release()
		return nil, ctx.Err()
	}
}

// takeAddress takes one of the leases of an address, from a place of its own on.
func (d *Door) takeAddress(at, id string, take func(string) bool) bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	first := int(h.Sum32() % addressLeases)
	for i := range addressLeases {
		if take(fmt.Sprintf("address:%s#%d", at, (first+i)%addressLeases)) {
			return true
		}
	}
	return false
}

// patience is how long a poll that finds its host taken stands back: longer where
// many wait for the host, and less the longer it is overdue, so that none waits for
// ever behind luckier ones.
func patience(gap, floor, overdue time.Duration, crowd int) time.Duration {
	most := max(gap, 100*time.Millisecond) * 2
	most = min(most+most*time.Duration(min(crowd, 1000)/8), maxPatience)
	if overdue > 0 {
		most = max(most/8, time.Duration(float64(most)/(1+4*float64(overdue)/float64(floor))))
	}
	return most/2 + rand.N(most/2+1)
}

// machine is the address and port behind a host; "" if it cannot be told.
func (d *Door) machine(ctx context.Context, host string) string {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		return ""
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return host
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	list, err := d.o.Lookup(ctx, name)
	if err != nil || len(list) == 0 {
		return ""
	}
	for i := range list {
		list[i] = list[i].Unmap()
	}
	return net.JoinHostPort(slices.MinFunc(list, netip.Addr.Compare).String(), port)
}

// closedKey is where the shared cache says until when a host is left alone.
func closedKey(host string) string { return "poll:closed:" + host }

// closeHost says to all nodes that a host wants to be left alone.
func (d *Door) closeHost(ctx context.Context, host string, until, now time.Time) {
	if host == "" || !until.After(now) {
		return
	}
	b, _ := until.UTC().MarshalText() // years of four digits
	if err := d.budgets.Set(ctx, closedKey(host), b, until.Sub(now)); err != nil {
		d.o.Log.Warn("other sources of a host that asked for rest not told", "host", host, "err", err)
	}
}

// hostClosed is until when the source's host is left alone, by what the cache and
// the state say; the zero time if it is open.
func (d *Door) hostClosed(ctx context.Context, s *Source, st *State, now time.Time) time.Time {
	until := st.HostClosed
	var t time.Time
	if b, ok, err := d.budgets.Get(ctx, closedKey(hostOf(st.address(s)))); err == nil && ok && t.UnmarshalText(b) == nil {
		until = later(until, t)
	}
	if !until.After(now) {
		return time.Time{}
	}
	return until
}

// HostClosedError refuses a poll because the host asked to be left alone.
type HostClosedError struct {
	Host  string
	Until time.Time
}

func (e *HostClosedError) Error() string {
	return fmt.Sprintf("poll: %s asked to be left alone until %s", e.Host, e.Until.Format(time.RFC3339))
}

// Errors of [Door.PollNow].
var (
	ErrUnknownSource = errors.New("poll: no such source")
	ErrNotActive     = errors.New("poll: source is not active; change its status first")
	ErrUnderWay      = errors.New("poll: source is being polled")
)

// PollNow makes a source due at once, on whichever node takes it; what is under
// way or due already is not polled twice. It takes a source up again that was gone.
func (d *Door) PollNow(ctx context.Context, id string) error {
	s, ok := d.source(id)
	if !ok {
		return ErrUnknownSource
	}
	now := d.o.Now()
	if s.StatusAt(now) != Active {
		return ErrNotActive
	}
	mem, err := d.states(ctx)
	if err != nil {
		return err
	}
	state, rev, err := mem.get(ctx, id)
	if err != nil {
		return err
	}
	if state.Holder != "" && state.Until.After(now) {
		return ErrUnderWay
	}
	if until := d.hostClosed(ctx, &s, &state, now); !until.IsZero() {
		return &HostClosedError{hostOf(state.address(&s)), until}
	}
	state.Next, state.Forced = now, true
	if _, err := mem.put(ctx, id, &state, rev); errors.Is(err, errTaken) {
		return ErrUnderWay
	} else if err != nil {
		return err
	}
	return d.sched.Set(ctx, id, now)
}
