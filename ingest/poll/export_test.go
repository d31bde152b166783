package poll

import (
	"container/heap"
	"context"
	"encoding/json"
	"sync"
	"time"

	"loa/internal/safehttp"
)

// Rig stands for the broker where time is made up: states with compare and swap,
// a timetable, and due messages that come again until they are dealt with.
type Rig struct {
	mu     sync.Mutex
	states map[string]kept
	at     map[string]time.Time // pending schedules
	due    map[string]uint64    // the one due message of a source
	gen    uint64
	line   moments
	wake   chan struct{}
	out    chan message
}

type kept struct {
	json []byte
	rev  uint64
}

type message struct {
	id  string
	gen uint64
}

type moment struct {
	t   time.Time
	id  string
	gen uint64 // of a due message; 0 for a schedule
}

type moments []moment

func (m moments) Len() int           { return len(m) }
func (m moments) Less(i, j int) bool { return m[i].t.Before(m[j].t) }
func (m moments) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }
func (m *moments) Push(x any)        { *m = append(*m, x.(moment)) }
func (m *moments) Pop() any {
	last := (*m)[len(*m)-1]
	*m = (*m)[:len(*m)-1]
	return last
}

func NewRig() *Rig {
	return &Rig{
		states: map[string]kept{}, at: map[string]time.Time{}, due: map[string]uint64{},
		wake: make(chan struct{}, 1), out: make(chan message),
	}
}

// Door returns a door that has the rig in the place of the broker.
func (r *Rig) Door(p Pipeline, c Client, b Budgets, o Options, list ...Source) *Door {
	d := New(nil, p, c, b, o)
	d.mem, d.sched = r, r
	d.SetSources(list)
	return d
}

// Work runs a door's workers until ctx ends.
func (r *Rig) Work(ctx context.Context, d *Door) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for range d.o.Workers {
		wg.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case m := <-r.out:
					if again := d.serve(ctx, m.id); again > 0 {
						r.nak(m, again)
					} else {
						r.ack(m)
					}
				}
			}
		})
	}
	for _, s := range d.list() {
		if err := d.ensure(ctx, s); err != nil {
			panic(err)
		}
	}
}

// Turn is one turn of a source, as if it were due.
func (d *Door) Turn(ctx context.Context, s Source) (time.Duration, error) { return d.turn(ctx, s) }

// Run fires what is due until ctx ends.
func (r *Rig) Run(ctx context.Context) {
	for {
		r.mu.Lock()
		wait := time.Hour
		var next *message
		now := time.Now()
		for len(r.line) > 0 {
			first := r.line[0]
			if first.t.After(now) {
				wait = first.t.Sub(now)
				break
			}
			heap.Pop(&r.line)
			if first.gen == 0 {
				if t, ok := r.at[first.id]; !ok || !t.Equal(first.t) {
					continue
				}
				delete(r.at, first.id)
				r.gen++
				r.due[first.id] = r.gen
				next = &message{first.id, r.gen}
			} else if r.due[first.id] == first.gen {
				next = &message{first.id, first.gen}
			} else {
				continue
			}
			break
		}
		r.mu.Unlock()
		if next != nil {
			select {
			case r.out <- *next:
			case <-ctx.Done():
				return
			}
			continue
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-r.wake:
		case <-ctx.Done():
			t.Stop()
			return
		}
		t.Stop()
	}
}

func (r *Rig) push(m moment) {
	heap.Push(&r.line, m)
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *Rig) ack(m message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.due[m.id] == m.gen {
		delete(r.due, m.id)
	}
}

func (r *Rig) nak(m message, d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.due[m.id] == m.gen {
		r.push(moment{time.Now().Add(d), m.id, m.gen})
	}
}

// Pending is the time that is set for a source; zero if there is none.
func (r *Rig) Pending(id string) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.at[id]
}

// State is what is remembered of a source.
func (r *Rig) State(id string) State {
	st, _, _ := r.get(context.Background(), id)
	return st
}

// Size is the bytes that are remembered of all sources.
func (r *Rig) Size() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.states {
		n += len(k.json)
	}
	return n
}

func (r *Rig) get(_ context.Context, id string) (State, uint64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var st State
	k := r.states[id]
	if k.json == nil {
		return st, 0, nil
	}
	return st, k.rev, json.Unmarshal(k.json, &st)
}

func (r *Rig) put(_ context.Context, id string, st *State, rev uint64) (uint64, error) {
	b, err := json.Marshal(st)
	if err != nil {
		return 0, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.states[id].rev != rev {
		return 0, errTaken
	}
	r.states[id] = kept{b, rev + 1}
	return rev + 1, nil
}

func (r *Rig) Set(_ context.Context, id string, t time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	t = t.Round(0)
	r.at[id] = t
	r.push(moment{t, id, 0})
	return nil
}

func (r *Rig) Ensure(ctx context.Context, id string, t time.Time) error {
	r.mu.Lock()
	_, ok := r.at[id]
	r.mu.Unlock()
	if ok {
		return nil
	}
	return r.Set(ctx, id, t)
}

func (r *Rig) Cancel(_ context.Context, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.at, id)
	return nil
}

// The rules, for tests that make up what they go by.

func (st *State) Follow(s *Source, hops []safehttp.Hop, taken bool, now time.Time) {
	st.follow(s, hops, taken, now)
}
func (st *State) Stray(status int, now time.Time) { st.stray(status, now) }
func (st *State) Lost(now time.Time) bool         { return st.lost(now) }
func HostOf(address string) string                { return hostOf(address) }
func Patience(gap, floor, over time.Duration, crowd int) time.Duration {
	return patience(gap, floor, over, crowd)
}
