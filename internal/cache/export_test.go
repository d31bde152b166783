package cache

// The decisions, for tests that make up the time.
var (
	ReserveAt = reserve
	AllowAt   = allow
)
