package units

import (
	"cmp"
	"slices"
	"strings"
)

// targets makes the units that begin by a change, or, if references is set, finds
// those that another change or the data make on that day.
func (b *book) targets(c Change, sources []int32, references bool) ([]int32, error) {
	if len(c.units) > 1 && (c.kind == Moved || c.kind == Upgraded) {
		if references {
			return nil, nil
		}
		ids := make([]int32, 0, len(sources))
		for n := range sources {
			i, err := b.target(c, c.to[0], sources[n:n+1])
			if err != nil {
				return nil, err
			}
			ids = append(ids, i)
		}
		return ids, nil
	}
	var ids []int32
	for _, t := range c.to {
		if b.reference(c, t, sources) != references {
			continue
		}
		if references {
			i, ok := b.beginning(t.code, c.date)
			if (!ok || i >= b.named) && c.kind == Renamed {
				made, err := b.target(c, t, sources) // another code, and nothing else
				if err != nil {
					return nil, err
				}
				ids = append(ids, made)
				continue
			}
			if !ok {
				return nil, c.at.errorf("no unit with the code %s begins on %s: add its full_name and province", t.code, day(c.date))
			}
			for _, s := range sources {
				if err := levels(c, b.units[s], b.units[i]); err != nil {
					return nil, err
				}
			}
			ids = append(ids, i)
			continue
		}
		i, err := b.target(c, t, sources)
		if err != nil {
			return nil, err
		}
		ids = append(ids, i)
	}
	return ids, nil
}

// reference reports whether t names a unit that it does not make: by its code
// alone, unless that is a unit of the change that goes on.
func (b *book) reference(c Change, t target, sources []int32) bool {
	if t.code == "" || t != (target{code: t.code}) {
		return false
	}
	if i, ok := b.beginning(t.code, c.date); ok && i < b.old {
		return true
	}
	return !b.among(t.code, sources)
}

func (b *book) among(code string, sources []int32) bool {
	return slices.ContainsFunc(sources, func(i int32) bool { return b.units[i].Code == code })
}

// target makes one unit.
func (b *book) target(c Change, t target, sources []int32) (int32, error) {
	u := Unit{Code: t.code, FullName: t.fullName, Province: t.province, District: t.district, From: c.date, Act: c.act}
	var like *Unit // the unit that it goes on from
	for _, i := range sources {
		if s := &b.units[i]; s.Code == u.Code || c.kind == Renamed || c.kind == Moved || c.kind == Upgraded {
			like = s
		}
	}
	if like != nil {
		u.Code = cmp.Or(u.Code, like.Code)
		u.FullName = cmp.Or(u.FullName, like.FullName)
		if t.kind != "" {
			u.FullName = t.kind + " " + like.Name
		}
	}
	if u.FullName == "" {
		return 0, c.at.errorf("unit %s is new: add its full_name", u.Code)
	}
	l, _ := levelOf(u.Code)
	var ok bool
	if u.Kind, u.Name, ok = splitName(l, u.FullName); !ok {
		return 0, c.at.errorf("%q does not begin with the kind of a %s (%s): write the full name, or check the code %s",
			u.FullName, l, strings.Join(l.kinds(), ", "), u.Code)
	}
	u.FullName = capital(u.Kind) + " " + u.Name
	if err := b.home(c, &u, t, sources); err != nil {
		return 0, err
	}
	if like != nil && len(c.to) == 1 && len(sources) == 1 && u.Code == like.Code && u.FullName == like.FullName && u.Province == like.Province && u.District == like.District {
		return 0, c.at.errorf("%s changes nothing about unit %s (%s): say in to what is new", c.kind, u.Code, u.FullName)
	}
	for _, s := range sources {
		if err := levels(c, b.units[s], u); err != nil {
			return 0, err
		}
	}
	if i, taken := b.beginning(u.Code, c.date); taken {
		return 0, c.at.errorf("unit %s (%s) begins on that day already (%s): give its code alone to mean that one, or another code", u.Code, b.units[i].FullName, b.from[i])
	}
	return b.add(u, c.at), nil
}

// home fills in the province and the district of a unit from those that it comes
// from, where they agree.
func (b *book) home(c Change, u *Unit, t target, sources []int32) error {
	if u.Level() == Province {
		if u.Province != "" || u.District != "" {
			return c.at.errorf("%s is a province itself: leave province and district out", u.FullName)
		}
		return nil
	}
	if u.Province == "" {
		for _, i := range sources {
			if p := b.units[i].Province; u.Province != "" && p != u.Province {
				return c.at.errorf("the units of %s lie in several provinces: add province to to", u.Code)
			} else {
				u.Province = p
			}
		}
	}
	if u.Province == "" {
		return c.at.errorf("unit %s has no province: add province to to", u.Code)
	}
	if u.District != "" || t.province != "" || u.Level() != Commune {
		return nil
	}
	for n, i := range sources {
		d := b.units[i].District
		if n > 0 && d != u.District {
			u.District = ""
			break
		}
		u.District = d
	}
	return nil
}

// levels refuses succession between tiers, but for districts, whose communes
// took over from them.
func levels(c Change, from, to Unit) error {
	if from.Level() == to.Level() || from.Level() == District && to.Level() == Commune {
		return nil
	}
	return c.at.errorf("%s is a %s and %s is a %s: only units of one level follow each other; check the codes", from, from.Level(), to, to.Level())
}
