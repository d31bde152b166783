package search

// Spell and Slots are for tests.
func Spell(key string) string { return spell(key) }

// Match is the query in FTS5's language.
func (q Query) Match(exact bool) string { return q.match(exact) }
