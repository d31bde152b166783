package poll_test

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loa/feeds"
	"loa/feeds/journal"
	"loa/feeds/library"
	"loa/ingest"
	"loa/ingest/poll"
	"loa/ingest/poll/listing"
	"loa/ingest/rules"
	"loa/internal/broker"
	"loa/internal/cache"
	"loa/internal/safehttp"
)

// articlePage is the page of the numbered article; its text names the number.
func articlePage(n int) string {
	return fmt.Sprintf(`<!DOCTYPE html><html lang="vi"><head><title>Thông báo số %[1]d - Xã Liên Châu</title></head><body><h1>Thông báo số %[1]d</h1>
<div class="noi-dung"><p>Lịch thu gom rác đợt %[1]d của xã Liên Châu bắt đầu từ sáng thứ bảy, mỗi thôn có hai điểm tập kết.</p>
<p>Các hộ dân phân loại rác tại nhà, để rác hữu cơ riêng và mang ra điểm tập kết trước sáu giờ sáng cùng ngày.</p>
<p>Rác cồng kềnh như giường, tủ, bàn ghế cũ được thu vào ngày cuối tháng tại sân kho của hợp tác xã.</p></div></body></html>`, n)
}

// pipeline is a real path from the door to the library.
type pipeline struct {
	*ingest.Pipeline
	w *world
	j *journal.Journal
	l *library.Library
}

func newPipeline(t *testing.T, w *world) *pipeline {
	t.Helper()
	p := &pipeline{w: w, j: journal.New(w.b.JS, broker.StreamArticles, broker.SubjectArticles, nil)}
	var err error
	if p.l, err = library.Open(filepath.Join(t.TempDir(), "library.db"), library.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := p.l.Prepare(w.ctx, p.j); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan error, 1)
	go func() { done <- p.l.Run(ctx, p.j) }()
	t.Cleanup(func() { cancel(); <-done; _ = p.l.Close() })
	p.Pipeline = ingest.New(p.j, p.l, ingest.Options{})
	return p
}

// articles are the source's, by the last part of their address, and the number of
// records in the journal.
func (p *pipeline) articles(t *testing.T) (map[string]feeds.Record, uint64) {
	t.Helper()
	s, err := p.j.State(p.w.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.l.WaitFor(p.w.ctx, s.Last); err != nil {
		t.Fatal(err)
	}
	f, err := p.l.Feed(p.w.ctx, "units/09064", 100)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]feeds.Record{}
	for _, r := range f.Records {
		out[r.Article.URL[strings.LastIndexByte(r.Article.URL, '/')+1:]] = r
	}
	return out, s.Last
}

// reading polls one source by hand.
type reader struct {
	*poll.Rig
	t    *testing.T
	w    *world
	p    poll.Pipeline
	s    poll.Source
	now  time.Time
	door *poll.Door
}

func newReader(t *testing.T, w *world, p poll.Pipeline, s poll.Source) *reader {
	r := &reader{t: t, w: w, p: p, s: s, now: time.Date(2026, 11, 21, 2, 0, 0, 0, time.UTC)}
	r.lose()
	return r
}

// lose forgets all that was remembered.
func (r *reader) lose() {
	mem, err := cache.NewMemory(cache.Limits{})
	if err != nil {
		r.t.Fatal(err)
	}
	client := safehttp.New(safehttp.Options{Timeout: 5 * time.Second, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	r.t.Cleanup(func() { client.Close(); _ = mem.Close() })
	r.Rig = poll.NewRig()
	r.door = r.Door(r.p, client, mem, poll.Options{Node: "n1", Now: func() time.Time { return r.now }}, r.s)
}

// poll takes the next turn when it is due, and returns the state after it.
func (r *reader) poll() poll.State {
	r.t.Helper()
	if next := r.State(r.s.ID).Next; next.After(r.now) {
		r.now = next
	}
	if _, err := r.door.Turn(r.w.ctx, r.s); err != nil {
		r.t.Fatal(err)
	}
	return r.State(r.s.ID)
}

// portal is a feed and the pages of its articles.
type portal struct {
	*origin
	feed string
	bad  map[string]int // status of pages that are not well
}

func newPortal(t *testing.T) *portal {
	p := &portal{bad: map[string]int{}}
	p.origin = newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		switch status := p.bad[name]; {
		case name == "rss":
			_, _ = w.Write([]byte(strings.ReplaceAll(p.feed, "https://example.vn/tin", p.URL+"/tin")))
		case status != 0:
			w.WriteHeader(status)
		default:
			var n int
			_, _ = fmt.Sscan(name, &n)
			_, _ = w.Write([]byte(articlePage(n)))
		}
	})
	return p
}

// asked returns what was asked for since the nth request, without the feed.
func (p *portal) asked(from int) string {
	var out []string
	for i := from; i < p.count(); i++ {
		if name := p.request(i).URL.Path; name != "/rss" {
			out = append(out, name[strings.LastIndexByte(name, '/')+1:])
		}
	}
	return strings.Join(out, " ")
}

func fullSource(p *portal) poll.Source {
	return poll.Source{ID: "lienchau", URL: p.URL + "/rss", Unit: "09064", Interval: time.Minute, Gap: time.Millisecond, FullText: true}
}

const onPage = "Rác cồng kềnh" // stands on the pages alone

// An article's text is its page's, and stays it: whatever later polls show, and
// whatever is forgotten, no revision comes of its feed's summary.
func TestFullTextDoesNotTakeTurnsWithTheSummary(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := newPipeline(t, w)
	site := newPortal(t)
	// One description is plain, the other is HTML and so content and summary in one.
	withHTML := func(s string) string {
		return strings.ReplaceAll(s, "Lịch thu gom rác đợt 1<", "&lt;p&gt;Lịch thu gom rác &lt;b&gt;đợt 1&lt;/b&gt;&lt;/p&gt;<")
	}
	site.feed = withHTML(feedOf(3, 2, 1))
	site.bad["2"] = http.StatusServiceUnavailable
	r := newReader(t, w, p, fullSource(site))

	st := r.poll()
	got, records := p.articles(t)
	if len(got) != 3 || records != 3 || !strings.Contains(got["1"].Article.ContentHTML, onPage) || !strings.Contains(got["3"].Article.ContentHTML, onPage) || strings.Contains(got["2"].Article.ContentHTML, onPage) {
		t.Fatalf("%d records: %+v", records, got)
	}
	if got["1"].Article.Summary != "Lịch thu gom rác đợt 1" || got["2"].Article.Summary != "Lịch thu gom rác đợt 2" {
		t.Errorf("summaries: %q %q", got["1"].Article.Summary, got["2"].Article.Summary)
	}
	if st.Pages == nil || len(st.Pages.Owed) != 1 || st.Pages.Owed[0].Tries != 1 || !strings.Contains(st.Pages.Owed[0].Why, "503") {
		t.Fatalf("%+v", st.Pages)
	}

	// The same document: only what is owed is asked for again.
	from := site.count()
	st = r.poll()
	if asked := site.asked(from); asked != "2" || st.Pages.Owed[0].Tries != 2 {
		t.Errorf("asked %q, %+v", asked, st.Pages.Owed)
	}
	// Another document: the new one's page, and no other.
	site.feed = withHTML(feedOf(4, 3, 2, 1))
	from = site.count()
	r.poll()
	if asked := site.asked(from); asked != "4" {
		t.Errorf("asked %q", asked)
	}
	if got, records = p.articles(t); records != 4 || !strings.Contains(got["4"].Article.ContentHTML, onPage) {
		t.Errorf("%d records", records)
	}
	// The page that is well again comes as a revision, though its feed shows the
	// article no more.
	site.feed = withHTML(feedOf(4, 3, 1))
	delete(site.bad, "2")
	for range 5 {
		st = r.poll()
	}
	if got, records = p.articles(t); records != 5 || got["2"].Revision != 2 || !strings.Contains(got["2"].Article.ContentHTML, onPage) || got["2"].Article.Summary != "Lịch thu gom rác đợt 2" || len(st.Pages.Owed) != 0 {
		t.Errorf("%d records, %+v, owed %+v", records, got["2"], st.Pages.Owed)
	}

	// Everything forgotten and no page to be had: what is known stays.
	site.feed = withHTML(feedOf(4, 3, 2, 1))
	for n := range 5 {
		site.bad[fmt.Sprint(n)] = http.StatusInternalServerError
	}
	r.lose()
	st = r.poll()
	if _, records = p.articles(t); records != 5 || len(st.Pages.Owed) != 4 {
		t.Errorf("%d records after the loss, owed %+v", records, st.Pages)
	}
	// Forgotten, and all pages there: the same.
	site.bad = map[string]int{}
	r.lose()
	if st = r.poll(); len(st.Pages.Owed) != 0 {
		t.Errorf("owed %+v", st.Pages.Owed)
	}
	if _, records = p.articles(t); records != 5 {
		t.Errorf("%d records", records)
	}

	// What its feed says anew is taken, and the text stays until the page is read.
	site.feed = strings.ReplaceAll(site.feed, "Lịch thu gom rác đợt 3", "Lịch thu gom rác đợt 3 (sửa giờ)")
	site.bad["3"] = http.StatusNotFound
	from = site.count()
	r.poll()
	got, records = p.articles(t)
	if a := got["3"].Article; records != 6 || a.Summary != "Lịch thu gom rác đợt 3 (sửa giờ)" || !strings.Contains(a.ContentHTML, onPage) || site.asked(from) != "3" {
		t.Errorf("%d records, asked %q, %+v", records, site.asked(from), a)
	}
	// A page that is gone is tried a few times and no more; that is said.
	for range 16 {
		st = r.poll()
	}
	if len(st.Pages.Owed) != 0 || !strings.Contains(strings.Join(st.Faults, "\n"), "page-unread: "+site.URL+"/tin/3 keeps its summary; its page was tried 5 times: its page answers 404") {
		t.Errorf("%+v %q", st.Pages.Owed, st.Faults)
	}
	from = site.count()
	r.poll()
	if asked := site.asked(from); asked != "" {
		t.Errorf("asked %q", asked)
	}
}

// A rule that a text decides holds while later polls show the summary alone.
func TestRulesOfTextHoldForLaterPolls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := newPipeline(t, w)
	site := newPortal(t)
	site.feed = feedOf(2, 1)
	s := fullSource(site)
	s.Rules = []rules.Rule{{Action: rules.Block, Field: rules.Text, Contains: "rác đợt 2 của xã"}}
	r := newReader(t, w, p, s)
	for i := range 3 {
		if st := r.poll(); st.Dropped != 1 {
			t.Errorf("dropped %d", st.Dropped)
		}
		site.feed = feedOf(4+i, 2, 1)
	}
	if got, _ := p.articles(t); len(got) != 3 || got["2"].ID != "" {
		t.Errorf("%d articles", len(got))
	}
}

// A page is a source like any other, and its failures are failures.
func TestPageAsSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := newPipeline(t, w)
	site := newPortal(t)
	list := func(items string) {
		site.feed = `<!DOCTYPE html><title>Tin xã</title><ul class="list">` + items + `</ul>`
	}
	list(`<li><a href="tin/2">Thông báo số 2</a> <i>20/11/2026</i></li><li><a href="tin/1">Thông báo số 1</a> <i>2 giờ trước</i></li>`)
	s := poll.Source{ID: "lienchau", URL: site.URL + "/rss", Unit: "09064", Interval: time.Minute, Gap: time.Millisecond, Page: &listing.Selectors{Item: ".list li", Date: "i"}}
	r := newReader(t, w, p, s)
	st := r.poll()
	got, records := p.articles(t)
	if len(got) != 2 || st.Code != "" || st.Items != 2 || got["2"].Article.Title != "Thông báo số 2" || got["2"].Article.Published.Precision != feeds.Day {
		t.Fatalf("%+v %+v", st, got)
	}
	// Two hours ago is said at every poll, and is no news.
	list(`<li><a href="tin/2">Thông báo số 2</a> <i>20/11/2026</i></li><li><a href="tin/1">Thông báo số 1</a> <i>3 giờ trước</i></li>`)
	r.poll()
	if _, again := p.articles(t); again != records {
		t.Errorf("%d records, then %d", records, again)
	}
	// A new layout is an alarm.
	site.feed = `<!DOCTYPE html><title>Tin xã</title><div class="grid"><a href="tin/3">Thông báo số 3</a></div>`
	st = r.poll()
	if st.Code != "no-matches" || st.Failures != 1 || !strings.Contains(st.Error, `no element is ".list li"`) {
		t.Errorf("%+v", st)
	}
	if again := r.poll(); again.Failures != 2 || again.Next.Sub(again.LastPoll) <= st.Next.Sub(st.LastPoll) {
		t.Errorf("does not back off: %+v", again)
	}
	// Other selectors, and full text: everything is read anew.
	r.s.Page, r.s.FullText = &listing.Selectors{Item: ".grid a"}, true
	if st = r.poll(); st.Code != "" || st.Failures != 0 {
		t.Errorf("%+v", st)
	}
	if got, _ = p.articles(t); len(got) != 3 || !strings.Contains(got["3"].Article.ContentHTML, onPage) || got["3"].Article.Summary == "" {
		t.Errorf("%+v", got)
	}
}

// While a source is held and refuses what is new, no page of it is read; after its
// release the articles come, with their text.
func TestPagesOfAHeldSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := newPipeline(t, w)
	site := newPortal(t)
	site.feed = feedOf(1)
	r := newReader(t, w, p, fullSource(site))
	r.poll()
	if _, err := r.door.Hold(w.ctx, r.s.ID, poll.Refuse); err != nil {
		t.Fatal(err)
	}
	site.feed = feedOf(2, 1)
	from := site.count()
	if st := r.poll(); st.Dropped != 1 || site.asked(from) != "" {
		t.Errorf("dropped %d, asked %q", st.Dropped, site.asked(from))
	}
	if _, err := r.door.Release(w.ctx, r.s.ID, false); err != nil {
		t.Fatal(err)
	}
	r.poll()
	got, _ := p.articles(t)
	if len(got) != 2 || !strings.Contains(got["2"].Article.ContentHTML, onPage) || site.asked(from) != "2" {
		t.Errorf("asked %q, %+v", site.asked(from), got)
	}
}
