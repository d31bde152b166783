package limit_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"loa/publish/limit"
)

func TestDecide(t *testing.T) {
	client := limit.ClientPlan(600, time.Minute) // one: 100 ms
	address := limit.AddressPlan()
	for _, test := range []struct {
		name        string
		plan        limit.Plan
		bucket, now time.Duration
		after, next time.Duration
		class       limit.Class
	}{
		{"the first of all", client, 0, 0, 0, 100 * time.Millisecond, limit.Whole},
		{"the last of a burst", client, 59_900 * time.Millisecond, 0, 0, time.Minute, limit.Whole},
		{"one more", client, time.Minute, 0, 100 * time.Millisecond, time.Minute, limit.Whole},
		{"one more, a little later", client, time.Minute, 60 * time.Millisecond, 40 * time.Millisecond, time.Minute, limit.Polled},
		{"one more, in time", client, time.Minute, 100 * time.Millisecond, 0, 60_100 * time.Millisecond, limit.Polled},
		{"a method that is no GET", client, time.Minute, 0, 100 * time.Millisecond, time.Minute, limit.Other},
		{"with a validator", client, 0, time.Second, 0, time.Second + time.Minute/600/30, limit.Conditional},
		{"with a validator, where a whole one has no room", client, 59_950 * time.Millisecond, 0, 0, 59_950*time.Millisecond + time.Minute/600/30, limit.Conditional},
		{"what was long ago is forgotten", client, time.Minute, time.Hour, 0, time.Hour + 100*time.Millisecond, limit.Whole},

		{"a document once more", address, 54 * time.Second, 0, 0, time.Minute, limit.Polled},
		{"a document too often", address, time.Minute, time.Second, 5 * time.Second, time.Minute, limit.Polled},
		{"a page after a document", address, 58 * time.Second, 0, 0, 59 * time.Second, limit.Whole},
		{"a validator has room where a document has none", address, 55 * time.Second, 0, 0, 55_100 * time.Millisecond, limit.Conditional},
		{"even with a validator too often", address, time.Minute, 0, 100 * time.Millisecond, time.Minute, limit.Conditional},
	} {
		ok, after, next := limit.Decide(test.plan, test.bucket, test.class, test.now)
		if ok != (test.after == 0) || after != test.after || next != test.next {
			t.Errorf("%s: %v, after %v, next %v; want after %v, next %v", test.name, ok, after, next, test.after, test.next)
		}
	}
}

// Whoever waits as long as he is told passes, and not a moment sooner; and nobody
// gets more than his budget and what it wins back.
func TestDecideKeepsItsWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := limit.AddressPlan()
		if rapid.Bool().Draw(t, "client") {
			p = limit.ClientPlan(rapid.IntRange(1, 5000).Draw(t, "n"), time.Minute)
		}
		var b, now time.Duration
		passed := 0
		for range rapid.IntRange(1, 300).Draw(t, "requests") {
			now += time.Duration(rapid.Int64Range(0, int64(2*time.Second)).Draw(t, "wait"))
			ok, after, next := limit.Decide(p, b, limit.Polled, now)
			if ok {
				passed++
				b = next
				continue
			}
			if next != b {
				t.Fatal("a request that is refused costs something")
			}
			if ok, _, _ := limit.Decide(p, b, limit.Polled, now+after); !ok {
				t.Fatalf("refused after the %v that it was told to wait", after)
			}
			if ok, _, _ := limit.Decide(p, b, limit.Polled, now+after-1); ok {
				t.Fatal("told to wait longer than needed")
			}
		}
		_, _, one := limit.Decide(p, 0, limit.Polled, 0)
		if most := int((time.Minute + now) / one); passed > most {
			t.Fatalf("%d passed, at most %d may", passed, most)
		}
	})
}
