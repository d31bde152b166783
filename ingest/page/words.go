package page

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"loa/feeds"
)

// Everything here compares slugs: the words of a line in ASCII, without its
// marks and signs, so that `Tiêu đề *` and `TIÊU ĐỀ` are one.

// relatedHeads are the headings of lists of other articles, and of comments: the
// article is over there.
var relatedHeads = set(`cac-tin-cung-chuyen-muc tin-cung-chuyen-muc cac-tin-cung-chuyen-de tin-lien-quan cac-tin-lien-quan
	tin-bai-lien-quan bai-viet-lien-quan cac-bai-viet-lien-quan bai-lien-quan noi-dung-lien-quan tin-khac cac-tin-khac
	tin-tuc-khac cac-tin-tuc-khac bai-viet-khac cac-bai-viet-khac tin-bai-khac cac-tin-bai-khac cac-tin-da-dua tin-da-dua
	cac-tin-da-dang tin-da-dang tin-moi-hon nhung-tin-moi-hon cac-tin-moi-hon tin-cu-hon nhung-tin-cu-hon cac-tin-cu-hon
	tin-moi tin-moi-nhat cac-tin-moi-nhat tin-moi-dang tin-doc-nhieu tin-xem-nhieu doc-nhieu-nhat xem-nhieu-nhat tin-noi-bat
	tin-tuc-lien-quan cung-chuyen-muc bai-viet-cung-chuyen-muc tin-bai-cung-chuyen-muc tin-tuc-cung-chuyen-muc cac-bai-cung-chuyen-muc
	tin-cung-loai co-the-ban-quan-tam bai-viet-moi bai-viet-moi-nhat cac-tin-tiep-theo tin-tiep-theo thong-bao-khac cac-thong-bao-khac
	van-ban-lien-quan binh-luan binh-luan-bai-viet gui-binh-luan y-kien-ban-doc y-kien-cua-ban gui-y-kien y-kien-binh-luan viet-binh-luan
	them-binh-luan danh-sach-binh-luan de-lai-binh-luan leave-a-reply tin-lien-quan-khac cac-tin-khac-cung-chuyen-muc`)

// relatedStarts begin headings and notes of which the rest varies.
var relatedStarts = []string{"tong-so-diem-cua-bai-viet", "click-de-danh-gia", "ban-da-khong-su-dung-site", "de-lai-mot-binh-luan", "xep-hang-"}

// footers begin the lines that a site puts under all its pages.
var footers = []string{"ban-quyen-thuoc", "co-quan-chu-quan", "chiu-trach-nhiem", "copyright", "giay-phep-so", "giay-phep-thiet-lap", "trang-thong-tin-dien-tu", "cong-thong-tin-dien-tu"}

// furniture are things to press; a line of nothing else is none of the article's.
var furniture = set(`skip-ribbon-commands skip-to-main-content turn-on-more-accessible-mode turn-off-more-accessible-mode turn-off-animations
	in-bai-viet in-bai in-trang in-trang-nay in-tin in ban-in print gui-email gui-mail email-cho-ban-be gui-cho-ban-be gui-bai-viet gui-tin
	gui-bai-viet-qua-email chia-se chia-se-bai-viet chia-se-tren-facebook chia-se-facebook share facebook zalo twitter google tweet linkedin
	a co-chu tang-co-chu giam-co-chu phong-to thu-nho mac-dinh do-tuong-phan tuong-phan doc-bai doc-bai-viet nghe-bai-viet nghe-doc-bai
	ve-trang-truoc tro-ve-trang-truoc quay-lai quay-lai-trang-truoc tro-ve tro-lai ve-dau-trang len-dau-trang dau-trang luu-bai-viet
	luu-tin sao-chep-lien-ket copy-link xem-voi-co-chu thich like theo-doi phan-hoi ra-khoi-trang hop-thu-gop-y dong-lai`)

// menus stand above an article; under its title they may be its words.
var menus = set(`trang-chu gioi-thieu lien-he dang-nhap dang-ky dang-xuat tim-kiem so-do-cong so-do-trang so-do-site sitemap english tieng-viet
	menu home hoi-dap thu-dien-tu rss ban-do tro-giup lich-cong-tac thu-tuc-hanh-chinh dich-vu-cong van-ban van-ban-phap-luat toggle-navigation`)

// formLabels are the labels of comment forms.
var formLabels = set(`tieu-de nguoi-gui email dia-chi-email noi-dung-binh-luan noi-dung ho-ten ho-va-ten ten-cua-ban dien-thoai so-dien-thoai dia-chi
	ma-xac-nhan ma-bao-mat ma-bao-ve ma-kiem-tra gui-binh-luan gui nhap-lai lam-lai huy binh-luan y-kien-cua-ban thu-dien-tu gui-di noi-dung-gop-y`)

// sections are the names that categories have on most portals.
var sections = set(`tin-tuc tin-tuc-su-kien su-kien thoi-su thoi-su-chinh-tri chinh-tri kinh-te kinh-te-xa-hoi van-hoa-xa-hoi van-hoa xa-hoi
	thong-bao thong-bao-moi tin-noi-bat tin-trong-tinh tin-trong-huyen tin-trong-xa tin-hoat-dong hoat-dong cai-cach-hanh-chinh chuyen-doi-so
	an-ninh-quoc-phong quoc-phong-an-ninh giao-duc giao-duc-dao-tao y-te nong-thon-moi nong-nghiep phap-luat xay-dung-dang xay-dung-chinh-quyen
	doan-the khoa-hoc-cong-nghe moi-truong tai-nguyen-moi-truong the-thao van-hoa-the-thao du-lich tin-dia-phuong tin-chi-dao-dieu-hanh
	chi-dao-dieu-hanh tin-tong-hop tin-xa-phuong tuyen-truyen pho-bien-phap-luat lich-tiep-cong-dan tuyen-dung quy-hoach dau-tu doanh-nghiep`)

// meaning is what a label says of the value behind it.
type meaning int

const (
	noMeaning meaning = iota
	publishedOn
	updatedOn
	author
	source
	inSection
	tagged
	counted // views and the like: nothing that is kept
)

// labels are what stands before a date or a name, with or without a colon.
var labels = func() map[string]meaning {
	m := map[string]meaning{}
	for k, words := range map[meaning]string{
		publishedOn: `ngay-dang ngay-dang-tin ngay-dang-bai ngay-dang-tai dang-ngay dang-luc dang-tai dang-tai-ngay dang-vao ngay-xuat-ban xuat-ban
			ngay-tao ngay-viet ngay-dua-tin ngay-dua thoi-gian-dang thoi-gian-dang-tin da-dang date post-date ngay-gui`,
		updatedOn: `cap-nhat cap-nhat-luc cap-nhat-ngay ngay-cap-nhat cap-nhat-lan-cuoi cap-nhat-cuoi lan-cap-nhat-cuoi sua-doi ngay-sua last-modified`,
		author: `tac-gia tac-gia-bai-viet nguoi-viet nguoi-dang nguoi-dang-tin dang-boi but-danh nguoi-dua-tin tin anh tin-anh tin-va-anh bai bai-anh bai-va-anh
			tin-bai tin-bai-anh tin-bai-va-anh thuc-hien nguoi-thuc-hien bien-tap nguoi-bien-tap bai-viet`,
		source:    `nguon nguon-tin nguon-bai-viet theo-nguon theo nguon-tin-bai`,
		inSection: `chuyen-muc danh-muc muc`,
		tagged:    `tu-khoa tags tag the tu-khoa-tim-kiem`,
		counted: `luot-xem so-luot-xem luot-doc so-luot-doc so-lan-xem so-lan-doc da-xem da-doc luot-truy-cap so-luot-truy-cap xem views danh-gia
			luot-thich luot-tai so-binh-luan so-luot-tai`,
	} {
		for w := range strings.FieldsSeq(words) {
			m[w] = k
		}
	}
	return m
}()

// dateWords are the words that may stand in a date.
var dateWords = set(`thu hai ba tu nam sau bay chu nhat cn t t2 t3 t4 t5 t6 t7 ngay thang luc gio phut giay h h00 g p s gmt utc ict am pm sa ch vao
	mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday jan feb mar apr may jun jul aug sep oct nov dec
	january february march april june july august september october november december truoc hom qua nay cach day tuan nguon va th`)

// organs begin the names of those who sign for an office.
var organs = []string{"ban-", "phong-", "trung-tam-", "van-phong", "dai-", "ubnd", "uy-ban-", "hdnd", "cong-an-", "truong-", "hoi-", "doan-", "so-",
	"cong-thong-tin", "bao-", "trang-thong-tin", "to-", "chi-cuc-", "cuc-", "lien-doan-", "mttq", "mat-tran-", "dang-uy-", "huyen-uy", "tinh-uy", "thanh-uy",
	"tram-", "thong-tan-xa", "bo-", "vien-", "quy-", "khoi-", "chi-bo-", "bch-", "bchqs-", "ttxvn", "vov", "vtv"}

var views = regexp.MustCompile(`^[0-9]+(-[0-9]+)*-(luot-xem|luot-doc|luot-truy-cap|views|lan-xem|binh-luan|luot-thich)$`)

// isFurniture reports whether a slug is made of nothing but things to press.
func isFurniture(slug string) bool {
	if slug == "" || len(slug) > 150 {
		return false
	}
	if furniture[slug] || views.MatchString(slug) {
		return true
	}
	parts := strings.Split(slug, "-")
	reach := make([]bool, len(parts)+1)
	reach[0] = true
	for i := range parts {
		for j := i + 1; reach[i] && j <= len(parts) && j-i <= 6; j++ {
			reach[j] = reach[j] || furniture[strings.Join(parts[i:j], "-")]
		}
	}
	return reach[len(parts)]
}

func isRelated(slug string) bool {
	if len(slug) > 80 {
		return false
	}
	if relatedHeads[strings.Trim(strings.TrimRight(slug, "0123456789"), "-")] {
		return true
	}
	return hasAnyPrefix(slug, relatedStarts)
}

func hasAnyPrefix(s string, starts []string) bool {
	for _, p := range starts {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// isName reports whether s has the form of a person's name: two to five words
// with capitals, no digits.
func isName(s string) bool {
	words := strings.Fields(s)
	if len(words) < 2 || len(words) > 5 {
		return false
	}
	for _, w := range words {
		r, _ := utf8.DecodeRuneInString(w)
		if !unicode.IsUpper(r) || strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && r != '.' && r != '\'' }) || utf8.RuneCountInString(w) > 8 {
			return false
		}
	}
	return !strings.HasSuffix(s, ".")
}

var between = regexp.MustCompile(`\s*[,;&/–-]\s*|\s+và\s+`)

// people splits a byline into names where each part is one.
func people(s string) []string {
	s = strings.Trim(s, " \t.;,:-–*()[]")
	if s == "" || utf8.RuneCountInString(s) > 150 {
		return nil
	}
	if hasAnyPrefix(feeds.Slug(s)+"-", organs) {
		return []string{s}
	}
	parts := between.Split(s, -1)
	for _, p := range parts {
		r, _ := utf8.DecodeRuneInString(p)
		if len(parts) > 1 && !isName(p) && (strings.Contains(p, " ") || !unicode.IsUpper(r)) {
			return []string{s}
		}
	}
	return parts
}

// noAuthor are names that programs put in when nobody signs.
var noAuthor = set("admin administrator quantri quan-tri quan-tri-vien quan-tri-he-thong system-account system root superuser-account host editor bien-tap-vien")

func isAuthor(s string) bool {
	slug := feeds.Slug(s)
	return slug != "" && !noAuthor[slug] && !strings.ContainsAny(s, "@<>{}") && !strings.Contains(s, "://")
}
