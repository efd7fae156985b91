package intake

import (
	"fmt"
	"strings"
	"time"
)

// notation is a compiled way of writing a day, a time of day or both: "M/D/YYYY", "HHMMA",
// "YYYY-MM-DD HH:MM:SS". time.Parse is not used: it has no form for "1030P", takes what it should
// not, and is slow on a million rows.
type notation []step

type step struct {
	unit    unit
	width   int    // exact number of digits; 0: one or more, up to most
	most    int    // for width 0
	literal string // for unitLiteral
}

type unit int

const (
	unitLiteral unit = iota
	unitYear
	unitShortYear
	unitMonth
	unitMonthName
	unitDay
	unitHour
	unitMinute
	unitSecond
	unitHalf // A or P, AM or PM, a.m. or p.m.
	unitRest // whatever follows
)

// moment is what a notation read. Fields that it does not have are zero.
type moment struct {
	year, month, day     int
	hour, minute, second int
	half                 byte // 'A', 'P' or 0
}

var tokens = []struct {
	text string
	step step
}{
	{"YYYY", step{unit: unitYear, width: 4}}, {"YY", step{unit: unitShortYear, width: 2}},
	{"MMM", step{unit: unitMonthName}}, {"MM", step{unit: unitMonth, width: 2}}, {"M", step{unit: unitMonth, most: 2}},
	{"DD", step{unit: unitDay, width: 2}}, {"D", step{unit: unitDay, most: 2}},
	{"HH", step{unit: unitHour, width: 2}}, {"H", step{unit: unitHour, most: 2}},
	{"SS", step{unit: unitSecond, width: 2}},
	{"AM", step{unit: unitHalf}}, {"PM", step{unit: unitHalf}}, {"A", step{unit: unitHalf}}, {"P", step{unit: unitHalf}},
	{"*", step{unit: unitRest}},
}

// parseNotation compiles a notation. MM after HH or H is minutes, elsewhere months.
func parseNotation(s string) (notation, error) {
	var n notation
	hour := false
	for rest := s; rest != ""; {
		st, length := nextStep(rest, n)
		if length == 0 {
			return nil, fmt.Errorf("notation %q has %q in it: use YYYY, YY, MM, M, MMM, DD, D, HH, H, SS, A or AM, T, h and signs between them, and * for \"anything that follows\"", s, rest[:1])
		}
		if st.unit == unitMonth && hour {
			st.unit = unitMinute
		}
		hour = hour || st.unit == unitHour
		n = append(n, st)
		rest = rest[length:]
	}
	if len(n) == 0 {
		return nil, fmt.Errorf("notation is empty: write one such as %q", "YYYY-MM-DD")
	}
	return n, nil
}

func nextStep(rest string, before notation) (step, int) {
	for _, t := range tokens {
		if strings.HasPrefix(rest, t.text) {
			return t.step, len(t.text)
		}
	}
	c := rest[0]
	letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	// T stands between day and time (ISO 8601), h between hours and minutes (French: 21 h 30).
	if !letter || ((c == 'T' || c == 'h') && len(before) > 0) {
		return step{unit: unitLiteral, literal: rest[:1]}, 1
	}
	return step{}, 0
}

// has says whether the notation gives a unit.
func (n notation) has(units ...unit) bool {
	for _, u := range units {
		found := false
		for _, s := range n {
			found = found || s.unit == u
		}
		if !found {
			return false
		}
	}
	return true
}

func (n notation) hasDay() bool {
	return (n.has(unitYear) || n.has(unitShortYear)) && (n.has(unitMonth) || n.has(unitMonthName)) && n.has(unitDay)
}

// parse reads s whole, or says no.
func (n notation) parse(s string) (moment, bool) {
	var m moment
	for _, st := range n {
		if st.unit == unitRest {
			s = ""
			break
		}
		rest, ok := st.read(s, &m)
		if !ok {
			return m, false
		}
		s = rest
	}
	return m, s == "" && m.check(n)
}

func (st step) read(s string, m *moment) (string, bool) {
	switch st.unit {
	case unitLiteral:
		return strings.CutPrefix(s, st.literal)
	case unitMonthName:
		return m.readMonthName(s)
	case unitHalf:
		return m.readHalf(s)
	}
	width := st.width
	if width == 0 {
		for width < st.most && width < len(s) && s[width] >= '0' && s[width] <= '9' {
			width++
		}
	}
	if width == 0 || len(s) < width {
		return s, false
	}
	v := 0
	for _, c := range []byte(s[:width]) {
		if c < '0' || c > '9' {
			return s, false
		}
		v = v*10 + int(c-'0')
	}
	m.set(st.unit, v)
	return s[width:], true
}

func (m *moment) set(u unit, v int) {
	switch u {
	case unitYear:
		m.year = v
	case unitShortYear:
		m.year = 1900 + v
		if v < 70 {
			m.year += 100
		}
	case unitMonth:
		m.month = v
	case unitDay:
		m.day = v
	case unitHour:
		m.hour = v
	case unitMinute:
		m.minute = v
	case unitSecond:
		m.second = v
	}
}

// monthNames holds the English and French names that exports use, by their first letters.
var monthNames = []struct {
	name  string
	month int
}{
	{"january", 1}, {"janvier", 1}, {"janv", 1}, {"jan", 1}, {"february", 2}, {"février", 2}, {"févr", 2}, {"fév", 2}, {"feb", 2},
	{"march", 3}, {"mars", 3}, {"mar", 3}, {"april", 4}, {"avril", 4}, {"avr", 4}, {"apr", 4}, {"may", 5}, {"mai", 5},
	{"june", 6}, {"juin", 6}, {"jun", 6}, {"july", 7}, {"juillet", 7}, {"juil", 7}, {"jul", 7},
	{"august", 8}, {"août", 8}, {"aug", 8}, {"september", 9}, {"septembre", 9}, {"sept", 9}, {"sep", 9},
	{"october", 10}, {"octobre", 10}, {"oct", 10}, {"november", 11}, {"novembre", 11}, {"nov", 11},
	{"december", 12}, {"décembre", 12}, {"déc", 12}, {"dec", 12},
}

func (m *moment) readMonthName(s string) (string, bool) {
	for _, n := range monthNames {
		if len(s) >= len(n.name) && strings.EqualFold(s[:len(n.name)], n.name) {
			m.month = n.month
			return strings.TrimPrefix(s[len(n.name):], "."), true
		}
	}
	return s, false
}

func (m *moment) readHalf(s string) (string, bool) {
	if s == "" {
		return s, false
	}
	m.half = s[0] &^ 0x20
	if m.half != 'A' && m.half != 'P' {
		return s, false
	}
	rest := strings.TrimPrefix(s[1:], ".")
	if len(rest) > 0 && rest[0]&^0x20 == 'M' {
		rest = strings.TrimPrefix(rest[1:], ".")
	}
	return rest, true
}

// check refuses days and times that do not exist, and turns a half day into hours. Midnight is written both
// 00xxA and 12xxA.
func (m *moment) check(n notation) bool {
	if m.half != 0 {
		if m.hour > 12 || (m.hour == 0 && m.half == 'P') {
			return false
		}
		m.hour %= 12
		if m.half == 'P' {
			m.hour += 12
		}
	}
	if m.hour > 23 || m.minute > 59 || m.second > 59 {
		return false
	}
	if !n.hasDay() {
		return true
	}
	if m.year < 1 || m.month < 1 || m.month > 12 || m.day < 1 {
		return false
	}
	return m.day <= 28 || m.day <= time.Date(m.year, time.Month(m.month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// parseAny tries notations in order.
func parseAny(list []notation, s string) (moment, bool) {
	for _, n := range list {
		if m, ok := n.parse(s); ok {
			return m, true
		}
	}
	return moment{}, false
}
