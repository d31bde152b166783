package units_test

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"loa/feeds/units"
)

var (
	before = date("2020-08-24")
	eve    = date("2025-06-30")
	reform = date("2025-07-01")
	listed = date("2026-05-01") // the day of the list that the data were made from
	now    = date("2026-11-01")
)

func date(s string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, s, units.Zone)
	if err != nil {
		panic(err)
	}
	return t
}

var shipped = sync.OnceValue(func() *units.Register {
	r, err := units.Load()
	if err != nil {
		panic(err)
	}
	return r
})

func at(t *testing.T, r *units.Register, code string, when time.Time) units.Unit {
	t.Helper()
	u, ok := r.At(code, when)
	if !ok {
		t.Fatalf("no unit %s on %s", code, when.Format(time.DateOnly))
	}
	return u
}

func codes(us []units.Unit) string {
	var out []string
	for _, u := range us {
		out = append(out, u.Code)
	}
	return strings.Join(out, " ")
}

func communes(r *units.Register, when time.Time) []units.Unit {
	var all []units.Unit
	for _, p := range r.Provinces(when) {
		all = append(all, r.Communes(p.Code, when)...)
	}
	return all
}

func TestCounts(t *testing.T) {
	for _, c := range []struct {
		when                                              time.Time
		provinces, cities, communes, xa, phuong, specials int
	}{
		{reform, 34, 6, 3321, 2621, 687, 13},
		{listed, 34, 7, 3321, 2611, 697, 13},
		{now, 34, 9, 3321, 2599, 709, 13},
	} {
		ps, cs := shipped().Provinces(c.when), communes(shipped(), c.when)
		kinds := map[string]int{}
		for _, u := range slices.Concat(ps, cs) {
			kinds[u.Kind]++
		}
		if len(ps) != c.provinces || len(cs) != c.communes || kinds[units.ThanhPho] != c.cities ||
			kinds[units.Xa] != c.xa || kinds[units.Phuong] != c.phuong || kinds[units.DacKhu] != c.specials {
			t.Errorf("on %s: %d provinces, %d communes, kinds %v; want %+v", c.when.Format(time.DateOnly), len(ps), len(cs), kinds, c)
		}
	}
}

// TestNamesAreShared shows with numbers why nothing is keyed by name or slug.
func TestNamesAreShared(t *testing.T) {
	slugs, full, inProvince := map[string]int{}, map[string]int{}, map[string]int{}
	for _, u := range communes(shipped(), listed) {
		slug := strings.ReplaceAll(u.Slug(), "-", "") // as in a host name
		slugs[slug]++
		full[u.FullName]++
		inProvince[u.Province+slug]++
	}
	shared := func(m map[string]int) int {
		n := 0
		for k := range maps.Values(m) {
			if k > 1 {
				n++
			}
		}
		return n
	}
	if len(slugs) != 2744 || shared(slugs) != 374 || slugs["tanthanh"] != 15 || shared(inProvince) != 10 || shared(full) != 245 {
		t.Errorf("%d slugs, %d shared, tanthanh %d times, %d shared in one province; %d shared full names",
			len(slugs), shared(slugs), slugs["tanthanh"], shared(inProvince), shared(full))
	}
}

func TestYenLac(t *testing.T) {
	r := shipped()
	district := at(t, r, "251", before)
	if district.FullName != "Huyện Yên Lạc" || district.Province != "26" || district.Level() != units.District || district.EndAct != "203/2025/QH15" {
		t.Errorf("district is %+v", district)
	}
	five := "09025 09040 09043 09052 09064"
	if got := codes(r.Follow(district, now)); got != five {
		t.Errorf("the district became %s, want %s", got, five)
	}
	if got := codes(r.Follow(district, eve)); got != "251" {
		t.Errorf("on the eve of the reform the district is followed by %s, want itself", got)
	}
	for _, s := range r.Successors(district) {
		if s.Whole || s.Act != "1676/NQ-UBTVQH15" || !s.Date.Equal(reform) {
			t.Errorf("succession %+v: want a part, by 1676/NQ-UBTVQH15, on the day of the reform", s)
		}
	}
	became := map[string]string{
		"09025": "09025 09028 09034", "09040": "09031 09037 09040", "09064": "09064 09067 09070",
		"09043": "09043 09046 09055", "09052": "09049 09052 09061 09073",
	}
	n := 0
	for code, olds := range became {
		u := at(t, r, code, reform)
		var got []string
		for _, s := range r.Predecessors(u) {
			if s.Whole {
				got = append(got, s.Unit.Code)
			}
		}
		if strings.Join(got, " ") != olds {
			t.Errorf("%s was made of %v, want %s", u, got, olds)
		}
		for _, old := range got {
			n++
			o := at(t, r, old, eve)
			if next := r.Follow(o, now); len(next) != 1 || next[0].Code != code || next[0].From.Equal(o.From) {
				t.Errorf("%s became %v, want %s", o, next, code)
			}
			if o.District != "251" || o.Province != "26" {
				t.Errorf("%s lies in %s, %s", o, o.District, o.Province)
			}
		}
	}
	if n != 16 {
		t.Errorf("%d old units, want 16", n)
	}
}

func TestProvincesMerged(t *testing.T) {
	r := shipped()
	for _, code := range []string{"17", "25", "26"} {
		old := at(t, r, code, eve)
		got := r.Follow(old, now)
		if len(got) != 1 || got[0].FullName != "Tỉnh Phú Thọ" || got[0].Code != "25" || got[0].ID() == old.ID() {
			t.Errorf("%s became %v, want the new Tỉnh Phú Thọ", old, got)
		}
		if s := r.Successors(old); len(s) != 1 || !s[0].Whole || s[0].Act != "202/2025/QH15" {
			t.Errorf("successions of %s: %+v", old, s)
		}
	}
	if n := len(r.Communes("25", now)); n != 148 {
		t.Errorf("Phú Thọ has %d communes, want 148", n)
	}
}

// TestCodesAreUsedAgain has one code for a town and for the commune after it.
func TestCodesAreUsedAgain(t *testing.T) {
	r := shipped()
	for when, want := range map[time.Time]string{
		before: "Thị trấn Yên Lạc", reform.Add(-time.Nanosecond): "Thị trấn Yên Lạc", reform: "Xã Yên Lạc", now: "Xã Yên Lạc",
		time.Date(2025, 6, 30, 17, 0, 0, 0, time.UTC): "Xã Yên Lạc", // midnight in Viet Nam
	} {
		if got := at(t, r, "09025", when).FullName; got != want {
			t.Errorf("09025 at %s is %s, want %s", when, got, want)
		}
	}
	var ids []string
	for _, u := range r.History("09025") {
		ids = append(ids, u.ID())
	}
	if want := []string{"09025@", "09025@2025-07-01"}; !slices.Equal(ids, want) {
		t.Errorf("ids %q, want %q", ids, want)
	}
	if u, ok := r.Latest("09025"); !ok || u.FullName != "Xã Yên Lạc" {
		t.Errorf("latest 09025 is %v", u)
	}
	if u, ok := r.Latest("251"); !ok || u.FullName != "Huyện Yên Lạc" {
		t.Errorf("latest 251 is %v", u)
	}
	if _, ok := r.At("251", now); ok {
		t.Error("251 is in force after its end")
	}
	if _, ok := r.Latest("99999"); ok {
		t.Error("99999 is a unit")
	}
}

func TestCitiesOf2026(t *testing.T) {
	r := shipped()
	for _, c := range []struct{ code, day, act string }{
		{"75", "2026-04-30", "30/2026/QH16"}, {"22", "2026-09-01", "36/2026/QH16"}, {"24", "2026-09-20", "39/2026/QH16"},
	} {
		day := date(c.day)
		was, is := at(t, r, c.code, day.Add(-1)), at(t, r, c.code, day)
		if was.Kind != units.Tinh || is.Kind != units.ThanhPho || was.Name != is.Name || is.Act != c.act {
			t.Errorf("%s: %+v, then %+v", c.code, was, is)
		}
		if got := r.Follow(was, now); len(got) != 1 || got[0].ID() != is.ID() {
			t.Errorf("%s became %v", was, got)
		}
		if n := len(r.Communes(c.code, now)); n < 50 {
			t.Errorf("%s has %d communes: those of the province must be those of the city", is, n)
		}
	}
	if u := at(t, r, "26368", reform); u.FullName != "Xã Long Thành" {
		t.Errorf("26368 was %s", u)
	}
}

func TestWrongCodeOfALeadsToTheUnit(t *testing.T) {
	if u := at(t, shipped(), "06978", now); u.Code != "06970" || u.FullName != "Xã Ba Chẽ" {
		t.Errorf("06978 leads to %s", u)
	}
}

func TestListsAreInVietnameseOrder(t *testing.T) {
	var got []string
	for _, u := range shipped().Provinces(now) {
		got = append(got, u.Name)
	}
	want := "An Giang, Bắc Ninh, Cà Mau, Cao Bằng, Cần Thơ, Đà Nẵng, Đắk Lắk, Điện Biên, Đồng Nai, Đồng Tháp, Gia Lai, Hà Nội, " +
		"Hà Tĩnh, Hải Phòng, Hồ Chí Minh, Huế, Hưng Yên, Khánh Hoà, Lai Châu, Lạng Sơn, Lào Cai, Lâm Đồng, Nghệ An, Ninh Bình, " +
		"Phú Thọ, Quảng Ngãi, Quảng Ninh, Quảng Trị, Sơn La, Tây Ninh, Thái Nguyên, Thanh Hoá, Tuyên Quang, Vĩnh Long"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("provinces:\n%s\nwant:\n%s", s, want)
	}
	got = nil
	for _, u := range shipped().Communes("68", now) {
		if strings.Contains(u.Name, "Bảo L") || strings.Contains(u.Name, "Đà L") {
			got = append(got, u.Name)
		}
	}
	want = "1 Bảo Lộc, 2 Bảo Lộc, 3 Bảo Lộc, Bảo Lâm 1, Bảo Lâm 2, Bảo Lâm 3, Bảo Lâm 4, Bảo Lâm 5, " +
		"Cam Ly - Đà Lạt, Lang Biang - Đà Lạt, Lâm Viên - Đà Lạt, Xuân Hương - Đà Lạt, Xuân Trường - Đà Lạt"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("communes of Lâm Đồng:\n%s\nwant:\n%s", s, want)
	}
}

func TestUnitsAreTidy(t *testing.T) {
	for _, u := range slices.Concat(shipped().Provinces(now), communes(shipped(), now)) {
		if u.Name == "" || u.Slug() == "" || !strings.HasSuffix(u.FullName, u.Name) || strings.ToLower(strings.TrimSuffix(u.FullName, " "+u.Name)) != u.Kind {
			t.Errorf("%+v", u)
		}
		if (u.Province == "") != (u.Level() == units.Province) {
			t.Errorf("%s lies in province %q", u, u.Province)
		}
	}
	check(t, shipped())
}

func TestVersionIsOfWhatIsShown(t *testing.T) {
	again, err := units.Load()
	if err != nil {
		t.Fatal(err)
	}
	if again.Version() != shipped().Version() || len(again.Version()) != 24 {
		t.Errorf("versions %q and %q of the same data", again.Version(), shipped().Version())
	}
	load := func(file string) string { return load(t, file).Version() }
	a := load("- {date: 2027-01-01, act: 1/NQ-UBTVQH16, change: renamed, units: '09040', to: {full_name: Xã Tề Lỗ Mới}}\n")
	b := load("# why\n- act: 1/NQ-UBTVQH16\n  date: 2027-01-01\n  change: renamed\n  units: ['09040']\n  to: [{full_name: Xã  Tề Lỗ Mới}]\n")
	if a == again.Version() || a != b {
		t.Errorf("versions: data %s, with a change %s, with the same change written otherwise %s", again.Version(), a, b)
	}
}

func load(t *testing.T, file string) *units.Register {
	t.Helper()
	changes, err := units.ReadChanges("changes.yaml", strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	r, err := units.Load(changes...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestOneRegisterForManyGoroutines(t *testing.T) {
	r, err := units.Load()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				r.Provinces(now)
				r.Communes("25", now)
				r.Search("yen", now, 10)
				r.ByFullName("Xã Tân Thành", now)
			}
		})
	}
	wg.Wait()
}

// check holds a register to what is true of every one.
func check(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, r *units.Register) {
	t.Helper()
	for _, us := range r.All() {
		for n, u := range us {
			if n > 0 && (us[n-1].To.IsZero() || us[n-1].To.After(u.From)) {
				t.Fatalf("%s and %s have one code at one time", us[n-1].ID(), u.ID())
			}
			if !u.To.IsZero() && !u.From.Before(u.To) {
				t.Fatalf("%s ends before it begins", u.ID())
			}
			last := u.To
			if last.IsZero() {
				last = cmp.Or(u.From, reform).Add(1)
			}
			if _, ok := r.At(u.Province, last.Add(-1)); u.Province != "" && !ok {
				t.Fatalf("%s has no province at %s", u.ID(), last)
			}
			for _, s := range r.Successors(u) {
				if !s.Unit.From.Equal(s.Date) || !u.From.Before(s.Date) || u.InForce(s.Date) && s.Whole {
					t.Fatalf("%s is followed by %s on %s", u.ID(), s.Unit.ID(), s.Date)
				}
				if back := r.Predecessors(s.Unit); !slices.ContainsFunc(back, func(p units.Succession) bool { return p.Unit.ID() == u.ID() }) {
					t.Fatalf("%s does not know its predecessor %s", s.Unit.ID(), u.ID())
				}
			}
			for _, f := range r.Follow(u, now) {
				if !f.InForce(now) {
					t.Fatalf("%s became %s, which is not in force", u.ID(), f.ID())
				}
			}
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := units.Load(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkByFullName(b *testing.B) {
	r := shipped()
	b.ReportAllocs()
	for b.Loop() {
		r.ByFullName("Xã Yên Lạc, tỉnh Phú Thọ", now)
	}
}

func BenchmarkSearch(b *testing.B) {
	r := shipped()
	b.ReportAllocs()
	for b.Loop() {
		r.Search("tan th", now, 20)
	}
}
