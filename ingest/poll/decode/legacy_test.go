package decode_test

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"loa/ingest/poll/decode"
)

// A feed as an old portal writes it, in TCVN3 and in VNI, seen as windows-1252.
const (
	feedTCVN3 = `<rss version="2.0"><channel><title>Tin tøc x·</title>
<item><title>LÞch cÊp n` + "\u00ad" + `íc tuÇn nµy</title><link>https://hoabinh.example.vn/tin/1?x=µ</link><category>§êi sèng</category><author>Ban Biªn tËp</author>
<description>&lt;p&gt;Th«n §«ng tõ 6 giê ®Õn 8 giê, &lt;a href="/é.html"&gt;th«n §oµi&lt;/a&gt; tõ 16 giê; ®Ò nghÞ bµ con tr÷ n&amp;shy;íc.&lt;/p&gt;</description></item>
<item><title>TH¤NG B¸O LÞCH TI£M PHßNG</title><link>https://hoabinh.example.vn/tin/2</link>
<description>Tr¹m y tÕ x· tiªm phßng cho trÎ vµo s¸ng thø t` + "\u00ad" + ` h»ng tuÇn.</description></item>
<item><title>Bản tin tiếng Việt, có và là</title><link>https://hoabinh.example.vn/tin/3</link></item>
</channel></rss>`
	feedVNI = `<rss version="2.0"><channel><title>Tin töùc xaõ</title>
<item><title>Lòch caáp nöôùc tuaàn naøy</title><link>https://hoabinh.example.vn/tin/1?x=µ</link><category>Ñôøi soáng</category><author>Ban Bieân taäp</author>
<description>&lt;p&gt;Thoân Ñoâng töø 6 giôø ñeán 8 giôø, &lt;a href="/é.html"&gt;thoân Ñoaøi&lt;/a&gt; töø 16 giôø; ñeà nghò baø con tröõ nöôùc.&lt;/p&gt;</description></item>
<item><title>THOÂNG BAÙO LÒCH TIEÂM PHOØNG</title><link>https://hoabinh.example.vn/tin/2</link>
<description>Traïm y teá xaõ tieâm phoøng cho treû vaøo saùng thöù tö haèng tuaàn.</description></item>
<item><title>Bản tin tiếng Việt, có và là</title><link>https://hoabinh.example.vn/tin/3</link></item>
</channel></rss>`
)

func TestLegacyCodes(t *testing.T) {
	latin := func(s string) []byte {
		s = strings.ReplaceAll(s, "Bản tin tiếng Việt, có và là", "Tin")
		b, err := charmap.Windows1252.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	label := func(s, name string) string { return `<?xml version="1.0" encoding="` + name + `"?>` + s }
	for name, in := range map[string][]byte{
		"tcvn3 in UTF-8":                []byte(feedTCVN3),
		"vni in UTF-8":                  []byte(feedVNI),
		"tcvn3 bytes":                   latin(feedTCVN3),
		"vni bytes":                     latin(feedVNI),
		"tcvn3 bytes as utf-8":          latin(label(feedTCVN3, "utf-8")),
		"vni bytes as iso-8859-1":       latin(label(feedVNI, "iso-8859-1")),
		"tcvn3 bytes as windows-1252":   latin(label(feedTCVN3, "windows-1252")),
		"tcvn3 bytes as windows-1258":   latin(label(feedTCVN3, "windows-1258")),
		"vni bytes as windows-1258":     latin(label(feedVNI, "windows-1258")),
		"tcvn3 bytes as x-user-defined": latin(label(feedTCVN3, "x-user-defined")),
		"vni bytes as an unknown name":  latin(label(feedVNI, "x-viet-vni")),
	} {
		t.Run(name, func(t *testing.T) {
			f, err := decode.Decode(in, options())
			if err != nil || len(f.Items) != 3 {
				t.Fatal(err, f)
			}
			code, _, _ := strings.Cut(name, " ")
			if !hasFault(f, decode.FaultLegacy) || !strings.Contains(faultText(f, decode.FaultLegacy), code) {
				t.Errorf("faults %v", f.Faults)
			}
			a := f.Items[0].Article
			for _, s := range []struct{ got, want string }{
				{f.Title, "Tin tức xã"},
				{a.Title, "Lịch cấp nước tuần này"},
				{a.Summary, "Thôn Đông từ 6 giờ đến 8 giờ, thôn Đoài từ 16 giờ; đề nghị bà con trữ nước."},
				{a.ContentHTML, `<p>Thôn Đông từ 6 giờ đến 8 giờ, <a href="/é.html">thôn Đoài</a> từ 16 giờ; đề nghị bà con trữ nước.</p>`},
				{a.URL, "https://hoabinh.example.vn/tin/1?x=%C2%B5"},
				{strings.Join(a.Tags, "|"), "Đời sống"},
				{strings.Join(a.Authors, "|"), "Ban Biên tập"},
				{f.Items[1].Article.Title, "THÔNG BÁO LỊCH TIÊM PHÒNG"},
				{f.Items[1].Article.Summary, "Trạm y tế xã tiêm phòng cho trẻ vào sáng thứ tư hằng tuần."},
			} {
				if s.got != s.want {
					t.Errorf("got %q, want %q", s.got, s.want)
				}
			}
			if bytes.Equal(in, []byte(feedTCVN3)) || bytes.Equal(in, []byte(feedVNI)) {
				if got := f.Items[2].Article.Title; got != "Bản tin tiếng Việt, có và là" {
					t.Errorf("a title in Unicode became %q", got)
				}
			}
		})
	}
}

func TestLegacyCodesOfAtomAndJSON(t *testing.T) {
	atom := `<feed xmlns="http://www.w3.org/2005/Atom"><title>Tin töùc xaõ</title><entry><id>urn:1</id><title>Doïn keânh möông</title>
<author><name>Ban Bieân taäp</name></author><category term="x" label="Ñôøi soáng"/>
<content>Saùng thöù baûy, ngöôøi daân trong thoân cuøng nhau naïo veùt keânh möông.</content></entry></feed>`
	json := `{"version":"https://jsonfeed.org/version/1.1","title":"Tin tøc x·","items":[{"id":"1","title":"Dän kªnh m\u00ad¬ng",
"content_text":"S¸ng thø b¶y, ng\u00adêi d©n trong th«n cïng nhau n¹o vÐt kªnh m\u00ad¬ng.","tags":["§êi sèng"],"authors":[{"name":"Ban Biªn tËp"}]}]}`
	for kind, in := range map[string]string{decode.Atom: atom, decode.JSON: json} {
		f, err := decode.Decode([]byte(in), options())
		if err != nil || len(f.Items) != 1 || f.Kind != kind {
			t.Fatal(kind, err, f)
		}
		a := f.Items[0].Article
		if !hasFault(f, decode.FaultLegacy) || f.Title != "Tin tức xã" || a.Title != "Dọn kênh mương" ||
			a.ContentHTML != "<p>Sáng thứ bảy, người dân trong thôn cùng nhau nạo vét kênh mương.</p>" ||
			strings.Join(a.Tags, "|") != "Đời sống" || strings.Join(a.Authors, "|") != "Ban Biên tập" {
			t.Errorf("%s: %+v, %v", kind, a, f.Faults)
		}
	}
}

// Real Vietnamese and foreign feeds have no such fault.
func TestNoLegacyCode(t *testing.T) {
	f, err := decode.Decode([]byte(`<rss version="2.0"><channel><title>Communes</title><item><guid>1</guid><title>Fête à l'école dès la rentrée</title>
<description>Les élèves ont préparé une fête où chacun était invité; l'été a été très ensoleillé, déjà la sécheresse menaçait.</description></item></channel></rss>`), options())
	if err != nil || hasFault(f, decode.FaultLegacy) || f.Items[0].Article.Title != "Fête à l'école dès la rentrée" {
		t.Errorf("%v %+v", err, f)
	}
}

func faultText(f *decode.Feed, code string) string {
	for _, x := range f.Faults {
		if x.Code == code {
			return x.Text
		}
	}
	return ""
}
