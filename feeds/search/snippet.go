package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"loa/feeds/citation"
)

// Part is a piece of a text; Match says that the query asks for it.
type Part struct {
	Text  string
	Match bool
}

// Bounds of a snippet, in bytes.
const (
	maxText  = 64 << 10 // of the text that is looked at
	maxShown = 360      // of what is shown
	maxLead  = 90       // of what stands before the first match shown
)

// Snippet returns the passage of a plain text that has the most of what the query
// looks for, about three lines, with the matches marked; "…" stands for what was
// left out. A word with diacritics is marked where it has those, and only if it
// nowhere has, where it has others. Without a match it is the beginning of the
// text. The parts are the text's own words: they are not escaped for any format.
func Snippet(text string, q Query) []Part {
	text = strings.ToValidUTF8(text, " ")
	cut := len(text) > maxText
	if cut {
		text = text[:backTo(text, maxText)]
	}
	found := matches(text, q)
	start, end := window(text, found)
	var out []Part
	add := func(s string, match bool) {
		switch n := len(out); {
		case s == "":
		case n > 0 && out[n-1].Match == match:
			out[n-1].Text += s
		default:
			out = append(out, Part{s, match})
		}
	}
	if start > 0 {
		add("…", false)
	}
	at := start
	for _, m := range found {
		if m.end <= start || m.start >= end {
			continue
		}
		from, to := max(m.start, start), min(m.end, end)
		add(text[at:from], false)
		add(text[from:to], true)
		at = to
	}
	add(text[at:end], false)
	if end < len(text) || cut {
		add("…", false)
	}
	return out
}

// token is a word at its place.
type token struct {
	span
	term
}

// matches returns where the query's items stand, in order and without overlap.
func matches(text string, q Query) []span {
	var tokens []token
	t := newTerms()
	for at, ok := nextWord(text, 0); ok; at, ok = nextWord(text, at.end) {
		if w := t.of(text[at.start:at.end]); w.exact != "" && w.folded != "" {
			tokens = append(tokens, token{at, w})
		}
	}
	var all []span
	for _, a := range q.atoms {
		switch {
		case a.not:
			continue
		case a.doc != "":
			all = append(all, documents(text, a.doc)...)
			if !a.loose {
				continue
			}
		}
		here := a.in(tokens, a.marked())
		if len(here) == 0 {
			here = a.in(tokens, false)
		}
		all = append(all, here...)
	}
	slices.SortFunc(all, func(a, b span) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	out := all[:0]
	for _, s := range all {
		if n := len(out); n > 0 && s.start <= out[n-1].end {
			out[n-1].end = max(out[n-1].end, s.end)
			continue
		}
		out = append(out, s)
	}
	return out
}

// in returns where the atom's words stand one after the other.
func (a atom) in(tokens []token, exact bool) []span {
	var out []span
	form := func(w term) string {
		if exact {
			return w.exact
		}
		return w.folded
	}
next:
	for i := 0; i+len(a.words) <= len(tokens); i++ {
		for k, w := range a.words {
			have, want := form(tokens[i+k].term), form(w)
			if have != want && (!a.prefix || k < len(a.words)-1 || !strings.HasPrefix(have, want)) {
				continue next
			}
		}
		out = append(out, span{tokens[i].start, tokens[i+len(a.words)-1].end})
	}
	return out
}

// documents returns where the document of the token is cited.
func documents(text, doc string) []span {
	var out []span
	rune, at := 0, 0 // the same place in runes and in bytes
	move := func(to int) int {
		for ; rune < to && at < len(text); rune++ {
			_, size := utf8.DecodeRuneInString(text[at:])
			at += size
		}
		return at
	}
	for _, c := range citation.Find(text) {
		if c.Path() == "" || docToken(c) != doc {
			continue
		}
		if c.Start < rune { // it shares its words with the one before
			continue
		}
		start := move(c.Start)
		out = append(out, span{start, move(c.End)})
	}
	return out
}

// window chooses the passage: from the match that has the most others behind it.
func window(text string, found []span) (start, end int) {
	if len(found) > 0 {
		best := 0
		for i := range found {
			n := 0
			for _, m := range found[i:] {
				if m.end-found[i].start > maxShown-maxLead {
					break
				}
				n++
			}
			if n > best {
				best, start = n, found[i].start
			}
		}
		if best == 0 {
			start = found[0].start
		}
		if start = max(start-maxLead, 0); start > 0 {
			start = backTo(text, start)
			if i := strings.IndexByte(text[start:start+maxLead], ' '); i >= 0 {
				start += i + 1
			}
		}
	}
	end = len(text)
	if end-start > maxShown {
		end = backTo(text, start+maxShown)
		if i := strings.LastIndexByte(text[start:end], ' '); i > maxShown/2 {
			end = start + i
		}
	}
	return start, end
}

// backTo returns the beginning of the rune at i.
func backTo(s string, i int) int {
	for i > 0 && i < len(s) && !utf8.RuneStart(s[i]) {
		i--
	}
	return i
}
