package readers

import (
	"crypto/sha256"
	"io"
	"net/http"
	"net/url"
	"strings"

	"loa/publish/limit"
)

// Path begins the private addresses.
const Path = "/r/"

// Finder knows the readers. [Known] is one.
type Finder interface {
	// ByHash finds the reader whose token has the SHA-256. It is for concurrent
	// use, and is asked on every request for a private address.
	ByHash(hash [sha256.Size]byte) (*Reader, bool)
}

// Limit says whether a request may pass, of a client with a name; if not, it has
// answered. [limit.Limiter] is one.
type Limit interface {
	Pass(w http.ResponseWriter, r *http.Request, name string) bool
}

var _ Limit = (*limit.Limiter)(nil)

// Options of [New].
type Options struct {
	Readers Finder
	// BaseURL is where the server is reached, without slash at its end.
	BaseURL string
	// Documents answers invited readers; it sees public paths only.
	Documents http.Handler
	// Elsewhere answers all other requests, those with a token that does not hold
	// among them. It never sees a token: these are requests for [Path] alone.
	Elsewhere http.Handler
	// Limit counts the requests of each token.
	Limit Limit
}

// New returns the handler of private addresses before the public ones.
func New(o Options) http.Handler {
	h := &handler{Options: o}
	if u, err := url.Parse(o.BaseURL); err == nil {
		h.prefix = strings.TrimSuffix(u.EscapedPath(), "/")
	}
	return h
}

type handler struct {
	Options
	prefix string // path of BaseURL
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rest, ok := strings.CutPrefix(r.URL.Path, Path)
	if !ok {
		h.Elsewhere.ServeHTTP(w, r)
		return
	}
	token, path, _ := strings.Cut(rest, "/")
	hash := sha256.Sum256([]byte(token))
	reader, ok := h.Readers.ByHash(hash)
	if !ok {
		h.Elsewhere.ServeHTTP(w, withoutToken(r, Path, ""))
		return
	}
	path = "/" + path
	query, ok := reader.may(path, r.URL.RawQuery)
	if !ok {
		path, query = Path, "" // where nothing is
	}
	p := &private{ResponseWriter: w, base: h.BaseURL, prefix: h.prefix, own: h.prefix + Path + token}
	inner := withoutToken(r, path, query)
	if h.Limit.Pass(p, inner, string(hash[:])) {
		h.Documents.ServeHTTP(p, inner)
	}
	p.dress()
}

// withoutToken is the request as if it were for another path: no field of it has
// the token. A page whose address has it may have sent it as Referer.
func withoutToken(r *http.Request, path, query string) *http.Request {
	u := &url.URL{Path: path, RawQuery: query}
	c := r.Clone(r.Context())
	c.URL, c.RequestURI, c.Pattern = u, u.RequestURI(), ""
	c.Header.Del("Referer")
	return c
}

// private makes an answer that of one reader.
type private struct {
	http.ResponseWriter
	base, prefix, own string
	dressed           bool
}

// Header fields that are for everyone's browsers, caches and hubs. Link names the
// public address and the hubs; the document has the former too.
var public = []string{
	"Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers",
	"Access-Control-Expose-Headers", "Access-Control-Max-Age", "Content-Location", "Link", "Expires",
}

// dress sets the header fields, once.
func (p *private) dress() {
	if p.dressed {
		return
	}
	p.dressed = true
	h := p.Header()
	for _, name := range public {
		delete(h, name)
	}
	h["Cache-Control"] = []string{"private, no-store"}
	h["Referrer-Policy"] = []string{"no-referrer"}
	h["X-Robots-Tag"] = []string{"noindex"}
	if to := h["Location"]; len(to) == 1 {
		// What has moved has moved for invited readers too, who follow by their own
		// addresses.
		target, ours := strings.CutPrefix(to[0], p.base+"/")
		if !ours {
			target, ours = strings.CutPrefix(to[0], p.prefix+"/")
			ours = ours && !strings.HasPrefix(target, "/") // //host is elsewhere
		}
		if ours {
			h["Location"] = []string{p.own + "/" + target}
		}
	}
}

// WriteHeader implements http.ResponseWriter.
func (p *private) WriteHeader(status int) {
	if status >= http.StatusOK {
		p.dress()
	}
	p.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (p *private) Write(b []byte) (int, error) {
	p.dress()
	return p.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (p *private) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// Flush implements http.Flusher.
func (p *private) Flush() {
	p.dress()
	_ = http.NewResponseController(p.ResponseWriter).Flush()
}

// Closed answers everyone who is not invited on a server that is not public:
// there is nothing. refuse answers with the status.
func Closed(refuse func(w http.ResponseWriter, r *http.Request, status int)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("Cache-Control", "public, max-age=86400")
			_, _ = io.WriteString(w, "User-agent: *\nDisallow: /\n")
			return
		}
		refuse(w, r, http.StatusNotFound)
	})
}
