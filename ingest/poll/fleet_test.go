package poll_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"loa/ingest/poll"
	"loa/internal/cache"
	"loa/internal/safehttp"
)

// The country: 3,400 sources behind 40 hosts on 20 machines. One in twenty changes
// between two polls, one in ten fails: half of these with an error, half by not
// answering at all.
const (
	fleetSources = 3400
	fleetHosts   = 40
	fleetTime    = 4 * time.Hour
	fleetFloor   = 10 * time.Minute
)

type visit struct{ start, end time.Time }

// country answers for all of them and notes who came when.
type country struct {
	mu      sync.Mutex
	rng     *rand.Rand
	edition map[string]int
	visits  map[string][]visit // by address of the source
	starts  map[string][]time.Time
	open    map[string]int // requests under way, by source, host and machine
	most    map[string]int
}

func fleetHost(i int) string { return fmt.Sprintf("h%d.example.vn", i%fleetHosts) }
func fleetMachine(h string) string {
	n, _ := strconv.Atoi(h[1:strings.IndexByte(h, '.')])
	return fmt.Sprintf("203.0.113.%d", n/2)
}
func fleetFails(i int) (fail, hang bool) {
	row := i / fleetHosts
	return row%10 == 3, row%20 == 3
}

func (c *country) Do(ctx context.Context, req *safehttp.Request) (*safehttp.Response, error) {
	host, rest, _ := strings.Cut(strings.TrimPrefix(req.URL, "https://"), "/")
	i, _ := strconv.Atoi(rest)
	start := time.Now()
	names := []string{req.URL, "host " + host, "machine " + fleetMachine(host)}
	c.mu.Lock()
	for _, n := range names {
		c.open[n]++
		c.most[n] = max(c.most[n], c.open[n])
		c.starts[n] = append(c.starts[n], start)
	}
	changed := c.rng.IntN(20) == 0
	latency := time.Duration(50+c.rng.IntN(400)) * time.Millisecond
	c.mu.Unlock()
	fail, hang := fleetFails(i)
	if hang {
		latency = 30 * time.Second
	}
	var stopped error
	select {
	case <-time.After(latency):
	case <-ctx.Done():
		stopped = ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range names {
		c.open[n]--
	}
	c.visits[req.URL] = append(c.visits[req.URL], visit{start, time.Now()})
	switch {
	case stopped != nil:
		return nil, stopped
	case hang:
		return nil, safehttp.ErrTimeout
	case fail:
		return &safehttp.Response{Status: 500, Header: http.Header{}, URL: req.URL}, nil
	}
	if changed {
		c.edition[req.URL]++
	}
	tag := fmt.Sprintf(`"%d"`, c.edition[req.URL])
	if req.Header.Get("If-None-Match") == tag {
		return &safehttp.Response{Status: 304, Header: http.Header{}, URL: req.URL}, nil
	}
	return &safehttp.Response{Status: 200, Header: http.Header{"Etag": {tag}}, URL: req.URL, Body: []byte(fmt.Sprintf(
		`<rss version="2.0"><channel><title>%d</title><link>https://%s/</link><item><title>Tin số %d</title><link>https://%s/%d/%d</link></item></channel></rss>`,
		i, host, c.edition[req.URL], host, i, c.edition[req.URL]))}, nil
}

// Each source is polled in its window, the gaps are kept, none starves, none is
// polled twice at once; meanwhile nodes stop and start.
func TestFleetInCompressedTime(t *testing.T) {
	var list []poll.Source
	for i := range fleetSources {
		list = append(list, poll.Source{ID: fmt.Sprint("s", i), URL: fmt.Sprintf("https://%s/%d", fleetHost(i), i), Unit: "09064", Interval: fleetFloor})
	}
	synctest.Test(t, func(t *testing.T) {
		mem, err := cache.NewMemory(cache.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		c := &country{rng: rand.New(rand.NewPCG(1, 2)), edition: map[string]int{}, visits: map[string][]visit{}, starts: map[string][]time.Time{}, open: map[string]int{}, most: map[string]int{}}
		rig := poll.NewRig()
		begin := time.Now()
		var wg sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		wg.Go(func() { rig.Run(ctx) })
		lookup := func(_ context.Context, host string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr(fleetMachine(host))}, nil
		}
		node := func(name string) (stop func()) {
			d := rig.Door(&taken{}, c, mem, poll.Options{Node: name, Lookup: lookup}, list...)
			ctx, cancel := context.WithCancel(ctx)
			done := make(chan struct{})
			wg.Go(func() { rig.Work(ctx, d); close(done) })
			return func() { cancel(); <-done }
		}
		// Of three nodes one is always stopping or starting.
		nodes := []func(){node("n0"), node("n1"), node("n2")}
		for turn := 0; time.Since(begin) < fleetTime; turn++ {
			i := turn % len(nodes)
			time.Sleep(17 * time.Minute)
			nodes[i]()
			time.Sleep(3 * time.Minute)
			nodes[i] = node(fmt.Sprint("n", i))
		}
		cancel()
		wg.Wait()
		end := time.Now()
		_ = mem.Close()
		time.Sleep(2 * time.Minute)
		checkFleet(t, c, list, begin, end)
		t.Logf("%d sources, %d bytes of state each", len(list), rig.Size()/len(list))
	})
}

func checkFleet(t *testing.T, c *country, list []poll.Source, begin, end time.Time) {
	for name, n := range c.most {
		limit := 1
		if strings.HasPrefix(name, "machine") {
			limit = 4
		}
		if n > limit {
			t.Errorf("%s: %d requests at once", name, n)
		}
	}
	for name, starts := range c.starts {
		if strings.HasPrefix(name, "http") {
			continue
		}
		for i := 1; i < len(starts); i++ {
			if gap := starts[i].Sub(starts[i-1]); gap < time.Second-time.Millisecond {
				t.Errorf("%s: two requests %s apart", name, gap)
				break
			}
		}
	}
	// The first round: 170 sources of a machine, a second each, and those that
	// hang hold their host for half a minute; after that, ceiling, jitter and queue.
	polls, late, worst := 0, 0, time.Duration(0)
	for i, s := range list {
		visits := c.visits[s.URL]
		polls += len(visits)
		if len(visits) == 0 {
			t.Fatalf("%s was never polled", s.ID)
		}
		if first := visits[0].start.Sub(begin); first > 15*time.Minute {
			t.Errorf("%s: first poll after %s", s.ID, first)
		}
		fail, _ := fleetFails(i)
		for k := 1; k < len(visits); k++ {
			gap := visits[k].start.Sub(visits[k-1].start)
			if gap < fleetFloor-time.Second {
				t.Errorf("%s: polled again after %s", s.ID, gap)
			}
			window := s.Ceiling() + s.Ceiling()/10
			if !fail {
				over := gap - window
				worst = max(worst, over)
				if over > time.Minute {
					late++
				}
				if over > 10*time.Minute {
					t.Errorf("%s: a window of %s became %s", s.ID, window, gap)
				}
			}
		}
		if last := end.Sub(visits[len(visits)-1].end); !fail && last > s.Ceiling()+s.Ceiling()/10+10*time.Minute {
			t.Errorf("%s: starved for %s", s.ID, last)
		}
		if fail && len(visits) > 8 { // 20, 40, 80, 160, ... minutes
			t.Errorf("%s fails and was polled %d times", s.ID, len(visits))
		}
	}
	t.Logf("%d polls in %s; %d more than a minute beyond their window, the worst %s", polls, end.Sub(begin), late, worst)
}
