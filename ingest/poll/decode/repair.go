package decode

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
)

// Limits of a document that gofeed is given. An element that breaks one is left
// out with the whole item, or the whole child of the channel, that it stands in.
const (
	maxDepth        = 200
	maxAttrs        = 256
	maxNamespaces   = 64      // declarations in scope
	maxUnitElements = 50_000  // in one item
	maxElements     = 300_000 // in the document
	maxBindings     = 4 << 20 // namespaces in scope, summed over elements: gofeed copies them for each
	maxHead         = 2_000   // children of the channel that are no items
	maxUnitCopied   = 64 << 20
	maxCopied       = 4 << 30
	maxBase         = 2 << 10 // bytes of an xml:base
	maxResolved     = 1 << 20 // bytes that links resolved in place may add
)

// repair reads UTF-8 that was meant to be XML and writes it again well formed:
// every start tag has its end, attributes are quoted, and comments, processing
// instructions and the document type are gone. What gofeed cannot know any more
// or gets wrong is noted for each item: xml:base (RFC 3986 merges its path,
// gofeed appends to it) and xml:lang. It is a filter in one pass whose memory
// is its output.
//
// A unit is a child of the channel, or of the root where there is no channel:
// an item, or an element of the head. Units are kept whole or not at all.
type repair struct {
	in       []byte
	out      []byte
	kind     string
	noRoot   bool // the document begins with the channel
	maxItems int
	faults   *faults

	stack []element
	over  int // open elements beyond maxDepth

	unit     int      // index of the open unit in stack, 0 when none is open
	unitAt   int      // where it began in out
	bad      string   // why it is left out, if it is
	item     bool     // it is an item
	skipping bool     // it is one too many
	meta     itemMeta // what is noted of it
	inUnit   int      // elements in it
	unitCopy int      // bytes copied for it

	elements int // in units that were kept
	bindings int // namespaces in scope of each, summed
	copied   int // bytes that gofeed copies when it joins pieces of text
	resolved int // bytes added by resolving links
	markup   int // tags that did not match
	refs     int // references to forbidden characters
	skipped  int // items beyond maxItems
	kept     int // items
	head     int // units that are no items

	inChannel, inRoot []itemMeta // of the items kept, in the order in which gofeed lists them
	feedBase          *url.URL
	truncated         bool
}

type element struct {
	name       []byte
	base       *url.URL
	lang       string
	namespaces int // declarations in scope
	text       int // bytes directly in it, so far
}

// run repairs the document whose root starts at in[at:].
func (r *repair) run(at int) error {
	r.out = make([]byte, 0, len(r.in)-at+256)
	if r.noRoot {
		root := element{name: []byte("rss"), base: r.feedBase}
		r.writeTag(root.name, nil, false)
		r.stack = append(r.stack, root)
	}
	for at < len(r.in) {
		open := bytes.IndexByte(r.in[at:], '<')
		if open < 0 {
			r.text(r.in[at:])
			break
		}
		r.text(r.in[at : at+open])
		at += open
		n, err := r.token(r.in[at:])
		if err != nil {
			return err
		}
		if n == 0 { // it never ends
			break
		}
		at += n
		if r.noRoot && len(r.stack) == 1 {
			r.pop(0)
		}
		if len(r.stack) == 0 {
			return nil
		}
	}
	r.cut()
	return nil
}

// token handles what begins with '<' and returns its length, or 0 when the
// document ends inside of it.
func (r *repair) token(b []byte) (int, error) {
	switch {
	case bytes.HasPrefix(b, []byte("<!--")):
		return after(b, 4, "-->"), nil
	case bytes.HasPrefix(b, []byte("<![CDATA[")):
		n := after(b, 9, "]]>")
		if n > 0 && r.unit > 0 {
			r.count(n - 12)
			r.write(b[:n])
		}
		return n, nil
	case bytes.HasPrefix(b, []byte("<!")):
		return doctype(b), nil
	case bytes.HasPrefix(b, []byte("<?")):
		if n := after(b[:min(len(b), 4<<10)], 2, "?>"); n > 0 {
			return n, nil
		}
		return after(b, 2, ">"), nil
	case bytes.HasPrefix(b, []byte("</")):
		name, n := tagName(b[2:])
		if n == 0 {
			break
		}
		end := bytes.IndexByte(b[2+n:], '>')
		if end < 0 {
			return 0, nil
		}
		r.end(name)
		return 2 + n + end + 1, nil
	default:
		name, n := tagName(b[1:])
		if n == 0 {
			break
		}
		attrs, empty, m := parseAttrs(b[1+n:])
		if m == 0 {
			return 0, nil
		}
		return 1 + n + m, r.start(name, attrs, empty)
	}
	if r.unit > 0 {
		r.count(1)
		r.write([]byte("&lt;"))
	}
	return 1, nil
}

// after returns the length of a token with the end mark, or 0.
func after(b []byte, from int, mark string) int {
	i := bytes.Index(b[from:], []byte(mark))
	if i < 0 {
		return 0
	}
	return from + i + len(mark)
}

// doctype returns the length of a declaration, its internal subset included:
// entities that are never declared are never expanded.
func doctype(b []byte) int {
	end := bytes.IndexByte(b, '>')
	if end < 0 {
		return 0
	}
	if sub := bytes.IndexByte(b[:end], '['); sub >= 0 {
		close := after(b, sub, "]>")
		if close == 0 {
			if close = after(b, sub, "]"); close > 0 {
				if n := after(b, close, ">"); n > 0 {
					return n
				}
			}
			return end + 1
		}
		return close
	}
	return end + 1
}

func (r *repair) start(name []byte, attrs []attr, empty bool) error {
	depth := len(r.stack)
	if r.over > 0 || depth >= maxDepth {
		if !empty {
			r.over++
		}
		r.spoil("nested deeper than %d elements", maxDepth)
		return nil
	}
	// Items do not nest: one that was not closed ends where the next begins.
	if r.item && depth == r.unit+1 && r.isItem(name) {
		r.markup++
		r.pop(r.unit)
		depth = len(r.stack)
	}
	e := element{name: name}
	if depth > 0 {
		p := r.stack[depth-1]
		e.base, e.lang, e.namespaces = p.base, p.lang, p.namespaces
	} else {
		e.base = r.feedBase
	}
	attrs = r.inherit(&e, attrs)
	inside := r.unit > 0
	if container := depth == 0 || depth == 1 && r.kind == RSS && localIs(name, "channel"); container {
		if len(attrs) > maxAttrs || e.namespaces > maxNamespaces {
			return fmt.Errorf("%w: too many attributes or namespaces", ErrTooComplex)
		}
		if depth == 0 || !empty && e.base != nil {
			r.feedBase = e.base
		}
	} else if !inside {
		r.openUnit(depth, &e)
	}
	r.inUnit++
	r.bindings += e.namespaces
	switch {
	case r.unit == 0:
	case len(attrs) > maxAttrs || e.namespaces > maxNamespaces:
		r.spoil("more than %d attributes or %d namespaces", maxAttrs, maxNamespaces)
	case r.inUnit > maxUnitElements || r.elements+r.inUnit > maxElements || r.bindings > maxBindings:
		r.spoil("too many elements")
	}
	if inside && depth == r.unit+1 && e.base != r.stack[r.unit].base && isContent(name) {
		r.meta.html = e.base
	}
	if inside && e.base != r.stack[r.unit].base {
		attrs = r.resolve(attrs, e.base)
	}
	r.writeTag(name, attrs, empty)
	if !empty {
		r.stack = append(r.stack, e)
	} else if !inside && r.unit > 0 {
		r.closeUnit()
	}
	return nil
}

// end closes the nearest open element of the name and what is open inside of
// it; a tag that closes nothing is left out.
func (r *repair) end(name []byte) {
	if r.over > 0 {
		// Beyond maxDepth elements are only counted; but where the unit ends,
		// they all do.
		if r.unit > 0 && !bytes.EqualFold(r.stack[r.unit].name, name) {
			r.over--
			return
		}
		r.over = 0
	}
	at := -1
	for i := len(r.stack) - 1; i >= 0; i-- {
		if len(r.stack[i].name) == len(name) && bytes.EqualFold(r.stack[i].name, name) {
			at = i
			break
		}
	}
	if at < 0 {
		r.markup++
		return
	}
	if at < len(r.stack)-1 {
		r.markup++
	}
	r.pop(at)
}

// pop closes the elements from the top of the stack down to stack[at].
func (r *repair) pop(at int) {
	for len(r.stack) > at {
		top := len(r.stack) - 1
		r.write([]byte("</"))
		r.write(r.stack[top].name)
		r.write([]byte(">"))
		r.stack = r.stack[:top]
		if r.unit > 0 && top == r.unit {
			r.closeUnit()
		}
	}
}

// count accounts for text: gofeed joins the pieces of an element's text by
// copying all that it has each time.
func (r *repair) count(n int) {
	if r.unit == 0 || len(r.stack) == 0 || n == 0 {
		return
	}
	top := &r.stack[len(r.stack)-1]
	r.copied += top.text
	r.unitCopy += top.text
	top.text += n
	if r.copied > maxCopied || r.unitCopy > maxUnitCopied {
		r.spoil("text in too many pieces")
	}
}

// write appends to the output, unless the unit that it is in is left out.
func (r *repair) write(b []byte) {
	if r.bad != "" || r.skipping {
		return
	}
	if r.out = append(r.out, b...); len(r.out) > len(r.in)+len(r.in)/2+(64<<10) {
		r.spoil("too much that has to be escaped")
	}
}

// localIs compares a name without its prefix.
func localIs(name []byte, local string) bool {
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	return len(name) == len(local) && strings.EqualFold(string(name), local)
}
