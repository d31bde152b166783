package search_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/feeds/library"
	"loa/feeds/search"
	"loa/feeds/vntext"
)

// made is a library of made-up articles, made when they are read: words as often
// as in a language (Zipf), bodies of 2.4 KB, dates of two years, not in order.
type made struct {
	n     int
	words []string
	base  []string // some bodies, of which each article takes its pieces
}

func newMade(n int) *made {
	m := &made{n: n}
	var all []string
	for _, tail := range []string{"a", "an", "ang", "ai", "am", "inh", "iêu", "ông", "ơi", "ư", "uyên", "oa", "ê", "âm", "ăn"} {
		for _, head := range strings.Fields("b c ch d đ g h kh l m n ng nh ph qu r s t th tr v x") {
			for _, tone := range []string{"", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"} {
				all = append(all, head+tail+tone)
			}
		}
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	m.words = all
	z := rand.NewZipf(rnd, 1.1, 4, uint64(len(all)-1))
	for range 2000 {
		var b strings.Builder
		for b.Len() < 600 {
			b.WriteString(all[z.Uint64()])
			b.WriteByte(' ')
		}
		m.base = append(m.base, b.String())
	}
	return m
}

func (m *made) id(i int) string { return fmt.Sprintf("01JD%022d", i) }

func (m *made) record(i int) feeds.Record {
	rnd := rand.New(rand.NewPCG(7, uint64(i)))
	r := feeds.Record{ID: m.id(i), FirstSeen: t0.Add(time.Duration(i) * time.Second)}
	piece := func() string { return m.base[rnd.IntN(len(m.base))] }
	r.Article = feeds.Article{
		Unit: "09064", Title: piece()[:80], Category: "Tin tức",
		ContentHTML: "<p>" + piece() + piece() + "</p><p>" + piece() + piece() + fmt.Sprintf(" mã%d", i) + "</p>",
		Published:   feeds.Date{Time: t0.Add(-time.Duration(rnd.IntN(730*24*60)) * time.Minute), Precision: feeds.Minute},
	}
	return r
}

func (m *made) Journal() string  { return "made" }
func (m *made) Position() uint64 { return uint64(m.n) }
func (m *made) WaitFor(ctx context.Context, p uint64) error {
	if p <= uint64(m.n) {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

func (m *made) Entries(_ context.Context, after uint64, f func(journal.Entry) error) error {
	for i := int(after); i < m.n; i++ {
		if err := f(journal.Entry{Position: uint64(i) + 1, Record: feeds.Record{ID: m.id(i)}, Digest: "-"}); err != nil {
			return err
		}
	}
	return nil
}

func (m *made) Article(_ context.Context, id string) (library.State, error) {
	var i int
	_, _ = fmt.Sscanf(id[4:], "%d", &i)
	return library.State{Record: m.record(i)}, nil
}

func (m *made) Joined(_ context.Context, id string) ([]string, error) { return []string{id}, nil }

const many = 100_000

// BenchmarkIndex is the whole way from an article's record to the file.
func BenchmarkIndex(b *testing.B) {
	m := newMade(b.N)
	path := filepath.Join(b.TempDir(), "search.db")
	x := open(b, path)
	b.ResetTimer()
	catchUp(b, x, m)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "articles/s")
	b.StopTimer()
	_ = x.Close()
	if i, err := os.Stat(path); err == nil {
		b.ReportMetric(float64(i.Size())/float64(b.N), "file-B/article")
	}
}

// BenchmarkFind asks an index of 100,000 articles for the newest fifty.
func BenchmarkFind(b *testing.B) {
	m := newMade(many)
	x := open(b, filepath.Join(b.TempDir(), "search.db"))
	catchUp(b, x, m)
	common, rare := m.words[0], m.words[len(m.words)-1]
	phrase := strings.Join(strings.Fields(m.base[3])[4:8], " ")
	for _, q := range []struct{ name, text string }{
		{"rare", rare}, {"one", "mã77777"}, {"common", common}, {"two-common", m.words[0] + " " + m.words[1]},
		{"common-rare", common + " " + rare}, {"phrase", `"` + phrase + `"`}, {"prefix", "tha*"}, {"document", "19-NQ/TW"},
		{"common-no-marks", strings.Fields(vntext.KeyNoMarks(common))[0]}, {"phrase-nowhere", `"` + common + " " + m.words[1] + " " + common + " " + common + `"`},
		{"prefix-marked", "thà*"},
	} {
		parsed, err := search.Parse(q.text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(q.name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				ids, _, err := x.Find(b.Context(), parsed, 50, 0)
				if err != nil {
					b.Fatal(err)
				}
				n = len(ids)
			}
			b.ReportMetric(float64(n), "ids")
		})
	}
	b.Run("last-page", func(b *testing.B) {
		parsed, _ := search.Parse(common)
		for b.Loop() {
			if _, _, err := x.Find(b.Context(), parsed, 50, search.MaxSkip); err != nil {
				b.Fatal(err)
			}
		}
	})
}
