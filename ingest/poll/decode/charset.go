package decode

import "loa/ingest/charset"

// toUTF8 makes UTF-8 of the bytes by what they are, what the header says and what
// an XML declaration says.
func toUTF8(body []byte, contentType string, f *faults) []byte {
	text, wrong := charset.UTF8(body, contentType, charset.OfXML(body))
	for _, w := range wrong {
		f.add(FaultCharset, "%s", w)
	}
	return text
}
