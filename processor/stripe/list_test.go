package stripe

import (
	"maps"
	"testing"

	"fundy/money"
	"fundy/processor"
)

// What is read of a session's metadata is what createParams writes, whole, or nothing.
func TestTheTicketsOfASessionAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	written := createParams(processor.CreateSession{
		Attempt: "a", City: "demo", Tickets: []processor.TicketLine{{ID: "t1", Amount: money.FromMinor(4000)}, {ID: "t2", Amount: money.FromMinor(12500)}},
	}, "fundy/a/create_session/1").Metadata
	lines, ok := ticketLines(written)
	if !ok || len(lines) != 2 || lines[0] != (processor.TicketLine{ID: "t1", Amount: money.FromMinor(4000)}) || lines[1].Amount != money.FromMinor(12500) {
		t.Errorf("%v, %v", lines, ok)
	}
	for name, change := range map[string]func(map[string]string){
		"none":        func(m map[string]string) { delete(m, "ticket_1"); delete(m, "ticket_2") },
		"a gap":       func(m map[string]string) { delete(m, "ticket_1") },
		"another one": func(m map[string]string) { m["ticket_04"] = "t4 100" },
		"no amount":   func(m map[string]string) { m["ticket_2"] = "t2" },
		"nothing":     func(m map[string]string) { m["ticket_2"] = "t2 0" },
		"less":        func(m map[string]string) { m["ticket_2"] = "t2 -100" },
		"a fraction":  func(m map[string]string) { m["ticket_2"] = "t2 12.5" },
		"no id":       func(m map[string]string) { m["ticket_2"] = " 100" },
	} {
		m := maps.Clone(written)
		change(m)
		if lines, ok := ticketLines(m); ok {
			t.Errorf("%s: read as %v", name, lines)
		}
	}
}
