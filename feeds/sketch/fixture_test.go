package sketch_test

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

//go:embed testdata/articles.txt
var articles string

// article is a text in paragraphs.
type article struct {
	title string
	paras []string
}

func (a article) text() string { return strings.Join(a.paras, " ") }

func (a article) clone() article {
	a.paras = slices.Clone(a.paras)
	return a
}

func fixtures() (out []article) {
	for part := range strings.SplitSeq(articles, "== ") {
		if part == "" {
			continue
		}
		lines := strings.Split(strings.TrimSpace(part), "\n\n")
		out = append(out, article{lines[0], lines[1:]})
	}
	return out
}

// mutator makes a copy of an article as another unit would bring it out.
type mutator struct {
	name string
	do   func(article, *rand.Rand) article
}

var mutators = []mutator{
	{"none", func(a article, _ *rand.Rand) article { return a }},
	{"paragraph dropped", func(a article, r *rand.Rand) article {
		if i := r.IntN(len(a.paras)); len(a.paras) > 1 {
			a.paras = slices.Delete(a.paras, i, i+1)
		}
		return a
	}},
	{"byline and footer added", func(a article, r *rand.Rand) article {
		a.paras = append(a.paras, fmt.Sprintf("Tin, ảnh: Nguyễn Văn A – Đài truyền thanh xã. Ngày đăng: %d/%d/2026 %d:%02d. Lượt xem: %d", 1+r.IntN(28), 1+r.IntN(12), r.IntN(24), r.IntN(60), r.IntN(9000)))
		return a
	}},
	{"byline changed", func(a article, r *rand.Rand) article {
		a.paras = append(a.paras, []string{"Trần Thị B", "Lê Văn C (sưu tầm)", "Theo Cổng thông tin huyện", "Bài, ảnh: Phạm D"}[r.IntN(4)])
		return a
	}},
	{"header added", func(a article, r *rand.Rand) article {
		a.paras = slices.Insert(a.paras, 0, []string{"(Yên Lạc) - Trang tin của xã trân trọng giới thiệu.", "YLO – ", "Tề Lỗ - "}[r.IntN(3)])
		return a
	}},
	{"title changed", func(a article, _ *rand.Rand) article {
		a.title = "Tin trong huyện: " + a.title
		return a
	}},
	{"tail cut by 30 %", func(a article, _ *rand.Rand) article { return cut(a, 0.7) }},
	{"tail cut by 40 %", func(a article, _ *rand.Rand) article { return cut(a, 0.6) }},
	{"tones placed otherwise", func(a article, _ *rand.Rand) article {
		to := strings.NewReplacer("óa", "oá", "òa", "oà", "ủy", "uỷ", "úy", "uý", "ỏe", "oẻ", "ùy", "uỳ", "óe", "oé")
		a.title = to.Replace(a.title)
		for i := range a.paras {
			a.paras[i] = to.Replace(a.paras[i])
		}
		return a
	}},
	{"marks lost", func(a article, _ *rand.Rand) article {
		for i := range a.paras {
			a.paras[i] = strings.NewReplacer("đ", "d", "ạ", "a", "ế", "e", "ộ", "o", "ư", "u", "ơ", "o", "ả", "a").Replace(a.paras[i])
		}
		return a
	}},
	{"one word in 25 changed", func(a article, r *rand.Rand) article {
		for i, p := range a.paras {
			w := strings.Fields(p)
			for j := r.IntN(25); j < len(w); j += 25 {
				if strings.ToLower(w[j]) == w[j] && !strings.ContainsAny(w[j], "0123456789") {
					w[j] = []string{"đã", "rất", "cùng", "nhiều"}[r.IntN(4)]
				}
			}
			a.paras[i] = strings.Join(w, " ")
		}
		return a
	}},
	{"dropped, cut and footer", func(a article, r *rand.Rand) article {
		if len(a.paras) > 2 {
			i := r.IntN(len(a.paras) - 2)
			a.paras = slices.Delete(a.paras, i, i+1)
		}
		a.paras = append(a.paras, "Nguồn: Trang thông tin huyện. Nguyễn Thị E")
		return cut(a, 0.85)
	}},
	{"years added to days", func(a article, _ *rand.Rand) article {
		for i, p := range a.paras {
			a.paras[i] = dates.ReplaceAllString(p, "$1/$2/2026")
		}
		return a
	}},
	{"title in capitals", func(a article, _ *rand.Rand) article { a.title = strings.ToUpper(a.title); return a }},
}

var dates = regexp.MustCompile(`\b(\d+)/(\d+)\b`)

// cut keeps the first share of a text's words.
func cut(a article, share float64) article {
	w := strings.Fields(a.text())
	a.paras = []string{strings.Join(w[:int(share*float64(len(w)))], " ")}
	return a
}

// template is a text of which units bring out many, with holes, and for each hole
// two or more fillings.
type template struct {
	name, title, text string
	fill              [][]string
}

// build fills the holes; hole i takes its filling number choice[i].
func (t template) build(choice []int) article {
	var r []string
	for i, f := range t.fill {
		r = append(r, fmt.Sprintf("{%d}", i), f[choice[i]])
	}
	to := strings.NewReplacer(r...)
	return article{to.Replace(t.title), []string{to.Replace(t.text)}}
}

var templates = []template{
	{"invitation", "Giấy mời họp giao ban công tác tháng ngày {0}",
		"Thực hiện chương trình công tác, Ủy ban nhân dân xã {1} kính mời các đồng chí trưởng thôn, cán bộ chuyên môn dự họp giao ban đánh giá kết quả và triển khai nhiệm vụ. Thời gian: {2} giờ 00, ngày {0}. Địa điểm: phòng họp số {3}, trụ sở Ủy ban nhân dân xã. Chủ trì: đồng chí Chủ tịch Ủy ban nhân dân. Đề nghị các đồng chí chuẩn bị báo cáo và đến dự đúng giờ.",
		[][]string{{"12/5", "19/5", "12/6"}, {"Yên Đồng", "Trung Hà"}, {"8", "14"}, {"1", "2"}}},
	{"invitation without a date in its title", "Giấy mời họp giao ban",
		"Văn phòng trân trọng kính mời các đồng chí lãnh đạo, trưởng các phòng, ban, ngành, đoàn thể tham dự hội nghị giao ban thường kỳ để nghe báo cáo kết quả thực hiện nhiệm vụ, bàn phương hướng công tác trong thời gian tới và thống nhất một số nội dung liên quan. Thời gian: 7 giờ 30 phút, thứ {0}, ngày {1} tháng {2} năm 2026. Địa điểm: hội trường tầng 2. Giấy mời này thay cho giấy triệu tập.",
		[][]string{{"hai", "sáu"}, {"04", "11"}, {"5", "6"}}},
	{"obituary", "Tin buồn", "Ban thường vụ Đảng ủy, Hội đồng nhân dân, Ủy ban nhân dân xã cùng gia đình vô cùng thương tiếc báo tin: đồng chí {0}, sinh năm {1}, quê quán thôn {2}, nguyên cán bộ xã, đã từ trần hồi {3} giờ ngày 7 tháng 3 năm 2026. Lễ viếng từ 8 giờ tại gia đình, lễ truy điệu và đưa tang vào 14 giờ cùng ngày, an táng tại nghĩa trang nhân dân thôn nhà. Xin trân trọng báo tin để các đồng chí và bà con được biết, đến viếng và chia buồn cùng gia đình.",
		[][]string{{"Nguyễn Văn A", "Trần Thị B", "Nguyễn Văn B"}, {"1938", "1941"}, {"Đông", "Đoài"}, {"4", "21"}}},
	{"weather", "Dự báo thời tiết ngày {0}", "Dự báo thời tiết khu vực trong 24 giờ tới: Đêm có mây, không mưa, sáng sớm có sương mù nhẹ rải rác, ngày nắng. Gió đông bắc cấp {1}. Độ ẩm trung bình từ 70 đến 85 phần trăm. Nhiệt độ thấp nhất {2} độ, nhiệt độ cao nhất {3} độ. Bà con chú ý giữ ấm cho gia súc, gia cầm, che chắn mạ non và theo dõi các bản tin tiếp theo trên đài truyền thanh.",
		[][]string{{"3/1", "4/1"}, {"2", "3"}, {"13", "15"}, {"21", "24"}}},
	{"power cut", "Thông báo tạm ngừng cấp điện", "Điện lực thông báo lịch tạm ngừng cung cấp điện để sửa chữa, bảo dưỡng lưới điện như sau: từ {0} giờ đến 17 giờ ngày {1}, các hộ thuộc trạm biến áp thôn {2} sẽ tạm ngừng cấp điện. Nếu công việc hoàn thành sớm, điện sẽ được đóng lại mà không báo trước. Rất mong khách hàng thông cảm, chủ động thiết bị và bố trí sản xuất, sinh hoạt cho phù hợp.",
		[][]string{{"6", "7"}, {"22/7/2026", "29/7/2026"}, {"Lâm Trang", "Phú Phong"}}},
	{"monthly report", "Báo cáo kết quả công tác cải cách hành chính tháng {0}", "Trong tháng, bộ phận một cửa của xã tiếp nhận {1} hồ sơ, trong đó {2} hồ sơ trực tuyến; đã giải quyết {3} hồ sơ, đúng hạn và trước hạn đạt 99%, không có hồ sơ quá hạn. Việc niêm yết công khai thủ tục hành chính, bố trí người trực, hướng dẫn người dân nộp hồ sơ qua mạng được duy trì đều. Ủy ban nhân dân xã tiếp tục chỉ đạo công chức nâng cao tinh thần trách nhiệm, rà soát thủ tục, cập nhật kịp thời kết quả lên hệ thống và nhắc các thôn tuyên truyền trên loa truyền thanh.",
		[][]string{{"4", "5"}, {"412", "436"}, {"280", "301"}, {"398", "420"}}},
	{"reception of citizens", "Lịch tiếp công dân tháng {0} năm 2026", "Căn cứ Luật Tiếp công dân số 42/2013/QH13, Thường trực Hội đồng nhân dân và Chủ tịch Ủy ban nhân dân xã tiếp công dân định kỳ vào ngày {1} hằng tháng tại phòng tiếp công dân, buổi sáng từ 7 giờ 30 đến 11 giờ 30, buổi chiều từ 13 giờ 30 đến 17 giờ. Công dân đến khiếu nại, tố cáo, kiến nghị, phản ánh mang theo giấy tờ tùy thân, đơn và tài liệu liên quan; giữ trật tự và chấp hành nội quy.",
		[][]string{{"5", "6"}, {"15", "20"}}},
	{"decision with a long preamble", "Quyết định về việc tặng giấy khen của Chủ tịch Ủy ban nhân dân xã",
		preamble + "QUYẾT ĐỊNH: Điều 1. Tặng giấy khen kèm tiền thưởng {1} đồng cho ông (bà) {0} đã có thành tích xuất sắc trong phong trào thi đua. Điều 2. Quyết định có hiệu lực kể từ ngày ký. Điều 3. Chánh Văn phòng, Trưởng phòng Kinh tế và ông (bà) có tên tại Điều 1 chịu trách nhiệm thi hành.",
		[][]string{{"Nguyễn Văn A", "Trần Thị B", "Lê C", "Nguyễn Văn D"}, {"585.000", "1.170.000"}}},
	{"prices", "Giá nông sản tại chợ đầu mối quý {0}", "Theo khảo sát của cán bộ thống kê xã, giá một số mặt hàng tại chợ đầu mối quý {0} như sau: lợn hơi {1} đồng một ki lô gam, gà ta thả vườn 95.000 đồng, trứng gà 2.800 đồng một quả, rau muống 8.000 đồng một mớ. So với kỳ trước, giá nhìn chung ổn định, nguồn hàng dồi dào, sức mua tăng nhẹ vào các ngày cuối tuần. Bà con nên theo dõi giá để có kế hoạch xuất bán.",
		[][]string{{"I", "II"}, {"61.000", "64.500"}}},
}

// preamble has more numbers and names than a sketch keeps.
const preamble = "Căn cứ Luật Tổ chức chính quyền địa phương số 72/2025/QH15 ngày 16 tháng 6 năm 2025; Căn cứ Luật Thi đua, khen thưởng số 06/2022/QH15 ngày 15 tháng 6 năm 2022; " +
	"Căn cứ Nghị định số 152/2025/NĐ-CP ngày 14 tháng 6 năm 2025 của Chính phủ quy định về phân cấp, phân quyền trong lĩnh vực thi đua, khen thưởng; " +
	"Căn cứ Quyết định số 18/2025/QĐ-UBND ngày 3 tháng 7 năm 2025 của Ủy ban nhân dân tỉnh ban hành quy chế; Theo đề nghị của Trưởng phòng Văn hóa - Xã hội tại Tờ trình số 45/TTr-VHXH; "

// pairs calls yield with two articles of the template that differ in one hole.
func (t template) pairs(yield func(a, b article, hole int)) {
	for hole, f := range t.fill {
		for v := 1; v < len(f); v++ {
			a, b := make([]int, len(t.fill)), make([]int, len(t.fill))
			b[hole] = v
			yield(t.build(a), t.build(b), hole)
		}
	}
}
