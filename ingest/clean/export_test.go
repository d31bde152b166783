package clean

// Fast and Slow are the two ways of [HTML], which must agree.
var (
	Fast = fast
	Slow = slow
)
