package page_test

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"loa/ingest/page"
)

// An article as old portals have it, in TCVN3 and in VNI, seen as windows-1252.
const (
	pageTCVN3 = `<title>LÞch cÊp n&shy;íc tuÇn nµy</title><meta name="description" content="Th«n §«ng vµ th«n §oµi thay nhau">
<h1>LÞch cÊp n` + "\u00ad" + `íc tuÇn nµy</h1><div itemprop="articleBody"><p><font face=".VnTime">Th«n §«ng cã n` + "\u00ad" + `íc tõ 6 giê ®Õn 8 giê, <a href="/é.html">th«n §oµi</a> tõ 16 giê; ®Ò nghÞ bµ con tr÷ n&#173;íc vµ kho¸ van khi ra khái nhµ.</font></p>
<p>Tr¹m b¬m thay m¸y trong ba ngµy, sau ®ã cÊp n` + "\u00ad" + `íc nh` + "\u00ad" + ` cò.</p></div>`
	pageVNI = `<title>Lòch caáp nöôùc tuaàn naøy</title><meta name="description" content="Thoân Ñoâng vaø thoân Ñoaøi thay nhau">
<h1>Lòch caáp nöôùc tuaàn naøy</h1><div itemprop="articleBody"><p>Thoân Ñoâng coù nöôùc töø 6 giôø ñeán 8 giôø, <a href="/é.html">thoân Ñoaøi</a> töø 16 giôø; ñeà nghò baø con tröõ nöôùc vaø khoaù van khi ra khoûi nhaø.</p>
<p>Traïm bôm thay maùy trong ba ngaøy, sau ñoù caáp nöôùc nhö cuõ.</p></div>`
	menu = `<div class="top"><ul><li><a href="/">Trang chủ</a></li><li><a href="/gioi-thieu">Giới thiệu</a></li><li><a href="/van-ban">Văn bản chỉ đạo</a></li></ul></div>`
	foot = `<footer><p>Cơ quan chủ quản: Ủy ban nhân dân xã. Giấy phép số 12. Người chịu trách nhiệm: Chánh Văn phòng.</p></footer>`
)

func hasLegacy(p *page.Page) (code string) {
	for _, f := range p.Faults {
		if f.Code == page.FaultLegacy {
			code += f.Text
		}
	}
	return code
}

func TestLegacyCodes(t *testing.T) {
	latin := func(s string) string {
		b, err := charmap.Windows1252.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, in := range map[string]string{
		"tcvn3":                     pageTCVN3,
		"vni":                       pageVNI,
		"tcvn3 in a Unicode portal": menu + pageTCVN3 + foot,
		"vni in a Unicode portal":   menu + pageVNI + foot,
		"tcvn3 bytes":               latin(pageTCVN3),
		"vni bytes":                 latin(pageVNI),
		"tcvn3 bytes, iso-8859-1":   `<meta charset="iso-8859-1">` + latin(pageTCVN3),
		"vni bytes, windows-1258":   `<meta charset="windows-1258">` + latin(pageVNI),
	} {
		t.Run(name, func(t *testing.T) {
			p, err := page.Parse([]byte(in), options())
			if err != nil {
				t.Fatal(err)
			}
			if code, _, _ := strings.Cut(name, " "); !strings.Contains(hasLegacy(p), code) {
				t.Errorf("faults %v", p.Faults)
			}
			const text = `<p>Thôn Đông có nước từ 6 giờ đến 8 giờ, <a href="https://hoabinh.example.vn/%C3%A9.html" rel="noopener noreferrer nofollow">thôn Đoài</a> từ 16 giờ; đề nghị bà con trữ nước và khoá van khi ra khỏi nhà.</p>`
			if a := p.Article; a.Title != "Lịch cấp nước tuần này" || !strings.Contains(a.ContentHTML, text) || !strings.Contains(a.ContentHTML, "Trạm bơm thay máy trong ba ngày, sau đó cấp nước như cũ.") {
				t.Errorf("title %q, text %q", a.Title, a.ContentHTML)
			}
		})
	}
}

func TestLegacyPlainText(t *testing.T) {
	p, err := page.Parse([]byte("LÞch cÊp n\u00adíc tuÇn nµy cho hai th«n §«ng vµ §oµi\n\nTh«n §«ng cã n\u00adíc tõ 6 giê ®Õn 8 giê, th«n §oµi tõ 16 giê; ®Ò nghÞ bµ con tr÷ n\u00adíc vµ kho¸ van khi ra khái nhµ.\n"), options())
	if err != nil {
		t.Fatal(err)
	}
	if a := p.Article; hasLegacy(p) == "" || a.Title != "Lịch cấp nước tuần này cho hai thôn Đông và Đoài" || !strings.Contains(a.ContentHTML, "trữ nước và khoá van khi ra khỏi nhà.") {
		t.Errorf("%q %q %v", a.Title, a.ContentHTML, p.Faults)
	}
}

// Pages in Unicode and in other languages stay as they are.
func TestNoLegacyCode(t *testing.T) {
	for name, body := range fixtures(t) {
		if p, err := page.Parse(body, options()); err == nil && hasLegacy(p) != "" {
			t.Errorf("%s: %v", name, p.Faults)
		}
	}
	p, err := page.Parse([]byte(`<h1>Fête à l'école dès la rentrée</h1><article><p>Les élèves préparent une fête à l'école: déjà, près de cent élèves répètent; très fière, la maîtresse a décoré la façade, où l'été s'achève.</p></article>`), options())
	if err != nil || hasLegacy(p) != "" || p.Article.Title != "Fête à l'école dès la rentrée" {
		t.Errorf("%v %v", err, p)
	}
}
