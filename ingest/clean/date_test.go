package clean_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"loa/feeds"
	"loa/ingest/clean"
)

// received is a Monday afternoon in Vietnam.
var received = time.Date(2026, 10, 5, 15, 40, 20, 0, feeds.Zone)

// TestDate is the list of all forms. The result is the instant in RFC 3339 and
// its precision, or "" for a date that cannot be known.
func TestDate(t *testing.T) {
	tests := []struct {
		raw  string
		want string
		p    feeds.Precision
	}{
		// RFC 822, 2822 and their abuses.
		{"Wed, 26 Jul 2017 19:41:14 +0700", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 12:41:14 GMT", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 12:41:14 UT", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 12:41:14 Z", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 12:41:14 -0000", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 07:41:14 EST", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 08:41:14 EDT", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 04:41:14 PST", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 19:41:14 ICT", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 19:41:14", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 19:41 +0700", "2017-07-26T19:41:00+07:00", feeds.Minute},
		{"26 Jul 2017 19:41:14 +0700", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 19:41:14 GMT+7", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 19:41:14 GMT +7", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 19:41:14 GMT+07:00", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 19:41:14 UTC+7", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 19:41:14 UTC+0700", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 08:41:14 UTC-4", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 19:41:14 +07", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 19:41:14 +7", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 19:41:14 +07:00", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 19:41:14 +0700 (ICT)", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 19:41:14 +0700 GMT+7", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017 19:41:14 (ICT)", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Sun, 26 Jul 2017 19:41:14 +0700", "2017-07-26T19:41:14+07:00", feeds.Second}, // a Wednesday
		{"Mon, 05 Oct 26 11:07:00 +0700", "2026-10-05T11:07:00+07:00", feeds.Second},
		{"Fri, 05 Nov 99 11:07:00 +0700", "1999-11-05T11:07:00+07:00", feeds.Second},
		{"Wed, 26 July 2017 19:41:14 +0700", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"WED, 26 JUL 2017 19:41:14 +0700", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed,26 Jul 2017 19:41:14 +0700", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Thu 5 Dec 2024 08:00:00 +0700", "2024-12-05T08:00:00+07:00", feeds.Second},
		{"Thu, 5 Dec 2024 08:00:00 +0700", "2024-12-05T08:00:00+07:00", feeds.Second},
		{"Thu, 05 Sept 2024 08:00:00 +0700", "2024-09-05T08:00:00+07:00", feeds.Second},
		{"Wednesday, 26-Jul-17 12:41:14 GMT", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed Jul 26 19:41:14 2017", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed Jul 26 12:41:14 UTC 2017", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed Jul 26 2017 19:41:14 GMT+0700 (Indochina Time)", "2017-07-26T19:41:14+07:00", feeds.Second},
		{"Wed, 26 Jul 2017", "2017-07-26T00:00:00+07:00", feeds.Day},
		{"Jul 26, 2017", "2017-07-26T00:00:00+07:00", feeds.Day},
		{"July 26th, 2017 at 7:41 PM", "2017-07-26T19:41:00+07:00", feeds.Minute},
		{"26th July 2017", "2017-07-26T00:00:00+07:00", feeds.Day},
		{"Wed, 26 Jul 2017 23:59:60 +0700", "2017-07-27T00:00:00+07:00", feeds.Second},

		// RFC 3339, ISO 8601 and their abuses.
		{"2020-08-24T14:30:15+07:00", "2020-08-24T14:30:15+07:00", feeds.Second},
		{"2020-08-24T07:30:15Z", "2020-08-24T14:30:15+07:00", feeds.Second},
		{"2020-08-24t07:30:15z", "2020-08-24T14:30:15+07:00", feeds.Second},
		{"2020-08-24T07:30:15.123Z", "2020-08-24T14:30:15+07:00", feeds.Second},
		{"2020-08-24T02:30:15-05:00", "2020-08-24T14:30:15+07:00", feeds.Second},
		{"2020-08-24T14:30:15+0700", "2020-08-24T14:30:15+07:00", feeds.Second},
		{"2020-08-24T14:30:15+07", "2020-08-24T14:30:15+07:00", feeds.Second},
		{"2020-08-24T14:30:15", "2020-08-24T14:30:15+07:00", feeds.Second},
		{"2026-09-29T21:27:27.367", "2026-09-29T21:27:27+07:00", feeds.Second},
		{"2020-08-24T14:30:15,5", "2020-08-24T14:30:15+07:00", feeds.Second},
		{"2020-08-24T14:30", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"2020-08-24 14:30:15", "2020-08-24T14:30:15+07:00", feeds.Second},
		{"2020-08-24 14:30:15 +0700", "2020-08-24T14:30:15+07:00", feeds.Second},
		{"2020-08-24 07:30:15 UTC", "2020-08-24T14:30:15+07:00", feeds.Second},
		{"2020/08/24 14:30", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"2020-08-24", "2020-08-24T00:00:00+07:00", feeds.Day},
		{"2020-8-4", "2020-08-04T00:00:00+07:00", feeds.Day},
		{"2020-08-24Z", "2020-08-24T00:00:00+07:00", feeds.Day},
		{"2020-08-24+07:00", "2020-08-24T00:00:00+07:00", feeds.Day},
		{"20200824", "2020-08-24T00:00:00+07:00", feeds.Day},
		{"20200824T143015", "2020-08-24T14:30:15+07:00", feeds.Second},
		{"20200824T073015Z", "2020-08-24T14:30:15+07:00", feeds.Second},
		{"/Date(1598254215000)/", "2020-08-24T14:30:15+07:00", feeds.Second},
		{"1598254215", "2020-08-24T14:30:15+07:00", feeds.Second},

		// The day first, as everybody writes it.
		{"24/08/2020", "2020-08-24T00:00:00+07:00", feeds.Day},
		{"24/8/2020", "2020-08-24T00:00:00+07:00", feeds.Day},
		{"4/8/2020", "2020-08-04T00:00:00+07:00", feeds.Day},
		{"24-08-2020", "2020-08-24T00:00:00+07:00", feeds.Day},
		{"24.08.2020", "2020-08-24T00:00:00+07:00", feeds.Day},
		{"24/08/20", "2020-08-24T00:00:00+07:00", feeds.Day},
		{"24 / 08 / 2020", "2020-08-24T00:00:00+07:00", feeds.Day},
		{"24–08–2020", "2020-08-24T00:00:00+07:00", feeds.Day},
		{"24/08/2020 14:30", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"24/08/2020 14:30:15", "2020-08-24T14:30:15+07:00", feeds.Second},
		{"24/08/2020, 14:30", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"24/08/2020 - 14:30", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"24/08/2020 (14:30)", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"24/08/2020 | 14:30", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"14:30 24/08/2020", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"14:30, 24/08/2020", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"14:30 - 24/08/2020", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"14:30-24/08/2020", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"14:30 (24/08/2020)", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"16:30: 24/08/2020", "2020-08-24T16:30:00+07:00", feeds.Minute},
		{"16:30:24/08/2020", "2020-08-24T16:30:00+07:00", feeds.Minute},
		{"16:30:15 24/08/2020", "2020-08-24T16:30:15+07:00", feeds.Second},
		{"24/08/2020 14:30 GMT+7", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"24/08/2020 14:30 (GMT+7)", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"14:30, 24/08/2020 GMT+7", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"07:30, 24/08/2020 UTC", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"24/08/2020 14:30 (giờ Hà Nội)", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"24/08/2020 (6 năm trước)", "2020-08-24T00:00:00+07:00", feeds.Day},
		{"24/08/2020 02:30:00 SA", "2020-08-24T02:30:00+07:00", feeds.Second},
		{"24/08/2020 02:30:00 CH", "2020-08-24T14:30:00+07:00", feeds.Second},
		{"24/08/2020 12:30 SA", "2020-08-24T00:30:00+07:00", feeds.Minute},
		{"24/08/2020 12:30 CH", "2020-08-24T12:30:00+07:00", feeds.Minute},
		{"24/08/2020 2:30 PM", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"24/08/2020 2:30 p.m.", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"24/08/2020 2:30\u202FPM", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"24/08/2020\u00A014:30", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"24/08/2020 14h30", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"14h30' 24/08/2020", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"14g30 24/08/2020", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"14h 24/08/2020", "2020-08-24T14:00:00+07:00", feeds.Hour},
		{"Ngày đăng: 24/08/2020", "2020-08-24T00:00:00+07:00", feeds.Day},
		{"Ngày đăng : 24/08/2020 - 14:30", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"Cập nhật lúc 14:30 ngày 24/08/2020", "2020-08-24T14:30:00+07:00", feeds.Minute},

		// Weekdays.
		{"Thứ 5, 28/05/2026 17:00:00 GMT+7", "2026-05-28T17:00:00+07:00", feeds.Second},
		{"Thứ 5 28/05/2026", "2026-05-28T00:00:00+07:00", feeds.Day},
		{"Thứ năm, 28/05/2026, 17:00 (GMT+7)", "2026-05-28T17:00:00+07:00", feeds.Minute},
		{"Thứ Năm, ngày 28 tháng 5 năm 2026", "2026-05-28T00:00:00+07:00", feeds.Day},
		{"T5, 28/05/2026 17:00", "2026-05-28T17:00:00+07:00", feeds.Minute},
		{"T5 28/05/2026", "2026-05-28T00:00:00+07:00", feeds.Day},
		{"T.5, 28/05/2026", "2026-05-28T00:00:00+07:00", feeds.Day},
		{"CN, 25/10/2020", "2020-10-25T00:00:00+07:00", feeds.Day},
		{"Chủ nhật, ngày 25/10/2020", "2020-10-25T00:00:00+07:00", feeds.Day},
		{"Chủ Nhật, 25-10-2020 08:05", "2020-10-25T08:05:00+07:00", feeds.Minute},
		{"Thứ hai, 24/08/2020", "2020-08-24T00:00:00+07:00", feeds.Day},
		{"Thứ ba, 25/08/2020", "2020-08-25T00:00:00+07:00", feeds.Day},
		{"Thứ tư, 26/08/2020", "2020-08-26T00:00:00+07:00", feeds.Day},
		{"Thứ sáu, 28/08/2020", "2020-08-28T00:00:00+07:00", feeds.Day},
		{"Thứ bảy, 29/08/2020", "2020-08-29T00:00:00+07:00", feeds.Day},

		// Words.
		{"Hà Nội, ngày 31 tháng 07 năm 2009", "2009-07-31T00:00:00+07:00", feeds.Day},
		{"ngày 31 tháng 7 năm 2009", "2009-07-31T00:00:00+07:00", feeds.Day},
		{"nga\u0300y 31 tha\u0301ng 7 na\u0306m 2009", "2009-07-31T00:00:00+07:00", feeds.Day},
		{"NGÀY 31 THÁNG 7 NĂM 2009", "2009-07-31T00:00:00+07:00", feeds.Day},
		{"31 tháng 7, 2009", "2009-07-31T00:00:00+07:00", feeds.Day},
		{"31 thg 7, 2009", "2009-07-31T00:00:00+07:00", feeds.Day},
		{"31 Th7 2009", "2009-07-31T00:00:00+07:00", feeds.Day},
		{"Tháng Bảy 31, 2009", "2009-07-31T00:00:00+07:00", feeds.Day},
		{"31 Tháng Mười Hai, 2009", "2009-12-31T00:00:00+07:00", feeds.Day},
		{"ngày 5 tháng năm năm 2009", "2009-05-05T00:00:00+07:00", feeds.Day},
		{"Quận 1, ngày 5 tháng 6 năm 2020", "2020-06-05T00:00:00+07:00", feeds.Day},
		{"14 giờ 30 phút, ngày 24 tháng 8 năm 2020", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"14 giờ 30 phút 15 giây ngày 24/8/2020", "2020-08-24T14:30:15+07:00", feeds.Second},
		{"14 giờ ngày 24/8/2020", "2020-08-24T14:00:00+07:00", feeds.Hour},
		{"lúc 8 giờ sáng 24/8/2020", "2020-08-24T08:00:00+07:00", feeds.Hour},
		{"2h30 chiều 24/8/2020", "2020-08-24T14:30:00+07:00", feeds.Minute},
		{"8 giờ tối ngày 24/8/2020", "2020-08-24T20:00:00+07:00", feeds.Hour},
		{"1 giờ trưa 24/8/2020", "2020-08-24T13:00:00+07:00", feeds.Hour},

		// Counted from now.
		{"15 giờ trước", "2026-10-05T00:00:00+07:00", feeds.Hour},
		{"2 giờ trước", "2026-10-05T13:00:00+07:00", feeds.Hour},
		{"1 giờ 20 phút trước", "2026-10-05T14:20:00+07:00", feeds.Minute},
		{"30 phút trước", "2026-10-05T15:10:00+07:00", feeds.Minute},
		{"một giờ trước", "2026-10-05T14:00:00+07:00", feeds.Hour},
		{"cách đây 2 ngày", "2026-10-03T00:00:00+07:00", feeds.Day},
		{"2 ngày trước", "2026-10-03T00:00:00+07:00", feeds.Day},
		{"1 tuần trước", "2026-09-28T00:00:00+07:00", feeds.Day},
		{"hôm qua", "2026-10-04T00:00:00+07:00", feeds.Day},
		{"Hôm nay, 08:15", "2026-10-05T08:15:00+07:00", feeds.Minute},
		{"14:30 hôm qua", "2026-10-04T14:30:00+07:00", feeds.Minute},
		{"Hôm kia", "2026-10-03T00:00:00+07:00", feeds.Day},
		{"Vừa xong", "2026-10-05T15:40:00+07:00", feeds.Minute},
		{"3 hours ago", "2026-10-05T12:00:00+07:00", feeds.Hour},
		{"an hour ago", "2026-10-05T14:00:00+07:00", feeds.Hour},
		{"yesterday", "2026-10-04T00:00:00+07:00", feeds.Day},

		// Not known.
		{"0001-01-01T00:00:00", "", feeds.Unknown},
		{"1/1/0001 12:00:00 AM", "", feeds.Unknown},
		{"01/01/0001 12:00:00 SA", "", feeds.Unknown},
		{"Mon, 01 Jan 0001 00:00:00 GMT", "", feeds.Unknown},
		{"1970-01-01T00:00:00Z", "", feeds.Unknown},
		{"0000-00-00 00:00:00", "", feeds.Unknown},
		{"32/08/2020", "", feeds.Unknown},
		{"24/13/2020", "", feeds.Unknown},
		{"08/24/2020", "", feeds.Unknown}, // the month first: not guessed
		{"30/02/2020", "", feeds.Unknown},
		{"29/02/2021", "", feeds.Unknown},
		{"2020-13-01", "", feeds.Unknown},
		{"24/08/2020 25:10", "", feeds.Unknown},
		{"24/08/2020 10:61", "", feeds.Unknown},
		{"24/08/2020 14:30 SA", "", feeds.Unknown},
		{"Wed, 26 Jul 2017 19:41:14 +9900", "", feeds.Unknown},
		{"24/08/2020 - 30/08/2020", "", feeds.Unknown},
		{"08/2020", "", feeds.Unknown},
		{"tháng 8 năm 2020", "", feeds.Unknown},
		{"2020", "", feeds.Unknown},
		{"14:30", "", feeds.Unknown},
		{"đang cập nhật", "", feeds.Unknown},
		{"3 tháng trước", "", feeds.Unknown},
		{"2 năm trước", "", feeds.Unknown},
		{"---", "", feeds.Unknown},
		{strings.Repeat("9", 400), "", feeds.Unknown},
		{strings.Repeat("24/08/2020 ", 100), "", feeds.Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.raw[:min(60, len(tt.raw))], func(t *testing.T) {
			got := clean.Date(tt.raw, clean.DateOptions{Now: received})
			check(t, got, tt.want, tt.p)
			if len(tt.raw) < 200 && got.Raw != clean.Text(tt.raw) {
				t.Errorf("raw is %q", got.Raw)
			}
		})
	}
}

func check(t *testing.T, got feeds.Date, want string, p feeds.Precision) {
	t.Helper()
	have := ""
	if !got.Time.IsZero() {
		have = got.Time.Format(time.RFC3339)
	}
	if have != want || got.Precision != p {
		t.Errorf("got %q %s, want %q %s", have, got.Precision, want, p)
	}
}

func TestDateOptions(t *testing.T) {
	tests := []struct {
		name, raw string
		o         clean.DateOptions
		want      string
		p         feeds.Precision
	}{
		{"month first", "10/1/2026 12:02:00 PM", clean.DateOptions{MonthFirst: true}, "2026-10-01T12:02:00+07:00", feeds.Second},
		{"month first", "10/2/2026 9:25:00\u202FAM", clean.DateOptions{MonthFirst: true}, "2026-10-02T09:25:00+07:00", feeds.Second},
		{"month first is no guess", "24/08/2020", clean.DateOptions{MonthFirst: true}, "", feeds.Unknown},
		{"month first leaves ISO alone", "2020-08-04", clean.DateOptions{MonthFirst: true}, "2020-08-04T00:00:00+07:00", feeds.Day},
		{"day first", "04/10/2026 08:30:00", clean.DateOptions{}, "2026-10-04T08:30:00+07:00", feeds.Second},
		{"month in the minutes", "Mon, 24 Aug 2020 07:08:15 GMT", clean.DateOptions{MonthAsMinutes: true}, "2020-08-24T14:00:00+07:00", feeds.Hour},
		{"minutes after all", "Mon, 24 Aug 2020 07:09:15 GMT", clean.DateOptions{MonthAsMinutes: true}, "2020-08-24T14:09:15+07:00", feeds.Second},
		{"the day alone", "Thu, 26 Dec 2024 00:00:00 GMT", clean.DateOptions{DateOnly: true}, "2024-12-26T00:00:00+07:00", feeds.Day},
		{"a zone of its own", "2020-08-24 14:30:00", clean.DateOptions{Zone: time.UTC}, "2020-08-24T14:30:00Z", feeds.Second},
		{"a written zone wins", "2020-08-24 14:30:00 +0700", clean.DateOptions{Zone: time.UTC}, "2020-08-24T07:30:00Z", feeds.Second},
		{"nothing to count from", "2 giờ trước", clean.DateOptions{}, "", feeds.Unknown},
		{"nothing to count from", "hôm qua", clean.DateOptions{}, "", feeds.Unknown},
		{"two digits by RFC 2822", "24/08/49", clean.DateOptions{}, "2049-08-24T00:00:00+07:00", feeds.Day},
		{"two digits by RFC 2822", "24/08/50", clean.DateOptions{}, "1950-08-24T00:00:00+07:00", feeds.Day},
		{"two digits by now", "24/08/49", clean.DateOptions{Now: received}, "1949-08-24T00:00:00+07:00", feeds.Day},
		{"next year", "24/08/27", clean.DateOptions{Now: received}, "2027-08-24T00:00:00+07:00", feeds.Day},
	}
	for _, tt := range tests {
		t.Run(tt.name+" "+tt.raw, func(t *testing.T) {
			check(t, clean.Date(tt.raw, tt.o), tt.want, tt.p)
		})
	}
	if d := clean.Date(" \u00A0", clean.DateOptions{}); d != (feeds.Date{}) {
		t.Errorf("an empty date is %v", d)
	}
}

// TestDateFile runs the shared list of dates that were seen, where it is at hand.
func TestDateFile(t *testing.T) {
	file, err := os.ReadFile("../../../shared/data/dates.tsv")
	if err != nil {
		t.Log("the list is not here; TestDate has all its forms")
		return
	}
	for line := range strings.Lines(string(file)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		raw, want := strings.ReplaceAll(f[0], "<U+202F>", "\u202F"), f[1]
		o := clean.DateOptions{Now: received}
		p := feeds.Second
		switch {
		case strings.HasPrefix(want, "relative"):
			want, p = "2026-10-05T00:00:00+07:00", feeds.Hour
		case strings.Contains(want, "Công báo"):
			o.DateOnly = true
			want, p = want[:10]+"T00:00:00+07:00", feeds.Day
		case strings.Contains(want, "date precision"):
			want, p = want[:10]+"T00:00:00+07:00", feeds.Day
		case strings.Contains(want, "HOUR precision"):
			o.MonthAsMinutes = true
			want, p = want[:13]+":00:00+07:00", feeds.Hour
		default:
			o.MonthFirst = strings.HasPrefix(raw, "10/")
			want, _, _ = strings.Cut(want, " ")
			if len(want) == len("2020-08-24T14:30+07:00") {
				want, p = want[:16]+":00+07:00", feeds.Minute
			}
			if strings.HasPrefix(raw, "Mon, 24 Aug 2020 00:00:00") {
				p = feeds.Second
				want = "2020-08-24T00:00:00+07:00"
			}
		}
		t.Run(raw, func(t *testing.T) { check(t, clean.Date(raw, o), want, p) })
	}
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{
		"Wed, 26 Jul 2017 19:41:14 +0700", "16:30: 24/08/2020", "Hà Nội, ngày 31 tháng 07 năm 2009", "15 giờ trước",
		"2025-06-30T19:02:21", "24/08/2020 02:30:00 SA", "Tháng Mười Hai 5, 2020", "20200824T073015Z", "/Date(1598254215000)/",
	} {
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, option bool) {
		o := clean.DateOptions{Now: received, MonthFirst: option, MonthAsMinutes: option}
		d := clean.Date(s, o)
		if d != clean.Date(s, o) {
			t.Error("not the same twice")
		}
		if d.Known() != (d.Precision != feeds.Unknown && d.Precision != "") {
			t.Errorf("instant and precision do not agree: %v", d)
		}
		if n := len([]rune(d.Raw)); n > 200 {
			t.Errorf("raw has %d runes", n)
		}
		if _, err := d.Time.MarshalJSON(); err != nil {
			t.Error(err)
		}
		if d.Precision == feeds.Day && (d.Time.Hour() != 0 || d.Time.Minute() != 0) {
			t.Errorf("a day at %v", d.Time)
		}
		if again := clean.Date(d.Raw, o); again.Time != d.Time || again.Precision != d.Precision {
			t.Errorf("%q read again is %v, was %v", d.Raw, again, d)
		}
	})
}

func BenchmarkDate(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		clean.Date("Thứ 5, 28/05/2026 17:00:00 GMT+7", clean.DateOptions{Now: received})
	}
}
