// Command makedata makes units.tsv and succession.tsv of the register anew from
// the lists that data/README.md names:
//
//	go run ./feeds/units/internal/makedata UNITS.json SUCCESSION.csv feeds/units/data
//
// It is run when a source has changed, by hand, and its output is read before it
// is committed. It is no part of the program.
package main

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	reform = "2025-07-01"

	actProvinces = "202/2025/QH15"
	actDistricts = "203/2025/QH15"
	actPhuTho    = "1676/NQ-UBTVQH15"
)

// on2025 has what the list, which is of May 2026, called otherwise on the day of
// the reform: the changes since then stand in changes.yaml.
var on2025 = map[string]string{
	"75":    "Tỉnh Đồng Nai",
	"25270": "Xã Lộc Ninh", "25357": "Xã Tân Khai", "25363": "Xã Đồng Phú", "26116": "Xã Tân Phú",
	"26170": "Xã Trị An", "26248": "Xã Trảng Bom", "26326": "Xã Dầu Giây", "26368": "Xã Long Thành",
	"26425": "Xã Xuân Lộc", "26485": "Xã Nhơn Trạch",
}

// corrected are codes that the list had wrong; see corrections.tsv.
var corrected = map[string]string{"06978": "06970"}

// oldCodes are the GSO codes of the units of huyện Yên Lạc before the reform.
var oldCodes = map[string]string{
	"Thị trấn Yên Lạc": "09025", "Xã Đồng Cương": "09028", "Xã Đồng Văn": "09031", "Xã Bình Định": "09034",
	"Xã Trung Nguyên": "09037", "Xã Tề Lỗ": "09040", "Thị trấn Tam Hồng": "09043", "Xã Yên Đồng": "09046",
	"Xã Văn Tiến": "09049", "Xã Nguyệt Đức": "09052", "Xã Yên Phương": "09055", "Xã Trung Kiên": "09061",
	"Xã Liên Châu": "09064", "Xã Đại Tự": "09067", "Xã Hồng Châu": "09070", "Xã Trung Hà": "09073",
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: makedata UNITS.json SUCCESSION.csv FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "makedata:", err)
		os.Exit(1)
	}
}

type row struct{ code, from, to, province, district, act, endAct, name string }

func run(list, succession, folder string) error {
	units, err := after(list)
	if err != nil {
		return fmt.Errorf("read units: %w", err)
	}
	old, edges, err := before(succession)
	if err != nil {
		return fmt.Errorf("read succession: %w", err)
	}
	for i, u := range units {
		if u.code == "25" {
			units[i].act = actProvinces
		}
		if _, ok := edges[u.code]; ok && u.code != "25" {
			units[i].act = actPhuTho
		}
	}
	units = append(units, old...)
	slices.SortFunc(units, func(a, b row) int {
		return cmp.Or(cmp.Compare(len(a.code), len(b.code)), cmp.Compare(a.code, b.code), cmp.Compare(a.from, b.from))
	})
	var b strings.Builder
	b.WriteString("# code\tfrom\tto\tprovince\tdistrict\tact\tend_act\tfull_name\n")
	for _, u := range units {
		b.WriteString(strings.Join([]string{u.code, u.from, u.to, u.province, u.district, u.act, u.endAct, u.name}, "\t") + "\n")
	}
	if err := os.WriteFile(filepath.Join(folder, "units.tsv"), []byte(b.String()), 0o600); err != nil { //nolint:gosec // who runs it names the folder
		return fmt.Errorf("write units: %w", err)
	}
	b.Reset()
	b.WriteString("# date\tfrom_code\tto_code\tshare\tact\n")
	for _, to := range slices.Sorted(maps.Keys(edges)) {
		for _, e := range edges[to] {
			b.WriteString(reform + "\t" + e + "\n")
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "succession.tsv"), []byte(b.String()), 0o600); err != nil { //nolint:gosec // who runs it names the folder
		return fmt.Errorf("write succession: %w", err)
	}
	return nil
}

// after reads the list of units after the reform.
func after(name string) ([]row, error) {
	raw, err := os.ReadFile(name) //nolint:gosec // who runs it names the file
	if err != nil {
		return nil, err
	}
	var provinces []struct {
		Code, FullName string
		Wards          []struct{ Code, FullName, ProvinceCode string }
	}
	if err := json.Unmarshal(raw, &provinces); err != nil {
		return nil, err
	}
	var units []row
	add := func(code, name, province string) {
		units = append(units, row{code: cmp.Or(corrected[code], code), from: reform, province: province,
			name: tidy(cmp.Or(on2025[code], name))})
	}
	for _, p := range provinces {
		add(p.Code, p.FullName, "")
		for _, w := range p.Wards {
			add(w.Code, w.FullName, w.ProvinceCode)
		}
	}
	return units, nil
}

// before makes the units that ended with the reform, and by successor the rest
// of their lines in succession.tsv.
func before(name string) ([]row, map[string][]string, error) {
	f, err := os.Open(name) //nolint:gosec // who runs it names the file
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	old := []row{
		{code: "17", to: reform, endAct: actProvinces, name: "Tỉnh Hoà Bình"},
		{code: "25", to: reform, endAct: actProvinces, name: "Tỉnh Phú Thọ"},
		{code: "26", to: reform, endAct: actProvinces, name: "Tỉnh Vĩnh Phúc"},
		{code: "251", to: reform, province: "26", endAct: actDistricts, name: "Huyện Yên Lạc"},
	}
	edges := map[string][]string{}
	for _, p := range []string{"17", "25", "26"} {
		edges["25"] = append(edges["25"], strings.Join([]string{p, "25", "whole", actProvinces}, "\t"))
	}
	for _, l := range lines[1:] {
		unit, to, act := tidy(l[2]), l[4], actPhuTho
		code, ok := oldCodes[unit]
		if !ok || !strings.HasPrefix(l[7], actPhuTho) {
			return nil, nil, fmt.Errorf("no code known for %q", unit)
		}
		old = append(old, row{code: code, to: reform, province: "26", district: "251", endAct: act, name: unit})
		if len(edges[to]) == 0 {
			edges[to] = []string{strings.Join([]string{"251", to, "part", act}, "\t")}
		}
		edges[to] = append(edges[to], strings.Join([]string{code, to, "whole", act}, "\t"))
	}
	for _, e := range edges {
		slices.Sort(e)
	}
	return old, edges, nil
}

// tidy makes a full name NFC with a capital first letter.
func tidy(s string) string {
	s = norm.NFC.String(strings.Join(strings.Fields(s), " "))
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
