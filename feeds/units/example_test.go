package units_test

import (
	"fmt"
	"strings"
	"time"

	"loa/feeds/units"
)

// A district ended with the reform; its feed names those that came after it.
func ExampleRegister_Follow() {
	r, err := units.Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	district, err := r.Resolve("Huyện Yên Lạc, Vĩnh Phúc", time.Date(2020, 8, 24, 0, 0, 0, 0, units.Zone))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, u := range r.Follow(district, time.Date(2026, 11, 1, 0, 0, 0, 0, units.Zone)) {
		fmt.Println(u)
	}
	// Output:
	// 09025 Xã Yên Lạc
	// 09040 Xã Tề Lỗ
	// 09043 Xã Tam Hồng
	// 09052 Xã Nguyệt Đức
	// 09064 Xã Liên Châu
}

// An operator's file of changes, and a mistake in it.
func ExampleReadChanges() {
	changes, err := units.ReadChanges("changes.yaml", strings.NewReader(`
- date: 2027-01-01
  act: 12/NQ-UBTVQH16
  change: merged
  units: ["09040", "09043"]
  to: {code: "09040", full_name: Phường Tam Hồng}
- date: 2027-06-01
  act: 13/NQ-UBTVQH16
  change: abolished
  units: "09043"
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = units.Load(changes...)
	fmt.Println(err)
	// Output:
	// units: changes.yaml:7: unit 09043 (Xã Tam Hồng) ended on 2027-01-01 by 12/NQ-UBTVQH16: name its successor, or check the date
}
