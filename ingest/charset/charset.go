// Package charset makes UTF-8 of foreign text. It is the first thing that happens
// to what the doors fetch: feeds (package decode) and pages (package page) are
// read only after it.
//
// It obeys RFC 7303 section 3 and the HTML standard's order of evidence, except
// that what is valid UTF-8 is UTF-8 whatever it claims. It knows the encodings of
// the WHATWG standard and tells windows-1258, which Vietnamese pages often are
// without saying so. The font encodings TCVN3 and VNI, whose bytes are valid in
// others, it reads as windows-1252, from which package legacy converts them. It
// does not normalise, except where the encoding writes letters in parts.
package charset

import (
	"bytes"
	"fmt"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/unicode/norm"

	"loa/ingest/clean/legacy"
)

// UTF8 finds out what encoding the bytes are in and returns them in UTF-8, with
// a line for each thing that was wrong. contentType is the header field's value
// and declared the label that stands in the document; both may be empty. A byte
// order mark wins; then content that is valid UTF-8 is UTF-8 whatever it claims,
// because no other encoding looks like it by chance; then the header wins over
// the declaration (RFC 7303 section 3).
//
// The text is always valid UTF-8, of at most three times the size of body; a last
// character that was cut in its middle is taken away. body is not changed, but
// the text may share its memory.
func UTF8(body []byte, contentType, declared string) (text []byte, wrong []string) {
	var f faults
	text = toUTF8(body, contentType, declared, &f)
	return text, f
}

type faults []string

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

func toUTF8(body []byte, contentType, declared string, f *faults) []byte {
	if rest, ok := bytes.CutPrefix(body, []byte("\xEF\xBB\xBF")); ok {
		return valid(rest, f)
	}
	if enc := wide(body); enc != nil {
		return valid(transcode(enc, body), f)
	}
	header := headerCharset(contentType)
	if utf8.Valid(trimCut(body)) {
		body = trimCut(body)
		for _, label := range []string{header, declared} {
			if label != "" && !isUTF8(label) && !ascii(body) {
				f.add("claims %.40q and is UTF-8", label)
				break
			}
		}
		return body
	}
	for _, label := range []string{header, declared} {
		if label == "" {
			continue
		}
		enc, name := charset.Lookup(label)
		switch {
		case enc == nil || name == "replacement":
			f.add("claims %.40q, which is not known", label)
		case name == "utf-8" || name == "utf-16le" || name == "utf-16be":
			f.add("claims %.40q and is not that", label)
		case name == "windows-1252" && isVietnamese1258(body):
			f.add("claims %.40q and is windows-1258", label)
			return from1258(body)
		case name == "windows-1258" && !isVietnamese1258(body) && isLegacy(body):
			f.add("claims %.40q and is a code of before that", label)
			return transcode(charmap.Windows1252, body)
		case name == "windows-1258":
			return from1258(body)
		case name == "x-user-defined":
			// Pages in the codes of fonts say so.
			return transcode(charmap.Windows1252, body)
		default:
			return valid(transcode(enc, body), f)
		}
	}
	switch {
	case mostlyUTF8(body):
		return valid(body, f)
	case isVietnamese1258(body):
		f.add("read as windows-1258, which it seems to be")
		return from1258(body)
	}
	f.add("read as windows-1252, for want of anything better")
	return transcode(charmap.Windows1252, body)
}

// valid replaces what is not UTF-8 by U+FFFD.
func valid(text []byte, f *faults) []byte {
	text = trimCut(text)
	if utf8.Valid(text) {
		return text
	}
	f.add("has bytes that are not UTF-8")
	return bytes.ToValidUTF8(text, []byte("\uFFFD"))
}

// trimCut takes away a last character that was cut in its middle.
func trimCut(text []byte) []byte {
	for i := 1; i <= 3 && i <= len(text); i++ {
		if b := text[len(text)-i]; utf8.RuneStart(b) {
			if b >= 0xC0 && !utf8.FullRune(text[len(text)-i:]) {
				return text[:len(text)-i]
			}
			break
		}
	}
	return text
}

// wide recognises encodings of more than one byte for each character: by their
// mark, or by the zeros around the first character, which is ASCII in a feed.
func wide(b []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE, 0, 0}):
		return utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	case bytes.HasPrefix(b, []byte{0, 0, 0xFE, 0xFF}):
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}), len(b) > 3 && b[0] != 0 && b[1] == 0 && b[2] != 0 && b[3] == 0:
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case bytes.HasPrefix(b, []byte{0xFE, 0xFF}), len(b) > 3 && b[0] == 0 && b[1] != 0 && b[2] == 0 && b[3] != 0:
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	return nil
}

func transcode(enc encoding.Encoding, b []byte) []byte {
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		return bytes.ToValidUTF8(b, []byte("\uFFFD"))
	}
	return out
}

// from1258 composes what windows-1258 writes as letter and combining tone.
func from1258(b []byte) []byte { return norm.NFC.Bytes(transcode(charmap.Windows1258, b)) }

// isLegacy reports whether bytes are surely in one of the codes that package
// legacy converts from windows-1252.
func isLegacy(b []byte) bool {
	var s legacy.Sample
	s.Add(string(transcode(charmap.Windows1252, b)))
	_, sure := s.Code()
	return sure
}

// isVietnamese1258 looks for the combining tones of windows-1258, which follow
// a vowel. In windows-1252 the same bytes are letters that rarely do.
func isVietnamese1258(b []byte) bool {
	const tones, vowels = "\xCC\xD2\xDE\xEC\xF2", "aeiouyAEIOUY\xC2\xE2\xC3\xE3\xCA\xEA\xD4\xF4\xD5\xF5\xDD\xFD"
	good, bad := 0, 0
	for i := 1; i < len(b); i++ {
		if b[i] < 0x80 || strings.IndexByte(tones, b[i]) < 0 {
			continue
		}
		if strings.IndexByte(vowels, b[i-1]) >= 0 {
			good++
		} else {
			bad++
		}
	}
	return good > 0 && good >= 4*bad
}

// mostlyUTF8 tells a UTF-8 document with some broken bytes from one that is in
// another encoding.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for len(b) > 0 {
		if b[0] < 0x80 {
			b = b[1:]
			continue
		}
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			good++
		}
		b = b[n:]
	}
	return good > 2*bad
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

func headerCharset(contentType string) string {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(params["charset"])
}

var (
	xmlDeclaration = regexp.MustCompile(`<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([^"'>]{1,40})["']`)
	metaElement    = regexp.MustCompile(`(?i)<meta\s[^>]{0,300}?\bcharset\s*=\s*["']?\s*([^\s"'/>;]{1,40})`)
)

// Lengths of the start of a document in which its declaration is looked for.
const (
	xmlStart  = 4096
	htmlStart = 16384 // browsers look at 1024; portals put scripts before it
)

// OfXML returns the label that an XML declaration names, or "".
func OfXML(body []byte) string { return declaration(xmlDeclaration, body, xmlStart) }

// OfHTML returns the label that a meta element names, or "".
func OfHTML(body []byte) string { return declaration(metaElement, body, htmlStart) }

func declaration(re *regexp.Regexp, body []byte, most int) string {
	m := re.FindSubmatch(body[:min(len(body), most)])
	if m == nil {
		return ""
	}
	return strings.TrimSpace(string(m[1]))
}

func isUTF8(label string) bool {
	switch strings.ToLower(label) {
	case "utf-8", "utf8", "us-ascii", "ascii":
		return true
	}
	return false
}
