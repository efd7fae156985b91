package intake

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"fundy/money"
)

// maxCodes bounds how many codes are counted apart; the rest is counted as "(other)".
const maxCodes = 500

// Totals are an import's control totals, to be held against the sender's.
type Totals struct {
	City     string                `json:"city"`
	Mapping  string                `json:"mapping"`
	Files    int                   `json:"files"`
	Applied  bool                  `json:"applied"`
	Rows     int                   `json:"rows"`
	New      int                   `json:"new"`
	Same     int                   `json:"same_again"`
	Changed  int                   `json:"changed"`
	Rejected int                   `json:"rejected"`
	Reasons  map[string]int        `json:"rejected_by_reason"`
	Fines    money.Amount          `json:"sum_of_fines"` // of the rows that are not rejected, before any discount
	ByCode   map[string]*CodeTotal `json:"by_code"`
	Left     map[string]int        `json:"codes_without_offence"`
	Batches  int                   `json:"batches"`
	// ShiftedWeeks is by how many weeks made_up.shift_weeks moved all days.
	ShiftedWeeks int    `json:"shifted_weeks,omitempty"`
	MadeUp       string `json:"made_up,omitempty"`
	Attribution  string `json:"attribution,omitempty"`
	// Approximate says that New may hold rows that are the same again: the dry run was longer than its memory.
	Approximate bool `json:"approximate,omitempty"`
}

// CodeTotal counts the rows of one of the file's codes.
type CodeTotal struct {
	Offence string       `json:"offence"`
	Rows    int          `json:"rows"`
	Fines   money.Amount `json:"sum_of_fines"`
}

func newTotals(c Config) Totals {
	return Totals{
		City: c.City.ID, Mapping: c.Mapping.Name, Files: len(c.Files), Applied: c.Apply, MadeUp: c.Mapping.MadeUp, Attribution: c.Mapping.Attribution,
		Reasons: map[string]int{}, ByCode: map[string]*CodeTotal{}, Left: map[string]int{},
	}
}

func (t *Totals) reject(r *Reject) {
	t.Rejected++
	t.Reasons[r.Reason]++
	if r.code != "" {
		t.Left[bounded(r.code, t.Left)]++
	}
}

func (t *Totals) take(out *built) {
	code := bounded(out.draft.code, t.ByCode)
	c := t.ByCode[code]
	if c == nil {
		c = &CodeTotal{Offence: out.row.Ticket.Offence}
		t.ByCode[code] = c
	}
	if c.Offence != out.row.Ticket.Offence {
		c.Offence = "(several)"
	}
	c.Rows++
	// Both sums stay far below the limit: 50 million rows of the largest price that a schedule may hold.
	c.Fines, _ = c.Fines.Add(out.penalty)
	t.Fines, _ = t.Fines.Add(out.penalty)
}

// bounded is the code, or "(other)" when so many are counted already.
func bounded[V any](code string, counted map[string]V) string {
	if _, ok := counted[code]; !ok && len(counted) >= maxCodes {
		return "(other)"
	}
	return code
}

// Print writes the totals for people.
func (t Totals) Print(w io.Writer) {
	verb := "dry run: nothing was changed; say --apply to write"
	if t.Applied {
		verb = fmt.Sprintf("applied in %d batches", t.Batches)
	}
	fmt.Fprintf(w, "%s, mapping %s: %s\n\n", t.City, t.Mapping, verb)
	about := ""
	if t.Approximate {
		about = "  (some may be the same again: too many rows to remember)"
	}
	fmt.Fprintf(w, "  rows        %9d\n  new         %9d%s\n  same again  %9d\n  changed     %9d  (in quarantine; nothing is overwritten)\n  rejected    %9d\n", t.Rows, t.New, about, t.Same, t.Changed, t.Rejected)
	for _, reason := range byCount(t.Reasons) {
		fmt.Fprintf(w, "              %9d  %s\n", t.Reasons[reason], reason)
	}
	fmt.Fprintf(w, "  sum of fines %11s\n\n", t.Fines)
	fmt.Fprintf(w, "  %-24s %-14s %9s %13s\n", "code", "offence", "rows", "fines")
	codes := sortedKeys(t.ByCode)
	sort.SliceStable(codes, func(i, j int) bool { return t.ByCode[codes[i]].Rows > t.ByCode[codes[j]].Rows })
	for _, code := range codes {
		c := t.ByCode[code]
		fmt.Fprintf(w, "  %-24s %-14s %9d %13s\n", cut(code, 24), c.Offence, c.Rows, c.Fines)
	}
	t.printNotes(w)
}

func (t Totals) printNotes(w io.Writer) {
	if len(t.Left) > 0 {
		codes := byCount(t.Left)
		var list []string
		for _, code := range codes[:min(len(codes), 20)] {
			list = append(list, fmt.Sprintf("%s (%d)", cut(code, 40), t.Left[code]))
		}
		fmt.Fprintf(w, "\n  codes without an offence: %s\n", strings.Join(list, ", "))
	}
	if t.MadeUp != "" {
		fmt.Fprintf(w, "\n  made up: %s\n", t.MadeUp)
	}
	if t.ShiftedWeeks != 0 {
		fmt.Fprintf(w, "  all days moved by %d weeks\n", t.ShiftedWeeks)
	}
	if t.Attribution != "" {
		fmt.Fprintf(w, "  %s\n", t.Attribution)
	}
}

func byCount(counts map[string]int) []string {
	keys := sortedKeys(counts)
	sort.SliceStable(keys, func(i, j int) bool { return counts[keys[i]] > counts[keys[j]] })
	return keys
}

// cut shortens a text and keeps whatever is not a letter of print out of a terminal.
func cut(s string, n int) string {
	letters := []rune(strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return '?'
		}
		return c
	}, s))
	if len(letters) > n {
		return string(letters[:n-1]) + "…"
	}
	return string(letters)
}
