//go:build race

package main

// memoryFactor: the race detector keeps several times what the program has.
const memoryFactor = 4
