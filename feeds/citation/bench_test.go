package citation_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"loa/feeds/citation"
)

func percent(a, b int) string {
	if b == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(a)/float64(b))
}

// BenchmarkFind gives MB/s over text of several kinds; a line of hostile text
// must not be much slower than prose.
func BenchmarkFind(b *testing.B) {
	const size = 1 << 16
	fill := func(parts []string) string {
		var s strings.Builder
		for s.Len() < size {
			for _, p := range parts {
				s.WriteString(p + "\n\n")
			}
		}
		return s.String()
	}
	prose := fill(lines(b, "testdata/prose.txt"))
	var cited []string
	for _, e := range tabbed(b, "testdata/citations.tsv") {
		cited = append(cited, e.text)
	}
	var mixed []string
	for i, l := range lines(b, "testdata/prose.txt") {
		if mixed = append(mixed, l); i%10 == 0 {
			mixed = append(mixed, cited[i%len(cited)])
		}
	}
	run := func(name, text string) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n = len(citation.Find(text))
			}
			b.ReportMetric(float64(n), "citations")
		})
	}
	run("prose", prose)
	run("article", fill(mixed))
	run("citations", fill(cited))
	run("NFD", norm.NFD.String(prose))
	for unit, text := range hostile(size) {
		run("hostile/"+unit, text)
	}
}
