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

// archiveControl is of archives: they change only when something in them is
// withdrawn, which caches must learn within a week.
const archiveControl = "max-age=604800, stale-while-revalidate=86400, stale-if-error=2592000"

// lifetime is the Cache-Control of an address's document.
func lifetime(d *Document, a *address) string {
	switch {
	case a.archive != "":
		return archiveControl
	case a.kind == kindSitemap:
		return "max-age=600, stale-if-error=86400"
	case a.kind == kindOPML:
		return cacheControl(unknown)
	case a.isArticle():
		return cacheControl(ofArticles)
	}
	return cacheControl(d.fresh)
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
	vary     = field{"Vary", []string{"Accept-Encoding"}}
	varyLang = field{"Vary", []string{"Accept-Encoding, Accept-Language"}}         // of what is in one of two languages
	varyAll  = field{"Vary", []string{"Accept-Encoding, Accept-Language, Accept"}} // of what is a page or a feed
	nosniff  = field{"X-Content-Type-Options", []string{"nosniff"}}
	anyone   = field{"Access-Control-Allow-Origin", []string{"*"}}
	expose   = field{"Access-Control-Expose-Headers", []string{"Content-Location, ETag, Last-Modified, Link, Retry-After"}}
	allow    = field{"Allow", []string{"GET, HEAD, OPTIONS"}}
	// soon is for what may change any moment: what is not there, what has moved,
	// what is served for want of something newer.
	soon    = field{"Cache-Control", []string{cacheControl(shortest)}}
	noStore = field{"Cache-Control", []string{"no-store"}}
)

// dress makes the header fields of the document's answers. They are made once,
// so that a request only puts them into a map.
func (h *headers) dress(d *Document, a *address) {
	d.location = []string{h.base + a.location()}
	d.common = []field{vary, nosniff, anyone, expose, {"Cache-Control", []string{lifetime(d, a)}}, {"Last-Modified", []string{httpDate(d.Modified)}}}
	switch {
	case a.kind == kindFeedPage:
		d.common[0] = varyAll
	case a.isPage():
		d.common[0] = varyLang
	case a.kind == kindFeed:
		// One field, as WebSub section 4 advises; also on 304, where a subscriber
		// may look for a hub that is new.
		hubs := h.hubs
		if a.view() != "" || a.archive != "" {
			hubs = ""
		}
		d.common = append(d.common, field{"Link", []string{hubs + "<" + d.location[0] + ">; rel=\"self\""}})
	}
	d.full = []field{{"Content-Type", []string{contentType(a)}}}
	switch {
	case a.isPage():
		d.full = append(d.full, field{"Content-Language", []string{string(a.lang)}}, field{"Content-Security-Policy", []string{site.SecurityPolicy()}},
			field{"Referrer-Policy", []string{"no-referrer"}})
	case a.kind == kindFeed:
		d.full = append(d.full, field{"Content-Language", []string{"vi"}})
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
	isRead := r.Method == http.MethodGet || r.Method == http.MethodHead
	if isRead && r.URL.RawQuery == "" && s.fromHand(w, r, path, now) {
		return
	}
	a, ok := s.parse(path)
	a.day = dayOf(now)
	if !isRead {
		s.otherMethod(w, r, ok && (!a.isPage() || a.kind == kindFeedPage))
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
		err = &movedError{to: a}
	}
	negotiated := false
	var d *Document
	var from origin
	if err == nil {
		negotiated = a.negotiate(r.Header["Accept"])
		d, from, err = s.find(r.Context(), &a)
	}
	var moved *movedError
	switch {
	case errors.Is(err, ErrNotFound):
		s.refuse(w, r, http.StatusNotFound)
	case errors.Is(err, errBadDay), errors.Is(err, errBadQuery), errors.Is(err, errNoQuery):
		s.refuse(w, r, http.StatusBadRequest)
	case errors.As(err, &moved):
		w.Header()["Location"] = []string{s.prefix + moved.to.location()}
		if moved.forNow {
			s.refuse(w, r, http.StatusFound)
			return
		}
		s.refuse(w, r, http.StatusMovedPermanently)
	case r.Context().Err() != nil:
		w.WriteHeader(http.StatusServiceUnavailable) // to nobody: the client has gone
	case err != nil:
		w.Header()["Retry-After"] = []string{"5"}
		s.refuse(w, r, http.StatusServiceUnavailable)
	default:
		s.metrics.byOrigin[from].Inc()
		s.serve(w, r, d, now, from == fromPast, negotiated)
	}
}

// fromHand answers a request for a feed that is at hand and new. Nearly all are:
// they are answered before anything is parsed.
func (s *Server) fromHand(w http.ResponseWriter, r *http.Request, path string, now time.Time) bool {
	negotiated := false
	d, found := s.feeds.GetIfPresent(path)
	if !found && strings.HasPrefix(path, "/feeds/") {
		format := acceptFormat(r.Header["Accept"])
		if format == page {
			return false
		}
		negotiated = true
		d, found = s.feeds.GetIfPresent(path + "." + string(format))
	}
	if !found {
		return false
	}
	if version, _ := s.lib.Version(d.feed); d.Version < version || d.day != dayOf(now) {
		return false
	}
	s.metrics.byOrigin[fromMemory].Inc()
	s.serve(w, r, d, now, false, negotiated)
	return true
}

// negotiate turns the address of a feed's page into that of one of its documents,
// if that is what the Accept field lines ask for. An address that names the
// language of the page means the page.
func (a *address) negotiate(accept []string) bool {
	if a.kind != kindFeedPage || a.chosen || a.isSearch() && a.query == "" {
		return false
	}
	format := acceptFormat(accept)
	if format == page {
		return false
	}
	a.kind, a.format, a.lang = kindFeed, format, ""
	return true
}

// serve answers with the document. It is negotiated if the request's address was
// not the document's own.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, d *Document, now time.Time, stale, negotiated bool) {
	v := d.choose(r.Header)
	if v == nil {
		s.refuse(w, r, http.StatusNotAcceptable)
		return
	}
	status := d.Status
	if status == http.StatusOK { // section 13.2.1: otherwise there are no preconditions
		if status = evaluate(r.Header, v.tag(), d.Modified); status == http.StatusPreconditionFailed {
			s.refuse(w, r, status)
			return
		}
	}
	h := w.Header()
	for i := range d.common {
		h[d.common[i].name] = d.common[i].value
	}
	if status == http.StatusGone { // never 304: who has validators asks in vain
		delete(h, "Last-Modified")
	} else {
		h["Etag"] = v.etag
	}
	if negotiated {
		h["Vary"], h["Content-Location"] = varyAll.value, d.location
	}
	// Last-Modified must not be later than Date (section 8.8.2.1): the clock of
	// the node that took the article in may be ahead.
	if d.Modified.After(now) && status != http.StatusGone {
		h["Last-Modified"] = []string{httpDate(now)}
	}
	if stale {
		// Age beyond max-age tells every cache that this is not fresh (RFC 9111
		// section 5.1). There may be something newer any moment.
		h["Age"] = []string{seconds(now.Sub(d.made))}
		h[soon.name] = soon.value
	}
	if status == http.StatusNotModified {
		s.count(status)
		w.WriteHeader(status)
		return
	}
	if status == http.StatusOK && !stale {
		if delta := s.delta(r.Context(), r.Header, d); delta != nil {
			if part := serveDelta(h, r.Header, delta); part != nil {
				v, status = part, http.StatusIMUsed
			}
		}
	}
	s.count(status)
	for i := range d.full {
		h[d.full[i].name] = d.full[i].value
	}
	if v.coding != nil {
		h["Content-Encoding"] = v.coding
	}
	h["Content-Length"] = v.length
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(v.body) // the client has gone; there is nobody to tell
	}
}

// other answers the paths that are no documents.
func (s *Server) other(w http.ResponseWriter, r *http.Request, path string) {
	h := w.Header()
	switch path {
	case "/robots.txt":
		h["Cache-Control"] = []string{"max-age=86400"}
		h[vary.name] = vary.value
		s.text(w, r, http.StatusOK, "User-agent: *\nAllow: /\nSitemap: "+s.o.BaseURL+"/sitemap.xml\n")
	case "/favicon.ico":
		h["Cache-Control"] = []string{"max-age=86400"}
		h[vary.name], h[nosniff.name] = vary.value, nosniff.value
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
	h[allow.name] = allow.value
	if r.Method != http.MethodOptions {
		s.refuse(w, r, http.StatusMethodNotAllowed)
		return
	}
	h[vary.name], h[nosniff.name] = vary.value, nosniff.value
	if _, preflight := r.Header["Access-Control-Request-Method"]; document && preflight && r.Header["Origin"] != nil {
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
	http.StatusFound:              "http moved",
	http.StatusBadRequest:         "http 400",
	http.StatusNotFound:           "http 404",
	http.StatusMethodNotAllowed:   "http 405",
	http.StatusNotAcceptable:      "http 406",
	http.StatusPreconditionFailed: "http 412",
	http.StatusTooManyRequests:    "http 429",
	http.StatusServiceUnavailable: "http 503",
}

// Refuse answers 404 or 429 for those who stand before the server, in the form of its
// own answers. What they have set stays, such as Retry-After.
func (s *Server) Refuse(w http.ResponseWriter, r *http.Request, status int) {
	s.refuse(w, r, status)
}

// refuse is the one place that answers without a document.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, status int) {
	h := w.Header()
	a := address{format: page, lang: acceptLanguage(r.Header["Accept-Language"])}
	_ = s.apply(&a, r.URL.RawQuery) // of which only the language is wanted
	h["Content-Language"] = []string{string(a.lang)}
	h[varyLang.name], h[anyone.name], h[expose.name] = varyLang.value, anyone.value, expose.value
	switch status {
	case http.StatusNotFound, http.StatusMovedPermanently: // it may come, or move back, any moment
		h[soon.name] = soon.value
	default:
		h[noStore.name] = noStore.value
	}
	s.text(w, r, status, site.Text(a.lang, refusals[status])+"\n")
}

// text answers with a short text, the same fields for HEAD as for GET.
func (s *Server) text(w http.ResponseWriter, r *http.Request, status int, text string) {
	h := w.Header()
	h["Content-Type"], h[nosniff.name] = []string{"text/plain; charset=utf-8"}, nosniff.value
	h["Content-Length"] = []string{strconv.Itoa(len(text))}
	s.count(status)
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = io.WriteString(w, text)
	}
}

func (s *Server) count(status int) {
	if c := s.metrics.byStatus[status]; c != nil {
		c.Inc()
	}
}
