package clean

import (
	"net/url"
	"path"
	"strings"

	"loa/feeds"
)

// unknownType is the media type of a file of which nothing is known.
const unknownType = "application/octet-stream"

// attachments keeps those with a good address, each address once.
func attachments(in []feeds.Attachment, base *url.URL) []feeds.Attachment {
	var out []feeds.Attachment
next:
	for _, f := range in {
		if len(out) == maxList {
			break
		}
		if f.URL = Link(f.URL, base); f.URL == "" {
			continue
		}
		for _, have := range out {
			if have.URL == f.URL {
				continue next
			}
		}
		if f.Type = mediaType(f.Type); f.Type == unknownType {
			f.Type = typeByEnding(f.URL)
		}
		f.Length = max(0, f.Length)
		f.Title = cut(Plain(f.Title), maxTitle)
		out = append(out, f)
	}
	return out
}

// mediaType returns the type and subtype of s in lower case (RFC 6838, section
// 4.2), without parameters, or [unknownType].
func mediaType(s string) string {
	s, _, _ = strings.Cut(s, ";")
	s = strings.ToLower(strings.TrimSpace(s))
	kind, sub, ok := strings.Cut(s, "/")
	if !ok || !isToken(kind) || !isToken(sub) {
		return unknownType
	}
	return s
}

func isToken(s string) bool {
	if s == "" || len(s) > 127 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case i > 0 && strings.IndexByte("!#$&-^_.+", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// typeByEnding guesses from the ending of the file's name, by a table of its own:
// that of package mime depends on the machine, and the journal would too.
func typeByEnding(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return unknownType
	}
	switch strings.ToLower(path.Ext(u.Path)) {
	case ".pdf":
		return "application/pdf"
	case ".doc":
		return "application/msword"
	case ".docx":
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case ".xls":
		return "application/vnd.ms-excel"
	case ".xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case ".ppt":
		return "application/vnd.ms-powerpoint"
	case ".pptx":
		return "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	case ".odt":
		return "application/vnd.oasis.opendocument.text"
	case ".ods":
		return "application/vnd.oasis.opendocument.spreadsheet"
	case ".rtf":
		return "application/rtf"
	case ".zip":
		return "application/zip"
	case ".rar":
		return "application/vnd.rar"
	case ".7z":
		return "application/x-7z-compressed"
	case ".txt":
		return "text/plain"
	case ".csv":
		return "text/csv"
	case ".xml":
		return "application/xml"
	case ".htm", ".html":
		return "text/html"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".png":
		return "image/png"
	case ".gif":
		return "image/gif"
	case ".webp":
		return "image/webp"
	case ".tif", ".tiff":
		return "image/tiff"
	case ".mp3":
		return "audio/mpeg"
	case ".m4a":
		return "audio/mp4"
	case ".wav":
		return "audio/wav"
	case ".mp4":
		return "video/mp4"
	case ".webm":
		return "video/webm"
	}
	return unknownType
}
