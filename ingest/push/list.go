package push

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"

	"loa/ingest"
)

// result is what became of one event of a list.
type result struct {
	// Item is its place in the list, or its line, from 1.
	Item int `json:"item"`
	// Status is what the event alone would have been answered.
	Status   int      `json:"status"`
	Sequence uint64   `json:"sequence,omitempty"`
	Problem  *problem `json:"problem,omitempty"`
}

type results struct {
	Accepted int      `json:"accepted"`
	Refused  int      `json:"refused"`
	Results  []result `json:"results"`
}

// list stores events in their order. Each stands for itself: one that is refused
// does not hold up the others. If the broker failed for some, the answer is 503
// for all of it, with what became of each; sending the whole again does no harm.
func (h *Handler) list(ctx context.Context, pub *Publisher, body []byte, f form, id *identity, vietnamese bool) (answer, *problem) {
	items, p := split(body, f)
	if p != nil {
		return answer{}, p
	}
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	all := make([]result, len(items))
	waits := make([]jetstream.PubAckFuture, len(items))
	for i, it := range items {
		all[i] = result{Item: it.at, Status: http.StatusAccepted}
		m, err := h.message(pub, event{f.header, it.body})
		if err != nil {
			all[i].Problem = fromRefusal(err)
			continue
		}
		if ctx.Err() != nil {
			all[i].Problem = notStored(ctx.Err())
			continue
		}
		opts := append(id.options(it.at), jetstream.WithStallWait(storeTime))
		if waits[i], err = h.events.PublishMsgAsync(m, opts...); err != nil {
			all[i].Problem = notStored(err)
		}
	}
	var away *problem
	out := results{Results: all}
	for i := range all {
		if waits[i] != nil {
			all[i].Sequence, all[i].Problem = stored(ctx, waits[i])
		}
		if p := all[i].Problem; p != nil {
			out.Refused++
			all[i].Status = p.Status
			if p.Code == codeAway {
				away = p
			}
			all[i].Problem = h.finish(p, vietnamese)
			continue
		}
		out.Accepted++
	}
	if away != nil {
		p := *away
		p.Results = all
		return answer{}, &p
	}
	b, err := json.Marshal(out)
	if err != nil {
		return answer{}, notStored(err)
	}
	return answer{http.StatusOK, b}, nil
}

func stored(ctx context.Context, f jetstream.PubAckFuture) (uint64, *problem) {
	select {
	case ack := <-f.Ok():
		return ack.Sequence, nil
	case err := <-f.Err():
		return 0, notStored(err)
	case <-ctx.Done():
		return 0, notStored(ctx.Err())
	}
}

// item is one event of a list and its place.
type item struct {
	at   int
	body []byte
}

// split takes a list apart.
func split(body []byte, f form) ([]item, *problem) {
	tooMany := refuse(http.StatusRequestEntityTooLarge, ingest.CodeTooLarge, "a list has at most "+strconv.Itoa(MaxBatchEvents)+" events")
	var out []item
	if f.lines {
		n := 0
		for line := range bytes.Lines(body) {
			n++
			if line = trim(line); len(line) == 0 {
				continue
			}
			if len(out) == MaxBatchEvents {
				return nil, tooMany
			}
			out = append(out, item{n, line})
		}
		return out, nil
	}
	// One at a time: a list of a million empty things is refused early.
	d := json.NewDecoder(bytes.NewReader(trim(body)))
	malformed := refuse(http.StatusBadRequest, "not-json", "the body is not a JSON list of events")
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return nil, malformed
	}
	for d.More() {
		if len(out) == MaxBatchEvents {
			return nil, tooMany
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, malformed
		}
		out = append(out, item{len(out) + 1, raw})
	}
	if _, err := d.Token(); err != nil {
		return nil, malformed
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed
	}
	return out, nil
}
