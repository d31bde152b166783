package sketch_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"loa/feeds/sketch"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden pins the sketches of fixed texts. Sketches stand in journals: if
// this fails, the algorithm is another one and needs a new version number.
func TestGolden(t *testing.T) {
	var b strings.Builder
	for _, a := range fixtures() {
		fmt.Fprintf(&b, "%s\n\t%s\n", a.title, of(a))
	}
	for _, tpl := range templates {
		a := tpl.build(make([]int, len(tpl.fill)))
		fmt.Fprintf(&b, "%s\n\t%s\n", a.title, of(a))
	}
	const name = "testdata/sketches.golden"
	if *update {
		if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("sketches of fixed texts changed: a change of the algorithm needs a new version\n%s", b.String())
	}
}

func TestShort(t *testing.T) {
	for _, text := range []string{"", "một hai ba", strings.Repeat("a ", 22), "…!?", "\xff\xfe"} {
		s := sketch.Of("Tin", text)
		if s != (sketch.Sketch{}) || s.String() != "" || s.Bands() != nil || sketch.Near(s, s) {
			t.Errorf("Of(%q) = %q, want zero, near nothing", text, s)
		}
	}
	if s := sketch.Of("Tin", strings.Repeat("a ", 23)); s == (sketch.Sketch{}) || !sketch.Near(s, s) {
		t.Errorf("24 words have no sketch")
	}
}

func TestFolds(t *testing.T) {
	a := fixtures()[0]
	want := of(a)
	for name, to := range map[string]func(string) string{
		"decomposed":       norm.NFD.String,
		"tone placement":   strings.NewReplacer("óa", "oá", "ủy", "uỷ").Replace,
		"no-break spaces":  func(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") },
		"soft hyphens":     func(s string) string { return strings.ReplaceAll(s, "ươ", "ư\u00adơ") },
		"punctuation":      strings.NewReplacer(",", " , ").Replace,
		"leading zeros":    strings.NewReplacer("18/4", "18/04", "5/6", "05/06").Replace,
		"capitals in text": strings.NewReplacer("nạo vét", "NẠO VÉT").Replace,
	} {
		if got := sketch.Of(to(a.title), to(a.text())); got != want {
			t.Errorf("%s changes the sketch", name)
		}
	}
}

// TestTold lists what must be one and what must be kept apart, on short texts.
func TestTold(t *testing.T) {
	const base = "Ban quản lý chợ trung tâm thông báo: chợ nghỉ bán để sửa mái từ 6 giờ ngày 12/5 tại khu B, do tổ của ông Nguyễn Văn A phụ trách, quý III sẽ xong; " +
		"khách hàng có 5.000 vé gửi xe đã mua vẫn dùng được, họp tiếp vào thứ ba, mọi thắc mắc xin đến văn phòng ban quản lý để được trả lời."
	for _, c := range []struct {
		name, old, new string
		near           bool
	}{
		{"same", "", "", true},
		{"day", "12/5", "19/5", false},
		{"month", "12/5", "12/6", false},
		{"hour", "6 giờ", "7 giờ", false},
		{"letter of a place", "khu B", "khu C", false},
		{"given name", "Văn A", "Văn B", false},
		{"whole name", "Nguyễn Văn A", "Trần Thị B", false},
		{"Roman number", "quý III", "quý IV", false},
		{"ordinal in words", "thứ ba", "thứ tư", false},
		{"dots between thousands", "5.000", "5000", true},
		{"hour written otherwise", "6 giờ", "6h", true},
		{"zeros", "12/5", "12/05", true},
		{"month in words", "12/5", "12 tháng 5", true},
		{"year added", "12/5", "12/5/2026", true},
		{"a word", "thắc mắc", "câu hỏi", true},
		{"footer with an hour", "trả lời.", "trả lời. Ngày đăng: 01/02/2026 08:30, lượt xem: 17", true},
		{"byline", "trả lời.", "trả lời. Hoàng C", true},
	} {
		a, b := sketch.Of("Thông báo nghỉ chợ", base), sketch.Of("Thông báo nghỉ chợ", strings.Replace(base, c.old, c.new, 1))
		if got := sketch.Near(a, b); got != c.near {
			t.Errorf("%s: near %v, want %v (%d values alike)", c.name, got, c.near, sketch.Alike(a, b))
		}
	}
	// Two copies with the counters and bylines of their own portals.
	a := sketch.Of("Thông báo nghỉ chợ", base+" Tin, ảnh: Lê D. Ngày đăng: 13/5/2026 09:00. Lượt xem: 1.204")
	b := sketch.Of("Thông báo nghỉ chợ", base+" Tin, ảnh: Vũ Thị E. Ngày đăng: 14/5/2026 16:30. Lượt xem: 87")
	if !sketch.Near(a, b) {
		t.Error("bylines and counters keep two copies apart")
	}
}

func TestParseRefuses(t *testing.T) {
	good := of(fixtures()[0]).String()
	for _, s := range []string{"", "1:", "2:" + good[2:], "0" + good, good + "AAAA", good[:len(good)-1], good + "\n", strings.Replace(good, ":", ":\n", 1), good[:40], "1:" + strings.Repeat("A", 86), strings.Repeat("1:", 1<<16)} {
		if p, ok := sketch.Parse(s); ok || p != (sketch.Sketch{}) {
			t.Errorf("Parse(%.60q) is taken", s)
		}
	}
}

// check holds what is true of any two texts.
func check(t interface {
	Errorf(format string, args ...any)
}, a, b sketch.Sketch) {
	for _, s := range []sketch.Sketch{a, b} {
		text := s.String()
		back, ok := sketch.Parse(text)
		if back != s || ok != (s != sketch.Sketch{}) {
			t.Errorf("Parse(%q) = %v, %v", text, back, ok)
		}
		if n := len(s.Bands()); n > 8 || (n == 0) != (text == "") || len(text) > 270 {
			t.Errorf("%d keys, %d characters", n, len(text))
		}
		if sketch.Near(s, s) != ok {
			t.Errorf("%q near itself: %v", text, !ok)
		}
	}
	near := sketch.Near(a, b)
	if near != sketch.Near(b, a) {
		t.Errorf("near one way only: %q %q", a, b)
	}
	if near && !slices.ContainsFunc(a.Bands(), func(k uint32) bool { return slices.Contains(b.Bands(), k) }) {
		t.Errorf("near without a common key: %q %q", a, b)
	}
}

// TestProperties: near sketches have a key in common, nearness is symmetric, the
// text of a sketch says all of it.
func TestProperties(t *testing.T) {
	list := fixtures()
	near := 0
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SampledFrom(list).Draw(t, "article")
		words := strings.Fields(a.text())
		for range rapid.IntRange(0, 40).Draw(t, "edits") {
			i := rapid.IntRange(0, len(words)-1).Draw(t, "at")
			switch rapid.IntRange(0, 2).Draw(t, "edit") {
			case 0:
				words[i] = rapid.SampledFrom([]string{"và", "Hà", "7", "được"}).Draw(t, "word")
			case 1:
				words = slices.Delete(words, i, min(i+10, len(words)-1))
			case 2:
				words = slices.Insert(words, i, "theo", "đó")
			}
		}
		x, y := of(a), sketch.Of(a.title, strings.Join(words, " "))
		if sketch.Near(x, y) {
			near++
		}
		check(t, x, y)
	})
	if near == 0 {
		t.Error("no two texts were near: the test shows nothing")
	}
}

func FuzzOf(f *testing.F) {
	for _, a := range fixtures() {
		f.Add(a.title, a.text(), a.text())
	}
	f.Add("", strings.Repeat("1.000 ", 30), "\xff\u0300\u0301 Ð Ɖ \u200b")
	f.Fuzz(func(t *testing.T, title, text, other string) {
		a, b := sketch.Of(title, text), sketch.Of(title, other)
		if a != sketch.Of(title, text) {
			t.Error("another sketch of the same text")
		}
		check(t, a, b)
		if utf8.ValidString(text) && a != sketch.Of(title, text+"\n \n") {
			t.Error("white space at the end counts")
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(of(fixtures()[0]).String())
	f.Add("1:AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		s, ok := sketch.Parse(text)
		if ok && s.String() != text || !ok && s != (sketch.Sketch{}) {
			t.Errorf("Parse(%q) = %q, %v", text, s, ok)
		}
		if ok {
			s.Bands()
			check(t, s, s)
		}
	})
}
