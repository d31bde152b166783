package poll

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"time"

	"loa/feeds"
	"loa/ingest/poll/listing"
	"loa/ingest/rules"
)

// Source is a feed or a page that is polled, as its operator describes it.
type Source struct {
	// ID names the source for ever: GUIDs mean something only within it. Small
	// letters, digits, "-" and "_".
	ID string `yaml:"id" json:"id"`
	// URL of the feed or the page.
	URL string `yaml:"url" json:"url"`
	// Unit is the GSO code of the publisher. It is never guessed from the host.
	Unit string `yaml:"unit" json:"unit"`
	// Category of its articles; without it, the category that an item says.
	Category string `yaml:"category,omitempty" json:"category,omitempty"`
	// Interval is the floor of the time between two polls; 0 means 5 minutes.
	Interval time.Duration `yaml:"interval,omitempty" json:"interval,omitempty"`
	// Longest is the ceiling of that time, which the feed's own hints (ttl,
	// max-age, skipHours, ...) do not go beyond either; 0 means four times the
	// floor, and an hour at most. What a server orders by Retry-After counts always.
	Longest time.Duration `yaml:"ceiling,omitempty" json:"ceiling,omitempty"`
	// Gap is the least time between two requests to the source's host; 0 means a
	// quarter of the floor, and a second at most.
	Gap time.Duration `yaml:"gap,omitempty" json:"gap,omitempty"`
	// Zone of dates without one, such as "+07:00", the default.
	Zone string `yaml:"zone,omitempty" json:"zone,omitempty"`
	// Order of dates such as 10/2/2026: dmy, the default, or mdy.
	Order string `yaml:"order,omitempty" json:"order,omitempty"`
	// Dates is "day" where the source's times of day mean nothing, such as a
	// midnight GMT on every date.
	Dates string `yaml:"dates,omitempty" json:"dates,omitempty"`
	// Status is active, the default, or why the source is polled no more: frozen
	// (its publisher is no more or has left it), moved (see Successors) or gone.
	// What it brought stays.
	Status Status `yaml:"status,omitempty" json:"status,omitempty"`
	// From and To bound the source's life, as days (2006-01-02); from the day To on
	// it counts as frozen.
	From string `yaml:"from,omitempty" json:"from,omitempty"`
	To   string `yaml:"to,omitempty" json:"to,omitempty"`
	// Successors are the ids of the sources that took its place.
	Successors []string `yaml:"successors,omitempty" json:"successors,omitempty"`
	// Flood says what becomes of new articles while the source is held: quiet, the
	// default, takes them in without making news of them, refuse keeps them out
	// until it is released.
	Flood Policy `yaml:"flood,omitempty" json:"flood,omitempty"`
	// Page says where the items are if the source is no feed but a page with a list
	// of articles.
	Page *listing.Selectors `yaml:"page,omitempty" json:"page,omitempty"`
	// FullText is set where the page of each article is to be read for its text,
	// because the source gives a summary alone.
	FullText bool `yaml:"full_text,omitempty" json:"full_text,omitempty"`
	// Rules say which of its items are wanted; the first that matches decides.
	// What they keep out is listed by `loa sources drops`.
	Rules []rules.Rule `yaml:"rules,omitempty" json:"rules,omitempty"`
}

// Status says whether a source is polled.
type Status string

// The statuses.
const (
	Active Status = "active"
	Frozen Status = "frozen"
	Moved  Status = "moved"
	Gone   Status = "gone"
)

// StatusAt is the source's status at the instant: its own, or frozen outside its
// life.
func (s *Source) StatusAt(now time.Time) Status {
	if s.Status != "" && s.Status != Active {
		return s.Status
	}
	if t, err := day(s.From); err == nil && s.From != "" && now.Before(t) {
		return Frozen
	}
	if t, err := day(s.To); err == nil && s.To != "" && !now.Before(t) {
		return Frozen
	}
	return Active
}

// day reads a day as its local midnight.
func day(v string) (time.Time, error) { return time.ParseInLocation(time.DateOnly, v, feeds.Zone) }

// MinInterval is the least interval of a source.
const MinInterval = time.Second

const (
	defaultInterval = 5 * time.Minute
	maxGap          = time.Minute
)

var sourceID = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// Validate reports everything that is wrong with the description.
func (s *Source) Validate() error {
	var errs []error
	bad := func(field, format string, args ...any) {
		errs = append(errs, fmt.Errorf("source %q: %s: %w", s.ID, field, fmt.Errorf(format, args...)))
	}
	if !sourceID.MatchString(s.ID) {
		bad("id", "use 1 to 64 small letters, digits, - and _")
	}
	if u, err := url.Parse(s.URL); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		bad("url", "%q is not an absolute http(s) address", s.URL)
	} else if u.User != nil {
		bad("url", "has a user name; loa does not send credentials in addresses")
	}
	if err := feeds.CheckUnit(s.Unit); err != nil {
		bad("unit", "%w", err)
	}
	if s.Interval != 0 && s.Interval < MinInterval {
		bad("interval", "is %s; at least %s", s.Interval, MinInterval)
	}
	if s.Longest != 0 && s.Longest < s.Floor() {
		bad("ceiling", "%s is less than the interval, %s", s.Longest, s.Floor())
	}
	if s.Gap < 0 || s.Gap > maxGap {
		bad("gap", "%s is not between 0 and %s", s.Gap, maxGap)
	}
	if _, err := ParseZone(s.Zone); err != nil {
		bad("zone", "%w", err)
	}
	if s.Dates != "" && s.Dates != "day" {
		bad("dates", "%q is not day", s.Dates)
	}
	switch s.Status {
	case "", Active, Frozen, Moved, Gone:
	default:
		bad("status", "%q is none of active, frozen, moved, gone", s.Status)
	}
	if err := s.Flood.Validate(); err != nil {
		bad("flood", "%w", err)
	}
	for field, v := range map[string]string{"from": s.From, "to": s.To} {
		if _, err := day(v); v != "" && err != nil {
			bad(field, "%q is not a day such as 2025-07-01", v)
		}
	}
	if s.From != "" && s.To != "" && s.From >= s.To {
		bad("to", "%s is not after from, %s", s.To, s.From)
	}
	for _, id := range s.Successors {
		if !sourceID.MatchString(id) || id == s.ID {
			bad("successors", "%q is not the id of another source", id)
		}
	}
	if s.Page != nil {
		if err := s.Page.Validate(); err != nil {
			bad("page", "%w", err)
		}
	}
	if _, err := rules.Compile(s.Rules); err != nil {
		bad("rules", "%w", err)
	}
	if s.Order != "" && s.Order != "dmy" && s.Order != "mdy" {
		bad("order", "%q is neither dmy nor mdy", s.Order)
	}
	return errors.Join(errs...)
}

// Floor and Ceiling bound the learned interval.
func (s *Source) Floor() time.Duration { return cmp.Or(s.Interval, defaultInterval) }

// Ceiling is the operator's, or else four times the floor, but not beyond an
// hour: a quiet portal is still read often enough for a notice that cannot wait.
func (s *Source) Ceiling() time.Duration {
	return max(s.Floor(), cmp.Or(s.Longest, min(4*s.Floor(), time.Hour)))
}

// HostGap is the least time between the starts of two requests to its host.
func (s *Source) HostGap() time.Duration {
	return cmp.Or(s.Gap, min(hostGap, s.Floor()/4))
}

// digest changes when the description does: what was learned with another
// description (validators, body) holds no more.
func (s *Source) digest() string {
	h := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q %q", s.URL, s.Unit, s.Category, s.Zone, s.Order, s.Dates))
	return hex.EncodeToString(h[:8]) + s.pagesDigest()
}

// ParseZone reads an offset such as "+07:00"; "" is Vietnam's.
func ParseZone(s string) (*time.Location, error) {
	if s == "" {
		return feeds.Zone, nil
	}
	t, err := time.Parse("-07:00", s)
	if err != nil {
		return nil, fmt.Errorf("%q is not an offset such as +07:00", s)
	}
	_, off := t.Zone()
	return time.FixedZone(s, off), nil
}
