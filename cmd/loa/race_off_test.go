//go:build !race

package main

// memoryFactor is for builds whose memory is the program's own.
const memoryFactor = 1
