//go:build race

package poll_test

// memoryFactor: the race detector keeps several times what the program has.
const memoryFactor = 4
