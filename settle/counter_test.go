package settle_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// One cheque pays three tickets, and three tenders one ticket: each ticket's receivable is zero, and each account
// has what was handed over.
func TestOneChequeForSeveralTicketsAndSeveralTendersForOne(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		h.drawer("A", "anne")
		three := []ticket.ID{h.add(given{number: "1"}), h.add(given{number: "2", age: 20}), h.add(given{number: "3", age: 40})}
		e := h.take(three, cheque(13500, "0451")) // 30.00, 40.00 and 65.00
		if e.Printed() != "A-000001" || e.Attempt.State != payment.Captured || e.Attempt.Receipt == "" || len(e.Payment.Tickets) != 3 || !e.Change().IsZero() {
			t.Errorf("%s: %+v", e.Printed(), e.Attempt)
		}
		one := h.add(given{number: "4", cents: 9003})
		e = h.take([]ticket.ID{one}, terminal(3000, "AB12CD"), cheque(4000, "77"), cash(3000)) // 20.03 is left for cash
		if e.Printed() != "A-000002" || e.Change().Minor() != 995 {
			t.Errorf("%s: change %s", e.Printed(), e.Change())
		}
		for _, id := range append(three, one) {
			if s := h.ticket(id).State; s != ticket.Paid {
				t.Errorf("%s is %s", id, s)
			}
		}
		check := h.books(map[string]int64{"undeposited:cheque": 17500, "undeposited:cash": 2005, "clearing:terminal": 3000, "rounding:cash": -2, "clearing:card": 0})
		if check.Captured != 22503 || check.Counter != 22503 || check.Allocated != 22503 || check.Undeposited != 19505 {
			t.Errorf("%+v", check)
		}
		h.read(func(ctx context.Context, tx *store.Tx) error {
			day, err := tx.DayCaptures(ctx, firstDay.Add(-24*time.Hour), firstDay.Add(24*time.Hour))
			if err != nil || len(day) != 0 {
				t.Errorf("money of the counter is among the cards': %v, %v", day, err)
			}
			lines, err := tx.DayTenders(ctx, firstDay.Add(-24*time.Hour), firstDay.Add(24*time.Hour))
			if err != nil || len(lines) != 4 || lines[0].Kind != "cheque" || lines[0].Amount.Minor() != 13500 {
				t.Errorf("the day's counter: %v, %v", lines, err)
			}
			return nil
		})
	})
}

// Cash that is short within the tolerance is let go and written off, and it is never given back.
func TestShortWithinToleranceIsWrittenOff(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{ShortTolerance: money.FromMinor(50)}, func(t *testing.T, h *hall) {
		h.drawer("A", "anne")
		tk := h.add(given{number: "1", cents: 3002})
		if _, err := h.s.TakeTender(context.Background(), request([]ticket.ID{tk}, cash(2945))); refused(err) != payment.TakeShort {
			t.Errorf("55 cents short: %v", err)
		}
		e := h.take([]ticket.ID{tk}, cash(2955))
		if e.Short.Minor() != 45 {
			t.Errorf("short %s", e.Short)
		}
		check := h.books(map[string]int64{"undeposited:cash": 2955, "write_off:short": 45, "rounding:cash": 2})
		if check.Captured != 3002 || check.PaidTickets != 1 {
			t.Errorf("%+v", check)
		}
		h.read(func(ctx context.Context, tx *store.Tx) error {
			sources, err := settle.Sources(ctx, tx, e.Attempt)
			if err != nil || len(sources) != 1 || sources[0].Taken.Minor() != 2955 {
				t.Errorf("what can be given back: %+v, %v", sources, err)
			}
			return nil
		})
	})
}

// Above the tolerance the law decides: nb-lga takes the whole or nothing.
func TestShortIsRefusedWhereTheLawTakesTheWhole(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		h.drawer("A", "anne")
		tk := h.add(given{number: "1"})
		_, err := h.s.TakeTender(context.Background(), request([]ticket.ID{tk}, cheque(2900, "12")))
		var no *payment.CounterRefusal
		if !errors.As(err, &no) || no.Reason != payment.TakeShort || !no.Item() || no.Due.Minor() != 3000 || no.Got.Minor() != 2900 {
			t.Errorf("%v: %+v", err, no)
		}
		if s := h.ticket(tk); s.State != ticket.Open || s.Version != 1 {
			t.Errorf("the ticket is %s, %d", s.State, s.Version)
		}
		if check := h.books(map[string]int64{"undeposited:cheque": 0}); check.Captured != 0 {
			t.Errorf("%+v", check)
		}
	})
}

// Where parts are taken, a part leaves the ticket as it is; what is quoted later is the rest, at the ticket's own clock,
// and the last payment makes it whole.
func TestPartPaymentsUntilTheWhole(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		h.drawer("A", "anne")
		tk := h.add(given{number: "1", regime: "generic"})
		first := h.take([]ticket.ID{tk}, cash(1000))
		if got := h.ticket(tk); first.Part != tk || got.State != ticket.Open || got.PartPaid.Minor() != 1000 || got.Version != 2 || h.due(tk) != 2000 {
			t.Errorf("after 10.00: %s, part paid %s, version %d, due %d", got.State, got.PartPaid, got.Version, h.due(tk))
		}
		check := h.books(map[string]int64{"undeposited:cash": 1000, "receivable:part_payment": -1000})
		if check.PartPaid != 1000 || check.Captured != 1000 || check.Allocated != 0 {
			t.Errorf("%+v", check)
		}
		h.later(20 * 24 * time.Hour) // from then on it is 40.00
		if h.due(tk) != 3000 {
			t.Errorf("20 days later %d are due", h.due(tk))
		}
		second := h.take([]ticket.ID{tk}, cheque(1200, "9"))
		h.take([]ticket.ID{tk}, terminal(1800, "Z1"))
		if got := h.ticket(tk); got.State != ticket.Paid {
			t.Errorf("the ticket is %s", got.State)
		}
		check = h.books(map[string]int64{"receivable:part_payment": 0, "receivable:penalty": 0, "undeposited:cash": 1000, "undeposited:cheque": 1200, "clearing:terminal": 1800})
		if check.Captured != 4000 || check.PartPaid != 2200 || check.Allocated != 1800 {
			t.Errorf("%+v", check)
		}
		// A part of what was made whole since can't be undone before that.
		if _, err := h.s.ReverseEntry(context.Background(), second.Attempt.ID, "anne", "wrong cheque"); refused(err) != payment.ReversePaidSince {
			t.Errorf("%v", err)
		}
	})
}

// A part is taken back alone: the ticket owes it again, and what was quoted meanwhile is not held to.
func TestAPartIsTakenBack(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		h.drawer("A", "anne")
		a, b := h.add(given{number: "1", regime: "generic"}), h.add(given{number: "2", regime: "generic"})
		h.take([]ticket.ID{b}, cash(500))
		e := h.take([]ticket.ID{a, b}, cheque(4000, "5")) // 30.00 and 10.00 of the 25.00
		if h.due(b) != 1500 || e.Part != b {
			t.Errorf("%d are due of the second, part %s", h.due(b), e.Part)
		}
		if _, err := h.s.ReverseEntry(context.Background(), e.Attempt.ID, "ben", "the cheque was for taxes"); err != nil {
			t.Fatal(err)
		}
		if h.ticket(a).State != ticket.Reopened || h.due(a) != 3000 || h.due(b) != 2500 {
			t.Errorf("%s, due %d and %d", h.ticket(a).State, h.due(a), h.due(b))
		}
		h.books(map[string]int64{"undeposited:cheque": 0, "undeposited:cash": 500, "receivable:part_payment": -500})
	})
}

// More than is due by cheque is the payer's, with an owner in the queue; cash over is change.
func TestOverByChequeIsThePayers(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		h.drawer("A", "anne")
		tk := h.add(given{number: "1"})
		e := h.take([]ticket.ID{tk}, cheque(3500, "5"))
		check := h.books(map[string]int64{"undeposited:cheque": 3500, "unallocated:counter": -500})
		if check.Unallocated != 500 || check.Captured != 3000 || e.Excess.Minor() != 500 {
			t.Errorf("%+v", check)
		}
		open := h.exceptions(payment.ExceptionOverpaid)
		if len(open) != 1 || open[0].Amount.Minor() != 500 || open[0].Ref != e.Attempt.ID.Ref() {
			t.Errorf("the queue: %+v", open)
		}
		h.read(func(ctx context.Context, tx *store.Tx) error {
			sources, err := settle.Sources(ctx, tx, e.Attempt)
			if err != nil || len(sources) != 2 || sources[1].Ticket != "" || sources[1].Taken.Minor() != 500 {
				t.Errorf("what can be given back: %+v, %v", sources, err)
			}
			return nil
		})
		if _, err := h.s.ReverseEntry(context.Background(), e.Attempt.ID, "anne", "it was handed back"); err != nil {
			t.Fatal(err)
		}
		h.books(map[string]int64{"undeposited:cheque": 0, "unallocated:counter": 0})
		if open := h.exceptions(payment.ExceptionOverpaid); len(open) != 0 {
			t.Errorf("the queue: %+v", open)
		}
	})
}

// What was too much is given back by cheque: nobody has to look at it any more, and no list has it.
func TestAnExcessThatIsGivenBackIsOffTheQueue(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		ctx, d := context.Background(), h.deposits(city.CounterSettings{})
		h.drawer("A", "anne")
		e := h.banked(d, h.add(given{number: "1"}), "1001", cheque(3500, "77"))
		listed := func() (ids []payment.AttemptID) {
			h.read(func(ctx context.Context, tx *store.Tx) (err error) {
				ids, err = tx.Unallocated(ctx, 10)
				return err
			})
			return ids
		}
		if got := listed(); len(got) != 1 || got[0] != e.Attempt.ID {
			t.Errorf("listed: %v", got)
		}
		r, err := h.s.AskRefundTo(ctx, e.Attempt.ID, payment.RefundAsk{
			Way: payment.ByCheque, Free: true, Amount: money.FromMinor(500), Expected: money.FromMinor(3500), Reason: payment.ReasonNotOwed, By: "dora",
		}, somePayee)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.s.ApproveRefund(ctx, r.ID, "fred"); err != nil {
			t.Fatal(err)
		}
		if open := h.exceptions(payment.ExceptionOverpaid); len(open) != 0 {
			t.Errorf("the queue: %+v", open)
		}
		if got := listed(); len(got) != 0 {
			t.Errorf("listed: %v", got)
		}
		h.books(map[string]int64{"unallocated:counter": 0})
	})
}

// An entry is undone while its batches are open: the books are as before, and the ticket costs what its clock says.
func TestReverseWhileTheBatchIsOpen(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		h.drawer("A", "anne")
		open, review := h.add(given{number: "1", age: 20, cents: 4003}), h.add(given{number: "2", state: ticket.Review})
		before := h.books(nil)
		r := request([]ticket.ID{open, review}, cheque(2000, "5"), cash(5005))
		if _, err := h.s.TakeTender(context.Background(), r); refused(err) != payment.RefusedBox {
			t.Errorf("a ticket under review without the box: %v", err)
		}
		r.ReviewBox = true
		e, err := h.s.TakeTender(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ by, why, want string }{{"anne", "", payment.RefusedReason}, {"", "x", payment.RefusedWho}, {"anne", "4242 4242 4242 4242", payment.TakeText}} {
			if _, err := h.s.ReverseEntry(context.Background(), e.Attempt.ID, c.by, c.why); refused(err) != c.want {
				t.Errorf("%+v: %v", c, err)
			}
		}
		back, err := h.s.ReverseEntry(context.Background(), e.Attempt.ID, "anne", "the wrong ticket")
		if err != nil {
			t.Fatal(err)
		}
		if back.Attempt.State != payment.Reversed || back.Tenders[0].State != payment.TenderUndone || back.Printed() != e.Printed() {
			t.Errorf("%+v", back)
		}
		if h.ticket(open).State != ticket.Reopened || h.ticket(review).State != ticket.Review || h.due(open) != 4003 {
			t.Errorf("%s, %s, due %d", h.ticket(open).State, h.ticket(review).State, h.due(open))
		}
		after := h.books(nil)
		for account, balance := range after.ByAccount {
			if balance != before.ByAccount[account] {
				t.Errorf("%s has %d, and had %d", account, balance, before.ByAccount[account])
			}
		}
		if _, err := h.s.ReverseEntry(context.Background(), e.Attempt.ID, "anne", "again"); refused(err) != payment.ReverseState {
			t.Errorf("a second time: %v", err)
		}
		h.take([]ticket.ID{open}, cash(4005)) // it is paid like any other
		if _, err := h.s.CloseDrawer(context.Background(), "A", "anne", "ben", "", count(t, "20x5 10x4 0.05x1")); err != nil {
			t.Fatal(err)
		}
		var last payment.AttemptID
		h.read(func(ctx context.Context, tx *store.Tx) error {
			c, err := tx.CounterEntryByNumber(ctx, "A", 2)
			last = c.Attempt
			return err
		})
		if _, err := h.s.ReverseEntry(context.Background(), last, "anne", "too late"); refused(err) != payment.ReverseClosed {
			t.Errorf("after the close: %v", err)
		}
		h.books(map[string]int64{"undeposited:cash": 4005})
	})
}

// Two clerks take the same ticket at the same moment: one of them is told before he has put the money away.
func TestTwoClerksOneTicket(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		clerks := []string{"anne", "ben", "carl", "dora"}
		for i, clerk := range clerks {
			h.drawer(string(rune('A'+i)), clerk)
		}
		for round, number := range []string{"1", "2", "3"} {
			a, b := h.add(given{number: number}), h.add(given{number: number + "0"})
			errs := make([]error, len(clerks))
			var wg sync.WaitGroup
			for i, clerk := range clerks {
				r := request([]ticket.ID{a, b}, cash(6000))
				if i%2 == 1 {
					r.Tickets = []ticket.ID{b, a} // the other way round
				}
				r.By = clerk
				wg.Go(func() { _, errs[i] = h.s.TakeTender(context.Background(), r) })
			}
			wg.Wait()
			took := 0
			for _, err := range errs {
				switch {
				case err == nil:
					took++
				case refused(err) != payment.TakePaid:
					t.Errorf("refused with %v", err)
				}
			}
			if took != 1 {
				t.Errorf("round %d: %d clerks took it", round, took)
			}
		}
		if check := h.books(map[string]int64{"undeposited:cash": 18000}); check.PaidTickets != 6 {
			t.Errorf("%+v", check)
		}
	})
}

// The same request twice is one entry; with other content it is refused.
func TestTheSameRequestIsOneEntry(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		h.drawer("A", "anne")
		tk := h.add(given{number: "1"})
		r := request([]ticket.ID{tk}, cash(5000))
		var wg sync.WaitGroup
		entries := make([]settle.Entry, 4)
		errs := make([]error, 4)
		for i := range entries {
			wg.Go(func() { entries[i], errs[i] = h.s.TakeTender(context.Background(), r) })
		}
		wg.Wait()
		for i, e := range entries {
			if errs[i] != nil || e.Printed() != "A-000001" || e.Attempt.ID != entries[0].Attempt.ID || e.Change().Minor() != 2000 {
				t.Errorf("%s, %v", e.Printed(), errs[i])
			}
		}
		r.Tenders = []payment.Tender{cash(3000)}
		if _, err := h.s.TakeTender(context.Background(), r); refused(err) != payment.RefusedOtherContent {
			t.Errorf("%v", err)
		}
		h.books(map[string]int64{"undeposited:cash": 3000})
	})
}

// A postmark that can't be read counts by the city's setting; the reason, and the day that has counted, are on record.
func TestAPostmarkThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for days, price := range map[int]int64{0: 4000, 3: 3000} {
		counters(t, city.CounterSettings{MailDate: "postmark", UnreadableDays: days}, func(t *testing.T, h *hall) {
			ctx := context.Background()
			tk := h.add(given{number: "1", age: 17}) // 30.00 until two days ago, now 40.00
			b, err := h.s.OpenMail(ctx, "anne", "ben", money.FromMinor(price))
			if err != nil {
				t.Fatal(err)
			}
			today := city.DateOf(firstDay, h.city.Zone)
			r := request([]ticket.ID{tk}, cheque(price, "8"))
			r.Batch, r.ReceivedOn, r.Unreadable = b.ID, today, "smeared"
			if _, err := h.s.TakeTender(ctx, r); refused(err) != payment.TakeUnreadable {
				t.Errorf("a reason that there is not: %v", err)
			}
			r.Unreadable = "faint"
			e, err := h.s.TakeTender(ctx, r)
			if err != nil {
				t.Fatal(err)
			}
			if got := e.Tenders[0]; e.Payment.Total.Minor() != price || got.Unreadable != "faint" || got.PricedOn != today.AddDays(-days) || !got.PostmarkOn.IsZero() {
				t.Errorf("%d days: %s, %+v", days, e.Payment.Total, got)
			}
			// The days that are given do not go back past the ticket's own day.
			fresh := request([]ticket.ID{h.add(given{number: "2", age: 1})}, cheque(3000, "9"))
			fresh.Batch, fresh.ReceivedOn, fresh.Unreadable = b.ID, today, "none"
			got, err := h.s.TakeTender(ctx, fresh)
			if err != nil || got.Tenders[0].PricedOn != today.AddDays(-min(days, 1)) {
				t.Errorf("%d days: %+v, %v", days, got.Tenders, err)
			}
			err = h.store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
				kept, err := tx.Tenders(ctx, e.Attempt.ID)
				if err == nil && (len(kept) != 1 || kept[0].Unreadable != "faint" || kept[0].PricedOn != today.AddDays(-days)) {
					t.Errorf("on record: %+v", kept)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// A payment by mail has the price of the day that the by-law names, and counts on the day on which it was received.
func TestMailIsPricedByItsDay(t *testing.T) {
	t.Parallel()
	for _, byPostmark := range []bool{false, true} {
		set := city.CounterSettings{}
		if byPostmark {
			set.MailDate = "postmark"
		}
		counters(t, set, func(t *testing.T, h *hall) {
			ctx := context.Background()
			tk := h.add(given{number: "1", age: 17}) // 30.00 until two days ago, now 40.00
			b, err := h.s.OpenMail(ctx, "anne", "ben", money.FromMinor(4000))
			if err != nil {
				t.Fatal(err)
			}
			today := city.DateOf(firstDay, h.city.Zone)
			r := request([]ticket.ID{tk}, cheque(3000, "8"))
			r.Batch, r.ReceivedOn = b.ID, today
			if byPostmark {
				if _, err := h.s.TakeTender(ctx, r); refused(err) != payment.TakePostmark {
					t.Errorf("no postmark: %v", err)
				}
				r.PostmarkOn = today.AddDays(-3)
			} else {
				r.PostmarkOn = today.AddDays(-3)
				if _, err := h.s.TakeTender(ctx, r); refused(err) != payment.TakeShort {
					t.Errorf("30.00 received today: %v", err)
				}
				r.Tenders = []payment.Tender{cheque(4000, "8")}
			}
			e, err := h.s.TakeTender(ctx, r)
			if err != nil {
				t.Fatal(err)
			}
			if e.Printed() != "MAIL-000001" || e.Payment.Channel != payment.ByMail || city.DateOf(e.Payment.QuotedAt, h.city.Zone) != today {
				t.Errorf("%s, %s, %s", e.Printed(), e.Payment.Channel, e.Payment.QuotedAt)
			}
			_, err = h.s.CloseBatch(ctx, b.ID, money.Zero, "anne")
			if byPostmark { // ten dollars that were announced are not entered
				var no *payment.CounterRefusal
				if !errors.As(err, &no) || no.Reason != payment.BatchDiffers || no.Due.Minor() != 4000 || no.Got.Minor() != 3000 {
					t.Errorf("%v", err)
				}
			} else if err != nil {
				t.Error(err)
			}
			h.books(nil)
		})
	}
}

// A restored store does not know what was paid since its copy: nothing is taken before that is known. An entry that it
// has lost is entered anew from its paper.
func TestARestoredCityTakesNothingYet(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		h.drawer("A", "anne")
		tk := h.add(given{number: "1"})
		err := h.write(func(ctx context.Context, tx *store.Tx) error { return tx.MarkRestored(ctx, firstDay, h.Now()) })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.s.TakeTender(context.Background(), request([]ticket.ID{tk}, cash(3000))); refused(err) != payment.RefusedRestoring {
			t.Errorf("%v", err)
		}
		h.books(map[string]int64{"undeposited:cash": 0})
	})
}

// A letter is not of a day before its ticket: a day that was typed wrongly does not bring the early price back.
func TestMailIsNotFromBeforeItsTicket(t *testing.T) {
	t.Parallel()
	for mail, reason := range map[string]string{"received": payment.TakeReceived, "postmark": payment.TakePostmark} {
		counters(t, city.CounterSettings{MailDate: mail}, func(t *testing.T, h *hall) {
			ctx := context.Background()
			tk := h.add(given{number: "1", age: 20}) // 40.00 now
			b, err := h.s.OpenMail(ctx, "anne", "ben", money.FromMinor(3000))
			if err != nil {
				t.Fatal(err)
			}
			issued := h.ticket(tk).IssuedOn
			r := request([]ticket.ID{tk}, cheque(3000, "8"))
			r.Batch, r.ReceivedOn, r.PostmarkOn = b.ID, issued, issued.AddDays(-1)
			if mail == "received" {
				r.ReceivedOn = issued.AddDays(-1)
			}
			if _, err := h.s.TakeTender(ctx, r); refused(err) != reason {
				t.Errorf("of the day before its ticket: %v, want %s", err, reason)
			}
			r.ReceivedOn, r.PostmarkOn = issued, issued
			if _, err := h.s.TakeTender(ctx, r); err != nil {
				t.Errorf("of its ticket's day: %v", err)
			}
		})
	}
}

// What is paid is not due: a page that shows a ticket afresh does not ask for its price again.
func TestNothingIsDueOfAPaidTicket(t *testing.T) {
	t.Parallel()
	counters(t, city.CounterSettings{}, func(t *testing.T, h *hall) {
		id := h.add(given{number: "1", age: 3})
		h.drawer("A", "anne")
		ask := settle.TenderRequest{Tickets: []ticket.ID{id}, By: "anne"}
		if due, err := h.s.DueAt(t.Context(), ask); err != nil || due[0].Total.Minor() != 3000 {
			t.Fatalf("before: %+v, %v", due, err)
		}
		h.take([]ticket.ID{id}, cash(3000))
		due, err := h.s.DueAt(t.Context(), ask)
		var no *payment.CounterRefusal
		if !errors.As(err, &no) || no.Reason != payment.TakePaid {
			t.Errorf("after: %+v, %v", due, err)
		}
	})
}
