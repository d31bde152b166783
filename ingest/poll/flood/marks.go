package flood

import (
	"encoding/binary"
	"hash/fnv"

	"loa/feeds/vntext"
)

// Marks stand for texts in a few bytes each, the newest first. Two texts seldom
// have the same mark. The zero Marks are empty. In JSON they are base64.
type Marks []byte

const markSize = 4

// Titles are compared by what a reader sees: spelling of tones, case and blanks do
// not count.
func mark(title string) (m [markSize]byte) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(vntext.Key(title)))
	binary.BigEndian.PutUint32(m[:], h.Sum32())
	return m
}

// Has reports whether the text was added.
func (m Marks) Has(text string) bool { return m.has(mark(text)) }

func (m Marks) has(k [markSize]byte) bool {
	for i := 0; i+markSize <= len(m); i += markSize {
		if [markSize]byte(m[i:i+markSize]) == k {
			return true
		}
	}
	return false
}

// Add puts the texts before those that are there, each once, and keeps the first
// most.
func (m Marks) Add(texts []string, most int) Marks {
	var out Marks
	for _, t := range texts {
		if k := mark(t); !out.has(k) {
			out = append(out, k[:]...)
		}
	}
	for i := 0; i+markSize <= len(m) && len(out) < most*markSize; i += markSize {
		if k := [markSize]byte(m[i : i+markSize]); !out.has(k) {
			out = append(out, k[:]...)
		}
	}
	return out[:min(len(out), most*markSize)]
}

// Len is how many there are.
func (m Marks) Len() int { return len(m) / markSize }
