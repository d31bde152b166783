package cache_test

import (
	"fmt"
	"testing"
	"time"

	"loa/internal/cache"

	"pgregory.net/rapid"
)

// The ledger behaves as a map that drops what has ended and, for want of
// room, what ends first.
func TestLedgerAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type row struct {
			val int
			end time.Time
		}
		room := rapid.IntRange(1, 6).Draw(t, "room")
		firm := rapid.Bool().Draw(t, "firm")
		l := cache.NewLedger(room, firm)
		model := make(map[string]row)
		now := morning
		ends := 0
		for step := range rapid.IntRange(1, 80).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "pause")) * time.Second)
			for name, r := range model {
				if !r.end.After(now) {
					delete(model, name)
				}
			}
			name := fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "name"))
			if rapid.IntRange(0, 4).Draw(t, "remove") == 0 {
				l.Remove(name)
				delete(model, name)
			} else {
				// No two end at once, so that it is clear which goes first.
				ends++
				end := now.Add(time.Duration(rapid.IntRange(1, 20).Draw(t, "end"))*time.Second + time.Duration(ends))
				_, known := model[name]
				full := !known && len(model) >= room
				if full && !firm {
					first := ""
					for name, r := range model {
						if first == "" || r.end.Before(model[first].end) {
							first = name
						}
					}
					delete(model, first)
				}
				want := !full || !firm
				if want {
					model[name] = row{step, end}
				}
				if got := l.Put(name, step, end, now); got != want {
					t.Fatalf("put %q: %v, want %v", name, got, want)
				}
			}
			for i := range 10 {
				name := fmt.Sprint(i)
				got, found := l.Get(name, now)
				if want, exists := model[name]; found != exists || got != want.val {
					t.Fatalf("get %q: %d, %v; want %d, %v", name, got, found, want.val, exists)
				}
			}
			if n := l.Size(); n > room {
				t.Fatalf("%d entries in room for %d", n, room)
			}
		}
	})
}
