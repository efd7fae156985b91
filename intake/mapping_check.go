package intake

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"fundy/city"
)

// builder turns a mapping's text into a Mapping and collects faults.
type builder struct {
	text   mappingText
	m      Mapping
	faults []error
}

func (b *builder) fault(at, format string, args ...any) {
	b.faults = append(b.faults, fmt.Errorf("%s: %s", at, fmt.Sprintf(format, args...)))
}

// The fields that a mapping can fill.
var (
	fieldNames = []string{
		"number", "series", "issued_on", "issued_time", "issued_at", "offence", "fine", "place", "make", "plate", "jurisdiction",
		"plate_type", "no_plate", "delivery", "served_on", "state", "state_since", "stage", "paid_amount", "paid_on",
	}
	dayFields  = []string{"issued_on", "issued_at", "served_on", "state_since", "paid_on"}
	timeFields = []string{"issued_time", "issued_at"}
)

func (b *builder) build() {
	if b.m.Name == "" {
		b.fault("name", "is missing: write name = \"my-city\"; it stands in reports and on the log")
	}
	b.file()
	b.m.fields, b.m.events = map[string]*source{}, map[string]*source{}
	for _, name := range sortedKeys(b.text.Field) {
		if !slices.Contains(fieldNames, name) {
			b.fault("field."+name, "is not a field of a ticket%s The fields are %s", sentence(suggest(name, fieldNames)), strings.Join(fieldNames, ", "))
			continue
		}
		b.m.fields[name] = b.source("field."+name, name, b.text.Field[name])
	}
	for _, name := range sortedKeys(b.text.Event) {
		s := b.source("event."+name, name, b.text.Event[name])
		if len(s.forms) == 0 {
			b.fault("event."+name+".forms", "is missing: say how the day is written, such as forms = [\"YYYY-MM-DD\"]")
		}
		b.m.events[name] = s
		b.m.eventKinds = append(b.m.eventKinds, name)
	}
	b.madeUp()
	b.needs()
	b.m.words = map[int]map[string]string{}
	for _, column := range sortedKeys(b.text.Words) {
		b.m.words[b.ref("words", column)] = b.text.Words[column]
	}
}

func (b *builder) file() {
	t := b.text.File
	f := fileSpec{encoding: UTF8, comma: ',', quoting: RFC4180, header: true, blank: setOf(t.Blank), zone: time.UTC, columns: t.Columns}
	switch e := Encoding(strings.ToLower(t.Encoding)); e {
	case "", UTF8, UTF16LE, Windows1252:
		if e != "" {
			f.encoding = e
		}
	default:
		b.fault("file.encoding", "%q is not known: use utf-8, utf-16le or windows-1252", t.Encoding)
	}
	switch t.Delimiter {
	case "", ",", ";", "|", "\t":
		if t.Delimiter != "" {
			f.comma = t.Delimiter[0]
		}
	default:
		b.fault("file.delimiter", "%q is not known: use \",\", \";\", \"|\" or \"\\t\"", t.Delimiter)
	}
	switch q := Quoting(t.Quoting); q {
	case "", RFC4180, Backslash, Lazy, NoQuoting:
		if q != "" {
			f.quoting = q
		}
	default:
		b.fault("file.quoting", "%q is not known: use rfc4180, backslash, lazy or none", t.Quoting)
	}
	if t.Header != nil {
		f.header = *t.Header
	}
	if f.header && len(t.Columns) > 0 {
		b.fault("file.columns", "names columns, and the file has a header: take columns out, or say header = false")
	}
	if t.Zone != "" {
		zone, err := time.LoadLocation(t.Zone)
		if err != nil || t.Zone == "Local" {
			b.fault("file.zone", "%q is not a time zone: write one such as \"America/Moncton\"", t.Zone)
		} else {
			f.zone, f.zoneGiven = zone, true
		}
	}
	f.earliest = city.Date{Year: 1990, Month: 1, Day: 1}
	if t.Earliest != "" {
		day, err := city.ParseDate(t.Earliest)
		if err != nil {
			b.fault("file.earliest", "%v", err)
		}
		f.earliest = day
	}
	b.m.file = f
}

// ref finds or adds a column.
func (b *builder) ref(at string, column any) int {
	var r ref
	switch c := column.(type) {
	case string:
		r.name = c
	case int64:
		r.position = int(c)
		if c < 1 || c > maxFields {
			b.fault(at, "position %d: columns count from 1 to %d", c, maxFields)
		}
	default:
		b.fault(at, "a column is a header's name in quotes or a position from 1")
	}
	if r.name != "" && !b.m.file.header {
		i := slices.Index(b.m.file.columns, r.name)
		if i < 0 {
			b.fault(at, "the file has no header and %q is not in file.columns%s: name it there, or write a position", r.name, suggest(r.name, b.m.file.columns))
		}
		r = ref{name: r.name, position: i + 1}
	}
	if i := slices.Index(b.m.refs, r); i >= 0 {
		return i
	}
	b.m.refs = append(b.m.refs, r)
	return len(b.m.refs) - 1
}

var templateColumn = regexp.MustCompile(`\{([^{}]*)\}`)

func (b *builder) source(at, field string, t sourceText) *source {
	s := &source{field: field, constant: t.Constant, values: t.Values, blank: setOf(t.Blank), none: setOf(t.None), required: t.Required, decimal: '.'}
	given := 0
	if t.Constant != nil {
		given++
	}
	if t.Column != nil {
		given++
		s.parts, s.plain = []part{{ref: b.ref(at+".column", t.Column)}}, true
	}
	if t.Template != "" {
		given++
		s.parts = b.template(at+".template", t.Template)
	}
	if given != 1 {
		b.fault(at, "has %d of column, constant and template: write exactly one", given)
	}
	if t.Match != "" {
		match, err := regexp.Compile(t.Match)
		if err != nil {
			b.fault(at+".match", "%v: write a regular expression; its last group is taken", err)
		}
		s.match = match
	}
	switch {
	case t.Otherwise == "reject":
		s.strict = true
	case strings.HasPrefix(t.Otherwise, "="):
		s.fallback = t.Otherwise[1:]
	case t.Otherwise != "":
		b.fault(at+".otherwise", "%q: write \"reject\", or \"=value\" for a value of its own", t.Otherwise)
	}
	b.forms(at, field, t.Forms, s)
	switch t.Decimal {
	case "", ".", ",":
		if t.Decimal != "" {
			s.decimal = t.Decimal[0]
		}
	default:
		b.fault(at+".decimal", "%q: write \".\" or \",\"", t.Decimal)
	}
	b.table(at, field, t, s)
	return s
}

// template cuts "{Proximity} {Address}" up.
func (b *builder) template(at, text string) []part {
	var parts []part
	from := 0
	for _, found := range templateColumn.FindAllStringSubmatchIndex(text, -1) {
		if found[0] > from {
			parts = append(parts, part{ref: -1, text: text[from:found[0]]})
		}
		parts = append(parts, part{ref: b.ref(at, text[found[2]:found[3]])})
		from = found[1]
	}
	return append(parts, part{ref: -1, text: text[from:]})
}

func (b *builder) forms(at, field string, forms []string, s *source) {
	isDay, isTime := slices.Contains(dayFields, field), slices.Contains(timeFields, field)
	for _, text := range forms {
		n, err := parseNotation(text)
		switch {
		case err != nil:
			b.fault(at+".forms", "%v", err)
		case isDay && !n.hasDay():
			b.fault(at+".forms", "notation %q has no year, month and day: write one such as \"M/D/YYYY\"", text)
		case isTime && !n.has(unitHour):
			b.fault(at+".forms", "notation %q has no hour: write one such as \"HH:MM\" or \"HHMMA\"", text)
		}
		s.forms = append(s.forms, n)
	}
	if (isDay || isTime) && len(forms) == 0 {
		b.fault(at+".forms", "is missing: say how it is written, such as forms = [\"%s\"]", map[bool]string{true: "YYYY-MM-DD", false: "HH:MM"}[isDay])
	}
}

func (b *builder) table(at, field string, t sourceText, s *source) {
	if field != "offence" {
		if t.Table != "" || t.OnMissing != "" {
			b.fault(at, "table and on_missing belong to field.offence; here use values and otherwise")
		}
		return
	}
	if t.Table != "" {
		table, ok := b.text.Table[t.Table]
		if !ok {
			b.fault(at+".table", "%q is not there: add [table.%s] or table_file.%s", t.Table, t.Table, t.Table)
		}
		if len(table) > maxTable {
			b.fault(at+".table", "%q has more than %d lines", t.Table, maxTable)
		}
		s.table = table
	}
	if t.OnMissing != "" && t.OnMissing != "reject" {
		s.missing = t.OnMissing
	}
}

// needs checks that what a ticket can't do without is there, and that nothing is said twice.
func (b *builder) needs() {
	has := func(name string) bool { _, ok := b.m.fields[name]; return ok }
	if !has("offence") {
		b.fault("field.offence", "is missing: say which column holds the code, such as offence = { column = \"Code\" }")
	}
	if has("number") == (b.m.number != nil) {
		b.fault("field.number", "must come from the file or from [made_up], one of the two: field.number = { column = \"…\" }")
	}
	if has("issued_at") == has("issued_on") {
		b.fault("field.issued_on", "write issued_on (and issued_time), or issued_at for day and time in one column; one of the two")
	}
	if has("issued_time") && !has("issued_on") {
		b.fault("field.issued_time", "needs issued_on")
	}
	if has("plate") && b.m.plate != nil {
		b.fault("field.plate", "comes from the file and from [made_up]: keep one")
	}
	if !has("plate") && b.m.plate == nil && !has("no_plate") {
		b.fault("field.plate", "is missing: name its column, or, where the file has no plates, write no_plate = { constant = \"yes\" }")
	}
	if has("paid_amount") && !has("paid_on") {
		b.fault("field.paid_on", "is missing beside paid_amount: a payment needs its day")
	}
}

func setOf(list []string) map[string]bool {
	set := make(map[string]bool, len(list))
	for _, v := range list {
		set[v] = true
	}
	return set
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
