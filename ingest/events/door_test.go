package events_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"loa/ingest"
	"loa/ingest/dead"
	"loa/ingest/events"
	"loa/internal/broker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a broker with its streams, and what doors took from it.
type world struct {
	t   *testing.T
	ctx context.Context
	b   *broker.Broker
	mu  sync.Mutex
	in  []ingest.Input // what the pipeline took, in order
	// ingest is asked first, with the number of inputs of that event so far.
	ingest func(ctx context.Context, in ingest.Input, tries int) error
	tries  map[string]int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	b, err := broker.Open(ctx, broker.Options{Dir: t.TempDir(), Sync: broker.SyncSecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if err := b.Declare(ctx); err != nil {
		t.Fatal(err)
	}
	return &world{t: t, ctx: ctx, b: b, tries: map[string]int{}}
}

// Ingest is the pipeline.
func (w *world) Ingest(ctx context.Context, in ingest.Input) (ingest.Outcome, error) {
	w.mu.Lock()
	w.tries[in.EventID]++
	tries := w.tries[in.EventID]
	w.mu.Unlock()
	if w.ingest != nil {
		if err := w.ingest(ctx, in, tries); err != nil {
			return ingest.Outcome{}, err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.in = append(w.in, in)
	return ingest.Outcome{Result: ingest.Created}, nil
}

func (w *world) titles() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, in := range w.in {
		out = append(out, in.Article.Title)
	}
	return out
}

// open runs a door until the test ends, or until cancel is called; wait returns
// when it has stopped.
func (w *world) open(letters events.DeadLetters, workers int) (cancel, wait func()) {
	if letters == nil {
		letters = dead.New(w.b.JS, broker.StreamDead, broker.SubjectDead)
	}
	d := events.New(w.b.JS, w, letters, events.Options{Stream: broker.StreamEvents, Consumer: "ingest", Workers: workers})
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	wait = sync.OnceFunc(func() {
		if err := <-done; !errors.Is(err, context.Canceled) {
			w.t.Errorf("door ended with %v", err)
		}
	})
	w.t.Cleanup(func() { cancel(); wait() })
	return cancel, wait
}

func (w *world) send(unit, event string, header ...string) {
	w.t.Helper()
	m := nats.NewMsg(broker.SubjectEvents + "." + unit)
	m.Data = []byte(event)
	for i := 0; i < len(header); i += 2 {
		m.Header[header[i]] = []string{header[i+1]}
	}
	if _, err := w.b.JS.PublishMsg(w.ctx, m); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) messages(stream string) uint64 {
	w.t.Helper()
	s, err := w.b.JS.Stream(w.ctx, stream)
	if err != nil {
		w.t.Fatal(err)
	}
	return s.CachedInfo().State.Msgs
}

// letter reads a dead letter.
func (w *world) letter(seq uint64) *jetstream.RawStreamMsg {
	w.t.Helper()
	s, err := w.b.JS.Stream(w.ctx, broker.StreamDead)
	if err != nil {
		w.t.Fatal(err)
	}
	m, err := s.GetMsg(w.ctx, seq)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

func (w *world) until(what string, ok func() bool) {
	w.t.Helper()
	for !ok() {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-w.ctx.Done():
			w.t.Fatal("never came: " + what)
		}
	}
}

func article(number, title string) string {
	return fmt.Sprintf(`{"unit":"09025","number":%q,"title":%q}`, number, title)
}

func TestAcknowledgesAfterTheEffect(t *testing.T) {
	w := newWorld(t)
	begun, effect := make(chan struct{}), make(chan struct{})
	w.ingest = func(context.Context, ingest.Input, int) error {
		close(begun)
		<-effect
		return nil
	}
	w.open(nil, 0)
	w.send("09025", article("1", "Họp thôn"))
	<-begun
	if n := w.messages(broker.StreamEvents); n != 1 {
		t.Errorf("%d events in the stream while one is under way", n)
	}
	close(effect)
	w.until("acknowledgement", func() bool { return w.messages(broker.StreamEvents) == 0 })
	in := w.in[0]
	if in.EventID != "1" || in.Arrived.IsZero() || in.Article.Unit != "09025" {
		t.Errorf("%+v", in)
	}
}

func TestTriesAgainWhenTheCauseMayPass(t *testing.T) {
	w := newWorld(t)
	w.ingest = func(_ context.Context, in ingest.Input, tries int) error {
		if in.Article.Number == "1" && tries == 1 {
			return errors.New("journal: no responders")
		}
		return nil
	}
	w.open(nil, 0)
	w.send("09025", article("1", "Lần đầu chưa được"))
	w.send("09025", article("2", "Được ngay"))
	w.until("both", func() bool { return w.messages(broker.StreamEvents) == 0 })
	if got := w.titles(); !slices.Contains(got, "Lần đầu chưa được") || !slices.Contains(got, "Được ngay") || len(got) != 2 {
		t.Error(got)
	}
	if w.tries["1"] != 2 || w.tries["2"] != 1 {
		t.Errorf("tries: %v", w.tries)
	}
	if n := w.messages(broker.StreamDead); n != 0 {
		t.Errorf("%d dead letters", n)
	}
}

func TestRefusedIsKeptWhole(t *testing.T) {
	w := newWorld(t)
	w.ingest = func(_ context.Context, in ingest.Input, _ int) error {
		if in.Article.Title == "" {
			return ingest.Refuse(ingest.CodeNoTitle, "article has no title\r\nLoa-Dead-Code: x")
		}
		return nil
	}
	w.open(nil, 0)
	bad := `{"unit":"09025","number":"7","title":""}`
	w.send("09025", bad, "Content-Type", "application/json", "X-CMS", "một", "Nats-Msg-Id", "cms-7", "nats-rollup", "all")
	w.send("09025", "\xff\x00 không phải JSON")
	w.send("09064", article("8", "Nói thay xã khác"))
	w.send("09025", article("9", "Tin tốt"))
	w.until("all", func() bool { return w.messages(broker.StreamEvents) == 0 })
	if got := w.titles(); !slices.Equal(got, []string{"Tin tốt"}) {
		t.Error(got)
	}
	if n := w.messages(broker.StreamDead); n != 3 {
		t.Fatalf("%d dead letters, want 3", n)
	}
	found := map[string]*jetstream.RawStreamMsg{}
	for seq := range uint64(3) {
		m := w.letter(seq + 1)
		found[m.Header.Get(dead.HeaderCode)] = m
	}
	for code, want := range map[string]struct{ bytes, reason, subject, sequence string }{
		"no-title":   {bad, "article has no title", "loa.events.09025", "1"},
		"bad-utf8":   {"\xff\x00 không phải JSON", "UTF-8", "loa.events.09025", "2"},
		"wrong-unit": {article("8", "Nói thay xã khác"), `"loa.events.09064"`, "loa.events.09064", "3"},
	} {
		m := found[code]
		if m == nil {
			t.Errorf("no letter of code %s", code)
			continue
		}
		if m.Subject != "loa.dead.events."+code || string(m.Data) != want.bytes || !strings.Contains(m.Header.Get(dead.HeaderReason), want.reason) ||
			m.Header.Get(dead.HeaderSubject) != want.subject || m.Header.Get(dead.HeaderSequence) != want.sequence || m.Header.Get(dead.HeaderAttempts) != "1" {
			t.Errorf("%s: %s %q %v", code, m.Subject, m.Data, m.Header)
		}
		if _, err := time.Parse(time.RFC3339Nano, m.Header.Get(dead.HeaderStored)); err != nil {
			t.Errorf("%s: %v", code, err)
		}
	}
	m := found["no-title"]
	if m.Header.Get("X-CMS") != "một" || m.Header.Get("Content-Type") != "application/json" {
		t.Errorf("headers of the publisher are lost: %v", m.Header)
	}
	if m.Header.Get("Nats-Msg-Id") == "cms-7" || m.Header["nats-rollup"] != nil {
		t.Errorf("the publisher's orders to the broker went through: %v", m.Header)
	}
}

// Letters come with any header; none of them may order the broker about, and
// the same letter twice is one.
func TestDeadPut(t *testing.T) {
	w := newWorld(t)
	letters := dead.New(w.b.JS, broker.StreamDead, broker.SubjectDead)
	l := dead.Letter{
		Code: "no-title", Reason: "dòng một\ndòng hai " + strings.Repeat("ạ", 600), Stream: broker.StreamEvents, Sequence: 12, Subject: "loa.events.09025",
		Attempts: 3, Stored: time.Date(2026, 11, 20, 8, 0, 0, 5, time.UTC), Bytes: []byte{0, 1, 0xff},
		Header: map[string][]string{"Nats-Rollup": {"all"}, "nats-expected-last-sequence": {"99"}, "NATS-TTL": {"1s"}, "Nats-Msg-Id": {"x"}, dead.HeaderCode: {"khác"}, "Ce-Id": {"1", "2"}},
	}
	put := func(l dead.Letter) {
		t.Helper()
		if err := letters.Put(w.ctx, l); err != nil {
			t.Fatal(err)
		}
	}
	put(l)
	l.Attempts = 4 // the node died before it could acknowledge, and it came again
	put(l)
	if n := w.messages(broker.StreamDead); n != 1 {
		t.Fatalf("the same letter twice is %d", n)
	}
	other := l
	other.Sequence = 13
	put(other)
	again := l
	again.Stored = l.Stored.Add(time.Hour) // the stream was made anew
	put(again)
	if n := w.messages(broker.StreamDead); n != 3 {
		t.Errorf("three letters are %d", n)
	}
	m := w.letter(1)
	for name := range l.Header {
		if low := strings.ToLower(name); strings.HasPrefix(low, "nats-") && name != "Nats-Msg-Id" && m.Header[name] != nil {
			t.Errorf("header %s went through", name)
		}
	}
	if m.Header.Get("Nats-Msg-Id") == "x" || m.Header.Get(dead.HeaderCode) != "no-title" || len(m.Header["Ce-Id"]) != 2 || m.Header.Get(dead.HeaderAttempts) != "3" {
		t.Errorf("%v", m.Header)
	}
	if r := m.Header.Get(dead.HeaderReason); !strings.HasPrefix(r, "dòng một dòng hai ạ") || len([]rune(r)) != 501 || !strings.HasSuffix(r, "…") {
		t.Errorf("reason %q", r)
	}
	if string(m.Data) != "\x00\x01\xff" || m.Header.Get(dead.HeaderStored) != "2026-11-20T08:00:00.000000005Z" {
		t.Errorf("%q %v", m.Data, m.Header)
	}
}

// flaky stores each letter but says once that it could not.
type flaky struct {
	*dead.Letters
	once sync.Once
}

func (f *flaky) Put(ctx context.Context, l dead.Letter) (err error) {
	if err = f.Letters.Put(ctx, l); err == nil {
		f.once.Do(func() { err = errors.New("no responders") })
	}
	return err
}

func TestLetterIsOneAlthoughTheAnswerWasLost(t *testing.T) {
	w := newWorld(t)
	w.open(&flaky{Letters: dead.New(w.b.JS, broker.StreamDead, broker.SubjectDead)}, 0)
	w.send("09025", "không phải JSON")
	w.until("acknowledgement", func() bool { return w.messages(broker.StreamEvents) == 0 })
	if n := w.messages(broker.StreamDead); n != 1 {
		t.Errorf("%d dead letters, want 1", n)
	}
}

func TestOneArticleKeepsItsOrder(t *testing.T) {
	w := newWorld(t)
	const articles, versions = 30, 12
	for v := range versions {
		for a := range articles {
			w.send("09025", article(fmt.Sprint(a), fmt.Sprintf("%d %d", a, v)))
		}
	}
	w.open(nil, 16)
	w.until("all", func() bool { return w.messages(broker.StreamEvents) == 0 })
	next := map[string]int{}
	for _, title := range w.titles() {
		a, v, _ := strings.Cut(title, " ")
		if n, _ := strconv.Atoi(v); n != next[a] {
			t.Fatalf("article %s: version %d came when %d was due", a, n, next[a])
		}
		next[a]++
	}
	if len(next) != articles {
		t.Errorf("%d articles", len(next))
	}
}

// A door that stops finishes what is under way, and what waits in it is free at
// once: nothing has to wait until the broker believes that the node is dead.
func TestStopGivesBackWhatWaits(t *testing.T) {
	w := newWorld(t)
	const n = 600 // more than a door holds
	for i := range n {
		w.send("09025", article(fmt.Sprint(i), fmt.Sprint(i)))
	}
	begun, effect := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.ingest = func(context.Context, ingest.Input, int) error {
		once.Do(func() { close(begun) })
		<-effect
		return nil
	}
	cancel, wait := w.open(nil, 1)
	<-begun
	cancel()
	close(effect)
	wait()
	if got := w.titles(); len(got) != 1 {
		t.Fatalf("%d events taken, one was under way", len(got))
	}
	// The broker would give them to another door after 15 seconds in any case.
	ctx, done := context.WithTimeout(w.ctx, 8*time.Second)
	defer done()
	c, err := w.b.JS.Consumer(ctx, broker.StreamEvents, "ingest")
	if err != nil {
		t.Fatal(err)
	}
	for free := map[uint64]bool{}; len(free) < n-1; {
		batch, err := c.Fetch(n, jetstream.FetchContext(ctx))
		if err != nil {
			t.Fatalf("%d of %d events are free: %v", len(free), n-1, err)
		}
		for m := range batch.Messages() {
			meta, err := m.Metadata()
			if err != nil {
				t.Fatal(err)
			}
			free[meta.Sequence.Stream] = true
			if len(free) == n-1 {
				break
			}
		}
		if err := batch.Error(); err != nil {
			t.Fatalf("%d of %d events are free: %v", len(free), n-1, err)
		}
	}
}
