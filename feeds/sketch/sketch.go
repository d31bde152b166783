// Package sketch finds near-duplicates: articles of several units that are one
// text, copied with small edits, another header, byline or footer, or a shorter
// tail. It stands beside package feeds: ingestion makes a sketch of each
// revision, and the library looks up near ones by [Sketch.Bands].
//
// A sketch has two parts. The first is a MinHash signature (Broder, "On the
// resemblance and containment of documents", 1997) of the runs of three words,
// folded so that case, marks and spelling do not count; it estimates how much of
// two texts is the same. A simhash of a size that can be indexed by eight keys
// meets only texts that differ in a word or two, so it is not used. The second
// part guards against templates: two invitations that differ in the day alone
// are more alike than two copies of one article of which one is cut. It keeps,
// for numbers and names, the three words before them and the value; two texts
// that put another value into the same place tell of two things and are not
// near, however alike they are.
//
// What several papers write of one event in their own words is not found: such
// texts share hardly more runs of words than unrelated ones do.
//
// Everything here is pure. A sketch of version 1 stays what it is: who changes
// the algorithm gives it a new number.
package sketch

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
)

// Sizes of version 1.
const (
	values   = 32 // of the signature
	bands    = 8  // keys in the index, each of two values
	maxFacts = 32
	// shared is how many values two signatures must have in common: about 30 % of
	// the runs of words of both.
	shared = 10
	// replaced is from how many values in common on two texts of as many facts had
	// some replaced, if the facts are others: about 75 %.
	replaced = 24

	fixed = 2*values + 2 + 4 // bytes before the facts
)

const prefix = "1:"

// Sketch stands for a text. It is comparable; the zero Sketch is that of a text
// too short to tell, and near nothing, itself included.
type Sketch struct {
	signature [values]uint16
	// count is how many numbers and names the text has, 65535 at most, and sum is
	// that of their values.
	count uint16
	sum   uint32
	// facts are the place in the upper 20 bits and what stands there in the lower
	// 12, in ascending order, then zeros.
	facts [maxFacts]uint32
}

const valueBits = 12

// String returns the sketch with its version, about 270 characters at most, and
// "" for the zero Sketch. [Parse] reads it.
func (s Sketch) String() string {
	if s == (Sketch{}) {
		return ""
	}
	b := make([]byte, 0, fixed+4*maxFacts)
	for _, v := range s.signature {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	b = binary.BigEndian.AppendUint16(b, s.count)
	b = binary.BigEndian.AppendUint32(b, s.sum)
	for _, f := range s.facts {
		if f == 0 {
			break
		}
		b = binary.BigEndian.AppendUint32(b, f)
	}
	return prefix + base64.RawURLEncoding.EncodeToString(b)
}

// Parse reads what [Sketch.String] wrote. It is false for "", for other
// versions, and for anything that String does not write.
func Parse(text string) (Sketch, bool) {
	var s Sketch
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok || len(rest) > base64.RawURLEncoding.EncodedLen(fixed+4*maxFacts) {
		return Sketch{}, false
	}
	b, err := base64.RawURLEncoding.DecodeString(rest)
	if err != nil || len(b) < fixed || (len(b)-fixed)%4 != 0 {
		return Sketch{}, false
	}
	for i := range s.signature {
		s.signature[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	s.count = binary.BigEndian.Uint16(b[2*values:])
	s.sum = binary.BigEndian.Uint32(b[2*values+2:])
	last := uint32(0)
	for i, b := 0, b[fixed:]; len(b) > 0; i, b = i+1, b[4:] {
		f := binary.BigEndian.Uint32(b)
		if f>>valueBits <= last {
			return Sketch{}, false
		}
		s.facts[i], last = f, f>>valueBits
	}
	if s.String() != text { // line breaks inside, or spare bits at the end
		return Sketch{}, false
	}
	return s, true
}

// Bands returns the keys under which near sketches meet: eight, or none for the
// zero Sketch. Two sketches that are [Near] have a key in common, always: to
// have one belongs to being near. Two texts that have the share j of their runs
// of words in common have one with the probability 1-(1-j²)⁸: 0.995 for 70 %,
// 0.97 for 60 %, 0.90 for 50 %, 0.003 for 2 %. A key alone says nothing: ask
// Near.
func (s Sketch) Bands() []uint32 {
	if s == (Sketch{}) {
		return nil
	}
	out := make([]uint32, bands)
	for i := range out {
		out[i] = uint32(mix(uint64(s.band(i))|uint64(i+1)<<32) >> 32)
	}
	return out
}

func (s *Sketch) band(i int) uint32 {
	return uint32(s.signature[2*i])<<16 | uint32(s.signature[2*i+1])
}

// Near reports whether a and b are of one text. It is symmetric, and not
// transitive.
func Near(a, b Sketch) bool {
	if a == (Sketch{}) || b == (Sketch{}) {
		return false
	}
	if !meet(&a, &b) {
		return false
	}
	n := alike(&a, &b)
	return n >= shared && !contradict(&a, &b) && (n < replaced || a.count != b.count || a.sum == b.sum)
}

// meet reports whether two signatures have a key in common.
func meet(a, b *Sketch) bool {
	for i := range bands {
		if a.band(i) == b.band(i) {
			return true
		}
	}
	return false
}

// alike counts the values that two signatures have in common.
func alike(a, b *Sketch) (n int) {
	for i, v := range a.signature {
		if v == b.signature[i] {
			n++
		}
	}
	return n
}

// contradict reports whether two texts put different values into one place.
func contradict(a, b *Sketch) bool {
	for i, j := 0, 0; i < maxFacts && j < maxFacts && a.facts[i] != 0 && b.facts[j] != 0; {
		switch x, y := a.facts[i]>>valueBits, b.facts[j]>>valueBits; {
		case x < y:
			i++
		case x > y:
			j++
		case a.facts[i] != b.facts[j]:
			return true
		default:
			i++
			j++
		}
	}
	return false
}

// mix spreads the bits of x over all 64 (the finaliser of splitmix64).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
