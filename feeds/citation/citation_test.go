package citation_test

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"loa/feeds/citation"
)

// shared holds real data; tests that read it do nothing where it is not there.
const shared = "../../../shared"

// example is a text with what Find has to find in it.
type example struct{ text, want string }

// line writes citations as the tables do.
func line(cs []citation.Citation) string {
	if len(cs) == 0 {
		return "-"
	}
	var parts []string
	for _, c := range cs {
		parts = append(parts, one(c))
	}
	return strings.Join(parts, " ; ")
}

func one(c citation.Citation) string {
	p := strings.Join([]string{c.Type, c.Number, c.Year, c.Symbol, c.Date}, "|")
	if c.Term != "" {
		p += "|" + c.Form + " " + c.Term
	}
	return p
}

// tabbed reads a table of examples: text, tab, what is wanted.
func tabbed(t testing.TB, path string) []example {
	t.Helper()
	var out []example
	for _, l := range lines(t, path) {
		text, want, ok := strings.Cut(l, "\t")
		if !ok {
			t.Fatalf("%s: line without a tab: %q", path, l)
		}
		want, _, _ = strings.Cut(want, "\t") // then comes the source
		out = append(out, example{text, strings.TrimSpace(want)})
	}
	return out
}

// lines returns the lines of a file that are neither empty nor remarks.
func lines(t testing.TB, path string) []string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []string
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		if l := sc.Text(); strings.TrimSpace(l) != "" && !strings.HasPrefix(l, "#") {
			out = append(out, l)
		}
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// sharedExamples are strings from real pages.
func sharedExamples(t testing.TB) []example {
	if path := shared + "/data/citations.tsv"; exists(path) {
		return tabbed(t, path)
	}
	return nil
}

// press is news of 2013, which cites next to nothing.
func press(t testing.TB) []string {
	var out []string
	root := shared + "/data/press"
	if !exists(root) {
		return nil
	}
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		for _, l := range lines(t, path) {
			out = append(out, strings.ReplaceAll(l, "_", " "))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSharedExamples(t *testing.T) {
	for _, e := range sharedExamples(t) {
		check(t, e)
	}
}

func TestExamples(t *testing.T) {
	for _, e := range tabbed(t, "testdata/citations.tsv") {
		check(t, e)
	}
}

func check(t *testing.T, e example) {
	t.Helper()
	if got := line(citation.Find(e.text)); got != e.want {
		t.Errorf("%s\n got %s\nwant %s", e.text, got, e.want)
	}
}

// The same letters in another normal form, with other blanks, or inside a
// sentence are the same citations.
func TestExamplesInOtherForms(t *testing.T) {
	forms := map[string]func(string) string{
		"NFD":           norm.NFD.String,
		"no-break":      func(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") },
		"wide":          func(s string) string { return strings.ReplaceAll(s, " ", "  ") },
		"line ends":     func(s string) string { return s + "\r\n\r\n" },
		"in a sentence": func(s string) string { return "Thực hiện: " + s + "; nhân dân phấn khởi." },
		"in a bracket":  func(s string) string { return "(" + s + ")" },
	}
	for name, form := range forms {
		for _, e := range append(tabbed(t, "testdata/citations.tsv"), sharedExamples(t)...) {
			text := form(e.text)
			if name == "in a bracket" && strings.Count(e.text, "(") > strings.Count(e.text, ")") {
				continue
			}
			got := citation.Find(text)
			if line(got) != e.want {
				t.Errorf("%s: %q\n got %s\nwant %s", name, text, line(got), e.want)
			}
			wellFormed(t, text, got)
		}
	}
}

func TestProse(t *testing.T) {
	for _, l := range lines(t, "testdata/prose.txt") {
		check(t, example{l, "-"})
	}
}

func TestPress(t *testing.T) {
	for _, l := range press(t) {
		for _, c := range citation.Find(l) {
			t.Errorf("%q in press text", c.Text)
		}
	}
}

// wellFormed holds citations to what Find promises of every text.
func wellFormed(t testing.TB, text string, cs []citation.Citation) {
	t.Helper()
	rs := []rune(text)
	end := 0
	for i, c := range cs {
		if c.Start < 0 || c.End <= c.Start || c.End > len(rs) {
			t.Fatalf("%q: offsets %d, %d of %d", text, c.Start, c.End, len(rs))
		}
		if want := string(rs[c.Start:c.End]); strings.ToValidUTF8(c.Text, "\ufffd") != want {
			t.Fatalf("%q: text %q, runes %q", text, c.Text, want)
		}
		joined := i > 0 && c.Start == cs[i-1].Start && c.End == cs[i-1].End && c.Text == cs[i-1].Text
		if c.Start < end && !joined {
			t.Fatalf("%q: %q overlaps", text, c.Text)
		}
		end = c.End
		if c.Type == "" || c.Form == "" || strings.HasPrefix(c.Number, "0") || strings.ContainsAny(c.Symbol, " \u00a0\n") {
			t.Fatalf("%q: %+v", text, c)
		}
		if (c.Symbol != "") != (c.Form == citation.FormNumber) {
			t.Fatalf("%q: form %s with symbol %q", text, c.Form, c.Symbol)
		}
		if (c.Term != "") != (c.Form == citation.FormPlenum || c.Form == citation.FormCongress) {
			t.Fatalf("%q: form %s with term %q", text, c.Form, c.Term)
		}
		if c.Path() == "" != (c.Symbol == "") {
			t.Fatalf("%q: path %q of %+v", text, c.Path(), c)
		}
		if p := c.Path(); p != "" {
			back, ok := citation.ParseNumber(p)
			if !ok || back.Key() != c.Key() || back.Path() != p {
				t.Fatalf("%q: %q reads back as %q, key %q, want %q", text, p, back.Path(), back.Key(), c.Key())
			}
		}
		if !utf8.ValidString(c.Issuer) && utf8.ValidString(text) {
			t.Fatalf("%q: issuer %q", text, c.Issuer)
		}
	}
}
