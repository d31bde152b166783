package units_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"loa/feeds/units"
)

func TestByFullName(t *testing.T) {
	for _, c := range []struct {
		name string
		when time.Time
		want string
	}{
		{"Xã Yên Lạc", now, "09025"},
		{"Xã Yên Lạc", before, ""},
		{"Thị trấn Yên Lạc", before, "09025"},
		{"Thị trấn Yên Lạc", now, ""},
		{"TT. Yên Lạc", before, "09025"},
		{"Huyện Yên Lạc, tỉnh Vĩnh Phúc", before, "251"},
		{"Xã Bình Định, huyện Yên Lạc, tỉnh Vĩnh Phúc", eve, "09034"},
		{"Xã Bình Định, huyện Tam Dương", eve, ""},
		{"xã yên lạc, PHÚ THỌ", now, "09025"},
		{"xã Yên Lạc, tỉnh Vĩnh Phúc", now, ""},
		{norm.NFD.String("Xã Yên Lạc"), now, "09025"},
		{" XÃ\u00a0YÊN  LẠC ", now, "09025"},
		{"Tỉnh Thanh Hóa", now, "38"},
		{"Tỉnh Thanh Hoá", now, "38"},
		{"Phường Biên Hòa", now, "26068"},
		{"TP. Hồ Chí Minh", now, "79"},
		{"TP Huế", now, "46"},
		{"Tỉnh Hòa Bình", eve, "17"},
		{"Tỉnh Hòa Bình", now, ""},
		{"Tỉnh Đồng Nai", reform, "75"},
		{"Thành phố Ðồng Nai", now, "75"}, // with Eth
		{"Xã Ea H’Leo", now, "24184"},
		{"Phường Văn Miếu – Quốc Tử Giám", now, "00226"},
		{"Xã Tân Thành, tỉnh Cà Mau", now, ""},
		{"Phường Tân Thành, tỉnh Cà Mau", now, "32025"},
		{"", now, ""},
		{strings.Repeat("Xã ", 1000), now, ""},
	} {
		if got := codes(shipped().ByFullName(c.name, c.when)); got != c.want {
			t.Errorf("%.60q on %s: %q, want %q", c.name, c.when.Format(time.DateOnly), got, c.want)
		}
	}
	if got := shipped().ByFullName("Xã Tân Thành", now); len(got) < 5 {
		t.Errorf("%v: a shared full name must give all units that have it", got)
	}
}

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		query string
		when  time.Time
		want  string // code, or a part of the error
	}{
		{"09025", now, "09025"},
		{" 25 ", now, "25"},
		{"Xã Yên Lạc", now, "09025"},
		{"Yên Lạc", now, "09025"},
		{"yen lac", now, "09025"},
		{"xa nguyet duc, phu tho", now, "09052"},
		{"Tam Hồng", before, "09043"},
		{"Yên Lạc", before, "251 Huyện Yên Lạc, Tỉnh Vĩnh Phúc"},
		{"251", now, "251 Huyện Yên Lạc, Tỉnh Vĩnh Phúc, until 2025-07-01; now 09025 Xã Yên Lạc, 09040 Xã Tề Lỗ"},
		{"Tỉnh Vĩnh Phúc", now, "until 2025-07-01; now 25 Tỉnh Phú Thọ"},
		{"Xã Yên Lạc", before, "from 2025-07-01"},
		{"Xã Tân Thành", now, "units; use the code, or add the province after a comma"},
		{"Xã Yên Lac", now, "these come near:\n  09025 Xã Yên Lạc, Tỉnh Phú Thọ"},
		{"99999", now, "is no code of a unit"},
		{"1234", now, "is no code of a unit"},
		{"Xã Không Có Thật", now, "names no unit"},
		{"", now, "names no unit"},
		{" , ", now, "names no unit"},
		{strings.Repeat("a", 1000), now, "too long"},
	} {
		u, err := shipped().Resolve(c.query, c.when)
		var asked *units.ResolveError
		switch {
		case err == nil && u.Code == c.want:
		case errors.As(err, &asked) && strings.Contains(err.Error(), c.want):
		default:
			t.Errorf("%.60q on %s: %s, %v; want %s", c.query, c.when.Format(time.DateOnly), u, err, c.want)
		}
	}
}

func TestSearch(t *testing.T) {
	r := shipped()
	first := func(q, want string) {
		t.Helper()
		got := r.Search(q, now, 3)
		if len(got) == 0 || got[0].FullName != want {
			t.Errorf("%q finds %v, want %s first", q, got, want)
		}
	}
	first("yen lac", "Xã Yên Lạc")
	first("Tề L", "Xã Tề Lỗ")
	first("phu tho", "Tỉnh Phú Thọ")
	first("tinh phu tho", "Tỉnh Phú Thọ")
	first("quốc tử giám", "Phường Văn Miếu - Quốc Tử Giám")
	first("p. ba dinh", "Phường Ba Đình")
	first("Khánh Hòa", "Tỉnh Khánh Hoà")
	first("dong nai", "Thành phố Đồng Nai")

	// With marks: those that have them as typed come first, the others after.
	seen := false
	for _, u := range r.Search("tân an", now, 0) {
		if !strings.Contains(strings.ToLower(u.FullName), "tân an") {
			seen = true
		} else if seen {
			t.Fatalf("%s comes after a unit without these marks", u)
		}
	}
	if n := len(r.Search("tan", now, 7)); n != 7 {
		t.Errorf("%d units, want 7", n)
	}
	for _, q := range []string{"", "  ", "zzz", strings.Repeat("tân ", 200)} {
		if got := r.Search(q, now, 0); len(got) != 0 {
			t.Errorf("%.20q finds %d units", q, len(got))
		}
	}
	if got := codes(r.Search("huyện yên", before, 0)); got != "251" {
		t.Errorf("in 2020: %s", got)
	}
}
