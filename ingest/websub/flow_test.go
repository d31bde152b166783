package websub_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"loa/ingest/poll"
	"loa/ingest/websub"
	"loa/internal/broker"
)

func TestFromSubscriptionToArticle(t *testing.T) {
	w := newWorld(t, true)
	form := w.hub.next(t)
	if form.Get("hub.mode") != "subscribe" || form.Get("hub.topic") != w.origin.URL+"/rss" || form.Get("hub.lease_seconds") != "864000" {
		t.Errorf("%v", form)
	}
	if n := len(form.Get("hub.secret")); n < 32 || n >= 200 {
		t.Errorf("secret of %d bytes", n)
	}
	if !strings.HasPrefix(form.Get("hub.callback"), w.public.URL+"/websub/lienchau/") {
		t.Errorf("callback %s", form.Get("hub.callback"))
	}
	if status := w.hub.push(t, form, "sha256", document("Xã Liên Châu", 9)); status != 404 {
		t.Errorf("ping before verification: %d", status)
	}
	for name, change := range map[string]url.Values{
		"another topic":   {"hub.topic": {"https://khac.example.vn/rss"}},
		"another mode":    {"hub.mode": {"unsubscribe"}},
		"unknown mode":    {"hub.mode": {"xxx"}},
		"no challenge":    {"hub.challenge": {""}},
		"two topics":      {"hub.topic": {w.origin.URL + "/rss", "https://khac.example.vn/rss"}},
		"huge challenge":  {"hub.challenge": {strings.Repeat("x", 3000)}},
		"senseless lease": {"hub.lease_seconds": {"-1"}},
	} {
		if status, body := w.hub.intent(t, form, change); status != 404 || strings.Contains(body, "thử") {
			t.Errorf("%s: %d %q", name, status, body)
		}
	}
	if status, body := w.hub.intent(t, form, nil); status != 200 || body != "thử-thách-17" {
		t.Fatalf("verification: %d %q", status, body)
	}
	w.phase(t, websub.Active)
	if status, _ := w.hub.intent(t, form, nil); status != 404 {
		t.Errorf("replayed verification: %d", status)
	}
	for i, method := range []string{"sha1", "sha256", "sha384", "sha512"} {
		if status := w.hub.push(t, form, method, document("Xã Liên Châu", 10+i)); status != 202 {
			t.Errorf("%s: %d", method, status)
		}
	}
	for _, title := range []string{"Thông báo số 10", "Thông báo số 11", "Thông báo số 12", "Thông báo số 13"} {
		w.article(t, title)
	}
	if r := w.titles(t)["Thông báo số 10"]; r.Article.Unit != "09064" {
		t.Errorf("%+v", r)
	}
	if !w.sub.Alive("lienchau") {
		t.Error("not alive")
	}

	bad := form.Get("hub.secret") + "x"
	for name, header := range map[string]http.Header{
		"none": {}, "wrong secret": {"X-Hub-Signature": {"sha256=" + sign("sha256", bad, "x")}},
		"wrong method": {"X-Hub-Signature": {"sha1=" + sign("sha256", form.Get("hub.secret"), document("", 66))}},
		"md5":          {"X-Hub-Signature": {"md5=00"}}, "no hex": {"X-Hub-Signature": {"sha256=zz"}}, "empty": {"X-Hub-Signature": {"sha256="}},
	} {
		if status, _ := w.hub.send(t, http.MethodPost, form.Get("hub.callback"), header, []byte(document("", 66))); status != 403 {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status, _ := w.hub.send(t, http.MethodPost, form.Get("hub.callback"), nil, make([]byte, websub.MaxPing+1)); status != 413 {
		t.Errorf("huge body: %d", status)
	}
	if status, _ := w.hub.send(t, http.MethodPut, form.Get("hub.callback"), nil, nil); status != 405 {
		t.Errorf("PUT: %d", status)
	}
	guess := w.public.URL + "/websub/lienchau/" + strings.Repeat("a", 32)
	if status, _ := w.hub.send(t, http.MethodPost, guess, nil, nil); status != 410 {
		t.Errorf("ping of no subscription: %d", status)
	}
	for _, path := range []string{"/websub/", "/websub/lienchau", "/websub/lienchau/", "/websub/../lienchau/x", "/websub/LIENCHAU/" + strings.Repeat("a", 32), "/websub/a/b/c"} {
		if status, _ := w.hub.send(t, http.MethodPost, w.public.URL+path, nil, nil); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if _, ok := w.titles(t)["Thông báo số 66"]; ok {
		t.Error("unsigned content was taken")
	}
	// A no at any time.
	if status, _ := w.hub.intent(t, form, url.Values{"hub.mode": {"denied"}, "hub.reason": {"nguồn đã đóng"}}); status != 200 {
		t.Errorf("denial: %d", status)
	}
	w.phase(t, websub.Denied)
	if r, _ := w.sub.Report("lienchau"); r.Reason != "nguồn đã đóng" || w.sub.Alive("lienchau") {
		t.Errorf("%+v", r)
	}
	if status := w.hub.push(t, form, "sha256", document("Xã Liên Châu", 67)); status != 410 {
		t.Errorf("ping after denial: %d", status)
	}
}

// Without a secret a ping is not believed: the source is polled.
func TestUnsignedPingAsksForAPoll(t *testing.T) {
	w := newWorld(t, false)
	form := w.subscribed(t)
	if form.Has("hub.secret") {
		t.Error("secret over plain HTTP")
	}
	w.publish(2, 1)
	before := w.count()
	if status := w.hub.push(t, form, "", document("Giả", 99)); status != 202 {
		t.Fatal(status)
	}
	w.clock.advance(time.Minute) // the poll after the verification was a moment ago
	w.article(t, "Thông báo số 2")
	if _, ok := w.titles(t)["Thông báo số 99"]; ok || w.count() == before {
		t.Error("the ping's own content was taken, or nothing polled")
	}
}

// A feed that calls itself by another address does not get that one's articles.
func TestContentOfAnotherAddressIsNotTaken(t *testing.T) {
	w := newWorld(t, true)
	w.mu.Lock()
	w.self = "https://chung.example.vn/rss"
	w.mu.Unlock()
	form := w.hub.next(t)
	if form.Get("hub.topic") != "https://chung.example.vn/rss" {
		// It was read before it changed: the next poll tells.
		w.publish(3, 1)
		if err := w.door.PollNow(w.ctx, "lienchau"); err != nil {
			t.Fatal(err)
		}
		w.until(t, "other topic", func() bool {
			select {
			case form = <-w.hub.asked:
			default:
				w.clock.advance(time.Minute)
			}
			return form.Get("hub.topic") == "https://chung.example.vn/rss"
		})
	}
	if status, _ := w.hub.intent(t, form, nil); status != 200 {
		t.Fatal(status)
	}
	w.publish(4, 1)
	if status := w.hub.push(t, form, "sha256", document("Chung", 77)); status != 202 {
		t.Fatal(status)
	}
	w.clock.advance(time.Minute)
	w.article(t, "Thông báo số 4")
	if _, ok := w.titles(t)["Thông báo số 77"]; ok {
		t.Error("taken")
	}
}

func TestRestartKeepsSubscriptions(t *testing.T) {
	w := newWorld(t, true)
	form := w.subscribed(t)
	w.stop()
	// What comes while nobody takes it waits.
	if status := w.hub.push(t, form, "sha256", document("Xã Liên Châu", 21)); status != 202 {
		t.Fatal(status)
	}
	w.start(t)
	w.phase(t, websub.Active)
	w.article(t, "Thông báo số 21")
	if status := w.hub.push(t, form, "sha256", document("Xã Liên Châu", 22)); status != 202 {
		t.Fatal(status)
	}
	w.article(t, "Thông báo số 22")
	if len(w.hub.asked) != 0 {
		t.Errorf("asked again: %v", <-w.hub.asked)
	}
}

func TestRenewalAndExpiry(t *testing.T) {
	w := newWorld(t, true)
	first := w.subscribed(t)
	w.clock.advance(8 * 24 * time.Hour)
	w.sub.SetSources([]poll.Source{w.source}) // looks at the clock
	second := w.hub.next(t)
	if second.Get("hub.callback") == first.Get("hub.callback") || second.Get("hub.secret") == first.Get("hub.secret") || second.Get("hub.mode") != "subscribe" {
		t.Errorf("renewal: %v", second)
	}
	w.phase(t, websub.Renewing)
	if status := w.hub.push(t, first, "sha256", document("Xã Liên Châu", 31)); status != 202 {
		t.Errorf("ping while renewing: %d", status)
	}
	if status, _ := w.hub.intent(t, second, nil); status != 200 {
		t.Fatal(status)
	}
	end := w.hub.next(t)
	if end.Get("hub.mode") != "unsubscribe" || end.Get("hub.callback") != first.Get("hub.callback") || end.Has("hub.secret") {
		t.Errorf("end of the old one: %v", end)
	}
	if status, body := w.hub.intent(t, end, nil); status != 200 || body != "thử-thách-17" {
		t.Errorf("verification of the end: %d", status)
	}
	if status := w.hub.push(t, first, "sha256", document("Xã Liên Châu", 32)); status != 410 {
		t.Errorf("ping after the end: %d", status)
	}
	if status := w.hub.push(t, second, "sha256", document("Xã Liên Châu", 33)); status != 202 {
		t.Errorf("ping after renewal: %d", status)
	}
	w.article(t, "Thông báo số 33")
	w.hub.set(func(rw http.ResponseWriter, _ *http.Request, _ url.Values) { rw.WriteHeader(503) })
	w.clock.advance(11 * 24 * time.Hour)
	if w.sub.Alive("lienchau") {
		t.Error("alive after its end")
	}
	if status := w.hub.push(t, second, "sha256", document("Xã Liên Châu", 34)); status != 410 {
		t.Errorf("ping after expiry: %d", status)
	}
	w.sub.SetSources([]poll.Source{w.source})
	w.hub.next(t)
	w.phase(t, websub.None)
}

func TestSourceLeaves(t *testing.T) {
	w := newWorld(t, true)
	form := w.subscribed(t)
	frozen := w.source
	frozen.Status = poll.Frozen
	w.sub.SetSources([]poll.Source{frozen})
	end := w.hub.next(t)
	if end.Get("hub.mode") != "unsubscribe" || end.Get("hub.callback") != form.Get("hub.callback") {
		t.Errorf("%v", end)
	}
	if status, _ := w.hub.intent(t, end, nil); status != 200 {
		t.Error(status)
	}
	w.until(t, "forgotten", func() bool { _, ok := w.sub.Report("lienchau"); return !ok })
	if status := w.hub.push(t, form, "sha256", document("Xã Liên Châu", 41)); status != 410 {
		t.Errorf("ping after the end: %d", status)
	}
}

func TestHubRedirects(t *testing.T) {
	w := newWorld(t, true)
	form := w.subscribed(t)
	other := newHub(t)
	for _, status := range []int{307, 308} {
		w.hub.set(func(rw http.ResponseWriter, r *http.Request, _ url.Values) {
			http.Redirect(rw, r, other.URL+"/moi", status)
		})
		w.clock.advance(8 * 24 * time.Hour)
		w.sub.SetSources([]poll.Source{w.source})
		w.hub.next(t)
		got := other.next(t)
		if got.Get("hub.topic") != form.Get("hub.topic") || got.Get("hub.secret") == "" {
			t.Errorf("%d: %v", status, got)
		}
		if code, _ := w.hub.intent(t, got, nil); code != 200 {
			t.Error(code)
		}
		other.next(t) // the end of the one before
	}
}

func TestHubsThatFail(t *testing.T) {
	plain := newHub(t)
	for name, tc := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request, url.Values)
		reason string
	}{
		"refuses": {func(w http.ResponseWriter, _ *http.Request, _ url.Values) { http.Error(w, "chủ đề lạ\x00", 400) }, "chủ đề lạ"},
		"redirects": {func(w http.ResponseWriter, r *http.Request, _ url.Values) {
			http.Redirect(w, r, plain.URL, http.StatusFound)
		}, "302"},
		"circles": {func(w http.ResponseWriter, r *http.Request, _ url.Values) {
			http.Redirect(w, r, "/hub", http.StatusTemporaryRedirect)
		}, "cannot be asked"},
		"plain HTTP": {func(w http.ResponseWriter, r *http.Request, _ url.Values) {
			http.Redirect(w, r, "http://example.vn/", http.StatusTemporaryRedirect)
		}, "plain HTTP"},
		"nowhere":     {func(w http.ResponseWriter, _ *http.Request, _ url.Values) { w.WriteHeader(308) }, "redirects"},
		"huge answer": {func(w http.ResponseWriter, _ *http.Request, _ url.Values) { _, _ = w.Write(make([]byte, 1<<20)) }, "too large"},
		"hangs up":    {func(http.ResponseWriter, *http.Request, url.Values) { panic(http.ErrAbortHandler) }, "cannot be asked"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, true)
			w.hub.set(tc.answer)
			w.until(t, tc.reason, func() bool { r, _ := w.sub.Report("lienchau"); return strings.Contains(r.Reason, tc.reason) })
			if w.sub.Alive("lienchau") {
				t.Error("alive")
			}
		})
	}
}

// Two nodes have the same source: the hub is asked once.
func TestOneOfTwoNodesAsks(t *testing.T) {
	w := newWorld(t, true)
	form := w.hub.next(t)
	bucket := websub.NewBucket(w.b.JS, broker.BucketHubs)
	queue := websub.NewStream(w.b.JS, broker.StreamPings, broker.SubjectPings, "pings", nil)
	second, err := websub.New(bucket, queue, w.client, w.door, websub.Options{Callback: w.public.URL + "/websub/", Now: w.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	first := w.sub
	w.public.Config.Handler = second // any node takes the verification
	if status, _ := w.hub.intent(t, form, nil); status != 200 {
		t.Fatal(status)
	}
	if status := w.hub.push(t, form, "sha256", document("Xã Liên Châu", 51)); status != 202 {
		t.Fatal(status)
	}
	w.phase(t, websub.Active)
	w.article(t, "Thông báo số 51")
	ctx, stop := contextOf(t)
	done := make(chan error, 1)
	go func() { done <- second.Run(ctx) }()
	second.SetSources([]poll.Source{w.source})
	w.until(t, "second node", func() bool { return second.Alive("lienchau") })
	w.clock.advance(8 * 24 * time.Hour)
	second.SetSources([]poll.Source{w.source})
	first.SetSources([]poll.Source{w.source})
	w.hub.next(t)
	w.phase(t, websub.Renewing)
	w.until(t, "both know", func() bool { r, _ := second.Report("lienchau"); return r.Phase == websub.Renewing })
	stop()
	<-done
	if len(w.hub.asked) != 0 {
		t.Errorf("asked twice: %v", <-w.hub.asked)
	}
}

// While a hub is alive its source is polled at its ceiling; when polls find twice
// what the hub did not push, as before.
func TestPollingFollowsTheHub(t *testing.T) {
	w := newWorld(t, true)
	w.subscribed(t)
	state := func() poll.State {
		list, err := w.door.Reports(w.ctx)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0].State
	}
	w.until(t, "a slow poll", func() bool {
		st := state()
		return st.Holder == "" && st.Next.Sub(st.LastPoll) >= w.source.Ceiling()
	})
	for i := range 2 {
		if !w.sub.Alive("lienchau") {
			t.Fatalf("not alive before the miss %d", i)
		}
		w.publish(61+i, 1)
		before := w.count()
		w.until(t, "a free source", func() bool { return w.door.PollNow(w.ctx, "lienchau") == nil })
		w.until(t, "a poll", func() bool { return w.count() > before })
		w.until(t, "the doubt", func() bool {
			st, _, err := websub.NewBucket(w.b.JS, broker.BucketHubs).Get(w.ctx, "lienchau")
			return err == nil && !st.Doubt.IsZero()
		})
		w.clock.advance(11 * time.Minute)
		w.sub.SetSources([]poll.Source{w.source})
		w.until(t, "the judgement", func() bool {
			st, _, err := websub.NewBucket(w.b.JS, broker.BucketHubs).Get(w.ctx, "lienchau")
			return err == nil && st.Doubt.IsZero()
		})
	}
	w.phase(t, websub.Dead)
	w.until(t, "a poll as before", func() bool {
		st := state()
		return st.Holder == "" && st.Next.Sub(st.LastPoll) < w.source.Ceiling()
	})
}
