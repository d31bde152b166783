package websub_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"loa/ingest/poll"
	"loa/ingest/websub"
)

// A hub that never verifies is asked ever more rarely; a source that left the
// configuration is given up after a minute and forgotten.
func TestTimeGoesBy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, client := newShelf(), &silent{}
		s := alone(t, store, &lane{pings: make(chan websub.Ping, 1)}, client, nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		src := poll.Source{ID: "lienchau", URL: topic, Unit: "09064"}
		s.SetSources([]poll.Source{src})
		s.Seen("lienchau", http.Header{"Link": {"<" + hub + ">; rel=hub, <" + topic + ">; rel=self"}}, topic, nil)
		start := time.Now()
		time.Sleep(3 * 24 * time.Hour)
		synctest.Wait()
		client.mu.Lock()
		var got []time.Duration
		for _, at := range client.times {
			got = append(got, at.Sub(start).Round(time.Minute))
		}
		client.mu.Unlock()
		if len(got) < 8 || len(got) > 12 || got[0] != 0 || got[1] != 20*time.Minute {
			t.Errorf("asked at %v", got)
		}
		if r, _ := s.Report("lienchau"); s.Alive("lienchau") || r.Reason == "" && r.Phase == "none" {
			t.Errorf("%+v", r)
		}
		s.SetSources(nil)
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if _, ok := s.Report("lienchau"); ok {
			t.Error("not forgotten")
		}
		cancel()
		<-done
	})
}
