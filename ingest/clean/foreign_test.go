package clean_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// What bluemonday tries on itself is tried on the whole path too: every text of
// its own tests, in the module cache.
func TestBluemondaysPayloads(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/microcosm-cc/bluemonday").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests of bluemonday in the module cache: %v", err)
	}
	payloads := map[string]bool{}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				if s, err := strconv.Unquote(l.Value); err == nil && strings.ContainsAny(s, "<>&:") {
					payloads[s] = true
				}
			}
			return true
		})
	}
	if len(payloads) < 300 {
		t.Errorf("%d payloads; bluemonday has hundreds", len(payloads))
	}
	for s := range payloads {
		safe(t, s)
		safe(t, "<p>Trước</p>"+s+"<p>Sau</p>")
	}
}
