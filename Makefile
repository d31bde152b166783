# Everything that is done to loa is a target here; .ci/run calls nothing else.
# The program is built and tested without cgo; only the race detector needs it.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
export CGO_ENABLED := 0

VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
FUZZTIME ?= 20s
BENCH    ?= .

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/loa: one static binary
	go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/loa ./cmd/loa

.PHONY: run
run: build ## Run everything in one process with a pretend portal; prints the address to open
	bin/loa run --demo

.PHONY: test
test: ## Run all tests (go test ./...)
	go test ./...

.PHONY: race
race: ## Run all tests with the race detector and in random order (needs gcc)
	CGO_ENABLED=1 go test -race -shuffle=on ./...

.PHONY: e2e
e2e: ## Run the long tests, which break things on purpose
	LOA_E2E=1 go test -run '^TestE2E' -count=1 -timeout 30m -v ./cmd/loa

.PHONY: lint
lint: bin/golangci-lint ## Check style, common faults and the import law
	bin/golangci-lint run

# The linter has a module of its own, so that loa's does not carry it.
bin/golangci-lint: .ci/tools/go.mod .ci/tools/go.sum
	go -C .ci/tools build -trimpath -o $(abspath $@) github.com/golangci/golangci-lint/v2/cmd/golangci-lint

# go test takes one fuzz target at a time, hence the loop. It goes on after a
# target that failed: the input is then in the package's testdata.
.PHONY: fuzz
fuzz: ## Fuzz each target for FUZZTIME (20s)
	@bad=0; \
	while IFS=: read -r file func; do \
		echo "$$(dirname $$file) $${func#func }"; \
		go test -run '^$$' -fuzz "^$${func#func }$$" -fuzztime $(FUZZTIME) "./$$(dirname $$file)" </dev/null || bad=1; \
	done < <(grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' cmd feeds ingest internal publish | sort); \
	exit $$bad

.PHONY: bench
bench: ## Run all benchmarks and print one table (BENCH=regexp; LOA_BENCH_FULL=1: a million articles)
	@go test -run '^$$' -bench '$(BENCH)' -benchmem -timeout 60m ./... | awk ' \
		BEGIN { printf "%-44s %14s %12s %12s  %s\n", "benchmark", "ns/op", "B/op", "allocs/op", "also" } \
		/^pkg: /  { pkg = $$2; sub(/^loa\//, "", pkg) } \
		/^Benchmark/ { \
			name = $$1; sub(/^Benchmark/, "", name); ns = b = a = also = ""; \
			for (i = 3; i < NF; i += 2) { \
				if ($$(i+1) == "ns/op") ns = $$i; else if ($$(i+1) == "B/op") b = $$i; \
				else if ($$(i+1) == "allocs/op") a = $$i; else also = also " " $$i " " $$(i+1) } \
			printf "%-44s %14s %12s %12s %s\n", pkg " " name, ns, b, a, also } \
		/^(FAIL|---|panic)/ { print; bad = 1 } \
		END { exit bad }'

.PHONY: clean
clean: ## Remove what was built
	rm -rf bin dist
