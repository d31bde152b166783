// Package citation finds the citations of official Vietnamese documents in
// text: "Nghị quyết số 18, 19-NQ/TW", "Thông tư 06/2025/TT-BNV", "Nghị quyết
// Trung ương 4 (khóa XII)". Between the articles of the journal and the feeds of
// documents it says which documents an article speaks of.
//
// It obeys two rules of writing: Appendix III of Nghị định 30/2020/NĐ-CP for the
// papers of the State ("/", year, "/", type, "-", issuer) and Hướng dẫn
// 36-HD/VPTW for those of the Party ("-", type, "/", issuer), and reads numbers
// from before 1996 ("05-CP"). The letters of types and the names of issuers
// stand in table.go.
//
// The grammar, where a blank may be any blanks but no empty line, and where case
// and the place of the tone (khóa, khoá) do not matter outside symbols:
//
//	citation = [type [issuer]] ["số" [":"]] numbers symbol [date | issuer date]
//	         | type "số" numbers [date] issuer [date]                   ; bare
//	         | type numbers                                             ; bare, an alias
//	         | "Nghị quyết" "Trung ương" numbers ["("] "khóa" ROMAN [")"] ; plenum
//	         | "Nghị quyết" "Đại hội" … "lần thứ" ROMAN [years]         ; congress
//	numbers  = number {("," | "và") number}
//	number   = 1*5DIGIT [letter]
//	symbol   = ["/" YYYY] "/" TYPE {"-" ORG} | "/" ORG {"-" ORG}
//	         | "-" TYPE "/" ORG | "-" ORG
//	date     = [","] "ngày" d "/" m "/" yyyy | "(" d "/" m "/" yyyy ")" ; "-", "." or "tháng", "năm" too
//
// A symbol counts only with a type that is known or a type's name before it. A
// date counts only where it touches; after an issuer it may not stand behind a
// comma, for there it begins a new clause. Standards (TCVN, ISO, QCVN) are not
// citations here, "Nghị định này" is none, and a number without "số" and without
// symbol is one only when it repeats a number cited in full before it.
//
// The package does not look documents up, does not correct what was written
// (32/2091/TT-BTC keeps its year), and does not resolve an alias to its document.
package citation

import "strings"

// Form tells how a citation is written.
const (
	FormNumber   = "number"   // with a number and a symbol: 19-NQ/TW
	FormPlenum   = "plenum"   // by plenum and term: Nghị quyết Trung ương 4 (khóa XII)
	FormCongress = "congress" // by congress: Nghị quyết Đại hội … lần thứ XXII
	FormBare     = "bare"     // a number without symbol: Kết luận số 13 của …
)

// Citation is one cited document. Numbers joined under one symbol are one
// Citation each, with the same Text and offsets; the date after the symbol is
// then the date of each, as the symbol is.
type Citation struct {
	// Text is the citation as written: from the type's name (or "số", or the
	// number) to the symbol, or to the date that touches it. A bare citation
	// ends with its issuer, a congress with its years.
	Text string
	// Start and End are offsets in runes of the text as given, half open. In
	// text that is not NFC a letter with combining marks counts as many runes as
	// it was written with, and stands whole inside the offsets.
	Start, End int
	// Type is the type's letters, never empty: NQ, QĐ, NĐ, CTr. The symbol
	// decides, then the type's name; a paper of the State without letters is CV
	// (công văn). TT is Thông tư with the State and Thông tri with the Party.
	Type string
	// Number has no leading zeros and keeps its letter ("36a"). It is the number
	// of the plenum, and empty with a congress.
	Number string
	// Year is the year inside the number (42/2022/NĐ-CP), else empty.
	Year string
	// Symbol is what follows number and year, with look-alike letters folded,
	// dashes made "-" and blanks removed: NQ/TW, NĐ-CP, QH15, CP.
	Symbol string
	// Issuer is the issuer as written beside the citation ("Ban Thường vụ Tỉnh
	// ủy", or "tỉnh Phú Thọ" behind KH-UBND); without one, the letters of the
	// symbol: TW, CP, QH, BTP-BCA for a joint paper.
	Issuer string
	// Date is the date that touches the citation, as YYYY-MM-DD, else empty.
	Date string
	// Form is one of the forms above.
	Form string
	// Term is the term of a plenum or the ordinal of a congress, in Roman
	// numerals; empty in other forms.
	Term string
}

// Key is the identity of the cited number for look-ups: type|number|year|symbol
// in upper case, with the symbol's separators and its D and Đ made one, TƯ made
// TW. The type is empty where the symbol carries none (59/2020/QH14, 05-CP):
// such an issuer has one series of numbers for all types, and an address does
// not tell the type. A plenum or congress carries its term in place of the
// symbol. Party numbers begin anew each term, so one key may be several
// documents of different dates.
func (c Citation) Key() string {
	kind, symbol := c.Type, ""
	switch {
	case c.Form == FormPlenum || c.Form == FormCongress:
		symbol = c.Form + " " + c.Term
	case c.Symbol != "":
		parts := splitSymbol(c.Symbol)
		kind = canonical(parts)
		symbol = strings.ReplaceAll(strings.ToUpper(strings.Join(parts, "-")), "Đ", "D")
	}
	return strings.ToUpper(kind) + "|" + strings.ToLower(c.Number) + "|" + c.Year + "|" + symbol
}

// Path is the form of the number in addresses, before percent-encoding: 19-NQ-TW,
// 42-2022-NĐ-CP. [ParseNumber] reads it back to the same key. It is empty for a
// citation without symbol, which names no document by itself.
func (c Citation) Path() string {
	if c.Symbol == "" {
		return ""
	}
	parts := splitSymbol(c.Symbol)
	canonical(parts)
	path := c.Number + "-"
	if c.Year != "" {
		path += c.Year + "-"
	}
	return path + strings.Join(parts, "-")
}

func splitSymbol(symbol string) []string {
	return strings.FieldsFunc(symbol, func(r rune) bool { return r == '-' || r == '/' })
}
