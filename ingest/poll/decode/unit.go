package decode

import (
	"fmt"
	"net/url"
)

// itemMeta is what is noted of an item.
type itemMeta struct {
	base *url.URL // of its links
	html *url.URL // of its content, when that has one of its own
	lang string
}

// metas returns what was noted of the n items that gofeed found, in its order.
func (r *repair) metas(n int) []itemMeta {
	out := append(r.inChannel, r.inRoot...)
	if len(out) != n { // some were items by name alone, in a namespace of their own
		out = make([]itemMeta, n)
		for i := range out {
			out[i] = itemMeta{base: r.feedBase, html: r.feedBase}
		}
	}
	return out
}

func (r *repair) openUnit(depth int, e *element) {
	r.unit, r.unitAt, r.inUnit, r.unitCopy, r.bad = depth, len(r.out), 0, 0, ""
	r.meta = itemMeta{base: e.base, html: e.base, lang: e.lang}
	r.item = r.isItem(e.name)
	if r.item {
		if r.skipping = r.kept >= r.maxItems; r.skipping {
			r.skipped++
		}
		return
	}
	r.head++
	r.skipping = r.head > maxHead
}

// closeUnit ends the open unit, whose tags have all been written.
func (r *repair) closeUnit() {
	switch {
	case r.skipping:
	case r.bad != "":
		r.faults.add(FaultComplex, "left out a part: %s", r.bad)
		r.out = r.out[:r.unitAt]
	default:
		r.elements += r.inUnit
		if !r.item {
			break
		}
		r.kept++
		if r.unit == 1 && r.kind == RSS {
			r.inRoot = append(r.inRoot, r.meta)
		} else {
			r.inChannel = append(r.inChannel, r.meta)
		}
	}
	r.unit, r.item, r.skipping, r.bad, r.over = 0, false, false, "", 0
}

// cut ends a document that has no end: without the unit that is not whole.
func (r *repair) cut() {
	r.truncated = true
	if r.unit > 0 {
		r.out = r.out[:r.unitAt]
		r.stack = r.stack[:r.unit]
		r.unit, r.item, r.skipping, r.bad = 0, false, false, ""
	}
	r.pop(0)
}

func (r *repair) isItem(name []byte) bool {
	if r.kind == Atom {
		return localIs(name, "entry")
	}
	return localIs(name, "item")
}

func (r *repair) spoil(format string, args ...any) {
	if r.bad == "" && r.unit > 0 {
		r.bad = fmt.Sprintf(format, args...)
	}
}

func isContent(name []byte) bool {
	for _, s := range []string{"content", "encoded", "summary", "description"} {
		if localIs(name, s) {
			return true
		}
	}
	return false
}
