package citytest_test

import (
	"testing"

	"fundy/city"
	"fundy/fault"
	"fundy/money"
)

// What is done to tickets: each stands once, whoever was not answered.
func TestAnOfficeKilledWhileTicketsAreWorkedOn(t *testing.T) {
	t.Parallel()
	begin := func(w *killing) { // one person ends a cheap ticket, two a dear one
		do(w.t, w.Set(func(s *city.Settings) { s.Ticket.AloneMost = money.FromMinor(6000) }))
	}
	killedWalk(t, fault.TicketSteps, begin, func(w *killing) []deed {
		at := func(i int) string { return "/tickets/" + w.id(i) }
		day := w.one("select issued_on from ticket where number_key = 'T000'")
		book := func() string { return w.one("select id from ticket_book") }
		return []deed{
			{step: fault.NoteTicket, made: "select count(*) from ticket_note", says: "The note is kept", do: func(w *killing) error {
				return w.presses(w.anne, at(0), at(0)+"/note", "reason", "the driver called")
			}},
			{step: fault.MoveTicket, made: "select count(*) from ticket_event where kind = 'hold_from'", says: "on hold", do: func(w *killing) error {
				return w.presses(w.anne, at(0), at(0)+"/hold", "reason", "the meter is looked at")
			}},
			{step: fault.KeepBook, made: "select count(*) from ticket_book", do: func(w *killing) error {
				return w.presses(w.anne, "/books", "/books", "first", "P0101", "last", "P0110")
			}},
			{step: fault.EnterTicket, made: "select count(*) from ticket", do: func(w *killing) error {
				return w.presses(w.anne, "/enter", "/enter", "number", "P0103", "day", day, "time", "14:05", "place", "Tide Street", "plate", "PAP 103", "offence", "LOADING", "delivery", "windshield")
			}, ready: func(w *killing) { w.now(w.anne, "/books", "/books/"+book()+"/hand", "officer", "PK-17") }},
			{step: fault.DecideTicket, made: "select count(*) from ticket where state = 'withdrawn'", says: "Its law does not allow this", do: func(w *killing) error {
				return w.presses(w.anne, at(2), at(2)+"/end", "reason", "the sign was hidden", "act", "withdrawn")
			}},
			{step: fault.AskTicket, made: "select count(*) from ticket_ask", says: "waits", do: func(w *killing) error {
				return w.presses(w.anne, at(3), at(3)+"/end", "reason", "the sign was hidden", "act", "withdrawn")
			}},
			{step: fault.DecideAsk, made: "select count(*) from ticket where state = 'withdrawn'", do: func(w *killing) error {
				ask := "/decisions/" + w.one("select id from ticket_ask")
				return w.presses(w.ben, ask, ask+"/approve")
			}},
		}
	})
}

// What two people do at the counter: asked for once, done once, taken back once.
func TestAnOfficeKilledWhileTwoPeopleCount(t *testing.T) {
	t.Parallel()
	asked := func(w *killing) string { return w.one("select id from counter_second where state = 'asked'") }
	killedWalk(t, fault.SecondSteps, nil, func(w *killing) []deed {
		closes := func(w *killing) error { return w.presses(w.anne, "/drawers/A", "/drawers/A/close", "coin", "") }
		return []deed{
			{step: fault.MakeDrawer, made: "select count(*) from drawer", do: func(w *killing) error {
				return w.presses(w.ben, "/drawers", "/drawers", "name", "A", "place", "City Hall")
			}},
			{step: fault.OpenDrawer, made: "select count(*) from drawer_session", do: func(w *killing) error {
				return w.presses(w.anne, "/drawers/A", "/drawers/A/open")
			}},
			{step: fault.AskSecond, made: "select count(*) from counter_second", do: closes},
			{step: fault.WithdrawSecond, made: "select count(*) from counter_second where state = 'withdrawn'", do: func(w *killing) error {
				if w.form == nil {
					w.kept["second"] = asked(w)
				}
				return w.presses(w.anne, "/seconds/"+w.kept["second"], "/seconds/"+w.kept["second"]+"/withdraw")
			}},
			{step: fault.ConfirmSecond, made: "select count(*) from drawer_session where state = 'closed'", ready: func(w *killing) {
				w.now(w.anne, "/drawers/A", "/drawers/A/close")
				w.kept["second"] = asked(w)
			}, do: func(w *killing) error {
				return w.presses(w.ben, "/seconds/"+w.kept["second"], "/seconds/"+w.kept["second"]+"/confirm", "counted", "0.00")
			}},
		}
	})
}
