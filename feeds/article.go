// Package feeds is the vocabulary of loa: articles, their revisions as records
// of the journal, versions and how they join, and the selectors that name a
// feed. Everything else in the program speaks in these types.
//
// It holds decisions, not effects: every function here is pure. It imports the
// standard library alone, and nothing of loa.
package feeds

import (
	"errors"
	"strings"
	"time"
)

// Zone is the zone of everything local in loa: Asia/Ho_Chi_Minh, which has been
// +07:00 without daylight saving for as long as there are portals. It is fixed
// here so that rendering never depends on a zone database.
var Zone = time.FixedZone("+07", 7*60*60)

// Precision tells how much of a [Date]'s instant its publisher really gave.
type Precision string

// The precisions, from the finest to none.
const (
	Second  Precision = "second"
	Minute  Precision = "minute"
	Hour    Precision = "hour"
	Day     Precision = "day"
	Unknown Precision = "unknown"
)

// Date is a publisher's date: the instant, how precise it is, and the text that
// it was read from. The zero Date is a date that was not given.
type Date struct {
	// Time is the instant. A day is its midnight in the publisher's zone.
	Time time.Time `json:"t,omitzero"`
	// Precision is empty only in the zero Date.
	Precision Precision `json:"p,omitempty"`
	// Raw is the text as the publisher wrote it.
	Raw string `json:"raw,omitempty"`
	// Clamped is set when the publisher's instant lay in the future and Time is
	// the moment of reception instead; Raw keeps the original.
	Clamped bool `json:"clamped,omitempty"`
}

// Known reports whether the date has an instant.
func (d Date) Known() bool { return !d.Time.IsZero() && d.Precision != Unknown }

// Attachment is a file that an article carries.
type Attachment struct {
	URL    string `json:"url"`
	Type   string `json:"type,omitempty"`   // media type; empty when not known
	Length int64  `json:"length,omitempty"` // bytes; 0 when not known
	Title  string `json:"title,omitempty"`
}

// Article is the normal form of what a publisher published: NFC text without
// characters that XML 1.0 forbids, sanitised and well-formed HTML, absolute
// http(s) links. Package ingest/clean makes it; nothing after it cleans again.
type Article struct {
	// Unit is the GSO code of the administrative unit that published it.
	Unit string `json:"unit"`
	// Number is the publisher's own number of the article, unique in the unit.
	Number string `json:"number,omitempty"`
	// URL is the article's page at its publisher.
	URL string `json:"url,omitempty"`
	// Title and Summary are plain text.
	Title   string `json:"title"`
	Summary string `json:"summary,omitempty"`
	// ContentHTML is the body; a publisher's plain text is in paragraphs here.
	ContentHTML string       `json:"html,omitempty"`
	Category    string       `json:"category,omitempty"`
	Tags        []string     `json:"tags,omitempty"`
	Authors     []string     `json:"authors,omitempty"`
	Language    string       `json:"lang,omitempty"` // RFC 5646
	Published   Date         `json:"published,omitzero"`
	Updated     Date         `json:"updated,omitzero"`
	Attachments []Attachment `json:"attachments,omitempty"`
	// Citations are the official documents that the article names, those of the
	// title first, each once.
	Citations []Citation `json:"cites,omitempty"`
}

// Citation is an official document that an article names; feeds/citation finds
// them.
type Citation struct {
	// Type is NQ, QĐ, NĐ and the like; Number is without leading zeros; Year is
	// only there where the number carries one; Symbol is such as NQ/TW or NĐ-CP,
	// empty where none is given.
	Type   string `json:"type"`
	Number string `json:"number"`
	Year   string `json:"year,omitempty"`
	Symbol string `json:"symbol,omitempty"`
	// Date of the document, ISO 8601, if it stands beside the number.
	Date string `json:"date,omitempty"`
	// Term is the Roman numeral of a plenum's or congress's term.
	Term string `json:"term,omitempty"`
	// Document is the form of the number in addresses, such as 19-NQ-TW; empty
	// where the citation names no document by itself.
	Document string `json:"doc,omitempty"`
	// InTitle is set for those that the title names, and Publishes for those that
	// the article itself brings out, which is more than citing them.
	InTitle   bool `json:"title,omitempty"`
	Publishes bool `json:"publishes,omitempty"`
}

// Label is the number as it is written: 19-NQ/TW, 42/2022/NĐ-CP.
func (c Citation) Label() string {
	switch {
	case c.Symbol == "":
		return c.Type + " " + c.Number
	case strings.Contains(c.Symbol, "/"): // of the Party
		return c.Number + "-" + c.Symbol
	case c.Year != "":
		return c.Number + "/" + c.Year + "/" + c.Symbol
	case !strings.Contains(c.Symbol, "-") && c.Type != c.Symbol && c.Document == c.Number+"-"+c.Symbol && !strings.HasPrefix(c.Symbol, "QH"):
		return c.Number + "-" + c.Symbol // as before 1996: 05-CP
	}
	return c.Number + "/" + c.Symbol
}

// Errors that say why an article cannot be taken. They are permanent: the same
// bytes will never do better.
var (
	ErrNoUnit  = errors.New("feeds: article has no unit; give the GSO code of its publisher")
	ErrBadUnit = errors.New("feeds: unit is not a GSO code; it has 2 to 5 digits")
	ErrNoTitle = errors.New("feeds: article has no title")
	ErrNoName  = errors.New("feeds: article has neither url nor number; one of them must name it")
)

// CheckUnit reports whether unit has the form of a GSO code: two digits for a
// province, three for a district of the time before 1 July 2025, five for a
// commune.
func CheckUnit(unit string) error {
	if unit == "" {
		return ErrNoUnit
	}
	if len(unit) < 2 || len(unit) > 5 {
		return ErrBadUnit
	}
	for i := range len(unit) {
		if unit[i] < '0' || unit[i] > '9' {
			return ErrBadUnit
		}
	}
	return nil
}
