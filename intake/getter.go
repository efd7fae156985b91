package intake

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"fundy/city"
	"fundy/desk"
	"fundy/money"
)

// maxText is how long a place or a make may be, in bytes.
const maxText = 300

// eventPrefix stands before an event's name in a pick.
const eventPrefix = "event."

// getter reads one row's fields; the first fault stays in reject and the rest is passed over.
type getter struct {
	m       *Mapping
	r       *row
	picked  map[string]string
	reject  *Reject
	issued0 city.Date // before the shift
	weeks   int
}

func (g *getter) fail(field, form string, args ...any) {
	if g.reject == nil {
		s := g.m.fields[field]
		if s == nil {
			s = &source{field: field}
		}
		g.reject = g.r.reject(s, form, args...)
	}
}

// raw is a field's text; "" when it is blank or the mapping does not have it.
func (g *getter) raw(field string, s *source) string {
	if g.reject != nil {
		return ""
	}
	if v, ok := g.picked[field]; ok {
		return v
	}
	text, reject := g.m.value(g.r, s)
	if reject != nil {
		g.reject = reject
	}
	return text
}

// free is a text that somebody has typed as he liked. What looks like a card's number goes no further: it would be kept.
func (g *getter) free(field string) string {
	text := g.text(field)
	if desk.HasCard(text) {
		g.fail(field, "looks like a card number: take it out where the ticket was written, and bring the row again")
		return ""
	}
	return text
}

func (g *getter) text(field string) string {
	text := g.raw(field, g.m.fields[field])
	if len(text) > maxText {
		g.fail(field, "longer than 300 bytes")
		return ""
	}
	if strings.IndexFunc(text, func(c rune) bool { return c < ' ' || c == utf8.RuneError }) >= 0 {
		g.fail(field, "has a control character in it")
		return ""
	}
	if field != "number" && desk.HasCard(text) { // a number that a machine has given is one, whatever it looks like
		g.fail(field, "looks like a card number: take it out of the file")
		return ""
	}
	return text
}

// issued is the day and time of issue, on the city's clock.
func (g *getter) issued(earliest city.Date) (city.Date, time.Duration, bool) {
	both := g.m.fields["issued_at"]
	dayField, timeField := "issued_on", "issued_time"
	if both != nil {
		dayField, timeField = "issued_at", ""
	}
	s := g.m.fields[dayField]
	text := g.raw(dayField, s)
	if g.reject != nil {
		return city.Date{}, 0, false
	}
	if text == "" {
		g.fail(dayField, "empty")
		return city.Date{}, 0, false
	}
	at, ok := parseAny(s.forms, text)
	if !ok {
		g.fail(dayField, "not written in a notation of the mapping (its forms), or no such day")
		return city.Date{}, 0, false
	}
	day := city.Date{Year: at.year, Month: time.Month(at.month), Day: at.day}
	if before(day, earliest) {
		g.fail(dayField, "before file.earliest (%s)", earliest)
		return city.Date{}, 0, false
	}
	if timeField == "" {
		return day, at.clock(), true
	}
	text = g.raw(timeField, g.m.fields[timeField])
	if text == "" {
		return day, 0, false
	}
	at, ok = parseAny(g.m.fields[timeField].forms, text)
	if !ok {
		g.fail(timeField, "not written in a notation of the mapping (its forms), or no such time")
	}
	return day, at.clock(), true
}

func (m moment) clock() time.Duration {
	return time.Duration(m.hour)*time.Hour + time.Duration(m.minute)*time.Minute + time.Duration(m.second)*time.Second
}

// before compares days without making instants of them.
func before(a, b city.Date) bool {
	if a.Year != b.Year {
		return a.Year < b.Year
	}
	if a.Month != b.Month {
		return a.Month < b.Month
	}
	return a.Day < b.Day
}

// identity is number, series and plate.
func (g *getter) identity(d *draft) {
	d.series = g.text("series")
	if picked, ok := g.picked["number"]; ok {
		d.number = picked
	} else if g.m.number != nil {
		d.number = g.m.number.write(g.r, "number")
	} else if d.number = g.text("number"); d.number == "" {
		g.fail("number", "empty")
	}
	if flag := g.text("no_plate"); flag != "" {
		yes, ok := yesNo(flag)
		if !ok {
			g.fail("no_plate", "neither yes nor no: use values")
		}
		d.noPlate = yes
	}
	if d.noPlate {
		return
	}
	s := g.m.fields["plate"]
	if picked, ok := g.picked["plate"]; ok {
		d.plate = picked
		return
	}
	if g.m.plate != nil {
		d.plate = g.m.plate.write(g.r, "plate")
		return
	}
	if s == nil {
		g.fail("plate", "no plate, and no_plate does not say yes")
		return
	}
	d.plate = g.raw("plate", s)
	if s.none[d.plate] {
		d.plate, d.noPlate = "", true
	} else if d.plate == "" {
		g.fail("plate", "empty; where that means that there is none, write none = [\"\"]")
	}
}

func yesNo(s string) (yes, ok bool) {
	switch strings.ToLower(s) {
	case "yes", "y", "true", "1", "oui", "o":
		return true, true
	case "no", "n", "false", "0", "non":
		return false, true
	}
	return false, false
}

// offence is the file's code and the city's offence for it.
func (g *getter) offence() (code, offence string) {
	s := g.m.fields["offence"]
	if code = g.text("offence"); g.reject != nil {
		return code, ""
	}
	if _, ok := g.picked["offence"]; ok {
		return code, code
	}
	if s.table == nil {
		return code, code
	}
	return code, s.table[code]
}

// amount reads money: "30", "50.0", "1,234.50", "$50.00", "50,00 $".
func (g *getter) amount(field string) *money.Amount {
	s := g.m.fields[field]
	text := g.raw(field, s)
	if text == "" {
		return nil
	}
	decimal := byte('.')
	if s != nil {
		decimal = s.decimal
	}
	amount, ok := parseMoney(text, decimal)
	if !ok {
		g.fail(field, "not an amount")
		return nil
	}
	return &amount
}

var moneySigns = strings.NewReplacer("$", "", "CAD", "", "USD", "", " ", "", "\u00a0", "", "\u202f", "")

func parseMoney(text string, decimal byte) (money.Amount, bool) {
	text = moneySigns.Replace(text)
	if decimal == ',' {
		if strings.Contains(text, ".") {
			whole, frac, _ := strings.Cut(text, ",")
			text = strings.ReplaceAll(whole, ".", ",") + "," + frac
			text = strings.TrimSuffix(text, ",")
		}
		if i := strings.LastIndexByte(text, ','); i >= 0 {
			text = text[:i] + "." + text[i+1:]
		}
	}
	amount, err := money.Parse(text)
	return amount, err == nil
}

// day reads a day; "+9" in a pick is nine days after the issue.
func (g *getter) day(field string) city.Date {
	s := g.m.fields[field]
	text := g.raw(field, s)
	if text == "" {
		return city.Date{}
	}
	if _, made := g.picked[field]; made {
		day, ok := g.relative(text)
		if !ok {
			g.fail(field, "made_up.pick: write a day as \"+9\", so many days after the issue, or 2026-03-01")
		}
		return day
	}
	at, ok := parseAny(s.forms, text)
	if !ok {
		g.fail(field, "not written in a notation of the mapping (its forms), or no such day")
	}
	return city.Date{Year: at.year, Month: time.Month(at.month), Day: at.day}.AddDays(7 * g.weeks)
}

func (g *getter) relative(text string) (city.Date, bool) {
	if days, ok := strings.CutPrefix(text, "+"); ok {
		n, err := strconv.Atoi(days)
		return g.issued0.AddDays(n + 7*g.weeks), err == nil && n >= 0 && n <= 3660
	}
	day, err := city.ParseDate(text)
	return day, err == nil
}

// events are the dated things that happened to the ticket or will.
func (g *getter) events(d *draft) {
	if g.reject != nil {
		return
	}
	for _, field := range sortedKeys(g.picked) {
		kind, is := strings.CutPrefix(field, eventPrefix)
		if !is {
			continue
		}
		day, ok := g.relative(g.picked[field])
		if !ok {
			g.fail(field, "made_up.pick: write a day as \"+9\"")
		}
		d.events = append(d.events, dated{kind: kind, day: day})
	}
	for _, kind := range g.m.eventKinds {
		if _, made := g.picked[eventPrefix+kind]; made {
			continue
		}
		s := g.m.events[kind]
		text := g.raw(kind, s)
		if g.reject != nil || text == "" {
			continue
		}
		at, ok := parseAny(s.forms, text)
		if !ok {
			g.reject = g.r.reject(s, "not written in a notation of the mapping (its forms), or no such day")
			return
		}
		day := city.Date{Year: at.year, Month: time.Month(at.month), Day: at.day}.AddDays(7 * g.weeks)
		d.events = append(d.events, dated{kind: kind, day: day, at: at.clock()})
	}
}
