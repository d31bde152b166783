package web

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"loa/publish/site"
)

// cacheControl of documents and pages. Five seconds: news must be seen at once,
// and asking again costs loa next to nothing (304 from memory), but a proxy in
// front still turns any number of readers into one request in five seconds. It
// may answer from what it has for half a minute more while it asks, and for a
// day when loa is away (RFC 5861).
const cacheControl = "public, max-age=5, stale-while-revalidate=30, stale-if-error=86400"

// archiveControl is of archives: they change only when something in them is
// withdrawn, which caches must learn within a week.
const archiveControl = "public, max-age=604800, stale-while-revalidate=86400, stale-if-error=2592000"

// lifetime is the Cache-Control of an address's document.
func lifetime(a *address) string {
	switch {
	case a.archive != "":
		return archiveControl
	case a.kind == kindSitemap:
		return "public, max-age=600, stale-if-error=86400"
	}
	return cacheControl
}

// field is a header field, its name in canonical form. Its values are shared by
// all answers and must not be changed; appending to them copies.
type field struct {
	name  string
	value []string
}

// headers has what is the same in all answers.
type headers struct {
	base string
	hubs string
}

func newHeaders(o *Options) *headers {
	h := &headers{base: o.BaseURL}
	for _, hub := range o.Hubs {
		if !strings.ContainsAny(hub, "<>\"\r\n ") {
			h.hubs += "<" + hub + ">; rel=\"hub\", "
		}
	}
	return h
}

var (
	vary    = field{"Vary", []string{"Accept-Encoding"}}
	varyAll = field{"Vary", []string{"Accept-Encoding, Accept-Language"}} // of what is in one of two languages
	nosniff = field{"X-Content-Type-Options", []string{"nosniff"}}
	anyone  = field{"Access-Control-Allow-Origin", []string{"*"}}
	expose  = field{"Access-Control-Expose-Headers", []string{"ETag, Link"}}
	allow   = []string{"GET, HEAD, OPTIONS"}
)

// dress makes the header fields of the document's answers. They are made once,
// so that a request only puts them into a map.
func (h *headers) dress(d *Document, a *address) {
	changed := field{"Last-Modified", []string{httpDate(d.Modified)}}
	common := []field{vary, anyone, {"Cache-Control", []string{lifetime(a)}}, changed}
	only := []field{nosniff, {"Content-Type", []string{contentType(a)}}}
	if a.isPage() {
		common[0] = varyAll
		only = append(only, field{"Content-Language", []string{string(a.lang)}}, field{"Content-Security-Policy", []string{site.SecurityPolicy()}},
			field{"Referrer-Policy", []string{"no-referrer"}})
	} else {
		common = append(common, expose)
	}
	if a.kind == kindFeed {
		// One field, as WebSub section 4 advises; also on 304, where a subscriber
		// may look for a hub that is new.
		hubs := h.hubs
		if a.view() != "" || a.archive != "" {
			hubs = ""
		}
		common = append(common, field{"Link", []string{hubs + "<" + h.base + a.location() + ">; rel=\"self\""}})
	}
	for i := range d.variants {
		v := &d.variants[i]
		v.bare = append([]field{{"Etag", []string{v.etag}}}, common...)
		v.full = append(append([]field{}, v.bare...), only...)
		if v.coding != "" {
			v.full = append(v.full, field{"Content-Encoding", []string{v.coding}})
		}
		v.full = append(v.full, field{"Content-Length", []string{strconv.Itoa(len(v.body))}})
	}
}

// contentType is the type of an address's document. The JSON types have no
// charset parameter: they are always UTF-8 (RFC 8259 section 8.1).
func contentType(a *address) string {
	switch {
	case a.isPage():
		return "text/html; charset=utf-8"
	case a.kind == kindOPML:
		return "text/x-opml; charset=utf-8"
	case a.kind == kindSitemap:
		return "application/xml; charset=utf-8"
	case a.kind == kindArticle:
		return "application/json"
	case a.format == "json":
		return a.format.MediaType()
	}
	return a.format.MediaType() + "; charset=utf-8"
}

func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	now := s.o.Now()
	// Nearly all requests are for a feed that is at hand and new: they are
	// answered before anything is parsed or allocated.
	if d, found := s.feeds.GetIfPresent(path); found && r.URL.RawQuery == "" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		if version, _ := s.lib.Version(d.feed); d.Version >= version && d.day == dayOf(now) {
			s.metrics.byOrigin[fromMemory].Inc()
			s.serve(w, r, d, now, false)
			return
		}
	}
	a, ok := s.parse(path)
	a.day = dayOf(now)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		s.otherMethod(w, r, ok && !a.isPage())
		return
	}
	if !ok {
		s.other(w, r, path)
		return
	}
	if a.isPage() {
		a.lang = acceptLanguage(r.Header["Accept-Language"])
	}
	var err error
	if r.URL.RawQuery != "" || a.isSearch() {
		err = s.apply(&a, r.URL.RawQuery)
	}
	if err == nil && a.path() != path {
		err = &movedError{a}
	}
	var d *Document
	var from origin
	if err == nil {
		d, from, err = s.find(r.Context(), &a)
	}
	var moved *movedError
	switch {
	case errors.Is(err, ErrNotFound):
		s.refuse(w, r, http.StatusNotFound)
	case errors.Is(err, errBadDay), errors.Is(err, errBadQuery), errors.Is(err, errNoQuery):
		s.refuse(w, r, http.StatusBadRequest)
	case errors.As(err, &moved):
		h := w.Header()
		h["Location"] = []string{s.prefix + moved.to.location()}
		h["Cache-Control"] = []string{cacheControl}
		s.refuse(w, r, http.StatusMovedPermanently)
	case r.Context().Err() != nil:
		w.WriteHeader(http.StatusServiceUnavailable) // to nobody: the client has gone
	case err != nil:
		w.Header()["Retry-After"] = []string{"5"}
		s.refuse(w, r, http.StatusServiceUnavailable)
	default:
		s.metrics.byOrigin[from].Inc()
		s.serve(w, r, d, now, from == fromPast)
	}
}

// serve answers with the document.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, d *Document, now time.Time, stale bool) {
	v := d.choose(r.Header["Accept-Encoding"])
	if v == nil {
		s.refuse(w, r, http.StatusNotAcceptable)
		return
	}
	status, fields := d.Status, v.full
	if status == http.StatusOK { // section 13.2.1: otherwise there are no preconditions
		switch status = evaluate(r.Header, v.etag, d.Modified); status {
		case http.StatusNotModified:
			fields = v.bare
		case http.StatusPreconditionFailed:
			s.refuse(w, r, status)
			return
		}
	}
	h := w.Header()
	for i := range fields {
		h[fields[i].name] = fields[i].value
	}
	// Last-Modified must not be later than Date (section 8.8.2.1): the clock of
	// the node that took the article in may be ahead.
	if d.Modified.After(now) {
		h["Last-Modified"] = []string{httpDate(now)}
	}
	if stale {
		// Age beyond max-age tells every cache that this is not fresh (RFC 9111
		// section 5.1); Warning is obsolete there, but people read it.
		h["Age"] = []string{seconds(now.Sub(d.made))}
		h["Warning"] = []string{`110 - "Response is Stale"`}
	}
	s.count(status)
	w.WriteHeader(status)
	if status != http.StatusNotModified && r.Method != http.MethodHead {
		_, _ = w.Write(v.body) // the client has gone; there is nobody to tell
	}
}

// other answers the paths that are no documents.
func (s *Server) other(w http.ResponseWriter, r *http.Request, path string) {
	h := w.Header()
	switch path {
	case "/robots.txt":
		h["Content-Type"] = []string{"text/plain; charset=utf-8"}
		h["Cache-Control"] = []string{"public, max-age=86400"}
		h[vary.name], h[nosniff.name] = vary.value, nosniff.value
		s.count(http.StatusOK)
		_, _ = io.WriteString(w, "User-agent: *\nAllow: /\nSitemap: "+s.o.BaseURL+"/sitemap.xml\n")
	case "/favicon.ico":
		h["Cache-Control"] = []string{"public, max-age=86400"}
		h[vary.name] = vary.value
		s.count(http.StatusNoContent)
		w.WriteHeader(http.StatusNoContent)
	default:
		s.refuse(w, r, http.StatusNotFound)
	}
}

// otherMethod answers methods besides GET and HEAD. Scripts on other sites that
// send validators ask first (Fetch standard, CORS preflight).
func (s *Server) otherMethod(w http.ResponseWriter, r *http.Request, document bool) {
	h := w.Header()
	h["Allow"] = allow
	if r.Method != http.MethodOptions {
		s.refuse(w, r, http.StatusMethodNotAllowed)
		return
	}
	h[vary.name] = vary.value
	if document {
		h[anyone.name] = anyone.value
		h["Access-Control-Allow-Methods"] = []string{"GET, HEAD"}
		h["Access-Control-Allow-Headers"] = []string{"If-None-Match, If-Modified-Since"}
		h["Access-Control-Max-Age"] = []string{"86400"}
	}
	s.count(http.StatusNoContent)
	w.WriteHeader(http.StatusNoContent)
}

// refusals are the keys of what a person reads; why it happened is in the log.
var refusals = map[int]string{
	http.StatusMovedPermanently:   "http moved",
	http.StatusBadRequest:         "http 400",
	http.StatusNotFound:           "http 404",
	http.StatusMethodNotAllowed:   "http 405",
	http.StatusNotAcceptable:      "http 406",
	http.StatusPreconditionFailed: "http 412",
	http.StatusServiceUnavailable: "http 503",
}

// refuse is the one place that answers without a document.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, status int) {
	h := w.Header()
	a := address{format: page, lang: acceptLanguage(r.Header["Accept-Language"])}
	_ = s.apply(&a, r.URL.RawQuery) // of which only the language is wanted
	h["Content-Language"] = []string{string(a.lang)}
	h[varyAll.name], h[nosniff.name], h[anyone.name] = varyAll.value, nosniff.value, anyone.value
	h["Content-Type"] = []string{"text/plain; charset=utf-8"}
	switch {
	case status >= 500:
		h["Cache-Control"] = []string{"no-store"}
	case status == http.StatusNotFound: // it may come any moment
		h["Cache-Control"] = []string{"public, max-age=5"}
	}
	s.count(status)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, site.Text(a.lang, refusals[status])+"\n")
}

func (s *Server) count(status int) {
	if c := s.metrics.byStatus[status]; c != nil {
		c.Inc()
	}
}
