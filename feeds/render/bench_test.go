package render_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"loa/feeds"
	"loa/feeds/render"
)

// bigFeed is a full feed: 50 articles of 2.4 KB of HTML.
func bigFeed() *render.Feed {
	const paragraph = `<p>Đội thủy nông mở cống lúc 5 giờ, bà con các thôn lấy nước theo lịch đã phát trên loa; xem <a href="https://xa.example.vn/lich?thon=1&amp;vu=2">lịch của từng thôn</a>.</p>` + "\n"
	html := strings.Repeat(paragraph, (2400+len(paragraph)-1)/len(paragraph))
	f := &render.Feed{
		Authority: authority, BaseURL: "https://tin.example.vn", Selector: feeds.Selector{Kind: "all"},
		Title: "Tất cả tin", Hubs: []string{"https://tin.example.vn/hub"}, Generator: "loa",
		UnitName: func(string, time.Time) string { return "Xã Yên Lạc" },
	}
	start := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	for i := range 50 {
		when := start.Add(-time.Duration(i) * time.Hour)
		f.Records = append(f.Records, feeds.Record{
			ID: fmt.Sprintf("k3p7q2m9x4%04d", i), Revision: 1, Kind: feeds.Published,
			Article: feeds.Article{
				Unit: "09025", URL: fmt.Sprintf("https://yenlac.example.vn/tin/%d", i), Title: fmt.Sprintf("Lịch lấy nước vụ đông, đợt %d", i),
				Summary: "Các thôn lấy nước theo lịch, mỗi thôn một buổi.", ContentHTML: html,
				Category: "Thông báo", Tags: []string{"thủy lợi", "vụ đông"}, Authors: []string{"Ban Biên tập"}, Language: "vi",
				Published:   feeds.Date{Time: when, Precision: feeds.Minute, Raw: "01/10/2026 07:00"},
				Attachments: []feeds.Attachment{{URL: "https://yenlac.example.vn/tep/lich.pdf", Type: "application/pdf", Length: 20480, Title: "Lịch"}},
			},
			Channels: []feeds.Door{feeds.DoorEvent, feeds.DoorPoll}, FirstSeen: when, Changed: when,
			Provenance: feeds.Provenance{Door: feeds.DoorPoll, Source: "yenlac-tin", SourceURL: "https://yenlac.example.vn/rss"},
		})
	}
	return f
}

func BenchmarkRender(b *testing.B) {
	f := bigFeed()
	for _, format := range feeds.Formats {
		b.Run(string(format), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(mustRender(b, f, format))))
			for b.Loop() {
				mustRender(b, f, format)
			}
		})
	}
}
