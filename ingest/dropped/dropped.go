// Package dropped keeps what rules kept out of polled sources (ingest/rules), and
// what was refused while a source flooded (ingest/poll/flood), so that an operator
// can see each drop with its reason. The poll door puts drops in; the stream lets them go after thirty days, or when it is full, the oldest
// first.
//
// A drop lies on the stream LOA_DROPPED under <subject>.<source>.<hash of the
// item's first identity key>, one message a subject: an item that a feed shows at
// each poll is one entry. An event that a rule blocks is not here but with the
// dead letters (ingest/dead), since it can be replayed.
package dropped

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"loa/feeds"
	"loa/internal/broker"
)

// Drop is an item that was not taken.
type Drop struct {
	// Source is the polled source's id, and Key the item's first identity key.
	Source string `json:"source"`
	Key    string `json:"key"`
	// Rule is the number of the rule in its list, from one; 0: no keep rule
	// matched. List is "source", or "all" for the rules for everything.
	Rule   int    `json:"rule"`
	List   string `json:"list"`
	Reason string `json:"reason"`

	Unit      string `json:"unit"`
	Number    string `json:"number,omitempty"`
	URL       string `json:"url,omitempty"`
	GUID      string `json:"guid,omitempty"`
	Title     string `json:"title"`
	Category  string `json:"category,omitempty"`
	Published string `json:"published,omitempty"` // as its publisher wrote it
	// Time is when the item was first dropped for this reason.
	Time time.Time `json:"time"`

	// Article is the item, clean, where it may be taken later on: of a flood.
	// [Drops.List] leaves it out. Shared is set if its address names it not.
	Article *feeds.Article `json:"article,omitempty"`
	Shared  bool           `json:"shared_url,omitempty"`
}

// The lists of rules, and what stands in their place for what was refused while
// its source was held.
const (
	ListSource = "source"
	ListAll    = "all"
	ListFlood  = "flood"
)

// Drops are those of one stream. Safe for concurrent use, on any number of nodes.
type Drops struct {
	js              jetstream.JetStream
	stream, subject string
	now             func() time.Time

	mu   sync.Mutex
	seen map[string]seen // by subject
}

// seen spares asking the broker at each poll.
type seen struct {
	what  string
	until time.Time
}

const (
	// maxSeen bounds what is remembered; beyond it the broker is asked again.
	maxSeen = 8192
	// seenFor is shorter than the life of an entry in the stream by far: an item
	// that is still dropped when its entry has gone gets a new one.
	seenFor = 12 * time.Hour
)

// New returns the drops on the stream, which takes <subject>.> and keeps one
// message a subject. now is the clock; nil means time.Now.
func New(js jetstream.JetStream, stream, subject string, now func() time.Time) *Drops {
	if now == nil {
		now = time.Now
	}
	return &Drops{js: js, stream: stream, subject: subject, now: now, seen: map[string]seen{}}
}

// Put stores the drop and returns when the broker has made it durable. What is
// there already, with the same reason, is not stored again.
func (d *Drops) Put(ctx context.Context, p Drop) error {
	subject := d.entry(p.Source, p.Key)
	what := fmt.Sprintf("%s %d %s", p.List, p.Rule, p.Reason)
	if d.known(subject, what) {
		return nil
	}
	b, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode drop: %w", err)
	}
	if err := d.store(ctx, subject, what, b); err != nil {
		return fmt.Errorf("store drop: %w", err)
	}
	d.remember(subject, what)
	return nil
}

// entry is the subject of an item's drop.
func (d *Drops) entry(source, key string) string {
	sum := sha256.Sum256([]byte(key))
	return d.subject + "." + token(source) + "." + hex.EncodeToString(sum[:16])
}

// Remove forgets the drop of an item that was taken after all.
func (d *Drops) Remove(ctx context.Context, source, key string) error {
	subject := d.entry(source, key)
	s, err := d.js.Stream(ctx, d.stream)
	if err == nil {
		err = s.Purge(ctx, jetstream.WithPurgeSubject(subject))
	}
	if err != nil {
		return fmt.Errorf("remove drop: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.seen, subject)
	return nil
}

func (d *Drops) store(ctx context.Context, subject, what string, b []byte) error {
	err := d.publish(ctx, subject, b, 0)
	if !conflict(err) {
		return err
	}
	s, err := d.js.Stream(ctx, d.stream)
	if err != nil {
		return err
	}
	m, err := s.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil // it was there a moment ago; the next poll asks again
	}
	if err != nil {
		return err
	}
	var old Drop
	if json.Unmarshal(m.Data, &old) == nil && fmt.Sprintf("%s %d %s", old.List, old.Rule, old.Reason) == what {
		return nil
	}
	// The rules are others now, and so is the reason.
	if err = d.publish(ctx, subject, b, m.Sequence); conflict(err) {
		return nil // another node was quicker
	}
	return err
}

func (d *Drops) publish(ctx context.Context, subject string, b []byte, last uint64) error {
	_, err := d.js.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: b}, jetstream.WithExpectLastSequencePerSubject(last))
	return err
}

func conflict(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence
}

func (d *Drops) known(subject, what string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.seen[subject]
	return ok && s.what == what && d.now().Before(s.until)
}

func (d *Drops) remember(subject, what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.seen) >= maxSeen {
		clear(d.seen)
	}
	d.seen[subject] = seen{what, d.now().Add(seenFor)}
}

// token is a source's id as a part of a subject: ids have nothing else than these
// characters, but a subject must hold whatever comes.
func token(id string) string {
	id = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, id)
	if id == "" {
		return "_"
	}
	return id
}

// List returns the newest drops of the source (of all sources if it is empty),
// newest first, at most limit of them, and whether there are more.
func (d *Drops) List(ctx context.Context, source string, limit int) (list []Drop, more bool, err error) {
	if limit < 1 {
		return nil, false, fmt.Errorf("list drops: limit is %d; at least 1", limit)
	}
	err = d.Each(ctx, source, func(p Drop) error {
		p.Article = nil
		if list = append(list, p); len(list) >= 2*limit {
			list, more = append(list[:0], list[len(list)-limit:]...), true
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	if len(list) > limit {
		list, more = list[len(list)-limit:], true
	}
	slices.Reverse(list)
	return list, more, nil
}

// Each calls f for each drop of the source (of all if it is empty), oldest first,
// up to what there was when it was called. An entry that cannot be read is left
// out.
func (d *Drops) Each(ctx context.Context, source string, f func(Drop) error) error {
	filter := d.subject + ".>"
	if source != "" {
		filter = d.subject + "." + token(source) + ".>"
	}
	c := jetstream.OrderedConsumerConfig{FilterSubjects: []string{filter}}
	return broker.Backlog(ctx, d.js, d.stream, c, 500, func(m jetstream.Msg, _ *jetstream.MsgMetadata) error {
		var p Drop
		if json.Unmarshal(m.Data(), &p) != nil {
			return nil //nolint:nilerr // see above
		}
		return f(p)
	})
}
