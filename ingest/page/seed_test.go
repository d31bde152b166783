package page_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"loa/feeds"
	"loa/ingest/clean"
	"loa/ingest/page"
)

// A real page, where it is at hand: nothing of its text is here but counts and
// sums.
func TestSeed(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/seed/*.txt")
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !page.IsPage(body, "") {
			t.Error("is no page")
		}
		p, err := page.Parse(body, page.Options{URL: "https://example.vn/tin/4711"})
		if err != nil {
			t.Fatal(err)
		}
		a := p.Article
		if want := "Đưa NQ của Đảng vào CS"; a.Category != want {
			t.Errorf("category %q", a.Category)
		}
		if n := utf8.RuneCountInString(a.Title); n != 128 || !strings.HasSuffix(a.Title, ".") {
			t.Errorf("title of %d runes: %q", n, a.Title)
		}
		if len(a.Authors) != 1 || a.Authors[0] != "Ban Biên tập" {
			t.Errorf("authors %q", a.Authors)
		}
		day := time.Date(2020, 8, 24, 0, 0, 0, 0, feeds.Zone)
		if d := a.Published; d.Precision != feeds.Day || !d.Time.Equal(day) || d.Raw != "24/08/2020" {
			t.Errorf("published %+v", d)
		}
		if a.Language != "vi" || a.URL != "https://example.vn/tin/4711" || len(a.Attachments) > 0 || len(a.Tags) > 0 || len(p.Faults) > 0 || p.Platform != "" {
			t.Errorf("%+v", p)
		}
		if n := utf8.RuneCountInString(a.Summary); n != 276 {
			t.Errorf("summary of %d runes: %q", n, a.Summary)
		}
		var got []int
		text := clean.TextOf(a.ContentHTML)
		paragraphs := strings.Split(text, "\n\n")
		for _, s := range paragraphs {
			got = append(got, utf8.RuneCountInString(s))
		}
		var want []int
		var lines []string
		for _, s := range strings.Split(string(body), "\n")[4:19] {
			if s != "" {
				want = append(want, utf8.RuneCountInString(s))
				lines = append(lines, s)
			}
		}
		if len(got) != 8 || got[1] != 1779 || got[5] != 2172 || len(want) != 8 {
			t.Errorf("paragraphs of %d runes, want %d", got, want)
		}
		if sum(text) != sum(strings.Join(lines, "\n\n")) {
			t.Error("the text is not that of the page")
		}
		if strings.Count(a.ContentHTML, "<p>") != 8 || strings.Contains(a.ContentHTML, "<br") {
			t.Error("paragraphs are broken")
		}
		for _, s := range []string{"Email", "Người gửi", "Nội dung bình luận", "cùng chuyên mục", "Ngày đăng", "Ban Biên tập"} {
			if strings.Contains(text, s) {
				t.Errorf("%q is in the text", s)
			}
		}
	}
}

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}
