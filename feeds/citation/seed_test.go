package citation_test

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/text/unicode/norm"

	"loa/feeds/citation"
)

// seedFacts is what one real article cites, read by hand: offsets in runes, and
// the issuer that stands beside the number, or the symbol's.
var seedFacts = []struct {
	start, end int
	fact       string // type|number|year|symbol|date[|form term]
	form       string
	issuer     string
}{
	{904, 943, "NQ|1||NQ/HU|2016-01-11", citation.FormNumber, "Ban Chấp hành Đảng bộ huyện"},
	{1046, 1085, "NQ|2||NQ/HU|2017-02-27", citation.FormNumber, "Ban Thường vụ Huyện ủy"},
	{1202, 1254, "CTr|6||CTr/HU|2016-12-27", citation.FormNumber, "HU"},
	{1268, 1302, "NQ|4||||plenum XII", citation.FormPlenum, "TW"},
	{1480, 1515, "CTr|19||CTr/HU|", citation.FormNumber, "HU"},
	{1529, 1561, "NQ|6||||plenum X", citation.FormPlenum, "TW"},
	{1671, 1706, "CTr|21||CTr/HU|", citation.FormNumber, "HU"}, // the next one's date is not its own
	{1720, 1756, "KL|64||KL/TW|2013-05-28", citation.FormNumber, "Ban Chấp hành Trung ương Đảng"},
	{2854, 2887, "NQ|4||||plenum XI", citation.FormPlenum, "TW"},
	{2889, 2923, "NQ|4||||plenum XII", citation.FormPlenum, "TW"},
	{5031, 5057, "NQ|18||NQ/TW|", citation.FormNumber, "Ban Chấp hành Trung ương Đảng"},
	{5031, 5057, "NQ|19||NQ/TW|", citation.FormNumber, "Ban Chấp hành Trung ương Đảng"},
	{5095, 5109, "ĐA|1||ĐA/TU|", citation.FormNumber, "Tỉnh ủy Vĩnh Phúc"},
	{5440, 5457, "ĐA|4||ĐA/TU|", citation.FormNumber, "TU"},
	{5459, 5499, "KL|13|||", citation.FormBare, "Ban Thường vụ Tỉnh ủy"},
	{7511, 7585, "NQ|||||congress XXII", citation.FormCongress, "Đảng bộ huyện"},
}

func TestSeed(t *testing.T) {
	paths, err := filepath.Glob(shared + "/seed/*.txt")
	if err != nil || len(paths) == 0 {
		return // the real article is not here
	}
	b, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	got := citation.Find(string(b))
	wellFormed(t, string(b), got)
	for i, want := range seedFacts {
		if i >= len(got) {
			t.Errorf("missing %s at %d", want.fact, want.start)
			continue
		}
		c := got[i]
		if one(c) != want.fact || c.Start != want.start || c.End != want.end || c.Form != want.form || c.Issuer != want.issuer {
			t.Errorf("got %s %d-%d %s %q\nwant %+v", one(c), c.Start, c.End, c.Form, c.Issuer, want)
		}
	}
	decomposed := norm.NFD.String(string(b))
	again := citation.Find(decomposed)
	wellFormed(t, decomposed, again)
	if line(again) != line(got) {
		t.Errorf("decomposed: %s", line(again))
	}
	for _, c := range got[min(len(got), len(seedFacts)):] {
		t.Errorf("too many: %s at %d", one(c), c.Start)
	}
}
