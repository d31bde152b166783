package render

// The text functions, for tables of their own.
var (
	Clean       = clean
	Line        = line
	Excerpt     = excerpt
	Address     = address
	LanguageTag = languageTag
	MediaType   = mediaType
)
