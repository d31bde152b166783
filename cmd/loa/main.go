// Command loa takes the news of Vietnamese state portals, from events on NATS and
// from source feeds, keeps one clean copy of each article, and gives it out as
// RSS 2.0, Atom 1.0 and JSON Feed 1.1.
//
//	loa run --demo          everything in one process, with a pretend portal
//	loa run --config FILE   the server
//	loa check               config and each dependency
//	loa send FILE           article events
//	loa sources list        sources and their health
//	loa publishers add NAME a token for one who sends events
//	loa parse FILE|URL      a foreign feed as loa reads it
//	loa units NAME|CODE     administrative units, before and after
//	loa explain URL|ID      where an article came from, and why it is or is not here
//	loa rules test          what keep and block rules would have kept out
//	loa dead list           what was refused, and why; replay and drop it
//	loa rebuild --verify    library from the journal, compared byte for byte
//
// Exit codes: 0 done, 1 it failed, 2 wrong use, 3 done with some refused.
//
// Package main wires and talks to people; it decides nothing about articles.
// wire.go is the only file that picks concrete backends.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // zones in a binary without a system around it

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// After the first signal the default is back: a second one ends the process.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}

// errSomeRefused makes exit code 3; what was refused has been listed.
var errSomeRefused = errors.New("some were refused")

// errSaid makes exit code 1 when the reason has been printed already.
var errSaid = errors.New("failed")

// app is what all commands share.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string

	configFile string
	json       bool
}

// run is the whole program but for the process around it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, getenv: getenv}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errSomeRefused):
		return 3
	case errors.Is(err, errSaid):
		return 1
	case errors.Is(err, errUsage):
		fmt.Fprintln(stderr, "loa:", err)
		return 2
	default:
		fmt.Fprintln(stderr, "loa:", err)
		return 1
	}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "loa",
		Short:         "News of Vietnamese state portals as clean feeds",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.PersistentFlags().StringVar(&a.configFile, "config", a.getenv("LOA_CONFIG"), "configuration `FILE` (YAML)")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print JSON: one value, or one a line for lists")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return fmt.Errorf("%w: %w", errUsage, err) })
	root.AddCommand(a.runCommand(), a.checkCommand(), a.sendCommand(), a.sourcesCommand(), a.websubCommand(), a.publishersCommand(), a.readersCommand(), a.parseCommand(), a.citeCommand(), a.unitsCommand(), a.rebuildCommand(), a.explainCommand(), a.deadCommand(), a.rulesCommand(), a.versionCommand())
	usageErrors(root)
	return root
}

// usageErrors makes wrong arguments exit with 2.
func usageErrors(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return fmt.Errorf("%w: %w; see `%s --help`", errUsage, err, c.CommandPath())
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		usageErrors(sub)
	}
}

// config loads and checks the configuration.
func (a *app) config() (Config, error) {
	c, err := loadConfig(a.configFile, a.getenv)
	if err != nil {
		return c, err
	}
	return c, c.validate()
}
