package search

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"loa/feeds"
)

// The row of an article is its place in time: FTS5 reads matches in the order of
// rows, forwards or backwards, without sorting. A second has 1,024 rows, one for
// each of its milliseconds and some more. What finds its row taken goes behind
// those that stand there, so that articles of one instant are in the order of
// their arrival; a crowd (a day's articles without time of day all stand at its
// last millisecond) reaches seconds beyond its instant, and that is all the
// disorder there is.
//
// FTS5 writes the distance between two rows of a word in as many bytes as it
// needs: more rows for a second would make the file larger, fewer the crowds.
const secondBits = 10

// epoch is before all articles, in Unix milliseconds; rows are from it on.
var epoch = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// lastSecond is beyond all dates.
const lastSecond = 1 << 40

// sortKey is that of feeds/library: Unix milliseconds.
func sortKey(r *feeds.Record) int64 { return r.SortTime().Round(time.Millisecond).UnixMilli() }

// slot returns the row that a sort key asks for.
func slot(sort int64) int64 {
	ms := min(max(sort-epoch, 0), lastSecond*1000)
	return ms/1000<<secondBits | ms%1000
}

// topRow asks for the last row that is taken in a range.
const topRow = "SELECT r FROM docs WHERE r BETWEEN ? AND ? ORDER BY r DESC LIMIT 1"

// freeRow finds the row for a new article, behind what stands in the smallest
// range that has room.
func freeRow(ctx context.Context, top *sql.Stmt, sort int64) (int64, error) {
	first := slot(sort)
	for width := int64(1); ; width *= 4 {
		last := first + width - 1
		var taken int64
		err := top.QueryRowContext(ctx, first, last).Scan(&taken)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return first, nil
		case err != nil:
			return 0, err
		case taken < last:
			return taken + 1, nil
		}
	}
}
