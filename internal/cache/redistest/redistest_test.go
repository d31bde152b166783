package redistest_test

import (
	"net"
	"testing"

	"loa/internal/cache/redistest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestServerStopsFreezesAndComesBack(t *testing.T) {
	s := redistest.Start(t)
	dial := func() error {
		conn, err := net.Dial("unix", s.Socket)
		if err == nil {
			conn.Close()
		}
		return err
	}
	if err := dial(); err != nil {
		t.Fatal(err)
	}
	s.Pause()
	if err := dial(); err != nil {
		t.Errorf("a frozen server still takes connections: %v", err)
	}
	s.Resume()
	s.Pause()
	s.Stop() // a frozen one, too
	if err := dial(); err == nil {
		t.Error("a stopped server took a connection")
	}
	s.Stop()
	s.Restart()
	if err := dial(); err != nil {
		t.Error(err)
	}
}
