package sketch

// Alike and Contradict are the two halves of Near.
func Alike(a, b Sketch) int       { return alike(&a, &b) }
func Contradict(a, b Sketch) bool { return contradict(&a, &b) }

// Values is the size of a signature, Shared how many must agree.
const (
	Values = values
	Shared = shared
)
