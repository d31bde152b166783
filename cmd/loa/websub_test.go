package main

import "testing"

func TestCallbackAddress(t *testing.T) {
	for _, tc := range []struct{ base, set, want string }{
		{"https://tin.example.vn", "", "https://tin.example.vn/websub/"},
		{"https://tin.example.vn/", "", "https://tin.example.vn/websub/"},
		{"http://tin.example.vn/loa", "", "http://tin.example.vn/loa/websub/"},
		{"https://tin.example.vn", "off", ""},
		{"", "", ""},
		{"http://127.0.0.1:8080", "", ""},
		{"http://[::1]:8080", "", ""},
		{"http://localhost:8080", "", ""},
		{"http://loa.localhost", "", ""},
		{"http://loa:8080", "", ""},
		{"http://192.168.1.5", "", ""},
		{"http://10.0.0.5", "", ""},
		{"http://0.0.0.0:8080", "", ""},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080/websub/", "http://127.0.0.1:8080/websub/"},
	} {
		c := Config{BaseURL: tc.base, WebSub: WebSubConfig{Callback: tc.set}}
		if got := c.callback(); got != tc.want {
			t.Errorf("%q, %q: %q, want %q", tc.base, tc.set, got, tc.want)
		}
	}
}
