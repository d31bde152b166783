package websub_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loa/ingest/websub"
)

const (
	hub   = "https://hub.example.org/"
	topic = "https://lienchau.example.vn/rss/tin"
	day   = 24 * time.Hour
)

var (
	t0    = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	found = websub.Found{Hubs: []string{hub}, Topic: topic, Own: true}
)

// script is a state and the time; each of its steps checks the phase.
type script struct {
	*testing.T
	st  websub.State
	now time.Time
}

func start(t *testing.T) *script { return &script{t, websub.State{}, t0} }

func (s *script) in(p websub.Phase) {
	s.Helper()
	if s.st.Phase != p {
		s.Fatalf("phase %s (%s), want %s", s.st.Phase, s.st.Reason, p)
	}
}

func (s *script) due(wanted bool, token string, want websub.Effects) {
	s.Helper()
	if got := s.st.Due(s.now, wanted, token); got != want {
		s.Fatalf("effects %+v, want %+v", got, want)
	}
}

// active brings it to a lease of the time, with token a.
func active(t *testing.T, lease time.Duration) *script {
	s := start(t)
	s.st.Discovered(found, s.now)
	s.due(true, "a", websub.Effects{Mode: "subscribe", Hub: hub, Token: "a"})
	s.in(websub.Pending)
	if s.st.Alive(s.now) || !s.st.Verified("a", topic, lease, s.now) {
		t.Fatal("not verified")
	}
	s.in(websub.Active)
	return s
}

func TestOnlyWhatWasAskedForIsVerified(t *testing.T) {
	for name, f := range map[string]func(s *script) bool{
		"another token": func(s *script) bool { return s.st.Verified("b", topic, day, s.now) },
		"another topic": func(s *script) bool { return s.st.Verified("a", topic+"/khac", day, s.now) },
		"no lease":      func(s *script) bool { return s.st.Verified("a", topic, 0, s.now) },
		"too late":      func(s *script) bool { return s.st.Verified("a", topic, day, s.now.Add(10*time.Minute)) },
		"another mode":  func(s *script) bool { return s.st.Ended("a", topic) },
		"twice": func(s *script) bool {
			return !s.st.Verified("a", topic, day, s.now) || s.st.Verified("a", topic, day, s.now)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			s.st.Discovered(found, s.now)
			s.st.Due(s.now, true, "a")
			if f(s) {
				t.Error("verified")
			}
		})
	}
	s := start(t)
	if s.st.Verified("a", topic, day, s.now) {
		t.Error("verified what was never asked for")
	}
}

func TestRenewal(t *testing.T) {
	s := active(t, 10*day)
	s.now = t0.Add(5 * day)
	s.due(true, "b", websub.Effects{})
	s.now = t0.Add(7 * day)
	s.due(true, "b", websub.Effects{Mode: "subscribe", Hub: hub, Token: "b"})
	s.in(websub.Renewing)
	if !s.st.Alive(s.now) {
		t.Error("not alive while it is renewed")
	}
	s.due(true, "c", websub.Effects{}) // once
	if !s.st.Verified("b", topic, 10*day, s.now) {
		t.Fatal("renewal not verified")
	}
	s.in(websub.Active)
	s.due(true, "c", websub.Effects{Mode: "unsubscribe", Hub: hub, Token: "a"})
	if !s.st.Ended("a", topic) || s.st.Ended("a", topic) || s.st.Ended("b", topic) {
		t.Error("the end of the old one")
	}
	if len(s.st.Leases) != 1 {
		t.Errorf("%+v", s.st.Leases)
	}
}

func TestFailedRenewalKeepsTheLease(t *testing.T) {
	s := active(t, 10*day)
	s.now = t0.Add(7 * day)
	s.due(true, "b", websub.Effects{Mode: "subscribe", Hub: hub, Token: "b"})
	s.st.Answered("b", 500, s.now)
	s.in(websub.Active)
	if !s.st.Alive(s.now) || !strings.Contains(s.st.Reason, "500") {
		t.Errorf("%+v", s.st)
	}
	s.due(true, "c", websub.Effects{}) // not at once
	s.now = s.now.Add(10 * time.Minute)
	s.due(true, "c", websub.Effects{Mode: "subscribe", Hub: hub, Token: "c"})
	s.now = s.now.Add(10 * time.Minute) // never verified
	s.due(true, "d", websub.Effects{})
	s.in(websub.Active)
	s.now = t0.Add(10 * day) // neither ever again: the source is polled as before
	s.due(true, "d", websub.Effects{Mode: "subscribe", Hub: hub, Token: "d", Poll: true})
	s.in(websub.Pending)
	if s.st.Alive(s.now) {
		t.Error("alive after the lease")
	}
}

func TestShortLeaseIsNotAskedForAllTheTime(t *testing.T) {
	s := active(t, time.Minute)
	s.now = t0.Add(45 * time.Second)
	s.due(true, "b", websub.Effects{})
	s.now = t0.Add(time.Minute)
	s.due(true, "b", websub.Effects{Poll: true})
	s.in(websub.None)
	s.now = t0.Add(59 * time.Minute)
	s.due(true, "b", websub.Effects{})
	s.now = t0.Add(time.Hour)
	s.due(true, "b", websub.Effects{Mode: "subscribe", Hub: hub, Token: "b"})
}

func TestLeaseIsNotBelievedForEver(t *testing.T) {
	if s := active(t, 1000*day); !s.st.Leases[0].Ends.Equal(t0.Add(30 * day)) {
		t.Errorf("%+v", s.st.Leases[0])
	}
	for v, want := range map[string]time.Duration{
		"": day, "60": time.Minute, "0": 0, "-5": 0, "x": 0, "1e9": 0, "99999999999": 30 * day, "99999999999999999999": 0,
	} {
		if got := websub.Granted(v); got != want {
			t.Errorf("%q: %s, want %s", v, got, want)
		}
	}
}

func TestDenied(t *testing.T) {
	s := start(t)
	s.st.Discovered(found, s.now)
	s.st.Due(s.now, true, "a")
	for _, bad := range [][2]string{{"b", topic}, {"a", topic + "x"}} {
		if _, ok := s.st.Denied(bad[0], bad[1], "không", s.now); ok {
			t.Errorf("%v taken", bad)
		}
	}
	if poll, ok := s.st.Denied("a", topic, "ngoài\nphạm vi", s.now); !ok || poll {
		t.Error("not taken")
	}
	s.in(websub.Denied)
	if s.st.Reason != "ngoài phạm vi" || s.st.Verified("a", topic, day, s.now) {
		t.Errorf("%+v", s.st)
	}
	s.now = t0.Add(23 * time.Hour)
	s.due(true, "b", websub.Effects{})
	s.now = t0.Add(day)
	s.due(true, "b", websub.Effects{Mode: "subscribe", Hub: hub, Token: "b"})
	if _, ok := s.st.Denied("b", topic, "", s.now); !ok {
		t.Error("not taken")
	}
	s.now = s.now.Add(day) // the second no counts double
	s.due(true, "c", websub.Effects{})
	other := found
	other.Hubs = []string{"https://moi.example.org/"}
	s.st.Discovered(other, s.now) // another hub, another chance
	s.due(true, "c", websub.Effects{Mode: "subscribe", Hub: other.Hubs[0], Token: "c"})
}

func TestDeniedLater(t *testing.T) {
	s := active(t, 10*day)
	s.now = t0.Add(day)
	if poll, ok := s.st.Denied("a", topic, "hết hạn thử", s.now); !ok || !poll || s.st.Alive(s.now) {
		t.Errorf("%v %v %+v", poll, ok, s.st)
	}
}

func TestHubThatStaysSilentIsDead(t *testing.T) {
	s := active(t, 10*day)
	miss := func(since time.Time) websub.Effects {
		s.st.Missed(since, s.now)
		s.now = s.now.Add(10 * time.Minute)
		return s.st.Due(s.now, true, "b")
	}
	miss(t0.Add(-time.Minute)) // it may have been published before the subscription
	if s.st.Misses != 0 {
		t.Fatal("counted what the hub could not know")
	}
	miss(t0.Add(time.Minute))
	s.in(websub.Active)
	s.st.Pinged(s.now, s.now)
	if s.st.Misses != 0 {
		t.Fatal("a ping does not take the doubt away")
	}
	s.now = s.now.Add(time.Hour)
	miss(t0.Add(2 * time.Minute))
	if e := miss(t0.Add(3 * time.Minute)); !e.Poll {
		t.Error("no poll at once")
	}
	s.in(websub.Dead)
	if s.st.Alive(s.now) {
		t.Error("alive")
	}
	s.now = t0.Add(7 * day)
	s.due(true, "b", websub.Effects{}) // no renewal of what does not work
	s.st.Pinged(s.now, s.now)
	s.in(websub.Active) // it does after all
}

func TestLatePingIsNoMiss(t *testing.T) {
	s := active(t, 10*day)
	for range 5 {
		s.now = s.now.Add(time.Hour)
		s.st.Missed(t0.Add(time.Minute), s.now)
		s.now = s.now.Add(9 * time.Minute)
		s.st.Pinged(s.now, s.now)
		s.now = s.now.Add(time.Minute)
		s.due(true, "b", websub.Effects{})
	}
	s.in(websub.Active)
}

func TestDeadHubIsAskedAgainAfterItsLease(t *testing.T) {
	s := active(t, 2*day)
	for range 2 {
		s.now = s.now.Add(time.Hour)
		s.st.Missed(t0.Add(time.Minute), s.now)
		s.now = s.now.Add(10 * time.Minute)
		s.st.Due(s.now, true, "b")
	}
	s.in(websub.Dead)
	s.now = t0.Add(2 * day)
	s.due(true, "b", websub.Effects{Mode: "subscribe", Hub: hub, Token: "b"})
}

func TestLeaving(t *testing.T) {
	s := active(t, 10*day)
	s.due(false, "b", websub.Effects{Mode: "unsubscribe", Hub: hub, Token: "a"})
	s.in(websub.Leaving)
	s.due(false, "b", websub.Effects{}) // not again at once
	s.now = s.now.Add(10 * time.Minute)
	s.due(false, "b", websub.Effects{Mode: "unsubscribe", Hub: hub, Token: "a"})
	if !s.st.Ended("a", topic) {
		t.Error("not ended")
	}
	s.due(false, "b", websub.Effects{Gone: true})

	s = active(t, 10*day) // a hub that never verifies the end
	for range 3 {
		s.due(false, "b", websub.Effects{Mode: "unsubscribe", Hub: hub, Token: "a"})
		s.now = s.now.Add(2 * time.Hour)
	}
	s.due(false, "b", websub.Effects{Gone: true})

	s = active(t, 10*day) // wanted again meanwhile
	s.st.Due(s.now, false, "b")
	s.now = s.now.Add(time.Hour)
	s.due(true, "c", websub.Effects{Mode: "subscribe", Hub: hub, Token: "c"})
}

func TestHubChanges(t *testing.T) {
	s := active(t, 10*day)
	other := websub.Found{Hubs: []string{"https://moi.example.org/"}, Topic: topic, Own: true}
	s.st.Discovered(other, s.now)
	s.due(true, "b", websub.Effects{Mode: "subscribe", Hub: other.Hubs[0], Token: "b"})
	if !s.st.Alive(s.now) { // the old one pushes until then
		t.Error("not alive")
	}
	s.st.Verified("b", topic, day, s.now)
	s.due(true, "c", websub.Effects{Mode: "unsubscribe", Hub: hub, Token: "a"})

	s = active(t, 10*day)
	s.st.Discovered(websub.Found{}, s.now)
	s.due(true, "b", websub.Effects{Mode: "unsubscribe", Hub: hub, Token: "a", Poll: true})
	s.in(websub.None)
}

func TestSecondHubAfterTheFirst(t *testing.T) {
	s := start(t)
	s.st.Discovered(websub.Found{Hubs: []string{hub, "https://hai.example.org/"}, Topic: topic}, s.now)
	s.due(true, "a", websub.Effects{Mode: "subscribe", Hub: hub, Token: "a"})
	s.st.Answered("a", 0, s.now)
	s.now = s.now.Add(10 * time.Minute)
	s.due(true, "b", websub.Effects{Mode: "subscribe", Hub: "https://hai.example.org/", Token: "b"})
}

// Whatever happens in whatever order: leases stay few, one is asked for and one
// holds at most, nothing is alive without a lease, and time never stands still.
func TestMachineProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var st websub.State
		now, n := t0, 0
		st.Discovered(found, now)
		token := func() string {
			if len(st.Leases) == 0 {
				return "không"
			}
			return rapid.SampledFrom(st.Leases).Draw(t, "lease").Token
		}
		wanted := true
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				now = now.Add(time.Duration(rapid.IntRange(1, 2000).Draw(t, "minutes")) * time.Minute)
			case 1:
				st.Verified(token(), topic, time.Duration(rapid.IntRange(1, 40*24).Draw(t, "lease hours"))*time.Hour, now)
			case 2:
				st.Denied(token(), topic, "không", now)
			case 3:
				st.Ended(token(), topic)
			case 4:
				st.Pinged(now, now)
			case 5:
				st.Missed(now.Add(-time.Minute), now)
			case 6:
				st.Answered(token(), rapid.SampledFrom([]int{0, 202, 400, 503}).Draw(t, "status"), now)
			case 7:
				st.Discovered(rapid.SampledFrom([]websub.Found{found, {}, {Hubs: []string{"https://moi.example.org/"}, Topic: topic}}).Draw(t, "found"), now)
			case 8:
				wanted = rapid.Bool().Draw(t, "wanted")
			}
			asks := 0
			for range 10 {
				n++
				e := st.Due(now, wanted, strings.Repeat("x", n))
				if e.Mode == "subscribe" {
					asks++
				}
				if e.Mode == "" {
					break
				}
			}
			if asks > 1 {
				t.Fatalf("asked %d times at once", asks)
			}
			count := map[websub.Step]int{}
			for _, l := range st.Leases {
				count[l.Step]++
			}
			if count[websub.Asked] > 1 || count[websub.Verified] > 1 {
				t.Fatalf("%+v", st.Leases)
			}
			if st.Alive(now) && (count[websub.Verified] == 0 || !wanted) {
				t.Fatalf("alive without a lease: %+v", st)
			}
			if w, ok := st.Wake(); wanted && ok && !w.After(now) {
				t.Fatalf("due at %s although it was done at %s: %+v", w, now, st)
			}
		}
	})
}
