package web_test

import (
	"testing"

	"loa/publish/web"
)

// RFC 9110 section 12.5.1, and who reads feeds.
func TestAcceptFormat(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		want  string
	}{
		// Programs.
		{"no field", nil, "rss"},
		{"empty field", []string{""}, "rss"},
		{"anything", []string{"*/*"}, "rss"},
		{"formats of feeds, Atom first", []string{"application/atom+xml,application/rdf+xml,application/rss+xml,application/x-netcdf,application/xml;q=0.9,text/xml;q=0.2,*/*;q=0.1"}, "rss"},
		{"Atom wanted more", []string{"application/atom+xml, application/rss+xml;q=0.9, */*;q=0.1"}, "atom"},
		{"Atom named, RSS only by the star", []string{"application/atom+xml, */*"}, "atom"},
		{"Atom named, RSS only as XML", []string{"application/xml, application/atom+xml"}, "atom"},
		{"XML", []string{"application/xml"}, "rss"},
		{"XML as text", []string{"text/xml"}, "rss"},
		{"JSON Feed", []string{"application/feed+json"}, "json"},
		{"JSON Feed before RSS", []string{"application/feed+json, application/rss+xml;q=0.8"}, "json"},
		{"JSON", []string{"application/json"}, "json"},
		{"JSON of a script", []string{"application/json, text/plain, */*"}, "json"},
		{"RSS refused", []string{"application/rss+xml;q=0, */*"}, "atom"},
		{"RSS and Atom refused", []string{"application/rss+xml;q=0, application/atom+xml;q=0, */*"}, "json"},
		{"the exact range counts, not the greater weight", []string{"*/*, application/rss+xml;q=0.1, application/json;q=0.1"}, "atom"},
		{"parameters", []string{"application/atom+xml; type=feed; q=0.7, application/rss+xml; q=0.2"}, "atom"},
		{"two lines", []string{"application/rss+xml;q=0.2", "application/atom+xml;q=0.3"}, "atom"},
		{"case does not count", []string{"Application/Atom+XML"}, "atom"},
		{"a reader that looks for feeds in pages", []string{"application/xml, application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, text/html, */*;q=0.9"}, "rss"},
		{"feeds before pages by weight", []string{"text/html;q=0.5, application/rss+xml"}, "rss"},
		{"HTML refused", []string{"text/html;q=0, */*"}, "rss"},
		{"something else", []string{"image/png"}, "rss"},
		{"everything refused", []string{"*/*;q=0"}, "rss"},
		{"rubbish", []string{";;,=,/,q=;application"}, "rss"},

		// People.
		{"browser", []string{browser}, "html"},
		{"another browser", []string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, "html"},
		{"an old browser", []string{"text/html, application/xhtml+xml, image/jxr, */*"}, "html"},
		{"a very old one", []string{"application/xml,application/xhtml+xml,text/html;q=0.9,text/plain;q=0.8,image/png,*/*;q=0.5"}, "html"},
		{"a browser of text", []string{"text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01"}, "html"},
		{"pages", []string{"text/html"}, "html"},
		{"text", []string{"text/*"}, "html"},
		{"anything, but HTML by name", []string{"*/*, text/html"}, "html"},
		{"pages before feeds", []string{"text/html, application/rss+xml"}, "html"},
		{"pages before feeds by weight", []string{"application/rss+xml;q=0.9, text/html"}, "html"},
		{"XHTML", []string{"application/xhtml+xml"}, "html"},
	} {
		if got := web.AcceptFormat(c.lines...); got != c.want {
			t.Errorf("%s: %q gives %s, want %s", c.name, c.lines, got, c.want)
		}
	}
}
