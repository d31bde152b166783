package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"loa/internal/broker"
)

// Whatever a publisher sends and a portal serves: each fault ends with a reason
// that an operator can list, and stays where it is. Good events and a good source
// in between arrive all, and the memory stays bounded.
func TestBadInput(t *testing.T) {
	good := newPortal(t, "yenlac")
	good.add(10)
	bad := badPortal(t)
	listen := freePort(t)
	sources := []map[string]any{{"id": "tot", "url": good.URL + "/rss", "unit": "09025", "interval": "1s"}}
	wantCode := map[string]string{
		"many": "", "huge": "too-large", "truncated": "", "bomb": "too-large", "endless": "too-large", "page": "html-page", "private": "forbidden-address",
		"gone": "http-410", "wrong-coding": "encoding", "nothing": "not-a-feed", "not-xml": "not-a-feed",
	}
	for id := range wantCode {
		url := bad.URL + "/" + id
		if id == "private" {
			url = "http://10.0.0.1/rss"
		}
		sources = append(sources, map[string]any{"id": id, "url": url, "unit": "09043", "interval": "1s"})
	}
	p := newProcess(t, map[string]any{"nats": map[string]any{"listen": listen, "sync": "1s"}, "sources": sources})
	p.start()

	js := connect(t, listen)
	publish := func(unit string, data []byte, header ...string) {
		t.Helper()
		m := nats.NewMsg(broker.SubjectEvents + "." + unit)
		m.Data = data
		for i := 0; i < len(header); i += 2 {
			m.Header[header[i]] = []string{header[i+1]}
		}
		if _, err := js.PublishMsg(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	binary := []string{"ce-specversion", "1.0", "ce-id", "1", "ce-source", "/cms", "ce-type", "article.deleted", "Content-Type", "application/json"}
	letters := []struct {
		code, unit, says string
		data             []byte
		header           []string
	}{
		{"not-json", "09025", "not a JSON object", []byte("Kính gửi quý cơ quan"), nil},
		{"not-json", "09025", "empty", nil, nil},
		{"wrong-unit", "09064", "speaks for its own unit only", []byte(`{"unit":"09025","number":"x1","title":"Nói thay xã khác"}`), nil},
		{"bad-subject", "09064.09025", "loa.events.<unit>", []byte(`{"unit":"09025","number":"x2","title":"Nói thay xã khác"}`), nil},
		{"no-title", "09025", "title", []byte(`{"unit":"09025","number":"x3","title":" "}`), nil},
		{"no-name", "09025", "", []byte(`{"unit":"09025","title":"Không số, không địa chỉ"}`), nil},
		{"bad-unit", "xa", "", []byte(`{"unit":"xa","number":"x4","title":"Đơn vị không phải mã"}`), nil},
		{"too-large", "09025", "at most 2097152", append([]byte(`{"unit":"09025","number":"x5","title":"To","content_text":"`), bytes.Repeat([]byte("a "), 5<<19)...), nil},
		{"bad-utf8", "09025", "UTF-8", []byte("{\"unit\":\"09025\",\"number\":\"x6\",\"title\":\"Th\xe1ng\"}"), nil},
		{"unknown-type", "09025", "article.deleted", []byte(`{"unit":"09025","number":"x7","title":"Loại lạ"}`), binary},
		{"bad-cloudevent", "09025", "id is missing", []byte(`{"specversion":"1.0","source":"/cms","type":"article.published","data":{}}`), []string{"Content-Type", "application/cloudevents+json"}},
		{"unknown-action", "09025", "delete", []byte(`{"action":"delete","unit":"09025","number":"x8","title":"Việc lạ"}`), nil},
		{"bad-input", "09025", "title", []byte(`{"unit":"09025","number":"x9","title":{"vi":"Tin"}}`), nil},
		{"not-json", "09025", "", []byte(strings.Repeat(`{"a":`, 20000)), nil},
	}
	const goodEvents = 200
	for i := range goodEvents {
		publish("09064", fmt.Appendf(nil, `{"unit":"09064","number":"%d","title":"Tin tốt số %d","content_html":"<p>Lịch cấp nước</p>"}`, i, i))
		if i%10 == 5 && i/10 < len(letters) {
			l := letters[i/10]
			publish(l.unit, l.data, l.header...)
		}
	}
	// The good ones are all there, from both doors, the source's later ones too.
	until(t, "good events", func() bool { return p.metric(`loa_ingest_inputs_total{door="event",outcome="created"}`) == goodEvents })
	good.add(1)
	until(t, "the good source's new item", func() bool { return strings.Contains(p.feed("units/09025").titles(), "yenlac tin số 11") })
	if n := len(p.feed("units/09025").Items); n != 11 {
		t.Errorf("%d items of the good source, want 11 and none of the refused events", n)
	}
	until(t, "events done", func() bool {
		st, err := js.Stream(t.Context(), broker.StreamEvents)
		return err == nil && st.CachedInfo().State.Msgs == 0
	})

	// Each refused event lies with the dead letters: its reason, bytes, headers.
	kept, err := js.Stream(t.Context(), broker.StreamDead)
	if err != nil {
		t.Fatal(err)
	}
	if n := kept.CachedInfo().State.Msgs; n != uint64(len(letters)) {
		t.Errorf("%d dead letters, want %d", n, len(letters))
	}
	found := map[string]string{} // bytes to code and reason
	for seq := range kept.CachedInfo().State.LastSeq {
		m, err := kept.GetMsg(context.Background(), seq+1)
		if err != nil {
			t.Fatal(err)
		}
		code := m.Header.Get("Loa-Dead-Code")
		if m.Subject != broker.SubjectDead+".events."+code || m.Header.Get("Loa-Dead-Reason") == "" {
			t.Errorf("dead letter %d: %s %v", seq+1, m.Subject, m.Header)
		}
		if code == "unknown-type" && m.Header.Get("ce-source") != "/cms" {
			t.Errorf("headers of the event are lost: %v", m.Header)
		}
		found[string(m.Data)] = code + " " + m.Header.Get("Loa-Dead-Reason")
	}
	for _, l := range letters {
		if got := found[string(l.data)]; !strings.HasPrefix(got, l.code+" ") || !strings.Contains(got, l.says) {
			t.Errorf("%.60q is listed with %q, want %s with %q", l.data, got, l.code, l.says)
		}
	}

	// Each bad source is listed with its reason; the good one is well.
	type line struct {
		ID, Health, Code, Error string
		Items                   int
		Faults                  []string
		Polls                   uint64
	}
	lines := map[string]line{}
	until(t, "a word about each source", func() bool {
		out, errs, code := loa(t, "", "sources", "list", "--json", "--config", p.config)
		if code != 0 {
			t.Fatalf("sources list: %d %s", code, errs)
		}
		clear(lines)
		waiting := 0
		for s := range strings.Lines(out) {
			var l line
			if err := json.Unmarshal([]byte(s), &l); err != nil {
				t.Fatal(err)
			}
			lines[l.ID] = l
			if l.Health == "waiting" {
				waiting++
			}
		}
		return waiting == 0
	})
	for id, code := range wantCode {
		l := lines[id]
		health := "failing"
		if code == "http-410" {
			health = "gone" // the source said that it ends
		}
		if code != "" && (l.Code != code || l.Health != health || l.Error == "") {
			t.Errorf("source %s: %+v, want code %s", id, l, code)
		}
	}
	// What can be read of a document is taken, and what could not is said.
	for id, want := range map[string]struct {
		items int
		fault string
	}{"many": {500, "199500"}, "truncated": {2, "ends before its root does"}} {
		if l := lines[id]; l.Health != "faulty" || l.Items != want.items || !strings.Contains(strings.Join(l.Faults, " "), want.fault) {
			t.Errorf("source %s: %+v, want %d items and a fault with %q", id, l, want.items, want.fault)
		}
	}
	if l := lines["tot"]; l.Health != "ok" || l.Code != "" {
		t.Errorf("the good source: %+v", l)
	}
	if peak := peakMemory(t, p.cmd.Process.Pid); peak > memoryFactor*400<<20 {
		t.Errorf("%d MiB of memory at most, 400 are allowed", peak>>20)
	} else {
		t.Logf("%d MiB of memory at most", peak>>20)
	}
	p.stop()
}

// badPortal serves what no feed reader should meet, each at its path.
func badPortal(t *testing.T) *httptest.Server {
	t.Helper()
	item := func(w io.Writer, i int) {
		fmt.Fprintf(w, `<item><title>Tin %d</title><link>https://tamhong.example.vn/tin/%d</link><description>Nội dung</description></item>`, i, i)
	}
	const head = `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Xấu</title><link>https://tamhong.example.vn/</link><description>d</description>`
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = io.WriteString(z, head)
	zeros := bytes.Repeat([]byte(" "), 1<<20)
	for range 300 {
		_, _ = z.Write(zeros)
	}
	_ = z.Close()
	mux := http.NewServeMux()
	xml := func(path string, f func(w http.ResponseWriter, r *http.Request)) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/rss+xml")
			f(w, r)
		})
	}
	xml("/many", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, head)
		for i := range 200_000 {
			fmt.Fprintf(w, `<item><title>%d</title></item>`, i)
		}
		_, _ = io.WriteString(w, `</channel></rss>`)
	})
	xml("/huge", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, head)
		for i := range 200_000 {
			item(w, i)
		}
		_, _ = io.WriteString(w, `</channel></rss>`)
	})
	xml("/truncated", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100000")
		_, _ = io.WriteString(w, head)
		item(w, 900_001)
		item(w, 900_002)
		_, _ = io.WriteString(w, `<item><title>Cụt`)
	})
	xml("/bomb", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	})
	xml("/endless", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, head)
		for r.Context().Err() == nil {
			if _, err := w.Write(zeros); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<!DOCTYPE html><html lang="vi"><head><title>Đang bảo trì</title></head><body><h1>Cổng đang bảo trì</h1></body></html>`)
	})
	mux.HandleFunc("/gone", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	xml("/wrong-coding", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "x-nen-rieng")
		_, _ = io.WriteString(w, "abc")
	})
	xml("/nothing", func(http.ResponseWriter, *http.Request) {})
	xml("/not-xml", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte{0, 1, 2, 0xff, '<'}, 1<<10))
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// peakMemory is the most memory, in bytes, that the process has had.
func peakMemory(t *testing.T, pid int) int64 {
	t.Helper()
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n << 10
		}
	}
	t.Fatal("no VmHWM")
	return 0
}
