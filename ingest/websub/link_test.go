package websub_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"loa/ingest/poll/decode"
	"loa/ingest/websub"
)

func TestParseLinks(t *testing.T) {
	for name, tc := range map[string]struct {
		fields []string
		want   []websub.Link
	}{
		"none":           {nil, nil},
		"token":          {[]string{`<https://hub.example.org/>; rel=hub`}, []websub.Link{{Target: "https://hub.example.org/", Rel: []string{"hub"}}}},
		"quoted":         {[]string{`<https://hub.example.org/>; rel="hub"`}, []websub.Link{{Target: "https://hub.example.org/", Rel: []string{"hub"}}}},
		"several in one": {[]string{`<a>; rel=hub, <b>;rel="self"`}, []websub.Link{{Target: "a", Rel: []string{"hub"}}, {Target: "b", Rel: []string{"self"}}}},
		"several fields": {[]string{`<a>; rel=hub`, `<b>;rel=self`}, []websub.Link{{Target: "a", Rel: []string{"hub"}}, {Target: "b", Rel: []string{"self"}}}},
		"many relations, any case": {[]string{`<a>; REL="Self  https://example.vn/Rel HUB"`},
			[]websub.Link{{Target: "a", Rel: []string{"self", "https://example.vn/rel", "hub"}}}},
		"the first rel counts":    {[]string{`<a>; rel=self; rel=hub`}, []websub.Link{{Target: "a", Rel: []string{"self"}}}},
		"comma in target":         {[]string{`<a,b>; rel=hub`}, []websub.Link{{Target: "a,b", Rel: []string{"hub"}}}},
		"comma, semicolon quoted": {[]string{`<a>; title="x, <c>; rel=self"; rel=hub, <b>; rel=self`}, []websub.Link{{Target: "a", Rel: []string{"hub"}}, {Target: "b", Rel: []string{"self"}}}},
		"escaped quote":           {[]string{`<a>; title="nói \"có\""; rel=hub`}, []websub.Link{{Target: "a", Rel: []string{"hub"}}}},
		"title*":                  {[]string{`<a>; title*=UTF-8'vi'tin%20t%E1%BB%A9c; rel*=hub; rel=self`}, []websub.Link{{Target: "a", Rel: []string{"self"}}}},
		"anchor":                  {[]string{`<a>; rel=hub; anchor="#phan-2"`}, []websub.Link{{Target: "a", Rel: []string{"hub"}, Anchor: "#phan-2"}}},
		"white space":             {[]string{" <a> ;\trel = hub ,, , <b>;rel=\"self\" "}, []websub.Link{{Target: "a", Rel: []string{"hub"}}, {Target: "b", Rel: []string{"self"}}}},
		"parameter without value": {[]string{`<a>; crossorigin; rel=hub;`}, []websub.Link{{Target: "a", Rel: []string{"hub"}}}},
		"no parameters":           {[]string{`<a>`}, []websub.Link{{Target: "a"}}},
		"bad one, then good one":  {[]string{`a; rel=hub, <b>; rel=self`}, []websub.Link{{Target: "b", Rel: []string{"self"}}}},
		"junk behind a value":     {[]string{`<a>; rel="hub"x, <b>; rel=self`}, []websub.Link{{Target: "b", Rel: []string{"self"}}}},
		"never closed target":     {[]string{`<a; rel=hub`, `<b>; rel=self`}, []websub.Link{{Target: "b", Rel: []string{"self"}}}},
		"never closed quote":      {[]string{`<a>; rel="hub`}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, websub.ParseLinks(tc.fields)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseLinksIsBounded(t *testing.T) {
	if n := len(websub.ParseLinks([]string{strings.Repeat("<a>;rel=hub,", 10000)})); n != 100 {
		t.Errorf("%d links", n)
	}
}

func TestDiscover(t *testing.T) {
	const at = "https://lienchau.example.vn/rss/tin"
	embedded := &decode.Feed{SelfURL: "https://lienchau.example.vn/rss/tin", Hubs: []string{"https://hub2.example.org/"}}
	for name, tc := range map[string]struct {
		links []string
		feed  *decode.Feed
		want  websub.Found
	}{
		"nothing": {nil, &decode.Feed{}, websub.Found{}},
		"header": {[]string{`</hub>; rel=hub, </rss/tin>; rel=self`}, embedded,
			websub.Found{Hubs: []string{"https://lienchau.example.vn/hub"}, Topic: at, Own: true}},
		"document": {nil, embedded, websub.Found{Hubs: []string{"https://hub2.example.org/"}, Topic: at, Own: true}},
		"hub here, topic there": {[]string{`<https://hub.example.org/>; rel=hub`}, &decode.Feed{SelfURL: at},
			websub.Found{Hubs: []string{"https://hub.example.org/"}, Topic: at, Own: true}},
		"a topic that is not what was fetched": {[]string{`</hub>; rel=hub, <https://example.vn/rss>; rel=self`}, nil,
			websub.Found{Hubs: []string{"https://lienchau.example.vn/hub"}, Topic: "https://example.vn/rss"}},
		"the same but for scheme, case and port": {[]string{`</hub>; rel=hub, <http://LienChau.example.vn:80/rss/tin>; rel=self`}, nil,
			websub.Found{Hubs: []string{"https://lienchau.example.vn/hub"}, Topic: "http://LienChau.example.vn:80/rss/tin", Own: true}},
		"foreign anchor":      {[]string{`</hub>; rel=hub; anchor="https://example.vn/khac", </rss/tin>; rel=self`}, nil, websub.Found{}},
		"anchor in it":        {[]string{`</hub>; rel=hub; anchor="#phan-2", </rss/tin>; rel=self`}, nil, websub.Found{}},
		"anchor is itself":    {[]string{`</hub>; rel=hub; anchor="", </rss/tin>; rel=self; anchor="/rss/tin"`}, nil, websub.Found{Hubs: []string{"https://lienchau.example.vn/hub"}, Topic: at, Own: true}},
		"hub that is no hub":  {[]string{`<ftp://hub.example.org/>; rel=hub, <javascript:x>; rel=hub, <https://a:b@hub.example.org/>; rel=hub, </rss/tin>; rel=self`}, nil, websub.Found{}},
		"hub without a topic": {[]string{`</hub>; rel=hub`}, &decode.Feed{}, websub.Found{}},
		"three hubs at most": {[]string{`<a>; rel=hub, <b>; rel=hub, <a>; rel=hub, <c>; rel=hub, <d>; rel=hub, </rss/tin>; rel=self`}, nil,
			websub.Found{Hubs: []string{"https://lienchau.example.vn/rss/a", "https://lienchau.example.vn/rss/b", "https://lienchau.example.vn/rss/c"}, Topic: at, Own: true}},
	} {
		t.Run(name, func(t *testing.T) {
			got := websub.Discover(http.Header{"Link": tc.links}, at, tc.feed)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzParseLinks(f *testing.F) {
	for _, s := range []string{`<a>; rel=hub, <b>;rel="self"`, `<a>; title="x\"y"; rel=hub`, `<`, `<a>;;=",<b>`, `,<a>;rel = "hub`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, l := range websub.ParseLinks([]string{s}) {
			if !strings.Contains(s, l.Target) {
				t.Errorf("target %q is not in %q", l.Target, s)
			}
			for _, r := range l.Rel {
				if r == "" || r != strings.ToLower(r) {
					t.Errorf("relation %q", r)
				}
			}
		}
		found := websub.Discover(http.Header{"Link": {s}}, "https://example.vn/rss", nil)
		for _, h := range append(found.Hubs, found.Topic) {
			if h != "" && !strings.HasPrefix(h, "http") {
				t.Errorf("address %q", h)
			}
		}
	})
}
