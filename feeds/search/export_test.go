package search

// Spell is for tests.
func Spell(key string) string { return spell(key) }

// Match is the query in FTS5's language.
func (q Query) Match(exact bool) string {
	s, _ := q.match(exact, func(string) ([]string, error) { return nil, nil })
	return s
}
