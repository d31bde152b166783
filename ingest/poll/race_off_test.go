//go:build !race

package poll_test

// memoryFactor is for builds whose memory is the program's own.
const memoryFactor = 1
