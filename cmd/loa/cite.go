package main

import (
	"cmp"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"loa/feeds/citation"
)

// citedLine is a citation in the output for programs. Offsets are in runes, half
// open.
type citedLine struct {
	Text   string `json:"text"`
	Start  int    `json:"start"`
	End    int    `json:"end"`
	Type   string `json:"type"`
	Number string `json:"number"`
	Year   string `json:"year"`
	Symbol string `json:"symbol"`
	Date   string `json:"date"`
	Form   string `json:"form"`
	Term   string `json:"term"`
	Issuer string `json:"issuer"`
}

func (a *app) citeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "cite [FILE|-]", Short: "Find citations of official documents in a text", Args: cobra.MaximumNArgs(1),
		Long: `Find the citations of official documents in a text: one a line, a joined one
("18, 19-NQ/TW") one for each number. Offsets are in runes, half open.`,
		RunE: func(_ *cobra.Command, args []string) error {
			in, _, err := a.input(args)
			if err != nil {
				return err
			}
			defer in.Close()
			b, err := io.ReadAll(io.LimitReader(in, maxParse+1))
			if err != nil {
				return fmt.Errorf("read text: %w", err)
			}
			if len(b) > maxParse {
				return fmt.Errorf("text has more than %d bytes; give it in parts", maxParse)
			}
			for _, c := range citation.Find(string(b)) {
				if a.json {
					line := citedLine{c.Text, c.Start, c.End, c.Type, c.Number, c.Year, c.Symbol, c.Date, c.Form, c.Term, c.Issuer}
					if err := a.printJSON(line); err != nil {
						return err
					}
					continue
				}
				fmt.Fprintf(a.stdout, "%d-%d\t%s %s\t%s\t%s\t%s\n", c.Start, c.End, c.Type,
					c.Number, dash(cmp.Or(c.Symbol, c.Term)), dash(c.Date), c.Text)
			}
			return nil
		},
	}
}
