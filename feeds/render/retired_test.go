package render_test

import (
	"strings"
	"testing"
	"time"

	"loa/feeds"
	"loa/feeds/render"
)

// RFC 5005 section 2: a complete feed is all there is, so it has no archives.
func TestCompleteIsNeverSaidBesideArchives(t *testing.T) {
	for name, archive := range map[string]render.Archive{
		"none": {}, "older ones": {Prev: "units/251/2024-01"}, "it is one": {Path: "units/251/2024-02"}, "newer ones": {Next: "units/251/2024-03"},
	} {
		f := loadFeed(t, "retired-unit")
		f.Archive = archive
		for _, format := range []feeds.Format{feeds.RSS, feeds.Atom} {
			got := strings.Contains(string(mustRender(t, f, format)), "<fh:complete>")
			if want := archive == (render.Archive{}); got != want {
				t.Errorf("archives: %s, %s: complete %v, want %v", name, format, got, want)
			}
		}
	}
}

// What is more than a document can hold is not called complete.
func TestRetiredWithoutAll(t *testing.T) {
	f := loadFeed(t, "retired-unit")
	f.Retired.Complete = false
	for _, format := range feeds.Formats {
		b := string(mustRender(t, f, format))
		if strings.Contains(b, "complete") {
			t.Errorf("%s: complete", format)
		}
		if !strings.Contains(b, "Đơn vị này không còn từ ngày 01/07/2025 theo văn bản số 203/2025/QH15") || !strings.Contains(b, "Xã Liên Châu") {
			t.Errorf("%s does not say what became of the unit", format)
		}
	}
}

// An article keeps the name that its unit had when it was first seen.
func TestNameAtTheTimeOfTheArticle(t *testing.T) {
	f := fullFeed(t)
	var asked []string
	f.UnitName = func(code string, when time.Time) string {
		asked = append(asked, code+" "+when.UTC().Format(time.RFC3339))
		return "Thị trấn cũ"
	}
	f.Records = f.Records[:1]
	f.Records[0].FirstSeen = at(t, "2025-06-30T16:59:59Z")
	f.Publisher = "Xã mới"
	x := readAtom(t, f)
	if len(asked) == 0 || asked[0] != f.Records[0].Article.Unit+" 2025-06-30T16:59:59Z" {
		t.Errorf("asked for %q", asked)
	}
	equal(t, "author of the feed", x.Authors[0].Name, "Xã mới")
}
