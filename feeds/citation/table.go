package citation

// documentType is one type of document: its letters, and the names that stand
// for it in text.
type documentType struct {
	letters string
	names   []string
	// weak marks names that are everyday words too: a number after them needs
	// more to be a citation.
	weak bool
	// law marks what the National Assembly makes: a title may stand between name
	// and number ("Luật Đất đai số 31/2024/QH15").
	law bool
}

// documentTypes is Appendix III of NĐ 30/2020/NĐ-CP, the law-making types
// outside it, and the types of the Party (36-HD/VPTW). Where two types share a
// name (Quy định) the symbol decides.
var documentTypes = []documentType{
	// law-making
	{letters: "HP", names: []string{"hiến pháp"}, law: true},
	{letters: "L", names: []string{"luật", "bộ luật", "lệnh"}, law: true},
	{letters: "PL", names: []string{"pháp lệnh"}, law: true},
	{letters: "NQ", names: []string{"nghị quyết"}},
	{letters: "NQLT", names: []string{"nghị quyết liên tịch"}},
	{letters: "NĐ", names: []string{"nghị định"}},
	{letters: "QĐ", names: []string{"quyết định", "quy định"}},
	{letters: "QĐi"},
	{letters: "QyĐ"},
	{letters: "TT", names: []string{"thông tư", "thông tri"}},
	{letters: "TTLT", names: []string{"thông tư liên tịch"}},
	{letters: "VBHN", names: []string{"văn bản hợp nhất"}},
	// administrative and Party
	{letters: "CT", names: []string{"chỉ thị"}},
	{letters: "KL", names: []string{"kết luận", "kết luận thanh tra"}},
	{letters: "QC", names: []string{"quy chế"}},
	{letters: "TC", names: []string{"thông cáo"}},
	{letters: "TB", names: []string{"thông báo", "thông báo kết luận"}, weak: true},
	{letters: "HD", names: []string{"hướng dẫn"}, weak: true},
	{letters: "CTr", names: []string{"chương trình", "chương trình hành động", "chương trình công tác"}, weak: true},
	{letters: "KH", names: []string{"kế hoạch", "kế hoạch hành động"}, weak: true},
	{letters: "PA", names: []string{"phương án"}, weak: true},
	{letters: "ĐA", names: []string{"đề án"}, weak: true},
	{letters: "DA", names: []string{"dự án"}, weak: true},
	{letters: "BC", names: []string{"báo cáo"}, weak: true},
	{letters: "BB", names: []string{"biên bản"}, weak: true},
	{letters: "TTr", names: []string{"tờ trình"}},
	{letters: "HĐ", names: []string{"hợp đồng"}, weak: true},
	{letters: "CĐ", names: []string{"công điện", "công điện khẩn"}},
	{letters: "CV", names: []string{"công văn"}},
	{letters: "BGN", names: []string{"bản ghi nhớ"}, weak: true},
	{letters: "BTT", names: []string{"bản thỏa thuận"}, weak: true},
	{letters: "GUQ", names: []string{"giấy ủy quyền"}, weak: true},
	{letters: "GM", names: []string{"giấy mời"}, weak: true},
	{letters: "GGT", names: []string{"giấy giới thiệu"}, weak: true},
	{letters: "GNP", names: []string{"giấy nghỉ phép"}, weak: true},
	{letters: "PG", names: []string{"phiếu gửi"}, weak: true},
	{letters: "PC", names: []string{"phiếu chuyển"}, weak: true},
	{letters: "PB", names: []string{"phiếu báo"}, weak: true},
	{letters: "SY", names: []string{"sao y"}, weak: true},
	{letters: "TrS", names: []string{"trích sao"}, weak: true},
	{letters: "SL", names: []string{"sao lục", "sắc lệnh"}},
}

// issuer is an issuer's letters in a symbol.
type issuer struct {
	letters string
	party   bool
	// number is the type of a number that carries this issuer alone, where
	// nothing beside it tells the type.
	number string
}

// issuers are the letters that are known. A symbol whose type is known may carry
// others: agencies are many and change.
var issuers = []issuer{
	// Party
	{letters: "TW", party: true}, {letters: "TU", party: true}, {letters: "HU", party: true},
	{letters: "QU", party: true}, {letters: "ThU", party: true}, {letters: "ĐU", party: true},
	{letters: "ĐUK", party: true}, {letters: "ĐB", party: true}, {letters: "CB", party: true},
	{letters: "QUTW", party: true}, {letters: "ĐUCA", party: true}, {letters: "BCSĐ", party: true},
	{letters: "BCT", party: true}, {letters: "BBT", party: true}, {letters: "BCĐTW", party: true},
	{letters: "VPTW", party: true}, {letters: "VPTU", party: true}, {letters: "VPHU", party: true},
	{letters: "BTCTW", party: true}, {letters: "BTCTU", party: true}, {letters: "BTCHU", party: true},
	{letters: "BTGTW", party: true}, {letters: "BTGTU", party: true}, {letters: "BTGHU", party: true},
	{letters: "BTGDVTW", party: true}, {letters: "BTGDVTU", party: true},
	{letters: "BDVTW", party: true}, {letters: "BDVTU", party: true}, {letters: "BDVHU", party: true},
	{letters: "BNCTW", party: true}, {letters: "BNCTU", party: true},
	{letters: "UBKT", party: true}, {letters: "UBKTTW", party: true}, {letters: "UBKTTU", party: true},
	{letters: "UBKTHU", party: true}, {letters: "UBKTĐU", party: true},
	// highest organs of the State
	{letters: "QH", number: "L"}, {letters: "UBTVQH", number: "PL"}, {letters: "CTN"}, {letters: "VPQH"}, {letters: "VPCTN"},
	{letters: "CP", number: "NĐ"}, {letters: "TTg", number: "QĐ"}, {letters: "VPCP"}, {letters: "HĐBT", number: "NĐ"},
	{letters: "TANDTC"}, {letters: "VKSNDTC"}, {letters: "HĐTP"}, {letters: "TAND"}, {letters: "VKS"}, {letters: "VKSND"},
	{letters: "KTNN"}, {letters: "HĐBCQG"},
	// ministries, now and before
	{letters: "BCA"}, {letters: "BCT"}, {letters: "BCN"}, {letters: "BDTTG"}, {letters: "BGDĐT"}, {letters: "BGTVT"},
	{letters: "BKHCN"}, {letters: "BKHĐT"}, {letters: "BLĐTBXH"}, {letters: "BNG"}, {letters: "BNN"}, {letters: "BNNMT"},
	{letters: "BNNPTNT"}, {letters: "BNV"}, {letters: "BQP"}, {letters: "BTC"}, {letters: "BTM"}, {letters: "BTNMT"},
	{letters: "BTP"}, {letters: "BTTTT"}, {letters: "BVHTT"}, {letters: "BVHTTDL"}, {letters: "BXD"}, {letters: "BYT"},
	{letters: "NHNN"}, {letters: "TTCP"}, {letters: "UBDT"}, {letters: "BHXH"}, {letters: "TCT"}, {letters: "TCHQ"},
	// local
	{letters: "HĐND"}, {letters: "UBND"}, {letters: "UB"}, {letters: "VPUBND"}, {letters: "VP"}, {letters: "MTTQ"},
	{letters: "UBMTTQ"}, {letters: "MTTW"}, {letters: "BTV"}, {letters: "BCH"}, {letters: "BCĐ"}, {letters: "BTT"},
	{letters: "SGDĐT"}, {letters: "SNV"}, {letters: "STC"}, {letters: "SYT"}, {letters: "SXD"}, {letters: "STP"},
}

// issuerHeads begin an issuer's name in text; a name may chain them ("Ban
// Thường vụ" + "Tỉnh ủy").
var issuerHeads = []string{
	// Party
	"ban chấp hành", "ban thường vụ", "ban bí thư", "bộ chính trị", "ban chấp hành trung ương", "bch", "btv", "bch tw",
	"trung ương", "trung ương đảng", "tw", "tw đảng", "đảng", "đảng cộng sản việt nam",
	"tỉnh ủy", "thành ủy", "huyện ủy", "quận ủy", "thị ủy", "đảng ủy", "đảng bộ", "chi bộ", "quân ủy trung ương", "thường trực",
	"ban tổ chức", "ban tuyên giáo", "ban tuyên giáo và dân vận", "ban dân vận", "ban nội chính", "ban kinh tế", "ủy ban kiểm tra",
	"ban cán sự đảng", "văn phòng", "ban chỉ đạo",
	// State
	"quốc hội", "ủy ban thường vụ quốc hội", "ubtvqh", "chủ tịch nước", "chính phủ", "thủ tướng", "thủ tướng chính phủ",
	"phó thủ tướng", "phó thủ tướng chính phủ", "hội đồng bộ trưởng", "liên bộ", "bộ trưởng",
	"tòa án nhân dân", "tòa án nhân dân tối cao", "viện kiểm sát nhân dân", "viện kiểm sát nhân dân tối cao", "hội đồng thẩm phán",
	"kiểm toán nhà nước", "tổng kiểm toán nhà nước", "thanh tra chính phủ", "tổng thanh tra chính phủ",
	"ngân hàng nhà nước", "ngân hàng nhà nước việt nam", "thống đốc", "bảo hiểm xã hội việt nam", "tổng cục thuế", "tổng cục hải quan",
	"hội đồng bầu cử quốc gia", "ủy ban dân tộc", "ủy ban quốc gia",
	"hội đồng nhân dân", "hđnd", "ủy ban nhân dân", "ubnd", "chủ tịch", "phó chủ tịch", "công an", "thanh tra",
	"ủy ban mặt trận tổ quốc", "ủy ban mttq", "mặt trận tổ quốc", "mặt trận tổ quốc việt nam", "liên đoàn lao động", "tỉnh đoàn", "huyện đoàn",
	"trung ương đoàn", "hội nông dân", "hội liên hiệp phụ nữ", "hội cựu chiến binh",
}

// localHeads are heads that a place's name may follow at once: "Tỉnh ủy Phú Thọ".
var localHeads = []string{
	"tỉnh ủy", "thành ủy", "huyện ủy", "quận ủy", "thị ủy", "đảng ủy", "tỉnh đoàn", "huyện đoàn", "công an", "ubnd", "hđnd",
}

// fieldHeads need a field after them: "Bộ Tài chính", "Sở Giáo dục và Đào tạo".
// In place of a field an abbreviation in capitals may stand ("Bộ GTVT").
var fieldHeads = []string{"bộ", "sở", "phòng", "cục", "bộ trưởng bộ", "giám đốc sở", "liên sở"}

var fields = []string{
	"công an", "công thương", "công nghiệp", "dân tộc và tôn giáo", "giáo dục", "giáo dục và đào tạo", "giáo dục - đào tạo",
	"giao thông vận tải", "kế hoạch và đầu tư", "kế hoạch - đầu tư", "khoa học và công nghệ", "lao động - thương binh và xã hội",
	"lao động, thương binh và xã hội", "ngoại giao", "nội vụ", "nông nghiệp", "nông nghiệp và môi trường",
	"nông nghiệp và phát triển nông thôn", "quốc phòng", "tài chính", "tài chính - kế hoạch", "tài nguyên và môi trường", "thương mại",
	"thông tin và truyền thông", "tư pháp", "văn hóa", "văn hóa - thông tin", "văn hóa, thể thao và du lịch", "xây dựng", "y tế",
	"thuế", "hải quan", "quản lý thị trường", "dân tộc",
}

// unitWords stand before the name of an administrative unit.
var unitWords = []string{"tỉnh", "thành phố", "tp", "tp.", "huyện", "quận", "thị xã", "tx", "tx.", "xã", "phường", "thị trấn", "đặc khu"}

// counted are nouns that a number counts: "Kế hoạch 5 năm" repeats no number.
var counted = []string{
	"năm", "tháng", "ngày", "tuần", "quý", "giờ", "phút", "lần", "bước", "giai đoạn", "cấp", "người", "cán bộ", "đồng chí", "hộ", "nhà",
	"xã", "huyện", "tỉnh", "thôn", "điểm", "điều", "khoản", "mục", "mục tiêu", "chỉ tiêu", "nội dung", "nhiệm vụ", "vấn đề", "việc",
	"trường hợp", "nhóm", "loại", "nghìn", "ngàn", "triệu", "tỷ", "tỉ", "đồng", "phần", "phần trăm", "km", "m", "ha", "suất", "công trình",
	"dự án", "đơn vị", "đợt", "tấn", "lớp", "trường", "đội", "bên", "trang", "bản",
}
