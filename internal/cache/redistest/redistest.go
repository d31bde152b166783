// Package redistest starts a real Redis server for one test: without
// persistence, on a Unix socket, gone with the test. It can be stopped, frozen
// and started again, for tests of what happens then.
package redistest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Missing is what a test says when there is no redis-server on the PATH.
const Missing = "redis-server is not installed: apt-get install redis-server"

// Server is a running redis-server. Its methods are for the test's goroutine.
type Server struct {
	// URL is its address for clients, unix:///... .
	URL string
	// Socket is the path of its Unix socket.
	Socket string

	t       testing.TB
	program string
	folder  string
	run     *process // nil while stopped
}

type process struct {
	handle *os.Process
	ended  chan struct{}
	output *strings.Builder // to be read after ended
}

// Start runs a server until the test ends. Without the program, the test
// fails where the environment says CI=true, and is skipped elsewhere.
func Start(t testing.TB) *Server {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(Missing)
		}
		t.Skip(Missing)
	}
	// Not t.TempDir: with the test's name in it, it is soon too long for the
	// path of a socket (108 bytes).
	folder, err := os.MkdirTemp("", "redis")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	socket := filepath.Join(folder, "s")
	s := &Server{URL: "unix://" + socket, Socket: socket, t: t, program: program, folder: folder}
	s.Restart()
	t.Cleanup(s.Stop)
	return s
}

// Restart starts a stopped server again, at the same address and empty. A
// server that runs is stopped first.
func (s *Server) Restart() {
	s.t.Helper()
	s.Stop()
	cmd := exec.Command(s.program,
		"--port", "0",
		"--unixsocket", "s",
		"--save", "",
		"--appendonly", "no",
		"--daemonize", "no",
		"--databases", "2",
	)
	cmd.Dir = s.folder
	cmd.SysProcAttr = dieWithParent()
	run := &process{ended: make(chan struct{}), output: new(strings.Builder)}
	cmd.Stdout, cmd.Stderr = run.output, run.output
	started := make(chan error, 1)
	go func() {
		// The server dies with the thread that started it, so that it does not
		// outlive a test that is killed: the thread must be kept till then.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(run.ended)
		err := cmd.Start()
		run.handle = cmd.Process
		started <- err
		if err == nil {
			_ = cmd.Wait() // it is killed, which is an error
		}
	}()
	if err := <-started; err != nil {
		s.t.Fatal(err)
	}
	s.run = run
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for s.ping(ctx) != nil {
		select {
		case <-run.ended:
			s.run = nil
			s.t.Fatalf("redis-server ended at once:\n%s", run.output)
		case <-ctx.Done():
			s.t.Fatal("redis-server does not answer")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (s *Server) ping(ctx context.Context) error {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", s.Socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && answer != "+PONG\r\n" {
		err = fmt.Errorf("ping: %q", answer)
	}
	return err
}

// Stop kills the server, as a crash does: its connections break, new ones are
// refused, and what it kept is gone. To stop a stopped server does nothing.
func (s *Server) Stop() {
	if s.run == nil {
		return
	}
	_ = s.run.handle.Kill() // it may have ended by itself
	<-s.run.ended
	s.run = nil
}

// Pause freezes the server: it takes connections and never answers, until
// [Server.Resume].
func (s *Server) Pause() {
	s.t.Helper()
	s.signal(syscall.SIGSTOP)
}

// Resume lets a frozen server go on where it was.
func (s *Server) Resume() {
	s.t.Helper()
	s.signal(syscall.SIGCONT)
}

func (s *Server) signal(sig os.Signal) {
	s.t.Helper()
	if s.run == nil {
		s.t.Fatal("redis-server is stopped")
	}
	if err := s.run.handle.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}
