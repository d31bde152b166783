package sketch_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"loa/feeds/sketch"
)

// pair is two texts, and whether they are one.
type pair struct {
	alike      int
	contradict bool
	meet       bool
	near       bool
	same       bool
}

func judge(a, b sketch.Sketch, same bool) pair {
	p := pair{sketch.Alike(a, b), sketch.Contradict(a, b), false, sketch.Near(a, b), same}
	for i, x := range a.Bands() {
		p.meet = p.meet || b != (sketch.Sketch{}) && x == b.Bands()[i]
	}
	return p
}

func of(a article) sketch.Sketch { return sketch.Of(a.title, a.text()) }

// rates returns precision and recall of those that is holds of.
func rates(list []pair, is func(pair) bool) (precision, recall float64, found int) {
	right, all := 0, 0
	for _, p := range list {
		if p.same {
			all++
		}
		if is(p) {
			found++
			if p.same {
				right++
			}
		}
	}
	precision = 1
	if found > 0 {
		precision = float64(right) / float64(found)
	}
	return precision, float64(right) / float64(max(all, 1)), found
}

// TestReport prints precision and recall; what it asserts are wide bounds. Run
// with -v to read it.
func TestReport(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var all []pair
	originals := fixtures()
	for _, m := range mutators {
		var list []pair
		for range 40 {
			for _, a := range originals {
				list = append(list, judge(of(a), of(m.do(a.clone(), r)), true))
			}
		}
		all = append(all, list...)
		_, near, _ := rates(list, func(p pair) bool { return p.near })
		_, similar, _ := rates(list, func(p pair) bool { return p.alike >= sketch.Shared })
		_, meet, _ := rates(list, func(p pair) bool { return p.meet })
		_, free, _ := rates(list, func(p pair) bool { return !p.contradict })
		t.Logf("copy, %-24s recall %.3f (alike %.3f, common key %.3f, no contradiction %.3f)", m.name+":", near, similar, meet, free)
	}
	var both []pair
	for range 100 {
		for _, a := range originals {
			first, second := mutators[r.IntN(len(mutators))], mutators[r.IntN(len(mutators))]
			both = append(both, judge(of(a), of(second.do(first.do(a.clone(), r), r)), true))
		}
	}
	all = append(all, both...)
	_, recall, _ := rates(both, func(p pair) bool { return p.near })
	t.Logf("copy, any two of these: recall %.3f (%d pairs)", recall, len(both))
	for _, tpl := range templates {
		var list []pair
		tpl.pairs(func(a, b article, hole int) {
			p := judge(of(a), of(b), false)
			list = append(list, p)
			if p.near {
				t.Logf("template %s: hole %d not told apart, %d of %d values alike", tpl.name, hole, p.alike, sketch.Values)
			}
		})
		all = append(all, list...)
		_, _, found := rates(list, func(p pair) bool { return p.near })
		t.Logf("template, %-40s %d pairs, %d taken for one", tpl.name+":", len(list), found)
	}
	for i, a := range originals {
		for _, b := range originals[:i] {
			all = append(all, judge(of(a), of(b), false))
		}
	}
	precision, recall, found := rates(all, func(p pair) bool { return p.near })
	t.Logf("own texts: precision %.3f, recall %.3f (%d pairs, %d near)", precision, recall, len(all), found)
	if precision < 0.99 || recall < 0.9 {
		t.Errorf("precision %.3f, recall %.3f, want at least 0.99 and 0.9", precision, recall)
	}
	anyNumber(t, originals)
	press(t)
}

// anyNumber reports how many changes of one number, anywhere in a text, keep two
// texts apart. In a long text only some do: a sketch has no room for all.
func anyNumber(t *testing.T, list []article) {
	whole := article{title: list[0].title}
	for _, a := range list {
		whole.paras = append(whole.paras, a.paras...)
	}
	count := func(list ...article) (apart, all int) {
		for _, a := range list {
			text := a.text()
			for _, at := range digits.FindAllStringIndex(text, -1) {
				all++
				if !sketch.Near(of(a), sketch.Of(a.title, text[:at[0]]+"77"+text[at[1]:])) {
					apart++
				}
			}
		}
		return apart, all
	}
	apart, all := count(list...)
	t.Logf("one number changed in an article of 200 words: %d of %d told apart", apart, all)
	apart, all = count(whole)
	t.Logf("one number changed in a text of %d words: %d of %d told apart", len(strings.Fields(whole.text())), apart, all)
}

var digits = regexp.MustCompile(`\d+`)

// press reports on articles of several papers on one event, where they are there.
func press(t *testing.T) {
	type paper struct {
		cluster string
		sketch  sketch.Sketch
	}
	var papers []paper
	files, _ := filepath.Glob("../../../shared/data/press/cluster_*/*.body.txt")
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		head, err := os.ReadFile(strings.Replace(name, ".body.", ".info.", 1))
		if err != nil {
			t.Fatal(err)
		}
		title, summary := "", ""
		for line := range strings.Lines(strings.ReplaceAll(string(head), "_", " ")) {
			if s, ok := strings.CutPrefix(line, "TITLE: "); ok {
				title = s
			}
			if s, ok := strings.CutPrefix(line, "SUMMARY: "); ok {
				summary = s
			}
		}
		papers = append(papers, paper{filepath.Dir(name), sketch.Of(title, summary+"\n"+string(body))})
	}
	if papers == nil {
		t.Log("no press texts here")
		return
	}
	var list []pair
	for i, a := range papers {
		for _, b := range papers[:i] {
			list = append(list, judge(a.sketch, b.sketch, a.cluster == b.cluster))
		}
	}
	for _, least := range []int{1, 2, 3, 4, 6, sketch.Shared} {
		precision, recall, found := rates(list, func(p pair) bool { return p.alike >= least })
		t.Logf("press, %d pairs: at %2d of %d values alike precision %.3f, recall %.3f (%d found)", len(list), least, sketch.Values, precision, recall, found)
	}
	precision, recall, found := rates(list, func(p pair) bool { return p.near })
	t.Logf("press, as Near says: precision %.3f, recall %.3f (%d found)", precision, recall, found)
	if precision < 1 {
		t.Errorf("precision on press texts %.3f, want 1", precision)
	}
}
