package ingest

import (
	"fmt"

	"loa/feeds"
	"loa/ingest/rules"
)

// Blocked is the cause of a refusal with the code "blocked": a rule of the
// operator keeps the article out. An event becomes a dead letter by it, an item
// of a source a drop.
type Blocked struct {
	// List is "source" for the source's own rules, "all" for those for everything.
	List    string
	Verdict rules.Verdict
	// Key is the item's first identity key, and Article what it says, clean.
	Key     string
	Article feeds.Article
}

func (b *Blocked) Error() string {
	whom := "all"
	if b.List == rulesOfSource {
		whom = "the source"
	}
	if b.Verdict.Rule == 0 {
		return fmt.Sprintf("blocked by the rules for %s: %s", whom, b.Verdict.Reason)
	}
	return fmt.Sprintf("blocked by rule %d for %s: %s", b.Verdict.Rule, whom, b.Verdict.Reason)
}

// The lists of rules.
const (
	rulesOfSource = "source"
	rulesForAll   = "all"
)

// sieve refuses what a rule blocks. An article must pass both lists. A rule is
// about what comes in: it neither hides what is here already nor lets a
// correction of it in. A withdrawal always passes, or words that were taken back
// would stay.
func (p *Pipeline) sieve(in *Input, key string) error {
	if in.Action == feeds.Withdrawn {
		return nil
	}
	for _, l := range []struct {
		name string
		set  *rules.Set
	}{{rulesOfSource, in.Rules}, {rulesForAll, p.rules}} {
		if v := l.set.Evaluate(&in.Article); v.Blocked {
			return &Refused{Code: CodeBlocked, Err: &Blocked{List: l.name, Verdict: v, Key: key, Article: in.Article}}
		}
	}
	return nil
}
