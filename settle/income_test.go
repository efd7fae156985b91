package settle_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/ledger"
	"fundy/money"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

func (h *hall) ledgers() *settle.Books {
	return settle.NewBooks(settle.BooksConfig{
		Store: h.store, City: h.city, Rules: h.rules, Now: h.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
}

// period is what a range of days came to. Whatever it was, each of its sides comes to the same sums.
func (h *hall) period(from, until city.Date) ledger.Period {
	h.t.Helper()
	p, err := h.ledgers().Period(context.Background(), from, until)
	if err != nil {
		h.t.Fatal(err)
	}
	for name, side := range map[string][]ledger.IncomeLine{"days": p.Days, "channels": p.Channels, "offences": p.Offences, "tiers": p.Tiers} {
		var received, back, moved int64
		for _, l := range side {
			received, back, moved = received+l.Received.Minor(), back+l.Back.Minor(), moved+l.Moved.Minor()
		}
		if received != p.Received.Minor() || back != p.Back.Minor() || moved != p.Moved.Minor() {
			h.t.Errorf("%s come to %d, %d, %d; the whole is %s, %s, %s", name, received, back, moved, p.Received, p.Back, p.Moved)
		}
	}
	return p
}

// side is a side in one line each: key, payments, received, given back, moved, net.
func side(lines []ledger.IncomeLine) string {
	var all []string
	for _, l := range lines {
		net, err := l.Net()
		all = append(all, fmt.Sprintf("%s %d %s %s %s %s", l.Key, l.Entries, l.Received, l.Back, l.Moved, net))
		if err != nil {
			all = append(all, err.Error())
		}
	}
	return strings.Join(all, "; ")
}

// Money that is moved to another ticket is the income of the other one's offence and price from then on. It has
// neither come in nor gone out: what was received stays as it was received. What the other ticket costs less is put to
// no ticket.
func TestIncomeFollowsATransfer(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		d := h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		day := dayOf(h.today())
		// The wrong one costs its second price by now, the right one its first.
		wrong, right, again := h.add(given{number: "1", age: 20}), h.add(given{number: "2", code: "ALTERNATE"}), h.add(given{number: "3", code: "OVERTIME"})
		e := h.banked(d, wrong, "1001", cash(4000))
		if got := side(h.period(day, day).Offences); got != "NOPARK 1 40.00 0.00 0.00 40.00" {
			t.Fatalf("before: %s", got)
		}
		if c, err := h.moved(e.Attempt.ID, wrong, right); err != nil || c.Rest.Minor() != 4000-h.price(right) {
			t.Fatalf("%+v, %v", c, err)
		}
		p := h.period(day, day)
		paid, rest := money.FromMinor(h.price(right)), money.FromMinor(4000-h.price(right))
		for _, one := range []struct{ name, got, want string }{
			{"offences", side(p.Offences), fmt.Sprintf("ALTERNATE 0 0.00 0.00 %s %s; NOPARK 1 40.00 0.00 -40.00 0.00", paid, paid)},
			{"prices", side(p.Tiers), fmt.Sprintf("1 0 0.00 0.00 %s %s; 2 1 40.00 0.00 -40.00 0.00", paid, paid)},
			{"channels", side(p.Channels), fmt.Sprintf("counter 1 40.00 0.00 %s %s", rest.Neg(), paid)},
			{"days", side(p.Days), fmt.Sprintf("%s 1 40.00 0.00 %s %s", day, rest.Neg(), paid)},
			{"put to no ticket", p.NoTicket.String(), rest.String()},
		} {
			if one.got != one.want {
				t.Errorf("%s: %s, want %s", one.name, one.got, one.want)
			}
		}
		// Moved once more, and back: it is where it is, and the rest stays the payer's.
		for _, step := range [][2]ticket.ID{{right, again}, {again, right}} {
			if _, err := h.moved(e.Attempt.ID, step[0], step[1]); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := side(h.period(day, day).Offences), fmt.Sprintf("ALTERNATE 0 0.00 0.00 %s %s; NOPARK 1 40.00 0.00 -40.00 0.00; OVERTIME 0 0.00 0.00 0.00 0.00", paid, paid); got != want {
			t.Errorf("moved on and back: %s, want %s", got, want)
		}
		h.books(nil)
	})
}

// A ticket is collected that has its money: the one that it was moved to, and not the one that it has left, which is
// written off since, or is owed. A part is no payment.
func TestWhatIsCollectedFollowsATransfer(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		d := h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		day := dayOf(h.today())
		wrong, right, part := h.add(given{number: "1"}), h.add(given{number: "2", code: "ALTERNATE"}), h.add(given{number: "3", regime: "generic"})
		e := h.banked(d, wrong, "1001", cash(3000))
		h.take([]ticket.ID{part}, cash(1000))
		want := func(when string, paid int) {
			t.Helper()
			if got := h.period(day, day).Collection; len(got) != 1 || got[0].Tickets != 3 || got[0].Paid != paid || got[0].Within[0] != paid {
				t.Errorf("%s: %+v, want %d paid", when, got, paid)
			}
		}
		want("one is paid", 1)
		if _, err := h.moved(e.Attempt.ID, wrong, right); err != nil {
			t.Fatal(err)
		}
		want("its money was moved", 1)
		if _, err := h.ledgers().WriteOff(context.Background(), []settle.TicketNumber{{Number: "1"}, {Number: "3"}}, "carl", "2026-1", true); err != nil {
			t.Fatal(err)
		}
		want("what is owed was given up", 1)
		h.take([]ticket.ID{h.add(given{number: "4"})}, cash(3000))
		if got := h.period(day, day).Collection; got[0].Tickets != 4 || got[0].Paid != 2 {
			t.Errorf("another is paid: %+v", got)
		}
	})
}

// What a closed day came to stays so: a transfer of its money is of the first open one.
func TestATransferLeavesAClosedDaysIncome(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		d := h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		day := dayOf(h.today())
		wrong, right := h.add(given{number: "1"}), h.add(given{number: "2", code: "ALTERNATE"})
		e := h.banked(d, wrong, "1001", cash(3000))
		h.later(24 * time.Hour)
		next := dayOf(h.today())
		err := h.write(func(ctx context.Context, tx *store.Tx) error {
			ends := next.Start(h.city.Zone)
			return tx.CloseDay(ctx, day, ends, h.Now(), "{}")
		})
		if err != nil {
			t.Fatal(err)
		}
		before := h.period(day, day)
		if _, err := h.moved(e.Attempt.ID, wrong, right); err != nil {
			t.Fatal(err)
		}
		after := h.period(day, day)
		if !after.Closed || fmt.Sprint(before.Income) != fmt.Sprint(after.Income) {
			t.Errorf("the closed day was %v, is %v", before.Income, after.Income)
		}
		if got := side(h.period(next, next).Offences); got != "ALTERNATE 0 0.00 0.00 30.00 30.00; NOPARK 0 0.00 0.00 -30.00 -30.00" {
			t.Errorf("the open day: %s", got)
		}
	})
}

// price is what a ticket cost on its first day.
func (h *hall) price(id ticket.ID) int64 {
	h.t.Helper()
	f := h.ticket(id)
	q, err := ticket.Price(f.Ticket, h.rules, h.city, f.IssuedAt)
	if err != nil {
		h.t.Fatal(err)
	}
	return q.Total.Minor()
}
