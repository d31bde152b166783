package rediscache_test

import (
	"strings"
	"testing"
	"time"

	"loa/internal/cache/rediscache"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
)

func TestAddresses(t *testing.T) {
	type pool struct {
		Kind, Addr, Password string
		DB, Retries          int
		TLS                  bool
		Timeout              time.Duration
	}
	for _, test := range []struct {
		name   string
		config rediscache.Config
		want   pool
	}{
		{"one server", rediscache.Config{URL: "redis://loa:s3@redis.example.vn:6380/2"},
			pool{"one", "redis.example.vn:6380", "s3", 2, 0, false, 500 * time.Millisecond}},
		{"default port, password apart", rediscache.Config{URL: "redis://redis.example.vn", Password: "file", Timeout: time.Second},
			pool{"one", "redis.example.vn:6379", "file", 0, 0, false, time.Second}},
		{"timeouts in the address do not count", rediscache.Config{URL: "redis://redis.example.vn?read_timeout=60s&max_retries=9&dial_timeout=60s"},
			pool{"one", "redis.example.vn:6379", "", 0, 0, false, 500 * time.Millisecond}},
		{"TLS", rediscache.Config{URL: "rediss://redis.example.vn"},
			pool{"one", "redis.example.vn:6379", "", 0, 0, true, 500 * time.Millisecond}},
		{"socket", rediscache.Config{URL: "unix:///run/redis/redis.sock?db=1"},
			pool{"one", "/run/redis/redis.sock", "", 1, 0, false, 500 * time.Millisecond}},
		{"sentinel", rediscache.Config{URL: "redis://s1.example.vn:26379/1?master_name=loa&addr=s2.example.vn:26379", Password: "file"},
			pool{"one", "FailoverClient", "file", 1, 0, false, 500 * time.Millisecond}},
		{"cluster", rediscache.Config{URL: "redis://c1.example.vn:7000?addr=c2.example.vn:7000", Password: "file"},
			pool{"cluster", "c1.example.vn:7000 c2.example.vn:7000", "file", 0, 0, false, 500 * time.Millisecond}},
		{"cluster by one node, TLS", rediscache.Config{URL: "rediss+cluster://c1.example.vn:7000"},
			pool{"cluster", "c1.example.vn:7000", "", 0, 0, true, 500 * time.Millisecond}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := open(t, test.config)
			defer c.Close()
			var got pool
			switch client := c.Client().(type) {
			case *redis.Client:
				o := client.Options()
				got = pool{"one", o.Addr, o.Password, o.DB, o.MaxRetries, o.TLSConfig != nil, o.ReadTimeout}
			case *redis.ClusterClient:
				o := client.Options()
				got = pool{"cluster", strings.Join(o.Addrs, " "), o.Password, 0, max(o.MaxRetries, 0), o.TLSConfig != nil, o.ReadTimeout}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWrongAddresses(t *testing.T) {
	for _, url := range []string{
		"", "redis.example.vn:6379", "http://redis.example.vn", "redis://redis.example.vn/one",
		"redis://loa:geheim%zz@redis.example.vn", "redis://loa:geheim@redis.example.vn:port",
		"redis://redis.example.vn?no_such_option=1", "redis+cluster://c1.example.vn/3", "unix://",
		"redis://redis.example.vn?master_name=loa&addr=x",
	} {
		c, err := rediscache.Open(rediscache.Config{URL: url})
		if err == nil {
			c.Close()
			t.Errorf("%q was taken", url)
		} else if strings.Contains(err.Error(), "geheim") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}
