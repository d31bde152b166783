package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What stands before the server refuses in its words, and what it has set stays.
func TestRefuseTooManyRequests(t *testing.T) {
	s := serverOf(t, newWorld(t).options())
	for lang, want := range map[string]string{"vi": "Yêu cầu đến quá dày", "en": "Too many requests"} {
		w := httptest.NewRecorder()
		w.Header().Set("Retry-After", "6")
		r := httptest.NewRequest(http.MethodGet, "/feeds/all.rss", http.NoBody)
		r.Header.Set("Accept-Language", lang)
		s.Refuse(w, r, http.StatusTooManyRequests)
		h := w.Header()
		if w.Code != http.StatusTooManyRequests || !strings.HasPrefix(w.Body.String(), want) || h.Get("Cache-Control") != "no-store" || h.Get("Retry-After") != "6" ||
			h.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(h.Get("Access-Control-Expose-Headers"), "Retry-After") || h.Get("Vary") != "Accept-Encoding, Accept-Language" {
			t.Errorf("%d %v %s", w.Code, h, w.Body)
		}
	}
}
