package vntext

// Both ways to a key, for tests that hold them against each other.
var (
	Quick = quick
	Fold  = fold
)
