package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"loa/ingest/poll"
	"loa/ingest/rules"
	"loa/internal/broker"
)

// Config is the whole configuration: one YAML file, over it the environment
// (LOA_NATS_URL for nats.url), over that the flags. Keys that do not exist are
// errors.
type Config struct {
	// Listen is the host:port of the public HTTP server. Default 127.0.0.1:8080.
	Listen string `yaml:"listen"`
	// Admin is the host:port of metrics, health and the operator's commands. It
	// has no password: keep it on loopback. Empty: none. Default 127.0.0.1:8081.
	Admin string `yaml:"admin"`
	// BaseURL is what feeds call themselves, without slash at the end. Default:
	// http:// and the address that is listened on.
	BaseURL string `yaml:"base_url"`
	// Data is the folder of the embedded broker's journal and of the library.
	// Default ./loa-data.
	Data string `yaml:"data"`

	NATS    NATSConfig    `yaml:"nats"`
	Redis   RedisConfig   `yaml:"redis"`
	Sources SourcesConfig `yaml:"sources"`
	// Publishers is the file of those who may send events; `loa publishers add`
	// writes it. Empty: nobody but who is on this machine.
	Publishers string `yaml:"publishers"`
	// Readers is the file of invited readers; `loa readers add` writes it. Empty:
	// nobody is invited.
	Readers string `yaml:"readers"`

	Outgoing OutgoingConfig `yaml:"outgoing"`
	WebSub   WebSubConfig   `yaml:"websub"`
	Feeds    FeedsConfig    `yaml:"feeds"`
	Units    UnitsConfig    `yaml:"units"`
	Limits   LimitsConfig   `yaml:"limits"`
	// Rules say which articles are wanted at all, from events and sources alike;
	// the first that matches decides. A source has rules of its own besides; an
	// article must pass both.
	Rules []rules.Rule `yaml:"rules"`
	Log   LogConfig    `yaml:"log"`

	// known are the publishers of the file, as a running server knows them now.
	known *publishersFile
	// dir is the folder of the file, which relative paths in it start from.
	dir string
}

// NATSConfig says where the broker is.
type NATSConfig struct {
	// URL of a NATS server or cluster; empty: one runs inside loa.
	URL string `yaml:"url"`
	// CredsFile holds the credentials for URL.
	CredsFile string `yaml:"creds_file"`
	// CAFile, CertFile and KeyFile are for TLS to URL.
	CAFile   string `yaml:"ca_file"`
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
	// Replicas of each stream on a cluster. Default 1; use 3 on three servers.
	Replicas int `yaml:"replicas"`
	// Listen is the host:port on which the embedded broker takes clients, such as
	// a CMS; empty: none.
	Listen string `yaml:"listen"`
	// Sync of the embedded broker: always (each message is on disk before it is
	// acknowledged, the default) or 1s (quicker; a power cut may lose a second).
	Sync string `yaml:"sync"`
	// MaxStore bounds the embedded broker's disk use, in bytes; loa's streams reserve
	// 22 GiB of it. Default 64 GiB.
	MaxStore int64 `yaml:"max_store"`
}

// RedisConfig says where the shared cache is.
type RedisConfig struct {
	// URL such as redis://127.0.0.1:6379/0; empty: in memory.
	URL string `yaml:"url"`
}

// SourcesConfig is a file's name, or the list itself.
type SourcesConfig struct {
	File string
	List []poll.Source
}

// UnmarshalYAML takes both forms.
func (s *SourcesConfig) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return n.Decode(&s.File)
	}
	return n.Decode(&s.List)
}

// OutgoingConfig is about loa's own requests.
type OutgoingConfig struct {
	// Contact is an address by which operators of sources reach you; it stands in
	// the User-Agent.
	Contact string `yaml:"contact"`
	// Allow lists private address ranges that may be reached, e.g. 127.0.0.0/8.
	Allow []string `yaml:"allow"`
}

// FeedsConfig is about the feeds that loa gives out.
type FeedsConfig struct {
	// Items in a feed. Default 50.
	Items int `yaml:"items"`
	// Authority is what the ids of feeds and articles start with (RFC 4151): a
	// domain of yours and a year. It must never change; set it before base_url
	// does. Default: the host of base_url and 2026.
	Authority string `yaml:"authority"`
	// Delta gives readers that ask for it (A-IM: feed, RFC 3229) only what is new
	// since they last asked, with status 226. Some ask and cannot take it. Default
	// off.
	Delta bool `yaml:"delta"`
	// Public is whether everyone may read. If not, feeds, pages and lists are there
	// for invited readers alone (readers). Default true.
	Public bool `yaml:"public"`
}

// UnitsConfig is about administrative units.
type UnitsConfig struct {
	// Changes is a file with what happened to units after loa's own data, or will
	// happen. Empty: none.
	Changes string `yaml:"changes"`
}

// LogConfig is about loa's log on standard error.
type LogConfig struct {
	// Level is debug, info, warn or error. Default info.
	Level string `yaml:"level"`
	// Format is text or json. Default text.
	Format string `yaml:"format"`
}

func defaultConfig() Config {
	return Config{
		Listen: "127.0.0.1:8080",
		Admin:  "127.0.0.1:8081",
		Data:   "./loa-data",
		NATS:   NATSConfig{Sync: string(broker.SyncAlways), Replicas: 1},
		Feeds:  FeedsConfig{Items: 50, Public: true},
		Limits: LimitsConfig{Client: "600/m", Publisher: "600/m", Header: headerXForwardedFor},
		Log:    LogConfig{Level: "info", Format: "text"},
	}
}

// errUsage marks what the user wrote wrongly: exit code 2.
var errUsage = errors.New("wrong use")

// loadConfig reads the file (none if path is empty) and the environment.
func loadConfig(path string, getenv func(string) string) (Config, error) {
	c := defaultConfig()
	if path != "" {
		b, err := os.ReadFile(path) //nolint:gosec // the operator's own file
		if err != nil {
			return c, fmt.Errorf("%w: read config: %w", errUsage, err)
		}
		if err := strictYAML(b, &c); err != nil {
			return c, fmt.Errorf("%w: config %s: %w", errUsage, path, err)
		}
		c.dir = filepath.Dir(path)
	}
	if err := overlay(reflect.ValueOf(&c).Elem(), "LOA", getenv); err != nil {
		return c, fmt.Errorf("%w: %w", errUsage, err)
	}
	return c, nil
}

// strictYAML decodes and refuses unknown keys, naming the line.
func strictYAML(b []byte, into any) error {
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// overlay sets each field whose variable is there: LOA_NATS_URL is nats.url.
// Lists are separated by commas; a list of sources has no variable of its own,
// LOA_SOURCES is the file.
func overlay(v reflect.Value, prefix string, getenv func(string) string) error {
	t := v.Type()
	for i := range t.NumField() {
		tag, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if tag == "" {
			continue
		}
		name := prefix + "_" + strings.ToUpper(tag)
		f := v.Field(i)
		if s, ok := f.Addr().Interface().(*SourcesConfig); ok {
			if val := getenv(name); val != "" {
				*s = SourcesConfig{File: val}
			}
			continue
		}
		if f.Kind() == reflect.Struct {
			if err := overlay(f, name, getenv); err != nil {
				return err
			}
			continue
		}
		val := getenv(name)
		if val == "" {
			continue
		}
		switch f.Kind() {
		case reflect.String:
			f.SetString(val)
		case reflect.Int, reflect.Int64:
			n, err := strconv.ParseInt(val, 10, 64)
			if err != nil {
				return fmt.Errorf("environment %s: %q is not a number", name, val)
			}
			f.SetInt(n)
		case reflect.Bool:
			b, err := strconv.ParseBool(val)
			if err != nil {
				return fmt.Errorf("environment %s: %q is neither true nor false", name, val)
			}
			f.SetBool(b)
		case reflect.Slice:
			if _, ok := f.Interface().([]string); !ok {
				return fmt.Errorf("environment %s: a list of this kind stands in the file alone", name)
			}
			f.Set(reflect.ValueOf(strings.Split(val, ",")))
		}
	}
	return nil
}

// validate reports everything that is wrong, each with its key.
func (c *Config) validate() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %w", key, fmt.Errorf(format, args...)))
	}
	hostPort := func(key, v string, empty bool) {
		if v == "" && empty {
			return
		}
		if _, _, err := net.SplitHostPort(v); err != nil {
			bad(key, "%q is not host:port", v)
		}
	}
	hostPort("listen", c.Listen, false)
	hostPort("admin", c.Admin, true)
	hostPort("nats.listen", c.NATS.Listen, true)
	if c.BaseURL != "" {
		if u, err := url.Parse(c.BaseURL); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
			bad("base_url", "%q is not an absolute http(s) address", c.BaseURL)
		}
	}
	if c.Data == "" {
		bad("data", "is empty; name a folder")
	}
	if c.NATS.Sync != string(broker.SyncAlways) && c.NATS.Sync != string(broker.SyncSecond) {
		bad("nats.sync", "%q is neither always nor 1s", c.NATS.Sync)
	}
	if c.NATS.URL != "" && c.NATS.Listen != "" {
		bad("nats.listen", "is for the embedded broker; leave it empty or leave nats.url empty")
	}
	if c.NATS.Replicas < 0 || c.NATS.Replicas > 5 {
		bad("nats.replicas", "%d is not between 1 and 5", c.NATS.Replicas)
	}
	if c.Feeds.Items < 1 || c.Feeds.Items > 1000 {
		bad("feeds.items", "%d is not between 1 and 1000", c.Feeds.Items)
	}
	if _, err := rules.Compile(c.Rules); err != nil {
		bad("rules", "%w", err)
	}
	if _, err := c.allow(); err != nil {
		bad("outgoing.allow", "%w", err)
	}
	c.Limits.validate(bad)
	if v := c.WebSub.Callback; v != "" && v != "off" {
		if u, err := url.Parse(v); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || !strings.HasSuffix(u.Path, "/") || u.Path == "/" {
			bad("websub.callback", "%q is neither off nor an absolute http(s) address with a path of its own and a slash at its end", v)
		}
	}
	if c.Log.Format != "text" && c.Log.Format != "json" {
		bad("log.format", "%q is neither text nor json", c.Log.Format)
	}
	switch c.Log.Level {
	case "debug", "info", "warn", "error":
	default:
		bad("log.level", "%q is none of debug, info, warn, error", c.Log.Level)
	}
	if len(errs) > 0 {
		return fmt.Errorf("%w: config: %w", errUsage, errors.Join(errs...))
	}
	return nil
}

func (c *Config) allow() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range c.Outgoing.Allow {
		p, err := netip.ParsePrefix(strings.TrimSpace(s))
		if err != nil {
			return nil, fmt.Errorf("%q is not an address range such as 10.0.0.0/8", s)
		}
		out = append(out, p)
	}
	return out, nil
}

// path makes a path of the config file relative to that file's folder.
func (c *Config) path(p string) string {
	if p == "" || filepath.IsAbs(p) || c.dir == "" {
		return p
	}
	return filepath.Join(c.dir, p)
}

// sources reads the sources: the list in place, or the file, which need not
// exist yet.
func (c *Config) sources() ([]poll.Source, error) {
	if c.Sources.File == "" {
		return c.Sources.List, checkSources(c.Sources.List)
	}
	return readSources(c.path(c.Sources.File))
}

func readSources(file string) ([]poll.Source, error) {
	b, err := os.ReadFile(file) //nolint:gosec // the operator's own file
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read sources: %w", err)
	}
	var list []poll.Source
	if err := strictYAML(b, &list); err != nil {
		return nil, fmt.Errorf("sources %s: %w", file, err)
	}
	if err := checkSources(list); err != nil {
		return nil, fmt.Errorf("sources %s: %w", file, err)
	}
	return list, nil
}

func checkSources(list []poll.Source) error {
	var errs []error
	seen := map[string]bool{}
	for i := range list {
		errs = append(errs, list[i].Validate())
		if seen[list[i].ID] {
			errs = append(errs, fmt.Errorf("source %q: the id is there twice", list[i].ID))
		}
		seen[list[i].ID] = true
	}
	return errors.Join(errs...)
}
