package sketch_test

import (
	"strings"
	"testing"

	"loa/feeds/sketch"
)

var sink sketch.Sketch

func BenchmarkOf(b *testing.B) {
	var text strings.Builder
	for _, a := range fixtures() {
		text.WriteString(a.text())
	}
	for _, size := range []struct {
		name string
		text string
	}{{"article", fixtures()[0].text()}, {"long", text.String()}} {
		b.Run(size.name, func(b *testing.B) {
			b.SetBytes(int64(len(size.text)))
			b.ReportAllocs()
			for b.Loop() {
				sink = sketch.Of("Thị trấn ra quân dọn vệ sinh", size.text)
			}
		})
	}
}

func BenchmarkNear(b *testing.B) {
	list := fixtures()
	x, y := of(list[0]), of(cut(list[0], 0.7))
	for b.Loop() {
		if !sketch.Near(x, y) {
			b.Fatal("not near")
		}
	}
}
