package units

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
	"golang.org/x/text/unicode/norm"
)

// Bounds of a file of changes.
const (
	maxFile    = 1 << 20
	maxChanges = 5_000
	maxUnits   = 1_000 // that one change names
	maxName    = 200   // bytes
)

// ReadChanges reads a file of changes: a YAML list of
//
//   - date: 2027-01-01            # the day on which the act comes into force
//     act: 12/NQ-UBTVQH16
//     change: merged              # created, split, renamed, moved, upgraded, abolished
//     units: ["09040", {code: "09043", part: true}]
//     to: {code: "09040", full_name: Xã Tề Lỗ, province: "25"}
//
// units and to are one or a list. What is left out of to is as it was before: the
// code (renamed, moved, upgraded), the name, the kind, the province. A unit that
// is named with part remains in force. To name a unit that another change of
// that day makes, give its code alone. name is what errors call the file. All
// errors are of type [*ChangeError].
func ReadChanges(name string, r io.Reader) ([]Change, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	top := origin{file: name}
	if len(raw) > maxFile {
		return nil, top.errorf("longer than %d bytes: divide it into several files", maxFile)
	}
	if strings.TrimSpace(string(raw)) == "" {
		return nil, nil
	}
	var docs []yaml.Node
	if err := yaml.Load(raw, &docs, yaml.WithAllDocuments()); err != nil {
		return nil, top.errorf("not YAML: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	if len(docs) == 0 {
		return nil, nil
	}
	if len(docs) > 1 {
		return nil, origin{name, docs[1].Line}.errorf("a second document: leave out the line with ---")
	}
	root := &docs[0]
	if root.Kind == yaml.DocumentNode && len(root.Content) > 0 {
		root = root.Content[0]
	}
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil, nil
	}
	if root.Kind != yaml.SequenceNode {
		return nil, origin{name, root.Line}.errorf("not a list: begin each change with \"- date: \"")
	}
	if len(root.Content) > maxChanges {
		return nil, top.errorf("more than %d changes: divide it into several files", maxChanges)
	}
	changes := make([]Change, 0, len(root.Content))
	for _, n := range root.Content {
		c, err := readChange(name, n)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

func readChange(file string, n *yaml.Node) (Change, error) {
	c := Change{at: origin{file, n.Line}}
	err := mapping(file, n, map[string]func(*yaml.Node) error{
		"date": func(n *yaml.Node) (err error) { c.date, err = readDate(file, n); return },
		"act":  text(file, &c.act),
		"change": func(n *yaml.Node) error {
			c.kind = n.Value
			if !slices.Contains([]string{Created, Merged, Split, Renamed, Moved, Upgraded, Abolished}, c.kind) || n.Kind != yaml.ScalarNode {
				return origin{file, n.Line}.errorf("change is %q: write created, merged, split, renamed, moved, upgraded or abolished", c.kind)
			}
			return nil
		},
		"units": func(n *yaml.Node) error {
			return each(file, n, func(n *yaml.Node) error {
				s, err := readSource(file, n)
				c.units = append(c.units, s)
				return err
			})
		},
		"to": func(n *yaml.Node) error {
			return each(file, n, func(n *yaml.Node) error {
				t, err := readTarget(file, n)
				c.to = append(c.to, t)
				return err
			})
		},
		"note": text(file, new(string)),
	})
	if err != nil {
		return c, err
	}
	return c, c.check()
}

func readSource(file string, n *yaml.Node) (source, error) {
	var s source
	if n.Kind == yaml.ScalarNode {
		err := code(file, &s.code)(n)
		return s, err
	}
	err := mapping(file, n, map[string]func(*yaml.Node) error{
		"code": code(file, &s.code),
		"part": func(n *yaml.Node) error {
			if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" {
				return origin{file, n.Line}.errorf("part is not true or false: write part: true, or leave it out")
			}
			s.part = n.Value == "true"
			return nil
		},
	})
	if err == nil && s.code == "" {
		err = origin{file, n.Line}.errorf("a unit without code: write its code in quotation marks")
	}
	return s, err
}

func readTarget(file string, n *yaml.Node) (target, error) {
	var t target
	if n.Kind == yaml.ScalarNode {
		err := code(file, &t.code)(n)
		return t, err
	}
	err := mapping(file, n, map[string]func(*yaml.Node) error{
		"code": code(file, &t.code), "full_name": text(file, &t.fullName), "kind": text(file, &t.kind),
		"province": code(file, &t.province), "district": code(file, &t.district),
	})
	switch at := (origin{file, n.Line}); {
	case err != nil:
	case t.kind != "" && t.fullName != "":
		err = at.errorf("kind and full_name together: leave kind out, the full name has it")
	case t.province != "" && Level(len(t.province)) != Province:
		err = at.errorf("province is %q: a code of a province has two digits", t.province)
	case t.district != "" && Level(len(t.district)) != District:
		err = at.errorf("district is %q: a code of a district has three digits", t.district)
	}
	t.kind = strings.ToLower(t.kind)
	return t, err
}

func readDate(file string, n *yaml.Node) (time.Time, error) {
	t, err := parseDate(n.Value)
	if err != nil || n.Kind != yaml.ScalarNode || t.Year() < 1945 || t.Year() > 2200 {
		return time.Time{}, origin{file, n.Line}.errorf("date is %.40q: write year-month-day, such as 2027-01-01", n.Value)
	}
	return t, nil
}

// code reads a code as it is written: YAML would make a number of 01.
func code(file string, into *string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if _, ok := levelOf(n.Value); !ok || n.Kind != yaml.ScalarNode {
			return origin{file, n.Line}.errorf("code is %.40q: write 2 (province), 3 (district) or 5 digits (commune) in quotation marks", n.Value)
		}
		*into = n.Value
		return nil
	}
}

func text(file string, into *string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		s := norm.NFC.String(strings.Join(strings.Fields(n.Value), " "))
		switch {
		case n.Kind != yaml.ScalarNode || s == "":
			return origin{file, n.Line}.errorf("a text is expected here: write it in one line, or leave the key out")
		case len(s) > maxName:
			return origin{file, n.Line}.errorf("a text of more than %d bytes: shorten it", maxName)
		case strings.ContainsFunc(s, unprintable):
			return origin{file, n.Line}.errorf("a text with invisible characters: type it anew")
		}
		*into = s
		return nil
	}
}

func each(file string, n *yaml.Node, do func(*yaml.Node) error) error {
	if n.Kind != yaml.SequenceNode {
		return do(n)
	}
	if len(n.Content) > maxUnits {
		return origin{file, n.Line}.errorf("more than %d units in one change: write several changes", maxUnits)
	}
	for _, item := range n.Content {
		if err := do(item); err != nil {
			return err
		}
	}
	return nil
}

// mapping reads the keys of a mapping. Keys that it does not know and keys that
// stand there twice are errors; so are aliases, which a list of changes needs
// none of.
func mapping(file string, n *yaml.Node, keys map[string]func(*yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return origin{file, n.Line}.errorf("keys and values are expected here, such as date: 2027-01-01")
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		read, ok := keys[k.Value]
		if !ok || k.Kind != yaml.ScalarNode {
			return origin{file, k.Line}.errorf("unknown key %.40q: the keys here are %s", k.Value, keyList(keys))
		}
		if seen[k.Value] {
			return origin{file, k.Line}.errorf("key %s stands here twice: leave one out", k.Value)
		}
		seen[k.Value] = true
		if err := read(n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}
