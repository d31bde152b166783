package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"testing"
)

// A whole server subscribes at the hub that a source names, and has what the hub
// tells of long before it would have polled. It remembers that over a restart.
func TestHubTellsTheServer(t *testing.T) {
	asked := make(chan url.Values, 10)
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		w.WriteHeader(http.StatusAccepted)
		asked <- r.PostForm
	}))
	t.Cleanup(hub.Close)
	po := newPortal(t, "lienchau")
	pages := po.Config.Handler
	po.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", `<`+hub.URL+`>; rel="hub", </rss>; rel="self"`)
		pages.ServeHTTP(w, r)
	})
	po.add(1)
	p := newProcess(t, map[string]any{"sources": []map[string]any{
		{"id": "lienchau", "url": po.URL + "/rss", "unit": "09064", "interval": "1s", "ceiling": "1h"},
	}, "websub": map[string]any{"callback": "http://" + freePort(t) + "/websub/"}})
	listen := p.cfg["listen"].(string)
	p.start()
	form := <-asked
	callback, err := url.Parse(form.Get("hub.callback"))
	if err != nil || form.Get("hub.mode") != "subscribe" || form.Get("hub.topic") != po.URL+"/rss" || !strings.HasPrefix(callback.Path, "/websub/lienchau/") {
		t.Fatalf("%v", form)
	}
	callback.Host = listen // as a proxy does
	q := url.Values{"hub.mode": {"subscribe"}, "hub.topic": form["hub.topic"], "hub.challenge": {"thach-do"}, "hub.lease_seconds": {"864000"}}
	if body, status := fetch(t, callback.String()+"?"+q.Encode()); status != http.StatusOK || body != "thach-do" {
		t.Fatalf("verification: %d %q", status, body)
	}
	active := func() bool { return p.metric(`loa_websub_sources{phase="active"}`) == 1 }
	until(t, "the subscription", active)
	listed, stderr, code := loa(t, "", "websub", "list", "--json", "--config", p.config)
	if code != 0 || stderr != "" {
		t.Errorf("websub list: exit %d, %s", code, stderr)
	}
	asAdmin, _ := fetch(t, "http://"+p.cfg["admin"].(string)+"/api/websub")
	for name, list := range map[string]string{"command": listed, "admin address": asAdmin} {
		for _, want := range []string{`"source":"lienchau"`, `"phase":"active"`, `"alive":true`, `"hub":"` + hub.URL, `"topic":"` + po.URL + `/rss"`, `"ends":"`} {
			if !strings.Contains(list, want) {
				t.Errorf("%s: no %s in %s", name, want, list)
			}
		}
		if strings.Contains(list, path.Base(callback.Path)) {
			t.Errorf("%s tells the secret address: %s", name, list)
		}
	}
	for i, title := range []string{"lienchau tin số 2", "lienchau tin số 3"} {
		if i == 1 {
			p.stop()
			p.start()
			until(t, "the subscription after the restart", active)
		}
		po.add(1)
		res, err := http.Post(callback.String(), "application/rss+xml", strings.NewReader("<rss/>"))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusAccepted {
			t.Fatalf("ping: %d", res.StatusCode)
		}
		until(t, title, func() bool { return strings.Contains(p.feed("units/09064").titles(), title) })
	}
	if len(asked) != 0 {
		t.Errorf("asked again: %v", <-asked)
	}
	p.stop()
}
