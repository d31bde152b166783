package sketch

import "math"

// minWords is the length under which a text tells nothing.
const minWords = 24

// factors make one hash into many, one for each value of the signature: the
// first outputs of splitmix64, made odd.
var factors = func() (f [values]uint64) {
	for i := range f {
		f[i] = mix(uint64(i+1)*0x9e3779b97f4a7c15) | 1
	}
	return f
}()

// Of returns the sketch of an article: its title and its text, both plain text.
// A text of less than 24 words with its title has the zero Sketch. It reads the
// whole text, in time proportional to its length and in bounded memory.
func Of(title, text string) Sketch {
	var f facts
	var least [values]uint32
	for i := range least {
		least[i] = ^uint32(0)
	}
	n := 0
	var a, b uint64 // the two words before
	add := func(w word) {
		f.add(w)
		n++
		if n >= 3 {
			run := mix(a*3 + b*5 + w.hash)
			for i := range least {
				least[i] = min(least[i], uint32(run*factors[i]>>32))
			}
		}
		a, b = b, w.hash
	}
	scan(title, add)
	scan(text, add)
	if n < minWords {
		return Sketch{}
	}
	var s Sketch
	for i, v := range least {
		s.signature[i] = uint16(v)
	}
	s.facts = f.kept()
	s.count, s.sum = uint16(min(f.count, math.MaxUint16)), uint32(f.sum>>32)
	return s
}
