package render

// The text functions, for tables of their own.
var (
	Clean       = clean
	Escape      = escape
	Line        = line
	Excerpt     = excerpt
	Address     = address
	LanguageTag = languageTag
	MediaType   = mediaType
)
