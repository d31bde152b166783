package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"loa/ingest/dead"
	"loa/internal/broker"
)

// letterPage is a list of letters in the admin API; IDs alone if it was asked
// for them.
type letterPage struct {
	Letters []dead.Letter `json:"letters,omitempty"`
	IDs     []uint64      `json:"ids,omitempty"`
	More    bool          `json:"more"`
}

// deadRoutes adds the letters to the admin API:
//
//	GET    /api/dead?code=&unit=&since=&limit=   the newest, without bytes; with ids=1 all ids
//	GET    /api/dead/{id}
//	POST   /api/dead/{id}/replay                 of type application/json
//	DELETE /api/dead/{id}
func deadRoutes(mux *http.ServeMux, b letterBox) {
	mux.HandleFunc("GET /api/dead", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		f := dead.Filter{Code: q.Get("code"), Unit: q.Get("unit")}
		var err error
		if f.Since, err = parseSince(q.Get("since"), time.Now()); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var p letterPage
		if q.Get("ids") != "" {
			p.IDs, err = b.IDs(r.Context(), f)
		} else {
			limit := defaultLimit
			if v := q.Get("limit"); v != "" {
				if limit, err = strconv.Atoi(v); err != nil || limit < 1 {
					http.Error(w, "limit is a number, at least 1", http.StatusBadRequest)
					return
				}
			}
			p.Letters, p.More, err = b.List(r.Context(), f, limit)
		}
		answerJSON(w, p, err)
	})
	byID := func(do func(r *http.Request, id uint64) (any, error)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			id, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
			if err != nil {
				http.Error(w, "the id of a letter is a number", http.StatusBadRequest)
				return
			}
			v, err := do(r, id)
			answerJSON(w, v, err)
		}
	}
	mux.HandleFunc("GET /api/dead/{id}", byID(func(r *http.Request, id uint64) (any, error) { return b.Get(r.Context(), id) }))
	mux.HandleFunc("POST /api/dead/{id}/replay", jsonOnly(byID(func(r *http.Request, id uint64) (any, error) {
		seq, err := b.Replay(r.Context(), id)
		return letterDone{ID: id, Done: err == nil, Sequence: seq}, err
	})))
	mux.HandleFunc("DELETE /api/dead/{id}", byID(func(r *http.Request, id uint64) (any, error) {
		return letterDone{ID: id, Done: true}, b.Drop(r.Context(), id)
	}))
}

// jsonOnly demands the media type, so that no page in a browser can post.
func jsonOnly(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if ct, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); ct != "application/json" {
			http.Error(w, "send application/json", http.StatusUnsupportedMediaType)
			return
		}
		next(w, r)
	}
}

// answerJSON writes the value, or what the error means.
func answerJSON(w http.ResponseWriter, v any, err error) {
	switch {
	case errors.Is(err, dead.ErrNotFound):
		http.Error(w, err.Error(), http.StatusNotFound)
	case errors.Is(err, dead.ErrNoSubject):
		http.Error(w, err.Error(), http.StatusConflict)
	case err != nil:
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	default:
		w.Header().Set("Content-Type", "application/json")
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		_ = e.Encode(v)
	}
}

// adminLetters are those of the running server.
type adminLetters struct{ c *Config }

func filterQuery(f dead.Filter) url.Values {
	q := url.Values{}
	for k, v := range map[string]string{"code": f.Code, "unit": f.Unit} {
		if v != "" {
			q.Set(k, v)
		}
	}
	if !f.Since.IsZero() {
		q.Set("since", f.Since.Format(time.RFC3339))
	}
	return q
}

// List asks the server; see [dead.Letters.List].
func (l adminLetters) List(ctx context.Context, f dead.Filter, limit int) ([]dead.Letter, bool, error) {
	q := filterQuery(f)
	q.Set("limit", strconv.Itoa(limit))
	var p letterPage
	err := l.call(ctx, http.MethodGet, "?"+q.Encode(), &p)
	return p.Letters, p.More, err
}

// IDs asks the server; see [dead.Letters.IDs].
func (l adminLetters) IDs(ctx context.Context, f dead.Filter) ([]uint64, error) {
	q := filterQuery(f)
	q.Set("ids", "1")
	var p letterPage
	err := l.call(ctx, http.MethodGet, "?"+q.Encode(), &p)
	return p.IDs, err
}

// Get asks the server; see [dead.Letters.Get].
func (l adminLetters) Get(ctx context.Context, id uint64) (dead.Letter, error) {
	var out dead.Letter
	err := l.call(ctx, http.MethodGet, fmt.Sprintf("/%d", id), &out)
	return out, err
}

// Replay asks the server; see [dead.Letters.Replay].
func (l adminLetters) Replay(ctx context.Context, id uint64) (uint64, error) {
	var out letterDone
	err := l.call(ctx, http.MethodPost, fmt.Sprintf("/%d/replay", id), &out)
	return out.Sequence, err
}

// Drop asks the server; see [dead.Letters.Drop].
func (l adminLetters) Drop(ctx context.Context, id uint64) error {
	return l.call(ctx, http.MethodDelete, fmt.Sprintf("/%d", id), &letterDone{})
}

func (l adminLetters) call(ctx context.Context, method, path string, out any) error {
	status, err := askAdmin(ctx, l.c, method, "/api/dead"+path, out)
	if status == http.StatusNotFound {
		return dead.ErrNotFound
	}
	return err
}

// adminAnswer bounds an answer of the running server, in bytes.
const adminAnswer = 1 << 30

// askAdmin asks the server that has the data folder and decodes its JSON. The
// status is 0 where none answered.
func askAdmin(ctx context.Context, c *Config, method, path string, out any) (status int, err error) {
	return sendAdmin(ctx, c, method, path, http.NoBody, out)
}

// sendAdmin is askAdmin with a body of JSON.
func sendAdmin(ctx context.Context, c *Config, method, path string, body io.Reader, out any) (status int, err error) {
	const running = "a server runs on the data folder, but "
	if c.Admin == "" {
		return 0, errors.New(running + "has no admin address to ask at; set admin, or stop it first")
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+c.Admin+path, body)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, fmt.Errorf(running+"does not answer at http://%s: %w; stop it first", c.Admin, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, adminAnswer))
	if err != nil {
		return res.StatusCode, fmt.Errorf("read answer of the running server: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		said, _, _ := strings.Cut(string(bytes.TrimSpace(b)), "\n")
		return res.StatusCode, fmt.Errorf("the running server answers %s: %s", res.Status, plain(said))
	}
	if err := json.Unmarshal(b, out); err != nil {
		return res.StatusCode, fmt.Errorf("decode answer of the running server: %w", err)
	}
	return res.StatusCode, nil
}

// letters are the node's own.
func (n *node) letters() *dead.Letters {
	return dead.New(n.store.broker.JS, broker.StreamDead, broker.SubjectDead)
}
