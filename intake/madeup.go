package intake

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
)

// What a file does not have can be made up, for trials and demonstrations only, and only where the mapping
// says so openly. It follows from the row's content alone: the same file gives the same numbers and plates.

// form is how a made-up number or plate is written: # is a digit, ? a letter, {Column} a column's letters
// and digits; the rest stands as it is.
type form struct {
	parts []part
	seed  []int // refs; none: the whole row
}

// pick changes fields of one row in so many.
type pick struct {
	oneIn    uint64
	only     map[int]map[string]bool
	agedDays int
	set      map[string]string
}

// plateLetters leaves out what is easily misread.
const plateLetters = "ABCEFGHJKLMNPRTVWXY"

func (b *builder) madeUp() {
	t := b.text.MadeUp
	b.m.MadeUp, b.m.shift = t.Why, t.ShiftWeek
	if t.Why == "" && (t.Number != nil || t.Plate != nil || len(t.Pick) > 0 || t.ShiftWeek) {
		b.fault("made_up.why", "is missing: say openly what is made up and why; it is printed with the totals")
	}
	b.m.number, b.m.plate = b.form("made_up.number", t.Number), b.form("made_up.plate", t.Plate)
	for i, p := range t.Pick {
		at := "made_up.pick " + strconv.Itoa(i+1)
		out := pick{oneIn: uint64(max(p.OneIn, 0)), agedDays: p.AgedDays, set: p.Set, only: map[int]map[string]bool{}}
		if p.OneIn < 1 || len(p.Set) == 0 {
			b.fault(at, "needs one_in (1 or more) and set")
		}
		for _, column := range sortedKeys(p.Only) {
			out.only[b.ref(at+".only", column)] = setOf(p.Only[column])
		}
		for _, field := range sortedKeys(p.Set) {
			if !strings.HasPrefix(field, eventPrefix) && !slices.Contains(fieldNames, field) {
				b.fault(at+".set."+field, "is not a field of a ticket%s", suggest(field, fieldNames))
			}
		}
		b.m.picks = append(b.m.picks, out)
	}
}

func (b *builder) form(at string, t *formText) *form {
	if t == nil {
		return nil
	}
	if t.Form == "" {
		b.fault(at+".form", "is missing: write one such as \"FH-#######\" or \"??? ###\"")
	}
	f := &form{parts: b.template(at, t.Form)}
	for _, column := range t.Seed {
		f.seed = append(f.seed, b.ref(at+".seed", column))
	}
	return f
}

// chance is a stream of numbers that follows from a row.
type chance struct {
	sum  [sha256.Size]byte
	used int
}

// seeded begins a stream for one purpose, from the whole row or from some of its columns.
func (r *row) seeded(purpose string, refs []int) *chance {
	h := sha256.New()
	h.Write([]byte("fundy/made-up/v1:" + purpose))
	if len(refs) == 0 {
		for _, f := range r.fields {
			h.Write([]byte{0})
			h.Write(f)
		}
	}
	for _, ref := range refs {
		h.Write([]byte{0})
		h.Write(r.fields[r.columns[ref]])
	}
	c := &chance{}
	h.Sum(c.sum[:0])
	return c
}

func (c *chance) below(n uint64) uint64 {
	if c.used+8 > len(c.sum) {
		c.sum, c.used = sha256.Sum256(c.sum[:]), 0
	}
	v := binary.BigEndian.Uint64(c.sum[c.used:])
	c.used += 8
	return v % n
}

// write writes a form out for a row.
func (f *form) write(r *row, purpose string) string {
	c := r.seeded(purpose, f.seed)
	var b strings.Builder
	for _, p := range f.parts {
		if p.ref >= 0 {
			b.WriteString(strings.Map(plain, r.at(p.ref)))
			continue
		}
		for _, s := range []byte(p.text) {
			switch s {
			case '#':
				b.WriteByte('0' + byte(c.below(10)))
			case '?':
				b.WriteByte(plateLetters[c.below(uint64(len(plateLetters)))])
			default:
				b.WriteByte(s)
			}
		}
	}
	return b.String()
}

func plain(c rune) rune {
	if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
		return c
	}
	return -1
}

// picked is what the picks set for a row whose issue is so many days before the newest of the import. A pick
// that would set what an earlier one has set is left out.
func (m *Mapping) picked(r *row, age int) map[string]string {
	var out map[string]string
	for i, p := range m.picks {
		if age < p.agedDays || !p.allows(r) || r.seeded("pick "+strconv.Itoa(i), nil).below(p.oneIn) != 0 {
			continue
		}
		clash := false
		for field := range p.set {
			_, clash2 := out[field]
			clash = clash || clash2
		}
		if clash {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		for field, v := range p.set {
			out[field] = v
		}
	}
	return out
}

func (p pick) allows(r *row) bool {
	for ref, values := range p.only {
		if !values[r.at(ref)] {
			return false
		}
	}
	return true
}
