package demo

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"
	"time"
)

//go:embed pages.html
var pagesHTML string

var pages = template.Must(template.New("").Parse(pagesHTML))

// Handler serves the portal: /, /rss/{unit}.xml, /atom/{unit}.xml or
// /feed/{unit}.json (each unit has one format), /tin/{number} and the files
// that articles carry. Feeds have an ETag and a Last-Modified, and are answered
// 304 to those who have them. A withdrawn article's page is 410.
func (p *Portal) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.serveIndex)
	for _, s := range p.shelves {
		mux.HandleFunc("GET "+s.unit.path(), func(w http.ResponseWriter, r *http.Request) { p.serveFeed(w, r, s) })
	}
	mux.HandleFunc("GET /tin/{number}", p.serveArticle)
	mux.HandleFunc("GET /tep/{number}/{name}", p.serveFile)
	return mux
}

func (p *Portal) serveFeed(w http.ResponseWriter, r *http.Request, s *shelf) {
	p.mu.RLock()
	articles, changed := s.listed(), s.changed
	p.mu.RUnlock()
	body, err := p.document(s.unit, articles, changed)
	if err != nil {
		http.Error(w, "Không tạo được bản tin", http.StatusInternalServerError)
		return
	}
	sum := sha256.Sum256(body)
	w.Header().Set("Content-Type", feedTypes[s.unit.Format]+"; charset=utf-8")
	w.Header().Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
	http.ServeContent(w, r, "", changed, bytes.NewReader(body))
}

// page is what the templates show.
type page struct {
	Title, Category, Date, Updated, Reason string
	Body                                   template.HTML
	Feeds                                  []pageLink
	Articles                               []pageLink
	Files                                  []pageLink
}

type pageLink struct {
	Title, URL, Note string
	Type             string // media type, of a feed
}

var feedTypes = map[string]string{"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}

func (p *Portal) serveIndex(w http.ResponseWriter, _ *http.Request) {
	out := page{Title: "Cổng thông tin mẫu"}
	p.mu.RLock()
	for _, s := range p.shelves {
		out.Feeds = append(out.Feeds, pageLink{Title: s.unit.Name, URL: s.unit.path(), Note: s.unit.Format, Type: feedTypes[s.unit.Format]})
		for _, a := range s.listed() {
			out.Articles = append(out.Articles, pageLink{Title: a.title, URL: "/tin/" + strconv.Itoa(a.number), Note: s.unit.Name + ", " + local(a.published)})
		}
	}
	p.mu.RUnlock()
	show(w, http.StatusOK, "index", out)
}

func (p *Portal) serveArticle(w http.ResponseWriter, r *http.Request) {
	number, err := strconv.Atoi(r.PathValue("number"))
	a, ok := p.find(number)
	switch {
	case err != nil || !ok:
		show(w, http.StatusNotFound, "gone", page{Title: "Không có bài này"})
	case a.withdrawn:
		show(w, http.StatusGone, "gone", page{Title: "Bài đã được rút", Reason: a.reason})
	default:
		out := page{
			Title: a.title, Category: a.category, Date: local(a.published), Reason: a.reason,
			Body: template.HTML(a.html), //nolint:gosec // written in articles.yaml, nothing foreign in it
		}
		if !a.updated.IsZero() {
			out.Updated = local(a.updated)
		}
		for _, f := range a.files {
			out.Files = append(out.Files, pageLink{Title: f.Title, URL: "/tep/" + strconv.Itoa(a.number) + "/" + f.Name})
		}
		show(w, http.StatusOK, "article", out)
	}
}

func (p *Portal) serveFile(w http.ResponseWriter, r *http.Request) {
	number, _ := strconv.Atoi(r.PathValue("number")) // 0 is no article
	a, _ := p.find(number)
	for _, f := range a.files {
		if f.Name == r.PathValue("name") && !a.withdrawn {
			w.Header().Set("Content-Type", f.mediaType()+"; charset=utf-8")
			http.ServeContent(w, r, "", a.published, bytes.NewReader([]byte(f.Text)))
			return
		}
	}
	http.NotFound(w, r)
}

func show(w http.ResponseWriter, code int, name string, v page) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, v); err != nil {
		http.Error(w, "Không tạo được trang", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(b.Bytes()) // a reader who has gone needs no answer
}

func local(t time.Time) string { return t.Format("15:04 02/01/2006") }
