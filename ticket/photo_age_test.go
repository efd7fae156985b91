package ticket_test

import (
	"testing"
	"time"

	"fundy/ticket"
)

// A photograph is erased so many days after its ticket has ended, or after it was added, and not while it may have to show
// something; until then it is said when it is looked at again.
func TestWhenAPhotographIsErasedByItsAge(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC).AddDate(0, 0, n) }
	const days = 100
	for _, c := range []struct {
		name   string
		state  ticket.State
		since  int // the ticket's state
		added  int
		needed bool
		gone   bool // erased by hand
		now    int
		erase  bool
		from   int
	}{
		{name: "paid, on its last day", state: ticket.Paid, since: 5, now: 104, from: 5},
		{name: "paid, its days have passed", state: ticket.Paid, since: 5, now: 105, erase: true, from: 5},
		{name: "withdrawn", state: ticket.Withdrawn, since: 5, now: 105, erase: true, from: 5},
		{name: "cancelled", state: ticket.Cancelled, since: 5, now: 105, erase: true, from: 5},
		{name: "void", state: ticket.Void, since: 5, now: 105, erase: true, from: 5},
		{name: "written off", state: ticket.WrittenOff, since: 5, now: 105, erase: true, from: 5},
		{name: "added after the end", state: ticket.Paid, since: 5, added: 50, now: 105, from: 50},
		{name: "added after the end, long ago", state: ticket.Paid, since: 5, added: 50, now: 150, erase: true, from: 50},
		{name: "owed", state: ticket.Open, now: 900, from: 900},
		{name: "owed again", state: ticket.Reopened, now: 900, from: 900},
		{name: "warned", state: ticket.Warned, now: 900, from: 900},
		{name: "on hold", state: ticket.Hold, now: 900, from: 900},
		{name: "being paid", state: ticket.Confirming, now: 900, from: 900},
		{name: "under review", state: ticket.Review, now: 900, from: 900},
		{name: "before a court", state: ticket.Court, now: 900, from: 900},
		{name: "paid, and its money is asked back", state: ticket.Paid, since: 5, needed: true, now: 105, from: 105 - days + 1},
		{name: "the same, before its days have passed", state: ticket.Paid, since: 5, needed: true, now: 50, from: 5},
		{name: "erased by hand", state: ticket.Paid, since: 5, gone: true, now: 900},
	} {
		p := ticket.Photo{State: ticket.PhotoReleased, AddedAt: day(c.added)}
		if c.gone {
			p.State = ticket.PhotoErased
		}
		erase, from := ticket.PhotoAge(p, ticket.Ticket{State: c.state, StateSince: day(c.since)}, c.needed, days, day(c.now))
		if erase != c.erase || !from.Equal(day(c.from)) {
			t.Errorf("%s: erased %v, from %s, want %v, %s", c.name, erase, from, c.erase, day(c.from))
		}
	}
}
