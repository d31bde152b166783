package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// The files of publishers and of readers are lists in YAML that people may edit
// too. What is there stays as it is, comments included.

// appendEntry adds an entry to a file, which need not exist yet.
func appendEntry(file string, entry any) error {
	b, err := yaml.Marshal([]any{entry})
	if err != nil {
		return fmt.Errorf("encode entry of %s: %w", file, err)
	}
	old, err := os.ReadFile(file) //nolint:gosec // the operator's own file
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read %s: %w", file, err)
	}
	if strings.TrimSpace(string(old)) == "[]" {
		old = nil
	}
	if len(old) > 0 && !bytes.HasSuffix(old, []byte("\n")) {
		old = append(old, '\n')
	}
	return replaceFile(file, append(old, b...))
}

// markRevoked writes into an entry that its token has ended.
func markRevoked(file string, at int, now time.Time) error {
	b, err := os.ReadFile(file) //nolint:gosec // the operator's own file
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	entry := doc.Content[0].Content[at]
	if entry.Kind != yaml.MappingNode {
		return fmt.Errorf("change %s: entry %d is no mapping of its own; write it out", file, at+1)
	}
	entry.Content = append(entry.Content,
		&yaml.Node{Kind: yaml.ScalarNode, Value: "revoked"},
		&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!timestamp", Value: now.Format(time.RFC3339)})
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(&doc); err != nil {
		return fmt.Errorf("encode %s: %w", file, err)
	}
	if err := e.Close(); err != nil {
		return fmt.Errorf("encode %s: %w", file, err)
	}
	return replaceFile(file, out.Bytes())
}
