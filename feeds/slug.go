package feeds

import "strings"

// letters maps each Vietnamese letter with marks (NFC) to its ASCII letter.
// `đ` has no decomposition in Unicode, so stripping marks would lose it.
var letters = func() map[rune]byte {
	m := make(map[rune]byte)
	for base, marked := range map[byte]string{
		'a': "àáảãạăằắẳẵặâầấẩẫậ", 'd': "đð", 'e': "èéẻẽẹêềếểễệ", 'i': "ìíỉĩị",
		'o': "òóỏõọôồốổỗộơờớởỡợ", 'u': "ùúủũụưừứửữự", 'y': "ỳýỷỹỵ",
	} {
		for _, r := range marked {
			m[r] = base
		}
	}
	return m
}()

// Slug makes the ASCII form of Vietnamese text (in NFC) that stands in
// addresses: `Văn hóa - Xã hội` is `van-hoa-xa-hoi`. Slugs are for show and for
// addresses of categories; different texts may share one, so no article and no
// unit is ever found by its slug.
func Slug(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range strings.ToLower(s) {
		c, ok := letters[r]
		switch {
		case ok:
		case r < 0x80 && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9'):
			c = byte(r)
		case r >= 0x300 && r <= 0x36F: // a combining mark of text that is not NFC
			continue
		default:
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteByte(c)
	}
	return b.String()
}
