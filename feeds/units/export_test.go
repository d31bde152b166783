package units

// All returns, by code, every unit that there ever was.
func (r *Register) All() [][]Unit {
	var out [][]Unit
	for lo := 0; lo < len(r.units); {
		hi := int(r.spans[r.units[lo].Code].hi)
		out = append(out, r.units[lo:hi])
		lo = hi
	}
	return out
}
