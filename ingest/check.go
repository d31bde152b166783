package ingest

import (
	"loa/feeds"
	"loa/ingest/identify"
)

// Check returns the *Refused with which [Pipeline.Ingest] would refuse the input,
// or nil. A door that can answer its publisher asks before it stores. It does not
// ask the rules, which are the operator's and no fault of the publisher.
func Check(in Input) error {
	if err := (&Pipeline{}).clean(&in); err != nil {
		return refuse(err)
	}
	if in.Door != feeds.DoorPoll && len(identify.Keys(key(in))) == 0 {
		return refuse(feeds.ErrNoName)
	}
	return nil
}
