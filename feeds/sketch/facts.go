package sketch

import (
	"cmp"
	"slices"
)

// fact is a number or a name and its place: the words before it.
type fact struct {
	place uint64
	value uint64
	below bool // below the head
	both  bool // the place has two values, so it tells nothing
}

const (
	// headWords are title and beginning. What tells two articles of one template
	// apart stands there nearly always, and else below what they begin with: half
	// of the room is for each.
	headWords = 80
	// placesMax bounds the places that are looked at; later ones are passed over.
	placesMax = 256
	// byline is the length in words of a sentence of names alone, or of the last
	// one, that is taken for a byline.
	byline = 8
)

// Words that stand for any number and any name in a place.
const (
	anyNumber = 0x9e3779b97f4a7c15
	anyName   = 0xc2b2ae3d27d4eb4f
)

// facts collects them from a text, word by word.
type facts struct {
	before [3]uint64 // the last three words
	words  int
	// muted is set after words that no telling fact follows: bylines, counters,
	// the date of putting online.
	muted bool

	table [2 * placesMax]fact
	used  int
	count int
	sum   uint64

	// Of the sentence under way, until it is known for no byline:
	open    [byline]fact
	nOpen   int
	inSent  int
	plain   int // words that are neither name nor number
	numbers int
}

func (f *facts) add(w word) {
	if w.breaks {
		f.endSentence(false)
	}
	f.inSent++
	seen := w.hash
	switch {
	case w.number:
		f.numbers++
		seen = anyNumber
	case w.name && !w.breaks: // at the start of a sentence it may be no name
		seen = anyName
	case w.name:
	default:
		f.plain++
		f.muted = f.muted && timeWords[w.hash]
	}
	if (w.number || w.name && !w.start || f.before[2] == ordinal && ordinals[w.hash]) && !f.muted {
		f.keep(fact{place: f.place(w.number), value: w.hash, below: f.words >= headWords})
	}
	if f.inSent > byline {
		f.commit()
	}
	if mutes[w.hash%uint64(len(mutes))] { // a look into the map for every word would cost as much as all the rest here
		f.muted = f.muted || muting[[2]uint64{f.before[2], w.hash}]
	}
	f.before[0], f.before[1], f.before[2] = f.before[1], f.before[2], seen
	f.words++
}

// place is that of a number or of a name: where one text has a number and the
// other goes on with a name, the two do not contradict each other.
func (f *facts) place(number bool) uint64 {
	h := mix(f.before[0] + 0x632be59bd9b4e019)
	if number {
		h ^= anyNumber
	}
	h = mix(h ^ f.before[1])
	return mix(h^f.before[2]) | 1
}

func (f *facts) keep(x fact) {
	if f.nOpen == len(f.open) {
		f.commit()
	}
	f.open[f.nOpen] = x
	f.nOpen++
}

// endSentence drops what seems to be a byline: names alone, or a short last
// sentence without a number.
func (f *facts) endSentence(last bool) {
	if f.numbers == 0 && f.inSent <= byline && (last || f.plain == 0) {
		f.nOpen = 0
	}
	f.commit()
	f.inSent, f.plain, f.numbers = 0, 0, 0
}

// commit enters the facts of the sentence under way.
func (f *facts) commit() {
	for _, x := range f.open[:f.nOpen] {
		f.count++
		f.sum += x.value
		i := x.place % uint64(len(f.table))
		for f.table[i].place != 0 && f.table[i].place != x.place {
			i = (i + 1) % uint64(len(f.table))
		}
		switch t := &f.table[i]; {
		case t.place == x.place:
			t.both = t.both || t.value != x.value
		case f.used < placesMax:
			f.used++
			*t = x
		}
	}
	f.nOpen = 0
}

// kept returns the facts for the sketch: of head and rest those with the smallest
// places, so that two texts with the same facts keep the same ones.
func (f *facts) kept() (out [maxFacts]uint32) {
	f.endSentence(true)
	list := make([]fact, 0, f.used)
	head := 0
	for i := range f.table {
		if t := &f.table[i]; t.place != 0 && !t.both {
			list = append(list, *t)
			if !t.below {
				head++
			}
		}
	}
	slices.SortFunc(list, func(a, b fact) int {
		if a.below != b.below {
			if b.below {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.place, b.place)
	})
	if room := max(maxFacts/2, maxFacts-(len(list)-head)); head > room {
		list = slices.Delete(list, room, head)
	}
	n := 0
	for _, x := range list {
		e := uint32(x.place>>44)<<valueBits | uint32(x.value>>(64-valueBits))
		if e>>valueBits == 0 || slices.ContainsFunc(out[:n], func(o uint32) bool { return o>>valueBits == e>>valueBits }) {
			continue
		}
		out[n] = e
		if n++; n == maxFacts {
			break
		}
	}
	slices.Sort(out[:n])
	return out
}

// hashOf is the hash of a single word.
func hashOf(s string) (h uint64) {
	scan(s, func(w word) { h = w.hash })
	return h
}

// ordinal comes before what is a number though it is written as a word: `thứ
// hai`, `kỳ họp thứ ba`.
var (
	ordinal  = hashOf("thứ")
	ordinals = set("nhất", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười")
)

// muting are pairs of words after which comes what each unit puts there itself.
var muting = func() map[[2]uint64]bool {
	m := map[[2]uint64]bool{}
	for _, p := range [][2]string{
		{"tác", "giả"}, {"tin", "ảnh"}, {"bài", "ảnh"}, {"tin", "bài"}, {"người", "viết"}, {"biên", "tập"},
		{"nguồn", "tin"}, {"lượt", "xem"}, {"lượt", "đọc"}, {"lượt", "truy"}, {"ngày", "đăng"},
		{"đăng", "ngày"}, {"đăng", "lúc"}, {"đăng", "tải"}, {"cập", "nhật"}, {"điện", "thoại"}, {"đường", "dây"},
	} {
		m[[2]uint64{hashOf(p[0]), hashOf(p[1])}] = true
	}
	return m
}()

// mutes says of a hash whether the second word of a pair may have it.
var mutes = func() (may [256]bool) {
	for pair := range muting {
		may[pair[1]%uint64(len(may))] = true
	}
	return may
}()

// timeWords do not end what follows such a pair.
var timeWords = set("h", "giờ", "phút", "lúc", "ngày", "tháng", "năm", "thứ", "và", "lần", "cuối", "nóng")

func set(words ...string) map[uint64]bool {
	m := map[uint64]bool{}
	for _, s := range words {
		m[hashOf(s)] = true
	}
	return m
}
