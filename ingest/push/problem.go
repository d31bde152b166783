package push

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"loa/feeds"
	"loa/ingest"
	"loa/ingest/events"
)

// problem is an answer that is no success, by RFC 9457.
type problem struct {
	// Type is a tag URI that ends in the code. It names the problem and is not to
	// be fetched (RFC 9457, section 3.1.1).
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	// Detail says in English what is wrong with this request and what to do.
	Detail string `json:"detail,omitempty"`
	// Code is one of those in docs/events.md, Field the event's field that it is
	// about.
	Code  string `json:"code"`
	Field string `json:"field,omitempty"`
	// Results are those of a list that the broker took in part.
	Results []result `json:"results,omitempty"`

	cause error         // for the log only
	retry time.Duration // sent as Retry-After if positive
	allow string        // sent as Allow
}

func (p *problem) Error() string { return p.Detail }

// Codes of refusals that this door makes itself.
const (
	codeUnauthorized = "unauthorized"
	codeNotYours     = "not-your-unit"
	codeRate         = "too-many-requests"
	codeMedia        = "media-type"
	codeMethod       = "method"
	codePath         = "not-found"
	codeKey          = "bad-idempotency-key"
	codeKeyReused    = "idempotency-key-reused"
	codeUnreadable   = "unreadable"
	codeAway         = "broker-away"
)

func refuse(status int, code, detail string) *problem {
	return &problem{Status: status, Code: code, Detail: detail}
}

// titles are what a code means, in English and in Vietnamese.
var titles = map[string][2]string{ //nolint:gochecknoglobals // constant
	codeUnauthorized:      {"A valid token is needed", "Cần mã truy cập hợp lệ"},
	codeNotYours:          {"The token is not for this unit", "Mã truy cập không dùng cho đơn vị này"},
	codeRate:              {"Too many requests", "Quá nhiều yêu cầu"},
	codeMedia:             {"This media type is not taken", "Kiểu nội dung không được hỗ trợ"},
	codeMethod:            {"This method is not allowed here", "Phương thức không được phép"},
	codePath:              {"There is nothing at this address", "Không có địa chỉ này"},
	codeKey:               {"The Idempotency-Key is malformed", "Idempotency-Key không đúng dạng"},
	codeKeyReused:         {"The Idempotency-Key was used for another request", "Idempotency-Key đã dùng cho yêu cầu khác"},
	codeUnreadable:        {"The request could not be read", "Không đọc được yêu cầu"},
	codeAway:              {"The event could not be stored now", "Tạm thời chưa lưu được tin"},
	"not-json":            {"The event is not a JSON object", "Tin không phải là đối tượng JSON"},
	"bad-utf8":            {"The event is not UTF-8", "Tin không dùng mã UTF-8"},
	"bad-cloudevent":      {"The CloudEvent is malformed", "CloudEvent không đúng dạng"},
	"unknown-type":        {"The event's type is not known", "Không rõ loại sự kiện"},
	"unknown-action":      {"The action is not known", "Không rõ hành động"},
	ingest.CodeBadInput:   {"A field has a form that is not taken", "Có trường không đúng dạng"},
	ingest.CodeTooLarge:   {"The request is too large", "Yêu cầu quá lớn"},
	ingest.CodeNoUnit:     {"The unit is missing", "Thiếu mã đơn vị"},
	ingest.CodeBadUnit:    {"The unit is not a GSO code", "Mã đơn vị không đúng"},
	ingest.CodeWrongUnit:  {"The unit contradicts itself", "Mã đơn vị không khớp"},
	ingest.CodeNoTitle:    {"The title is missing", "Thiếu tiêu đề"},
	ingest.CodeNoName:     {"The article has neither url nor number", "Bài không có url và cũng không có number"},
	codeNumberContradicts: {"The number contradicts the address", "Số của bài không khớp với địa chỉ"},
}

// fields are those that codes are about when the refusal names none.
var fields = map[string]string{ //nolint:gochecknoglobals // constant
	"unknown-type": "type", "unknown-action": "action",
	ingest.CodeNoUnit: "unit", ingest.CodeBadUnit: "unit", ingest.CodeWrongUnit: "unit",
	ingest.CodeNoTitle: "title", ingest.CodeNoName: "url",
}

// fromRefusal makes an answer of what the events door would refuse.
func fromRefusal(err error) *problem {
	var done *problem
	if errors.As(err, &done) {
		return done
	}
	var r *ingest.Refused
	if !errors.As(err, &r) {
		return &problem{Status: http.StatusUnprocessableEntity, Code: ingest.CodeBadInput, Detail: err.Error()}
	}
	p := refuse(http.StatusUnprocessableEntity, r.Code, r.Error())
	switch r.Code {
	case "not-json", "bad-utf8", "bad-cloudevent":
		p.Status = http.StatusBadRequest
	case ingest.CodeTooLarge:
		p.Status = http.StatusRequestEntityTooLarge
	}
	p.Field = fields[r.Code]
	var f *events.FieldError
	switch {
	case errors.As(err, &f):
		p.Field = f.Field
	case errors.Is(err, feeds.ErrNoName):
		p.Detail = "the event has neither url nor number; an article is named by one of them"
	}
	return p
}

// finish fills in what depends on the server and on the reader's languages.
func (h *Handler) finish(p *problem, vietnamese bool) *problem {
	q := *p
	q.Type = "tag:" + h.o.Authority + ":problems/" + q.Code
	q.Title = titles[q.Code][0]
	if vietnamese {
		q.Title = titles[q.Code][1]
	}
	if q.Title == "" {
		q.Title = http.StatusText(q.Status)
	}
	return &q
}

func (h *Handler) writeProblem(w http.ResponseWriter, r *http.Request, p *problem) {
	q := h.finish(p, prefersVietnamese(r.Header.Get("Accept-Language")))
	head := w.Header()
	head.Set("Content-Type", "application/problem+json")
	head.Set("Vary", "Accept-Language")
	if p.retry > 0 {
		head.Set("Retry-After", strconv.Itoa(int((p.retry+time.Second-1)/time.Second)))
	}
	if p.allow != "" {
		head.Set("Allow", p.allow)
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(q)
}

// prefersVietnamese reads Accept-Language (RFC 9110, section 12.5.4) for the one
// question that there is.
func prefersVietnamese(accept string) bool {
	weight := func(lang string) float64 {
		best := 0.0
		for part := range strings.SplitSeq(accept, ",") {
			tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
			tag, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
			if tag != lang {
				continue
			}
			q := 1.0
			if s, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
				q, _ = strconv.ParseFloat(s, 64) // 0 for what is no number
			}
			best = max(best, q)
		}
		return best
	}
	vi := weight("vi")
	return vi > 0 && vi >= weight("en")
}
