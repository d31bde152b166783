package rules

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"loa/feeds/vntext"
)

// matches looks for an expression: as it was written, in the text and in its key;
// and with its own words folded, in the key. RE2 takes time linear in the text,
// whatever the expression.
func matches(f Field, pattern string) (func(*view) bool, error) {
	// To the expression, (?s) is left to its author.
	written, err := regexp.Compile("(?i)" + norm.NFC.String(pattern))
	if err != nil {
		return nil, fmt.Errorf("matches: %w", err)
	}
	folded, err := foldPattern(pattern)
	if err != nil {
		return nil, fmt.Errorf("matches: %w", err)
	}
	bare := ascii(pattern)
	return func(v *view) bool {
		for _, t := range v.field(f) {
			if written.MatchString(norm.NFC.String(t.s)) || written.MatchString(t.foldedKey()) || folded.MatchString(t.foldedKey()) ||
				bare && written.MatchString(t.bareKey()) {
				return true
			}
		}
		return false
	}, nil
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}

// foldPattern folds the words of an expression as keys are folded, so that `hòa`
// finds what is written `hoà`. What is not plain words stays as it is.
func foldPattern(pattern string) (*regexp.Regexp, error) {
	re, err := syntax.Parse(norm.NFC.String(pattern), syntax.Perl|syntax.FoldCase)
	if err != nil {
		return nil, err
	}
	foldLiterals(re)
	return regexp.Compile(re.String())
}

// foldLiterals goes no deeper than the parser lets expressions be.
func foldLiterals(re *syntax.Regexp) {
	if re.Op == syntax.OpLiteral {
		re.Rune = foldRunes(re.Rune)
	}
	for _, sub := range re.Sub {
		foldLiterals(sub)
	}
}

// foldRunes folds word by word: a key has no blanks at its ends, an expression
// may.
func foldRunes(list []rune) []rune {
	var out []rune
	for len(list) > 0 {
		n := 0
		for n < len(list) && unicode.IsSpace(list[n]) == unicode.IsSpace(list[0]) {
			n++
		}
		if word := vntext.Key(string(list[:n])); word != "" {
			out = append(out, []rune(word)...)
		} else {
			out = append(out, list[:n]...)
		}
		list = list[n:]
	}
	return out
}
