// Package units is the register of administrative units: provinces, communes and
// what went before them, each with the time for which it is valid and with its
// successors.
//
// Its place is in the core: articles name their unit by code, feeds are made per
// unit and province, pages show names, and the operator names units on the
// command line. It obeys the code list of the General Statistics Office (two
// digits for a province, three for a district, five for a commune) and the acts
// that change units. A code is used again over time: 25 is the old and the new
// tỉnh Phú Thọ, 09025 was a town and is a commune. So a unit is identified by
// its code and the day on which it begins, and look-ups take a time. Names and
// slugs are shared by many units and identify nothing.
//
// The data that come with the package reach from the reform of 1 July 2025 on,
// and to what that reform made of huyện Yên Lạc; data/README.md says from where.
// What happens later is data too: an operator gives it as a file of changes
// ([ReadChanges]), and a reform needs no new release.
//
// The package does not know boundaries, populations, hosts or portals, and it
// does not move articles from a unit to its successor: it says who that is.
package units

import (
	"strings"
	"time"

	"loa/feeds"
)

// Unit is an administrative unit for as long as its name, kind and province
// stayed the same. It is a value: compare [Unit.ID], not the fields.
type Unit struct {
	// Code of the General Statistics Office: 2 digits for a province or a city
	// under the central government, 3 for a district, 5 for a commune.
	Code string
	// Name without its kind, such as `Yên Lạc`.
	Name string
	// FullName with its kind, such as `Xã Yên Lạc`. NFC.
	FullName string
	// Kind is one of the kinds below.
	Kind string
	// Province is the code of the province; empty for a province.
	Province string
	// District is the code of the district, before there were none.
	District string
	// From is the first moment of the unit: midnight in Viet Nam of the day on
	// which the act came into force. Zero: before the data begin.
	From time.Time
	// To is the first moment at which the unit is no more. Zero: it is in force.
	To time.Time
	// Act by which the unit came to be, such as `1676/NQ-UBTVQH15`; empty when
	// the data do not say.
	Act string
	// EndAct is the act that ended it.
	EndAct string
}

// Kinds of units, as they begin a full name but in small letters.
const (
	Tinh     = "tỉnh"
	ThanhPho = "thành phố" // under the central government, or before the reform under a province
	Huyen    = "huyện"
	Quan     = "quận"
	ThiXa    = "thị xã"
	ThiTran  = "thị trấn"
	Xa       = "xã"
	Phuong   = "phường"
	DacKhu   = "đặc khu"
)

// Level is the tier of a unit.
type Level int

// Levels by the number of digits of their codes.
const (
	Province Level = 2
	District Level = 3
	Commune  Level = 5
)

func (l Level) String() string {
	switch l {
	case Province:
		return "province"
	case District:
		return "district"
	case Commune:
		return "commune"
	}
	return "no level"
}

// kinds of a level, longest first, so that `Thị xã` is not taken for another.
func (l Level) kinds() []string {
	switch l {
	case Province:
		return []string{ThanhPho, Tinh}
	case District:
		return []string{ThanhPho, ThiXa, Huyen, Quan}
	case Commune:
		return []string{ThiTran, DacKhu, Phuong, Xa}
	}
	return nil
}

// Zone is the time of Viet Nam: +07:00, without summer time for as long as the
// data reach.
var Zone = time.FixedZone("+07", 7*60*60)

// Level returns the unit's tier.
func (u Unit) Level() Level { return Level(len(u.Code)) }

// ID identifies the unit among all that ever had its code: the code and, if
// known, the day on which it begins, as `09025@2025-07-01` or `251@`.
func (u Unit) ID() string {
	if u.From.IsZero() {
		return u.Code + "@"
	}
	return u.Code + "@" + u.From.In(Zone).Format(time.DateOnly)
}

// InForce reports whether the unit was, is or will be there at a time. A zero
// time is before everything that is dated.
func (u Unit) InForce(t time.Time) bool {
	return (u.From.IsZero() || !t.Before(u.From)) && (u.To.IsZero() || t.Before(u.To))
}

// Slug is the name for show in an address, such as `yen-lac`. Hundreds of units
// share theirs, some within one province: nothing is ever found by it.
func (u Unit) Slug() string { return feeds.Slug(u.Name) }

// String is the code and the full name.
func (u Unit) String() string { return u.Code + " " + u.FullName }

// levelOf returns the level that a code is of.
func levelOf(code string) (Level, bool) {
	for i := range len(code) {
		if code[i] < '0' || code[i] > '9' {
			return 0, false
		}
	}
	l := Level(len(code))
	return l, l == Province || l == District || l == Commune
}

// splitName splits a full name into its kind, in small letters, and its name.
func splitName(l Level, full string) (kind, name string, ok bool) {
	for _, k := range l.kinds() {
		if len(full) > len(k)+1 && full[len(k)] == ' ' && strings.EqualFold(full[:len(k)], k) {
			return k, full[len(k)+1:], true
		}
	}
	return "", "", false
}
