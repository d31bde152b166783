package journal

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"loa/feeds"
)

// Append stores the record as the next one of its article, whose last position
// must be last (0: the article is new), and returns its entry when the broker
// has made it durable. ErrConflict means that last is not the last. Any other
// error leaves it open whether the record is stored; the same Append may be
// repeated, and succeeds if it was.
//
// Appends that come at the same time are committed together: the broker syncs its
// file once for all of them.
func (j *Journal) Append(ctx context.Context, r *feeds.Record, last uint64) (Entry, error) {
	b, err := Encode(r)
	if err != nil {
		return Entry{}, err
	}
	q := &request{entry: Entry{Record: *r, Bytes: b, Digest: Digest(b)}, last: last, done: make(chan struct{}), lead: make(chan struct{})}
	if j.group.join(q) {
		j.leadFor(ctx, q)
	}
	select {
	case <-q.lead: // the leader before handed over
		j.leadFor(ctx, q)
	case <-q.done:
	}
	<-q.done
	return q.entry, q.err
}

// request is an append that waits for its turn.
type request struct {
	entry Entry
	last  uint64
	err   error
	done  chan struct{} // closed when entry and err hold
	lead  chan struct{} // closed when this request is to lead
}

// group collects the appends that come while a commit is under way. One of the
// callers leads; there is no goroutine besides theirs.
type group struct {
	mu      sync.Mutex
	leading bool
	waiting []*request
}

// maxGroup bounds a commit, in records; the broker takes a thousand.
const maxGroup = 512

// join queues the request and reports whether its caller is to lead.
func (g *group) join(q *request) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, q)
	if g.leading {
		return false
	}
	g.leading = true
	return true
}

// take returns the next commit: the requests that waited longest, of one article
// only the first, since the next one's position is not known yet. It always has
// the leader's own if that still waits.
func (g *group) take() []*request {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out, left []*request
	seen := map[string]bool{}
	for _, q := range g.waiting {
		if len(out) < maxGroup && !seen[q.entry.Record.ID] {
			seen[q.entry.Record.ID] = true
			out = append(out, q)
		} else {
			left = append(left, q)
		}
	}
	g.waiting = left
	return out
}

// handOver lets the first who waits lead, or nobody.
func (g *group) handOver() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) > 0 {
		close(g.waiting[0].lead) // once: it takes itself first
		return
	}
	g.leading = false
}

// leadFor commits until own is done, then hands over.
func (j *Journal) leadFor(ctx context.Context, own *request) {
	defer j.group.handOver()
	for {
		// The others' appends are not to end with the leader's context.
		j.commit(context.WithoutCancel(ctx), j.group.take())
		select {
		case <-own.done:
			return
		default:
		}
	}
}

// publishTimeout bounds one try to store records.
const publishTimeout = 5 * time.Second

// commit stores the requests, together if that is possible: one that conflicts
// makes the broker refuse all, and then each goes by itself.
func (j *Journal) commit(ctx context.Context, list []*request) {
	if len(list) > 1 && j.together(ctx, list) {
		return
	}
	var wg sync.WaitGroup
	for _, q := range list {
		wg.Go(func() {
			q.err = j.store(ctx, q)
			close(q.done)
		})
	}
	wg.Wait()
}

func (j *Journal) message(q *request) *nats.Msg {
	m := nats.NewMsg(j.subject + q.entry.Record.ID)
	m.Data = q.entry.Bytes
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(q.last, 10))
	return m
}

// together stores all or none, and reports whether it stored them.
func (j *Journal) together(ctx context.Context, list []*request) bool {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	msgs := make([]*nats.Msg, len(list))
	for i, q := range list {
		msgs[i] = j.message(q)
	}
	// The first message needs no answer of its own: the commit's is for all.
	ack, err := jetstreamext.PublishMsgBatch(ctx, j.js, msgs, jetstreamext.BatchFlowControl{AckTimeout: publishTimeout})
	if err != nil || ack.BatchSize != uint64(len(list)) {
		j.log.Debug("records not stored together; each by itself", "records", len(list), "err", err)
		return false
	}
	first := ack.Sequence - ack.BatchSize + 1
	for i, q := range list {
		q.entry.Position = first + uint64(i)
		j.own.put(q.entry)
		close(q.done)
	}
	return true
}

// store stores one. A record that is there already, of a try whose answer was
// lost, is stored.
func (j *Journal) store(ctx context.Context, q *request) error {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	ack, err := j.js.PublishMsg(ctx, j.message(q))
	if err == nil {
		q.entry.Position = ack.Sequence
		j.own.put(q.entry)
		return nil
	}
	var api *jetstream.APIError
	if errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
		if own, lerr := j.Last(ctx, q.entry.Record.ID); lerr == nil && own.Digest == q.entry.Digest {
			q.entry = own
			return nil
		}
		return ErrConflict
	}
	return fmt.Errorf("append to journal: %w", err)
}
