package citation_test

import (
	"testing"

	"loa/feeds/citation"
)

func TestParseType(t *testing.T) {
	for given, want := range map[string]string{
		"NQ": "NQ", "nq": "NQ", "QĐ": "QĐ", "qd": "QĐ", "QD": "QĐ", "ĐA": "ĐA", "DA": "DA", "da": "DA", "đa": "ĐA",
		"nghị quyết": "NQ", "nghi-quyet": "NQ", "Chỉ thị": "CT", "CTr": "CTr", "ctr": "CTr", "KH": "KH",
		"": "", "xyz": "", "NQ/TW": "",
	} {
		if got, ok := citation.ParseType(given); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", given, got, ok, want)
		}
	}
	if got := citation.TypeName("QĐ"); got != "quyết định" {
		t.Error(got)
	}
}
