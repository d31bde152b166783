package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// tokenFile is a list in YAML of those who have a token: publishers, or readers.
// People may edit it too. What is there stays as it is, comments included.
type tokenFile[T any] struct {
	// word names one of them, such as publisher, and held what of theirs holds.
	word, held string
	// name is the file as the configuration has it, path where it is.
	name, path string
	// of tells of an entry who it is, whether the token has ended, and what is wrong.
	of func(*T) (name string, revoked bool, err error)
}

// read reads the file, which need not exist yet.
func (f *tokenFile[T]) read() ([]T, error) {
	if f.name == "" {
		return nil, nil
	}
	b, err := os.ReadFile(f.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %ss: %w", f.word, err)
	}
	var list []T
	if err := strictYAML(b, &list); err != nil {
		return nil, fmt.Errorf("%ss %s: %w", f.word, f.path, err)
	}
	var errs []error
	seen := map[string]bool{}
	for i := range list {
		name, revoked, err := f.of(&list[i])
		errs = append(errs, err)
		if revoked {
			continue
		}
		if seen[name] {
			errs = append(errs, fmt.Errorf("%s %q: the name is there twice", f.word, name))
		}
		seen[name] = true
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("%ss %s: %w", f.word, f.path, err)
	}
	return list, nil
}

// active counts those whose token holds.
func (f *tokenFile[T]) active(list []T) (n int) {
	for i := range list {
		if _, revoked, _ := f.of(&list[i]); !revoked {
			n++
		}
	}
	return n
}

// find returns the place of the one of the name whose token holds, -1 for none. A
// file that is not valid is not changed.
func (f *tokenFile[T]) find(name string) (int, error) {
	if f.name == "" {
		return 0, fmt.Errorf("no %[1]ss file is configured; write `%[1]ss: %[1]ss.yaml` into the configuration, or set LOA_%[2]sS", f.word, strings.ToUpper(f.word))
	}
	list, err := f.read()
	if err != nil {
		return 0, err
	}
	return slices.IndexFunc(list, func(e T) bool {
		have, revoked, _ := f.of(&e)
		return have == name && !revoked
	}), nil
}

func (f *tokenFile[T]) add(entry T) error {
	name, _, invalid := f.of(&entry)
	at, err := f.find(name)
	switch {
	case err != nil:
		return err
	case invalid != nil:
		return fmt.Errorf("%w: %w", errUsage, invalid)
	case at >= 0:
		return fmt.Errorf("%w: %s %q is there already; revoke it first, or give the new one another name", errUsage, f.word, name)
	}
	return appendEntry(f.path, entry)
}

// revoke marks the one of that name.
func (f *tokenFile[T]) revoke(name string, now time.Time) error {
	at, err := f.find(name)
	if err != nil {
		return err
	}
	if at < 0 {
		return fmt.Errorf("%w: there is no %[2]s %[3]q whose %[4]s; see `loa %[2]ss list`", errUsage, f.word, name, f.held)
	}
	return markRevoked(f.path, at, now)
}

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
