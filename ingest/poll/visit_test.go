package poll_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"loa/ingest/poll"
	"loa/ingest/poll/listing"
	"loa/internal/safehttp"
)

// pagesOf answers for a feed of n items and their pages; bad says what is wrong with a
// page.
func pagesOf(n int, bad func(number int) (*safehttp.Response, error)) func(*safehttp.Request) (*safehttp.Response, error) {
	return func(req *safehttp.Request) (*safehttp.Response, error) {
		if strings.HasSuffix(req.URL, "/rss") {
			var numbers []int
			for i := n; i > 0; i-- {
				numbers = append(numbers, i)
			}
			return &safehttp.Response{Status: 200, Header: http.Header{"Etag": {`"v"`}}, Body: []byte(feedOf(numbers...))}, nil
		}
		var number int
		_, _ = fmt.Sscan(req.URL[strings.LastIndexByte(req.URL, '/')+1:], &number)
		if bad != nil {
			if res, err := bad(number); res != nil || err != nil {
				return res, err
			}
		}
		return &safehttp.Response{Status: 200, Body: []byte(articlePage(number))}, nil
	}
}

func full(id, url string) poll.Source {
	s := at(id, url)
	s.FullText, s.Interval = true, 5*time.Minute
	return s
}

// pages counts what was asked for that is no feed.
func pages(list []asked) (n int) {
	for _, a := range list {
		if !strings.HasSuffix(a.url, "/rss") {
			n++
		}
	}
	return n
}

// Of many new articles, each poll reads the pages of a few, one after the other and
// a gap apart; every article is there at once, and every text in the end.
func TestPagesAreReadPolitely(t *testing.T) {
	inBubble(t, []poll.Source{full("lienchau", "https://example.vn/rss")}, func(t *testing.T, b *bubble) {
		start := time.Now()
		b.web.set(pagesOf(50, nil))
		time.Sleep(10 * time.Minute)
		first := b.State("lienchau")
		if got := len(first.Pages.Seen); got != 50 {
			t.Errorf("%d items are taken", got)
		}
		time.Sleep(2 * time.Hour)
		st := b.State("lienchau")
		if st.Code != "" || len(st.Pages.Owed) != 0 || len(st.Faults) != 0 {
			t.Errorf("%+v", st)
		}
		list := b.web.since(start)
		if n := pages(list); n != 50 {
			t.Errorf("%d pages were asked for, want 50", n)
		}
		for i := 1; i < len(list); i++ {
			if gap := list[i].at.Sub(list[i-1].at); gap < time.Second-5*time.Millisecond {
				t.Errorf("%s between %s and %s", gap, list[i-1].url, list[i].url)
			}
		}
		run := 0
		for _, a := range list {
			if run++; strings.HasSuffix(a.url, "/rss") {
				run = 0
			}
			if run > 20 {
				t.Fatal("more than 20 pages in one poll")
			}
		}
		texts := map[string]bool{}
		for _, in := range b.taken.in {
			if strings.Contains(in.Article.ContentHTML, onPage) {
				texts[in.Article.URL] = true
			} else if !in.Excerpt {
				t.Errorf("a summary that is no excerpt: %+v", in)
			}
		}
		if len(texts) != 50 {
			t.Errorf("%d texts", len(texts))
		}
	})
}

// A host that asks to be left alone is, with all its pages, and one that does not
// answer is not asked for twenty pages.
func TestPagesOfAHostThatIsNotWell(t *testing.T) {
	for _, c := range []struct {
		name string
		bad  func(int) (*safehttp.Response, error)
		most int
	}{
		{"rest", func(int) (*safehttp.Response, error) {
			return &safehttp.Response{Status: 429, Header: http.Header{"Retry-After": {"3600"}}}, nil
		}, 1},
		{"down", func(int) (*safehttp.Response, error) { return nil, safehttp.ErrTimeout }, 3},
		{"errors", func(int) (*safehttp.Response, error) { return &safehttp.Response{Status: 500}, nil }, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, []poll.Source{full("lienchau", "https://example.vn/rss")}, func(t *testing.T, b *bubble) {
				start := time.Now()
				b.web.set(pagesOf(30, c.bad))
				time.Sleep(7 * time.Minute)
				if got := pages(b.web.since(start)); got == 0 || got > c.most*3 {
					t.Errorf("%d pages were asked for", got)
				}
				if c.name == "rest" {
					asked := len(b.web.since(start))
					time.Sleep(45 * time.Minute)
					if more := len(b.web.since(start)) - asked; more != 0 {
						t.Errorf("the host was asked %d times while it wanted rest", more)
					}
				}
				// It is well again: nothing is lost.
				b.web.set(pagesOf(30, nil))
				time.Sleep(24 * time.Hour)
				st := b.State("lienchau")
				if len(st.Pages.Owed) != 0 || len(st.Faults) != 0 || len(st.Pages.Seen) != 30 {
					t.Errorf("owed %+v, faults %q", st.Pages.Owed, st.Faults)
				}
				texts := map[string]bool{}
				for _, in := range b.taken.in {
					if strings.Contains(in.Article.ContentHTML, onPage) {
						texts[in.Article.URL] = true
					}
				}
				if len(texts) != 30 {
					t.Errorf("%d texts", len(texts))
				}
			})
		})
	}
}

// A page that stays bad is given up, and an answer without news asks for no page.
func TestPagesAreGivenUp(t *testing.T) {
	inBubble(t, []poll.Source{full("lienchau", "https://example.vn/rss")}, func(t *testing.T, b *bubble) {
		b.web.set(pagesOf(3, func(number int) (*safehttp.Response, error) {
			if number == 2 {
				return &safehttp.Response{Status: 500}, nil
			}
			return nil, nil
		}))
		start := time.Now()
		time.Sleep(24 * time.Hour)
		if n := pages(b.web.since(start)); n != 2+7 {
			t.Errorf("%d pages were asked for, want 9", n)
		}
		st := b.State("lienchau")
		if len(st.Pages.Owed) != 0 || len(st.Faults) != 1 || !strings.HasPrefix(st.Faults[0], "page-unread: https://example.vn/tin/2 keeps its summary; its page was tried 7 times") {
			t.Errorf("%+v %q", st.Pages.Owed, st.Faults)
		}
		later := time.Now()
		time.Sleep(24 * time.Hour)
		if n := pages(b.web.since(later)); n != 0 {
			t.Errorf("%d pages were asked for again", n)
		}
	})
}

// What is remembered is bounded, whatever a source says.
func TestMemoryOfPagesIsBounded(t *testing.T) {
	s := full("lienchau", "https://example.vn/rss")
	s.Page = &listing.Selectors{Item: "li", Summary: "p"}
	inBubble(t, []poll.Source{s}, func(t *testing.T, b *bubble) {
		b.web.set(func(req *safehttp.Request) (*safehttp.Response, error) {
			if !strings.HasSuffix(req.URL, "/rss") {
				return &safehttp.Response{Status: 500}, nil
			}
			var list strings.Builder
			list.WriteString("<!DOCTYPE html><ul>")
			for i := range 700 {
				fmt.Fprintf(&list, `<li><a href="/tin/%d">Thông báo số %d</a><p>%s</p>`, i, i, strings.Repeat("Lịch thu gom rác. ", 200))
			}
			return &safehttp.Response{Status: 200, Header: http.Header{"Etag": {`"v"`}}, Body: []byte(list.String())}, nil
		})
		time.Sleep(time.Hour)
		st := b.State("lienchau")
		if st.Code != "" || st.Items != 500 || len(st.Pages.Owed) == 0 || st.ETag != "" {
			t.Errorf("%d items, %d owed, code %q, ETag %q", st.Items, len(st.Pages.Owed), st.Code, st.ETag)
		}
		if n := b.Size(); n > 200<<10 {
			t.Errorf("%d bytes are remembered", n)
		}
	})
}
