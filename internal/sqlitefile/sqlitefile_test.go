package sqlitefile_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"loa/internal/sqlitefile"
)

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "một? #1%.db")
	o := sqlitefile.Options{Schema: "CREATE TABLE a(x INTEGER);", Version: 3, Readers: 2, Checkpoint: 1000}
	for range 2 { // new, and there already
		w, r, err := sqlitefile.Open(t.Context(), path, o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.ExecContext(t.Context(), "INSERT INTO a VALUES(1)"); err != nil {
			t.Error(err)
		}
		if _, err := r.ExecContext(t.Context(), "INSERT INTO a VALUES(2)"); err == nil {
			t.Error("a reader writes")
		}
		if err := errors.Join(r.Close(), w.Close()); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("not where it was asked for: %v", err)
	}
	o.Version = 4
	if w, r, err := sqlitefile.Open(t.Context(), path, o); !errors.Is(err, sqlitefile.ErrSchema) || w != nil || r != nil {
		t.Errorf("another version: %v", err)
	}
	if err := sqlitefile.Remove(path); err != nil {
		t.Error(err)
	}
	if err := sqlitefile.Remove(path); err != nil {
		t.Errorf("none there: %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}
