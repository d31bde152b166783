package ingest_test

import (
	"strings"
	"testing"
	"time"

	"loa/feeds"
	"loa/feeds/sketch"
	"loa/ingest"
)

const (
	ferry = "Từ sáng thứ hai, bến đò ngang nối hai bờ sông tạm dừng chở khách để thay phao neo và sửa cầu dẫn; người dân đi vòng qua cầu phao ở thượng lưu, xe tải theo biển chỉ dẫn của tổ tự quản."
	swim  = "Bể bơi của trường tiểu học mở cửa cả ngày trong kỳ nghỉ hè, mỗi lớp mười lăm em, có hai thầy cô dạy bơi và người cứu hộ, phụ huynh ghi tên tại phòng đội và mang theo giấy khám sức khỏe của con."
)

// Each revision carries the sketch of the words that it shows.
func TestRevisionsCarryTheirSketch(t *testing.T) {
	bare := event(feeds.Published, "Bến đò tạm dừng", time.Time{}, 1)
	bare.Article.ContentHTML = ""
	withSummary := bare
	withSummary.Article.Summary = ferry
	text := polled("s", "Bến đò", "<p>"+strings.ReplaceAll(ferry, "; ", "</p><p>")+"</p>", 2)
	newer := event(feeds.Updated, "Bể bơi mở cửa", t0.Add(time.Hour), 61)
	newer.Article.ContentHTML = "<p>" + swim + "</p>"
	gone := event(feeds.Withdrawn, "", time.Time{}, 3)
	for _, c := range []struct {
		name        string
		in          []ingest.Input
		title, text string
	}{
		{"too short", []ingest.Input{bare}, "", ""},
		{"summary", []ingest.Input{withSummary}, "Bến đò tạm dừng", ferry},
		{"title of the event, text of the feed", []ingest.Input{bare, text}, "Bến đò tạm dừng", ferry},
		{"the same in the other order", []ingest.Input{text, bare}, "Bến đò tạm dừng", ferry},
		{"other words", []ingest.Input{bare, text, newer}, "Bể bơi mở cửa", swim},
		{"withdrawn", []ingest.Input{bare, text, gone}, "Bến đò tạm dừng", ferry},
		{"withdrawn before it was published", []ingest.Input{gone, text}, "Bến đò", ferry},
	} {
		got, _ := ingest.Settle(t0, c.in)
		if want := sketch.Of(c.title, c.text).String(); got.Sketch != want {
			t.Errorf("%s: sketch %q, want %q", c.name, got.Sketch, want)
		}
	}
}

// A record that has no sketch, or one of another version, is not written again
// for that.
func TestSketchAloneIsNoRecord(t *testing.T) {
	in := polled("s", "Bến đò", "<p>"+ferry+"</p>", 1)
	old, _ := ingest.Settle(t0, []ingest.Input{in})
	for _, s := range []string{"", "0:AAAA"} {
		current := *old
		current.Sketch = s
		if result := ingest.Next(&current, in); result != ingest.Unchanged {
			t.Errorf("%q: %s, want %s", s, result, ingest.Unchanged)
		}
	}
}

func BenchmarkSketch(b *testing.B) {
	a := polled("s", "Bến đò", strings.Repeat("<p>"+ferry+"</p>", 10), 1).Article
	b.SetBytes(int64(len(a.ContentHTML)))
	for b.Loop() {
		ingest.SketchOf(&a)
	}
}

func BenchmarkDecideNew(b *testing.B) {
	in := polled("s", "Bến đò", strings.Repeat("<p>"+ferry+"</p>", 10), 1)
	for b.Loop() {
		ingest.Settle(t0, []ingest.Input{in})
	}
}
