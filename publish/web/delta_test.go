package web_test

import (
	"strings"
	"testing"

	"loa/feeds"
)

// RFC 3229 with "feed": only where the operator wants it, only for who asks for it
// and names a version that is known.
func TestDelta(t *testing.T) {
	for _, format := range []string{"rss", "atom"} {
		t.Run(format, func(t *testing.T) {
			w := newWorld(t)
			news(w)
			o := w.options()
			o.Delta = true
			s := serverOf(t, o)
			path := "/feeds/units/09025." + format
			old := get(s, path, "Accept-Encoding: gzip")
			tag := old.Header().Get("ETag")
			if r := get(s, path, "Accept-Encoding: gzip", "A-IM: feed", "If-None-Match: "+tag); r.Code != 304 {
				t.Errorf("%d for what is known", r.Code)
			}

			changed := article("bai-59", "09025", "Tin tức", "Thông báo số 59, đã sửa")
			changed.Revision = 2
			w.put(article("moi", "09025", "Tin tức", "Trạm bơm chạy lại"), changed)
			full := get(s, path, "Accept-Encoding: gzip", "If-None-Match: "+tag)
			if full.Code != 200 || full.Header().Get("IM") != "" {
				t.Fatalf("%d without A-IM", full.Code)
			}
			for _, lines := range [][]string{
				{path, "A-IM: feed", "If-None-Match: " + tag},
				{path, "A-IM: vcdiff, feed;q=0.5", "If-None-Match: \"khac\", W/" + tag},
				{strings.TrimSuffix(path, "."+format), "Accept: application/" + format + "+xml", "A-IM: feed", "If-None-Match: " + tag},
			} {
				r := get(s, lines[0], append(lines[1:], "Accept-Encoding: gzip")...)
				body := string(unpack(t, r.Header().Get("Content-Encoding"), r.Body.Bytes()))
				for name, want := range map[string]string{
					"IM": "feed", "ETag": full.Header().Get("ETag"), "Cache-Control": "no-store, im",
					"Vary": "Accept-Encoding, A-IM, If-None-Match", "Link": full.Header().Get("Link"), "Content-Type": full.Header().Get("Content-Type"),
				} {
					if got := r.Header().Get(name); got != want {
						t.Errorf("%v: %s %q, want %q", lines, name, got, want)
					}
				}
				if r.Code != 226 || !strings.Contains(body, "Trạm bơm chạy lại") || !strings.Contains(body, "số 59, đã sửa") || strings.Contains(body, "Thông báo số 58") {
					t.Errorf("%v: %d %.300s", lines, r.Code, body)
				}
			}
			for name, lines := range map[string][]string{
				"refused":         {"A-IM: feed;q=0", "If-None-Match: " + tag},
				"another kind":    {"A-IM: vcdiff", "If-None-Match: " + tag},
				"no tag":          {"A-IM: feed"},
				"unknown tag":     {"A-IM: feed", `If-None-Match: "0123456789abcdef0123456789abcdef"`},
				"rubbish of tags": {"A-IM: feed", `If-None-Match: W/", "x`},
				"not asked":       {"If-None-Match: " + tag},
			} {
				if r := get(s, path, append(lines, "Accept-Encoding: gzip")...); r.Code != 200 || r.Header().Get("IM") != "" || r.Body.String() != full.Body.String() {
					t.Errorf("%s: %d", name, r.Code)
				}
			}
			if r := get(s, path, "Accept-Encoding: gzip", "A-IM: feed", "If-None-Match: "+full.Header().Get("ETag")); r.Code != 304 {
				t.Errorf("%d after merging", r.Code)
			}

			// A withdrawal is news, where the format has a word for it.
			gone := article("moi", "09025", "Tin tức", "Trạm bơm chạy lại")
			gone.Revision, gone.Kind = 2, feeds.Withdrawn
			gone.Withdrawal = &feeds.Withdrawal{Time: start, Reason: "Nhầm trạm"}
			w.put(gone)
			r := get(s, path, "A-IM: feed", "If-None-Match: "+full.Header().Get("ETag"))
			if r.Code != 226 || strings.Contains(r.Body.String(), "đã sửa") || format == "atom" && !strings.Contains(r.Body.String(), "deleted-entry") {
				t.Errorf("%d after a withdrawal: %.400s", r.Code, r.Body.String())
			}

			// Off unless it is wanted.
			o.Delta = false
			plain := serverOf(t, o)
			first := get(plain, path)
			w.put(article("moi-nua", "09025", "Tin tức", "Trạm bơm nghỉ"))
			if r := get(plain, path, "A-IM: feed", "If-None-Match: "+first.Header().Get("ETag")); r.Code != 200 {
				t.Errorf("%d when it is off", r.Code)
			}
		})
	}
}
