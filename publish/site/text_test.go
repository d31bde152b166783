package site_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"loa/publish/site"
)

// Each text is there in both languages, with the same places for arguments, and
// none is the other one by oversight.
func TestEveryTextInEveryLanguage(t *testing.T) {
	for key, p := range site.Phrases() {
		for l, s := range p {
			if strings.TrimSpace(s) == "" {
				t.Errorf("%q: nothing in %s", key, l)
			}
			if strings.ContainsAny(s, "<>&") {
				t.Errorf("%q in %s: markup %q", key, l, s)
			}
		}
		vi, en := p[site.Vietnamese], p[site.English]
		if vi == en {
			t.Errorf("%q: the same in both languages: %q", key, vi)
		}
		if strings.Count(vi, "%s") != strings.Count(en, "%s") || strings.Count(vi, "%") != strings.Count(vi, "%s") || strings.Count(en, "%") != strings.Count(en, "%s") {
			t.Errorf("%q: other arguments: %q, %q", key, vi, en)
		}
	}
}

// Templates have no words of their own: those stand in text.go, in all languages,
// and nothing stands there that nobody uses.
func TestTemplatesHaveNoWords(t *testing.T) {
	files, err := filepath.Glob("templates/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	action := regexp.MustCompile(`\{\{.*?\}\}`)
	key := regexp.MustCompile(`\bt "([^"]+)"`)
	tag := regexp.MustCompile(`(?s)<code>[a-z_]+</code>|<[^>]*>`)
	label := regexp.MustCompile(`(?:title|alt|aria-label|placeholder)="([^"]*)"`)
	known := site.Phrases()
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllStringSubmatch(string(b), -1) {
			if known[m[1]] == nil {
				t.Errorf("%s: no text %q", file, m[1])
			}
		}
		bare := action.ReplaceAllString(string(b), "")
		for _, m := range label.FindAllStringSubmatch(bare, -1) {
			if m[1] != "" {
				t.Errorf("%s: words in an attribute: %q", file, m[1])
			}
		}
		for _, word := range strings.FieldsFunc(tag.ReplaceAllString(bare, " "), func(r rune) bool { return !unicode.IsLetter(r) }) {
			if word != "loa" && word != "JSON" { // names
				t.Errorf("%s: %q is no text of text.go", file, word)
			}
		}
	}
}

// A page leads to itself in the other language, view included, and keeps a
// language that was chosen.
func TestLanguageSwitch(t *testing.T) {
	vi, en := pages(t)["feed-followed"], pages(t)["feed-followed.en"]
	if !strings.Contains(vi, `<a href="/loa/feeds/units/251?succession=follow&amp;lang=en" lang="en" hreflang="en">English</a>`) {
		t.Error("no way to the English page")
	}
	if !strings.Contains(en, `<a href="/loa/feeds/units/251?succession=follow&amp;lang=vi" lang="vi" hreflang="vi">Tiếng Việt</a>`) {
		t.Error("no way to the Vietnamese page")
	}
	if strings.Contains(pages(t)["feed"], "kinh-te?lang") || !strings.Contains(pages(t)["feed.en"], `href="/loa/feeds/units/09025/kinh-te?lang=en"`) {
		t.Error("links do not keep the language that was chosen, and that alone")
	}
	if strings.Contains(en, ".rss?succession=follow&amp;lang") || !strings.Contains(en, ".rss?succession=follow") {
		t.Error("feeds have no language, but a view")
	}
}
