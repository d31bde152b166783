package clean

import "github.com/microcosm-cc/bluemonday"

var policy = bluemonday.UGCPolicy()
