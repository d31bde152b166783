package journal

import "sync"

// own remembers the records that this process has appended lately, so that its
// library need not decode what was just encoded. It saves work only: what it does
// not have is decoded.
type own struct {
	mu   sync.Mutex
	ring [ownSize]Entry
}

// ownSize bounds it, in records; the library is seldom further behind.
const ownSize = 1024

func (o *own) put(e Entry) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ring[e.Position%ownSize] = e
}

// take returns the entry of the position if its bytes have the digest, and
// forgets it.
func (o *own) take(position uint64, digest string) (Entry, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	slot := &o.ring[position%ownSize]
	e := *slot
	if e.Position != position || e.Digest != digest {
		return Entry{}, false
	}
	*slot = Entry{}
	return e, true
}
