package vntext

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// collators holds idle collators: one may not be used by two goroutines at once,
// and making one costs as much as a few comparisons.
var collators = sync.Pool{New: func() any { return collate.New(language.Vietnamese, collate.Numeric) }}

// Compare orders a and b as a Vietnamese list does: by the alphabet
// (a ă â b c d đ e ê …), then by tone (ngang, huyền, hỏi, ngã, sắc, nặng), digits
// by their value (`Phường 2` before `Phường 10`). Tone placement does not count.
// Texts that are equal in all this are ordered by their bytes, so that the order
// is total. It is safe for concurrent use.
func Compare(a, b string) int {
	c := collators.Get().(*collate.Collator)
	defer collators.Put(c)
	return cmp.Or(c.CompareString(Key(a), Key(b)), strings.Compare(a, b))
}

// Sort orders s by the text of its elements, as [Compare] does; elements with the
// same text keep their order. It makes each key once, so it is the cheaper one
// for lists.
func Sort[S ~[]E, E any](s S, text func(E) string) {
	c := collators.Get().(*collate.Collator)
	defer collators.Put(c)
	type item struct {
		key  []byte
		text string
		elem E
	}
	var buf collate.Buffer
	items := make([]item, len(s))
	for i, e := range s {
		t := text(e)
		items[i] = item{bytes.Clone(c.KeyFromString(&buf, Key(t))), t, e}
		buf.Reset()
	}
	slices.SortStableFunc(items, func(a, b item) int {
		return cmp.Or(bytes.Compare(a.key, b.key), strings.Compare(a.text, b.text))
	})
	for i := range items {
		s[i] = items[i].elem
	}
}
