package city

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// Limits of a rules file.
const (
	maxRulesBytes = 1 << 20
	maxOffences   = 500
	maxTiers      = 20
	maxHolidays   = 2000
	maxCharges    = 4
	maxFees       = 6 // with the charges, the penalty and a discount: as many lines as a quote can carry
	maxRepeats    = 10
	maxRepeatDays = 3660 // ten years
)

// ParseRules reads a rules file (TOML). Every fault is named with its row and its fix; nothing is
// half-read: either the rules or the faults. beside is the folder that the file stands in, of which a
// logo is read; nil where there is none.
func ParseRules(b []byte, beside fs.FS, c City) (Rules, []error) {
	if len(b) > maxRulesBytes {
		return Rules{}, []error{&Fault{What: Said{"the rules file is larger than %d bytes: split it", []any{maxRulesBytes}}}}
	}
	var f rulesFile
	d := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return Rules{}, []error{tomlError(err)}
	}
	rules, errs := f.rules(beside)
	errs = append(errs, rules.check(c)...)
	if len(errs) > 0 {
		placed(errs, string(b))
		return Rules{}, errs
	}
	return rules, nil
}

// tomlError names the line and the key of what the TOML reader did not like.
func tomlError(err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		for _, e := range strict.Errors {
			if row, _ := e.Position(); cardFee(joinKey(e.Key())) {
				return &Fault{Line: row, What: Said{"%q: " + noCardFee, []any{joinKey(e.Key())}}}
			}
		}
		e := strict.Errors[0]
		row, _ := e.Position()
		return &Fault{Line: row, What: Said{"unknown setting %q: check its spelling", []any{joinKey(e.Key())}}}
	}
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		row, column := decode.Position()
		return &Fault{Line: row, At: fmt.Sprintf("column %d", column), What: Said{"it can't be read as TOML: %s", []any{decode.Error()}}}
	}
	return err
}

func joinKey(key []string) string {
	out := ""
	for i, k := range key {
		if i > 0 {
			out += "."
		}
		out += k
	}
	return out
}

// ScheduleFor is the schedule of a day of issue.
func (r Rules) ScheduleFor(day Date) (Schedule, bool) {
	var best Schedule
	found := false
	for _, s := range r.Schedules {
		if s.From.Compare(day) <= 0 && (!found || s.From.Compare(best.From) > 0) {
			best, found = s, true
		}
	}
	return best, found
}

// ScheduleByID is the schedule that a ticket keeps.
func (r Rules) ScheduleByID(id string) (Schedule, bool) {
	for _, s := range r.Schedules {
		if s.ID == id {
			return s, true
		}
	}
	return Schedule{}, false
}

// Offence finds an offence by its code.
func (s Schedule) Offence(code string) (Offence, bool) {
	for _, o := range s.Offences {
		if o.Code == code {
			return o, true
		}
	}
	return Offence{}, false
}

// ProfileOn is how the city presents itself on a day.
func (r Rules) ProfileOn(day Date) (Profile, bool) {
	var best Profile
	found := false
	for _, p := range r.Profiles {
		if p.From.Compare(day) <= 0 && (!found || p.From.Compare(best.From) > 0) {
			best, found = p, true
		}
	}
	return best, found
}

// WorkingDay says whether the city works on a day.
func (r Rules) WorkingDay(day Date) bool {
	if w := day.Weekday(); w == 0 || w == 6 {
		return false
	}
	for _, h := range r.Holidays {
		if h.Day == day {
			return false
		}
	}
	return true
}

// RuleRow is one effective-dated row as the store keeps it. Body is JSON.
type RuleRow struct {
	Kind string // "profile", "schedule", "holiday", "outage"
	Key  string
	From Date
	Body string
}

// Rows is the normal form of the rules, in a stable order.
func (r Rules) Rows() ([]RuleRow, error) {
	var rows []RuleRow
	add := func(kind, key string, from Date, body any) error {
		b, err := json.Marshal(body)
		rows = append(rows, RuleRow{Kind: kind, Key: key, From: from, Body: string(b)})
		return err
	}
	var errs []error
	for _, p := range r.Profiles {
		errs = append(errs, add("profile", "city", p.From, p))
	}
	for _, s := range r.Schedules {
		errs = append(errs, add("schedule", s.ID, s.From, s))
	}
	for _, h := range r.Holidays {
		errs = append(errs, add("holiday", h.Day.String(), h.Day, h))
	}
	for _, o := range r.Outages {
		errs = append(errs, add("outage", o.From.UTC().Format(time.RFC3339), DateOf(o.From, time.UTC), o))
	}
	sort.Slice(rows, func(i, j int) bool {
		a, b := rows[i], rows[j]
		return a.Kind+"\x00"+a.Key+"\x00"+a.From.String() < b.Kind+"\x00"+b.Key+"\x00"+b.From.String()
	})
	return rows, errors.Join(errs...)
}

// RulesFromRows reads the rules back.
func RulesFromRows(rows []RuleRow) (Rules, error) {
	var r Rules
	for _, row := range rows {
		var err error
		switch row.Kind {
		case "profile":
			var p Profile
			err = json.Unmarshal([]byte(row.Body), &p)
			r.Profiles = append(r.Profiles, p)
		case "schedule":
			var s Schedule
			err = json.Unmarshal([]byte(row.Body), &s)
			r.Schedules = append(r.Schedules, s)
		case "holiday":
			var h Holiday
			err = json.Unmarshal([]byte(row.Body), &h)
			r.Holidays = append(r.Holidays, h)
		case "outage":
			var o Outage
			err = json.Unmarshal([]byte(row.Body), &o)
			r.Outages = append(r.Outages, o)
		default:
			err = fmt.Errorf("unknown kind")
		}
		if err != nil {
			return Rules{}, fmt.Errorf("rule %s %s: %w", row.Kind, row.Key, err)
		}
	}
	return r, nil
}

// Change is what applying a file would do to one row.
type Change struct {
	Row  RuleRow
	What string // "new", "same", "contradicts"
}

// Diff compares a file's rows with those that stand. A row that stands with other content is not
// rewritten: what a day has set stays true for that day, so the new one needs a later day.
func Diff(standing, file []RuleRow) []Change {
	have := map[[3]string]string{}
	for _, r := range standing {
		have[[3]string{r.Kind, r.Key, r.From.String()}] = r.Body
	}
	var changes []Change
	for _, r := range file {
		body, ok := have[[3]string{r.Kind, r.Key, r.From.String()}]
		switch {
		case !ok:
			changes = append(changes, Change{r, "new"})
		case body == r.Body:
			changes = append(changes, Change{r, "same"})
		default:
			changes = append(changes, Change{r, "contradicts"})
		}
	}
	return changes
}
