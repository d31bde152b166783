package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"loa/internal/broker"
	"loa/internal/cache/rediscache"
)

// finding is one line of `loa check`.
type finding struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	// Text says what was found and, if it is not well, what to do.
	Text string `json:"text"`
}

func (a *app) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check", Short: "Check the configuration and each dependency", Args: cobra.NoArgs,
		Long: `Check the configuration and each dependency, a line each, with what to do.
Exit code 1 if something is not well.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			failed := false
			report := func(f finding) {
				failed = failed || !f.OK
				if a.json {
					_ = a.printJSON(f)
					return
				}
				mark := "ok  "
				if !f.OK {
					mark = "FAIL"
				}
				fmt.Fprintf(a.stdout, "%s %-10s %s\n", mark, f.Check, f.Text)
			}
			cfg, err := a.config()
			if err != nil {
				report(finding{"config", false, err.Error()})
				return errSaid
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), 30*time.Second)
			defer cancel()
			report(checkConfig(a.configFile))
			report(checkSourcesFile(&cfg))
			report(checkPublishersFile(&cfg))
			if cfg.Readers != "" || !cfg.Feeds.Public {
				report(checkReadersFile(&cfg))
			}
			report(checkUnits(&cfg))
			unlock, running, f := checkData(&cfg)
			report(f)
			if unlock != nil {
				defer unlock()
			}
			if cfg.NATS.URL == "" && !f.OK && unlock == nil {
				report(finding{"nats", false, "embedded; not tried without the data folder"})
			} else {
				report(checkBroker(ctx, &cfg, running))
			}
			report(checkRedis(ctx, &cfg))
			for _, p := range []struct{ name, addr string }{{"listen", cfg.Listen}, {"admin", cfg.Admin}} {
				if p.addr != "" {
					report(checkPort(p.name, p.addr, running))
				}
			}
			if failed {
				return errSaid
			}
			return nil
		},
	}
}

func checkConfig(file string) finding {
	if file == "" {
		return finding{"config", true, "no file; defaults and environment"}
	}
	return finding{"config", true, file}
}

func checkSourcesFile(c *Config) finding {
	list, err := c.sources()
	switch {
	case err != nil:
		return finding{"sources", false, err.Error()}
	case len(list) == 0:
		return finding{"sources", true, "none; add some with `loa sources add URL --unit CODE`, or send events"}
	}
	return finding{"sources", true, fmt.Sprintf("%d sources", len(list))}
}

// checkUnits loads the register with the operator's changes.
func checkUnits(c *Config) finding {
	r, changes, err := c.register()
	if err != nil {
		return finding{"units", false, strings.TrimPrefix(err.Error(), errUsage.Error()+": ")}
	}
	now := time.Now()
	provinces := r.Provinces(now)
	communes := 0
	for _, p := range provinces {
		communes += len(r.Communes(p.Code, now))
	}
	text := fmt.Sprintf("%d provinces and %d communes in force", len(provinces), communes)
	if c.Units.Changes != "" {
		text += fmt.Sprintf("; %d changes in %s", changes, c.path(c.Units.Changes))
	}
	return finding{"units", true, text}
}

// lowSpace is the free disk space, in bytes, below which an operator is warned.
const lowSpace = 1 << 30

// checkData takes the data folder's lock, as the server would.
func checkData(c *Config) (unlock func(), running bool, f finding) {
	dir := c.path(c.Data)
	unlock, err := broker.Lock(dir)
	if errors.Is(err, broker.ErrLocked) {
		return nil, true, finding{"data", true, dir + ": a server is running on it"}
	}
	if err != nil {
		return nil, false, finding{"data", false, err.Error() + "; make the folder writable or set data"}
	}
	probe := filepath.Join(dir, "check")
	if err := os.WriteFile(probe, []byte("x"), 0o600); err != nil {
		return unlock, false, finding{"data", false, err.Error() + "; make the folder writable or set data"}
	}
	_ = os.Remove(probe)
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err == nil {
		free := fs.Bavail * uint64(fs.Bsize)
		text := fmt.Sprintf("%s: %.1f GiB free", dir, float64(free)/(1<<30))
		if free < lowSpace {
			return unlock, false, finding{"data", false, text + "; make room: a full disk stops the journal"}
		}
		return unlock, false, finding{"data", true, text}
	}
	return unlock, false, finding{"data", true, dir}
}

func checkBroker(ctx context.Context, c *Config, running bool) finding {
	if c.NATS.URL == "" && running {
		return finding{"nats", true, "embedded, in the running server"}
	}
	b, err := broker.Open(ctx, brokerOptions(c, nil))
	if err != nil {
		return finding{"nats", false, err.Error()}
	}
	defer b.Close()
	if c.NATS.URL == "" {
		return finding{"nats", true, fmt.Sprintf("embedded %s, sync %s", b.NC.ConnectedServerVersion(), c.NATS.Sync)}
	}
	if err := b.Declare(ctx); err != nil {
		return finding{"nats", false, err.Error() + "; allow loa's account to manage its streams, or make room for them"}
	}
	return finding{"nats", true, fmt.Sprintf("%s: server %s, streams are there", b.NC.ConnectedUrlRedacted(), b.NC.ConnectedServerVersion())}
}

func checkRedis(ctx context.Context, c *Config) finding {
	if c.Redis.URL == "" {
		return finding{"redis", true, "none; the cache is in memory"}
	}
	r, err := rediscache.Open(rediscache.Config{URL: c.Redis.URL})
	if err != nil {
		return finding{"redis", false, err.Error()}
	}
	defer r.Close()
	if err := r.Ping(ctx); err != nil {
		return finding{"redis", false, err.Error() + "; start it or leave redis.url empty (loa runs without, more slowly)"}
	}
	return finding{"redis", true, "answers"}
}

func checkPort(name, addr string, running bool) finding {
	l, err := net.Listen("tcp", addr)
	switch {
	case err == nil:
		_ = l.Close()
		return finding{name, true, addr + " is free"}
	case running:
		return finding{name, true, addr + " is in use, by the running server as it seems"}
	}
	return finding{name, false, err.Error() + "; stop what has it or set " + name + " to another address"}
}
