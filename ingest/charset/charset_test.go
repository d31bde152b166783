package charset_test

import (
	"slices"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"loa/ingest/charset"
)

func TestUTF8(t *testing.T) {
	for name, c := range map[string]struct {
		body, contentType, declared, want string
		wrong                             []string
	}{
		"utf-8":                       {"Cổng thông tin", "text/html; charset=utf-8", "", "Cổng thông tin", nil},
		"byte order mark":             {"\xEF\xBB\xBFTin", "text/html; charset=windows-1258", "", "Tin", nil},
		"utf-8 that claims another":   {"Tin tức", "", "iso-8859-1", "Tin tức", []string{`claims "iso-8859-1" and is UTF-8`}},
		"ascii that claims another":   {"Tin", "", "iso-8859-1", "Tin", nil},
		"cut in a character":          {"Tin t\xE1\xBB", "", "", "Tin t", nil},
		"utf-16 with mark":            {"\xFF\xFET\x00i\x00n\x00", "", "", "Tin", nil},
		"utf-16 without mark":         {"\x00T\x00i\x00n", "", "", "Tin", nil},
		"windows-1258 declared":       {"Vi\xEA\xF2t Nam", "", "windows-1258", "Việt Nam", nil},
		"windows-1258 in the header":  {"Vi\xEA\xF2t Nam", "text/html; charset=windows-1258", "", "Việt Nam", nil},
		"windows-1258 under no label": {"Vi\xEA\xF2t Nam", "", "", "Việt Nam", []string{"read as windows-1258, which it seems to be"}},
		"windows-1258 under another":  {"Vi\xEA\xF2t Nam", "", "windows-1252", "Việt Nam", []string{`claims "windows-1252" and is windows-1258`}},
		"no such label":               {"caf\xE9!", "", "x-vni", "café!", []string{`claims "x-vni", which is not known`, "read as windows-1252, for want of anything better"}},
		"some bytes broken":           {"Tin tức huyện \xFF xã", "", "", "Tin tức huyện \uFFFD xã", []string{"has bytes that are not UTF-8"}},
		"nothing":                     {"", "", "", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			text, wrong := charset.UTF8([]byte(c.body), c.contentType, c.declared)
			if string(text) != c.want || !slices.Equal(wrong, c.wrong) {
				t.Errorf("%q %q, want %q %q", text, wrong, c.want, c.wrong)
			}
		})
	}
}

// Bytes in the codes of fonts come out as windows-1252 shows them, whatever the
// label: from there package legacy converts them.
func TestFontCodes(t *testing.T) {
	const vni, tcvn3 = "Thoân Ñoâng töø 6 giôø, ñeà nghò baø con tröõ nöôùc", "Th«n §«ng tõ 6 giê, ®Ò nghÞ bµ con tr÷ n\u00adíc"
	for _, want := range []string{vni, tcvn3} {
		body, err := charmap.Windows1252.NewEncoder().Bytes([]byte(want))
		if err != nil {
			t.Fatal(err)
		}
		for _, label := range []string{"", "utf-8", "iso-8859-1", "windows-1258", "x-user-defined", "x-viet-tcvn"} {
			if text, _ := charset.UTF8(body, "", label); string(text) != want {
				t.Errorf("%q: %q", label, text)
			}
		}
	}
	// What is windows-1258 stays that.
	if text, _ := charset.UTF8([]byte("Vi\xEA\xF2t Nam"), "", "windows-1258"); string(text) != "Việt Nam" {
		t.Errorf("%q", text)
	}
}

func TestDeclarations(t *testing.T) {
	for body, want := range map[string]string{
		`<?xml version="1.0" encoding="windows-1258"?><rss>`: "windows-1258",
		`<?xml version='1.0' encoding = 'UTF-8' ?>`:          "UTF-8",
		`<?xml version="1.0"?>`:                              "",
	} {
		if got := charset.OfXML([]byte(body)); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
	for body, want := range map[string]string{
		`<meta charset=utf-8>`: "utf-8",
		`<META http-equiv="Content-Type" content="text/html; charset=windows-1258" />`: "windows-1258",
		`<meta name="a" content="b">`: "",
	} {
		if got := charset.OfHTML([]byte(body)); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

func FuzzUTF8(f *testing.F) {
	f.Add([]byte("Vi\xEA\xF2t Nam"), "text/html; charset=windows-1258")
	f.Add([]byte("\xFF\xFET\x00"), "")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		text, _ := charset.UTF8(body, contentType, charset.OfHTML(body))
		if !utf8.Valid(text) || len(text) > 3*len(body)+4 {
			t.Errorf("%q", text)
		}
	})
}
