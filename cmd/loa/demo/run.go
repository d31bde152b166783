package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// event is an article event as a CMS sends it; see docs/events.md.
type event struct {
	Action      string      `json:"action"`
	Unit        string      `json:"unit"`
	Number      string      `json:"number"`
	URL         string      `json:"url"`
	Title       string      `json:"title,omitempty"`
	Summary     string      `json:"summary,omitempty"`
	ContentHTML string      `json:"content_html,omitempty"`
	Category    string      `json:"category,omitempty"`
	Published   string      `json:"published,omitempty"`
	Updated     string      `json:"updated,omitempty"`
	Language    string      `json:"language,omitempty"`
	Attachments []eventFile `json:"attachments,omitempty"`
	Reason      string      `json:"reason,omitempty"`
}

type eventFile struct {
	URL    string `json:"url"`
	Type   string `json:"type"`
	Length int    `json:"length"`
	Title  string `json:"title"`
}

// attempts is how often an event is offered before Run gives up.
const attempts = 5

// Run makes something happen every few seconds until ctx ends: an article in an
// event and in its unit's feed, an article in the feed alone, a correction, a
// withdrawal. It hands each event to publish, and the same one again at the next
// turn if publish returns an error; an event may therefore be published twice.
// Run returns the error of the last attempt, or that of ctx.
func (p *Portal) Run(ctx context.Context, publish func(ctx context.Context, unit string, event []byte) error) error {
	tick := time.NewTicker(p.every)
	defer tick.Stop()
	var waiting *event
	tried := 0
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if waiting == nil {
			waiting, tried = p.step(), 0
		}
		if waiting == nil {
			continue
		}
		body, err := json.Marshal(waiting)
		if err != nil {
			return fmt.Errorf("encode event: %w", err)
		}
		tried++
		switch err := publish(ctx, waiting.Unit, body); {
		case err == nil:
			waiting = nil
		case ctx.Err() != nil:
			return ctx.Err()
		case tried == attempts:
			return fmt.Errorf("publish event: %w", err)
		}
	}
}

// opening is what happens first, so that whoever looks on soon sees one of each:
// three in events, one in a feed alone, a correction, two more, a withdrawal.
var opening = [...]int{0, 0, 0, 60, 80, 0, 0, 95}

// step makes the next thing happen. The event is nil when it is to be seen in a
// feed alone.
func (p *Portal) step() *event {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.steps++
	now := p.now().In(zone).Truncate(time.Second)
	roll := p.rand.IntN(100)
	if p.steps <= len(opening) {
		roll = opening[p.steps-1]
	}
	switch {
	case roll < 55:
		return p.event("published", p.publish(now))
	case roll < 70:
		p.publish(now)
		return nil
	case roll < 92:
		a := p.pick(func(a *article) bool { return a.updated.IsZero() && a.correction != nil })
		if a == nil {
			a = p.pick(func(a *article) bool { return a.updated.IsZero() })
		}
		if a != nil {
			p.revise(a, now)
			return p.event("updated", a)
		}
	default:
		if a := p.pick(func(a *article) bool { return a.withdrawal != "" }); a != nil {
			a.withdrawn, a.reason, a.updated = true, a.withdrawal, now
			p.shelfOf(a.unit.Code).changed = now
			return p.event("withdrawn", a)
		}
	}
	return p.event("published", p.publish(now))
}

// publish takes the next of the written articles, or one of a series.
func (p *Portal) publish(now time.Time) *article {
	s := p.shelves[p.rand.IntN(len(p.shelves))]
	d := p.texts.Series[p.rand.IntN(len(p.texts.Series))]
	if len(p.upcoming) > 0 && p.rand.IntN(4) > 0 {
		d, p.upcoming = p.upcoming[0], p.upcoming[1:]
		s = p.shelfOf(d.Unit)
	} else {
		p.running++
	}
	s.changed = now
	return p.put(s, d, now)
}

// pick chooses among the articles in the feeds.
func (p *Portal) pick(fits func(*article) bool) *article {
	var all []*article
	for _, s := range p.shelves {
		for _, a := range s.articles[:min(len(s.articles), inFeed)] {
			if !a.withdrawn && fits(a) {
				all = append(all, a)
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[p.rand.IntN(len(all))]
}

// revise corrects the article, or adds a paragraph to it.
func (p *Portal) revise(a *article, now time.Time) {
	if c := a.correction; c != nil {
		a.html, a.reason = strings.Replace(a.html, c.From, c.To, 1), c.Reason
	} else {
		add := p.texts.Additions[p.rand.IntN(len(p.texts.Additions))]
		a.html, a.reason = a.html+"\n"+add, "Bổ sung nội dung"
	}
	a.updated = now
	p.shelfOf(a.unit.Code).changed = now
}

func (p *Portal) event(action string, a *article) *event {
	e := &event{Action: action, Unit: a.unit.Code, Number: strconv.Itoa(a.number), URL: p.link(a)}
	if action != "published" {
		e.Reason, e.Updated = a.reason, a.updated.Format(time.RFC3339)
	}
	if action == "withdrawn" {
		return e
	}
	e.Title, e.Summary, e.ContentHTML, e.Category = a.title, a.summary, a.html, a.category
	e.Published, e.Language = a.published.Format(time.RFC3339), "vi"
	for _, f := range a.files {
		e.Attachments = append(e.Attachments, eventFile{URL: p.fileLink(a, f), Type: f.mediaType(), Length: len(f.Text), Title: f.Title})
	}
	return e
}

func (p *Portal) shelfOf(code string) *shelf {
	for _, s := range p.shelves {
		if s.unit.Code == code {
			return s
		}
	}
	panic("demo: no unit " + code) // parseTexts has checked
}
