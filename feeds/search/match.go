package search

import "strings"

// vocabulary gives the words of the index that begin with the given one.
type vocabulary func(prefix string) ([]string, error)

// match writes the query in FTS5's language. Exact asks for the diacritics of
// the query; else they do not matter, except in what is excluded: "-thuê" never
// takes "thuế" away.
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
	column := "f : "
	exact = exact && a.marked()
	if exact {
		column = "x : "
	}
	tokens := make([]string, len(a.words))
	for i, w := range a.words {
		tokens[i] = w.folded
		if exact {
			tokens[i] = w.exact
		}
	}
	s := column + quote(strings.Join(tokens, " "))
	if a.prefix {
		last := len(tokens) - 1
		begun, err := v(tokens[last])
		if err != nil {
			return "", err
		}
		var any []string
		for _, w := range begun {
			tokens[last] = w
			any = append(any, column+quote(strings.Join(tokens, " ")))
		}
		if len(any) > 0 {
			s = "(" + strings.Join(any, " OR ") + ")"
		}
	}
	switch {
	case a.doc == "":
		return s, nil
	case a.loose:
		return "(f : " + quote(a.doc) + " OR " + s + ")", nil
	}
	return "f : " + quote(a.doc), nil
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
