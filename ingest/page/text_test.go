package page_test

import (
	"slices"
	"strings"
	"testing"

	"loa/ingest/page"
)

// Heads and tails of plain texts, around the same two paragraphs.
func TestTextHeadsAndTails(t *testing.T) {
	const one = "Sáng 12/6, bà con thôn Đồng Tâm ra đồng gặt lúa sớm để tránh cơn bão số 2, theo khuyến cáo của hợp tác xã nông nghiệp."
	const two = "Máy gặt được điều từ ba xã lân cận; mỗi ngày gặt được hơn 20 ha và dự kiến xong trước ngày 15/6./."
	const title = "Thôn Đồng Tâm gặt lúa sớm để tránh bão"
	for name, c := range map[string]struct {
		head, tail   string
		section, day string
		authors      []string
	}{
		"bare":                     {title, "", "", "", nil},
		"section":                  {"Nông nghiệp\n\n" + title, "", "Nông nghiệp", "", nil},
		"unknown section":          {"Đưa cơ giới hóa vào đồng ruộng\n\n" + title, "", "Đưa cơ giới hóa vào đồng ruộng", "", nil},
		"label of section":         {title + "\nChuyên mục: Nông nghiệp", "", "Nông nghiệp", "", nil},
		"trail":                    {"Trang chủ » Tin tức » Nông nghiệp\n" + title, "", "Nông nghiệp", "", nil},
		"menu":                     {"Skip Ribbon Commands\nTrang chủ\nGiới thiệu\nLiên hệ\nTin tức\n\n" + title, "", "Tin tức", "", nil},
		"date below title":         {title + "\n\n13/06/2026 08:30", "", "", "2026-06-13", nil},
		"date in words":            {title + "\n\nThứ Bảy, ngày 13 tháng 6 năm 2026", "", "", "2026-06-13", nil},
		"date of the clock above":  {"Thứ Tư, 25/11/2026\n\n" + title, "Ngày đăng tin: 13/06/2026", "", "2026-06-13", nil},
		"date and views":           {title, "Đăng ngày 13/06/2026 Lượt xem: 1.204", "", "2026-06-13", nil},
		"updated alone":            {title, "Cập nhật: 13/06/2026", "", "2026-06-13", nil},
		"board":                    {title, "BAN BIÊN TẬP", "", "", []string{"BAN BIÊN TẬP"}},
		"person":                   {title, "Nguyễn Thị Lan", "", "", []string{"Nguyễn Thị Lan"}},
		"two persons":              {title, "Thu Hà - Minh Đức", "", "", []string{"Thu Hà", "Minh Đức"}},
		"labelled":                 {title, "Tin, ảnh: Thu Hà", "", "", []string{"Thu Hà"}},
		"author and source":        {title, "Tác giả: Thu Hà\nNguồn: Đài truyền thanh xã", "", "", []string{"Thu Hà"}},
		"source":                   {title, "Nguồn: Đài truyền thanh xã", "", "", []string{"Đài truyền thanh xã"}},
		"behind theo":              {title, "Theo Báo Đồng Xuân", "", "", []string{"Báo Đồng Xuân"}},
		"office":                   {title, "(Phòng Văn hóa - Xã hội)", "", "", []string{"Phòng Văn hóa - Xã hội"}},
		"board, date, form, lists": {title, "Ban Biên tập\n\u00a0\nNgày đăng: 13/06/2026\n• Tiêu đề *\n• Email*\nTin liên quan\n" + one, "", "2026-06-13", []string{"Ban Biên tập"}},
		"form without stars":       {title, "Gửi bình luận\nHọ và tên\nEmail\nNội dung", "", "", nil},
		"lists":                    {title, "Các tin đã đưa\nHọp bàn mùa vụ (01/06/2026)\nTin khác\nPhun thuốc", "", "", nil},
		"foot of the site":         {title, "Bản quyền thuộc về UBND xã Đồng Tâm\nĐịa chỉ: thôn Giữa", "", "", nil},
		"things to press":          {title + "\nA+ A-  In bài viết   Gửi email", "Chia sẻ\nVề trang trước\nBản in", "", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := page.Parse([]byte(c.head+"\n\n"+one+"\n\u00a0\n"+two+"\n\n"+c.tail), options())
			if err != nil {
				t.Fatal(err)
			}
			a := p.Article
			day := ""
			if a.Published.Known() {
				day = a.Published.Time.Format("2006-01-02")
			}
			if a.Title != title || a.Category != c.section || day != c.day || !slices.Equal(a.Authors, c.authors) || a.Summary != one {
				t.Errorf("%+v", a)
			}
			if want := "<p>" + one + "</p>\n<p>" + two + "</p>"; a.ContentHTML != want {
				t.Errorf("%s", a.ContentHTML)
			}
		})
	}
}

// What looks like a byline or furniture between paragraphs, or under a list, is
// the article's.
func TestTextKeepsItsLines(t *testing.T) {
	body := strings.Join([]string{
		"Danh sách các trường nghỉ học vì mưa bão ngày 12 tháng 6",
		"Do ảnh hưởng của bão số 2, các trường sau cho học sinh nghỉ học từ chiều 12/6 cho đến khi có thông báo mới:",
		"Nguồn: Phòng Văn hóa - Xã hội",
		"Phụ huynh theo dõi thông tin trên nhóm lớp, \"không\" cho con em ra sông suối  khi nước còn lên cao...\"",
		"Tiêu đề",
		"Danh sách gồm",
		"Trường Mầm non Tân Lập",
		"Trường Tiểu học Tân Lập",
	}, "\n\n")
	p, err := page.Parse([]byte(body), options())
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(p.Article.ContentHTML, "<p>"); n != 7 || len(p.Article.Authors) > 0 {
		t.Errorf("%d paragraphs, authors %q: %s", n, p.Article.Authors, p.Article.ContentHTML)
	}
}
