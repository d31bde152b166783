package feeds_test

import (
	"testing"
	"time"

	"loa/feeds"
)

// A revision is a correction by its publisher's word alone: a reason that it
// gave, or the words that every newsroom begins one with.
func TestCorrection(t *testing.T) {
	at := time.Date(2026, 11, 20, 8, 0, 0, 0, feeds.Zone)
	for _, c := range []struct {
		name   string
		r      feeds.Record
		reason string
		ok     bool
	}{
		{"first revision", feeds.Record{Revision: 1, Article: feeds.Article{Title: "Lịch tiêm phòng"}}, "", false},
		{"update without a word", feeds.Record{Revision: 2, Article: feeds.Article{Title: "Lịch tiêm phòng"}}, "", false},
		{"reason", feeds.Record{Revision: 2, Reason: "sai ngày"}, "sai ngày", true},
		{"reason of what corrects nothing yet", feeds.Record{Revision: 1, Reason: "sai ngày"}, "", false},
		{"title", feeds.Record{Revision: 2, Article: feeds.Article{Title: "Đính chính: Lịch tiêm phòng"}}, "", true},
		{"title in capitals", feeds.Record{Revision: 2, Article: feeds.Article{Title: "ĐÍNH CHÍNH LỊCH TIÊM PHÒNG"}}, "", true},
		{"title in brackets", feeds.Record{Revision: 1, Article: feeds.Article{Title: " [Đính chính] Lịch tiêm phòng"}}, "", true},
		{"in quotation marks", feeds.Record{Revision: 1, Article: feeds.Article{Title: "“Cải chính” về lịch tiêm"}}, "", true},
		{"summary", feeds.Record{Revision: 2, Article: feeds.Article{Title: "Lịch tiêm phòng", Summary: "(Đính chính) Ngày tiêm là 21/11."}}, "", true},
		{"reason and title", feeds.Record{Revision: 3, Reason: "sai ngày", Article: feeds.Article{Title: "Đính chính"}}, "sai ngày", true},
		{"in the midst", feeds.Record{Revision: 2, Article: feeds.Article{Title: "Thông báo đính chính thông tin"}}, "", false},
		{"other marks", feeds.Record{Revision: 2, Article: feeds.Article{Title: "Đình chính"}}, "", false},
		{"withdrawn", feeds.Record{Revision: 2, Reason: "sai ngày", Withdrawal: &feeds.Withdrawal{Time: at}, Article: feeds.Article{Title: "Đính chính"}}, "", false},
		{"restored since", feeds.Record{Revision: 3, Reason: "sai ngày", Withdrawal: &feeds.Withdrawal{Time: at},
			Version: feeds.Version{Dated: true, Time: at.Add(time.Hour)}}, "sai ngày", true},
	} {
		if reason, ok := c.r.Correction(); reason != c.reason || ok != c.ok {
			t.Errorf("%s: %q %v, want %q %v", c.name, reason, ok, c.reason, c.ok)
		}
	}
}
