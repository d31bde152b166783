package search_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"loa/feeds"
	"loa/feeds/search"
	"loa/feeds/vntext"
)

// Spellings that differ in nothing but marks, the place of a tone, or case.
var spellings = strings.Fields("thuế thuê thue Thuế đất dat dất hòa hoà hoa xã xa nước nuoc nghiệp nghiêp nghề")

// asks is a query as the model has it: words one after the other.
type asks struct {
	words       []string
	not, prefix bool
}

func (a asks) String() string {
	s := strings.Join(a.words, " ")
	if len(a.words) > 1 {
		s = `"` + s + `"`
	}
	if a.prefix {
		s += "*"
	}
	if a.not {
		s = "-" + s
	}
	return s
}

// in is the plainest way to look for it.
func (a asks) in(text string, exact bool) bool {
	q := strings.Join(a.words, " ")
	if vntext.Key(q) == vntext.KeyNoMarks(q) {
		return a.stand(vntext.KeyNoMarks(text), vntext.KeyNoMarks(q))
	}
	return a.stand(vntext.Key(text), vntext.Key(q)) || !exact && a.stand(vntext.Key(text), vntext.KeyNoMarks(q))
}

func (a asks) stand(text, q string) bool {
	have, want := strings.Fields(text), strings.Fields(q)
	for i := 0; i+len(want) <= len(have); i++ {
		same := 0
		for k, w := range want {
			if have[i+k] == w || a.prefix && k == len(want)-1 && strings.HasPrefix(have[i+k], w) {
				same++
			}
		}
		if same == len(want) {
			return true
		}
	}
	return false
}

// Find gives what reading every text would give.
func TestAgainstModel(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	texts := map[string]string{}
	var records []feeds.Record
	var order []string // newest first
	for _, i := range rnd.Perm(60) {
		var b []string
		for range 1 + rnd.IntN(6) {
			b = append(b, spellings[rnd.IntN(len(spellings))])
		}
		id := fmt.Sprintf("tin%02d", i)
		texts[id] = strings.Join(b, " ")
		records = append(records, record(id, i, texts[id], ""))
		order = append(order, id)
	}
	slices.Sort(order)
	slices.Reverse(order)
	x := index(t, records...)
	rapid.Check(t, func(rt *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) asks {
			a := asks{words: rapid.SliceOfN(rapid.SampledFrom(spellings), 1, 3).Draw(rt, "words")}
			a.not = rapid.IntRange(0, 4).Draw(rt, "not") == 0
			last := &a.words[len(a.words)-1]
			if cut := []rune(*last); len(cut) > 3 && rapid.IntRange(0, 3).Draw(rt, "prefix") == 0 {
				*last, a.prefix = string(cut[:3]), true
			}
			return a
		}), 1, 4).Draw(rt, "query")
		var text []string
		for _, a := range list {
			text = append(text, a.String())
		}
		q, err := search.Parse(strings.Join(text, " "))
		if err != nil {
			return // nothing but excluded words
		}
		var first, second []string
		for _, id := range order {
			strict, loose := true, true
			for _, a := range list {
				if a.not {
					gone := a.in(texts[id], true)
					strict, loose = strict && !gone, loose && !gone
					continue
				}
				strict = strict && a.in(texts[id], true)
				loose = loose && a.in(texts[id], false)
			}
			if strict {
				first = append(first, id)
			} else if loose {
				second = append(second, id)
			}
		}
		got, _, err := x.Find(t.Context(), q, 100, 0)
		if want := append(first, second...); err != nil || !slices.Equal(got, want) {
			rt.Fatalf("%s: %v, want %v, %v", q, got, want, err)
		}
	})
}
