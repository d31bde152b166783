package citation_test

import (
	"net/url"
	"strings"
	"testing"

	"loa/feeds/citation"
)

func TestParseNumber(t *testing.T) {
	cases := []struct{ given, fact, path string }{
		{"19-NQ/TW", "NQ|19||NQ/TW|", "19-NQ-TW"},
		{"19-NQ-TW", "NQ|19||NQ/TW|", "19-NQ-TW"},
		{"019-nq-tw", "NQ|19||NQ/TW|", "19-NQ-TW"},
		{"19/NQ-TW", "NQ|19||NQ-TW|", "19-NQ-TW"},
		{"19-NQ%2FTW", "NQ|19||NQ/TW|", "19-NQ-TW"},
		{" số 19 - NQ/TW ", "NQ|19||NQ/TW|", "19-NQ-TW"},
		{"Nghị quyết số 19-NQ/TW", "NQ|19||NQ/TW|", "19-NQ-TW"},
		{"42/2022/NĐ-CP", "NĐ|42|2022|NĐ-CP|", "42-2022-NĐ-CP"},
		{"42-2022-nd-cp", "NĐ|42|2022|NĐ-CP|", "42-2022-NĐ-CP"},
		{"42-2022-N%C4%90-CP", "NĐ|42|2022|NĐ-CP|", "42-2022-NĐ-CP"},
		{"42-2022-ND\u0309-cp", "", ""},
		{"42/2022/NĐ-СР", "NĐ|42|2022|NĐ-CP|", "42-2022-NĐ-CP"},
		{"06-ctr-hu", "CTr|6||CTr/HU|", "6-CTr-HU"},
		{"01-da-tu", "ĐA|1||ĐA/TU|", "1-ĐA-TU"},
		{"01-DA-UBND", "DA|1||DA-UBND|", "1-DA-UBND"},
		{"749-qd-ttg", "QĐ|749||QĐ-TTg|", "749-QĐ-TTg"},
		{"21-2026-nq-hdnd", "NQ|21|2026|NQ-HĐND|", "21-2026-NQ-HĐND"},
		{"1-2024-tt-bkhdt", "TT|1|2024|TT-BKHĐT|", "1-2024-TT-BKHĐT"},
		{"59-2020-qh14", "L|59|2020|QH14|", "59-2020-QH14"},
		{"Nghị quyết 202/2025/QH15", "NQ|202|2025|QH15|", "202-2025-QH15"},
		{"1676-nq-ubtvqh15", "NQ|1676||NQ-UBTVQH15|", "1676-NQ-UBTVQH15"},
		{"6050/2026/vbhn-nđ-btp", "VBHN|6050|2026|VBHN-NĐ-BTP|", "6050-2026-VBHN-NĐ-BTP"},
		{"05-cp", "NĐ|5||CP|", "5-CP"},
		{"357-cv-btctu", "CV|357||CV/BTCTU|", "357-CV-BTCTU"},
		{"1234-BTC-TCT", "CV|1234||BTC-TCT|", "1234-BTC-TCT"},
		{"36A-nq-cp", "NQ|36a||NQ-CP|", "36a-NQ-CP"},
		{"19-NQ/TƯ", "NQ|19||NQ/TW|", "19-NQ-TW"},
		{"7-GP-XYZ", "CV|7||GP-XYZ|", "7-GP-XYZ"},
		{"", "", ""},
		{"19", "", ""},
		{"19-", "", ""},
		{"NQ-TW", "", ""},
		{"0-NQ-TW", "", ""},
		{"123456-NQ-TW", "", ""},
		{"12-cach-nau-an", "", ""},
		{"19-NQ-TW-2020", "", ""},
		{"19-NQ/TW của Trung ương", "", ""},
		{"24/7", "", ""},
		{"%zz", "", ""},
		{strings.Repeat("1-", 2000), "", ""},
		{"1" + strings.Repeat("-NQ", 13), "", ""},
	}
	for _, c := range cases {
		got, ok := citation.ParseNumber(c.given)
		if ok != (c.fact != "") || ok && (one(got) != c.fact || got.Path() != c.path) {
			t.Errorf("%q: got %t %s %q\nwant %s %q", c.given, ok, one(got), got.Path(), c.fact, c.path)
		}
	}
}

// What Find finds, ParseNumber reads from every spelling of its address.
func TestParseNumberReadsWhatIsFound(t *testing.T) {
	for _, e := range tabbed(t, "testdata/citations.tsv") {
		for _, c := range citation.Find(e.text) {
			if c.Symbol == "" {
				continue
			}
			year := ""
			if c.Year != "" {
				year = "/" + c.Year
			}
			lead := "/"
			if strings.Contains(c.Symbol, "/") {
				lead = "-"
			}
			for _, given := range []string{
				c.Path(), url.PathEscape(c.Path()), strings.ToLower(c.Path()), strings.ToUpper(c.Path()),
				c.Number + year + lead + c.Symbol, url.PathEscape(c.Number + year + lead + c.Symbol),
			} {
				got, ok := citation.ParseNumber(given)
				if known := strings.ToLower(given) != given; !ok && !known {
					continue // letters that are not known are read in capitals only
				}
				if !ok || got.Key() != c.Key() || got.Path() != c.Path() {
					t.Errorf("%s: %q: got %t %s, want %s", e.text, given, ok, got.Key(), c.Key())
				}
			}
		}
	}
}

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"19-NQ-TW", "42/2022/NĐ-CP", "42-2022-nd-cp", "59-2020-qh14", "5-CP", "1234-BTC-TCT", "%", "1-A", "Nghị quyết số 1-NQ/TW"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, given string) {
		c, ok := citation.ParseNumber(given)
		if !ok {
			return
		}
		if c.Type == "" || c.Number == "" || c.Symbol == "" {
			t.Fatalf("%q: %+v", given, c)
		}
		again, ok := citation.ParseNumber(c.Path())
		if !ok || again.Key() != c.Key() || again.Path() != c.Path() {
			t.Fatalf("%q: %q reads back as %q", given, c.Path(), again.Path())
		}
	})
}
