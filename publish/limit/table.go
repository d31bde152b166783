package limit

import "sync"

// ways is how many places a key may have.
const ways = 8

// table keeps buckets by the hash of whose they are, in a size that is fixed. A key
// has eight places; when they are taken, the bucket that is full, or will be first,
// makes room: what it is about has been quiet for longest, and nothing is forgotten
// of it if it is full. Nobody is refused because the table is.
type table struct {
	sets []set
}

type set struct {
	mu   sync.Mutex
	keys [ways]uint64
	b    [ways]bucket
}

// newTable has room for n buckets at least.
func newTable(n int) *table {
	size := 1
	for size*ways < n {
		size *= 2
	}
	return &table{make([]set, size)}
}

func (t *table) set(key uint64) *set { return &t.sets[key&uint64(len(t.sets)-1)] }

// find returns the place of the key, or the one that it may take, and what the key
// has there. The set is locked.
func (s *set) find(key uint64) (at int, b bucket) {
	for i := range s.keys {
		if s.keys[i] == key {
			return i, s.b[i]
		}
		if s.b[i] < s.b[at] {
			at = i
		}
	}
	return at, 0
}

func (s *set) put(at int, key uint64, b bucket) { s.keys[at], s.b[at] = key, b }
