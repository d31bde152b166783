package poll_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"loa/ingest"
	"loa/ingest/dropped"
	"loa/ingest/poll"
	"loa/internal/cache"
	"loa/internal/safehttp"
)

// shelf is a pipeline with a memory: of each address, whether it was quiet.
type shelf struct {
	mu     sync.Mutex
	quiet  map[string]bool
	failAt string // this address fails, once
}

func (p *shelf) Ingest(_ context.Context, in ingest.Input) (ingest.Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := in.Article.URL
	if p.failAt == u {
		p.failAt = ""
		return ingest.Outcome{}, errors.New("the journal is away")
	}
	if _, ok := p.quiet[u]; ok {
		return ingest.Outcome{Result: ingest.Unchanged}, nil
	}
	if in.Refuse {
		return ingest.Outcome{}, &ingest.Refused{Code: ingest.CodeFlood, Err: &ingest.Flooded{Key: "url:" + u, Article: in.Article}}
	}
	p.quiet[u] = in.Quiet
	return ingest.Outcome{Result: ingest.Created}, nil
}

func (p *shelf) Probe(_ context.Context, in ingest.Input) (ingest.Probe, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, known := p.quiet[in.Article.URL]
	return ingest.Probe{Key: "url:" + in.Article.URL, Known: known, Title: in.Article.Title, Published: in.Article.Published}, nil
}

// count is how many articles are quiet, and how many are not.
func (p *shelf) count() (quiet, loud int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, q := range p.quiet {
		if q {
			quiet++
		} else {
			loud++
		}
	}
	return quiet, loud
}

// box keeps drops in memory.
type box struct {
	mu   sync.Mutex
	list map[string]dropped.Drop
}

func (b *box) Put(_ context.Context, d dropped.Drop) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.list[d.Key]; !ok {
		b.list[d.Key] = d
	}
	return nil
}

func (b *box) len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.list)
}

// site is a portal's feed: titles by number, the newest first, one a day, at
// addresses of the form.
func site(form string, first, n int) string {
	var b strings.Builder
	b.WriteString(`<rss version="2.0"><channel><title>Xã Chợ Mới</title><link>https://example.vn/</link><description>Tin</description>`)
	for i := range n {
		no := first - i
		at := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, no-100)
		fmt.Fprintf(&b, "<item><title>Lịch cấp nước đợt %d</title><link>https://example.vn/%s/%d</link><pubDate>%s</pubDate></item>", no, form, no, at.Format(time.RFC1123Z))
	}
	b.WriteString(`</channel></rss>`)
	return b.String()
}

func guarded(t *testing.T, s poll.Source, f func(t *testing.T, b *bubble, p *shelf, drops *box, d *poll.Door)) {
	synctest.Test(t, func(t *testing.T) {
		mem, err := cache.NewMemory(cache.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		b := &bubble{Rig: poll.NewRig(), web: &web{answer: always(200, nil, site("tin", 100, 10))}}
		b.budget.Store(mem)
		p, drops := &shelf{quiet: map[string]bool{}}, &box{list: map[string]dropped.Drop{}}
		d := b.Door(p, b.web, budgets{b}, poll.Options{Node: "n1", Workers: 2, Lookup: noNames, Drops: drops}, s)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		defer func() {
			cancel()
			wg.Wait()
			_ = mem.Close()
			time.Sleep(time.Minute) // what is left of timers ends
		}()
		wg.Go(func() { b.Run(ctx) })
		wg.Go(func() { b.Work(ctx, d) })
		time.Sleep(10 * time.Minute)
		if quiet, loud := p.count(); quiet != 0 || loud != 10 {
			t.Fatalf("at the start: %d quiet, %d not", quiet, loud)
		}
		f(t, b, p, drops, d)
	})
}

func chomoi() poll.Source {
	s := at("cho-moi", "https://example.vn/rss")
	s.Interval, s.Longest = 5*time.Minute, 5*time.Minute
	return s
}

func TestAFloodIsHeldAndEndsByItself(t *testing.T) {
	guarded(t, chomoi(), func(t *testing.T, b *bubble, p *shelf, _ *box, _ *poll.Door) {
		b.web.set(always(200, nil, site("moi", 100, 60)))
		time.Sleep(6 * time.Minute)
		st := b.State("cho-moi")
		if quiet, loud := p.count(); quiet != 60 || loud != 10 || st.Held == nil || st.Held.By != poll.ByGuard || st.Held.Policy != poll.Quiet {
			t.Fatalf("%d quiet, %d not, held %+v", quiet, loud, st.Held)
		}
		// What comes while it is held is no news either.
		b.web.set(always(200, nil, site("moi", 101, 60)))
		time.Sleep(20 * time.Minute)
		if quiet, loud := p.count(); quiet != 61 || loud != 10 || b.State("cho-moi").Held == nil {
			t.Fatalf("%d quiet, %d not", quiet, loud)
		}
		time.Sleep(time.Hour)
		st = b.State("cho-moi")
		if st.Held != nil || st.Guard.Was == nil || st.Guard.Was.To.Sub(st.Guard.Was.Since) < time.Hour {
			t.Fatalf("held %+v, was %+v", st.Held, st.Guard.Was)
		}
		b.web.set(always(200, nil, site("moi", 102, 60)))
		time.Sleep(6 * time.Minute)
		if quiet, loud := p.count(); quiet != 61 || loud != 11 {
			t.Errorf("%d quiet, %d not", quiet, loud)
		}
		// The old addresses come back: they are known.
		b.web.set(always(200, nil, site("tin", 100, 10)))
		time.Sleep(6 * time.Minute)
		if quiet, loud := p.count(); quiet != 61 || loud != 11 || b.State("cho-moi").Held != nil {
			t.Errorf("%d quiet, %d not", quiet, loud)
		}
	})
}

// The hold is saved before anything is taken: when the poll is cut short, what is
// left of the flood is still quiet.
func TestAFloodThatIsCutShortStaysAFlood(t *testing.T) {
	guarded(t, chomoi(), func(t *testing.T, b *bubble, p *shelf, _ *box, _ *poll.Door) {
		p.mu.Lock()
		p.failAt = "https://example.vn/moi/95" // the sixth from the last
		p.mu.Unlock()
		b.web.set(always(200, nil, site("moi", 100, 10)))
		time.Sleep(8 * time.Minute)
		if quiet, loud := p.count(); quiet != 10 || loud != 10 || b.State("cho-moi").Held == nil {
			t.Errorf("%d quiet, %d not", quiet, loud)
		}
	})
}

func TestAFloodIsRefusedWhereThatIsThePolicy(t *testing.T) {
	s := chomoi()
	s.Flood = poll.Refuse
	guarded(t, s, func(t *testing.T, b *bubble, p *shelf, drops *box, d *poll.Door) {
		b.web.set(always(200, nil, site("moi", 100, 60)))
		time.Sleep(40 * time.Minute)
		st := b.State("cho-moi")
		if quiet, loud := p.count(); quiet != 0 || loud != 10 || st.Held == nil || st.Dropped != 60 || drops.len() != 60 {
			t.Fatalf("%d quiet, %d not, %d drops, state %+v", quiet, loud, drops.len(), st)
		}
		for _, one := range drops.list {
			in, ok := poll.Refused(&s, &one, true, time.Now())
			if !ok || !in.Quiet || in.Article.Title == "" || in.Source != "cho-moi" || one.List != dropped.ListFlood {
				t.Fatalf("%+v %v", in, ok)
			}
			break
		}
		// Refused items are no flood again, and stay out after the hold.
		time.Sleep(time.Hour)
		b.web.set(always(200, nil, site("moi", 101, 60)))
		time.Sleep(6 * time.Minute)
		if quiet, loud := p.count(); quiet != 0 || loud != 11 || b.State("cho-moi").Held != nil {
			t.Errorf("%d quiet, %d not, held %+v", quiet, loud, b.State("cho-moi").Held)
		}
		if _, err := d.Release(t.Context(), "cho-moi", false); err != nil {
			t.Fatal(err)
		}
		if st := b.State("cho-moi"); st.Guard.Refused.Len() != 0 || st.BodyDigest != "" {
			t.Errorf("%+v", st)
		}
	})
}

func TestTheOperatorHoldsAndReleases(t *testing.T) {
	guarded(t, chomoi(), func(t *testing.T, b *bubble, p *shelf, _ *box, d *poll.Door) {
		ctx := t.Context()
		if _, err := d.Hold(ctx, "khong-co", ""); !errors.Is(err, poll.ErrUnknownSource) {
			t.Error(err)
		}
		if _, err := d.Hold(ctx, "cho-moi", "leise"); err == nil {
			t.Error("no such policy")
		}
		r, err := d.Hold(ctx, "cho-moi", "")
		if err != nil || r.State.Held == nil || r.State.Held.By != poll.ByOperator || r.State.Held.Policy != poll.Quiet {
			t.Fatalf("%+v %v", r.State.Held, err)
		}
		time.Sleep(5 * time.Hour)
		b.web.set(always(200, nil, site("tin", 101, 10)))
		time.Sleep(6 * time.Minute)
		if quiet, loud := p.count(); quiet != 1 || loud != 10 {
			t.Errorf("%d quiet, %d not", quiet, loud)
		}
		if r, err = d.Release(ctx, "cho-moi", false); err != nil || r.State.Held != nil || r.State.LastHold().To.IsZero() {
			t.Fatalf("%+v %v", r.State.LastHold(), err)
		}
		b.web.set(always(200, nil, site("tin", 102, 10)))
		time.Sleep(6 * time.Minute)
		if quiet, loud := p.count(); quiet != 1 || loud != 11 {
			t.Errorf("%d quiet, %d not", quiet, loud)
		}
	})
}

// A description that changed begins anew: what the operator points to is what he
// wants.
func TestANewAddressIsNoFlood(t *testing.T) {
	guarded(t, chomoi(), func(t *testing.T, b *bubble, p *shelf, _ *box, d *poll.Door) {
		b.web.set(always(200, nil, site("moi", 100, 60)))
		s := chomoi()
		s.URL = "https://example.vn/rss-moi"
		d.SetSources([]poll.Source{s})
		time.Sleep(6 * time.Minute)
		if quiet, loud := p.count(); quiet != 0 || loud != 70 || b.State("cho-moi").Held != nil {
			t.Errorf("%d quiet, %d not", quiet, loud)
		}
	})
}

func TestPushedDocumentsAreGuardedToo(t *testing.T) {
	guarded(t, chomoi(), func(t *testing.T, b *bubble, p *shelf, _ *box, d *poll.Door) {
		push := func(body string) error {
			_, err := d.Push(t.Context(), "cho-moi", "https://example.vn/rss", "application/rss+xml", []byte(body), time.Now())
			return err
		}
		if err := push(site("moi", 100, 10)); !errors.Is(err, poll.ErrUnreadable) || !strings.Contains(err.Error(), "flood") {
			t.Errorf("a flood that is pushed is left to a poll: %v", err)
		}
		if err := push(site("tin", 101, 1)); err != nil {
			t.Error(err)
		}
		if _, err := d.Hold(t.Context(), "cho-moi", ""); err != nil {
			t.Fatal(err)
		}
		if err := push(site("tin", 102, 1)); err != nil {
			t.Error(err)
		}
		if quiet, loud := p.count(); quiet != 1 || loud != 11 {
			t.Errorf("%d quiet, %d not", quiet, loud)
		}
	})
}

// The preview is judged by what is remembered of the source.
func TestPreviewSaysThatItWouldBeAFlood(t *testing.T) {
	guarded(t, chomoi(), func(t *testing.T, b *bubble, _ *shelf, _ *box, _ *poll.Door) {
		st := b.State("cho-moi")
		look := func(body string) poll.Preview {
			b.web.set(func(*safehttp.Request) (*safehttp.Response, error) {
				return &safehttp.Response{Status: 200, Body: []byte(body)}, nil
			})
			v, err := poll.Look(t.Context(), chomoi(), b.web, &shelf{quiet: map[string]bool{}}, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			v.Weigh(&st, time.Now())
			return v
		}
		if v := look(site("moi", 100, 60)); !strings.HasPrefix(v.Flood, "60 of 60 items are new here") || v.Held != nil {
			t.Errorf("%q %+v", v.Flood, v.Held)
		}
		if v := look(site("tin", 103, 3)); v.Flood != "" {
			t.Errorf("%q", v.Flood)
		}
		st.Held, st.Config = &poll.Hold{By: poll.ByOperator}, "another"
		if v := look(site("moi", 100, 60)); v.Flood != "" || v.Held == nil {
			t.Errorf("%q %+v", v.Flood, v.Held)
		}
	})
}
