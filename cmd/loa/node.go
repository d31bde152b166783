package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
)

// catchUpNote bounds how long the library may take to read the journal before the
// node is said to be slow.
const catchUpNote = 5 * time.Second

// Run serves until ctx ends or a part fails. It stops in the order of the flow:
// intake, then what is under way, then serving.
func (n *node) Run(ctx context.Context) error {
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()
	g, ctx := errgroup.WithContext(ctx)
	back, failed := errgroup.WithContext(serving)
	back.Go(func() error { return n.store.library.Run(failed, n.store.journal) })
	if n.search != nil {
		back.Go(func() error { return n.search.Run(failed, n.store.library) })
	}
	back.Go(func() error { return n.watchPublishers(failed) })
	if n.admin != nil {
		back.Go(func() error { return serve(failed, n.admin, n.adminHandler()) })
	}
	if n.public != nil {
		back.Go(func() error { return serve(failed, n.public, n.publicHandler()) })
	}
	g.Go(func() error { // a server that fails ends the intake
		select {
		case <-failed.Done():
			return context.Cause(failed)
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	g.Go(func() error { return n.intake(ctx) })
	err := g.Wait()
	stopServing()
	if e := back.Wait(); e != nil && !errors.Is(e, context.Canceled) {
		err = e
	}
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return err
}

// intake waits until the library has the whole journal, then opens the doors: an
// input can only be identified by one who has read everything.
func (n *node) intake(ctx context.Context) error {
	s, err := n.store.journal.State(ctx)
	if err != nil {
		return err
	}
	slow := time.AfterFunc(catchUpNote, func() {
		n.log.Info("reading the journal into the library", "position", n.store.library.Position(), "of", s.Last)
	})
	err = n.store.library.WaitFor(ctx, s.Last)
	slow.Stop()
	if err != nil {
		return err
	}
	close(n.ready)
	if !n.roles.ingest {
		<-ctx.Done()
		return ctx.Err()
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return n.events.Run(ctx) })
	g.Go(func() error { return n.poll.Run(ctx) })
	if n.websub != nil {
		g.Go(func() error { return n.websub.Run(ctx) })
	}
	g.Go(func() error { return n.watchSources(ctx) })
	return g.Wait()
}

// sourcesCheck is how often the sources file is looked at.
const sourcesCheck = 2 * time.Second

// watchSources takes up changes of the sources file. A file with a mistake
// changes nothing.
func (n *node) watchSources(ctx context.Context) error {
	if n.c.Sources.File == "" {
		n.setSources(n.c.Sources.List)
		return nil
	}
	file := n.c.path(n.c.Sources.File)
	var last time.Time
	var size int64 = -1
	for {
		i, err := os.Stat(file)
		switch {
		case err == nil && (!i.ModTime().Equal(last) || i.Size() != size):
			last, size = i.ModTime(), i.Size()
			list, err := readSources(file)
			if err != nil {
				n.log.Error("sources not taken up; the ones before stay", "err", err)
				break
			}
			n.log.Info("sources taken up", "file", file, "sources", len(list))
			n.setSources(list)
		case errors.Is(err, os.ErrNotExist) && size != -1:
			n.log.Warn("sources file is gone; the ones before stay", "file", file)
			size = -1
		}
		select {
		case <-time.After(sourcesCheck):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// serve runs an HTTP server on the listener until ctx ends; requests under way
// get a moment to finish.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    16 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if s.Shutdown(stop) != nil {
		_ = s.Close()
	}
	<-failed //nolint:errcheck // http.ErrServerClosed
	return ctx.Err()
}
