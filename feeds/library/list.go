package library

import (
	"time"

	"loa/feeds"
	"loa/feeds/journal"
)

// put replaces an article's state and its places in feeds.
func (w *writer) put(old, next row, isNew bool, pos uint64) error {
	if next.joined {
		b, err := journal.Encode(&next.rec)
		if err != nil {
			return err
		}
		if err := w.exec("UPDATE articles SET state = ? WHERE n = ?", b, next.n); err != nil {
			return err
		}
	}
	if !isNew {
		if err := w.unlist(old, pos); err != nil {
			return err
		}
	}
	was := &old.rec
	if isNew {
		was = nil
	} else if was.IsWithdrawn() != next.rec.IsWithdrawn() {
		w.taken = pos
	}
	shelve := isShelved(was, &next)
	if isListed(&next.rec) || shelve {
		for _, f := range w.facets(&next.rec) {
			r, err := w.feed(f, pos)
			if err != nil {
				return err
			}
			if shelve {
				if err := w.shelve(f.Path, r, &next, pos); err != nil {
					return err
				}
			}
			if !isListed(&next.rec) {
				continue
			}
			w.pending.entries[place{r.f, sortKey(&next.rec), next.n}] = true
		}
	}
	return w.group(was, &next, pos)
}

// isListed reports whether an article stands in the lists of feeds: it is not
// withdrawn, and it is news.
func isListed(r *feeds.Record) bool { return !r.IsWithdrawn() && !r.Quiet }

// facets are the feeds that an article stands in. Its province is that of its
// unit when loa first saw the article: an article stays with whom it was
// published under.
func (w *writer) facets(r *feeds.Record) []feeds.Facet { return facets(w.o, r) }

func facets(o *Options, r *feeds.Record) []feeds.Facet {
	province := ""
	if o.Province != nil {
		province = o.Province(r.Article.Unit, r.FirstSeen)
	}
	return feeds.Facets(&r.Article, province)
}

// unlist takes an article out of its feeds.
func (w *writer) unlist(a row, pos uint64) error {
	if !isListed(&a.rec) {
		return nil
	}
	for _, f := range w.facets(&a.rec) {
		r, err := w.feed(f, pos)
		if err != nil {
			return err
		}
		w.pending.entries[place{r.f, sortKey(&a.rec), a.n}] = false
	}
	return nil
}

// sortKey is milliseconds, so that day-precision articles and timed ones mix.
func sortKey(r *feeds.Record) int64 { return r.SortTime().Round(time.Millisecond).UnixMilli() }

// feed returns a facet's row, made if it is new, at the version pos. The first
// article's label stays, so that the feed's title does not change to and fro.
func (w *writer) feed(f feeds.Facet, pos uint64) (feedRow, error) {
	r, ok := w.feeds[f.Path]
	if !ok {
		r, ok = w.known(f.Path)
	}
	if !ok {
		r.label = f.Label
		if err := w.query("INSERT INTO feeds(path, label, version) VALUES(?, ?, ?) RETURNING f", f.Path, f.Label, int64(pos)).Scan(&r.f); err != nil {
			return r, err
		}
	}
	r.version = pos
	w.feeds[f.Path] = r
	return r, nil
}
