package library_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/feeds/library"
	"loa/feeds/sketch"
)

// BenchmarkGrowth reads libraries of 1,000 to 100,000 articles, and of 1,000,000
// with LOA_BENCH_FULL=1 (some 5 GB of disk). All have the same 150 units and three
// years. Every read but the last must cost the same in each, but for what deeper
// indexes and colder caches cost; "walk" goes through all archives of the feed of
// everything, and its ns/page must stay.
func BenchmarkGrowth(b *testing.B) {
	sizes := []int{1000, 10_000, 100_000}
	if os.Getenv("LOA_BENCH_FULL") == "1" {
		sizes = append(sizes, 1_000_000)
	}
	for _, n := range sizes {
		b.Run("articles="+strconv.Itoa(n), func(b *testing.B) { reads(b, grown(b, n), town{n}) })
	}
}

func reads(b *testing.B, l *library.Library, t town) {
	ctx := b.Context()
	names, err := l.Archives(ctx, "all")
	if err != nil || len(names) == 0 {
		b.Fatal(len(names), err)
	}
	rnd := rand.New(rand.NewPCG(5, 6))
	some := make([]string, 60)
	for i := range some {
		some[i] = "units/" + unitCode(i*2)
	}
	middle := t.time(t.articles / 2)
	for _, c := range []struct {
		name string
		read func() error
	}{
		{"version", func() error {
			if _, ok := l.Version("all"); !ok {
				return library.ErrNotFound
			}
			return nil
		}},
		{"live-all", func() error { return full(l.Live(ctx, "all", 50)) }},
		{"live-unit", func() error { _, err := l.Live(ctx, "units/"+unitCode(rnd.IntN(units)), 50); return err }},
		{"union-of-60", func() error { return full(l.Union(ctx, some, 50)) }},
		{"before-of-60", func() error { return full(l.Before(ctx, some, 50, middle)) }},
		{"find", func() error {
			found, err := l.Find(ctx, t.keys(rnd.IntN(t.articles)))
			if err == nil && len(found) != 1 {
				err = library.ErrNotFound
			}
			return err
		}},
		{"find-none", func() error { _, err := l.Find(ctx, []string{"n:không có"}); return err }},
		{"article", func() error { _, err := l.Article(ctx, t.id(rnd.IntN(t.articles))); return err }},
		{"archive", func() error { _, err := l.Archive(ctx, "all", names[len(names)/2]); return err }},
		{"listing-1000", func() error {
			parts, err := l.Listing(ctx, 0, 1000, nil)
			if err != nil {
				return err
			}
			_, err = l.Listing(ctx, (parts+1)/2, 1000, func(*feeds.Record) error { return nil })
			return err
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			before := processorTime(b)
			for b.Loop() {
				if err := c.read(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
		})
	}
	b.Run("walk", func(b *testing.B) {
		before := processorTime(b)
		for b.Loop() {
			for _, name := range names {
				if _, err := l.Archive(ctx, "all", name); err != nil {
					b.Fatal(err)
				}
			}
		}
		pages := float64(len(names))
		b.ReportMetric(pages, "pages")
		b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/1000/float64(b.N)/pages, "cpu-µs/page")
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/pages, "ns/page")
	})
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// full is the error of a read that must give 50 articles.
func full(f library.Feed, err error) error {
	if err == nil && len(f.Records) < 50 {
		err = fmt.Errorf("%d articles", len(f.Records))
	}
	return err
}

// units of the town.
const units = 150

func unitCode(i int) string { return fmt.Sprintf("%05d", 9001+i%units) }

// grown makes the library of a town.
func grown(b *testing.B, n int) *library.Library {
	b.Helper()
	path := filepath.Join(b.TempDir(), "library.db")
	o := library.Options{Province: func(unit string, _ time.Time) string { return "2" + unit[3:4] }}
	l, err := library.Open(path, o)
	if err != nil {
		b.Fatal(err)
	}
	t, start := town{n}, time.Now()
	for i := 0; i < n; {
		batch := make([]journal.Entry, 0, 500)
		for ; len(batch) < cap(batch) && i < n; i++ {
			r := t.article(i)
			data, err := journal.Encode(&r)
			if err != nil {
				b.Fatal(err)
			}
			batch = append(batch, journal.Entry{Position: uint64(i + 1), Record: r, Bytes: data, Digest: journal.Digest(data)})
		}
		if err := l.Apply(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	st, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d articles: made in %v, %d bytes each in the file", n, time.Since(start).Round(time.Millisecond), st.Size()/int64(n))
	if l, err = library.Open(path, o); err != nil { // with nothing in memory
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	return l
}

// town has so many articles of all its units in three years. Everything of an
// article follows from its number.
type town struct{ articles int }

func (t town) time(i int) time.Time {
	return t0.AddDate(-3, 0, 0).Add(time.Duration(i) * (3 * 365 * 24 * time.Hour / time.Duration(t.articles))).Truncate(time.Minute)
}

// id scatters, as those of articles do.
func (t town) id(i int) string { return fmt.Sprintf("%016x", uint64(i+1)*0x9e3779b97f4a7c15) }

func (t town) keys(i int) []string {
	return []string{"num:" + unitCode(i) + ":" + strconv.Itoa(i), "url://example.vn/" + unitCode(i) + "/" + strconv.Itoa(i)}
}

var (
	townWords = strings.Fields("bà con các thôn trong xã làm việc cùng nhau để dọn vệ sinh đường làng trồng cây ven kênh sửa lại nhà văn hóa đón lúa về sân phơi khô rồi mới cất kho trạm y tế tiêm cho trẻ nhỏ vào sáng thứ ba trường học mở lớp hè dạy bơi hợp tác xã nhận giống mới chăm đàn lợn đàn gà phòng dịch bệnh mùa mưa nước lên nhanh cần đắp bờ giữ mạ chợ phiên họp từ sớm bán rau quả cá tôm bánh chưng tranh giấy hội làng có thi nấu cơm kéo co đánh vật hát đối tổ điện báo giờ cắt điện tổ thu rác đổi lịch thu sang chiều thư viện mượn sách không mất phí đội bóng trẻ vào vòng trong")
	townKinds = []string{"Thông báo", "Tin tức", "Y tế", "Giáo dục", "Kinh tế", "Văn hóa", "Nông nghiệp", "Thể thao", "Môi trường", "Chuyển đổi số", "An ninh trật tự", "Lịch làm việc"}
)

// article has 1 KB of text; each twentieth passes on that of the one before.
func (t town) article(i int) feeds.Record {
	text := i
	if i%20 == 19 {
		text--
	}
	rnd := rand.New(rand.NewPCG(uint64(text), 7))
	word := func() string { return townWords[rnd.IntN(len(townWords))] }
	title := fmt.Sprintf("Chuyện %s %s %s %s số %d", word(), word(), word(), word(), text)
	var body strings.Builder
	for body.Len() < 1000 {
		body.WriteString("<p>")
		for range 40 {
			body.WriteString(word() + " ")
		}
		body.WriteString("</p>")
	}
	at := t.time(i)
	v := feeds.Version{Authority: feeds.AuthorityEvent, Time: at, Arrived: at}
	return feeds.Record{
		Format: feeds.RecordFormat, ID: t.id(i), Revision: 1, Kind: feeds.Published,
		Article: feeds.Article{
			Unit: unitCode(i), Number: strconv.Itoa(i), URL: fmt.Sprintf("https://example.vn/%s/%d", unitCode(i), i), Title: title,
			Category: townKinds[i/7%len(townKinds)], Language: "vi", ContentHTML: body.String(), Published: feeds.Date{Time: at, Precision: feeds.Minute},
		},
		Keys: t.keys(i), Channels: []feeds.Door{feeds.DoorEvent}, FirstSeen: at, Changed: at, Version: v, BodyVersion: v,
		Sketch: sketch.Of(title, feeds.Words(body.String())).String(),
	}
}
