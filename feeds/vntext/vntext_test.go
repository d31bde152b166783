package vntext_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"loa/feeds/vntext"
)

func TestKeyFolds(t *testing.T) {
	cases := []struct{ name, a, b string }{
		{"tone placement oa", "Thanh Hóa", "Thanh Hoá"},
		{"tone placement uy", "Ủy ban", "Uỷ ban"},
		{"tone placement oe", "sức khỏe", "sức khoẻ"},
		{"tone placement after qu", "qúy", "quý"},
		{"Unicode forms", "Đường Lạng Sơn", norm.NFD.String("Đường Lạng Sơn")},
		{"mixed forms", "mạo hiểm", "ma\u0323o hiểm"},
		{"marks in the wrong order", "Việt", "Vie\u0302\u0323t"},
		{"case", "XÃ YÊN LẠC", "xã yên lạc"},
		{"Eth for Đ", "HÐND", "HĐND"},
		{"African D for Đ", "HƉND", "HĐND"},
		{"Cyrillic", "NĐ-СР", "NĐ-CP"},
		{"Cyrillic with marks", "ТРУНG ТÂМ", "TPYHG TÂM"},
		{"no-break space", "xã\u00a0Yên\u202fLạc", "xã Yên Lạc"},
		{"runs of spaces", "  xã \t Yên\n Lạc ", "xã Yên Lạc"},
		{"zero width", "Yên\u200b Lạc\ufeff", "Yên Lạc"},
		{"soft hyphen inside vowels", "ho\u00adà", "hòa"},
		{"dashes", "Chân Mây – Lăng Cô", "Chân Mây-Lăng Cô"},
		{"apostrophes", "Ea H’Leo", "ea h'leo"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if a, b := vntext.Key(c.a), vntext.Key(c.b); a != b {
				t.Errorf("Key(%q) = %q, Key(%q) = %q, want one key", c.a, a, c.b, b)
			}
		})
	}
}

func TestKeyKeepsApart(t *testing.T) {
	for _, c := range [][2]string{
		{"thuế", "thuê"}, {"Đông", "Đồng"}, {"Đông", "Dông"}, {"Tân An", "Tấn An"}, {"Mĩ", "Mỹ"},
		{"Hoà", "Hoa"}, {"An Lạc", "Anlạc"}, {"Phường 1", "Phường 11"}, {"khóa hóa", "khóa hoa"},
	} {
		if vntext.Key(c[0]) == vntext.Key(c[1]) {
			t.Errorf("Key(%q) = Key(%q) = %q", c[0], c[1], vntext.Key(c[0]))
		}
	}
}

func TestKeyNoMarks(t *testing.T) {
	for in, want := range map[string]string{
		"Đặc khu Phú Quốc":               "dac khu phu quoc",
		"HÐND xã Nguyệt Đức":             "hdnd xa nguyet duc",
		"Phường Văn Miếu – Quốc Tử Giám": "phuong van mieu-quoc tu giam",
		"  Ủy  ban ":                     "uy ban",
		"":                               "",
	} {
		if got := vntext.KeyNoMarks(in); got != want {
			t.Errorf("KeyNoMarks(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestOrder has the alphabet and the tones in the order of Vietnamese
// dictionaries.
func TestOrder(t *testing.T) {
	want := []string{
		"a", "à", "ả", "ã", "á", "ạ", "ă", "ắ", "â", "ấ", "b", "c", "da", "dà", "dạ", "Dông", "đa", "đã",
		"Đông", "Đồng", "Đống", "Động", "e", "ê", "g", "i", "Hà Nội",
	}
	want = append(want[:len(want)-2], "Hà Nội", "i", "o", "ô", "ơ", "Phường 2", "Phường 10", "u", "ư", "y")
	got := slices.Clone(want)
	slices.Reverse(got)
	vntext.Sort(got, func(s string) string { return s })
	if !slices.Equal(got, want) {
		t.Errorf("sorted:\n %q\nwant:\n %q", got, want)
	}
	slices.Reverse(got)
	slices.SortFunc(got, vntext.Compare)
	if !slices.Equal(got, want) {
		t.Errorf("sorted with Compare:\n %q\nwant:\n %q", got, want)
	}
}

func TestOrderIgnoresTonePlacement(t *testing.T) {
	got := []string{"Hoà Sơn", "Hòa An", "Hoa Lư", "Hóa Quỳ", "Hoá An"}
	vntext.Sort(got, func(s string) string { return s })
	// Letters decide before tones, as in a dictionary that sorts whole names.
	want := []string{"Hòa An", "Hoá An", "Hoa Lư", "Hóa Quỳ", "Hoà Sơn"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCompareFromManyGoroutines(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if vntext.Compare("Đông Anh", "Đồng Anh") >= 0 || vntext.Compare("Hà Nội", "Hà Nam") <= 0 {
					t.Error("wrong order")
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestProperties(t *testing.T) {
	letters := []rune("aăâdđeêioôơuưyAĐHNkmst Ðð-–'’\u00a0\u200b\u0300\u0301\u0303\u0309\u0323\u0302\u0306\u031b\u0308еНСй")
	text := rapid.StringOf(rapid.OneOf(rapid.SampledFrom(letters), rapid.Rune()))
	rapid.Check(t, func(t *rapid.T) {
		check(t, text.Draw(t, "s"), text.Draw(t, "other"))
	})
}

type failer interface {
	Fatalf(format string, args ...any)
}

func check(t failer, s, other string) {
	k := vntext.Key(s)
	if kk := vntext.Key(k); kk != k {
		t.Fatalf("Key(%q) = %+q is not its own key: %+q", s, k, kk)
	}
	if !utf8.ValidString(k) || !norm.NFC.IsNormalString(k) || strings.TrimSpace(k) != k {
		t.Fatalf("Key(%q) = %+q is not tidy NFC", s, k)
	}
	if a, b := vntext.KeyNoMarks(s), vntext.KeyNoMarks(k); a != b {
		t.Fatalf("KeyNoMarks(%q) = %+q, of its key %+q", s, a, b)
	}
	if utf8.ValidString(s) && vntext.Key(norm.NFD.String(s)) != vntext.Key(norm.NFC.String(s)) {
		t.Fatalf("Key(%q) depends on the Unicode form", s)
	}
	for _, bare := range []bool{false, true} {
		if quick, ok := vntext.Quick(s, bare); ok && quick != vntext.Fold(s, bare) {
			t.Fatalf("quick key of %q is %+q, want %+q", s, quick, vntext.Fold(s, bare))
		}
	}
	if a, b := vntext.Compare(s, other), vntext.Compare(other, s); a != -b {
		t.Fatalf("Compare(%q, %q) = %d, turned round %d", s, other, a, b)
	}
}

// TestQuickKnowsAllLetters has quick make the keys of all Vietnamese letters.
func TestQuickKnowsAllLetters(t *testing.T) {
	n := 0
	for r := rune(' '); r < 0x1F00; r++ {
		if _, ok := vntext.Quick(string(r), false); !ok {
			continue
		}
		n++
		check(t, "ng"+string(r)+"a", string(r))
		check(t, string(r), "a"+string(r))
	}
	// 94 of ASCII (no ` and no DEL), the no-break space, and 67 marked letters in
	// two sizes.
	if want := 94 + 1 + 2*67; n != want {
		t.Errorf("quick knows %d characters, want %d", n, want)
	}
}

func FuzzKey(f *testing.F) {
	f.Add("Uỷ ban nhân dân xã Hòa Bình", "Đông Đồng 10")
	f.Add("a\u0323\u0302\xff\u200d - ", "\u0301x")
	f.Fuzz(func(t *testing.T, s, other string) { check(t, s, other) })
}

func BenchmarkKey(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		vntext.Key("Phường Xuân Hương - Đà Lạt")
	}
}
