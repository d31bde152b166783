package library

import "time"

// Queries are those that serving and writing ask for each article or document.
func Queries() map[string]string {
	one, _ := newest([]int64{1}, 50, time.Time{})
	many, _ := newest([]int64{1, 2, 3}, 50, time.Unix(0, 0))
	return map[string]string{
		"newest of one": one, "newest of many": many, "shelf": shelfQuery, "feeds of a cluster": spreadQuery, "members of a cluster": membersQuery,
		"near": nearQuery(8), "directory": directoryQuery, "state": "SELECT " + stateColumns + " WHERE a.n = ?",
	}
}
