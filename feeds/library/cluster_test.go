package library_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loa/feeds"
	"loa/feeds/library"
	"loa/feeds/sketch"
)

const water = `Theo thông báo của Nhà máy nước sạch liên xã, để thay đoạn ống chính đã rò rỉ nhiều năm ở đầu chợ, nhà máy sẽ ngừng cấp nước
từ tám giờ sáng đến năm giờ chiều thứ bảy tuần này cho các thôn phía bờ đê. Bà con chủ động trữ nước sinh hoạt trong bể và chum vại, khóa van tổng
trước khi đi làm để tránh thất thoát khi có nước trở lại. Trạm y tế và trường mầm non được cấp nước bằng xe bồn. Sau khi nối ống, nước có thể đục
trong khoảng nửa giờ đầu, bà con nên xả bỏ trước khi dùng. Mọi thắc mắc xin gọi cho tổ quản lý nước của thôn hoặc đến bộ phận một cửa của xã.`

func copyOf(id, unit string, minute int, text string) feeds.Record {
	r := record(id, minute)
	r.Article.Unit, r.Article.Title, r.Article.ContentHTML = unit, "Tạm ngừng cấp nước để thay ống chính", "<p>"+text+"</p>"
	r.Sketch = sketch.Of(r.Article.Title, text).String()
	return r
}

// Feeds of several units show one of nearly equal articles, the first that the
// journal has, with the others as related; each unit's own feed has its own.
func TestClusterIsShownOnce(t *testing.T) {
	ctx := t.Context()
	l := openWith(t, filepath.Join(t.TempDir(), "l.db"), library.Options{Province: func(string, time.Time) string { return "25" }})
	first := copyOf("huyen", "251", 10, water)
	passed := copyOf("xa", "09064", 20, strings.Replace(water, "Bà con chủ động", "Kính mong bà con chủ động", 1)+" Ban quản lý thôn trân trọng thông báo.")
	other := record("khac", 30)
	other.Sketch = sketch.Of(other.Article.Title, strings.Repeat("Đoàn thanh niên ra quân dọn vệ sinh đường làng. ", 9)).String()
	later := copyOf("nam-sau", "09025", 20+60*24*30, water)
	log := []feeds.Record{first, passed, other, later}
	if err := l.Apply(ctx, entries(t, log...)); err != nil {
		t.Fatal(err)
	}
	if !sketch.Near(sketch.Of(first.Article.Title, water), sketch.Of(passed.Article.Title, feeds.Words(passed.Article.ContentHTML))) {
		t.Fatal("the fixtures are not near")
	}
	check := func(path, want, related string) {
		t.Helper()
		f, err := l.Live(ctx, path, 50)
		if err != nil {
			t.Fatal(path, err)
		}
		var others []string
		for _, rs := range f.Related {
			others = append(others, told(rs))
		}
		if told(f.Records) != want || strings.Join(others, ";") != related {
			t.Errorf("%s: %s (related %s), want %s (%s)", path, told(f.Records), strings.Join(others, ";"), want, related)
		}
	}
	check("all", "nam-sau.1 khac.1 huyen.1", "xa.1")
	check("provinces/25", "nam-sau.1 khac.1 huyen.1", "xa.1")
	check("units/09064", "khac.1 xa.1", "")
	check("units/251", "huyen.1", "")
	before, _ := l.Version("provinces/25")
	gone := revised(first, "2026-11-21", "")
	gone.Kind, gone.Withdrawal = feeds.Withdrawn, &feeds.Withdrawal{Time: gone.Changed}
	log = append(log, gone)
	if err := l.Apply(ctx, entries(t, log...)); err != nil {
		t.Fatal(err)
	}
	check("all", "nam-sau.1 khac.1 xa.1 -huyen", "")
	if after, _ := l.Version("provinces/25"); after == before {
		t.Error("the feed has its old version")
	}
	f, err := l.Union(ctx, []string{"units/251", "units/09064"}, 9)
	if err != nil || told(f.Records) != "khac.1 xa.1" {
		t.Error(told(f.Records), err)
	}
}
