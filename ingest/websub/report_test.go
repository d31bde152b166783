package websub_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loa/ingest/websub"
)

// stored is a store that only tells what it has.
type stored struct {
	websub.Store
	changes []websub.Change
}

func (s stored) Watch(context.Context) (<-chan websub.Change, error) {
	out := make(chan websub.Change, len(s.changes))
	for _, c := range s.changes {
		out <- c
	}
	close(out)
	return out, nil
}

// An operator sees of each source whether its hub is relied on, until when, and
// why not; and none of the secrets.
func TestReports(t *testing.T) {
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	found := websub.Found{Hubs: []string{"https://hub.example.org/"}, Topic: "https://example.vn/rss", Own: true}
	lease := func(step websub.Step, ends time.Time) []websub.Lease {
		return []websub.Lease{{Token: "bimat", Secret: "khoakin", Hub: found.Hubs[0], Topic: found.Topic, Own: true, Step: step, At: now, Since: now.Add(-time.Hour), Ends: ends}}
	}
	end := now.Add(24 * time.Hour)
	list, err := websub.Reports(t.Context(), stored{changes: []websub.Change{
		{Source: "song", State: websub.State{Phase: websub.Active, Found: found, Leases: lease(websub.Verified, end), Renew: now.Add(time.Hour), LastPing: now}},
		{Source: "hetdien", State: websub.State{Phase: websub.Active, Found: found, Leases: lease(websub.Verified, now)}},
		{Source: "cho", State: websub.State{Phase: websub.Pending, Found: found, Leases: lease(websub.Asked, time.Time{}), Failures: 1}},
		{Source: "im", State: websub.State{Phase: websub.Dead, Found: found, Misses: 2, Retry: end, Reason: "polling found what the hub did not push"}},
		{Source: "bo", State: websub.State{Phase: websub.Active}},
		{Source: "bo", Removed: true},
		{Source: "moi", State: websub.State{Found: found}},
		{},
		{Source: "sau", State: websub.State{}},
	}}, now)
	if err != nil {
		t.Fatal(err)
	}
	hub, topic := found.Hubs[0], found.Topic
	want := []websub.Report{
		{Source: "cho", Phase: websub.Pending, Hub: hub, Topic: topic, Signed: true, Failures: 1},
		{Source: "hetdien", Phase: websub.Active, Hub: hub, Topic: topic, Signed: true, Ends: now, Next: now},
		{Source: "im", Phase: websub.Dead, Hub: hub, Topic: topic, Misses: 2, Next: end, Reason: "polling found what the hub did not push"},
		{Source: "moi", Phase: websub.None, Hub: hub, Topic: topic, Next: now},
		{Source: "song", Phase: websub.Active, Alive: true, Hub: hub, Topic: topic, Signed: true, Ends: end, LastPing: now, Next: now.Add(time.Hour)},
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
	b, err := json.Marshal(list)
	if err != nil || strings.Contains(string(b), "bimat") || strings.Contains(string(b), "khoakin") {
		t.Errorf("%v %s", err, b)
	}
}

func TestReportsOfAStoreThatIsAway(t *testing.T) {
	if _, err := websub.Reports(t.Context(), stored{changes: []websub.Change{{Source: "a"}}}, time.Time{}); err == nil {
		t.Error("a part of the report is taken for the whole")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := websub.Reports(ctx, stored{}, time.Time{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
