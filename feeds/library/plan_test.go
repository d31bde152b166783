package library_test

import (
	"database/sql"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"loa/feeds/library"
)

// No query of serving or writing goes through a whole table: what it costs does not
// grow with the library.
func TestQueriesScanNoTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l.db")
	open(t, path)
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	// Aliases of tables; what else is scanned is the result of a bounded subquery.
	table := regexp.MustCompile(`^SCAN (a|b|c|k|q|r|s|t|articles|bands|entries|feeds|keys|pages|records|shelf|sketches)( |$)`)
	for name, query := range library.Queries() {
		t.Run(name, func(t *testing.T) {
			args := make([]any, strings.Count(query, "?"))
			for i := range args {
				args[i] = 1
			}
			rows, err := db.Query("EXPLAIN QUERY PLAN "+query, args...)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			steps := 0
			for ; rows.Next(); steps++ {
				var id, parent, unused int
				var step string
				if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
					t.Fatal(err)
				}
				if table.MatchString(step) {
					t.Error(step)
				}
			}
			if err := rows.Err(); err != nil || steps == 0 {
				t.Errorf("%d steps, %v", steps, err)
			}
		})
	}
}
