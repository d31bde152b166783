// Package rules decides which articles an operator wants at all: a list of keep
// and block rules, for one source or for everything. It stands inside the
// pipeline of package ingest, after cleaning and before identification.
//
// The first rule of a list that matches decides. Where a list has any keep rule,
// what no rule matches is blocked; else it is let in. Texts are compared by their
// keys (feeds/vntext): case, Unicode form and the place of tone marks do not
// count, and words that the operator wrote without marks match any marks.
//
// Everything here is pure. What is blocked is stored with its reason by who asked
// (ingest/dropped, ingest/dead).
package rules

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"loa/feeds"
	"loa/feeds/vntext"
)

// Action is what a rule does with an article that it matches.
type Action string

// The actions.
const (
	Keep  Action = "keep"
	Block Action = "block"
)

// Field is the part of an article that a rule looks at.
type Field string

// The fields. Text is summary and body; Link is the address of the page, as it
// is and with its escapes resolved; Category is the category and each tag, since
// feeds name both alike; Author is each author.
const (
	Title    Field = "title"
	Text     Field = "text"
	Link     Field = "link"
	Category Field = "category"
	Author   Field = "author"
)

// Rule is one line of an operator's list.
type Rule struct {
	// Action is keep or block.
	Action Action `yaml:"action" json:"action"`
	// Field is title, text, link, category or author.
	Field Field `yaml:"field" json:"field"`
	// Contains are words that the field has somewhere in it. Without any diacritic
	// they match any: "dat vang" finds "Đất vàng".
	Contains string `yaml:"contains,omitempty" json:"contains,omitempty"`
	// Matches is a regular expression (RE2) that the field matches somewhere. Case
	// and the place of tone marks do not count for it; an expression without any
	// diacritic also sees the field without.
	Matches string `yaml:"matches,omitempty" json:"matches,omitempty"`
	// Reason is what is said of an article that the rule blocks.
	Reason string `yaml:"reason,omitempty" json:"reason,omitempty"`
}

// String is the rule as messages name it.
func (r Rule) String() string {
	if r.Matches != "" {
		return fmt.Sprintf("%s: %s matches %q", r.Action, r.Field, r.Matches)
	}
	return fmt.Sprintf("%s: %s contains %q", r.Action, r.Field, r.Contains)
}

// Limits of a list.
const (
	// MaxRules bounds the rules of one list, and MaxPattern one of their words or
	// expressions, in bytes: each is tried on every article.
	MaxRules   = 1000
	MaxPattern = 1000
)

// Set is a compiled list. A nil Set lets everything in. It is safe for concurrent
// use.
type Set struct {
	rules []compiled
	keeps bool
}

type compiled struct {
	Rule
	test func(*view) bool
}

// Compile checks the list. Its error names each rule that is wrong, counted from
// one. An empty list gives a nil Set.
func Compile(list []Rule) (*Set, error) {
	if len(list) == 0 {
		return nil, nil //nolint:nilnil // a nil Set is a set
	}
	if len(list) > MaxRules {
		return nil, fmt.Errorf("rules: %d rules; at most %d", len(list), MaxRules)
	}
	s := &Set{}
	var errs []error
	for i, r := range list {
		c := compiled{Rule: r}
		var err error
		if c.test, err = compile(r); err != nil {
			errs = append(errs, fmt.Errorf("rule %d: %w", i+1, err))
			continue
		}
		s.keeps = s.keeps || r.Action == Keep
		s.rules = append(s.rules, c)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}

func compile(r Rule) (func(*view) bool, error) {
	if r.Action != Keep && r.Action != Block {
		return nil, fmt.Errorf("action: %q is neither keep nor block", r.Action)
	}
	switch r.Field {
	case Title, Text, Link, Category, Author:
	default:
		return nil, fmt.Errorf("field: %q is none of title, text, link, category, author", r.Field)
	}
	if (r.Contains == "") == (r.Matches == "") {
		return nil, errors.New("give one of contains and matches")
	}
	if len(r.Contains) > MaxPattern || len(r.Matches) > MaxPattern {
		return nil, fmt.Errorf("contains, matches: at most %d bytes", MaxPattern)
	}
	if r.Matches != "" {
		return matches(r.Field, r.Matches)
	}
	return contains(r.Field, r.Contains)
}

// contains looks for words. A key is searched in a key.
func contains(f Field, words string) (func(*view) bool, error) {
	key, bare := vntext.Key(words), vntext.KeyNoMarks(words)
	if key == "" {
		return nil, fmt.Errorf("contains: %q has nothing to look for", words)
	}
	return func(v *view) bool {
		for _, t := range v.field(f) {
			if key == bare && strings.Contains(t.bareKey(), bare) || key != bare && strings.Contains(t.foldedKey(), key) {
				return true
			}
		}
		return false
	}, nil
}

// Verdict is what a list says of an article.
type Verdict struct {
	// Blocked is false for what is let in.
	Blocked bool
	// Rule is the number of the rule that decided, from one; 0 if none matched.
	Rule int
	// Reason is the operator's, or else the rule; empty if no rule decided and the
	// article is let in.
	Reason string
}

// NoKeep is the reason of what is blocked because no keep rule matched.
const NoKeep = "no keep rule matched"

// Evaluate decides on a clean article. It is pure.
func (s *Set) Evaluate(a *feeds.Article) Verdict {
	if s == nil {
		return Verdict{}
	}
	v := &view{article: a}
	for i := range s.rules {
		r := &s.rules[i]
		if !r.test(v) {
			continue
		}
		d := Verdict{Blocked: r.Action == Block, Rule: i + 1, Reason: strings.TrimSpace(r.Reason)}
		if d.Reason == "" {
			d.Reason = r.String()
		}
		return d
	}
	if s.keeps {
		return Verdict{Blocked: true, Reason: NoKeep}
	}
	return Verdict{}
}

// view is an article whose fields are folded once, when a rule first asks.
type view struct {
	article *feeds.Article
	fields  map[Field][]*text
}

func (v *view) field(f Field) []*text {
	if t, ok := v.fields[f]; ok {
		return t
	}
	var list []*text
	for _, s := range values(v.article, f) {
		if s != "" {
			list = append(list, &text{s: s})
		}
	}
	if v.fields == nil {
		v.fields = map[Field][]*text{}
	}
	v.fields[f] = list
	return list
}

func values(a *feeds.Article, f Field) []string {
	switch f {
	case Title:
		return []string{a.Title}
	case Text:
		return []string{a.Summary, feeds.Words(a.ContentHTML)}
	case Link:
		if s, err := url.PathUnescape(a.URL); err == nil && s != a.URL {
			return []string{a.URL, s}
		}
		return []string{a.URL}
	case Category:
		return append([]string{a.Category}, a.Tags...)
	default:
		return a.Authors
	}
}

// text is a value with its keys.
type text struct{ s, folded, bare string }

func (t *text) foldedKey() string {
	if t.folded == "" {
		t.folded = vntext.Key(t.s)
	}
	return t.folded
}

func (t *text) bareKey() string {
	if t.bare == "" {
		t.bare = vntext.KeyNoMarks(t.s)
	}
	return t.bare
}
