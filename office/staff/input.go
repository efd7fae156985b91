package staff

import (
	"strings"
	"time"
)

// input is a field of one line with its label, its hint and what is wrong with it.
type input struct {
	V               *view
	ID, Name, Label string
	Value           any
	Width           string
	Kind            string // "text", "money", "day" or "count"
	Most            int
	hint            string
}

// Input hands a part one field. Its label is a key of words; a hint is the key with ".hint", where there is one.
func (v *view) Input(id, name, label string, value any, kind string, most int) input {
	if kind == "day" {
		most = len(time.DateOnly)
	}
	width := "govuk-input--width-10"
	switch {
	case most <= 5:
		width = "govuk-input--width-5"
	case most > 64:
		width = ""
	case most > 40:
		width = "govuk-input--width-20"
	}
	return input{V: v, ID: id, Name: name, Label: label, Value: value, Kind: kind, Most: most, Width: width, hint: label + ".hint"}
}

// Room is how much a browser lets in: a whole card number more than is taken. What is cut off by the browser would be
// part of one, which no guard knows; what is too long is refused, and the guard has seen all of it.
func (f input) Room() int { return max(f.Most+40, 64) }

// Hinted is the field with another hint than its label's.
func (f input) Hinted(key string) input {
	f.hint = key
	return f
}

// Hint is the sentence under the label, or "". How a day is written stands under each: the page decides that, and not
// the browser, whose own way need not be the language's.
func (f input) Hint() string {
	if hint, ok := said[f.V.Lang][f.hint]; ok || f.Kind != "day" {
		return hint
	}
	return f.V.T("find.day.hint")
}

// Says is what describes the field, for a reader of the screen.
func (f input) Says() string {
	var ids []string
	if f.Hint() != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if f.V.Wrong(f.ID) {
		ids = append(ids, f.ID+"-error")
	}
	return strings.Join(ids, " ")
}
