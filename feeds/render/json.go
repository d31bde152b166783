package render

import (
	"bytes"
	"cmp"
	"encoding/json"

	gorilla "github.com/gorilla/feeds"

	"loa/feeds"
)

const (
	jsonVersion = "https://jsonfeed.org/version/1.1"

	// withdrawnText stands in place of what a publisher took back.
	withdrawnText = "Cơ quan đăng tin đã rút bài viết này."
)

// jsonFeed hides the items of the embedded feed, which leaves out the member
// when it is empty although JSON Feed demands it.
type jsonFeed struct {
	gorilla.JSONFeed
	Loa   *jsonFeedLoa `json:"_loa,omitempty"`
	Items []*jsonItem  `json:"items"`
}

// jsonFeedLoa says of the whole feed what readers of JSON Feed have no word for.
type jsonFeedLoa struct {
	About     string          `json:"about"`
	Withdrawn []jsonWithdrawn `json:"withdrawn,omitempty"`
	Archive   bool            `json:"archive,omitempty"`
	Retired   *jsonRetired    `json:"retired,omitempty"`
}

// jsonRetired tells of a unit that is no more.
type jsonRetired struct {
	Date       string          `json:"date"` // the day from which, ISO 8601
	Act        string          `json:"act"`
	Successors []jsonSuccessor `json:"successors"`
}

type jsonSuccessor struct {
	Unit    string `json:"unit"`
	Name    string `json:"name"`
	FeedURL string `json:"feed_url"`
}

type jsonWithdrawn struct {
	ID     string `json:"id"`
	When   string `json:"when"`
	Reason string `json:"reason,omitempty"`
}

// jsonItem hides the attachments of the embedded item, whose size has a wrong
// name and 32 bits. Its image and banner_image are never set: gorilla writes
// the latter under a wrong name.
type jsonItem struct {
	gorilla.JSONItem
	Language    string           `json:"language,omitempty"`
	Attachments []jsonAttachment `json:"attachments,omitempty"`
	Loa         jsonLoa          `json:"_loa"`
}

type jsonAttachment struct {
	URL   string `json:"url"`
	Type  string `json:"mime_type"`
	Title string `json:"title,omitempty"`
	Size  int64  `json:"size_in_bytes,omitempty"`
}

// jsonLoa is the extension `_loa` of an item. Its members only grow.
type jsonLoa struct {
	About         string       `json:"about"`
	Unit          string       `json:"unit"`
	UnitName      string       `json:"unit_name"`
	PublishedRaw  string       `json:"published_raw"`
	DatePrecision string       `json:"date_precision"`
	FirstSeen     string       `json:"first_seen,omitempty"`
	Revision      int          `json:"revision"`
	Withdrawn     bool         `json:"withdrawn"`
	Source        *jsonSource  `json:"source,omitempty"`
	Channels      []feeds.Door `json:"channels"`
	Citations     []jsonCited  `json:"citations,omitempty"`
	// Correction is there when the revision corrects the one before.
	Correction *jsonCorrection `json:"correction,omitempty"`
	Related    []jsonRelated   `json:"related,omitempty"`
}

// jsonCorrection has the publisher's reason, if it gave one.
type jsonCorrection struct {
	Reason string `json:"reason,omitempty"`
}

// jsonRelated is an article that tells the same and is not shown for it.
type jsonRelated struct {
	ID       string `json:"id"`
	URL      string `json:"url"`
	Unit     string `json:"unit"`
	UnitName string `json:"unit_name"`
	Title    string `json:"title"`
}

// jsonCited is an official document that the article names. Number, year and
// symbol are those of the document, date is ISO 8601; what is not known is empty.
type jsonCited struct {
	Type      string `json:"type"`
	Number    string `json:"number"`
	Symbol    string `json:"symbol"`
	Year      string `json:"year"`
	Date      string `json:"date"`
	Term      string `json:"term,omitempty"`
	Publishes bool   `json:"publishes,omitempty"`
}

type jsonSource struct {
	ID  string `json:"id,omitempty"`
	URL string `json:"url,omitempty"`
}

func writeJSON(d *document) ([]byte, error) {
	f := &jsonFeed{
		JSONFeed: gorilla.JSONFeed{
			Version:     jsonVersion,
			Title:       d.title,
			Language:    language,
			HomePageUrl: d.home,
			FeedUrl:     d.self,
			Description: d.subtitle,
			NextUrl:     d.archive.prev,
			Authors:     []*gorilla.JSONAuthor{{Name: d.author}},
		},
		Items: make([]*jsonItem, 0, len(d.entries)),
	}
	for _, h := range d.hubs {
		f.Hubs = append(f.Hubs, &gorilla.JSONHub{Type: "WebSub", Url: h})
	}
	for i := range d.entries {
		f.Items = append(f.Items, newJSONItem(d.feed, &d.entries[i]))
	}
	if d.archive.sealed || d.withdrawn != nil || d.retired != nil {
		f.Loa = &jsonFeedLoa{About: about(d.feed), Archive: d.archive.sealed}
	}
	for i := range d.withdrawn {
		e := &d.withdrawn[i]
		f.Loa.Withdrawn = append(f.Loa.Withdrawn, jsonWithdrawn{
			ID:     e.id,
			When:   rfc3339(e.withdrawnAt()),
			Reason: line(e.record.Withdrawal.Reason),
		})
	}
	if r := d.retired; r != nil {
		if r.ended {
			f.Expired = &r.ended
		}
		f.Loa.Retired = &jsonRetired{format(r.date, "2006-01-02"), r.act, make([]jsonSuccessor, 0, len(r.successors))}
		for _, s := range r.successors {
			f.Loa.Retired.Successors = append(f.Loa.Retired.Successors, jsonSuccessor{s.unit, s.name, s.feed})
		}
	}
	return encodeJSON(f, d.size())
}

func newJSONItem(f *Feed, e *entry) *jsonItem {
	r := e.record
	it := &jsonItem{
		JSONItem: gorilla.JSONItem{
			Id:           e.id,
			Url:          e.url,
			Title:        e.title,
			ContentHTML:  e.html,
			Summary:      e.summary,
			ModifiedDate: &e.updated,
			Tags:         e.terms(),
		},
		Language: e.lang,
		Loa: jsonLoa{
			About:         about(f),
			Unit:          e.unit,
			UnitName:      e.unitName,
			PublishedRaw:  clean(r.Article.Published.Raw),
			DatePrecision: string(cmp.Or(r.Article.Published.Precision, feeds.Unknown)),
			FirstSeen:     rfc3339(instant(r.FirstSeen)),
			Revision:      r.Revision,
			Withdrawn:     r.IsWithdrawn(),
			Channels:      append([]feeds.Door{}, r.Channels...),
		},
	}
	if !e.published.IsZero() {
		it.PublishedDate = &e.published
	}
	for _, name := range e.credited() {
		it.Authors = append(it.Authors, &gorilla.JSONAuthor{Name: name})
	}
	for _, a := range e.files {
		it.Attachments = append(it.Attachments, jsonAttachment{a.url, a.kind, a.title, a.length})
	}
	for _, c := range r.Article.Citations {
		it.Loa.Citations = append(it.Loa.Citations, jsonCited{line(c.Type), line(c.Number), line(c.Symbol), line(c.Year), line(c.Date), line(c.Term), c.Publishes})
	}
	if e.corrected {
		it.Loa.Correction = &jsonCorrection{e.reason}
	}
	for _, r := range e.related {
		it.Loa.Related = append(it.Loa.Related, jsonRelated{r.id, r.url, r.unit, r.unitName, r.title})
	}
	if s := (jsonSource{line(r.Provenance.Source), e.sourceURL}); s != (jsonSource{}) {
		it.Loa.Source = &s
	}
	if it.Loa.Withdrawn {
		it.ContentHTML, it.Summary, it.Attachments = "", "", nil
		it.ContentText = withdrawnText
		if reason := line(r.Withdrawal.Reason); reason != "" {
			it.ContentText += " Lý do: " + reason
		}
	}
	// An item must have content of one kind.
	if it.ContentHTML == "" && it.ContentText == "" {
		it.ContentText = e.text()
	}
	return it
}

// about is the address that explains the extension: a place on the front page,
// so that it never leads nowhere.
func about(f *Feed) string { return clean(f.BaseURL) + "/#json-feed" }

// encodeJSON writes unindented JSON with a line feed at its end. Feeds are no
// part of HTML pages, so <, > and & stay as they are; U+2028 and U+2029, which
// end a line in old JavaScript, are escaped by the encoder all the same.
func encodeJSON(v any, size int) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(size)
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
