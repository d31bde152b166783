package cache_test

import (
	"testing"
	"testing/synctest"

	"loa/internal/cache"
	"loa/internal/cache/cachetest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newMemory(t testing.TB, limits cache.Limits) *cache.Memory {
	t.Helper()
	m, err := cache.NewMemory(limits)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMemoryKeepsTheContract(t *testing.T) {
	cachetest.Exercise(t, func(t *testing.T) cache.Cache { return newMemory(t, cache.Limits{}) },
		cachetest.Within(synctest.Test))
}

// The layer keeps the contract, too, and of two caches in memory as well.
func TestLayerKeepsTheContract(t *testing.T) {
	cachetest.Exercise(t, func(t *testing.T) cache.Cache {
		return cache.Layer(newMemory(t, cache.Limits{}), newMemory(t, cache.Limits{}))
	}, cachetest.Within(synctest.Test))
}
