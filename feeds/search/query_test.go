package search_test

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"loa/feeds/search"
	"loa/feeds/vntext"
)

func TestCanonicalSpelling(t *testing.T) {
	for text, want := range map[string]string{
		"  Thuế\u00a0 ĐẤT ":            "thuế đất",
		"Hoà Bình":                     "hòa bình",
		"hòa bình":                     "hòa bình",
		norm.NFD.String("Đường sá"):    "đường sá",
		"ỦY BAN của quý Thuý":          "ủy ban của quý thúy",
		"giá quả khoẻ ngoài khuỷu":     "giá quả khỏe ngoài khuỷu",
		"tiếng người giữ giếng Huế":    "tiếng người giữ giếng huế",
		`"Nộp  Thuế"`:                  `"nộp thuế"`,
		"“Nộp thuế”":                   `"nộp thuế"`,
		`"thuế"`:                       "thuế",
		"covid-19":                     `"covid 19"`,
		"1.200":                        `"1 200"`,
		"thuế thuế THUẾ":               "thuế",
		"lúa -Gạo":                     "lúa -gạo",
		`lúa -"gạo nếp"`:               `lúa -"gạo nếp"`,
		"nghi* gạ*":                    "nghi* gạ",
		`"nong ngh"*`:                  `"nong ngh"*`,
		"19-nq/tw":                     "19-NQ-TW",
		"Nghị quyết số 19-NQ/TW":       "19-NQ-TW",
		"nghị định 42/2022/nd-cp":      "42-2022-NĐ-CP",
		"nghị quyết 19":                "nghị quyết 19",
		"-19-NQ/TW đất":                "-19-NQ-TW đất",
		"họp nghị quyết 19-NQ/TW, đất": "họp 19-NQ-TW đất",
	} {
		q, err := search.Parse(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := q.String(); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if again, err := search.Parse(q.String()); err != nil || again.String() != q.String() {
			t.Errorf("%q: read back as %q, %v", q, again, err)
		}
	}
}

func TestSpell(t *testing.T) {
	for _, word := range strings.Fields(`hòa khỏe thúy của mía mua mùa đường người tiếng khuya khuỷu ngoài ngoéo quả quý quyết quỳnh
		giá giữ gì già giếng thuở huế oán toàn tuần thuộc yến ủy ý ạ nghĩa nghiêng chịu kẻo mười rượu xoáy xoong`) {
		if got := search.Spell(vntext.Key(word)); got != word {
			t.Errorf("%s: %s", word, got)
		}
	}
}

func TestSnippet(t *testing.T) {
	long := strings.Repeat("Ruộng đồng mênh mông. ", 40)
	for _, c := range []struct{ text, query, want string }{
		{"Hộ gia đình nộp thuế đúng hạn.", "thue", "Hộ gia đình nộp [thuế] đúng hạn."},
		{"Hộ thuê nhà nộp thuế.", "thuế", "Hộ thuê nhà nộp [thuế]."},
		{"Hộ thuê nhà.", "thuế", "Hộ [thuê] nhà."},
		{"Nộp thuế, thuế nộp.", `"thuế nộp"`, "Nộp thuế, [thuế nộp]."},
		{"Xã Hoà An họp.", "hòa -họp", "Xã [Hoà] An họp."},
		{"Triển khai Nghị quyết 19-NQ/TW và 18-NQ/TW.", "19-nq-tw", "Triển khai [Nghị quyết 19-NQ/TW] và 18-NQ/TW."},
		{"Nghề nông", "ngh", "Nghề nông"},
		{"Nghề nông", "ngh*", "[Nghề] nông"},
		{"Không có gì", "lúa", "Không có gì"},
		{long + "Mùa lúa chín.", "lúa", "…" + strings.Repeat("Ruộng đồng mênh mông. ", 3)[len("Ruộng "):] + "Mùa [lúa] chín."},
		{"", "lúa", ""},
	} {
		q, err := search.Parse(c.query)
		if err != nil {
			t.Fatal(err)
		}
		if got := marked(search.Snippet(c.text, q)); got != c.want {
			t.Errorf("%s in %.40q: %q, want %q", c.query, c.text, got, c.want)
		}
	}
}

func marked(parts []search.Part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.Match {
			b.WriteString("[" + p.Text + "]")
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

// Whatever is typed: no error of the database, the canonical spelling is read
// back as itself, and a snippet has nothing but the text.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{
		"thuế", `"nộp thuế" -nhà`, "19-NQ/TW", "42/2022/NĐ-CP xã", "nghie* OR NEAR(a b)", `x : "a" * ^ { } ( ) "" '' ; --`, "\x00\xff -", "%00%22",
		"hoà\u0301\u0302", "-\"", "``ʼʼ", "２０２６ ①", "a\u00adb", "\ue000 \ue001nq", "ЗАКОН НЕ", "-/-/- 5-A 4-cp", "“„»", "İ ß ǅ",
	} {
		f.Add(s)
	}
	x := open(f, filepath.Join(f.TempDir(), "search.db"))
	catchUp(f, x, openLibrary(f, village()...))
	f.Fuzz(func(t *testing.T, text string) {
		q, err := search.Parse(text)
		if err != nil {
			return
		}
		ids, _, err := x.Find(t.Context(), q, 20, 0)
		if err != nil {
			t.Fatalf("%q (%s): %v", text, q.Match(true), err)
		}
		again, err := search.Parse(q.String())
		if err != nil || again.String() != q.String() {
			t.Fatalf("%q: %q read back as %q, %v", text, q, again, err)
		}
		other, _, err := x.Find(t.Context(), again, 20, 0)
		if err != nil || strings.Join(ids, " ") != strings.Join(other, " ") {
			t.Fatalf("%q finds %v, %q %v, %v", text, ids, again, other, err)
		}
		for _, shown := range []string{text, "Nộp thuế theo 19-NQ/TW"} {
			var b strings.Builder
			for _, p := range search.Snippet(shown, q) {
				b.WriteString(p.Text)
			}
			if len(shown) < 300 && b.String() != strings.ToValidUTF8(shown, " ") {
				t.Fatalf("snippet of %q: %q", shown, b.String())
			}
		}
	})
}
