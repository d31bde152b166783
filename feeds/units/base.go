package units

import (
	_ "embed"
	"fmt"
	"strings"
	"time"
)

//go:embed data/units.tsv
var unitsTSV string

//go:embed data/succession.tsv
var successionTSV string

//go:embed data/corrections.tsv
var correctionsTSV string

//go:embed data/changes.yaml
var changesYAML string

// base reads the data that come with the package. The strings of units are parts
// of the embedded file and cost no memory.
func (b *book) base() error {
	dates := map[string]time.Time{"": {}}
	date := func(s string) (time.Time, error) {
		t, ok := dates[s]
		if !ok {
			var err error
			if t, err = parseDate(s); err != nil {
				return t, err
			}
			dates[s] = t
		}
		return t, nil
	}
	err := lines(unitsTSV, 8, func(f []string) error {
		u := Unit{Code: f[0], Province: f[3], District: f[4], Act: f[5], EndAct: f[6], FullName: f[7]}
		l, ok := levelOf(u.Code)
		if !ok {
			return errData
		}
		if u.Kind, u.Name, ok = splitName(l, u.FullName); !ok {
			return errData
		}
		var err error
		if u.From, err = date(f[1]); err != nil {
			return err
		}
		if u.To, err = date(f[2]); err != nil {
			return err
		}
		b.add(u, origin{file: "units.tsv"})
		return nil
	})
	if err != nil {
		return err
	}
	err = lines(successionTSV, 5, func(f []string) error {
		d, err := date(f[0])
		if err != nil {
			return err
		}
		from, ok := b.before(f[1], d)
		to, also := b.beginning(f[2], d)
		if !ok || !also {
			return errData
		}
		b.edges = append(b.edges, link{from: from, to: to, date: d, act: f[4], whole: f[3] == "whole"})
		return nil
	})
	if err != nil {
		return err
	}
	return lines(correctionsTSV, 3, func(f []string) error {
		b.wrong[f[0]] = f[1]
		return nil
	})
}

func shippedChanges() ([]Change, error) {
	return ReadChanges("data/changes.yaml", strings.NewReader(changesYAML))
}

// lines calls do with the n fields of each line that is no comment.
func lines(table string, n int, do func([]string) error) error {
	fields := make([]string, n)
	no := 0
	for line := range strings.Lines(table) {
		no++
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		rest := line
		for i := range n - 1 {
			var ok bool
			if fields[i], rest, ok = strings.Cut(rest, "\t"); !ok {
				return fmt.Errorf("line %d: %w", no, errData)
			}
		}
		fields[n-1] = rest
		if err := do(fields); err != nil {
			return fmt.Errorf("line %d: %w", no, err)
		}
	}
	return nil
}

func parseDate(s string) (time.Time, error) {
	return time.ParseInLocation(time.DateOnly, s, Zone)
}
