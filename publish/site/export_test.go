package site

// Phrases are all texts by key and language.
func Phrases() map[string]map[Lang]string {
	out := map[string]map[Lang]string{}
	for key, p := range phrases {
		out[key] = map[Lang]string{Vietnamese: p.vi, English: p.en}
	}
	return out
}
