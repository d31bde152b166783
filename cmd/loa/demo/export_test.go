package demo

// ParseTexts reads a file such as articles.yaml.
func ParseTexts(b []byte) error {
	_, err := parseTexts(b)
	return err
}

// Written returns the titles of the written articles.
func (p *Portal) Written() []string {
	var out []string
	for _, d := range p.texts.Articles {
		out = append(out, d.Title.fill(moment{}))
	}
	return out
}
