package citation

import (
	"strings"

	"loa/feeds/vntext"
)

// ParseType reads the letters of a type of document (NQ, QĐ), in any case and
// with D for Đ, or its name (nghị quyết, nghi-quyet), and returns the letters as
// citations carry them. Letters win over names, and exact ones over others.
func ParseType(given string) (letters string, ok bool) {
	for i := range documentTypes {
		if documentTypes[i].letters == given {
			return given, true
		}
	}
	for _, fold := range []func(string) string{vntext.Key, vntext.KeyNoMarks} {
		key := fold(strings.ReplaceAll(given, "-", " "))
		for i := range documentTypes {
			if fold(documentTypes[i].letters) == key {
				return documentTypes[i].letters, true
			}
		}
		for i := range documentTypes {
			for _, name := range documentTypes[i].names {
				if fold(name) == key {
					return documentTypes[i].letters, true
				}
			}
		}
	}
	return "", false
}

// TypeName is the name of a type of document by its letters, such as "nghị
// quyết"; "" for one that has none.
func TypeName(letters string) string {
	for i := range documentTypes {
		if t := &documentTypes[i]; t.letters == letters && len(t.names) > 0 {
			return t.names[0]
		}
	}
	return ""
}
