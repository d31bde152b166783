// Package journal is the append-only log of all revisions of all articles, on
// the JetStream stream LOA_ARTICLES. It is the truth of loa: ingest appends to
// it, and everything that is served is made from it.
//
// Each article has one subject, loa.article.<id>. An append names the last
// position that its writer has seen on that subject and is refused when there is
// a newer one, so any number of writers need no lock. Each record carries the
// digest of the one before in its article: a chain that a scrub can follow.
//
// It does not decide what is appended (package ingest), and it is read in order
// only: single articles are read from feeds/library.
package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"loa/feeds"
)

// Errors of the journal.
var (
	// ErrConflict says that the article has a newer record than the writer has
	// seen: read again, decide again.
	ErrConflict = errors.New("journal: article has a newer record")
	// ErrNotFound says that an article has no record.
	ErrNotFound = errors.New("journal: no such article")
	// ErrDamaged says that a record cannot be read.
	ErrDamaged = errors.New("journal: record is damaged")
)

// Entry is a record at its place in the journal.
type Entry struct {
	// Position is the sequence in the stream, from 1, with gaps.
	Position uint64
	Record   feeds.Record
	// Bytes is the record as it is stored, and Digest their digest, which the
	// next record of the article carries.
	Bytes  []byte
	Digest string
}

// Journal reads and writes the log. It is safe for concurrent use.
type Journal struct {
	js      jetstream.JetStream
	stream  string
	subject string
	log     *slog.Logger
	group   group
	own     own
}

// New returns the journal on the named stream, which must exist and take
// <subject>.*.
func New(js jetstream.JetStream, stream, subject string, log *slog.Logger) *Journal {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Journal{js: js, stream: stream, subject: subject + ".", log: log}
}

// Digest is the digest that chains records: SHA-256 of the stored bytes, cut to
// 128 bits, in hexadecimal.
func Digest(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:16])
}

// Encode returns the bytes that are stored for a record.
func Encode(r *feeds.Record) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // bodies are HTML: escaped they would be a third larger
	if err := e.Encode(r); err != nil {
		return nil, fmt.Errorf("encode record of %s: %w", r.ID, err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// Decode reads stored bytes.
func Decode(b []byte) (feeds.Record, error) {
	var r feeds.Record
	if err := json.Unmarshal(b, &r); err != nil {
		return r, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if r.Format != feeds.RecordFormat {
		return r, fmt.Errorf("%w: it has layout %d, this program reads %d", ErrDamaged, r.Format, feeds.RecordFormat)
	}
	return r, nil
}

// Last returns the newest record of an article, or ErrNotFound.
func (j *Journal) Last(ctx context.Context, id string) (Entry, error) {
	s, err := j.js.Stream(ctx, j.stream)
	if err != nil {
		return Entry{}, fmt.Errorf("open journal: %w", err)
	}
	m, err := s.GetLastMsgForSubject(ctx, j.subject+id)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return Entry{}, ErrNotFound
	}
	if err != nil {
		return Entry{}, fmt.Errorf("read last record of %s: %w", id, err)
	}
	return entry(m.Sequence, m.Data)
}

// State is how far the journal goes.
type State struct {
	// First and Last are the positions at its ends; Last is 0 when it is empty.
	First, Last uint64
	// Created tells one journal from another that took its place.
	Created time.Time
}

// State asks the broker for the journal's ends.
func (j *Journal) State(ctx context.Context) (State, error) {
	s, err := j.js.Stream(ctx, j.stream)
	if err != nil {
		return State{}, fmt.Errorf("open journal: %w", err)
	}
	i := s.CachedInfo()
	return State{First: i.State.FirstSeq, Last: i.State.LastSeq, Created: i.Created}, nil
}

func entry(pos uint64, b []byte) (Entry, error) {
	r, err := Decode(b)
	return Entry{Position: pos, Record: r, Bytes: b, Digest: Digest(b)}, err
}

// id of the article that a subject belongs to.
func (j *Journal) id(subject string) string { return strings.TrimPrefix(subject, j.subject) }
