package search

import "strings"

// vocabulary gives the words of the index that begin with the given one.
type vocabulary func(prefix string) ([]string, error)

// match writes the query in FTS5's language. Exact asks for the diacritics of
// the query; else words that have them also stand for texts that lost them. What
// is excluded is always exact: "-thuê" never takes "thuế" away.
func (q Query) match(exact bool, v vocabulary) (string, error) {
	var with, without []string
	for _, a := range q.atoms {
		s, err := a.match(exact || a.not, v)
		if err != nil {
			return "", err
		}
		if a.not {
			without = append(without, s)
		} else {
			with = append(with, s)
		}
	}
	s := "(" + strings.Join(with, " AND ") + ")"
	if len(without) > 0 {
		s = "(" + s + " NOT (" + strings.Join(without, " OR ") + "))"
	}
	return s, nil
}

func (a atom) match(exact bool, v vocabulary) (string, error) {
	var s string
	var err error
	switch marked := a.marked(); {
	case marked && exact:
		s, err = a.written(false, v)
	case marked: // thuế is thue where marks are lost, and never thuê
		s, err = a.written(false, v)
		if err == nil {
			var bare string
			bare, err = a.written(true, v)
			s = "(" + s + " OR " + bare + ")"
		}
	default:
		s, err = a.phrase("f : ", true, v)
	}
	if err != nil {
		return "", err
	}
	switch {
	case a.doc == "":
		return s, nil
	case a.loose:
		return "(f : " + quote(a.doc) + " OR " + s + ")", nil
	}
	return "f : " + quote(a.doc), nil
}

// written asks for the words as they are, or as they are without marks, in texts
// as they were written.
func (a atom) written(bare bool, v vocabulary) (string, error) { return a.phrase("x : ", bare, v) }

func (a atom) phrase(column string, folded bool, v vocabulary) (string, error) {
	tokens := make([]string, len(a.words))
	for i, w := range a.words {
		tokens[i] = w.exact
		if folded {
			tokens[i] = w.folded
		}
	}
	if !a.prefix {
		return column + quote(strings.Join(tokens, " ")), nil
	}
	last := len(tokens) - 1
	begun, err := v(tokens[last])
	if err != nil {
		return "", err
	}
	any := []string{column + quote(strings.Join(tokens, " "))}
	for _, w := range begun {
		tokens[last] = w
		any = append(any, column+quote(strings.Join(tokens, " ")))
	}
	return "(" + strings.Join(any, " OR ") + ")", nil
}

// prefixes counts the items that end in "*".
func (q Query) prefixes() int {
	n := 0
	for _, a := range q.atoms {
		if a.prefix {
			n++
		}
	}
	return n
}

// quote makes a string of FTS5. Tokens have no quotes; this does not rely on it.
func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
