package citation_test

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"loa/feeds/citation"
)

const shared = "../../../shared"

// line writes citations as the tables do: type|number|year|symbol|date.
func line(cs []citation.Citation) string {
	if len(cs) == 0 {
		return "-"
	}
	var parts []string
	for _, c := range cs {
		p := strings.Join([]string{c.Type, c.Number, c.Year, c.Symbol, c.Date}, "|")
		if c.Term != "" {
			p += "|" + c.Form + " " + c.Term
		}
		parts = append(parts, p)
	}
	return strings.Join(parts, " ; ")
}

// example is a string with what Find has to find in it.
type example struct{ text, want string }

// tabbed reads examples from lines of text and wanted result with a tab between.
// Blanks at the end of a result mean nothing.
func tabbed(t testing.TB, lines string) []example {
	t.Helper()
	var out []example
	sc := bufio.NewScanner(strings.NewReader(lines))
	for sc.Scan() {
		l := sc.Text()
		if strings.HasPrefix(l, "#") || strings.TrimSpace(l) == "" {
			continue
		}
		f := strings.Split(l, "\t")
		if len(f) < 2 {
			t.Fatalf("line without a tab: %q", l)
		}
		out = append(out, example{f[0], strings.TrimSpace(f[1])})
	}
	return out
}

// sharedExamples are the strings gathered from real pages, where they are there.
func sharedExamples(t testing.TB) []example {
	b, err := os.ReadFile(shared + "/data/citations.tsv")
	if err != nil {
		return nil
	}
	return tabbed(t, string(b))
}

func TestSharedExamples(t *testing.T) {
	for _, e := range sharedExamples(t) {
		if got := line(citation.Find(e.text)); got != e.want {
			t.Errorf("%s\n got %s\nwant %s", e.text, got, e.want)
		}
	}
}

