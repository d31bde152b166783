package search_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"loa/feeds"
	"loa/feeds/citation"
	"loa/feeds/journal"
	"loa/feeds/library"
	"loa/feeds/search"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var t0 = time.Date(2026, 11, 20, 8, 0, 0, 0, feeds.Zone)

// record is an article of the minute.
func record(id string, minute int, title, body string) feeds.Record {
	r := feeds.Record{
		Format: feeds.RecordFormat, ID: id, Revision: 1, Kind: feeds.Published,
		Article: feeds.Article{
			Unit: "09064", Title: title, ContentHTML: "<p>" + body + "</p>",
			Published: feeds.Date{Time: t0.Add(time.Duration(minute) * time.Minute), Precision: feeds.Minute},
		},
		Keys: []string{"n:" + id}, FirstSeen: t0, Changed: t0, Version: feeds.Version{Authority: 1, Arrived: t0},
		BodyVersion: feeds.Version{Authority: 1, Arrived: t0},
	}
	for _, c := range citation.Find(title + ". " + body) {
		r.Article.Citations = append(r.Article.Citations, feeds.Citation{Type: c.Type, Number: c.Number, Year: c.Year, Symbol: c.Symbol, Document: c.Path()})
	}
	return r
}

// entries places records in a journal after the position.
func entries(t testing.TB, after uint64, records ...feeds.Record) []journal.Entry {
	t.Helper()
	var out []journal.Entry
	for i, r := range records {
		b, err := journal.Encode(&r)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, journal.Entry{Position: after + uint64(i) + 1, Record: r, Bytes: b, Digest: journal.Digest(b)})
	}
	return out
}

func openLibrary(t testing.TB, records ...feeds.Record) *library.Library {
	t.Helper()
	l, err := library.Open(filepath.Join(t.TempDir(), "library.db"), library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if len(records) > 0 {
		apply(t, l, records...)
	}
	return l
}

func apply(t testing.TB, l *library.Library, records ...feeds.Record) {
	t.Helper()
	if err := l.Apply(t.Context(), entries(t, l.Position(), records...)); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, path string) *search.Index {
	t.Helper()
	x, err := search.Open(path, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	return x
}

// catchUp runs the index until it has what the library has.
func catchUp(t testing.TB, x *search.Index, l search.Library) {
	t.Helper()
	run(t, x, l, func(ctx context.Context) {
		if err := x.WaitFor(ctx, l.Position()); err != nil {
			t.Error(err)
		}
	})
}

func run(t testing.TB, x *search.Index, l search.Library, f func(context.Context)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- x.Run(ctx, l) }()
	f(ctx)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func index(t testing.TB, records ...feeds.Record) *search.Index {
	t.Helper()
	x := open(t, filepath.Join(t.TempDir(), "search.db"))
	catchUp(t, x, openLibrary(t, records...))
	return x
}

func find(t testing.TB, x *search.Index, text string) string {
	t.Helper()
	q, err := search.Parse(text)
	if err != nil {
		return err.Error()
	}
	ids, _, err := x.Find(t.Context(), q, 20, 0)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return strings.Join(ids, " ")
}

// village is what a commune tells of in some days.
func village() []feeds.Record {
	market := record("cho", 1, "Chợ phiên Đồng Văn mở cửa trở lại", "Bà con mang rau, gà và vải lanh xuống chợ từ sáng sớm.")
	tax := record("thue", 2, "Hướng dẫn nộp thuế đất phi nông nghiệp", "Hộ gia đình nộp thuế tại bộ phận một cửa trước ngày 31 tháng 12.")
	rent := record("thue-nha", 3, "Cho thuê ki-ốt ở chợ xã", "Ủy ban nhân dân xã cho thuê 12 ki-ốt, giá từ 1.200.000 đồng mỗi tháng.")
	bare := record("khong-dau", 4, "Thong bao nop thue mon bai", "Ho kinh doanh nop thue truoc cuoi thang.")
	decree := record("nghi-dinh", 5, "Tập huấn Nghị định số 42/2022/NĐ-CP", "Cán bộ xã học cách cung cấp dịch vụ công trực tuyến.")
	party := record("nghi-quyet", 6, "Sơ kết thực hiện Nghị quyết 19-NQ/TW", "Chi bộ thôn Hoà Bình họp bàn về nông nghiệp và nông thôn.")
	water := record("nuoc", 7, "Lịch cấp nước sạch", "Thôn Hòa An có nước từ 5 giờ. Đường ống mới đã thông.")
	water.Article.Tags, water.Article.Category, water.Article.Authors = []string{"nước sạch"}, "Đời sống", []string{"Ban Văn hóa xã"}
	water.Article.Summary = "Giờ cấp nước của tuần này"
	return []feeds.Record{market, tax, rent, bare, decree, party, water}
}

func TestFind(t *testing.T) {
	x := index(t, village()...)
	for text, want := range map[string]string{
		// without diacritics any; newest first
		"thue": "khong-dau thue-nha thue",
		"THUE": "khong-dau thue-nha thue",
		// with them those first
		"thuế":        "thue khong-dau",
		"thuê":        "thue-nha khong-dau",
		"nop thuế":    "thue khong-dau",
		"dong van":    "cho",
		"đồng văn":    "cho",
		"ĐỒNG văn":    "cho",
		"dồng":        "",
		"hòa":         "nuoc nghi-quyet",
		"hoà":         "nuoc nghi-quyet",
		"ho\u0300a":   "nuoc nghi-quyet",
		"Hoà Bình":    "nghi-quyet",
		"uỷ ban":      "thue-nha",
		"văn hoá":     "nuoc",
		"nước sạch":   "nuoc",
		"giờ của":     "nuoc",
		"đời sống":    "nuoc",
		"09064 rau":   "cho",
		"khong co gi": "",
		// phrases
		`"cho thuê"`:      "thue-nha",
		`"thuê cho"`:      "",
		`"nop thue"`:      "khong-dau thue",
		`"nộp thuế"`:      "thue khong-dau",
		`“nộp thuế” hộ`:   "thue khong-dau",
		`"nộp thuế`:       "thue khong-dau",
		`"sạch giờ"`:      "", // not across fields
		"ki-ốt":           "thue-nha",
		"1.200.000":       "thue-nha",
		`"ban nhân dân"*`: "thue-nha",
		// documents
		"19-NQ/TW":                    "nghi-quyet",
		"19-NQ-TW":                    "nghi-quyet",
		"19-nq/tw":                    "nghi-quyet",
		"nghị quyết 19-NQ/TW":         "nghi-quyet",
		"nghị quyết số 19-NQ/TW":      "nghi-quyet",
		"sơ kết nghị quyết 19-NQ/TW":  "nghi-quyet",
		"42/2022/NĐ-CP":               "nghi-dinh",
		"42-2022-nd-cp":               "nghi-dinh",
		"Nghị định 42/2022/NĐ-CP xã":  "nghi-dinh",
		`"42/2022/NĐ-CP"`:             "nghi-dinh",
		"18-NQ/TW":                    "",
		"nông thôn -19-NQ/TW":         "",
		"nghị 2022":                   "nghi-dinh",
		"nong -thuế":                  "nghi-quyet",
		"thue -thuế":                  "khong-dau thue-nha",
		"thue -thuê":                  "khong-dau thue",
		"thue -nop":                   "thue-nha",
		`thue -"cho thuê"`:            "khong-dau thue",
		"nghiệ*":                      "nghi-quyet thue",
		"nghie*":                      "nghi-quyet thue",
		"tru*":                        "nghi-dinh khong-dau thue",
		"t*":                          "",
		`rau OR gà`:                   "",
		`(rau) AND:gà^ {x f}: NEAR`:   "",
		`rau, gà; "chợ" * ' -- \ %00`: "",
		"rau; gà!":                    "cho",
		"":                            search.ErrEmpty.Error(),
		" \" - * ":                    search.ErrEmpty.Error(),
		"-thuế":                       search.ErrEmpty.Error(),
		strings.Repeat("dài ", 200):   search.ErrTooLong.Error(),
		"a b c d e f g h i j k l m n o p q r s t u v w x y": search.ErrTooLong.Error(),
	} {
		if got := find(t, x, text); got != want {
			q, _ := search.Parse(text)
			t.Errorf("%q: %q, want %q (%s)", text, got, want, q.Match(true))
		}
	}
}

func TestFindPages(t *testing.T) {
	var records []feeds.Record
	for i := range 12 {
		title := "Lịch gặt lúa"
		if i%3 == 0 {
			title = "Lich gat lua"
		}
		records = append(records, record(fmt.Sprintf("tin%02d", i), i, title, "Thôn Hạ"))
	}
	x := index(t, records...)
	q, err := search.Parse("lúa")
	if err != nil {
		t.Fatal(err)
	}
	want := "tin11 tin10 tin08 tin07 tin05 tin04 tin02 tin01 tin09 tin06 tin03 tin00"
	for n := 1; n < 14; n++ {
		var got []string
		for {
			ids, more, err := x.Find(t.Context(), q, n, len(got))
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, ids...)
			if more != (len(got) < 12) {
				t.Errorf("by %d: more is %t after %d", n, more, len(got))
			}
			if !more {
				break
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("by %d: %s", n, got)
		}
	}
	if ids, more, err := x.Find(t.Context(), q, 5, 100); len(ids) != 0 || more || err != nil {
		t.Error(ids, more, err)
	}
	if ids, _, err := x.Find(t.Context(), search.Query{}, 5, 0); len(ids) != 0 || err != nil {
		t.Error(ids, err)
	}
}

// What is withdrawn, changed or joined leaves the index; what comes back returns.
func TestFollow(t *testing.T) {
	l := openLibrary(t, village()...)
	x := open(t, filepath.Join(t.TempDir(), "search.db"))
	run(t, x, l, func(ctx context.Context) {
		after := func(text, want string, records ...feeds.Record) {
			t.Helper()
			apply(t, l, records...)
			if err := x.WaitFor(ctx, l.Position()); err != nil {
				t.Fatal(err)
			}
			if got := find(t, x, text); got != want {
				t.Errorf("%s: %q, want %q", text, got, want)
			}
		}
		after("chợ", "thue-nha cho", record("x", 0, "Không có gì", ""))
		v := village()[0]
		v.Revision, v.Kind, v.Withdrawal = 2, feeds.Withdrawn, &feeds.Withdrawal{Time: t0.Add(time.Hour)}
		after("lanh", "", v)
		v.Withdrawal = nil
		v.Article.ContentHTML = "<p>Bà con mang mật ong xuống chợ.</p>"
		after("mật ong", "cho", v)
		after("lanh", "")
		moved := village()[1]
		moved.Revision, moved.Article.Published.Time = 2, t0.Add(time.Hour)
		after("thue", "thue khong-dau thue-nha", moved)
		twin := record("cho-2", 9, "Chợ phiên họp thứ bảy", "Tin của trang khác.")
		after("phiên", "cho-2 cho", twin)
		v.Revision, v.Keys = 3, []string{"n:cho", "n:cho-2"}
		v.Kind = feeds.Alias
		after("phiên", "cho", v)
	})
	fresh := open(t, filepath.Join(t.TempDir(), "search.db"))
	catchUp(t, fresh, l)
	for _, text := range []string{"phiên", "thue", "xa", "cua"} {
		if a, b := find(t, x, text), find(t, fresh, text); a != b {
			t.Errorf("%s: %q, made anew %q", text, a, b)
		}
	}
}
