package library

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync/atomic"
)

// filter answers "this key was never seen" from memory, which spares nearly
// every new article a look into the file. It is a Bloom filter: it may say
// "perhaps" of a key that is not there, never "no" of one that is. With three
// million keys one in a hundred answers is a false perhaps; beyond that it only
// saves less.
type filter struct {
	bits   []atomic.Uint64
	loaded atomic.Bool // until then every answer is "perhaps"
}

const (
	filterBits   = 1 << 25 // 4 MiB
	filterProbes = 4
)

func newFilter() *filter { return &filter{bits: make([]atomic.Uint64, filterBits/64)} }

// probes are taken from the key's hash itself, which is a digest.
func (f *filter) each(h []byte, do func(word *atomic.Uint64, mask uint64) bool) bool {
	a, b := binary.LittleEndian.Uint64(h), binary.LittleEndian.Uint64(h[8:])
	for range filterProbes {
		bit := a % filterBits
		if !do(&f.bits[bit/64], 1<<(bit%64)) {
			return false
		}
		a += b
	}
	return true
}

func (f *filter) add(h []byte) {
	f.each(h, func(w *atomic.Uint64, mask uint64) bool { w.Or(mask); return true })
}

// perhaps is false only if the key was never added.
func (f *filter) perhaps(h []byte) bool {
	return !f.loaded.Load() || f.each(h, func(w *atomic.Uint64, mask uint64) bool { return w.Load()&mask != 0 })
}

// loadFilter reads all keys. What is added meanwhile, the writer adds itself.
func (l *Library) loadFilter(ctx context.Context) error {
	rows, err := l.r.QueryContext(ctx, "SELECT h FROM keys")
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	defer rows.Close()
	var h []byte
	for rows.Next() {
		if err := rows.Scan(&h); err != nil {
			return fmt.Errorf("read keys: %w", err)
		}
		l.keys.add(h)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	l.keys.loaded.Store(true)
	return nil
}
