package legacy_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"loa/ingest/clean/legacy"
)

// written gives a text as each code shows it.
func written(s string) map[legacy.Code]string {
	return map[legacy.Code]string{
		legacy.TCVN3:       encodeTCVN3(s),
		legacy.VNI:         encodeVNI(s),
		legacy.Windows1258: encode1258(s),
		legacy.UTF8As1252:  readAs(charmap.Windows1252, s),
		legacy.UTF8As1258:  readAs(charmap.Windows1258, s),
	}
}

func TestDecode(t *testing.T) {
	tests := []struct {
		code     legacy.Code
		in, want string
	}{
		{legacy.TCVN3, "Céng hßa x· héi chñ nghÜa ViÖt Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam"},
		{legacy.TCVN3, "Uû ban nh©n d©n", "Uỷ ban nhân dân"},
		{legacy.TCVN3, "N\u00adíc s¹ch ë th«n", "Nước sạch ở thôn"},
		{legacy.TCVN3, "§éc lËp - Tù do - H¹nh phóc", "Độc lập - Tự do - Hạnh phúc"},
		{legacy.TCVN3, "réng 30 m², nãng 30°C, 25º", "rộng 30 m², nóng 30°C, 25º"},
		{legacy.VNI, "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam"},
		{legacy.VNI, "ÑOÄC LAÄP - TÖÏ DO - HAÏNH PHUÙC", "ĐỘC LẬP - TỰ DO - HẠNH PHÚC"},
		{legacy.VNI, "Nöôùc saïch veà thoân, ñöôøng raát toát, caây xanh laém", "Nước sạch về thôn, đường rất tốt, cây xanh lắm"},
		{legacy.UTF8As1252, "Viá»‡t Nam", "Việt Nam"},
		{legacy.UTF8As1252, "nÆ°á»›c sáº¡ch â€œvá»\u0081 lÃ\u00a0ngâ€\u009d", "nước sạch “về làng”"},
		{legacy.UTF8As1258, "Viá»‡t Nam, nghÄ©a, Ă¡o", "Việt Nam, nghĩa, áo"},
		{legacy.Windows1258, "Viêòt Nam, nýõìc", "Việt Nam, nước"},
		{legacy.TCVN3, "Nước cờ", "Nước cờ"},
		{"", "Céng", "Céng"}, {"koi8", "Céng", "Céng"}, {legacy.TCVN3, "", ""},
	}
	for _, tt := range tests {
		if got := legacy.Decode(tt.in, tt.code); got != tt.want {
			t.Errorf("%s %q: got %q, want %q", tt.code, tt.in, got, tt.want)
		}
	}
}

// Words in capitals come back in capitals, as far as the code can say.
func TestCapitals(t *testing.T) {
	tests := []struct{ in, want string }{
		{"CéNG HßA X· HéI CHñ NGHÜA VIÖT NAM", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"},
		{"§éC LËP - Tù DO - H¹NH PHóC", "ĐỘC LẬP - TỰ DO - HẠNH PHÚC"},
		{"Hµ NéI, ngµy 5", "HÀ NỘI, ngày 5"},
		{"UBND Hµ Néi", "UBND Hà Nội"},
		{"Uû ban", "Uỷ ban"},
		{"C¤NG TY ë HUÕ", "CÔNG TY Ở HUẾ"},
		{"§· vÒ. Hµ lµ TP", "Đã về. Hà là TP"},
		{"ë nhµ", "ở nhà"},
		{"THÞ X·.\në ®ã", "THỊ XÃ.\nở đó"},
	}
	for _, tt := range tests {
		if got := legacy.Decode(tt.in, legacy.TCVN3); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

// Every letter of Vietnamese comes back from every code.
func TestLetters(t *testing.T) {
	if n := len([]rune(vietnamese)); n != 67 {
		t.Fatalf("%d letters", n)
	}
	for _, r := range vietnamese + strings.ToUpper(vietnamese) {
		for code, in := range written("x" + string(r) + "x") {
			want := "x" + string(r) + "x"
			if code == legacy.TCVN3 && unicode.IsUpper(r) && r != []rune(legacy.Decode(in, code))[1] {
				want = strings.ToLower(want) // no capital has a tone there
				if !strings.ContainsRune("ĂÂÊÔƠƯĐ", r) == false {
					t.Errorf("%c is no capital", r)
				}
			}
			if got := legacy.Decode(in, code); got != want {
				t.Errorf("%s %q: got %q, want %q", code, in, got, want)
			}
		}
		if r < 0x80 || !unicode.IsUpper(r) {
			continue
		}
		word := "X" + string(r) + "X"
		if got := legacy.Decode(encodeTCVN3(word), legacy.TCVN3); got != word {
			t.Errorf("%q: got %q", word, got)
		}
	}
}

// The table of the C library, where it has one.
func TestAgainstIconv(t *testing.T) {
	for c := 0xA1; c < 0xFF; c++ {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		cmd := exec.CommandContext(ctx, "iconv", "-f", "TCVN5712-1", "-t", "UTF-8")
		cmd.Stdin = bytes.NewReader([]byte{byte(c)})
		out, err := cmd.Output()
		cancel()
		if err != nil {
			t.Logf("no iconv with TCVN5712-1: %v", err)
			return
		}
		want := string(out)
		if c >= 0xB0 && c <= 0xB4 || c == 0xBA { // left as signs here
			want = string(rune(c))
		}
		if got := legacy.Decode(string(rune(c)), legacy.TCVN3); got != want {
			t.Errorf("%X: got %q, want %q", c, got, want)
		}
	}
}

func TestSyllables(t *testing.T) {
	words := strings.Fields(syllables)
	if len(words) < 300 {
		t.Errorf("%d syllables", len(words))
	}
	for _, w := range words {
		for _, s := range []string{w, norm.NFD.String(w), strings.ToUpper(w)} {
			if !legacy.Syllable(s) {
				t.Errorf("%q is a syllable", s)
			}
		}
		for code, in := range written(w) {
			if got := legacy.Decode(in, code); got != w {
				t.Errorf("%s %q: got %q, want %q", code, in, got, w)
			}
		}
	}
	for _, w := range strings.Fields(`"" b ng ngh strat café über naïve xaõ nh©n héi ViÖt Nestlé cộngg kôn ghà ngà̀ ceo kà cểc
		bạch́ hộp̀ bàp mách̃ ậtậ áá áà tóán bếp1 straße señor garçon Łódź ngoằngg quù gjì w-a fa zô jô пять 東京 ươươ ê\u0323\u0323`) {
		if legacy.Syllable(w) {
			t.Errorf("%q is no syllable", w)
		}
	}
	if s := legacy.Score("Bà con dọn kênh mương."); s != 1 {
		t.Errorf("score %v", s)
	}
	if s := legacy.Score("12 — 3"); s != 0 {
		t.Errorf("score %v", s)
	}
}

func TestDetect(t *testing.T) {
	texts := []string{
		"Cộng hòa xã hội chủ nghĩa Việt Nam",
		"Sáng thứ bảy, người dân trong thôn cùng nhau nạo vét kênh mương, dọn cỏ ven đường.",
		"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM, ĐỘC LẬP - TỰ DO - HẠNH PHÚC",
		"Lịch cấp nước tuần này: thôn Đông từ 6 giờ đến 8 giờ, thôn Đoài từ 16 giờ; đề nghị bà con trữ nước.",
	}
	for _, want := range texts {
		for code, in := range written(want) {
			got, sure := legacy.Detect(in)
			if !sure || got != code && !sameText(in, got, want) {
				t.Errorf("%q: got %q, %v, want %q", in, got, sure, code)
			}
			if out, _ := legacy.Mend(in); out != want {
				t.Errorf("%q: got %q, want %q", in, out, want)
			}
		}
		for name, s := range map[string]string{"NFC": want, "NFD": norm.NFD.String(want)} {
			if got, sure := legacy.Detect(s); sure || got != "" {
				t.Errorf("%s %q: got %q, %v", name, s, got, sure)
			}
		}
	}
}

// sameText: UTF-8 without letters of the block C3 looks the same in both codes.
func sameText(in string, code legacy.Code, want string) bool {
	return strings.HasPrefix(string(code), "utf8") && legacy.Decode(in, code) == want
}

func TestUnsure(t *testing.T) {
	for _, s := range []string{
		"", "a", "Thông báo", "Tin tức", "Uû ban", "Uû ban nh©n d©n", "Hµ Néi", "§H Vinh", "Công an", "có và là ông cô bà cá già nhà trâu",
		"tôi và ông cô có bà già nhà ở", "© 2020 Công ty", "® ® ® ® ® ® ® ®", "ééééé éééé éé é é é é éé é", "m² km² °C º ª §5 §6 §7 «a» «b» «c»",
		"N\u01b0\u01a1\u0301c cờ mạo hiểm của Oppo Việt Nam", "Nươ\u0301c cờ", "\u0301\u0301\u0301", "\xff\xfe\xe9\xe9\xe9",
		"à à à à à à à à", "Café", "Nestlé, São Paulo, Malmö, Tromsø, Łódź, Zürich, Besançon, Málaga",
		"ÂÃÄÅÂÃÄÅ ÂÃÄÅ", "Øresund Øvre Ørsted Ålesund Århus Åland Färöer Köln Düsseldorf",
	} {
		if c, sure := legacy.Detect(s); sure {
			t.Errorf("%q is %q", s, c)
		}
		if out, c := legacy.Mend(s); out != s || c != "" {
			t.Errorf("%q became %q", s, out)
		}
	}
}

// Unicode text of which no letter shows that it is: such words are letters of
// Latin-1 alone, and possible in VNI, too.
func TestUnicodeWithoutItsOwnLetters(t *testing.T) {
	var words []string
	for _, w := range strings.Fields(syllables) {
		if !strings.ContainsFunc(w, func(r rune) bool { return r >= 0x100 }) && strings.ContainsFunc(w, func(r rune) bool { return r >= 0x80 }) {
			words = append(words, w)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 200).Draw(t, "words"), " ")
		if c, sure := legacy.Detect(text); sure {
			t.Fatalf("%q is %q", text, c)
		}
		for _, c := range []legacy.Code{legacy.TCVN3, legacy.VNI} {
			if got := legacy.MendText(text, c); strings.Count(text, " ") >= 2 && got != text {
				t.Fatalf("%q as %s became %q", text, c, got)
			}
		}
	})
}

// Sentences of any syllables, in any of the codes, come back; or they are left.
func TestAnySyllables(t *testing.T) {
	words := strings.Fields(syllables)
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 30, 200).Draw(t, "words"), " ")
		if c, sure := legacy.Detect(text); sure {
			t.Fatalf("%q is %q", text, c)
		}
		for code, in := range written(text) {
			if out, c := legacy.Mend(in); c != "" && out != text {
				t.Fatalf("%s: %q became %q by %q", code, in, out, c)
			}
		}
	})
}

// No text of another language is sure to be anything.
func TestOtherLanguages(t *testing.T) {
	if len(foreign) < 10 {
		t.Errorf("%d languages", len(foreign))
	}
	for lang, text := range foreign {
		lines := strings.Split(strings.TrimSpace(text), "\n")
		if len(lines) < 15 {
			t.Errorf("%s: %d sentences", lang, len(lines))
		}
		all := strings.Join(lines, " ")
		for _, s := range append(lines, all, strings.ToUpper(all), norm.NFD.String(all), strings.Repeat(all+" ", 20)) {
			if c, sure := legacy.Detect(s); sure {
				t.Errorf("%s: %.80q is %q", lang, s, c)
			}
		}
		// Nor is their mojibake.
		if c, sure := legacy.Detect(readAs(charmap.Windows1252, all)); sure {
			t.Errorf("%s read as windows-1252 is %q", lang, c)
		}
	}
}

// Texts of newspapers go through the codes and back.
func TestPress(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "..", "shared", "data", "press", "*", "*.body.txt"))
	if len(files) == 0 {
		t.Skip("no press texts beside the repository")
	}
	sums := map[legacy.Code]int{}
	short, right := 0, 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.TrimSpace(norm.NFC.String(strings.ReplaceAll(string(raw), "_", " ")))
		if legacy.Score(text) < 0.7 {
			t.Logf("%s: score %.2f", filepath.Base(file), legacy.Score(text))
		}
		if c, sure := legacy.Detect(text); sure || c != "" {
			t.Errorf("%s: %q, %v", file, c, sure)
		}
		for code, in := range written(text) {
			out, got := legacy.Mend(in)
			switch {
			case got != code && !sameText(in, got, text):
				t.Errorf("%s: %q is %q", filepath.Base(file), code, got)
			case code == legacy.TCVN3 && !strings.EqualFold(out, text),
				(code == legacy.VNI || code == legacy.UTF8As1252) && out != text && !strings.ContainsAny(text, foreignLetters):
				t.Errorf("%s: %s differs: %s", filepath.Base(file), code, difference(text, out))
			default:
				sums[code]++
			}
		}
		for s := range strings.SplitSeq(text, ". ") {
			if len(s) < 100 {
				continue
			}
			short++
			if out, c := legacy.Mend(encodeTCVN3(s)); c == legacy.TCVN3 && strings.EqualFold(out, s) {
				right++
			} else if c != "" {
				t.Logf("%q is %q", s, c)
			}
			if c, sure := legacy.Detect(s); sure {
				t.Errorf("%q is %q", s, c)
			}
		}
	}
	t.Logf("%d texts: %v; sentences in TCVN3 by themselves: %d of %d", len(files), sums, right, short)
}

// foreignLetters are letters of names that VNI has for marks.
const foreignLetters = "öüäñåøßçîûëæ"

func difference(a, b string) string {
	x, y := []rune(a), []rune(b)
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return string(x[max(0, i-20):min(len(x), i+20)]) + " | " + string(y[max(0, i-20):min(len(y), i+20)])
		}
	}
	return "length"
}
