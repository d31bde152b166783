package rules_test

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"loa/feeds"
	"loa/ingest/rules"
)

func compile(t testing.TB, list ...rules.Rule) *rules.Set {
	t.Helper()
	s, err := rules.Compile(list)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFieldsAndFolding(t *testing.T) {
	a := &feeds.Article{
		Title: "Hoà giải ở cơ sở: Tổ dân phố số 3", Summary: "Tóm tắt ngắn", ContentHTML: "<p>Bán <b>đất</b> nền giá rẻ</p><p>Liên hệ</p>",
		URL: "https://tin.example.vn/Quang-Cao/%C4%91%E1%BA%A5t", Category: "Thông báo", Tags: []string{"Rao vặt", "UBND"}, Authors: []string{"Ban Biên tập"},
	}
	cases := []struct {
		name string
		r    rules.Rule
		want bool
	}{
		{"title, tone on the other letter", rules.Rule{Field: "title", Contains: "hòa giải"}, true},
		{"decomposed", rules.Rule{Field: "title", Contains: norm.NFD.String("HÒA GIẢI")}, true},
		{"without marks", rules.Rule{Field: "title", Contains: "to dan pho"}, true},
		{"other marks", rules.Rule{Field: "title", Contains: "hóa giải"}, false},
		{"one mark is enough to want them all", rules.Rule{Field: "title", Contains: "tổ dan"}, false},
		{"not of the title", rules.Rule{Field: "title", Contains: "đất"}, false},
		{"text over inline markup", rules.Rule{Field: "text", Contains: "bán đất nền"}, true},
		{"text, summary", rules.Rule{Field: "text", Contains: "tom tat"}, true},
		{"text is not the markup", rules.Rule{Field: "text", Contains: "<b>"}, false},
		{"text is not the title", rules.Rule{Field: "text", Contains: "giải"}, false},
		{"text does not join the summary to the body", rules.Rule{Field: "text", Contains: "ngắn bán"}, false},
		{"link", rules.Rule{Field: "link", Contains: "/quang-cao/"}, true},
		{"link, unescaped", rules.Rule{Field: "link", Contains: "đất"}, true},
		{"link, escaped", rules.Rule{Field: "link", Contains: "%C4%91"}, true},
		{"category", rules.Rule{Field: "category", Contains: "thông báo"}, true},
		{"category, a tag", rules.Rule{Field: "category", Contains: "rao vat"}, true},
		{"author", rules.Rule{Field: "author", Contains: "biên tập"}, true},
		{"expression", rules.Rule{Field: "title", Matches: `^hoà giải.*số \d$`}, true},
		{"expression, tone on the other letter", rules.Rule{Field: "title", Matches: `^Hòa giải`}, true},
		{"expression without marks", rules.Rule{Field: "title", Matches: `\bto (dan|nhan dan) pho\b`}, true},
		{"expression of a whole value", rules.Rule{Field: "category", Matches: `^ubnd$`}, true},
		{"expression of another whole value", rules.Rule{Field: "category", Matches: `^rao$`}, false},
		{"expression with a class", rules.Rule{Field: "text", Matches: `giá (rẻ|[tm]ốt)`}, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.r.Action = rules.Block
			if got := compile(t, c.r).Evaluate(a).Blocked; got != c.want {
				t.Errorf("%s: %t, want %t", c.r, got, c.want)
			}
		})
	}
}

func TestFirstMatchWins(t *testing.T) {
	block := func(words, reason string) rules.Rule {
		return rules.Rule{Action: rules.Block, Field: rules.Title, Contains: words, Reason: reason}
	}
	keep := func(words string) rules.Rule {
		return rules.Rule{Action: rules.Keep, Field: rules.Title, Contains: words}
	}
	cases := []struct {
		name  string
		list  []rules.Rule
		title string
		want  rules.Verdict
	}{
		{"no rules", nil, "Họp thôn", rules.Verdict{}},
		{"block rules alone let the rest in", []rules.Rule{block("rao vặt", "")}, "Họp thôn", rules.Verdict{}},
		{"reason", []rules.Rule{block("họp", " không đăng ")}, "Họp thôn", rules.Verdict{Blocked: true, Rule: 1, Reason: "không đăng"}},
		{"no reason", []rules.Rule{block("x", ""), block("Họp", "")}, "Họp thôn", rules.Verdict{Blocked: true, Rule: 2, Reason: `block: title contains "Họp"`}},
		{"keep before block", []rules.Rule{keep("thôn"), block("họp", "")}, "Họp thôn", rules.Verdict{Rule: 1, Reason: `keep: title contains "thôn"`}},
		{"block before keep", []rules.Rule{block("họp", "r"), keep("thôn")}, "Họp thôn", rules.Verdict{Blocked: true, Rule: 1, Reason: "r"}},
		{"a keep rule blocks the rest", []rules.Rule{block("x", ""), keep("xã")}, "Họp thôn", rules.Verdict{Blocked: true, Reason: rules.NoKeep}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := compile(t, c.list...).Evaluate(&feeds.Article{Title: c.title}); got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

func TestCompileNamesTheRule(t *testing.T) {
	good := rules.Rule{Action: rules.Block, Field: rules.Title, Contains: "x"}
	cases := []struct {
		name string
		r    rules.Rule
		says string
	}{
		{"no action", rules.Rule{Field: "title", Contains: "x"}, `rule 2: action: "" is neither keep nor block`},
		{"unknown field", rules.Rule{Action: "keep", Field: "body", Contains: "x"}, `rule 2: field: "body" is none of`},
		{"neither", rules.Rule{Action: "keep", Field: "title"}, "rule 2: give one of contains and matches"},
		{"both", rules.Rule{Action: "keep", Field: "title", Contains: "a", Matches: "b"}, "rule 2: give one of contains and matches"},
		{"blanks", rules.Rule{Action: "keep", Field: "title", Contains: " \u00a0"}, "rule 2: contains:"},
		{"bad expression", rules.Rule{Action: "keep", Field: "title", Matches: "a("}, "rule 2: matches: error parsing regexp"},
		{"look-behind", rules.Rule{Action: "keep", Field: "title", Matches: "(?<=a)b"}, "rule 2: matches:"},
		{"long", rules.Rule{Action: "keep", Field: "title", Contains: strings.Repeat("x", rules.MaxPattern+1)}, "rule 2: contains, matches: at most"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := rules.Compile([]rules.Rule{good, c.r, good}); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
	if _, err := rules.Compile(make([]rules.Rule, rules.MaxRules+1)); err == nil {
		t.Error("too many rules are taken")
	}
	if s, err := rules.Compile(nil); s != nil || err != nil {
		t.Error(s, err)
	}
}

// Words of an article find it, however they are written.
func TestWordsFindTheirArticle(t *testing.T) {
	word := rapid.SampledFrom([]string{"Hoà", "thuế", "ỦY", "uỷ", "đất", "quý", "khoẻ", "nghị", "quyết", "19-NQ", "số", "3"})
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(word, 1, 8).Draw(t, "words")
		from := rapid.IntRange(0, len(words)-1).Draw(t, "from")
		to := rapid.IntRange(from+1, len(words)).Draw(t, "to")
		needle := strings.Join(words[from:to], " ")
		needle = rapid.SampledFrom([]func(string) string{strings.ToUpper, strings.ToLower, norm.NFD.String, norm.NFC.String}).Draw(t, "form")(needle)
		s, err := rules.Compile([]rules.Rule{{Action: rules.Block, Field: rules.Title, Contains: needle}})
		if err != nil {
			t.Fatal(err)
		}
		if a := (&feeds.Article{Title: strings.Join(words, " ")}); !s.Evaluate(a).Blocked {
			t.Fatalf("%q does not find %q", needle, a.Title)
		}
	})
}

func FuzzCompile(f *testing.F) {
	f.Add("block", "title", "quảng cáo", "", "Quảng cáo đất nền")
	f.Add("keep", "text", "", `^(hòa|hoà)\s+[^a-z]{2,5}?$`, "<p>Hoà giải</p>")
	f.Add("keep", "link", "", `(?U)a+\pL\QĐ.\E`, "https://example.vn/%zz")
	f.Add("block", "category", "", `((a*)*)*b`, "aaaaaaaaaaaaaaaaaaaa")
	f.Add("block", "author", "\u0301", "", "a\u0301")
	f.Fuzz(func(t *testing.T, action, field, contains, matches, value string) {
		list := []rules.Rule{{Action: rules.Action(action), Field: rules.Field(field), Contains: contains, Matches: matches}}
		s, err := rules.Compile(list)
		if (s == nil) == (err == nil) {
			t.Fatalf("%v %v", s, err)
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "rule 1: ") {
				t.Fatalf("error does not name the rule: %v", err)
			}
			return
		}
		a := &feeds.Article{Title: value, Summary: value, ContentHTML: value, URL: value, Category: value, Tags: []string{value}, Authors: []string{value}}
		v := s.Evaluate(a)
		if v != s.Evaluate(a) {
			t.Fatal("two verdicts")
		}
		if v.Blocked && v.Reason == "" {
			t.Fatalf("blocked without a reason: %+v", v)
		}
		if contains != "" && action == "block" {
			own := &feeds.Article{Title: contains, Summary: contains, URL: contains, Category: contains, Authors: []string{contains}}
			if !s.Evaluate(own).Blocked {
				t.Fatalf("%q does not contain itself", contains)
			}
		}
	})
}
