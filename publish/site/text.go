package site

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"loa/feeds"
	"loa/feeds/citation"
)

// Lang is a language of pages and short texts, an RFC 5646 tag. Feeds and their
// articles are in the language of their publishers.
type Lang string

// The languages. Vietnamese is the one of whoever asks for neither.
const (
	Vietnamese Lang = "vi"
	English    Lang = "en"
)

// Langs lists them, the default first.
var Langs = [...]Lang{Vietnamese, English}

// phrase is one text in all languages. A %s is the same in each.
type phrase struct{ vi, en string }

// Text returns a text of this package in a language. A key that is not there is
// a mistake in the program; it comes out as itself.
func Text(l Lang, key string, args ...any) string {
	p, ok := phrases[key]
	if !ok {
		return key
	}
	s := p.vi
	if l == English {
		s = p.en
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}

// Day writes a day as people read it; years before 1000 keep four digits.
func Day(l Lang, t time.Time) string {
	t = t.In(feeds.Zone)
	if l == English {
		return t.Format("2 January 2006")
	}
	return t.Format("02/01/2006")
}

// Subject is what a feed is about, for its titles.
type Subject struct {
	Selector feeds.Selector
	// Unit is the name of the unit of the selector; empty: it is not known.
	Unit string
	// Label is the name of the category or the number of the document as it is
	// written; empty: the selector's form of it.
	Label string
	// Follow is set when the units that came after stand in the feed too.
	Follow bool
	// Union has the names of the units of a feed of several.
	Union []string
	// Archive is the name of an archive of the feed, such as 2026-11-1.
	Archive string
	// AsOf is the day to whose end the feed goes; zero: it has no end.
	AsOf time.Time
}

// Titles are the title and the subtitle of a feed: in Vietnamese those of its
// documents, too.
func Titles(l Lang, s Subject) (title, subtitle string) {
	unit := s.Unit
	if unit == "" && s.Selector.Unit != "" {
		unit = Text(l, "unit", s.Selector.Unit)
	}
	label := s.Label
	if label == "" {
		label = s.Selector.Category + s.Selector.Document
	}
	switch {
	case len(s.Union) > 0:
		names := strings.Join(s.Union, ", ")
		title, subtitle = excerpt(names, 120), Text(l, "union subtitle", names)
		if s.Selector.Category != "" {
			title += ": " + label
		}
	case s.Selector.Kind == "provinces" && !s.Follow:
		title, subtitle = Text(l, "province title", unit), Text(l, "province subtitle", unit)
	case s.Selector.Kind == "types":
		title, subtitle = Text(l, "type title", typeLabel(s.Selector.Type)), Text(l, "type subtitle", typeLabel(s.Selector.Type))
	case s.Selector.Kind == "search" && label == "":
		title, subtitle = Text(l, "search"), Text(l, "search subtitle")
	case s.Selector.Kind == "search":
		title, subtitle = Text(l, "search title", label), Text(l, "search subtitle")
	case (s.Selector.Kind == "units" || s.Selector.Kind == "provinces") && s.Follow:
		title = unit
		if s.Selector.Category != "" {
			title += ": " + label
		}
		title = Text(l, "followed title", title)
		subtitle = Text(l, "followed subtitle", unit)
	case s.Selector.Kind == "units" && s.Selector.Category != "":
		title, subtitle = unit+": "+label, Text(l, "unit category subtitle", label, unit)
	case s.Selector.Kind == "units":
		title, subtitle = unit, Text(l, "unit subtitle", unit)
	case s.Selector.Kind == "categories":
		title, subtitle = label, Text(l, "category subtitle", label)
	case s.Selector.Kind == "documents":
		title, subtitle = Text(l, "document title", label), Text(l, "document subtitle", label)
	default:
		title, subtitle = Text(l, "all title"), Text(l, "all subtitle")
	}
	if !s.AsOf.IsZero() {
		subtitle += Text(l, "as of", Day(l, s.AsOf))
	}
	if s.Archive != "" && len(s.Archive) > 8 {
		title += Text(l, "archive", s.Archive[5:7]+"/"+s.Archive[:4], s.Archive[8:])
	}
	return title, subtitle
}

// typeLabel is the name of a type of document with its letters.
func typeLabel(letters string) string {
	name := citation.TypeName(letters)
	if name == "" {
		return letters
	}
	r, n := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(r)) + name[n:] + " (" + letters + ")"
}

// isName reports whether the title is a name, which is Vietnamese on any page.
func (s *Subject) isName() bool {
	return s.Selector.Kind == "units" && s.Unit != "" && !s.Follow || s.Selector.Kind == "categories"
}

// phrases are all texts of pages and short answers. A key says where a text
// stands; those that begin with "_loa" explain the extension of JSON Feed, those
// that begin with "http" are answers without a document.
var phrases = map[string]phrase{
	"skip":              {"Đến nội dung chính", "Skip to content"},
	"tagline":           {"tin bài từ các cổng thông tin điện tử", "news of Vietnamese state portals"},
	"footer":            {"Tin bài thuộc về cơ quan đã đăng; mỗi bài đều dẫn về trang gốc.", "Articles belong to those who published them; each one links to its original page."},
	"language":          {"Ngôn ngữ", "Language"},
	"home title":        {"Tin bài từ các cổng thông tin điện tử", "News of Vietnamese state portals"},
	"home intro":        {"Tin bài mới của các cổng thông tin điện tử, ở các dạng mà ứng dụng đọc tin nào cũng hiểu.", "News of Vietnamese state portals as feeds for any feed reader."},
	"by unit":           {"Theo đơn vị", "By unit"},
	"by category":       {"Theo chuyên mục", "By category"},
	"retired":           {"Đơn vị không còn", "Former units"},
	"other units":       {"Đơn vị khác", "Other units"},
	"addresses":         {"Địa chỉ nguồn tin", "Feed addresses"},
	"copy one":          {"Chép một địa chỉ vào ứng dụng đọc tin của bạn.", "Copy one of these into your feed reader."},
	"open":              {"mở %s", "open %s"},
	"related":           {"Nguồn tin liên quan", "Related feeds"},
	"newest":            {"Bài mới", "Newest articles"},
	"articles":          {"Bài đã đăng", "Articles"},
	"none":              {"Chưa có bài viết nào. Nguồn tin này vẫn dùng được: bài đầu tiên sẽ hiện ra ở đây.", "No articles yet. You can subscribe already: the first one will appear here."},
	"none then":         {"Không có bài viết nào.", "No articles."},
	"publishing":        {"Bài ban hành văn bản này", "Articles that publish it"},
	"citing":            {"Bài viết dẫn văn bản này", "Articles that cite it"},
	"nobody":            {"Chưa thấy bài nào.", "None has been seen."},
	"copy":              {"Bản lưu", "Copy kept here"},
	"copy of":           {"Bản lưu: %s", "Copy kept here: %s"},
	"received":          {"nhận lúc %s", "received %s"},
	"corrected":         {"Bài đã được sửa lúc", "The article was corrected on"},
	"reason":            {"Lý do: %s", "Reason: %s"},
	"attachments":       {"Tệp đính kèm", "Attachments"},
	"cited":             {"Văn bản được nhắc đến", "Documents it names"},
	"term":              {"khóa %s", "term %s"},
	"tags":              {"Từ khóa: %s", "Tags: %s"},
	"original":          {"Xem bài ở trang gốc", "Original page"},
	"gone title":        {"Bài viết đã được rút", "Article withdrawn"},
	"gone":              {"%s đã rút bài viết này lúc", "%s took this article back on"},
	"correction":        {"Đính chính", "Correction"},
	"same":              {"Bài cùng nội dung:", "The same, by:"},
	"more of":           {"Tin khác của %s", "Other articles of %s"},
	"unit":              {"Đơn vị %s", "Unit %s"},
	"ended":             {"Đơn vị này không còn từ ngày %s.", "This unit is no more since %s."},
	"ended by":          {"Đơn vị này không còn từ ngày %s theo văn bản số %s.", "This unit is no more since %s by act %s."},
	"now":               {"Nay là:", "In its place:"},
	"follow":            {"Theo dõi cả các đơn vị kế tục", "Follow its successors as well"},
	"absent":            {"Danh mục không có đơn vị nào mang mã này vào ngày %s.", "The register has no unit with this code on %s."},
	"as of":             {", đến hết ngày %s", ", up to the end of %s"},
	"by type":           {"Theo loại văn bản", "By type of document"},
	"opml":              {"Danh sách mọi nguồn tin (OPML)", "List of all feeds (OPML)"},
	"search":            {"Tìm kiếm", "Search"},
	"search label":      {"Từ cần tìm, hoặc số văn bản", "Words, or the number of a document"},
	"search help":       {"Không dấu thì tìm mọi cách viết; “trong ngoặc kép” là nguyên cụm; dấu trừ trước từ nào thì bỏ bài có từ ấy.", "Without diacritics any spelling is found; “in quotes” is a phrase; a minus before a word leaves out what has it."},
	"search title":      {"Tìm: %s", "Search: %s"},
	"search subtitle":   {"Bài viết có các từ này", "Articles with these words"},
	"found":             {"Bài tìm thấy", "Articles found"},
	"found none":        {"Không thấy bài nào. Bạn vẫn có thể theo dõi: bài mới có các từ này sẽ hiện ra ở đây.", "Nothing was found. You can subscribe all the same: new articles with these words will appear here."},
	"union subtitle":    {"Tin bài của %s", "Articles of %s"},
	"province title":    {"%s: tin của tỉnh và các xã", "%s and its communes"},
	"province subtitle": {"Tin bài mới của %s và các đơn vị trong tỉnh", "New articles of %s and the units in it"},
	"type title":        {"Văn bản loại %s", "Documents of type %s"},
	"type subtitle":     {"Bài ban hành hoặc nêu trong đầu đề văn bản loại %s", "Articles that publish a document of type %s or name one in their title"},
	"archive":           {", lưu trữ tháng %s, phần %s", ", archive of %s, part %s"},
	"http 410":          {"Bài viết đã được rút.", "The article was withdrawn."},
	"http 429":          {"Yêu cầu đến quá dày. Xin đợi theo Retry-After và gửi kèm If-None-Match.", "Too many requests. Please wait as Retry-After says, and send If-None-Match."},
	"all title":         {"Tất cả tin bài", "All articles"},
	"all subtitle":      {"Tin bài mới từ các cổng thông tin điện tử", "New articles of Vietnamese state portals"},

	"unit subtitle":          {"Tin bài của %s", "Articles of %s"},
	"unit category subtitle": {"Tin bài của chuyên mục %s, %s", "Articles in %s, %s"},
	"category subtitle":      {"Tin bài của chuyên mục %s, từ mọi đơn vị", "Articles in %s, of all units"},
	"document title":         {"Văn bản %s", "Document %s"},
	"document subtitle":      {"Tin bài ban hành hoặc dẫn văn bản %s", "Articles that publish or cite document %s"},
	"followed title":         {"%s và các đơn vị kế tục", "%s and its successors"},
	"followed subtitle":      {"Tin bài của %s và của các đơn vị sau đó", "Articles of %s and of the units that came after it"},

	"_loa title":          {"Phần mở rộng _loa của JSON Feed", "The _loa extension of JSON Feed"},
	"_loa intro":          {"Mỗi mục trong JSON Feed có thêm một đối tượng _loa. Các trường chỉ được thêm, không bị bỏ hay đổi nghĩa.", "Each item has an object _loa. Members are only ever added, never removed or changed in meaning."},
	"_loa about":          {"Địa chỉ của phần này.", "The address of this text."},
	"_loa unit":           {"Mã đơn vị hành chính theo Cục Thống kê và tên của đơn vị đã đăng bài, như vào lúc đăng.", "GSO code and name of the administrative unit that published the article, as it then was; the name is empty when it is not known."},
	"_loa published_raw":  {"Ngày đăng đúng như trang gốc ghi, và độ chính xác: second, minute, hour, day, unknown.", "The date as its publisher wrote it, and how precise it is: second, minute, hour, day, unknown."},
	"_loa first_seen":     {"Lúc loa nhận được bài lần đầu.", "When loa first had the article."},
	"_loa revision":       {"Số lần bản, từ 1; tăng khi nội dung đổi.", "Number of the revision, from 1; it grows when the words change."},
	"_loa withdrawn":      {"true khi cơ quan đăng tin đã rút bài.", "Whether the publisher took the article back."},
	"_loa source":         {"Nguồn mà bài đến từ đó: id, url.", "The source that the article came from: id, url."},
	"_loa channels":       {"Các đường vào: event (cổng gửi sang), poll (đọc từ nguồn tin).", "The ways on which it came: event (sent by the portal), poll (read from a feed)."},
	"_loa citations":      {"Các văn bản được nhắc đến: type, number, symbol, year, date (ngày của văn bản), term (khóa); publishes là true khi chính bài này đăng văn bản đó.", "The documents that it names: type, number, symbol, year, date (of the document), term; publishes is true when the article itself brings the document out."},
	"_loa correction":     {"Có khi bản này đính chính bản trước: reason là lý do, nếu cơ quan đăng tin nêu.", "There when this revision corrects the one before; reason is why, if the publisher said so."},
	"_loa related":        {"Các bài của đơn vị khác cùng nội dung, không hiện riêng trong nguồn tin chung: id, url, unit, unit_name, title.", "Articles of other units that tell the same and are not shown beside it in a feed of several units: id, url, unit, unit_name, title."},
	"_loa feed":           {"Đối tượng _loa của cả nguồn tin có thể có:", "The object _loa of a whole feed may have:"},
	"_loa feed withdrawn": {"Danh sách bài đã rút: id, when, reason.", "The articles that were taken back: id, when, reason."},
	"_loa feed archive":   {"true khi đó là kho lưu.", "Whether it is an archive."},
	"_loa feed retired":   {"Khi đơn vị không còn: date (từ ngày), act (theo văn bản), successors (các đơn vị kế tục: unit, name, feed_url).", "When the unit is no more: date (since when), act (by which act), successors (unit, name, feed_url)."},

	"http moved":    {"Trang này ở địa chỉ khác.", "This has another address."},
	"http 400":      {"Không hiểu địa chỉ: as_of là một ngày (as_of=2020-08-24), n là một số, content là full hoặc summary, unit là mã đơn vị, và tìm kiếm cần có q.", "The query is not understood: as_of is a day (as_of=2020-08-24), n a number, content full or summary, unit a code, and a search needs q."},
	"http 404":      {"Không có trang này. Danh sách nguồn tin ở trang chủ.", "No such page. The front page lists the feeds."},
	"http 405":      {"Ở đây chỉ đọc được (GET, HEAD).", "This can only be read (GET, HEAD)."},
	"http 406":      {"Không có dạng nén mà yêu cầu này chấp nhận (Accept-Encoding).", "No content coding that this request accepts; accept gzip or identity."},
	"http 412":      {"Tài liệu không còn như điều kiện của yêu cầu.", "The document is not what the request's precondition says."},
	"http 503":      {"Tạm thời chưa đọc được. Xin thử lại sau ít giây.", "Not available for the moment. Please try again in a few seconds."},
	"language name": {"Tiếng Việt", "English"},
}

// joined lists names.
func joined(names []string) string { return strings.Join(names, ", ") }
