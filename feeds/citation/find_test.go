package citation_test

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"loa/feeds/citation"
)

func TestOffsets(t *testing.T) {
	cases := []struct {
		name, text, cited, issuer string
		start, end                int
	}{
		{"at the start", "Chỉ thị 05-CT/TW", "Chỉ thị 05-CT/TW", "TW", 0, 16},
		{"date inside", "ở Chỉ thị 05-CT/TW, ngày 15/5/2016.", "Chỉ thị 05-CT/TW, ngày 15/5/2016", "TW", 2, 34},
		{"date in brackets", "Chỉ thị 05-CT/TW (15/5/2016) nêu", "Chỉ thị 05-CT/TW (15/5/2016)", "TW", 0, 28},
		{"issuer outside", "Chỉ thị 05-CT/TW của Bộ Chính trị nêu", "Chỉ thị 05-CT/TW", "Bộ Chính trị", 0, 16},
		{"issuer before its date", "Kế hoạch 9/KH-UBND tỉnh Phú Thọ ngày 2/5/2026 nêu", "Kế hoạch 9/KH-UBND tỉnh Phú Thọ ngày 2/5/2026", "tỉnh Phú Thọ", 0, 45},
		{"issuer before the number", "Quyết định của Ban Bí thư số 91-QĐ/TW", "Quyết định của Ban Bí thư số 91-QĐ/TW", "Ban Bí thư", 0, 37},
		{"bare", "có Kết luận số 13 của Ban Thường vụ Tỉnh ủy về", "Kết luận số 13 của Ban Thường vụ Tỉnh ủy", "Ban Thường vụ Tỉnh ủy", 3, 43},
		{"law with its title", "theo Luật Đất đai số 31/2024/QH15,", "Luật Đất đai số 31/2024/QH15", "QH", 5, 33},
		{"joint paper", "01/2001/TTLT-TAND-BTP", "01/2001/TTLT-TAND-BTP", "TAND-BTP", 0, 21},
		{"marks after letters", norm.NFD.String("ở Chỉ thị 05-CT/TW"), norm.NFD.String("Chỉ thị 05-CT/TW"), "TW", 4, 22},
		{"one letter with a mark", "Nghi\u0323 quyết 05-NQ/TW", "Nghi\u0323 quyết 05-NQ/TW", "TW", 0, 20},
		{"bytes that are no text", "\xff\xfe Chỉ thị 05-CT/TW", "Chỉ thị 05-CT/TW", "TW", 3, 19},
	}
	for _, c := range cases {
		got := citation.Find(c.text)
		if len(got) != 1 {
			t.Errorf("%s: %d citations", c.name, len(got))
			continue
		}
		wellFormed(t, c.text, got)
		if g := got[0]; g.Text != c.cited || g.Start != c.start || g.End != c.end || g.Issuer != c.issuer {
			t.Errorf("%s: got %q %d-%d issuer %q", c.name, g.Text, g.Start, g.End, g.Issuer)
		}
	}
}

func TestIssuers(t *testing.T) {
	for text, want := range map[string]string{
		"Nghị quyết 03-NQ/ĐU của Ban Chấp hành Đảng bộ xã Tề Lỗ về":            "Ban Chấp hành Đảng bộ xã Tề Lỗ",
		"Quyết định 12/QĐ-UBND của Chủ tịch UBND thành phố Việt Trì phê duyệt": "Chủ tịch UBND thành phố Việt Trì",
		"Quyết định 12/QĐ-UBND của Chủ tịch Ủy ban nhân dân huyện quy định":    "Chủ tịch Ủy ban nhân dân huyện",
		"Thông tư 29/2024/TT-BGDĐT của Bộ Giáo dục và Đào tạo quy định":        "Bộ Giáo dục và Đào tạo",
		"Thông tư 29/2024/TT-BGDĐT của Bộ GD&ĐT quy định":                      "Bộ GD&ĐT",
		"Thông tư 3/2024/TT-BTC của Bộ trưởng Bộ Tài chính":                    "Bộ trưởng Bộ Tài chính",
		"Nghị định 42/2022/NĐ-CP của Chính phủ Quy định việc":                  "Chính phủ",
		"Nghị quyết 21/2026/NQ-HĐND TP Hà Nội ngày 02/06/2026":                 "TP Hà Nội",
		"Nghị quyết 154-NQ/TU của Tỉnh uỷ Phú Thọ thống nhất":                  "Tỉnh uỷ Phú Thọ",
		"NGHỊ QUYẾT 154-NQ/TU CỦA BAN THƯỜNG VỤ TỈNH ỦY VỀ CHUYỂN ĐỔI":         "BAN THƯỜNG VỤ TỈNH ỦY",
		"Hướng dẫn 12-HD/BTCTU ngày 3/4/2020 của Ban Tổ chức Tỉnh ủy":          "Ban Tổ chức Tỉnh ủy",
		"Công văn 1234/BTC-TCT": "BTC",
		"Luật 59/2020/QH14":     "QH",
		"Nghị quyết 04-NQ/HU ngày 3/4/2020 được phổ biến":   "HU",
		"Số: 357-CV/BTCTU\nĐẢNG CỘNG SẢN VIỆT NAM":          "BTCTU",
		"6050/2026/VBHN-NĐ-BTP":                             "BTP",
		"Nghị định 05-CP":                                   "CP",
		"Kết luận số 13 của Thường trực Huyện ủy Lập Thạch": "Thường trực Huyện ủy Lập Thạch",
	} {
		got := citation.Find(text)
		if len(got) != 1 || got[0].Issuer != want {
			t.Errorf("%s\n got %+v\nwant %q", text, got, want)
		}
	}
}

// A document's number keeps its identity however it is written.
func TestKeys(t *testing.T) {
	same := [][]string{
		{"Nghị quyết số 19-NQ/TW", "19-NQ/TW", "NGHỊ QUYẾT SỐ 019 – NQ/TW", "Nghị quyết 19-NQ/TƯ", "Nghị quyết 19/NQ-TW"},
		{"Nghị định 42/2022/NĐ-CP", "Nghị định 42/2022/NĐ-СР", "Nghị định 42/2022/NÐ - CP", "Nghị định 42/2022/ND-CP", "nghị định số 42/2022/nđ-cp"},
		{"Chương trình 06-CTr/HU", "CHƯƠNG TRÌNH SỐ 6-CTR/HU"},
	}
	for _, texts := range same {
		for _, text := range texts {
			got, want := citation.Find(text), citation.Find(texts[0])
			if len(got) != 1 || got[0].Key() != want[0].Key() || got[0].Path() != want[0].Path() {
				t.Errorf("%s: %+v\nwant the key of %s", text, got, texts[0])
			}
		}
	}
	different := []string{
		"Nghị quyết 19-NQ/TW", "Nghị quyết 19-NQ/TU", "Nghị quyết 19/NQ-CP", "Nghị quyết 19/2020/NQ-CP", "Nghị quyết 19a/NQ-CP", "Quyết định 19-QĐ/TW",
		"Hợp đồng 19/HĐ-UBND", "Hướng dẫn 19/HD-UBND", "Đề án 19/ĐA-UBND", "Dự án 19/DA-UBND",
		"Nghị quyết Trung ương 4 (khóa XI)", "Nghị quyết Trung ương 4 (khóa XII)", "Nghị quyết Đại hội XII của Đảng",
		"Kết luận số 13 của Bộ Chính trị", "Kết luận số 14 của Bộ Chính trị",
	}
	seen := map[string]string{}
	for _, text := range different {
		got := citation.Find(text)
		if len(got) != 1 {
			t.Fatalf("%s: %+v", text, got)
		}
		if other := seen[got[0].Key()]; other != "" {
			t.Errorf("%s and %s have one key, %s", text, other, got[0].Key())
		}
		seen[got[0].Key()] = text
	}
}

// Whatever stands around and between examples, each is found as it is alone.
func TestExamplesTogether(t *testing.T) {
	examples := append(tabbed(t, "testdata/citations.tsv"), sharedExamples(t)...)
	prose := lines(t, "testdata/prose.txt")
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		var want []string
		for range rapid.IntRange(1, 8).Draw(t, "examples") {
			e := rapid.SampledFrom(examples).Draw(t, "example")
			text.WriteString(rapid.SampledFrom(prose).Draw(t, "prose"))
			text.WriteString("\n\n" + e.text + "\n\n")
			for _, c := range citation.Find(e.text) {
				want = append(want, one(c))
			}
		}
		var got []string
		for _, c := range citation.Find(text.String()) {
			// A number that is an alias only since an earlier example named it.
			if c.Form == citation.FormBare && (len(want) <= len(got) || want[len(got)] != one(c)) {
				continue
			}
			got = append(got, one(c))
		}
		if strings.Join(got, ";") != strings.Join(want, ";") {
			t.Fatalf("%s\n got %q\nwant %q", text.String(), got, want)
		}
	})
}

// hostile are texts that would make a careless reader go over them again and
// again.
func hostile(n int) map[string]string {
	units := []string{
		"1", "0", "12345", "-", "1-", "1/", "1,", "1, ", "1 và ", "số ", "số", "số 1, ", "số: ", "Nghị quyết ", "nghị quyết số ", "Nghị quyết số 1, ",
		"Luật ", "luật ", "Luật a ", "pháp lệnh đất ", "Nghị quyết Đại hội ", "đại hội ", "lần thứ ", "Nghị quyết Trung ương 4, ", "khóa ", "XI, ",
		"A-", "1/A-", "1/QĐ-A", "1-NQ/", "1/2020/", "của Ban Thường vụ ", "Kết luận số 1 của Ban Thường vụ ", "tỉnh A ", "UBND tỉnh ",
		" ", "\n", "\u00a0", "ngày 1/1/", "(", "o\u0323", "\u0323", "oà", "QUÝ", "\xff", "\xf0\x9f", "𝔸", "NQ ", "TT1", "Nghị quyết Hội nghị lần thứ ",
	}
	out := map[string]string{}
	for _, u := range units {
		out[u] = strings.Repeat(u, n/len(u)+1)
		out["Nghị quyết số "+u] = "Nghị quyết số " + out[u]
	}
	return out
}

func TestHostile(t *testing.T) {
	for unit, text := range hostile(1 << 16) {
		got := citation.Find(text)
		if len(got) > len(text) {
			t.Errorf("%q: %d citations", unit, len(got))
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, e := range tabbed(f, "testdata/citations.tsv") {
		f.Add(e.text)
		f.Add(norm.NFD.String(e.text))
	}
	for _, l := range lines(f, "testdata/prose.txt") {
		f.Add(l)
	}
	for _, text := range hostile(64) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		wellFormed(t, text, citation.Find(text))
	})
}

// TestReport prints how well the tables are found: go test -run TestReport -v.
func TestReport(t *testing.T) {
	report := func(name string, examples []example) {
		var hit, missed, wrong int
		for _, e := range examples {
			want := map[string]int{}
			if e.want != "-" {
				for _, w := range strings.Split(e.want, " ; ") {
					want[w]++
				}
			}
			for _, c := range citation.Find(e.text) {
				if want[one(c)]--; want[one(c)] >= 0 {
					hit++
				} else {
					wrong++
				}
			}
			for _, n := range want {
				missed += max(n, 0)
			}
		}
		t.Logf("%-24s %4d texts, %4d citations: precision %s, recall %s, false %d", name, len(examples), hit+missed,
			percent(hit, hit+wrong), percent(hit, hit+missed), wrong)
	}
	none := func(texts []string) (out []example) {
		for _, l := range texts {
			out = append(out, example{l, "-"})
		}
		return out
	}
	report("strings of real pages", sharedExamples(t))
	report("own strings", tabbed(t, "testdata/citations.tsv"))
	report("own prose without", none(lines(t, "testdata/prose.txt")))
	report("press of 2013 without", none(press(t)))
}
